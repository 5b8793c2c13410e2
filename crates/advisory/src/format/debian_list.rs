//! Debian's lists of advisories, `data/DSA/list` and `data/DLA/list`:
//!
//! ```text
//! [12 Feb 2025] DSA-5865-1 webkit2gtk - security update
//!     {CVE-2025-24143 CVE-2025-24150}
//!     [bookworm] - webkit2gtk 2.46.6-1~deb12u1
//! ```
//!
//! Instead of a version a line may say `<not-affected>`, `<unfixed>`, `<end-of-life>`, `<ignored>`, `<no-dsa>`,
//! `<postponed>`, `<undetermined>` or `<removed>`.

use super::debian_tracker::{below, of_package};
use super::{MAX_RECORD, ReadError, Sink, cut, cve_id, debian, text};
use crate::model::{Advisory, Affected, Authority, Reference, Status};

/// Reads a list.
///
/// # Errors
/// When no line of the document begins an advisory, or the first line that is not blank does not.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut current: Option<Advisory> = None;
    let mut any = false;
    for line in text(bytes, MAX_RECORD)?.lines() {
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with(char::is_whitespace) {
            match &mut current {
                Some(advisory) => continuation(line.trim(), advisory, sink),
                None if any => {}
                None => return Err(shape(line)),
            }
            continue;
        }
        if let Some(done) = current.take() {
            sink.advisory(done);
        }
        current = head(line, feed);
        match &current {
            Some(_) => any = true,
            None if any => sink.problem(format!("not the head of an advisory: {}", cut(line))),
            None => return Err(shape(line)),
        }
    }
    match current {
        Some(done) => sink.advisory(done),
        None if any => {}
        None => return Err(shape("")),
    }
    Ok(())
}

fn shape(line: &str) -> ReadError {
    ReadError::Shape {
        expected: "Debian's list of advisories",
        found: cut(line).to_owned(),
    }
}

/// `[12 Feb 2025] DSA-5865-1 webkit2gtk - security update`.
fn head(line: &str, feed: &str) -> Option<Advisory> {
    let (date, rest) = line.strip_prefix('[')?.split_once(']')?;
    let (id, title) = rest
        .trim()
        .split_once(char::is_whitespace)
        .unwrap_or((rest.trim(), ""));
    if !id.starts_with("DSA-") && !id.starts_with("DLA-") && !id.starts_with("DTSA-") {
        return None;
    }
    // The tracker's page of an advisory holds all its revisions.
    Some(Advisory {
        id: id.to_owned(),
        feed: feed.to_owned(),
        publisher: "Debian".into(),
        authority: Authority::Distribution,
        aliases: Vec::new(),
        upstream: Vec::new(),
        related: Vec::new(),
        published: day(date),
        modified: None,
        withdrawn: None,
        summary: title.trim().to_owned(),
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
    })
}

/// `12 Feb 2025`, its first instant.
fn day(text: &str) -> Option<jiff::Timestamp> {
    let date = jiff::civil::Date::strptime("%d %b %Y", text.trim()).ok()?;
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

fn continuation(line: &str, advisory: &mut Advisory, sink: &mut dyn Sink) {
    if let Some(ids) = line.strip_prefix('{') {
        let ids = ids.trim_end_matches('}').split_whitespace();
        advisory
            .upstream
            .extend(ids.filter(|id| cve_id::is(id)).map(str::to_owned));
        return;
    }
    if ["NOTE:", "TODO:", "CHECK:", "-"]
        .iter()
        .any(|start| line.starts_with(start))
    {
        return;
    }
    match affected(line) {
        Some(Some(affected)) => {
            if !affected.unread.is_empty() {
                sink.problem(format!("{}: {}", advisory.id, cut(line)));
            }
            advisory.affected.push(affected);
        }
        Some(None) => {}
        None => sink.problem(format!("{}: {}", advisory.id, cut(line))),
    }
}

/// `[bookworm] - webkit2gtk 2.46.6-1~deb12u1 (note)`; `Some(None)` for a line that says nothing of versions.
fn affected(line: &str) -> Option<Option<Affected>> {
    let (codename, rest) = line.strip_prefix('[')?.split_once(']')?;
    let mut words = rest.trim().strip_prefix('-')?.split_whitespace();
    let (package, version) = (words.next()?, words.next());
    let mut affected = of_package(debian::ecosystem(codename.trim()), package);
    match version {
        Some("<not-affected>") => affected.status = Status::NotAffected,
        Some("<unfixed>") | None => {}
        Some("<end-of-life>" | "<ignored>") => affected.status = Status::WontFix,
        Some("<no-dsa>" | "<postponed>") => affected.status = Status::Deferred,
        Some("<undetermined>") => affected.status = Status::UnderInvestigation,
        Some("<removed>" | "<itp>") => return Some(None),
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            affected.ranges.push(below(version))
        }
        Some(words) => affected.unread.push(words.to_owned()),
    }
    Some(Some(affected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = "[12 Feb 2025] DSA-5865-1 webkit2gtk - security update\n\t{CVE-2025-24143 CVE-2025-24150}\n\
        \t[bookworm] - webkit2gtk 2.46.6-1~deb12u1\n\t[bullseye] - webkit2gtk <end-of-life> (no)\n\tNOTE: x\n\
        [1 Jan 2005] DSA-1 a - b\n\t[sid] - a <not-affected>\n\t[etch] - a ???\n";

    #[test]
    fn advisories_have_flaws_and_fixed_versions() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "debian-dsa", &mut records).unwrap();
        let first = &records.advisories[0];
        assert_eq!(first.upstream, ["CVE-2025-24143", "CVE-2025-24150"]);
        assert_eq!(first.published, "2025-02-12T00:00:00Z".parse().ok());
        assert_eq!(first.affected[0].package.ecosystem, "Debian:12");
        assert_eq!(first.affected[1].status, Status::WontFix);
        assert_eq!(
            records.advisories[1].affected[0].status,
            Status::NotAffected
        );
        assert_eq!(records.problems, ["DSA-1: [etch] - a ???"]);
        assert!(visit(b"<html>", "debian-dsa", &mut records).is_err());
    }

    #[test]
    fn mutated_lists_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "debian-dsa", &mut Records::default());
        });
    }
}
