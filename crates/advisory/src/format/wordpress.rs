//! Wordfence Intelligence v2: a map from id to vulnerability of WordPress core, plugins and themes.
//!
//! Names in our ecosystem `WordPress`: `plugin/<slug>`, `theme/<slug>`, `core`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Text, strings};
use super::{MAX_COLLECTION, ReadError, Sink, cut, cve_id, text, time};
use crate::model::{
    Advisory, Affected, Authority, Conditions, Event, Package, Range, RangeKind, Reference,
    Severity, SeverityKind, Status,
};

const EXPECTED: &str = "the Wordfence vulnerability feed";

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    title: Option<Text<'a>>,
    #[serde(borrow, default)]
    software: Option<Vec<Software<'a>>>,
    #[serde(default)]
    informational: Option<bool>,
    #[serde(borrow, default)]
    description: Option<Text<'a>>,
    #[serde(borrow, default)]
    references: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    cwe: Option<&'a RawValue>,
    #[serde(borrow, default)]
    cvss: Option<&'a RawValue>,
    #[serde(borrow, default)]
    cve: Option<Text<'a>>,
    #[serde(borrow, default)]
    published: Option<Text<'a>>,
    #[serde(borrow, default)]
    updated: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Software<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    slug: Text<'a>,
    #[serde(borrow, default)]
    affected_versions: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Versions<'a> {
    #[serde(borrow, default)]
    from_version: Text<'a>,
    #[serde(default)]
    from_inclusive: Option<bool>,
    #[serde(borrow, default)]
    to_version: Text<'a>,
    #[serde(default)]
    to_inclusive: Option<bool>,
}

#[derive(Deserialize)]
struct Cwe {
    id: u32,
}

#[derive(Deserialize)]
struct Cvss<'a> {
    #[serde(borrow, default)]
    vector: Option<Text<'a>>,
}

/// Reads the feed.
///
/// # Errors
/// When the document is not an object.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    json::members(
        text(bytes, MAX_COLLECTION)?,
        EXPECTED,
        |id, raw| match serde_json::from_str::<Entry>(raw.get()) {
            Ok(entry) => {
                let advisory = advisory(&id, entry, feed, sink);
                sink.advisory(advisory);
            }
            Err(error) => sink.problem(format!("{}: {error}", cut(&id))),
        },
    )
}

fn advisory(id: &str, entry: Entry<'_>, feed: &str, sink: &mut dyn Sink) -> Advisory {
    let cvss = json::part::<Cvss>(entry.cvss).and_then(|cvss| cvss.vector);
    let cwe = json::part::<Cwe>(entry.cwe).map(|cwe| format!("CWE-{}", cwe.id));
    let cve = entry.cve.as_deref().filter(|id| cve_id::is(id));
    let informational = entry.informational.unwrap_or_default();
    let software = entry.software.unwrap_or_default();
    Advisory {
        id: id.to_owned(),
        feed: feed.to_owned(),
        publisher: "Wordfence".into(),
        authority: Authority::Ecosystem,
        aliases: cve.into_iter().map(str::to_owned).collect(),
        upstream: Vec::new(),
        related: Vec::new(),
        published: entry.published.as_deref().and_then(time::instant),
        modified: entry.updated.as_deref().and_then(time::instant),
        withdrawn: None,
        summary: entry.title.unwrap_or_default().owned(),
        details: entry.description.unwrap_or_default().owned(),
        severities: cvss.into_iter().filter_map(severity).collect(),
        cwes: cwe.into_iter().collect(),
        affected: software
            .into_iter()
            .map(|software| affected(id, software, sink))
            .collect(),
        references: strings(entry.references).into_iter().map(web).collect(),
        malware: false,
        tags: informational
            .then(|| "informational:notice".to_owned())
            .into_iter()
            .collect(),
        license: "LicenseRef-Wordfence".into(),
    }
}

fn severity(vector: Text<'_>) -> Option<Severity> {
    let kind = match vector.get(..7)? {
        "CVSS:3." => SeverityKind::CvssV3,
        "CVSS:4." => SeverityKind::CvssV4,
        _ => return None,
    };
    Some(Severity {
        kind,
        value: vector.owned(),
        source: String::new(),
    })
}

fn web(url: String) -> Reference {
    Reference {
        kind: "web".into(),
        url,
    }
}

fn affected(id: &str, software: Software<'_>, sink: &mut dyn Sink) -> Affected {
    let name = match &*software.kind {
        "core" => "core".to_owned(),
        kind => format!("{kind}/{}", &*software.slug),
    };
    let mut affected = Affected {
        package: Package {
            ecosystem: "WordPress".into(),
            name,
            purl: None,
        },
        status: Status::Affected,
        ranges: Vec::new(),
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: Vec::new(),
    };
    let mut every = false;
    if let Some(raw) = software.affected_versions {
        let read = json::members(raw.get(), EXPECTED, |words, raw| {
            match json::part::<Versions>(Some(raw)) {
                Some(versions) => match range(&versions) {
                    Some(range) => affected.ranges.push(range),
                    None => every = true,
                },
                None => affected.unread.push(words.owned()),
            }
        });
        if read.is_err() {
            sink.problem(format!("{}: affected_versions is not an object", cut(id)));
        }
    }
    if every {
        affected.ranges.clear();
        affected.unread.clear();
    } else if affected.ranges.is_empty() && affected.unread.is_empty() {
        affected
            .unread
            .push("no affected versions are named".into());
    }
    affected
}

/// The range of an entry; `None` means every version.
fn range(versions: &Versions<'_>) -> Option<Range> {
    let bound =
        |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "*");
    let from = bound(&versions.from_version);
    let to = bound(&versions.to_version);
    if from.is_none() && to.is_none() {
        return None;
    }
    let from = match (from, versions.from_inclusive) {
        (None, _) => Event::Introduced("0".into()),
        (Some(version), Some(false)) => Event::After(version),
        (Some(version), _) => Event::Introduced(version),
    };
    let to = to.map(|version| match versions.to_inclusive {
        Some(false) => Event::Fixed(version),
        _ => Event::LastAffected(version),
    });
    Some(Range {
        kind: RangeKind::Ecosystem,
        events: std::iter::once(from).chain(to).collect(),
        repo: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = r#"{"u-1": {"id": "u-1", "title": "t", "software": [
          {"type": "plugin", "slug": "forms", "affected_versions": {
             "* - 1.2": {"from_version": "*", "from_inclusive": true, "to_version": "1.2", "to_inclusive": true},
             "2 - 3": {"from_version": "2", "from_inclusive": false, "to_version": "3", "to_inclusive": false}}},
          {"type": "core", "slug": "wordpress", "affected_versions": {"*": {"from_version": "*", "to_version": "*"}}},
          {"type": "theme", "slug": "t", "affected_versions": []}],
        "cwe": {"id": 79, "name": "x"}, "cvss": {"vector": "CVSS:3.1/AV:N"}, "cve": "CVE-2024-0001",
        "published": "2024-01-02 03:04:05"}, "u-2": 7}"#;

    #[test]
    fn software_becomes_packages() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "wordpress", &mut records).unwrap();
        let advisory = &records.advisories[0];
        let seen: Vec<_> = advisory
            .affected
            .iter()
            .map(|a| (a.package.name.as_str(), a.ranges.len(), a.unread.len()))
            .collect();
        assert_eq!(
            seen,
            [("plugin/forms", 2, 0), ("core", 0, 0), ("theme/t", 0, 1)]
        );
        assert_eq!(
            advisory.affected[0].ranges[1].events,
            [Event::After("2".into()), Event::Fixed("3".into())]
        );
        assert_eq!(
            (advisory.cwes.as_slice(), records.problems.len()),
            (["CWE-79".to_owned()].as_slice(), 1)
        );
    }

    #[test]
    fn mutated_feeds_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "wordpress", &mut Records::default());
        });
    }
}
