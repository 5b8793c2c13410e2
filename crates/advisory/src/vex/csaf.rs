//! CSAF 2.0 and 2.1: the profile VEX, and the status of products in any other profile.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::product_tree::{ProductTree, Products};
use super::{VexDocument, VexError, VexStatement, VexStatus, instant};

#[derive(Deserialize)]
struct Csaf {
    document: Meta,
    #[serde(default)]
    product_tree: ProductTree,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    publisher: Publisher,
    #[serde(default)]
    tracking: Tracking,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Publisher {
    name: String,
    category: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tracking {
    id: String,
    current_release_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Vulnerability {
    cve: Option<String>,
    ids: Vec<Id>,
    product_status: BTreeMap<String, Vec<String>>,
    flags: Vec<Flag>,
    threats: Vec<Note>,
    remediations: Vec<Note>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Id {
    text: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Flag {
    label: String,
    product_ids: Vec<String>,
    group_ids: Vec<String>,
}

/// A threat or a remediation.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Note {
    category: String,
    details: String,
    product_ids: Vec<String>,
    group_ids: Vec<String>,
}

pub fn read(bytes: &[u8]) -> Result<VexDocument, VexError> {
    let csaf: Csaf = serde_json::from_slice(bytes)?;
    let mut document = VexDocument {
        id: csaf.document.tracking.id,
        author: csaf.document.publisher.name,
        ..VexDocument::default()
    };
    let products = Products::new(csaf.product_tree, &mut document.problems);
    let template = VexStatement {
        document: document.id.clone(),
        author: document.author.clone(),
        supplier: csaf.document.publisher.category == "vendor",
        timestamp: instant(csaf.document.tracking.current_release_date.as_deref()),
        vulnerabilities: Vec::new(),
        products: Vec::new(),
        status: VexStatus::UnderInvestigation,
        original_status: String::new(),
        justification: None,
        original_justification: None,
        impact: String::new(),
        action: String::new(),
    };
    for vulnerability in csaf.vulnerabilities {
        document
            .statements
            .extend(statements(vulnerability, &products, &template));
    }
    Ok(document)
}

fn statements(
    raw: Vulnerability,
    products: &Products,
    template: &VexStatement,
) -> Vec<VexStatement> {
    let ids: Vec<String> = raw
        .cve
        .iter()
        .cloned()
        .chain(raw.ids.iter().map(|id| id.text.clone()))
        .collect();
    let flags = by_product(
        products,
        raw.flags
            .iter()
            .map(|f| (f.label.as_str(), &f.product_ids, &f.group_ids)),
    );
    let impacts = notes(products, &raw.threats, |note| note.category == "impact");
    let actions = notes(products, &raw.remediations, |_| true);
    let mut statements: Vec<VexStatement> = Vec::new();
    for (word, listed) in &raw.product_status {
        let Some(status) = status(word) else {
            continue;
        };
        // Products with the same reasons share a statement.
        let mut groups: BTreeMap<(&str, &str, &str), VexStatement> = BTreeMap::new();
        for id in listed {
            let of = |map: &HashMap<&str, &'_ str>| {
                map.get(id.as_str()).copied().unwrap_or_default().to_owned()
            };
            let (flag, impact, action) = (of(&flags), of(&impacts), of(&actions));
            let key = (
                flags.get(id.as_str()).copied().unwrap_or_default(),
                impacts.get(id.as_str()).copied().unwrap_or_default(),
                actions.get(id.as_str()).copied().unwrap_or_default(),
            );
            let statement = groups.entry(key).or_insert_with(|| VexStatement {
                vulnerabilities: ids.clone(),
                status,
                original_status: word.clone(),
                justification: (!flag.is_empty()).then(|| flag.clone()),
                original_justification: (!flag.is_empty()).then_some(flag),
                impact,
                action,
                ..template.clone()
            });
            statement.products.push(products.get(id));
        }
        statements.extend(groups.into_values());
    }
    statements
}

/// `recommended` is advice, not a status.
fn status(word: &str) -> Option<VexStatus> {
    Some(match word {
        "known_not_affected" => VexStatus::NotAffected,
        "known_affected" | "first_affected" | "last_affected" => VexStatus::Affected,
        "fixed" | "first_fixed" => VexStatus::Fixed,
        "under_investigation" => VexStatus::UnderInvestigation,
        _ => return None,
    })
}

fn notes<'a>(
    products: &'a Products,
    notes: &'a [Note],
    wanted: fn(&Note) -> bool,
) -> HashMap<&'a str, &'a str> {
    let notes = notes.iter().filter(|note| wanted(note));
    by_product(
        products,
        notes.map(|note| (note.details.as_str(), &note.product_ids, &note.group_ids)),
    )
}

/// The first text that is said of each product.
fn by_product<'a>(
    products: &'a Products,
    said: impl Iterator<Item = (&'a str, &'a Vec<String>, &'a Vec<String>)>,
) -> HashMap<&'a str, &'a str> {
    let mut by_product = HashMap::new();
    for (text, ids, groups) in said {
        let of_groups = groups.iter().flat_map(|group| products.group(group));
        for id in ids.iter().chain(of_groups) {
            by_product.entry(id.as_str()).or_insert(text);
        }
    }
    by_product
}
