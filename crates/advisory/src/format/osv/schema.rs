//! The members of an OSV record that we read; unknown ones are passed over, as the schema asks.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::format::json::Text;
use crate::model::Event;

#[derive(Deserialize)]
pub struct Record<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub modified: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub published: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub withdrawn: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub aliases: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub upstream: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub related: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub summary: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub details: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub severity: Option<Vec<SeverityIn<'a>>>,
    #[serde(borrow, default)]
    pub affected: Option<Vec<Entry<'a>>>,
    #[serde(borrow, default)]
    pub references: Option<Vec<ReferenceIn<'a>>>,
    #[serde(borrow, default)]
    pub database_specific: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub struct Entry<'a> {
    #[serde(borrow, default)]
    pub package: Option<PackageIn<'a>>,
    #[serde(borrow, default)]
    pub severity: Option<Vec<SeverityIn<'a>>>,
    #[serde(borrow, default)]
    pub ranges: Option<Vec<RangeIn<'a>>>,
    #[serde(borrow, default)]
    pub versions: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub ecosystem_specific: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub database_specific: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub struct PackageIn<'a> {
    #[serde(borrow)]
    pub ecosystem: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub purl: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub struct SeverityIn<'a> {
    #[serde(rename = "type", borrow)]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub score: Text<'a>,
}

#[derive(Deserialize)]
pub struct RangeIn<'a> {
    #[serde(rename = "type", borrow)]
    pub kind: Text<'a>,
    #[serde(borrow, default)]
    pub repo: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub events: Option<Vec<EventIn<'a>>>,
}

/// The schema asks for one member per event; older records hold several.
#[derive(Deserialize)]
pub struct EventIn<'a> {
    #[serde(borrow, default)]
    introduced: Option<Text<'a>>,
    #[serde(borrow, default)]
    fixed: Option<Text<'a>>,
    #[serde(borrow, default)]
    last_affected: Option<Text<'a>>,
    #[serde(borrow, default)]
    limit: Option<Text<'a>>,
}

impl EventIn<'_> {
    pub fn events(self) -> impl Iterator<Item = Event> {
        [
            self.introduced.map(|v| Event::Introduced(v.owned())),
            self.fixed.map(|v| Event::Fixed(v.owned())),
            self.last_affected.map(|v| Event::LastAffected(v.owned())),
            self.limit.map(|v| Event::Limit(v.owned())),
        ]
        .into_iter()
        .flatten()
    }
}

#[derive(Deserialize)]
pub struct ReferenceIn<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub url: Text<'a>,
}
