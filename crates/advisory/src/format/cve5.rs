//! CVE records, JSON 5.0 to 5.2 (CVEProject/cve-schema).
//!
//! One record holds several publishers' words. The CNA's container becomes one advisory; an ADP container that names
//! affected products becomes another one with the same id and its own publisher, and never overrules the CNA's. Scores,
//! weaknesses and links of an ADP go to the CNA's advisory with their source. CISA's SSVC and KEV words become signals.

mod package;
mod schema;
mod versions;

use jiff::Timestamp;
pub(super) use schema::{Container, Other};
use schema::{Metadata, Record};

use super::json::{self, Text};
use super::{MAX_RECORD, MAX_STATEMENTS, ReadError, Sink, cut, nvd, time, vulnrichment};
use crate::model::{
    Advisory, Affected, Authority, Fact, Reference, Severity, SeverityKind, Signal,
};

/// Reads one CVE record.
///
/// # Errors
/// When the document is not a CVE record of version 5.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let record: Record = json::document(bytes, MAX_RECORD, "a CVE record, version 5")?;
    let id = record.metadata.id.to_string();
    if !super::cve_id::is(&id) {
        return Err(ReadError::Shape {
            expected: "a CVE record, version 5",
            found: format!("the id {:?}", cut(&id)),
        });
    }
    let mut reader = Reader {
        id: &id,
        feed,
        sink,
    };
    let adps = record.containers.adp.unwrap_or_default();
    let mut others = Vec::new();
    let mut main = reader.advisory(record.containers.cna, &record.metadata, Authority::Cna);
    for adp in adps {
        vulnrichment::signals(&adp, &id, feed, reader.sink);
        let named = adp
            .affected
            .as_ref()
            .is_some_and(|affected| !affected.is_empty());
        let mut other = reader.advisory(adp, &record.metadata, Authority::Cna);
        // The title of such a container is its own name ("CISA ADP Vulnrichment"), not the flaw's.
        other.summary = String::new();
        if named {
            others.push(other);
        } else {
            adopt(&mut main, other);
        }
    }
    for advisory in std::iter::once(main).chain(others) {
        reader.sink.advisory(advisory);
    }
    Ok(())
}

/// Takes over what an ADP without affected products adds, with its source.
fn adopt(main: &mut Advisory, other: Advisory) {
    main.severities
        .extend(other.severities.into_iter().map(|mut severity| {
            if severity.source.is_empty() {
                severity.source.clone_from(&other.publisher);
            }
            severity
        }));
    for cwe in other.cwes {
        if !main.cwes.contains(&cwe) {
            main.cwes.push(cwe);
        }
    }
    for reference in other.references {
        if main.references.len() < 10_000 && !main.references.contains(&reference) {
            main.references.push(reference);
        }
    }
    for tag in other.tags {
        if !main.tags.contains(&tag) {
            main.tags.push(tag);
        }
    }
}

struct Reader<'r> {
    id: &'r str,
    feed: &'r str,
    sink: &'r mut dyn Sink,
}

impl Reader<'_> {
    fn advisory(
        &mut self,
        container: Container<'_>,
        metadata: &Metadata<'_>,
        authority: Authority,
    ) -> Advisory {
        let rejected = metadata.state.as_deref() == Some("REJECTED");
        let modified = self.time("dateUpdated", &metadata.updated);
        let published = self.time("datePublished", &metadata.published);
        let publisher = container
            .provider
            .and_then(|provider| provider.short_name)
            .or_else(|| metadata.assigner.clone())
            .map_or_else(|| "CVE".to_owned(), Text::owned);
        let references = self.references(container.references, &publisher, published);
        let affected = self.affected(&container.affected, &container.applicability);
        let mut tags: Vec<String> = json::strings(container.tags);
        if rejected {
            tags.push("rejected".into());
        }
        let reasons = container.rejected_reasons;
        let details = english(&container.descriptions)
            .or_else(|| english(&reasons))
            .unwrap_or_default();
        Advisory {
            id: self.id.to_owned(),
            feed: self.feed.to_owned(),
            publisher,
            authority,
            aliases: Vec::new(),
            upstream: Vec::new(),
            related: Vec::new(),
            published,
            modified,
            withdrawn: rejected.then(|| {
                let at = self.time("dateRejected", &metadata.rejected);
                at.or(modified).unwrap_or(Timestamp::UNIX_EPOCH)
            }),
            summary: container.title.unwrap_or_default().owned(),
            details,
            severities: severities(container.metrics),
            cwes: cwes(container.problem_types),
            affected,
            references,
            malware: false,
            tags,
            license: "LicenseRef-CVE-Terms-of-Use".into(),
        }
    }

    fn time(&mut self, name: &str, text: &Option<Text<'_>>) -> Option<Timestamp> {
        let text = text.as_ref()?;
        let read = time::instant(text);
        if read.is_none() && !time::is_unset(text) {
            let problem = format!("{}: {name} is not a time: {}", self.id, cut(text));
            self.sink.problem(problem);
        }
        read
    }

    fn references(
        &mut self,
        list: Option<Vec<schema::ReferenceIn<'_>>>,
        publisher: &str,
        at: Option<Timestamp>,
    ) -> Vec<Reference> {
        let mut out = Vec::new();
        for reference in list.unwrap_or_default() {
            let tags = reference.tags.unwrap_or_default();
            let has = |name: &str| tags.iter().any(|tag| **tag == *name);
            let kind = if has("exploit") {
                "exploit"
            } else if has("patch") {
                "fix"
            } else if has("mitigation") {
                "mitigation"
            } else if has("vendor-advisory") || has("third-party-advisory") {
                "advisory"
            } else if has("issue-tracking") || has("mailing-list") {
                "report"
            } else if has("technical-description") || has("media-coverage") {
                "article"
            } else {
                "web"
            };
            let url = reference.url.owned();
            if kind == "exploit" {
                self.sink.signal(Signal {
                    id: self.id.to_owned(),
                    feed: self.feed.to_owned(),
                    at,
                    fact: Fact::Exploit {
                        source: publisher.to_owned(),
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

    fn affected(
        &mut self,
        products: &Option<Vec<schema::Product<'_>>>,
        applicability: &Option<Vec<&serde_json::value::RawValue>>,
    ) -> Vec<Affected> {
        let mut out = Vec::new();
        let mut statements = 0;
        for product in products.iter().flatten() {
            let said = versions::of(product);
            let packages = package::of(product);
            let size: usize = said.iter().map(versions::Said::size).sum();
            statements += size * packages.len();
            if statements > MAX_STATEMENTS {
                let problem = format!(
                    "{}: more than {MAX_STATEMENTS} statements, the rest is left out",
                    self.id
                );
                self.sink.problem(problem);
                return out;
            }
            for package in packages {
                out.extend(said.iter().map(|said| said.about(package.clone(), product)));
            }
        }
        // 5.1 and later: NVD's nodes inside the record.
        for raw in applicability.iter().flatten() {
            nvd::applicability(raw, self.id, &mut out, self.sink);
        }
        out
    }
}

fn english(list: &Option<Vec<schema::Description<'_>>>) -> Option<String> {
    let list = list.as_ref()?;
    let english = list
        .iter()
        .find(|text| text.lang.to_ascii_lowercase().starts_with("en"));
    english.or(list.first()).map(|text| text.value.to_string())
}

fn severities(list: Option<Vec<schema::Metric<'_>>>) -> Vec<Severity> {
    let mut out = Vec::new();
    for metric in list.unwrap_or_default() {
        let scores = [
            (SeverityKind::CvssV4, metric.v4),
            (SeverityKind::CvssV3, metric.v31),
            (SeverityKind::CvssV3, metric.v30),
            (SeverityKind::CvssV2, metric.v2),
        ];
        for (kind, raw) in scores {
            let vector = json::part::<schema::Cvss>(raw).and_then(|cvss| cvss.vector);
            if let Some(value) = vector {
                out.push(Severity {
                    kind,
                    value: value.owned(),
                    source: String::new(),
                });
            }
        }
        // Red Hat's and others' own word.
        let other = json::part::<schema::Other>(metric.other);
        let content = other
            .as_ref()
            .and_then(|other| json::part::<schema::Word>(other.content));
        if let Some(word) = content.and_then(|word| word.value.or(word.text)) {
            out.push(Severity {
                kind: SeverityKind::Word,
                value: word.to_lowercase(),
                source: String::new(),
            });
        }
    }
    out
}

fn cwes(list: Option<Vec<schema::ProblemType<'_>>>) -> Vec<String> {
    let mut out = Vec::new();
    for problem in list.unwrap_or_default() {
        for description in problem.descriptions.unwrap_or_default() {
            if let Some(cwe) = description.cwe.filter(|cwe| cwe.starts_with("CWE-")) {
                let cwe = cwe.owned();
                if !out.contains(&cwe) {
                    out.push(cwe);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
