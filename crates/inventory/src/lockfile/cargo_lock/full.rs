//! `Cargo.lock` by the TOML parser, for files that cargo did not write itself.

use std::borrow::Cow;

use serde::Deserialize;
use toml::Spanned;

use super::{Lock, Package};
use crate::lockfile::text::Lines;
use crate::lockfile::toml_text;
use crate::parse::ParseError;

#[derive(Deserialize)]
struct Document {
    version: Option<u32>,
    root: Option<Spanned<Entry>>,
    #[serde(default)]
    package: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    checksum: String,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// Reads any TOML with the keys of a `Cargo.lock`.
pub(super) fn read(text: &str) -> Result<Lock<'static>, ParseError> {
    let document: Document = toml_text::read(text)?;
    let lines = Lines::new(text);
    let entries = document.root.into_iter().chain(document.package);
    let packages = entries.map(|entry| {
        let line = lines.at(entry.span().start);
        let entry = entry.into_inner();
        Package {
            line,
            name: entry.name.into(),
            version: entry.version.into(),
            source: entry.source.into(),
            checksum: entry.checksum.into(),
            dependencies: entry.dependencies.into_iter().map(Cow::Owned).collect(),
        }
    });
    Ok(Lock {
        version: document.version,
        packages: packages.collect(),
    })
}
