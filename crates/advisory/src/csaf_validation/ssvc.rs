//! SSVC: tests 6.1.46 to 6.1.48 of CSAF 2.1.
//!
//! `data/ssvc-decision-points.tsv` has CERT/CC's decision points: namespace, key, version, and the keys of the values in
//! order. Those of the namespace `cvss` are not in it and are taken as they come.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::document::{Document, items, text, texts};
use super::{Violations, schema};

type Point<'a> = (&'a str, &'a str, &'a str);

static POINTS: LazyLock<HashMap<Point<'static>, Vec<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("data/ssvc-decision-points.tsv").lines();
    lines
        .map(|line| {
            let mut fields = line.split('\t');
            let mut next = || fields.next().unwrap_or_default();
            let point = (next(), next(), next());
            (point, next().split(' ').collect())
        })
        .collect()
});

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let many = document.vulnerabilities().nth(1).is_some();
    for (number, vulnerability) in document.vulnerabilities() {
        for (at, metric) in items(vulnerability, "metrics") {
            let value = &metric["content"]["ssvc_v2"];
            if value.is_null() {
                continue;
            }
            let here = format!("/vulnerabilities/{number}/metrics/{at}/content/ssvc_v2");
            schema::SSVC.check("6.1.46", "6.1.46", value, &here, found);
            targets(document, vulnerability, value, &here, many, found);
            for (selection, value) in items(value, "selections") {
                if let Some(message) = wrong(value) {
                    found.add("6.1.48", format!("{here}/selections/{selection}"), message);
                }
            }
        }
    }
}

/// 6.1.47: the targets are this vulnerability; the document's own id can be that only when it has no other.
fn targets(
    document: &Document<'_>,
    vulnerability: &Value,
    ssvc: &Value,
    here: &str,
    many: bool,
    found: &mut Violations,
) {
    let own = document.text("/document/tracking/id");
    for (at, target) in texts(ssvc, "target_ids") {
        let named = text(vulnerability, "cve") == target
            || items(vulnerability, "ids").any(|(_, id)| text(id, "text") == target);
        let wrong = if target == own { many } else { !named };
        if wrong {
            let message = format!("{target} is not an id of this vulnerability");
            found.add("6.1.47", format!("{here}/target_ids/{at}"), message);
        }
    }
}

/// 6.1.48: decision points of the registered namespaces (and of what extends them) are known, and their values stand in
/// the order of the definition.
fn wrong(selection: &Value) -> Option<String> {
    let namespace = text(selection, "namespace");
    let base = namespace.split(['/', '#']).next().unwrap_or_default();
    match base {
        "invalid" => {
            return Some("the namespace invalid is reserved for what is not valid".to_owned());
        }
        "ssvc" | "cisa" => {}
        _ => return None,
    }
    let (key, version) = (text(selection, "key"), text(selection, "version"));
    let Some(known) = POINTS.get(&(base, key, version)) else {
        return Some(format!("{base} has no decision point {key} {version}"));
    };
    let mut places = Vec::new();
    for (_, value) in items(selection, "values") {
        let value = text(value, "key");
        match known.iter().position(|known| *known == value) {
            Some(place) => places.push(place),
            None => return Some(format!("{key} {version} has no value {value}")),
        }
    }
    (!places.is_sorted()).then(|| format!("the values of {key} {version} stand in another order"))
}
