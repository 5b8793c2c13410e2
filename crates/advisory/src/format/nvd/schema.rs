//! The members of NVD's answers that we read.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::format::json::Text;
use crate::format::vulnrichment::Choice;

#[derive(Deserialize)]
pub struct Page {
    #[serde(rename = "resultsPerPage", default)]
    pub count: u64,
    #[serde(rename = "startIndex", default)]
    pub start: u64,
    #[serde(rename = "totalResults")]
    pub total: u64,
}

#[derive(Deserialize)]
pub struct Entry<'a> {
    #[serde(borrow)]
    pub cve: Cve<'a>,
}

#[derive(Deserialize)]
pub struct Cve<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub published: Option<Text<'a>>,
    #[serde(rename = "lastModified", borrow, default)]
    pub modified: Option<Text<'a>>,
    #[serde(rename = "vulnStatus", borrow, default)]
    pub status: Option<Text<'a>>,
    #[serde(rename = "cveTags", borrow, default)]
    pub tags: Option<Vec<CveTag<'a>>>,
    #[serde(borrow, default)]
    pub descriptions: Option<Vec<LangText<'a>>>,
    #[serde(borrow, default)]
    pub metrics: Option<Metrics<'a>>,
    #[serde(borrow, default)]
    pub weaknesses: Option<Vec<Weakness<'a>>>,
    #[serde(borrow, default)]
    pub configurations: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    pub references: Option<Vec<ReferenceIn<'a>>>,
    #[serde(rename = "cisaExploitAdd", borrow, default)]
    pub kev_added: Option<Text<'a>>,
    #[serde(rename = "cisaActionDue", borrow, default)]
    pub kev_due: Option<Text<'a>>,
    #[serde(rename = "cisaRequiredAction", borrow, default)]
    pub kev_action: Option<Text<'a>>,
    #[serde(rename = "cisaVulnerabilityName", borrow, default)]
    pub kev_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct CveTag<'a> {
    #[serde(borrow, default)]
    pub tags: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
pub struct LangText<'a> {
    #[serde(borrow, default)]
    pub lang: Text<'a>,
    #[serde(borrow, default)]
    pub value: Text<'a>,
}

#[derive(Deserialize, Default)]
pub struct Metrics<'a> {
    #[serde(rename = "cvssMetricV40", borrow, default)]
    pub v40: Option<Vec<Metric<'a>>>,
    #[serde(rename = "cvssMetricV31", borrow, default)]
    pub v31: Option<Vec<Metric<'a>>>,
    #[serde(rename = "cvssMetricV30", borrow, default)]
    pub v30: Option<Vec<Metric<'a>>>,
    #[serde(rename = "cvssMetricV2", borrow, default)]
    pub v2: Option<Vec<Metric<'a>>>,
    #[serde(rename = "ssvcV203", borrow, default)]
    pub ssvc: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
pub struct Metric<'a> {
    #[serde(borrow, default)]
    pub source: Option<Text<'a>>,
    #[serde(rename = "cvssData", borrow)]
    pub data: CvssData<'a>,
}

#[derive(Deserialize)]
pub struct CvssData<'a> {
    #[serde(rename = "vectorString", borrow)]
    pub vector: Text<'a>,
}

#[derive(Deserialize)]
pub struct Ssvc<'a> {
    #[serde(rename = "ssvcData", borrow)]
    pub data: SsvcData<'a>,
}

#[derive(Deserialize)]
pub struct SsvcData<'a> {
    #[serde(borrow, default)]
    pub timestamp: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub options: Option<Vec<Choice<'a>>>,
}

#[derive(Deserialize)]
pub struct Weakness<'a> {
    #[serde(borrow, default)]
    pub description: Option<Vec<LangText<'a>>>,
}

#[derive(Deserialize)]
pub struct ReferenceIn<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
    #[serde(borrow, default)]
    pub tags: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
pub struct Configuration<'a> {
    #[serde(borrow, default)]
    pub operator: Option<Text<'a>>,
    #[serde(default)]
    pub negate: Option<bool>,
    #[serde(borrow, default)]
    pub nodes: Option<Vec<Node<'a>>>,
}

#[derive(Deserialize)]
pub struct Node<'a> {
    #[serde(borrow, default)]
    pub operator: Option<Text<'a>>,
    #[serde(default)]
    pub negate: Option<bool>,
    #[serde(rename = "cpeMatch", borrow, default)]
    pub matches: Option<Vec<Match<'a>>>,
}

#[derive(Deserialize)]
pub struct Match<'a> {
    #[serde(default)]
    pub vulnerable: bool,
    #[serde(borrow)]
    pub criteria: Text<'a>,
    #[serde(rename = "versionStartIncluding", borrow, default)]
    pub from: Option<Text<'a>>,
    #[serde(rename = "versionStartExcluding", borrow, default)]
    pub after: Option<Text<'a>>,
    #[serde(rename = "versionEndIncluding", borrow, default)]
    pub last: Option<Text<'a>>,
    #[serde(rename = "versionEndExcluding", borrow, default)]
    pub before: Option<Text<'a>>,
}
