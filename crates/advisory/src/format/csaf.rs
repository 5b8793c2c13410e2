//! CSAF 2.0 documents (and what 2.1 shares with them): advisories and VEX.
//!
//! - A document about one flaw, or whose flaws all have the same products, is one advisory named by its tracking id; its
//!   CVE ids are `upstream`, unless the tracking id is the CVE id itself (Red Hat's VEX).
//! - Where flaws of a document differ in their products, each set becomes its own advisory `<tracking id>/<CVE>`, with
//!   the tracking id as `related`: what affects what stays exact.
//! - For operating-system packages `fixed` means that everything below is affected (SUSE writes `recommended` there).
//!   For other products `fixed` names a version that is not affected.
//! - `known_affected` with the remediation `no_fix_planned` is [`Status::WontFix`], with "deferred" it is
//!   [`Status::Deferred`].

mod products;
pub mod provider;
mod schema;
mod status;

use std::collections::BTreeMap;

use products::Products;
use schema::{Document, Flaw};

use super::json::{self, Text};
use super::{MAX_RECORD, MAX_STATEMENTS, ReadError, Sink, cut, cve_id, time};
use crate::model::{Advisory, Affected, Authority, Reference, Severity, SeverityKind};

const EXPECTED: &str = "a CSAF document";

/// Reads one CSAF document.
///
/// # Errors
/// When the document is not CSAF.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let document: Document = json::document(bytes, MAX_RECORD, EXPECTED)?;
    let version = document
        .document
        .csaf_version
        .as_deref()
        .unwrap_or_default();
    if !version.starts_with("2.") {
        return Err(ReadError::Shape {
            expected: EXPECTED,
            found: format!("csaf_version {:?}", cut(version)),
        });
    }
    let flaws = document.vulnerabilities.unwrap_or_default();
    let head = document.document;
    let products = Products::new(document.product_tree.unwrap_or_default(), &head);
    let groups = groups(&flaws, &products, &head.tracking.id, sink);
    let alone = groups.len() <= 1;
    for (affected, members) in groups {
        let advisory = advisory(&head, affected, &members, alone, feed, sink);
        sink.advisory(advisory);
    }
    Ok(())
}

/// Flaws by what they say of products; a document without flaws is one advisory without products.
fn groups<'f, 'a>(
    flaws: &'f [Flaw<'a>],
    products: &Products<'_>,
    id: &str,
    sink: &mut dyn Sink,
) -> Vec<(Vec<Affected>, Vec<&'f Flaw<'a>>)> {
    let mut groups: Vec<(Vec<Affected>, Vec<&Flaw>)> = Vec::new();
    let mut by_first: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let mut statements = 0;
    for flaw in flaws {
        statements += flaw.status.as_ref().map_or(0, schema::ProductStatus::count);
        if statements > MAX_STATEMENTS {
            sink.problem(format!(
                "{}: more than {MAX_STATEMENTS} statements, the rest is left out",
                cut(id)
            ));
            break;
        }
        let affected = status::affected(flaw, products, sink);
        // Only groups of the same size that begin alike are compared in full.
        let first = affected
            .first()
            .map(|a| a.package.name.clone())
            .unwrap_or_default();
        let alike = by_first.entry((affected.len(), first)).or_default();
        match alike.iter().copied().find(|at| groups[*at].0 == affected) {
            Some(at) => groups[at].1.push(flaw),
            None => {
                alike.push(groups.len());
                groups.push((affected, vec![flaw]));
            }
        }
    }
    if groups.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    groups
}

fn advisory(
    head: &schema::Head<'_>,
    affected: Vec<Affected>,
    flaws: &[&Flaw<'_>],
    alone: bool,
    feed: &str,
    sink: &mut dyn Sink,
) -> Advisory {
    let tracking = head.tracking.id.to_string();
    let mut cves: Vec<String> = flaws
        .iter()
        .filter_map(|flaw| flaw.cve.as_deref())
        .map(str::to_owned)
        .collect();
    cves.dedup();
    let mut related = Vec::new();
    let id = if alone {
        tracking
    } else {
        related.push(tracking.clone());
        let first = cves.first().map(String::as_str);
        format!(
            "{tracking}/{}",
            first
                .or(flaws.first().and_then(|f| f.title.as_deref()))
                .unwrap_or("no CVE id")
        )
    };
    let upstream = if cve_id::is(&id) { Vec::new() } else { cves };
    let mut when = |name: &str, text: &Option<Text<'_>>| {
        let read = text.as_deref().and_then(time::instant);
        if read.is_none() {
            sink.problem(format!("{id}: {name} is not a time"));
        }
        read
    };
    let published = when("initial_release_date", &head.tracking.initial);
    let modified = when("current_release_date", &head.tracking.current);
    let (publisher, authority) = publisher(head);
    Advisory {
        feed: feed.to_owned(),
        publisher,
        authority,
        aliases: Vec::new(),
        upstream,
        related,
        published,
        modified,
        withdrawn: None,
        summary: head.title.as_deref().unwrap_or_default().to_owned(),
        details: details(head, flaws),
        severities: severities(head, flaws),
        cwes: cwes(flaws),
        affected,
        references: references(head, flaws),
        malware: false,
        tags: Vec::new(),
        license: if products::is_red_hat(head) || products::is_suse(head) {
            "CC-BY-4.0"
        } else {
            ""
        }
        .into(),
        id,
    }
}

fn publisher(head: &schema::Head<'_>) -> (String, Authority) {
    let named = head
        .publisher
        .as_ref()
        .and_then(|publisher| publisher.name.as_deref());
    if products::is_red_hat(head) {
        ("Red Hat".into(), Authority::Distribution)
    } else if products::is_suse(head) {
        ("SUSE".into(), Authority::Distribution)
    } else {
        (named.unwrap_or("CSAF").to_owned(), Authority::Ecosystem)
    }
}

fn details(head: &schema::Head<'_>, flaws: &[&Flaw<'_>]) -> String {
    let of_flaw = match flaws {
        [one] => one.notes.as_deref().unwrap_or_default(),
        _ => &[],
    };
    let of_document = head.notes.as_deref().unwrap_or_default();
    let note = |notes: &[schema::Note<'_>], kind: &str| {
        let found = notes.iter().find(|note| *note.category == *kind);
        found.map(|note| note.text.to_string())
    };
    note(of_flaw, "description")
        .or_else(|| note(of_document, "description"))
        .or_else(|| note(of_flaw, "summary"))
        .or_else(|| note(of_document, "summary"))
        .or_else(|| note(of_document, "general"))
        .unwrap_or_default()
}

fn severities(head: &schema::Head<'_>, flaws: &[&Flaw<'_>]) -> Vec<Severity> {
    let mut out: Vec<Severity> = Vec::new();
    let mut add = |kind, value: &str| {
        let known = out
            .iter()
            .any(|severity| severity.kind == kind && severity.value == value);
        if !known && !value.is_empty() && out.len() < 1000 {
            out.push(Severity {
                kind,
                value: value.to_owned(),
                source: String::new(),
            });
        }
    };
    for flaw in flaws {
        for score in flaw.scores.iter().flatten() {
            let vectors = [
                (SeverityKind::CvssV4, score.v4),
                (SeverityKind::CvssV3, score.v3),
                (SeverityKind::CvssV2, score.v2),
            ];
            for (kind, raw) in vectors {
                if let Some(vector) = json::part::<schema::Cvss>(raw).and_then(|cvss| cvss.vector) {
                    add(kind, &vector);
                }
            }
        }
        for threat in flaw
            .threats
            .iter()
            .flatten()
            .filter(|threat| *threat.category == *"impact")
        {
            add(SeverityKind::Word, &threat.details.trim().to_lowercase());
        }
    }
    if let Some(word) = head
        .aggregate_severity
        .as_ref()
        .and_then(|severity| severity.text.as_deref())
    {
        add(SeverityKind::Word, &word.trim().to_lowercase());
    }
    out
}

fn cwes(flaws: &[&Flaw<'_>]) -> Vec<String> {
    let mut out = Vec::new();
    for flaw in flaws {
        for cwe in flaw.cwe.iter().chain(flaw.cwes.iter().flatten()) {
            let id = cwe.id.to_string();
            if id.starts_with("CWE-") && !out.contains(&id) {
                out.push(id);
            }
        }
    }
    out
}

fn references(head: &schema::Head<'_>, flaws: &[&Flaw<'_>]) -> Vec<Reference> {
    let of_flaws = flaws
        .iter()
        .flat_map(|flaw| flaw.references.iter().flatten());
    let mut out: Vec<Reference> = Vec::new();
    for reference in head.references.iter().flatten().chain(of_flaws) {
        let kind = if reference.category.as_deref() == Some("self") {
            "advisory"
        } else {
            "web"
        };
        let known = out.len() < 1000 && out.iter().any(|known| *known.url == *reference.url);
        if !known && !reference.url.is_empty() {
            out.push(Reference {
                kind: kind.to_owned(),
                url: reference.url.to_string(),
            });
        }
    }
    out
}

#[cfg(test)]
mod tests;
