//! What is said of a vulnerability: tests 6.1.23, 6.1.24, 6.1.29, 6.1.32 and 6.1.33, and 6.1.35 and 6.1.36 of CSAF 2.1.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::document::{Document, items, text, texts};
use super::product_ids::STATUS_GROUPS;
use super::{CsafVersion, Violations, dates};

/// Remediations that cannot both hold for a product (CSAF 2.1, section 3.2.4.14.1).
const CONTRADICTING: [(&str, &[&str]); 6] = [
    (
        "none_available",
        &[
            "workaround",
            "mitigation",
            "vendor_fix",
            "fix_planned",
            "no_fix_planned",
        ],
    ),
    (
        "optional_patch",
        &[
            "workaround",
            "mitigation",
            "vendor_fix",
            "fix_planned",
            "no_fix_planned",
            "none_available",
        ],
    ),
    ("vendor_fix", &["fix_planned", "no_fix_planned"]),
    ("fix_planned", &["no_fix_planned"]),
    ("workaround", &[]),
    ("mitigation", &[]),
];

/// Groups of statuses that a remediation cannot be for (same section).
const IMPOSSIBLE: [(&str, &[&str]); 7] = [
    ("workaround", &["not affected", "fixed"]),
    ("mitigation", &["not affected", "fixed"]),
    ("vendor_fix", &["not affected", "fixed"]),
    ("optional_patch", &["affected"]),
    ("none_available", &["not affected", "fixed"]),
    ("fix_planned", &["fixed"]),
    ("no_fix_planned", &["fixed"]),
];

/// The labels of flags that are justifications of VEX.
const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present",
];

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let mut cves = HashSet::new();
    for (number, vulnerability) in document.vulnerabilities() {
        let here = format!("/vulnerabilities/{number}");
        let cve = text(vulnerability, "cve");
        if !cve.is_empty() && !cves.insert(cve) {
            let message = format!("{cve} has a vulnerability of its own already");
            found.add("6.1.23", format!("{here}/cve"), message);
        }
        involvements(document, vulnerability, &here, found);
        without_product(vulnerability, &here, found);
        flags(document, vulnerability, &here, found);
        if document.version == CsafVersion::V2_1 {
            remediations(document, vulnerability, &here, found);
        }
    }
}

/// 6.1.24: a party is involved once at a time (in CSAF 2.1: for the same products).
fn involvements(
    document: &Document<'_>,
    vulnerability: &Value,
    here: &str,
    found: &mut Violations,
) {
    let mut seen: HashMap<_, Vec<HashSet<&str>>> = HashMap::new();
    for (at, item) in items(vulnerability, "involvements") {
        let date = text(item, "date");
        let key = (text(item, "party"), dates::instant(date), date.is_empty());
        let products = document.named_by(item);
        let before = seen.entry(key).or_default();
        let overlaps = |other: &HashSet<&str>| {
            other.is_empty() || products.is_empty() || !other.is_disjoint(&products)
        };
        if before.iter().take(100).any(overlaps) {
            let message = format!("the party {} is involved twice at that time", key.0);
            found.add("6.1.24", format!("{here}/involvements/{at}"), message);
        }
        before.push(products);
    }
}

/// 6.1.29 and 6.1.32: remediations and flags name products.
fn without_product(vulnerability: &Value, here: &str, found: &mut Violations) {
    for (test, list) in [("6.1.29", "remediations"), ("6.1.32", "flags")] {
        for (at, item) in items(vulnerability, list) {
            if item["product_ids"].is_null() && item["group_ids"].is_null() {
                found.add(
                    test,
                    format!("{here}/{list}/{at}"),
                    "names no product and no group",
                );
            }
        }
    }
}

/// 6.1.33: a product has one justification.
fn flags(document: &Document<'_>, vulnerability: &Value, here: &str, found: &mut Violations) {
    let mut justified = HashSet::new();
    for (at, flag) in items(vulnerability, "flags") {
        if !JUSTIFICATIONS.contains(&text(flag, "label")) {
            continue;
        }
        for id in document.named_by(flag) {
            if !justified.insert(id) {
                let message = format!("the product {id} has another justification already");
                found.add("6.1.33", format!("{here}/flags/{at}"), message);
            }
        }
    }
}

/// 6.1.35 and 6.1.36: remediations contradict neither each other nor the product's status.
fn remediations(
    document: &Document<'_>,
    vulnerability: &Value,
    here: &str,
    found: &mut Violations,
) {
    let mut status: HashMap<&str, Vec<&str>> = HashMap::new();
    for (group, statuses) in STATUS_GROUPS {
        for name in statuses {
            for (_, id) in texts(&vulnerability["product_status"], name) {
                status.entry(id).or_default().push(group);
            }
        }
    }
    let mut categories: HashMap<&str, BTreeMap<&str, usize>> = HashMap::new();
    for (at, remediation) in items(vulnerability, "remediations") {
        let category = text(remediation, "category");
        let pointer = format!("{here}/remediations/{at}");
        for id in document.named_by(remediation) {
            let have = categories.entry(id).or_default();
            if let Some(other) = have.keys().find(|other| contradict(category, other)) {
                let message = format!("the product {id} has {other} already");
                found.add("6.1.35", pointer.clone(), message);
            }
            have.entry(category).or_insert(at);
            let groups = status.get(id).map(Vec::as_slice).unwrap_or_default();
            if let Some(group) = groups.iter().find(|group| is_impossible(category, group)) {
                let message = format!("the product {id} is {group}: it cannot have {category}");
                found.add("6.1.36", pointer.clone(), message);
            }
        }
    }
}

fn contradict(a: &str, b: &str) -> bool {
    let listed = |a: &str, b: &str| {
        CONTRADICTING
            .iter()
            .any(|(one, others)| *one == a && others.contains(&b))
    };
    listed(a, b) || listed(b, a)
}

fn is_impossible(category: &str, group: &str) -> bool {
    IMPOSSIBLE
        .iter()
        .any(|(one, groups)| *one == category && groups.contains(&group))
}
