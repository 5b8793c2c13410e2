//! The branches of the product tree: test 6.1.31, and 6.1.34, 6.1.50 and 6.1.57 to 6.1.59 of CSAF 2.1.

use std::collections::HashSet;

use super::document::{Branch, Document};
use super::{CsafVersion, Violations};

/// The most `branches` that a path may have (test 6.1.34).
const MAX_DEPTH: usize = 30;

pub fn check(document: &Document<'_>, found: &mut Violations) {
    for branch in &document.branches {
        if branch.category() == "product_version" {
            version(branch, found);
        }
        if branch.category() == "product_version_range" && document.version == CsafVersion::V2_1 {
            range(branch, found);
        }
    }
    if document.version == CsafVersion::V2_1 {
        for product in &document.products {
            if let Some(number) = product.branch {
                path(document, number, &product.pointer, found);
            }
        }
    }
}

/// 6.1.31: a version is not a range in words or signs.
fn version(branch: &Branch<'_>, found: &mut Violations) {
    const WORDS: [&str; 7] = [
        "after", "all", "before", "earlier", "later", "prior", "versions",
    ];
    let name = branch.name().to_lowercase();
    let word = name.split_whitespace().find(|word| WORDS.contains(word));
    let sign = name.find(['<', '>']).and_then(|at| name.get(at..=at));
    if let Some(what) = word.or(sign) {
        let message = format!("a product version is one version, but its name has {what:?}");
        found.add("6.1.31", format!("{}/name", branch.pointer), message);
    }
}

/// 6.1.50: a range is written as vers, or as the constraints of one (`<4.2|>=5`). 6.1.59: it is more than one version.
fn range(branch: &Branch<'_>, found: &mut Violations) {
    let pointer = || format!("{}/name", branch.pointer);
    let Some(constraints) = constraints(branch.name()) else {
        found.add("6.1.50", pointer(), "is not a range as vers writes it");
        return;
    };
    if let [("" | "=", version)] = constraints[..]
        && version != "*"
    {
        found.add("6.1.59", pointer(), "a single version is not a range");
    }
}

/// Comparators and versions; `None` when it is not a range.
fn constraints(name: &str) -> Option<Vec<(&str, &str)>> {
    let list = match name.strip_prefix("vers:") {
        Some(rest) => {
            let (scheme, list) = rest.split_once('/')?;
            let allowed =
                |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b);
            let named = scheme.starts_with(|c: char| c.is_ascii_lowercase());
            if !named || !scheme.bytes().all(allowed) || (scheme == "all" && list != "*") {
                return None;
            }
            list
        }
        None => name,
    };
    let all: Option<Vec<(&str, &str)>> = list.split('|').map(constraint).collect();
    all.filter(|all| all.len() == 1 || all.iter().all(|(_, version)| *version != "*"))
}

fn constraint(text: &str) -> Option<(&str, &str)> {
    const COMPARATORS: [&str; 6] = ["<=", ">=", "!=", "<", ">", "="];
    let comparator = COMPARATORS
        .into_iter()
        .find(|sign| text.starts_with(sign))
        .unwrap_or("");
    let version = text.get(comparator.len()..)?;
    let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '=' | '!' | '|');
    let star = version.contains('*');
    let fine = !version.is_empty()
        && version.chars().all(allowed)
        && (!star || (version == "*" && comparator.is_empty()));
    fine.then_some((comparator, version))
}

/// 6.1.34: the depth. 6.1.57: no category twice on a path, but product families. 6.1.58: a version or a range.
fn path(document: &Document<'_>, number: usize, pointer: &str, found: &mut Violations) {
    let mut seen = HashSet::new();
    let mut stacked = None;
    for branch in document.path(number) {
        let category = branch.category();
        if category != "product_family" && !seen.insert(category) {
            stacked = Some(category);
        }
    }
    if document
        .branches
        .get(number)
        .is_some_and(|branch| branch.depth > MAX_DEPTH)
    {
        let message = format!("its path has more than {MAX_DEPTH} branches");
        found.add("6.1.34", pointer, message);
    }
    if let Some(category) = stacked {
        let message = format!("its path has more than one branch of category {category}");
        found.add("6.1.57", pointer, message);
    }
    if seen.contains("product_version") && seen.contains("product_version_range") {
        found.add(
            "6.1.58",
            pointer,
            "its path has both a version and a range of versions",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_vers_or_its_constraints() {
        for good in [
            "vers:npm/>=1|<2",
            "<4.2",
            "vers:all/*",
            "vers:deb/>1:2.3,4",
            "4.2",
            "!=3|>4",
        ] {
            assert!(constraints(good).is_some(), "{good}");
        }
        for bad in [
            "all versions",
            "vers:all/<1",
            "<= 4",
            "<>3",
            "||>1",
            "vers:npm/",
            "vers:Npm/<1",
            "<*",
        ] {
            assert!(constraints(bad).is_none(), "{bad}");
        }
    }
}
