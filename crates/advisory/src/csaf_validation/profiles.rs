//! Profiles: tests 6.1.26 and 6.1.27.1 to 6.1.27.19.

use std::collections::HashSet;

use serde_json::Value;

use super::document::{Document, items, text, texts};
use super::{CsafVersion, Violations};

/// What each category of CSAF 2.0 that has a profile is called in full.
const PROFILES: [(&str, &str); 4] = [
    (
        "csaf_security_incident_response",
        "Security Incident Response",
    ),
    ("csaf_informational_advisory", "Informational Advisory"),
    ("csaf_security_advisory", "Security Advisory"),
    ("csaf_vex", "VEX"),
];

/// Those that CSAF 2.1 adds.
const PROFILES_2_1: [(&str, &str); 3] = [
    (
        "csaf_deprecated_security_advisory",
        "Deprecated Security Advisory",
    ),
    ("csaf_withdrawn", "Withdrawn"),
    ("csaf_superseded", "Superseded"),
];

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let category = document.text("/document/category");
    let later = document.version == CsafVersion::V2_1;
    let known = PROFILES.iter().chain(PROFILES_2_1.iter().filter(|_| later));
    if !known.clone().any(|(profile, _)| *profile == category) {
        base_name(category, known, found);
        return;
    }
    match category {
        "csaf_security_incident_response" | "csaf_informational_advisory" => {
            informational(document, category, found);
        }
        "csaf_withdrawn" | "csaf_superseded" => ended(document, category, found),
        _ => advisory(document, category, found),
    }
}

/// 6.1.26: a document without profile is not called nearly as one with.
fn base_name<'a>(
    category: &str,
    profiles: impl Iterator<Item = &'a (&'a str, &'a str)>,
    found: &mut Violations,
) {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !is_dash(*c))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let name = plain(category);
    let mut near = profiles.filter(|(value, full)| name == plain(value) || name == plain(full));
    if let Some((value, _)) = near.next() {
        let message = format!("is nearly {value}, which is a profile of its own");
        found.add("6.1.26", "/document/category", message);
    } else if category.starts_with("csaf_") && category != "csaf_base" {
        found.add(
            "6.1.26",
            "/document/category",
            "the prefix csaf_ is reserved",
        );
    }
}

/// Dashes of every length (Unicode's category Pd, and the signs that look like them) and the underscore.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '_' | '\u{AD}' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}'
    )
}

fn notes<'a>(document: &Document<'a>) -> impl Iterator<Item = (usize, &'a Value)> + use<'a> {
    items(&document.root["document"], "notes")
}

/// 6.1.27.1 to 6.1.27.3.
fn informational(document: &Document<'_>, category: &str, found: &mut Violations) {
    const TELLING: [&str; 4] = ["description", "details", "general", "summary"];
    if !notes(document).any(|(_, note)| TELLING.contains(&text(note, "category"))) {
        let message = "expected a note of category description, details, general or summary";
        found.add("6.1.27.1", "/document/notes", message);
    }
    let mut references = items(&document.root["document"], "references");
    // A reference without a category is external.
    if !references.any(|(_, reference)| text(reference, "category") != "self") {
        found.add(
            "6.1.27.2",
            "/document/references",
            "expected an external reference",
        );
    }
    if category == "csaf_informational_advisory" {
        no_vulnerabilities(document, found);
    }
}

fn no_vulnerabilities(document: &Document<'_>, found: &mut Violations) {
    if !document.root["vulnerabilities"].is_null() {
        let message = "a document of this category has no vulnerabilities";
        found.add("6.1.27.3", "/vulnerabilities", message);
    }
}

/// 6.1.27.4 to 6.1.27.13.
fn advisory(document: &Document<'_>, category: &str, found: &mut Violations) {
    for (test, key) in [
        ("6.1.27.4", "product_tree"),
        ("6.1.27.11", "vulnerabilities"),
    ] {
        if document.root[key].is_null() {
            found.add(test, format!("/{key}"), format!("expected a {key}"));
        }
    }
    for (number, vulnerability) in document.vulnerabilities() {
        let here = format!("/vulnerabilities/{number}");
        if vulnerability["notes"].is_null() {
            found.add("6.1.27.5", format!("{here}/notes"), "expected notes");
        }
        match category {
            "csaf_vex" => vex(document, vulnerability, &here, found),
            _ => security(document, category, vulnerability, &here, found),
        }
    }
}

fn security(
    document: &Document<'_>,
    category: &str,
    vulnerability: &Value,
    here: &str,
    found: &mut Violations,
) {
    let status = &vulnerability["product_status"];
    if status.is_null() {
        found.add(
            "6.1.27.6",
            format!("{here}/product_status"),
            "expected a product status",
        );
    }
    if document.version == CsafVersion::V2_0 || category != "csaf_security_advisory" {
        return;
    }
    let pointer = format!("{here}/product_status/known_affected");
    if status["known_affected"].is_null() {
        found.add(
            "6.1.27.12",
            pointer.clone(),
            "expected products that are affected",
        );
    }
    let lists = |names: [&'static str; 3]| {
        names
            .into_iter()
            .flat_map(move |name| texts(status, name).map(|(_, id)| id))
    };
    let affected_ids = lists(["first_affected", "known_affected", "last_affected"]);
    let any_affected = affected_ids.count() > 0;
    let affected: HashSet<String> = lists(["first_affected", "known_affected", "last_affected"])
        .flat_map(|id| lines(document, id))
        .collect();
    for id in lists(["first_fixed", "fixed", ""]) {
        let own = lines(document, id);
        // Where the tree does not tell what a product is a version of, any affected product will do.
        let corresponds = match own.is_empty() {
            true => any_affected,
            false => own.iter().any(|line| affected.contains(line)),
        };
        if !corresponds {
            let message = format!("no affected version of the fixed product {id} is listed");
            found.add("6.1.27.13", pointer.clone(), message);
        }
    }
}

/// What a product is, whatever its version: its branches without versions; for a product of a path, those of its first
/// product with the others as they are, and also without what is merely installed with it. Empty when the document does
/// not tell.
fn lines(document: &Document<'_>, id: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for product in document
        .products
        .iter()
        .filter(|product| product.id() == id)
    {
        match product.branch {
            Some(branch) => lines.push(line(document, branch)),
            None => lines.extend(composed(document, product.pointer.as_str())),
        }
    }
    // What is installed with a product may be its fix.
    for (_, path) in items(&document.root["product_tree"], "product_paths") {
        let with = |(_, step): (usize, &Value)| {
            text(step, "category") == "installed_with" && text(step, "next_product_reference") == id
        };
        if items(path, "subpaths").any(with) {
            lines.extend(of_branch(
                document,
                text(path, "beginning_product_reference"),
            ));
        }
    }
    lines
}

fn line(document: &Document<'_>, branch: usize) -> String {
    const VERSIONS: [&str; 4] = [
        "product_version",
        "product_version_range",
        "patch_level",
        "service_pack",
    ];
    let mut names: Vec<&str> = document
        .path(branch)
        .filter(|branch| !VERSIONS.contains(&branch.category()))
        .map(|branch| branch.name())
        .collect();
    names.reverse();
    names.join("\u{1}")
}

fn of_branch(document: &Document<'_>, id: &str) -> Option<String> {
    let product = document
        .products
        .iter()
        .find(|product| product.id() == id)?;
    Some(line(document, product.branch?))
}

/// The lines of a product of a path: with all its steps, and without those that are only installed with it.
fn composed(document: &Document<'_>, pointer: &str) -> Vec<String> {
    let path = pointer
        .strip_suffix("/full_product_name")
        .and_then(|p| document.root.pointer(p));
    let Some(path) = path.filter(|path| path["subpaths"].is_array()) else {
        return Vec::new();
    };
    let Some(start) = of_branch(document, text(path, "beginning_product_reference")) else {
        return Vec::new();
    };
    let joined = |alone: bool| {
        let mut line = start.clone();
        for (_, step) in items(path, "subpaths") {
            let category = text(step, "category");
            if alone && category == "installed_with" {
                continue;
            }
            let next = text(step, "next_product_reference");
            line.push_str(&format!("\u{2}{category}\u{2}{next}"));
        }
        line
    };
    vec![joined(false), joined(true)]
}

/// 6.1.27.7 to 6.1.27.10.
fn vex(document: &Document<'_>, vulnerability: &Value, here: &str, found: &mut Violations) {
    const SAID: [&str; 4] = [
        "fixed",
        "known_affected",
        "known_not_affected",
        "under_investigation",
    ];
    let status = &vulnerability["product_status"];
    if SAID.iter().all(|name| status[*name].is_null()) {
        let message = format!("expected one of {}", SAID.join(", "));
        found.add("6.1.27.7", format!("{here}/product_status"), message);
    }
    identified(document, vulnerability, here, found);
    let all = |list: &str, wanted: fn(&Value) -> bool| {
        items(vulnerability, list)
            .filter(|(_, item)| wanted(item))
            .flat_map(|(_, item)| document.named_by(item))
            .collect::<HashSet<_>>()
    };
    let mut reasons = all("flags", |_| true);
    reasons.extend(all("threats", |threat| {
        text(threat, "category") == "impact"
    }));
    for (at, id) in texts(status, "known_not_affected").filter(|(_, id)| !reasons.contains(id)) {
        let pointer = format!("{here}/product_status/known_not_affected/{at}");
        let message =
            format!("no flag and no threat of category impact tells why {id} is not affected");
        found.add("6.1.27.9", pointer, message);
    }
    let actions = all("remediations", |_| true);
    for (at, id) in texts(status, "known_affected").filter(|(_, id)| !actions.contains(id)) {
        let pointer = format!("{here}/product_status/known_affected/{at}");
        found.add(
            "6.1.27.10",
            pointer,
            format!("no remediation tells what to do about {id}"),
        );
    }
}

/// 6.1.27.8: the vulnerability has an id, and (in CSAF 2.1, where ids may be for some products only) for every product.
fn identified(document: &Document<'_>, vulnerability: &Value, here: &str, found: &mut Violations) {
    if !vulnerability["cve"].is_null() {
        return;
    }
    if vulnerability["ids"].is_null() {
        found.add("6.1.27.8", here, "expected a cve or ids");
        return;
    }
    let ids = || items(vulnerability, "ids").map(|(_, id)| id);
    if ids().any(|id| id["product_ids"].is_null() && id["group_ids"].is_null()) {
        return;
    }
    let covered: HashSet<&str> = ids().flat_map(|id| document.named_by(id)).collect();
    let statuses = vulnerability["product_status"].as_object();
    for status in statuses.into_iter().flat_map(|statuses| statuses.keys()) {
        for (at, id) in texts(&vulnerability["product_status"], status) {
            if !covered.contains(id) {
                let pointer = format!("{here}/product_status/{status}/{at}");
                found.add(
                    "6.1.27.8",
                    pointer,
                    format!("no id is for the product {id}"),
                );
            }
        }
    }
}

/// 6.1.27.14 to 6.1.27.19: documents that were withdrawn or superseded.
fn ended(document: &Document<'_>, category: &str, found: &mut Violations) {
    if !notes(document).any(|(_, note)| text(note, "category") == "description") {
        found.add(
            "6.1.27.14",
            "/document/notes",
            "expected a note of category description",
        );
    }
    if !document.root["product_tree"].is_null() {
        found.add(
            "6.1.27.15",
            "/product_tree",
            "a document that has ended has no product tree",
        );
    }
    no_vulnerabilities(document, found);
    let history = "/document/tracking/revision_history";
    if document
        .root
        .pointer(history)
        .and_then(Value::as_array)
        .is_some_and(|h| h.len() < 2)
    {
        found.add("6.1.27.16", history, "expected at least two revisions");
    }
    if !document.is_english() {
        return;
    }
    let (test, title) = match category {
        "csaf_withdrawn" => ("6.1.27.17", "Reasoning for Withdrawal"),
        _ => ("6.1.27.18", "Reasoning for Supersession"),
    };
    let titled: Vec<_> = notes(document)
        .filter(|(_, note)| text(note, "title") == title)
        .collect();
    if !matches!(titled[..], [(_, note)] if text(note, "category") == "description") {
        let message = format!("expected one note of category description with the title {title}");
        found.add(test, "/document/notes", message);
    }
    let superseding = |(_, reference): (usize, &Value)| {
        text(reference, "summary").starts_with("Superseding Document")
            && text(reference, "category") != "self"
    };
    let mut references = items(&document.root["document"], "references");
    if category == "csaf_superseded" && !references.any(superseding) {
        let message =
            "expected an external reference whose summary begins with Superseding Document";
        found.add("6.1.27.19", "/document/references", message);
    }
}
