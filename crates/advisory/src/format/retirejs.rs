//! retire.js' repository files (`jsrepository*.json`, `npmrepository.json`): library → vulnerabilities by version bounds.
//!
//! A library with an npm name becomes that npm package, any other one a package of our ecosystem `RetireJS`. The
//! patterns by which retire.js finds a library in a page are its own matter and not read here. Entries have no id of
//! their own: we name them by library and GHSA, CVE or summary, and entries with the same name (one per branch) are one
//! advisory.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Text, strings};
use super::{MAX_RECORD, ReadError, Sink, cut, cve_id, text};
use crate::model::{
    Advisory, Affected, Authority, Conditions, Event, Package, Range, RangeKind, Reference,
    Severity, SeverityKind, Status,
};

const EXPECTED: &str = "a repository of retire.js";

#[derive(Deserialize)]
struct Library<'a> {
    #[serde(borrow, default)]
    npmname: Option<Text<'a>>,
    #[serde(borrow, default)]
    vulnerabilities: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(flatten, borrow)]
    bounds: Bounds<'a>,
    #[serde(borrow, default)]
    ranges: Option<Vec<Bounds<'a>>>,
    #[serde(borrow, default)]
    severity: Option<Text<'a>>,
    #[serde(borrow, default)]
    cwe: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    identifiers: Option<Identifiers<'a>>,
    #[serde(borrow, default)]
    info: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
struct Bounds<'a> {
    #[serde(borrow, default)]
    below: Option<Text<'a>>,
    #[serde(rename = "atOrAbove", borrow, default)]
    from: Option<Text<'a>>,
    #[serde(borrow, default)]
    above: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
struct Identifiers<'a> {
    #[serde(borrow, default)]
    summary: Option<Text<'a>>,
    #[serde(rename = "CVE", borrow, default)]
    cve: Option<Vec<Text<'a>>>,
    #[serde(rename = "githubID", borrow, default)]
    github: Option<Text<'a>>,
}

/// Reads a repository file.
///
/// # Errors
/// When the document is not an object.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut out: BTreeMap<String, Advisory> = BTreeMap::new();
    let npm_only = feed.contains("npm");
    json::members(text(bytes, MAX_RECORD)?, EXPECTED, |name, raw| {
        // The file's own example.
        if &*name == "retire-example" {
            return;
        }
        match serde_json::from_str::<Library>(raw.get()) {
            Ok(library) => {
                let npm = library.npmname.or_else(|| npm_only.then(|| name.clone()));
                for raw in library.vulnerabilities.unwrap_or_default() {
                    match serde_json::from_str::<Entry>(raw.get()) {
                        Ok(entry) => add(entry, &name, npm.as_deref(), feed, &mut out),
                        Err(error) => sink.problem(format!("{}: {error}", cut(&name))),
                    }
                }
            }
            Err(error) => sink.problem(format!("{}: {error}", cut(&name))),
        }
    })?;
    out.into_values()
        .for_each(|advisory| sink.advisory(advisory));
    Ok(())
}

fn add(
    entry: Entry<'_>,
    library: &str,
    npm: Option<&str>,
    feed: &str,
    out: &mut BTreeMap<String, Advisory>,
) {
    let identifiers = entry.identifiers.unwrap_or_default();
    let github = identifiers
        .github
        .as_deref()
        .map(str::trim)
        .filter(|id| id.starts_with("GHSA-"));
    let cves: Vec<&str> = identifiers
        .cve
        .iter()
        .flatten()
        .map(|id| id.trim())
        .filter(|id| cve_id::is(id))
        .collect();
    let summary = identifiers.summary.as_deref().unwrap_or_default();
    let links = strings(entry.info);
    let name = github.or(cves.first().copied()).map_or_else(
        || format!("{:08x}", fingerprint(summary, &links)),
        str::to_owned,
    );
    let id = format!("RETIREJS-{library}-{name}");
    let ranges = entry.ranges.unwrap_or_default();
    let bounds = ranges
        .iter()
        .chain(ranges.is_empty().then_some(&entry.bounds));
    let new: Vec<Range> = bounds.map(range).collect();
    let advisory = out.entry(id.clone()).or_insert_with(|| {
        // Several CVE ids on one entry are several flaws.
        let (aliases, upstream) = match cves.as_slice() {
            [_, _, ..] => (Vec::new(), owned(&cves)),
            _ => (
                owned(&cves)
                    .into_iter()
                    .chain(github.map(str::to_owned))
                    .collect(),
                Vec::new(),
            ),
        };
        Advisory {
            id,
            feed: feed.to_owned(),
            publisher: "Retire.js".into(),
            authority: Authority::Ecosystem,
            aliases,
            upstream,
            related: Vec::new(),
            published: None,
            modified: None,
            withdrawn: None,
            summary: summary.to_owned(),
            details: String::new(),
            severities: entry.severity.map(word).into_iter().collect(),
            cwes: strings(entry.cwe),
            affected: vec![affected(library, npm)],
            references: links.into_iter().map(web).collect(),
            malware: false,
            tags: Vec::new(),
            license: "Apache-2.0".into(),
        }
    });
    if let Some(affected) = advisory.affected.first_mut() {
        affected.ranges.extend(new);
    }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

fn word(value: Text<'_>) -> Severity {
    Severity {
        kind: SeverityKind::Word,
        value: value.to_lowercase(),
        source: String::new(),
    }
}

fn web(url: String) -> Reference {
    Reference {
        kind: "web".into(),
        url,
    }
}

fn range(bounds: &Bounds<'_>) -> Range {
    let from = match (&bounds.from, &bounds.above) {
        (Some(from), _) => Event::Introduced(from.to_string()),
        (None, Some(above)) => Event::After(above.to_string()),
        (None, None) => Event::Introduced("0".into()),
    };
    let to = bounds
        .below
        .as_ref()
        .map(|below| Event::Fixed(below.to_string()));
    Range {
        kind: RangeKind::SemVer,
        events: std::iter::once(from).chain(to).collect(),
        repo: None,
    }
}

fn affected(library: &str, npm: Option<&str>) -> Affected {
    Affected {
        package: Package {
            ecosystem: if npm.is_some() { "npm" } else { "RetireJS" }.into(),
            name: npm.unwrap_or(library).to_owned(),
            purl: None,
        },
        status: Status::Affected,
        ranges: Vec::new(),
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: Vec::new(),
    }
}

/// FNV-1a over what names an entry without ids; the same text gives the same name in every run.
fn fingerprint(summary: &str, links: &[String]) -> u32 {
    let bytes = summary
        .bytes()
        .chain(links.iter().flat_map(|link| link.bytes()));
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = r#"{"jquery": {"npmname": "jquery", "bowername": ["jQuery"], "vulnerabilities": [
          {"below": "1.9.0", "atOrAbove": "1.2.1", "severity": "medium", "cwe": ["CWE-79"],
           "identifiers": {"summary": "s", "CVE": ["CVE-2020-7656"], "githubID": "GHSA-q"}, "info": ["https://a.example"]},
          {"below": "3.0.0", "atOrAbove": "2.0.0", "identifiers": {"CVE": ["CVE-2020-7656"], "githubID": "GHSA-q"}},
          {"ranges": [{"below": "1"}, {"atOrAbove": "2", "below": "3"}], "identifiers": {"summary": "no ids"}}],
          "extractors": {"func": ["x"]}},
        "old": {"vulnerabilities": [{"below": "2", "identifiers": {"CVE": ["CVE-2020-0001", "CVE-2020-0002"]}}]},
        "retire-example": {"vulnerabilities": [{}]}, "bad": 7}"#;

    #[test]
    fn entries_of_one_flaw_are_one_advisory() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "retirejs", &mut records).unwrap();
        let seen: Vec<_> = records
            .advisories
            .iter()
            .map(|a| {
                (
                    a.affected[0].package.name.as_str(),
                    a.affected[0].ranges.len(),
                    a.aliases.len(),
                    a.upstream.len(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [("jquery", 2, 0, 0), ("jquery", 2, 2, 0), ("old", 1, 0, 2)]
        );
        assert_eq!(records.problems.len(), 1);
    }

    #[test]
    fn mutated_repositories_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "retirejs", &mut Records::default());
        });
    }
}
