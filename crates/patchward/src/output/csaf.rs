//! CSAF 2.0, profile `csaf_vex`. Without findings there is nothing to say by that profile, and the document is a
//! `csaf_base`.

mod vulnerability;

use std::collections::BTreeMap;
use std::io::{self, Write};

use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, ScanReport};
use serde_json::{Map, Value, json};

use super::vex::Publication;
use super::{facts, identity, json};

/// Writes the document as the tool's own word.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    publish(report, &Publication::default(), out)
}

/// Writes the document as somebody's word.
///
/// # Errors
/// When `out` cannot be written.
pub fn publish(
    report: &ScanReport,
    publication: &Publication,
    out: &mut dyn Write,
) -> io::Result<()> {
    let products = Products::new(report);
    let mut by_id: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for (_, finding) in facts::findings(report) {
        by_id
            .entry(&finding.vulnerability)
            .or_default()
            .push(finding);
    }
    let vulnerabilities: Vec<Value> = by_id
        .values()
        .filter_map(|findings| vulnerability::of(findings, &products))
        .collect();
    let mut document = Map::new();
    let empty = vulnerabilities.is_empty();
    document.insert("document".into(), meta(report, publication, empty));
    if !vulnerabilities.is_empty() {
        document.insert(
            "product_tree".into(),
            json!({"full_product_names": products.names}),
        );
        document.insert("vulnerabilities".into(), vulnerabilities.into());
    }
    json::pretty(&document, out)
}

fn meta(report: &ScanReport, publication: &Publication, empty: bool) -> Value {
    let namespace = publication.namespace.as_deref().unwrap_or(facts::HOME);
    let version = publication.version.to_string();
    let date = identity::second(report.started);
    json!({
        "category": if empty { "csaf_base" } else { "csaf_vex" },
        "csaf_version": "2.0",
        "lang": "en",
        "title": "Result of a vulnerability scan",
        "notes": [{"category": "general", "text": if empty {
            "No known vulnerability was found in the scanned components."
        } else {
            "What a scan found in the listed components, and what is to be done."
        }}],
        "publisher": {"category": "user", "name": publication.author(), "namespace": namespace},
        "tracking": {
            "id": format!("patchward-{}", identity::uuid(report, "csaf")),
            "status": "final",
            "version": version,
            "initial_release_date": date,
            "current_release_date": date,
            "revision_history": revisions(publication.version, &date),
            "generator": {"engine": {"name": facts::TOOL, "version": tool_version(report)}},
        },
    })
}

/// Every version up to this one: none may be left out (test 6.1.21). When the earlier ones came out is not known here.
fn revisions(version: u32, date: &str) -> Vec<Value> {
    let revision =
        |number: u32| json!({"number": number.to_string(), "date": date, "summary": "Scan"});
    (1..=version.min(10_000)).map(revision).collect()
}

fn tool_version(report: &ScanReport) -> &str {
    match report.tool_version.as_str() {
        "" => "0",
        version => version,
    }
}

/// Purl, name and version.
type Key<'a> = (&'a str, &'a str, &'a str);

/// The products of the document, one per package at a version.
struct Products<'a> {
    names: Vec<Value>,
    ids: BTreeMap<Key<'a>, String>,
}

impl<'a> Products<'a> {
    fn new(report: &'a ScanReport) -> Products<'a> {
        let mut products = Products {
            names: Vec::new(),
            ids: BTreeMap::new(),
        };
        for (_, finding) in facts::findings(report) {
            products.add(&finding.component);
        }
        products
    }

    fn add(&mut self, component: &'a Component) {
        let key = (
            component.purl.as_str(),
            component.name.as_str(),
            component.version.as_str(),
        );
        if self.ids.contains_key(&key) {
            return;
        }
        let id = format!("product-{}", self.names.len() + 1);
        let name = format!("{} {}", component.name, component.version);
        let mut value = json!({"product_id": id, "name": name.trim()});
        if !component.purl.is_empty() {
            value["product_identification_helper"] = json!({"purl": component.purl});
        } else if let Some(cpe) = component.cpes.first() {
            value["product_identification_helper"] = json!({"cpe": cpe});
        }
        self.names.push(value);
        self.ids.insert(key, id);
    }

    fn id(&self, component: &'a Component) -> &str {
        let key: Key<'a> = (
            component.purl.as_str(),
            component.name.as_str(),
            component.version.as_str(),
        );
        self.ids.get(&key).map_or("", String::as_str)
    }
}
