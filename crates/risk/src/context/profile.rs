//! Profiles: what is usual for a kind of application. They are a file that a user can read, and change in a policy.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::resolve::Said;
use crate::document::{Document, Table};

/// The file with the profiles that are built in.
pub const TEXT: &str = include_str!("../../presets/profiles.toml");

/// A kind of application.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// One line for people.
    pub about: String,
    /// Its values as they are written, for people: key and value.
    pub lines: Vec<(&'static str, String)>,
    said: Said,
}

impl Profile {
    pub(super) fn read(name: &str, table: &Table<'_, '_>) -> Profile {
        let about = table.text("about").map(|text| text.value);
        let mut said = Said::read(table, "profile");
        table.done();
        // A profile is named by its own name: the file that it stands in says nothing to a reader of a decision.
        let source = format!("profile {name}");
        macro_rules! name { ($($field:ident),+) => { $(if let Some(value) = &mut said.$field { value.source.clone_from(&source); })+ } }
        name!(environment, exposure, criticality, data, owner);
        for control in &mut said.controls {
            control.source.clone_from(&source);
        }
        for metric in &mut said.metrics {
            metric.source.clone_from(&source);
        }
        if said.profile.is_some() || said.group.is_some() {
            table.fault("a profile takes neither profile nor group");
        }
        let lines = lines(&said);
        Profile {
            about: about.unwrap_or_default(),
            lines,
            said,
        }
    }

    pub(super) fn said(&self) -> &Said {
        &self.said
    }
}

fn lines(said: &Said) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    let mut one = |key, value: Option<String>| lines.extend(value.map(|value| (key, value)));
    one(
        "environment",
        said.environment.as_ref().map(|said| said.value.to_string()),
    );
    one(
        "exposure",
        said.exposure.as_ref().map(|said| said.value.to_string()),
    );
    one(
        "criticality",
        said.criticality.as_ref().map(|said| said.value.to_string()),
    );
    one(
        "data",
        said.data.as_ref().map(|said| said.value.to_string()),
    );
    one("owner", said.owner.as_ref().map(|said| said.value.clone()));
    let list = |words: &[String]| (!words.is_empty()).then(|| words.join(", "));
    one("scopes", list(&said.scopes));
    one("tags", list(&said.tags));
    let controls: Vec<String> = said.controls.iter().map(|c| c.value.to_string()).collect();
    one("controls", list(&controls));
    lines
}

/// The profiles that are built in, by name.
pub fn profiles() -> &'static BTreeMap<String, Profile> {
    static PROFILES: OnceLock<BTreeMap<String, Profile>> = OnceLock::new();
    PROFILES.get_or_init(|| {
        let document = Document::new("profiles.toml", TEXT);
        let Some(table) = document.parse() else {
            return BTreeMap::new();
        };
        let top = document.top(&table);
        let named = top.named("profile").into_iter();
        named
            .map(|(name, inner)| {
                let profile = Profile::read(&name, &inner);
                (name, profile)
            })
            .collect()
    })
}
