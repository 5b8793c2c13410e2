//! NVD: pages of the CVE API 2.0 and the yearly 2.0 feeds, which have the same shape.
//!
//! This product uses the NVD API but is not endorsed or certified by the NVD. `vulnStatus` strings that are not known
//! mean "not enriched" and change nothing; `Rejected` withdraws the record.

mod configurations;
mod schema;

use jiff::Timestamp;
use schema::Cve;
use serde_json::value::RawValue;

use super::json::{self, Text};
use super::{MAX_COLLECTION, ReadError, Sink, cut, text, time, vulnrichment};
use crate::model::{
    Advisory, Affected, Authority, Fact, Kev, Reference, Severity, SeverityKind, Signal,
};

const EXPECTED: &str = "NVD's CVE API 2.0";

/// Who speaks, where a record names no other source.
const PUBLISHER: &str = "NVD";

/// Reads a page or a yearly feed.
///
/// # Errors
/// When the document has no list of vulnerabilities.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let text = text(bytes, MAX_COLLECTION)?;
    let found = json::entries_of(
        text,
        EXPECTED,
        "vulnerabilities",
        |raw| entry(raw, feed, sink),
        |_, _| {},
    )?;
    if found {
        Ok(())
    } else {
        Err(ReadError::Shape {
            expected: EXPECTED,
            found: "no list of vulnerabilities".into(),
        })
    }
}

/// Where the next page begins; `None` on the last one.
///
/// # Errors
/// When the document is not a page of the API.
pub fn next_page(bytes: &[u8]) -> Result<Option<u64>, ReadError> {
    let page: schema::Page = json::document(bytes, MAX_COLLECTION, EXPECTED)?;
    let next = page.start.saturating_add(page.count);
    Ok((page.count > 0 && next < page.total).then_some(next))
}

/// Reads the nodes of a CVE record's `cpeApplicability`, which have the shape of NVD's configurations.
pub(super) fn applicability(
    raw: &RawValue,
    id: &str,
    out: &mut Vec<Affected>,
    sink: &mut dyn Sink,
) {
    configurations::read(raw, id, out, sink);
}

fn entry(raw: &RawValue, feed: &str, sink: &mut dyn Sink) {
    match serde_json::from_str::<schema::Entry>(raw.get()) {
        Ok(entry) => {
            let advisory = advisory(entry.cve, feed, sink);
            sink.advisory(advisory);
        }
        Err(error) => sink.problem(format!(
            "an entry of NVD could not be read: {error}: {}",
            cut(raw.get())
        )),
    }
}

fn advisory(cve: Cve<'_>, feed: &str, sink: &mut dyn Sink) -> Advisory {
    let id = cve.id.to_string();
    let mut when = |name: &str, text: &Option<Text<'_>>| {
        let text = text.as_ref()?;
        let read = time::instant(text);
        if read.is_none() && !time::is_unset(text) {
            sink.problem(format!("{id}: {name} is not a time: {}", cut(text)));
        }
        read
    };
    let published = when("published", &cve.published);
    let modified = when("lastModified", &cve.modified);
    let rejected = cve
        .status
        .as_deref()
        .is_some_and(|status| status.eq_ignore_ascii_case("rejected"));
    signals(&cve, &id, feed, sink);
    let mut affected = Vec::new();
    for configuration in cve.configurations.unwrap_or_default() {
        configurations::read(configuration, &id, &mut affected, sink);
    }
    let mut tags: Vec<String> = cve
        .tags
        .unwrap_or_default()
        .into_iter()
        .flat_map(|tag| json::strings(tag.tags))
        .collect();
    if rejected {
        tags.push("rejected".into());
    }
    Advisory {
        feed: feed.to_owned(),
        publisher: PUBLISHER.into(),
        authority: Authority::Cpe,
        aliases: Vec::new(),
        upstream: Vec::new(),
        related: Vec::new(),
        published,
        modified,
        withdrawn: rejected.then(|| modified.unwrap_or(Timestamp::UNIX_EPOCH)),
        summary: String::new(),
        details: english(cve.descriptions),
        severities: severities(cve.metrics.unwrap_or_default()),
        cwes: cwes(cve.weaknesses),
        affected,
        references: references(cve.references, &id, feed, published, sink),
        malware: false,
        tags,
        license: "LicenseRef-Public-Domain".into(),
        id,
    }
}

fn english(list: Option<Vec<schema::LangText<'_>>>) -> String {
    let list = list.unwrap_or_default();
    let found = list
        .iter()
        .find(|text| *text.lang == *"en")
        .or(list.first());
    found.map(|text| text.value.to_string()).unwrap_or_default()
}

fn severities(metrics: schema::Metrics<'_>) -> Vec<Severity> {
    let lists = [
        (SeverityKind::CvssV4, metrics.v40),
        (SeverityKind::CvssV3, metrics.v31),
        (SeverityKind::CvssV3, metrics.v30),
        (SeverityKind::CvssV2, metrics.v2),
    ];
    let mut out = Vec::new();
    for (kind, list) in lists {
        for metric in list.unwrap_or_default() {
            let source = metric.source.unwrap_or_default();
            out.push(Severity {
                kind,
                value: metric.data.vector.owned(),
                // NVD's own scores are the publisher's; others carry their source.
                source: match &*source {
                    "nvd@nist.gov" => String::new(),
                    _ => short_name(&source).map_or_else(|| source.owned(), str::to_owned),
                },
            });
        }
    }
    out
}

/// The short name of an organisation whose id NVD writes in place of a name: those of the CVE programme's list that its
/// records name most. An organisation that is not here keeps its id.
fn short_name(source: &str) -> Option<&'static str> {
    Some(match source {
        "134c704f-9b21-4f2e-91b3-4a467353bcc0" => "CISA-ADP",
        "3c1d8aa1-5a33-4ea4-8992-aadd6440af75" => "ivanti",
        "416baaa9-dc9f-4396-8d5f-8c081fb06d67" => "Linux",
        "af854a3a-2127-422b-91ae-364da2661108" => "CVE",
        _ => return None,
    })
}

fn cwes(list: Option<Vec<schema::Weakness<'_>>>) -> Vec<String> {
    let mut out = Vec::new();
    for weakness in list.unwrap_or_default() {
        for text in weakness.description.unwrap_or_default() {
            // `NVD-CWE-noinfo` and `NVD-CWE-Other` name no weakness.
            if text.value.starts_with("CWE-")
                && !out.iter().any(|cwe: &String| **cwe == *text.value)
            {
                out.push(text.value.owned());
            }
        }
    }
    out
}

fn references(
    list: Option<Vec<schema::ReferenceIn<'_>>>,
    id: &str,
    feed: &str,
    at: Option<Timestamp>,
    sink: &mut dyn Sink,
) -> Vec<Reference> {
    let mut out: Vec<Reference> = Vec::new();
    for reference in list.unwrap_or_default() {
        let tags = reference.tags.unwrap_or_default();
        let has = |name: &str| tags.iter().any(|tag| **tag == *name);
        let kind = if has("Exploit") {
            "exploit"
        } else if has("Patch") {
            "fix"
        } else if has("Mitigation") {
            "mitigation"
        } else if has("Vendor Advisory")
            || has("Third Party Advisory")
            || has("US Government Resource")
        {
            "advisory"
        } else if has("Issue Tracking") || has("Mailing List") {
            "report"
        } else if has("Technical Description") || has("Press/Media Coverage") {
            "article"
        } else {
            "web"
        };
        let url = reference.url.owned();
        if kind == "exploit" {
            sink.signal(Signal {
                id: id.to_owned(),
                feed: feed.to_owned(),
                at,
                fact: Fact::Exploit {
                    source: PUBLISHER.into(),
                    url: url.clone(),
                },
            });
        }
        out.push(Reference {
            kind: kind.to_owned(),
            url,
        });
    }
    out
}

/// SSVC and KEV as NVD repeats them.
fn signals(cve: &Cve<'_>, id: &str, feed: &str, sink: &mut dyn Sink) {
    let mut signal = |at, fact| {
        sink.signal(Signal {
            id: id.to_owned(),
            feed: feed.to_owned(),
            at,
            fact,
        });
    };
    let ssvc = cve
        .metrics
        .as_ref()
        .and_then(|metrics| metrics.ssvc.as_ref());
    for entry in ssvc.into_iter().flatten() {
        let Some(data) = json::part::<schema::Ssvc>(Some(entry)).map(|ssvc| ssvc.data) else {
            continue;
        };
        let at = data.timestamp.and_then(|text| time::instant(&text));
        if let Some(fact) =
            vulnrichment::choices(data.options.unwrap_or_default(), vulnrichment::CISA)
        {
            signal(at, fact);
        }
    }
    if let Some(added) = cve.kev_added.as_ref().and_then(|text| time::day(text)) {
        let text = |field: &Option<Text<'_>>| field.as_deref().unwrap_or_default().to_owned();
        let kev = Kev {
            asserter: "CISA".into(),
            added: added.clone(),
            due: cve.kev_due.as_ref().and_then(|text| time::day(text)),
            ransomware: None,
            product: text(&cve.kev_name),
            action: text(&cve.kev_action),
            removed: None,
        };
        signal(time::instant(&added), Fact::Kev(kev));
    }
}

#[cfg(test)]
mod tests;
