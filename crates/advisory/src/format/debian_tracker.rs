//! Debian's security tracker (`tracker/data/json`): source package → CVE or TEMP id → release → state.
//!
//! - `resolved` with `fixed_version: "0"` was never affected; otherwise everything below the fixed version is.
//! - `open` is affected without a fix: [`Status::Deferred`] when Debian postponed it, [`Status::WontFix`] when it
//!   ignores it or support has ended. A `nodsa` text says that no advisory will come, not that nothing is wrong.
//! - `undetermined` is [`Status::UnderInvestigation`].
//!
//! The document is keyed by package; an advisory is about a CVE. Entries are kept raw, sorted by id and read one CVE at
//! a time, so the memory needed is that of a list of slices.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Text};
use super::{MAX_COLLECTION, ReadError, Sink, cut, debian, text};
use crate::model::{
    Advisory, Affected, Authority, Conditions, Event, Package, Range, RangeKind, Reference, Status,
};

const EXPECTED: &str = "Debian's security tracker";

#[derive(Deserialize)]
struct Flaw<'a> {
    #[serde(borrow, default)]
    description: Option<Text<'a>>,
    #[serde(default)]
    debianbug: Option<u64>,
    #[serde(borrow, default)]
    releases: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Release<'a> {
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    fixed_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    urgency: Option<Text<'a>>,
    #[serde(borrow, default)]
    nodsa: Option<Text<'a>>,
    #[serde(borrow, default)]
    nodsa_reason: Option<Text<'a>>,
}

/// Reads the tracker's document.
///
/// # Errors
/// When the document is not an object.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let text = text(bytes, MAX_COLLECTION)?;
    let mut rows: Vec<(Text, Text, &RawValue)> = Vec::new();
    let mut problems = Vec::new();
    json::members(text, EXPECTED, |package, flaws| {
        let read = json::members(flaws.get(), EXPECTED, |id, flaw| {
            rows.push((id, package.clone(), flaw));
        });
        if read.is_err() {
            problems.push(format!("{}: not an object of flaws", cut(&package)));
        }
    })?;
    problems
        .into_iter()
        .for_each(|problem| sink.problem(problem));
    rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    for rows in rows.chunk_by(|a, b| a.0 == b.0) {
        if let Some(advisory) = advisory(rows, feed, sink) {
            sink.advisory(advisory);
        }
    }
    Ok(())
}

fn advisory(
    rows: &[(Text<'_>, Text<'_>, &RawValue)],
    feed: &str,
    sink: &mut dyn Sink,
) -> Option<Advisory> {
    let id = rows.first()?.0.to_string();
    let mut advisory = Advisory {
        id: id.clone(),
        feed: feed.to_owned(),
        publisher: "Debian".into(),
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
        affected: Vec::new(),
        references: vec![Reference {
            kind: "advisory".into(),
            url: format!("https://security-tracker.debian.org/tracker/{id}"),
        }],
        malware: false,
        tags: Vec::new(),
        license: "MIT".into(),
    };
    for (_, package, raw) in rows {
        let flaw = match serde_json::from_str::<Flaw>(raw.get()) {
            Ok(flaw) => flaw,
            Err(error) => {
                sink.problem(format!("{id}: {}: {error}", cut(package)));
                continue;
            }
        };
        add(&mut advisory, package, flaw, sink);
    }
    Some(advisory)
}

fn add(advisory: &mut Advisory, package: &str, flaw: Flaw<'_>, sink: &mut dyn Sink) {
    if advisory.details.is_empty() {
        advisory.details = flaw.description.map(Text::owned).unwrap_or_default();
    }
    if let Some(bug) = flaw.debianbug {
        let url = format!("https://bugs.debian.org/{bug}");
        if !advisory
            .references
            .iter()
            .any(|reference| reference.url == url)
        {
            advisory.references.push(Reference {
                kind: "report".into(),
                url,
            });
        }
    }
    let Some(releases) = flaw.releases else {
        return;
    };
    // An empty list occurs instead of an empty object.
    let read = json::members(releases.get(), EXPECTED, |codename, raw| {
        if let Err(why) = add_release(advisory, package, &codename, raw) {
            let place = format!("{}: {}: {}", advisory.id, cut(package), cut(&codename));
            sink.problem(format!("{place}: {why}"));
        }
    });
    if read.is_err() {
        sink.problem(format!(
            "{}: {}: releases are not an object",
            advisory.id,
            cut(package)
        ));
    }
}

fn add_release(
    advisory: &mut Advisory,
    package: &str,
    codename: &str,
    raw: &RawValue,
) -> Result<(), String> {
    let release = serde_json::from_str::<Release>(raw.get()).map_err(|error| error.to_string())?;
    let affected = affected(package, codename, &release)
        .ok_or_else(|| format!("unknown status {:?}", cut(&release.status)))?;
    advisory.affected.push(affected);
    Ok(())
}

fn affected(package: &str, codename: &str, release: &Release<'_>) -> Option<Affected> {
    let reason = release.nodsa_reason.as_deref().unwrap_or_default();
    let fixed = release.fixed_version.as_deref();
    let status = match (&*release.status, fixed, reason) {
        ("resolved", Some("0"), _) => Status::NotAffected,
        ("resolved", _, _) => Status::Affected,
        ("open", _, "postponed") => Status::Deferred,
        ("open", _, "ignored") => Status::WontFix,
        ("open", _, _) if release.nodsa.is_some() => Status::Deferred,
        ("open", _, _) => Status::Affected,
        ("undetermined", _, _) => Status::UnderInvestigation,
        _ => return None,
    };
    let mut affected = of_package(debian::ecosystem(codename), package);
    affected.status = status;
    let fixed = fixed.filter(|version| *version != "0");
    if let Some(version) = fixed {
        affected.ranges.push(below(version));
    } else if &*release.status == "resolved" && status == Status::Affected {
        affected
            .unread
            .push("resolved without a fixed version".into());
    }
    debian::apply_urgency(
        release.urgency.as_deref().unwrap_or_default(),
        &mut affected,
    );
    Some(affected)
}

/// A statement about every version of a package.
pub(super) fn of_package(ecosystem: String, name: &str) -> Affected {
    Affected {
        package: Package {
            ecosystem,
            name: name.to_owned(),
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

/// Everything below the fixed version.
pub(super) fn below(fixed: &str) -> Range {
    Range {
        kind: RangeKind::Ecosystem,
        events: vec![
            Event::Introduced("0".into()),
            Event::Fixed(fixed.to_owned()),
        ],
        repo: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = r#"{"b": {"CVE-2024-0001": {"description": "d", "debianbug": 1, "scope": "local", "releases": {
          "bookworm": {"status": "resolved", "repositories": {"bookworm": "2"}, "fixed_version": "1.0-1", "urgency": "low"},
          "bullseye": {"status": "open", "urgency": "not yet assigned", "nodsa": "Minor", "nodsa_reason": "ignored"},
          "buster": {"status": "open", "urgency": "end-of-life"},
          "sid": {"status": "undetermined", "urgency": "high**"}}}},
        "a": {"CVE-2024-0001": {"releases": {"trixie": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"}}},
              "CVE-2024-0002": {"releases": {"trixie": {"status": "odd"}}}},
        "c": "text"}"#;

    #[test]
    fn one_advisory_per_cve_with_every_package_and_release() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "debian-tracker", &mut records).unwrap();
        assert_eq!(records.advisories.len(), 2);
        let advisory = &records.advisories[0];
        let said: Vec<_> = advisory
            .affected
            .iter()
            .map(|a| {
                (
                    a.package.ecosystem.as_str(),
                    a.package.name.as_str(),
                    a.status,
                    a.ranges.len(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("Debian:13", "a", Status::NotAffected, 0),
                ("Debian:12", "b", Status::Affected, 1),
                ("Debian:11", "b", Status::WontFix, 0),
                ("Debian:10", "b", Status::WontFix, 0),
                ("Debian:sid", "b", Status::UnderInvestigation, 0),
            ]
        );
        assert_eq!(records.problems.len(), 2, "{:?}", records.problems);
    }

    #[test]
    fn mutated_documents_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "debian-tracker", &mut Records::default());
        });
    }
}
