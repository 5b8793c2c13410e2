//! Which statements hold for a component, and which of them counts.
//!
//! A purl of a statement matches when type, namespace and name are the same, its version (where it has one) is the
//! component's, and each of its qualifiers has the same value there. A statement that leaves the version open
//! suppresses nothing, unless its document defines the product without version.
//!
//! When statements clash: of one author the latest counts; of several authors the product's supplier goes before third
//! parties, then the latest.

use patchward_purl::Purl;

use super::{Product, Versions, VexStatement};
use crate::cpe::{Attribute, Cpe, Value};

/// What is to be judged: a component and the thing that it was found in.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Purl of the component, with version.
    pub purl: Option<&'a Purl>,
    /// Version as the component's scheme writes it, with epoch.
    pub version: &'a str,
    /// CPE names of the component.
    pub cpes: &'a [String],
    /// Purls of the asset: of the image, application or project.
    pub asset: &'a [Purl],
    /// CPE names of the asset: of its operating system.
    pub asset_cpes: &'a [String],
}

/// How a statement bears on a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It is about something else.
    No,
    /// It is about this package, but names no version: it suppresses nothing, and the user should know.
    VersionOpen,
    /// It is about this component.
    Yes,
}

/// How a statement bears on a component. Vulnerability ids are the caller's to compare: aliases live elsewhere.
pub fn matches(statement: &VexStatement, subject: &Subject<'_>) -> Match {
    let each = statement
        .products
        .iter()
        .map(|product| product_matches(product, subject));
    each.max().unwrap_or(Match::No)
}

/// The statement that counts, of those that match and name the same vulnerability.
pub fn effective<'a>(
    statements: impl IntoIterator<Item = &'a VexStatement>,
) -> Option<&'a VexStatement> {
    // Of one author only the latest counts, so a supplier that took a word back is not heard with it.
    let mut latest: Vec<&VexStatement> = Vec::new();
    for statement in statements {
        match latest
            .iter_mut()
            .find(|have| have.author == statement.author)
        {
            Some(have) if have.timestamp <= statement.timestamp => *have = statement,
            Some(_) => {}
            None => latest.push(statement),
        }
    }
    latest
        .into_iter()
        .max_by_key(|statement| (statement.supplier, statement.timestamp))
}

fn product_matches(product: &Product, subject: &Subject<'_>) -> Match {
    if let Some(platform) = &product.platform
        && !is_asset(platform, subject)
    {
        return Match::No;
    }
    if product.subcomponents.is_empty() {
        return identity_matches(product, subject);
    }
    if !is_asset(product, subject) && identity_matches(product, subject) == Match::No {
        return Match::No;
    }
    let parts = product
        .subcomponents
        .iter()
        .map(|part| identity_matches(part, subject));
    parts.max().unwrap_or(Match::No)
}

fn identity_matches(product: &Product, subject: &Subject<'_>) -> Match {
    if let (Some(product_purl), Some(purl)) = (&product.purl, subject.purl) {
        if !same_package(product_purl, purl) {
            return Match::No;
        }
        return version_matches(product, product_purl, purl, subject.version);
    }
    let named = product
        .cpe
        .as_deref()
        .is_some_and(|cpe| subject.cpes.iter().any(|have| cpe_covers(cpe, have)));
    if named { Match::Yes } else { Match::No }
}

/// Type, namespace and name are the same, and the qualifiers of the statement are a subset of the component's.
fn same_package(product: &Purl, component: &Purl) -> bool {
    let qualifiers = product.qualifiers().iter();
    product.kind() == component.kind()
        && product.namespace() == component.namespace()
        && product.name() == component.name()
        && product
            .subpath()
            .is_none_or(|path| component.subpath() == Some(path))
        && qualifiers
            .filter(|(key, _)| {
                !matches!(key.as_str(), "repository_url" | "download_url" | "vcs_url")
            })
            .all(|(key, value)| component.qualifier(key) == Some(value))
}

fn version_matches(product: &Product, product_purl: &Purl, purl: &Purl, version: &str) -> Match {
    let yes = |is: bool| if is { Match::Yes } else { Match::No };
    match (&product.versions, product_purl.version()) {
        (Versions::All, None) => Match::Yes,
        (Versions::Range(range), _) => yes(range.contains(version) == Some(true)),
        (_, Some("*")) => Match::Yes,
        (_, Some(named)) => yes(Some(named) == purl.version() || named == version),
        (Versions::Named, None) => Match::VersionOpen,
    }
}

fn is_asset(product: &Product, subject: &Subject<'_>) -> bool {
    if let Some(purl) = &product.purl {
        let same = |asset: &Purl| {
            let version = purl
                .version()
                .is_none_or(|version| asset.version() == Some(version));
            same_package(purl, asset) && version
        };
        if subject.asset.iter().any(same) {
            return true;
        }
    }
    let covers = |cpe: &str| subject.asset_cpes.iter().any(|have| cpe_covers(cpe, have));
    product.cpe.as_deref().is_some_and(covers)
}

/// Whether a CPE name of a statement covers one of an asset or component (NISTIR 7696). One that leaves part, vendor or
/// product open would cover nearly everything, and covers nothing here.
fn cpe_covers(statement: &str, have: &str) -> bool {
    let (Ok(statement), Ok(have)) = (statement.parse::<Cpe>(), have.parse::<Cpe>()) else {
        return false;
    };
    let stated = |attribute| *statement.get(attribute) != Value::Any;
    [Attribute::Part, Attribute::Vendor, Attribute::Product]
        .into_iter()
        .all(stated)
        && statement.matches(&have)
}
