//! The members of a CSAF document that we read.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::format::json::Text;

#[derive(Deserialize)]
pub struct Document<'a> {
    #[serde(borrow)]
    pub document: Head<'a>,
    #[serde(borrow, default)]
    pub product_tree: Option<Tree<'a>>,
    #[serde(borrow, default)]
    pub vulnerabilities: Option<Vec<Flaw<'a>>>,
}

#[derive(Deserialize)]
pub struct Head<'a> {
    #[serde(borrow, default)]
    pub csaf_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub title: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub publisher: Option<Publisher<'a>>,
    #[serde(borrow)]
    pub tracking: Tracking<'a>,
    #[serde(borrow, default)]
    pub aggregate_severity: Option<Aggregate<'a>>,
    #[serde(borrow, default)]
    pub notes: Option<Vec<Note<'a>>>,
    #[serde(borrow, default)]
    pub references: Option<Vec<ReferenceIn<'a>>>,
}

#[derive(Deserialize)]
pub struct Publisher<'a> {
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub namespace: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct Tracking<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(rename = "initial_release_date", borrow, default)]
    pub initial: Option<Text<'a>>,
    #[serde(rename = "current_release_date", borrow, default)]
    pub current: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct Aggregate<'a> {
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct Note<'a> {
    #[serde(borrow, default)]
    pub category: Text<'a>,
    #[serde(borrow, default)]
    pub text: Text<'a>,
}

#[derive(Deserialize)]
pub struct ReferenceIn<'a> {
    #[serde(borrow, default)]
    pub category: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub url: Text<'a>,
}

#[derive(Deserialize, Default)]
pub struct Tree<'a> {
    #[serde(borrow, default)]
    pub branches: Option<Vec<Branch<'a>>>,
    #[serde(borrow, default)]
    pub full_product_names: Option<Vec<FullName<'a>>>,
    #[serde(borrow, default)]
    pub relationships: Option<Vec<Relationship<'a>>>,
}

/// Nests as deep as the JSON reader lets it (128).
#[derive(Deserialize)]
pub struct Branch<'a> {
    #[serde(borrow, default)]
    pub category: Text<'a>,
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub branches: Option<Vec<Branch<'a>>>,
    #[serde(borrow, default)]
    pub product: Option<FullName<'a>>,
}

#[derive(Deserialize)]
pub struct FullName<'a> {
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub product_id: Text<'a>,
    #[serde(rename = "product_identification_helper", borrow, default)]
    pub helper: Option<Helper<'a>>,
}

#[derive(Deserialize)]
pub struct Helper<'a> {
    #[serde(borrow, default)]
    pub cpe: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub purl: Option<Text<'a>>,
    /// 2.1 has a list.
    #[serde(borrow, default)]
    pub purls: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
pub struct Relationship<'a> {
    #[serde(borrow)]
    pub full_product_name: FullName<'a>,
    #[serde(borrow)]
    pub product_reference: Text<'a>,
    #[serde(borrow)]
    pub relates_to_product_reference: Text<'a>,
}

#[derive(Deserialize)]
pub struct Flaw<'a> {
    #[serde(borrow, default)]
    pub cve: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub title: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub cwe: Option<Cwe<'a>>,
    #[serde(borrow, default)]
    pub cwes: Option<Vec<Cwe<'a>>>,
    #[serde(borrow, default)]
    pub notes: Option<Vec<Note<'a>>>,
    #[serde(borrow, default)]
    pub references: Option<Vec<ReferenceIn<'a>>>,
    #[serde(rename = "product_status", borrow, default)]
    pub status: Option<ProductStatus<'a>>,
    #[serde(borrow, default)]
    pub remediations: Option<Vec<Remediation<'a>>>,
    #[serde(borrow, default)]
    pub scores: Option<Vec<Score<'a>>>,
    #[serde(borrow, default)]
    pub threats: Option<Vec<Threat<'a>>>,
}

#[derive(Deserialize)]
pub struct Cwe<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
}

#[derive(Deserialize, Default)]
pub struct ProductStatus<'a> {
    #[serde(borrow, default)]
    pub first_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub known_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub last_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub first_fixed: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub fixed: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub known_not_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub under_investigation: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub recommended: Option<Vec<Text<'a>>>,
}

impl ProductStatus<'_> {
    /// How many products are named, in all groups.
    pub fn count(&self) -> usize {
        [
            &self.first_affected,
            &self.known_affected,
            &self.last_affected,
            &self.first_fixed,
            &self.fixed,
            &self.known_not_affected,
            &self.under_investigation,
            &self.recommended,
        ]
        .iter()
        .map(|list| list.as_ref().map_or(0, Vec::len))
        .sum()
    }
}

#[derive(Deserialize)]
pub struct Remediation<'a> {
    #[serde(borrow, default)]
    pub category: Text<'a>,
    #[serde(borrow, default)]
    pub details: Text<'a>,
    #[serde(borrow, default)]
    pub product_ids: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
pub struct Score<'a> {
    #[serde(rename = "cvss_v2", borrow, default)]
    pub v2: Option<&'a RawValue>,
    #[serde(rename = "cvss_v3", borrow, default)]
    pub v3: Option<&'a RawValue>,
    #[serde(rename = "cvss_v4", borrow, default)]
    pub v4: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub struct Cvss<'a> {
    #[serde(rename = "vectorString", borrow, default)]
    pub vector: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct Threat<'a> {
    #[serde(borrow, default)]
    pub category: Text<'a>,
    #[serde(borrow, default)]
    pub details: Text<'a>,
}
