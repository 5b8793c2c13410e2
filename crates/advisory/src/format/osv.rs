//! OSV records, schema 1.7.5 and before (ossf.github.io/osv-schema).
//!
//! `ecosystem_specific` and `database_specific` never change the verdict, with these stated exceptions: GitHub's
//! `last_known_affected_version_range` closes an open range; Debian's urgency `end-of-life` is [`Status::WontFix`] and
//! `unimportant` is [`Status::Deferred`]; Ubuntu's Pro ecosystems set the channel. An entry without ranges and versions
//! affects nothing by the algorithm; it is kept as unread, so that it shows as unknown.

mod publisher;
mod schema;
mod specific;

use schema::{Entry, RangeIn, Record};

use super::json::{self, Text, strings};
use super::{MAX_RECORD, MAX_STATEMENTS, ReadError, Sink, cut, cve_id, time};
use crate::model::{
    Advisory, Affected, Conditions, Event, Fact, Package, Range, RangeKind, Reference, Severity,
    SeverityKind, Signal, Status,
};

/// Reads one OSV record.
///
/// # Errors
/// When the document is not an OSV record.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let record: Record = json::document(bytes, MAX_RECORD, "an OSV record")?;
    if record.id.trim().is_empty() {
        return Err(ReadError::Shape {
            expected: "an OSV record",
            found: "an empty id".into(),
        });
    }
    let advisory = advisory(record, feed, sink);
    exploits(&advisory, feed, sink);
    sink.advisory(advisory);
    Ok(())
}

fn advisory(record: Record<'_>, feed: &str, sink: &mut dyn Sink) -> Advisory {
    let id = record.id.owned();
    let mut entries = record.affected.unwrap_or_default();
    let publisher = publisher::of(&id, &ecosystem(&entries, feed));
    if !publisher::is_told_by(&id) {
        of_one_distribution(&mut entries, feed);
    }
    let specific = specific::of_record(record.database_specific);
    let mut tags = Vec::new();
    let mut cwes = specific.cwes;
    let mut severities = severities(record.severity, &id, sink);
    severities.extend(specific.severity.map(|value| Severity {
        kind: SeverityKind::Word,
        value,
        source: String::new(),
    }));
    let affected = all_affected(entries, &id, &mut tags, &mut cwes, sink);
    let mut when = |name: &str, text: Option<Text<'_>>| read_time(&id, name, text, sink);
    let modified = when("modified", record.modified);
    let published = when("published", record.published);
    // A withdrawal whose day cannot be read is still a withdrawal.
    let withdrawn = record.withdrawn.and_then(|text| {
        time::instant(&text)
            .or(modified)
            .or(Some(jiff::Timestamp::UNIX_EPOCH))
    });
    Advisory {
        feed: feed.to_owned(),
        publisher: publisher.name.to_owned(),
        authority: publisher.authority,
        aliases: strings(record.aliases),
        upstream: strings(record.upstream),
        related: strings(record.related),
        published,
        modified,
        withdrawn,
        summary: record.summary.unwrap_or_default().owned(),
        details: record.details.unwrap_or_default().owned(),
        severities,
        cwes,
        affected,
        references: references(record.references),
        malware: id.starts_with("MAL-") || specific.malware,
        tags,
        license: specific
            .license
            .unwrap_or_else(|| publisher.license.to_owned()),
        id,
    }
}

/// The ecosystem whose folder the feed is (`osv/Debian`) where the record names it, else the first that it names.
fn ecosystem(entries: &[Entry<'_>], feed: &str) -> String {
    let named = || entries.iter().filter_map(|entry| entry.package.as_ref());
    let of_feed = named().find(|package| is_of(&package.ecosystem, feed));
    let package = of_feed.or_else(|| named().next());
    package.map_or_else(|| "GIT".to_owned(), |package| package.ecosystem.to_string())
}

/// A record under a CVE id has the words of several distributions, and lies in the folder of each. Each folder's copy is
/// that distribution's word on its own packages, and nobody's on those of another.
fn of_one_distribution(entries: &mut Vec<Entry<'_>>, feed: &str) {
    let of_feed = |entry: &Entry<'_>| {
        let package = entry.package.as_ref();
        package.is_some_and(|package| is_of(&package.ecosystem, feed))
    };
    let other = |entry: &Entry<'_>| {
        let package = entry.package.as_ref();
        package.is_some_and(|package| publisher::is_distribution(&package.ecosystem))
    };
    if entries.iter().any(of_feed) {
        entries.retain(|entry| of_feed(entry) || !other(entry));
    }
}

/// Whether an ecosystem, with or without its release, is the one whose folder the feed is.
fn is_of(ecosystem: &str, feed: &str) -> bool {
    let root = ecosystem.split(':').next().unwrap_or_default();
    feed.rsplit('/').next() == Some(root)
}

fn read_time(
    id: &str,
    name: &str,
    text: Option<Text<'_>>,
    sink: &mut dyn Sink,
) -> Option<jiff::Timestamp> {
    let text = text.filter(|text| !text.is_empty())?;
    let read = time::instant(&text);
    if read.is_none() && !time::is_unset(&text) {
        sink.problem(format!("{id}: {name} is not a time: {}", cut(&text)));
    }
    read
}

fn all_affected(
    entries: Vec<Entry<'_>>,
    id: &str,
    tags: &mut Vec<String>,
    cwes: &mut Vec<String>,
    sink: &mut dyn Sink,
) -> Vec<Affected> {
    let mut statements = 0;
    let mut out = Vec::with_capacity(entries.len());
    for entry in entries {
        let read = affected(entry, id, tags, cwes, sink);
        statements += 1 + read.versions.len();
        statements += read.ranges.iter().map(|r| r.events.len()).sum::<usize>();
        if statements > MAX_STATEMENTS {
            sink.problem(format!(
                "{id}: more than {MAX_STATEMENTS} statements, the rest is left out"
            ));
            break;
        }
        out.push(read);
    }
    out
}

fn affected(
    entry: Entry<'_>,
    id: &str,
    tags: &mut Vec<String>,
    cwes: &mut Vec<String>,
    sink: &mut dyn Sink,
) -> Affected {
    let ranges = ranges(entry.ranges.unwrap_or_default(), id, sink);
    let package = match entry.package {
        Some(package) => Package {
            ecosystem: package.ecosystem.owned(),
            name: package.name.owned(),
            purl: package.purl.map(Text::owned),
        },
        // A record of a repository rather than a package: its GIT range names it.
        None => Package {
            ecosystem: "GIT".into(),
            name: ranges
                .iter()
                .find_map(|r| r.repo.clone())
                .unwrap_or_default(),
            purl: None,
        },
    };
    let mut affected = Affected {
        package,
        status: Status::Affected,
        ranges,
        versions: strings_all(entry.versions),
        severities: severities(entry.severity, id, sink),
        conditions: Conditions::default(),
        unread: Vec::new(),
    };
    specific::of_entry(
        entry.ecosystem_specific,
        entry.database_specific,
        &mut affected,
        tags,
        cwes,
    );
    if affected.ranges.is_empty() && affected.versions.is_empty() {
        affected
            .unread
            .push("neither ranges nor versions are given".into());
    }
    affected
}

/// Versions keep their doubles out of the way but can be many thousands: no quadratic search.
fn strings_all(list: Option<Vec<Text<'_>>>) -> Vec<String> {
    list.unwrap_or_default()
        .into_iter()
        .map(Text::owned)
        .collect()
}

fn ranges(list: Vec<RangeIn<'_>>, id: &str, sink: &mut dyn Sink) -> Vec<Range> {
    let mut out = Vec::with_capacity(list.len());
    for range in list {
        let kind = match &*range.kind {
            "SEMVER" => RangeKind::SemVer,
            "GIT" => RangeKind::Git,
            "ECOSYSTEM" => RangeKind::Ecosystem,
            other => {
                sink.problem(format!("{id}: a range of unknown type {}", cut(other)));
                continue;
            }
        };
        let events: Vec<Event> = range
            .events
            .unwrap_or_default()
            .into_iter()
            .flat_map(schema::EventIn::events)
            .collect();
        if !events
            .iter()
            .any(|event| matches!(event, Event::Introduced(_)))
        {
            sink.problem(format!("{id}: a range without an introduced event"));
        }
        out.push(Range {
            kind,
            events,
            repo: range.repo.map(Text::owned),
        });
    }
    out
}

fn severities(
    list: Option<Vec<schema::SeverityIn<'_>>>,
    id: &str,
    sink: &mut dyn Sink,
) -> Vec<Severity> {
    let mut out = Vec::new();
    for severity in list.unwrap_or_default() {
        let kind = match &*severity.kind {
            "CVSS_V2" => SeverityKind::CvssV2,
            "CVSS_V3" => SeverityKind::CvssV3,
            "CVSS_V4" => SeverityKind::CvssV4,
            "Ubuntu" => SeverityKind::Word,
            other => {
                sink.problem(format!("{id}: a severity of unknown type {}", cut(other)));
                continue;
            }
        };
        out.push(Severity {
            kind,
            value: severity.score.owned(),
            source: String::new(),
        });
    }
    out
}

fn references(list: Option<Vec<schema::ReferenceIn<'_>>>) -> Vec<Reference> {
    let kind = |text: &str| match text {
        "ADVISORY" => "advisory",
        "FIX" => "fix",
        "EVIDENCE" => "exploit",
        "REPORT" | "DETECTION" | "DISCUSSION" => "report",
        "ARTICLE" => "article",
        "PACKAGE" => "package",
        _ => "web",
    };
    list.unwrap_or_default()
        .into_iter()
        .map(|reference| Reference {
            kind: kind(&reference.kind).to_owned(),
            url: reference.url.owned(),
        })
        .collect()
}

/// OSV's EVIDENCE references show the flaw at work.
fn exploits(advisory: &Advisory, feed: &str, sink: &mut dyn Sink) {
    for reference in advisory.references.iter().filter(|r| r.kind == "exploit") {
        let id = advisory.aliases.iter().find(|alias| cve_id::is(alias));
        sink.signal(Signal {
            id: id.unwrap_or(&advisory.id).clone(),
            feed: feed.to_owned(),
            at: advisory.published,
            fact: Fact::Exploit {
                source: advisory.publisher.clone(),
                url: reference.url.clone(),
            },
        });
    }
}

#[cfg(test)]
mod tests;
