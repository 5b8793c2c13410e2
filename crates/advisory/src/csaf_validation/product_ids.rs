//! Ids of products and product groups: tests 6.1.1 to 6.1.6.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::document::{Document, items, text, texts};
use super::{CsafVersion, Violations};

/// The contradicting groups of product statuses; a product is in one of them at most.
pub const STATUS_GROUPS: [(&str, &[&str]); 5] = [
    (
        "affected",
        &["first_affected", "known_affected", "last_affected"],
    ),
    ("not affected", &["known_not_affected"]),
    ("fixed", &["first_fixed", "fixed"]),
    ("under investigation", &["under_investigation"]),
    ("unknown", &["unknown"]),
];

pub fn check(document: &Document<'_>, found: &mut Violations) {
    references(document, found);
    definitions(document, found);
    circles(document, found);
    for (number, vulnerability) in document.vulnerabilities() {
        contradictions(document.version, number, vulnerability, found);
    }
}

/// 6.1.1 and 6.1.4: what is referred to is defined.
fn references(document: &Document<'_>, found: &mut Violations) {
    let defined: HashSet<&str> = document
        .products
        .iter()
        .map(|product| product.id())
        .collect();
    let product = |pointer: String, id: &str, found: &mut Violations| {
        if !defined.contains(id) {
            found.add("6.1.1", pointer, format!("the product {id} is not defined"));
        }
    };
    let tree = &document.root["product_tree"];
    for (at, group) in items(tree, "product_groups") {
        for (member, id) in texts(group, "product_ids") {
            product(
                format!("/product_tree/product_groups/{at}/product_ids/{member}"),
                id,
                found,
            );
        }
    }
    for (pointer, _, id) in edges(document) {
        product(pointer, id, found);
    }
    // Everything below a vulnerability (and the notes of CSAF 2.1) refers by the same keys.
    let mut open: Vec<(String, &Value)> = vec![
        (
            "/vulnerabilities".to_owned(),
            &document.root["vulnerabilities"],
        ),
        (
            "/document/notes".to_owned(),
            &document.root["document"]["notes"],
        ),
    ];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Array(list) => {
                let inner = list.iter().enumerate().rev();
                open.extend(inner.map(|(at, value)| (format!("{pointer}/{at}"), value)));
            }
            Value::Object(object) => {
                for (key, inner) in object {
                    let here = format!("{pointer}/{key}");
                    match key.as_str() {
                        "product_ids" | "products" => {
                            for (at, id) in texts(value, key) {
                                product(format!("{here}/{at}"), id, found);
                            }
                        }
                        "product_status" => {
                            for status in inner.as_object().into_iter().flat_map(|o| o.keys()) {
                                for (at, id) in texts(inner, status) {
                                    product(format!("{here}/{status}/{at}"), id, found);
                                }
                            }
                        }
                        "group_ids" => {
                            for (at, id) in
                                texts(value, key).filter(|(_, id)| !document.has_group(id))
                            {
                                let message = format!("the product group {id} is not defined");
                                found.add("6.1.4", format!("{here}/{at}"), message);
                            }
                        }
                        "x_extensions" => {}
                        _ => open.push((here, inner)),
                    }
                }
            }
            _ => {}
        }
    }
}

/// What products of relationships (CSAF 2.0) and paths (CSAF 2.1) are made of: place, the new product, the old one.
fn edges<'a>(document: &Document<'a>) -> Vec<(String, &'a str, &'a str)> {
    let tree = &document.root["product_tree"];
    let mut edges = Vec::new();
    for (at, relationship) in items(tree, "relationships") {
        let new = text(&relationship["full_product_name"], "product_id");
        for key in ["product_reference", "relates_to_product_reference"] {
            if let Some(old) = relationship[key].as_str() {
                edges.push((format!("/product_tree/relationships/{at}/{key}"), new, old));
            }
        }
    }
    for (at, path) in items(tree, "product_paths") {
        let new = text(&path["full_product_name"], "product_id");
        let here = format!("/product_tree/product_paths/{at}");
        if let Some(old) = path["beginning_product_reference"].as_str() {
            edges.push((format!("{here}/beginning_product_reference"), new, old));
        }
        for (step, subpath) in items(path, "subpaths") {
            if let Some(old) = subpath["next_product_reference"].as_str() {
                let pointer = format!("{here}/subpaths/{step}/next_product_reference");
                edges.push((pointer, new, old));
            }
        }
    }
    edges
}

/// 6.1.2 and 6.1.5: nothing is defined twice.
fn definitions(document: &Document<'_>, found: &mut Violations) {
    let mut seen = HashSet::new();
    for product in &document.products {
        if !product.id().is_empty() && !seen.insert(product.id()) {
            let message = format!("the product {} is defined twice", product.id());
            found.add("6.1.2", format!("{}/product_id", product.pointer), message);
        }
    }
    let mut seen = HashSet::new();
    for (at, group) in items(&document.root["product_tree"], "product_groups") {
        let id = text(group, "group_id");
        if !id.is_empty() && !seen.insert(id) {
            let pointer = format!("/product_tree/product_groups/{at}/group_id");
            found.add(
                "6.1.5",
                pointer,
                format!("the product group {id} is defined twice"),
            );
        }
    }
}

/// 6.1.3: no product is made of itself. Products whose parts are all settled are settled; what never settles is a
/// circle, or rests on one.
fn circles(document: &Document<'_>, found: &mut Violations) {
    let edges = edges(document);
    let new_products: HashSet<&str> = edges.iter().map(|(_, new, _)| *new).collect();
    let mut parts: HashMap<&str, usize> = HashMap::new();
    let mut used_by: HashMap<&str, Vec<&str>> = HashMap::new();
    for (_, new, old) in edges
        .iter()
        .filter(|(_, _, old)| new_products.contains(old))
    {
        *parts.entry(new).or_default() += 1;
        used_by.entry(old).or_default().push(new);
    }
    let mut settled: Vec<&str> = new_products
        .iter()
        .copied()
        .filter(|new| !parts.contains_key(new))
        .collect();
    while let Some(old) = settled.pop() {
        for new in used_by.remove(old).unwrap_or_default() {
            if let Some(left) = parts.get_mut(new) {
                *left -= 1;
                if *left == 0 {
                    parts.remove(new);
                    settled.push(new);
                }
            }
        }
    }
    let mut told = HashSet::new();
    for (pointer, new, old) in edges {
        if parts.contains_key(new) && parts.contains_key(old) && told.insert(new) {
            let message = format!("the product {new} is part of a circle of definitions");
            found.add("6.1.3", pointer, message);
        }
    }
}

/// 6.1.6: the groups of statuses are disjoint.
fn contradictions(
    version: CsafVersion,
    number: usize,
    vulnerability: &Value,
    found: &mut Violations,
) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for (group, statuses) in STATUS_GROUPS {
        if group == "unknown" && version == CsafVersion::V2_0 {
            continue;
        }
        for status in statuses {
            for (at, id) in texts(&vulnerability["product_status"], status) {
                let have = *first.entry(id).or_insert(group);
                if have != group {
                    let pointer = format!("/vulnerabilities/{number}/product_status/{status}/{at}");
                    let message = format!("the product {id} is {have} and {group} at once");
                    found.add("6.1.6", pointer, message);
                }
            }
        }
    }
}
