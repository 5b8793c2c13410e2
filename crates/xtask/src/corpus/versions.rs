//! `versions-compare`, `versions-constraints`, `versions-predicates`: order and ranges against upstreams' own tables.
//!
//! The rows speak each upstream's dialect. What is translated here (grype's and trivy's constraint grammar, Renovate's
//! function names) stays out of the product.

mod compare;
mod constraints;
mod predicates;

pub use compare::run as compare;
pub use constraints::run as constraints;
pub use predicates::run as predicates;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use patchward_version::Scheme;
use serde_json::Value;

/// The scheme of a name that the corpus uses; `None` where the product has none (see `skips.txt`).
fn scheme_of(ecosystem: &str) -> Option<Scheme> {
    Some(match ecosystem {
        "cargo" | "generic-semver" => Scheme::SemVer,
        "deno" => Scheme::Npm,
        "fuzzy" | "loose" | "redhat-image-tag" => Scheme::Generic,
        "ivy" => Scheme::Gradle,
        "pacman" => Scheme::Arch,
        "perl" => Scheme::Cpan,
        "portage" => Scheme::Gentoo,
        name => return name.parse().ok(),
    })
}

/// One file of the corpus.
struct File {
    /// Its path inside the corpus, as `skips.txt` names it.
    name: String,
    /// What stands before the first dot of its name.
    ecosystem: String,
    text: String,
}

impl File {
    fn is_json(&self) -> bool {
        self.name.ends_with(".jsonl")
    }

    fn json_rows(&self) -> impl Iterator<Item = anyhow::Result<Value>> {
        self.text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                serde_json::from_str(line).with_context(|| format!("{}: {line}", self.name))
            })
    }
}

/// The files of one folder under `versions/`, sorted by name.
fn files(corpus: &Path, folder: &str) -> anyhow::Result<Vec<File>> {
    let folder = format!("versions/{folder}");
    let entries = std::fs::read_dir(corpus.join(&folder)).context(folder.clone())?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            Ok(File {
                name: format!("{folder}/{file}"),
                ecosystem: file.split('.').next().unwrap_or_default().to_owned(),
                text: std::fs::read_to_string(path)?,
            })
        })
        .collect()
}

/// The first of `fields` that the row has, as text.
fn text<'a>(row: &'a Value, fields: &[&str]) -> Option<&'a str> {
    fields.iter().find_map(|field| row[field].as_str())
}

/// The texts of a list.
fn texts<'a>(row: &'a Value, fields: &[&str]) -> Option<Vec<&'a str>> {
    let list = fields.iter().find_map(|field| row[field].as_array())?;
    Some(list.iter().filter_map(Value::as_str).collect())
}

/// `Ok` when both are the same, else a message.
fn expect<T: PartialEq + std::fmt::Debug>(expected: T, got: T) -> Result<(), String> {
    match expected == got {
        true => Ok(()),
        false => Err(format!("expected {expected:?}, got {got:?}")),
    }
}
