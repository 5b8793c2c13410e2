//! Weaknesses: test 6.1.11.
//!
//! `data/cwe.tsv` has the names that MITRE's lists of versions 1.0 to 4.17 gave to each weakness: number, first and last
//! version of the list with that name (empty: still), name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::document::{Document, items, text};
use super::{CsafVersion, Violations};

struct Name {
    first: [u32; 3],
    last: Option<[u32; 3]>,
    name: &'static str,
}

static NAMES: LazyLock<HashMap<&'static str, Vec<Name>>> = LazyLock::new(|| {
    let mut names: HashMap<_, Vec<Name>> = HashMap::new();
    for line in include_str!("data/cwe.tsv").lines() {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (number, first, last, name) = (next(), next(), next(), next());
        names.entry(number).or_default().push(Name {
            first: version(first).unwrap_or_default(),
            last: version(last),
            name,
        });
    }
    names
});

/// The newest list that we know.
const NEWEST: [u32; 3] = [4, 17, 0];

fn version(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.');
    let mut next = |least: Option<u32>| parts.next().map_or(least, |part| part.parse().ok());
    Some([next(None)?, next(Some(0))?, next(Some(0))?])
}

pub fn check(document: &Document<'_>, found: &mut Violations) {
    for (number, vulnerability) in document.vulnerabilities() {
        let here = format!("/vulnerabilities/{number}");
        match document.version {
            CsafVersion::V2_0 => {
                if vulnerability["cwe"].is_object() {
                    judge(&vulnerability["cwe"], &format!("{here}/cwe"), None, found);
                }
            }
            CsafVersion::V2_1 => {
                for (at, cwe) in items(vulnerability, "cwes") {
                    let said = version(text(cwe, "version"));
                    judge(cwe, &format!("{here}/cwes/{at}"), said, found);
                }
            }
        }
    }
}

/// Without a version, and in lists that are newer than ours, any name that the weakness ever had will do; and a number
/// that we don't know may be one of a newer list.
fn judge(cwe: &Value, pointer: &str, of: Option<[u32; 3]>, found: &mut Violations) {
    let id = text(cwe, "id");
    let number = id.strip_prefix("CWE-").unwrap_or_default();
    let newer = of.is_some_and(|of| of > NEWEST);
    let Some(names) = NAMES.get(number) else {
        if !newer {
            found.add(
                "6.1.11",
                format!("{pointer}/id"),
                format!("{id} is not a weakness of CWE"),
            );
        }
        return;
    };
    let held = |name: &&Name| {
        newer || of.is_none_or(|of| name.first <= of && name.last.is_none_or(|last| of <= last))
    };
    let valid: Vec<&Name> = names.iter().filter(held).collect();
    if valid.is_empty() {
        let message = format!("{id} is not a weakness of that version of CWE");
        found.add("6.1.11", format!("{pointer}/id"), message);
    } else if !valid.iter().any(|name| name.name == text(cwe, "name")) {
        let name = valid.last().map_or("", |name| name.name);
        found.add(
            "6.1.11",
            format!("{pointer}/name"),
            format!("{id} is named {name:?}"),
        );
    }
}
