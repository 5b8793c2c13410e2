//! The members of a CVE record that we read.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::format::json::Text;

#[derive(Deserialize)]
pub struct Record<'a> {
    #[serde(rename = "cveMetadata", borrow)]
    pub metadata: Metadata<'a>,
    #[serde(borrow)]
    pub containers: Containers<'a>,
}

#[derive(Deserialize)]
pub struct Metadata<'a> {
    #[serde(rename = "cveId", borrow)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub state: Option<Text<'a>>,
    #[serde(rename = "assignerShortName", borrow, default)]
    pub assigner: Option<Text<'a>>,
    #[serde(rename = "datePublished", borrow, default)]
    pub published: Option<Text<'a>>,
    #[serde(rename = "dateUpdated", borrow, default)]
    pub updated: Option<Text<'a>>,
    #[serde(rename = "dateRejected", borrow, default)]
    pub rejected: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct Containers<'a> {
    #[serde(borrow)]
    pub cna: Container<'a>,
    #[serde(borrow, default)]
    pub adp: Option<Vec<Container<'a>>>,
}

#[derive(Deserialize)]
pub struct Container<'a> {
    #[serde(rename = "providerMetadata", borrow, default)]
    pub provider: Option<Provider<'a>>,
    #[serde(borrow, default)]
    pub title: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub descriptions: Option<Vec<Description<'a>>>,
    #[serde(rename = "rejectedReasons", borrow, default)]
    pub rejected_reasons: Option<Vec<Description<'a>>>,
    #[serde(borrow, default)]
    pub affected: Option<Vec<Product<'a>>>,
    #[serde(rename = "cpeApplicability", borrow, default)]
    pub applicability: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    pub metrics: Option<Vec<Metric<'a>>>,
    #[serde(rename = "problemTypes", borrow, default)]
    pub problem_types: Option<Vec<ProblemType<'a>>>,
    #[serde(borrow, default)]
    pub references: Option<Vec<ReferenceIn<'a>>>,
    #[serde(borrow, default)]
    pub tags: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
pub struct Provider<'a> {
    #[serde(rename = "shortName", borrow, default)]
    pub short_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct Description<'a> {
    #[serde(borrow, default)]
    pub lang: Text<'a>,
    #[serde(borrow, default)]
    pub value: Text<'a>,
}

#[derive(Deserialize)]
pub struct Product<'a> {
    #[serde(borrow, default)]
    pub vendor: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub product: Option<Text<'a>>,
    #[serde(rename = "collectionURL", borrow, default)]
    pub collection: Option<Text<'a>>,
    #[serde(rename = "packageName", borrow, default)]
    pub package: Option<Text<'a>>,
    #[serde(rename = "packageURL", borrow, default)]
    pub purl: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub cpes: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub repo: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub modules: Option<Vec<Text<'a>>>,
    #[serde(rename = "programRoutines", borrow, default)]
    pub routines: Option<Vec<Routine<'a>>>,
    #[serde(rename = "defaultStatus", borrow, default)]
    pub default_status: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub versions: Option<Vec<VersionIn<'a>>>,
}

#[derive(Deserialize)]
pub struct Routine<'a> {
    #[serde(borrow, default)]
    pub name: Text<'a>,
}

#[derive(Deserialize)]
pub struct VersionIn<'a> {
    #[serde(borrow, default)]
    pub version: Text<'a>,
    #[serde(borrow, default)]
    pub status: Text<'a>,
    #[serde(rename = "versionType", borrow, default)]
    pub kind: Option<Text<'a>>,
    #[serde(rename = "lessThan", borrow, default)]
    pub less_than: Option<Text<'a>>,
    #[serde(rename = "lessThanOrEqual", borrow, default)]
    pub less_or_equal: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub changes: Option<Vec<Change<'a>>>,
}

#[derive(Deserialize)]
pub struct Change<'a> {
    #[serde(borrow, default)]
    pub at: Text<'a>,
    #[serde(borrow, default)]
    pub status: Text<'a>,
}

#[derive(Deserialize)]
pub struct Metric<'a> {
    #[serde(rename = "cvssV4_0", borrow, default)]
    pub v4: Option<&'a RawValue>,
    #[serde(rename = "cvssV3_1", borrow, default)]
    pub v31: Option<&'a RawValue>,
    #[serde(rename = "cvssV3_0", borrow, default)]
    pub v30: Option<&'a RawValue>,
    #[serde(rename = "cvssV2_0", borrow, default)]
    pub v2: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub other: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub struct Cvss<'a> {
    #[serde(rename = "vectorString", borrow, default)]
    pub vector: Option<Text<'a>>,
}

/// `metrics[].other`: a kind and a content of any shape.
#[derive(Deserialize)]
pub struct Other<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
    #[serde(borrow, default)]
    pub content: Option<&'a RawValue>,
}

/// The two shapes in which CNAs write a word of severity.
#[derive(Deserialize)]
pub struct Word<'a> {
    #[serde(borrow, default)]
    pub value: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct ProblemType<'a> {
    #[serde(borrow, default)]
    pub descriptions: Option<Vec<ProblemText<'a>>>,
}

#[derive(Deserialize)]
pub struct ProblemText<'a> {
    #[serde(rename = "cweId", borrow, default)]
    pub cwe: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct ReferenceIn<'a> {
    #[serde(borrow, default)]
    pub url: Text<'a>,
    #[serde(borrow, default)]
    pub tags: Option<Vec<Text<'a>>>,
}
