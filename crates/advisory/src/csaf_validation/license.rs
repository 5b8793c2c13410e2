//! Licences: tests 6.1.54 and 6.1.55 of CSAF 2.1.
//!
//! An expression follows annex B of SPDX 3.0.1. Whether an identifier is on a list is told by its prefix: one without
//! may be of a newer list than any that we could carry.

use super::Violations;
use super::document::{Document, items, text};

/// AboutCode's licences, which are listed, and the prefixes of those that are not.
const ABOUT_CODE: [&str; 2] = ["LicenseRef-scancode-", "AdditionRef-scancode-"];
const UNLISTED: [&str; 2] = ["LicenseRef-", "AdditionRef-"];

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let expression = document.text("/document/license_expression");
    if expression.is_empty() {
        return;
    }
    let Some(ids) = read(expression) else {
        let message = "is not a licence expression of SPDX";
        found.add("6.1.54", "/document/license_expression", message);
        return;
    };
    let begins = |id: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
    let mut ids = ids.into_iter();
    if document.is_english() && ids.any(|id| begins(id, &UNLISTED) && !begins(id, &ABOUT_CODE)) {
        let notes: Vec<_> = items(&document.root["document"], "notes")
            .filter(|(_, note)| text(note, "title") == "License")
            .collect();
        let fine = matches!(notes[..], [(_, note)] if text(note, "category") == "legal_disclaimer");
        if !fine {
            let message = "a licence that is not listed has its text in one note of category legal_disclaimer with the title License";
            found.add("6.1.55", "/document/notes", message);
        }
    }
}

/// The identifiers of an expression; `None` when it is none.
fn read(expression: &str) -> Option<Vec<&str>> {
    if expression.len() > 10_000 {
        return None;
    }
    let mut ids = Vec::new();
    let mut depth = 0_usize;
    // What comes next: an identifier (or an opening bracket), or an operator (or a closing one).
    let mut wants_id = true;
    let mut after_with = false;
    for token in tokens(expression) {
        match token {
            "(" if wants_id && !after_with => depth += 1,
            ")" if !wants_id && depth > 0 => depth -= 1,
            "AND" | "OR" | "and" | "or" | "WITH" | "with" if !wants_id => {
                wants_id = true;
                after_with = token.eq_ignore_ascii_case("with");
            }
            id if wants_id && is_id(id) => {
                ids.push(id);
                wants_id = false;
                after_with = false;
            }
            _ => return None,
        }
    }
    (!wants_id && depth == 0).then_some(ids)
}

fn tokens(expression: &str) -> impl Iterator<Item = &str> {
    expression
        .split_inclusive(['(', ')', ' '])
        .flat_map(|part| match part.strip_suffix(['(', ')']) {
            Some(before) => [before, part.get(before.len()..).unwrap_or_default()],
            None => [part.trim_end_matches(' '), ""],
        })
        .filter(|token| !token.is_empty())
}

/// References to other documents are not allowed in a CSAF document, and the prefixes are written as they are.
fn is_id(id: &str) -> bool {
    const PREFIXES: [&str; 3] = ["LicenseRef-", "AdditionRef-", "DocumentRef-"];
    let lower = id.to_ascii_lowercase();
    let prefix = PREFIXES
        .into_iter()
        .find(|prefix| lower.starts_with(&prefix.to_ascii_lowercase()));
    let body = match prefix {
        Some("DocumentRef-") => return false,
        Some(prefix) => match id.strip_prefix(prefix) {
            Some(body) => body,
            None => return false,
        },
        None => id.strip_suffix('+').unwrap_or(id),
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    !body.is_empty() && body.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_ids_with_operators_between() {
        for good in [
            "MIT",
            "(MIT OR Apache-2.0) AND GPL-2.0+ WITH Classpath-exception-2.0",
            "LicenseRef-a.b-c",
        ] {
            assert!(read(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "MIT Apache-2.0",
            "(MIT",
            "MIT OR",
            "licenseref-a",
            "DocumentRef-a:LicenseRef-b",
            "LicenseRef-a/b",
            "A text.",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
