//! Packagist's advisories API: `{advisories: {package: [{advisoryId, affectedVersions, cve, sources, …}]}}`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Text};
use super::{MAX_COLLECTION, ReadError, Sink, cut, cve_id, statement, text, time};
use crate::model::{
    Advisory, Affected, Authority, Conditions, Package, Range, RangeKind, Reference, Severity,
    SeverityKind, Status,
};

const EXPECTED: &str = "Packagist's advisories";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    advisory_id: Text<'a>,
    #[serde(borrow, default)]
    package_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    title: Option<Text<'a>>,
    #[serde(borrow, default)]
    link: Option<Text<'a>>,
    #[serde(borrow, default)]
    cve: Option<Text<'a>>,
    #[serde(borrow, default)]
    affected_versions: Option<Text<'a>>,
    #[serde(borrow, default)]
    reported_at: Option<Text<'a>>,
    #[serde(borrow, default)]
    severity: Option<Text<'a>>,
    #[serde(borrow, default)]
    sources: Option<Vec<Source<'a>>>,
    #[serde(borrow, default)]
    composer_repository: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    remote_id: Text<'a>,
}

/// Reads an answer of the API.
///
/// # Errors
/// When the document is not of this shape.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let text = text(bytes, MAX_COLLECTION)?;
    let mut found = None;
    json::members(text, EXPECTED, |key, raw| {
        if &*key == "advisories" {
            found = Some(raw);
        }
    })?;
    let Some(advisories) = found else {
        return Err(ReadError::Shape {
            expected: EXPECTED,
            found: "no advisories".into(),
        });
    };
    json::members(advisories.get(), EXPECTED, |package, list| {
        let Some(list) = json::part::<Vec<&RawValue>>(Some(list)) else {
            sink.problem(format!("{}: not a list of advisories", cut(&package)));
            return;
        };
        for raw in list {
            match serde_json::from_str::<Entry>(raw.get()) {
                Ok(entry) => {
                    let advisory = advisory(entry, &package, feed, sink);
                    sink.advisory(advisory);
                }
                Err(error) => sink.problem(format!("{}: {error}", cut(&package))),
            }
        }
    })
}

fn advisory(entry: Entry<'_>, key: &str, feed: &str, sink: &mut dyn Sink) -> Advisory {
    let id = entry.advisory_id.to_string();
    let cve = entry
        .cve
        .as_deref()
        .map(str::trim)
        .filter(|id| cve_id::is(id));
    let mut aliases: Vec<String> = cve.into_iter().map(str::to_owned).collect();
    let sources = entry.sources.unwrap_or_default();
    let github = sources
        .iter()
        .filter(|source| source.remote_id.starts_with("GHSA-"));
    aliases.extend(github.map(|source| source.remote_id.to_string()));
    let published = entry.reported_at.as_deref().and_then(time::instant);
    if published.is_none() {
        sink.problem(format!("{id}: reportedAt is not a time"));
    }
    let license = match sources.first().map(|source| &*source.name) {
        Some("FriendsOfPHP/security-advisories") => "Unlicense",
        Some("GitHub") => "CC-BY-4.0",
        _ => "",
    };
    Advisory {
        feed: feed.to_owned(),
        publisher: "Packagist".into(),
        authority: Authority::Ecosystem,
        aliases,
        upstream: Vec::new(),
        related: Vec::new(),
        published,
        modified: None,
        withdrawn: None,
        summary: entry.title.unwrap_or_default().owned(),
        details: String::new(),
        severities: entry.severity.map(word).into_iter().collect(),
        cwes: Vec::new(),
        affected: vec![affected(
            entry.package_name.as_deref().unwrap_or(key),
            entry.affected_versions.as_deref().unwrap_or_default(),
            entry.composer_repository.as_deref(),
        )],
        references: entry.link.map(link).into_iter().collect(),
        malware: false,
        tags: Vec::new(),
        license: license.to_owned(),
        id,
    }
}

fn word(value: Text<'_>) -> Severity {
    Severity {
        kind: SeverityKind::Word,
        value: value.to_lowercase(),
        source: String::new(),
    }
}

fn link(url: Text<'_>) -> Reference {
    Reference {
        kind: "advisory".into(),
        url: url.owned(),
    }
}

fn affected(name: &str, constraint: &str, repository: Option<&str>) -> Affected {
    let (mut ranges, mut unread) = (Vec::new(), Vec::new());
    let every = matches!(constraint.trim(), "*" | ">=0");
    if !every {
        match statement::constraint(constraint) {
            Some(list) => ranges.extend(list.into_iter().map(|events| Range {
                kind: RangeKind::Ecosystem,
                events,
                repo: None,
            })),
            None => unread.push(constraint.to_owned()),
        }
    }
    let main = ["https://packagist.org", "https://repo.packagist.org"];
    let elsewhere = repository
        .map(|url| url.trim_end_matches('/'))
        .filter(|url| !main.contains(url));
    Affected {
        package: Package {
            ecosystem: elsewhere
                .map_or_else(|| "Packagist".to_owned(), |url| format!("Packagist:{url}")),
            name: name.to_lowercase(),
            purl: None,
        },
        status: Status::Affected,
        ranges,
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Records};

    const SEED: &str = r#"{"advisories": {"a/b": [
        {"advisoryId": "PKSA-1", "packageName": "a/b", "affectedVersions": ">=1.0,<1.2|>=2.0,<=2.1", "title": "t",
         "cve": "CVE-2024-0001", "reportedAt": "2024-01-02 03:04:05", "severity": "High", "link": "https://a.example",
         "sources": [{"name": "GitHub", "remoteId": "GHSA-x"}], "composerRepository": "https://packagist.org"},
        {"advisoryId": "PKSA-2", "affectedVersions": "dev-master", "cve": null, "reportedAt": "2024-01-02 03:04:05"}, 7]}}"#;

    #[test]
    fn constraints_become_ranges_or_stay_unread() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "packagist", &mut records).unwrap();
        let first = &records.advisories[0];
        assert_eq!(first.aliases, ["CVE-2024-0001", "GHSA-x"]);
        assert_eq!(first.affected[0].package.ecosystem, "Packagist");
        assert_eq!(first.affected[0].ranges.len(), 2);
        assert_eq!(
            first.affected[0].ranges[1].events[1],
            Event::LastAffected("2.1".into())
        );
        assert_eq!(records.advisories[1].affected[0].unread, ["dev-master"]);
        assert_eq!(records.problems.len(), 1);
        assert!(visit(br#"{"advisories": []}"#, "packagist", &mut records).is_ok());
        assert!(visit(b"{}", "packagist", &mut records).is_err());
    }

    #[test]
    fn mutated_answers_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "packagist", &mut Records::default());
        });
    }
}
