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
    /// One line for people; may be empty.
    pub about: String,
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
        Profile {
            about: about.unwrap_or_default(),
            said,
        }
    }

    /// The profile as the table of a policy, under that name: a policy file takes it as it is.
    pub fn to_toml(&self, name: &str) -> String {
        let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let key = match !name.is_empty() && name.chars().all(bare) {
            true => name.to_owned(),
            false => text(name),
        };
        let mut toml = format!("[context.profile.{key}]\n");
        if !self.about.is_empty() {
            toml.push_str(&format!("about = {}\n", text(&self.about)));
        }
        for (key, value) in lines(&self.said) {
            toml.push_str(&format!("{key} = {value}\n"));
        }
        toml
    }

    pub(super) fn said(&self) -> &Said {
        &self.said
    }
}

/// Keys and values in TOML.
fn lines(said: &Said) -> Vec<(&'static str, String)> {
    let word = |word: &'static str| text(word);
    let one = [
        (
            "environment",
            said.environment
                .as_ref()
                .map(|said| word(said.value.word())),
        ),
        (
            "exposure",
            said.exposure.as_ref().map(|said| word(said.value.word())),
        ),
        (
            "criticality",
            said.criticality.as_ref().map(|said| said.value.to_string()),
        ),
        (
            "data",
            said.data.as_ref().map(|said| word(said.value.word())),
        ),
        ("owner", said.owner.as_ref().map(|said| text(&said.value))),
    ];
    let scopes = said.scopes.iter().map(String::as_str);
    let tags = said.tags.iter().map(String::as_str);
    let controls = said.controls.iter().map(|control| control.value.word());
    let metrics = said.metrics.iter().map(|metric| metric.value.as_str());
    let many = [
        ("scopes", list(scopes)),
        ("tags", list(tags)),
        ("controls", list(controls)),
        ("metrics", list(metrics)),
    ];
    let all = one.into_iter().chain(many);
    all.filter_map(|(key, value)| Some((key, value?))).collect()
}

fn text(text: &str) -> String {
    // By number whatever could mislead a reader of a terminal.
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() => quoted.push(c),
            _ => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// `None` of an empty list: a key without a value says nothing.
fn list<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let words: Vec<String> = words.map(text).collect();
    (!words.is_empty()).then(|| format!("[{}]", words.join(", ")))
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
