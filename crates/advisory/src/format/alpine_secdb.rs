//! A file of Alpine's secdb: `{distroversion, reponame, packages: [{pkg: {name, secfixes: {version: [ids]}}}]}`.
//!
//! `name` is the origin package. Everything below the version is affected; version `0` means never affected. Only fixed
//! flaws are listed, so absence proves nothing. An id field may hold several words, each of them an id. One advisory is
//! made per id, named by the id itself; a feed's name should tell branch and repository (`alpine/v3.20/main`), since
//! other files hold the same ids.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::debian_tracker::{below, of_package};
use super::json::{self, Text};
use super::{MAX_RECORD, ReadError, Sink, cut};
use crate::model::{Advisory, Affected, Authority, Status};

const EXPECTED: &str = "Alpine's secdb";

#[derive(Deserialize)]
struct Database<'a> {
    #[serde(borrow, default)]
    distroversion: Option<Text<'a>>,
    #[serde(borrow)]
    packages: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    pkg: Pkg<'a>,
}

#[derive(Deserialize)]
struct Pkg<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default)]
    secfixes: Option<&'a RawValue>,
}

/// Reads a file.
///
/// # Errors
/// When the document is not of this shape.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let database: Database = json::document(bytes, MAX_RECORD, EXPECTED)?;
    // Edge has no version; Wolfi and Chainguard use the same shape without one.
    let ecosystem = match database.distroversion.as_deref() {
        Some(version) => format!("Alpine:{}", version.trim()),
        None => "Alpine".to_owned(),
    };
    let mut fixes: BTreeMap<String, Vec<Affected>> = BTreeMap::new();
    for raw in database.packages.unwrap_or_default() {
        match serde_json::from_str::<Entry>(raw.get()) {
            Ok(entry) => package(entry.pkg, &ecosystem, &mut fixes, sink),
            Err(error) => sink.problem(format!(
                "a package could not be read: {error}: {}",
                cut(raw.get())
            )),
        }
    }
    for (id, affected) in fixes {
        sink.advisory(advisory(id, affected, feed));
    }
    Ok(())
}

fn package(
    package: Pkg<'_>,
    ecosystem: &str,
    fixes: &mut BTreeMap<String, Vec<Affected>>,
    sink: &mut dyn Sink,
) {
    let Some(secfixes) = package.secfixes else {
        return;
    };
    let read = json::members(secfixes.get(), EXPECTED, |version, ids| {
        // A null list occurs: nothing fixed at that version.
        let Some(ids) = json::part::<Option<Vec<Text>>>(Some(ids)) else {
            sink.problem(format!(
                "{} {}: not a list of ids",
                cut(&package.name),
                cut(&version)
            ));
            return;
        };
        for id in ids.iter().flatten().flat_map(|ids| ids.split_whitespace()) {
            let mut affected = of_package(ecosystem.to_owned(), &package.name);
            if version.trim() == "0" {
                affected.status = Status::NotAffected;
            } else {
                affected.ranges.push(below(version.trim()));
            }
            fixes.entry(id.to_owned()).or_default().push(affected);
        }
    });
    if read.is_err() {
        sink.problem(format!(
            "{}: secfixes are not an object",
            cut(&package.name)
        ));
    }
}

fn advisory(id: String, affected: Vec<Affected>, feed: &str) -> Advisory {
    Advisory {
        id,
        feed: feed.to_owned(),
        publisher: "Alpine".into(),
        authority: Authority::Distribution,
        aliases: Vec::new(),
        upstream: Vec::new(),
        related: Vec::new(),
        published: None,
        modified: None,
        withdrawn: None,
        summary: String::new(),
        details: String::new(),
        severities: Vec::new(),
        cwes: Vec::new(),
        affected,
        references: Vec::new(),
        malware: false,
        tags: Vec::new(),
        license: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = r#"{"distroversion": "v3.20", "reponame": "main", "packages": [
        {"pkg": {"name": "a", "secfixes": {"1.0-r1": ["CVE-2024-0001 GHSA-x", "XSA-1"], "0": ["CVE-2024-0002"], "2": null}}},
        {"pkg": {"name": "b", "secfixes": {"3-r0": ["CVE-2024-0001"]}}}, {"pkg": 1}, {"pkg": {"name": "c", "secfixes": []}}]}"#;

    #[test]
    fn ids_are_split_and_gathered() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "alpine/v3.20/main", &mut records).unwrap();
        let ids: Vec<_> = records
            .advisories
            .iter()
            .map(|a| (a.id.as_str(), a.affected.len()))
            .collect();
        assert_eq!(
            ids,
            [
                ("CVE-2024-0001", 2),
                ("CVE-2024-0002", 1),
                ("GHSA-x", 1),
                ("XSA-1", 1)
            ]
        );
        assert_eq!(
            records.advisories[1].affected[0].status,
            Status::NotAffected
        );
        assert_eq!(records.problems.len(), 1);
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "alpine", &mut Records::default());
        });
    }
}
