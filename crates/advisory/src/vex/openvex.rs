//! OpenVEX 0.0.x and 0.2.0.

use serde::Deserialize;

use super::{
    Product, Versions, VexDocument, VexError, VexStatement, VexStatus, instant, read_purl,
};

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@id", default)]
    id: String,
    #[serde(default)]
    author: String,
    timestamp: Option<String>,
    last_updated: Option<String>,
    #[serde(default)]
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Option<Vulnerability>,
    timestamp: Option<String>,
    last_updated: Option<String>,
    #[serde(default)]
    products: Vec<Item>,
    /// Version 0.0.x had them beside the products.
    #[serde(default)]
    subcomponents: Vec<Item>,
    #[serde(default)]
    supplier: String,
    #[serde(default)]
    status: String,
    justification: Option<String>,
    #[serde(default)]
    impact_statement: String,
    #[serde(default)]
    status_notes: String,
    #[serde(default)]
    action_statement: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    Id(String),
    Named {
        #[serde(rename = "@id", default)]
        id: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        aliases: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Id(String),
    Component {
        #[serde(rename = "@id", default)]
        id: String,
        #[serde(default)]
        identifiers: Identifiers,
        #[serde(default)]
        subcomponents: Vec<Item>,
    },
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Identifiers {
    purl: Option<String>,
    cpe22: Option<String>,
    cpe23: Option<String>,
}

pub fn read(bytes: &[u8]) -> Result<VexDocument, VexError> {
    let raw: Document = serde_json::from_slice(bytes)?;
    let mut document = VexDocument {
        id: raw.id,
        author: raw.author,
        ..VexDocument::default()
    };
    let said = instant(raw.last_updated.as_deref()).or_else(|| instant(raw.timestamp.as_deref()));
    for (number, statement) in raw.statements.into_iter().enumerate() {
        let Some(status) = status(&statement.status) else {
            let message = format!(
                "statement {}: unknown status `{}`",
                number + 1,
                statement.status
            );
            document.problems.push(message);
            continue;
        };
        let time = instant(statement.last_updated.as_deref())
            .or_else(|| instant(statement.timestamp.as_deref()))
            .or(said);
        let mut products: Vec<Product> = statement
            .products
            .into_iter()
            .map(|item| product(item, &mut document.problems))
            .collect();
        for part in statement
            .subcomponents
            .into_iter()
            .map(|item| product(item, &mut document.problems))
        {
            for product in &mut products {
                product.subcomponents.push(part.clone());
            }
        }
        document.statements.push(VexStatement {
            document: document.id.clone(),
            author: document.author.clone(),
            supplier: !statement.supplier.is_empty() && statement.supplier == document.author,
            timestamp: time,
            vulnerabilities: vulnerabilities(statement.vulnerability),
            products,
            status,
            original_status: statement.status,
            original_justification: statement.justification.clone(),
            justification: statement.justification,
            impact: match statement.impact_statement.is_empty() {
                true => statement.status_notes,
                false => statement.impact_statement,
            },
            action: statement.action_statement,
        });
    }
    Ok(document)
}

fn status(word: &str) -> Option<VexStatus> {
    Some(match word {
        "not_affected" => VexStatus::NotAffected,
        "affected" => VexStatus::Affected,
        "fixed" => VexStatus::Fixed,
        "under_investigation" => VexStatus::UnderInvestigation,
        _ => return None,
    })
}

fn vulnerabilities(raw: Option<Vulnerability>) -> Vec<String> {
    let (id, name, aliases) = match raw {
        None => return Vec::new(),
        Some(Vulnerability::Id(name)) => (String::new(), name, Vec::new()),
        Some(Vulnerability::Named { id, name, aliases }) => (id, name, aliases),
    };
    // The id is an address; its end is the vulnerability's name when nothing else says it.
    let last = id.rsplit('/').next().unwrap_or_default().to_owned();
    let name = if name.is_empty() { last } else { name };
    let all = std::iter::once(name).chain(aliases);
    all.filter(|id| !id.is_empty()).collect()
}

/// The JSON reader's own limit bounds the depth of subcomponents.
fn product(item: Item, problems: &mut Vec<String>) -> Product {
    let (id, identifiers, parts) = match item {
        Item::Id(id) => (id, Identifiers::default(), Vec::new()),
        Item::Component {
            id,
            identifiers,
            subcomponents,
        } => (id, identifiers, subcomponents),
    };
    let purl = identifiers
        .purl
        .or_else(|| id.starts_with("pkg:").then(|| id.clone()))
        .and_then(|text| read_purl(&text, problems));
    let cpe = identifiers.cpe23.or(identifiers.cpe22);
    Product {
        cpe: cpe.or_else(|| id.starts_with("cpe:").then(|| id.clone())),
        purl,
        id,
        versions: Versions::Named,
        platform: None,
        subcomponents: parts
            .into_iter()
            .map(|item| product(item, problems))
            .collect(),
    }
}
