//! How products are identified: tests 6.1.13 and 6.1.25, and 6.1.42 to 6.1.44 and 6.1.61 of CSAF 2.1.

use std::collections::HashSet;

use patchward_purl::Purl;
use serde_json::Value;

use super::document::{Document, items, text, texts};
use super::{CsafVersion, Violations};

pub fn check(document: &Document<'_>, found: &mut Violations) {
    for product in &document.products {
        let helper = &product.value["product_identification_helper"];
        let here = format!("{}/product_identification_helper", product.pointer);
        purls(helper, &here, found);
        hashes(helper, &here, found);
        if document.version == CsafVersion::V2_1 {
            let lists = [
                ("6.1.43", "model_numbers"),
                ("6.1.44", "serial_numbers"),
                ("6.1.61", "skus"),
            ];
            for (test, list) in lists {
                for (at, number) in texts(helper, list).filter(|(_, number)| stars(number) > 1) {
                    let message = format!("{number} has more than one star");
                    found.add(test, format!("{here}/{list}/{at}"), message);
                }
            }
        }
    }
}

/// 6.1.13: purls are valid. 6.1.42: those of one product differ in their qualifiers only.
fn purls(helper: &Value, here: &str, found: &mut Violations) {
    let one = helper["purl"]
        .as_str()
        .map(|purl| (format!("{here}/purl"), purl));
    let many = texts(helper, "purls").map(|(at, purl)| (format!("{here}/purls/{at}"), purl));
    let mut first: Option<Purl> = None;
    for (pointer, text) in one.into_iter().chain(many) {
        match Purl::parse_strict(text) {
            Err(error) => found.add("6.1.13", pointer, error.to_string()),
            Ok(purl) => {
                let first = first.get_or_insert_with(|| purl.clone());
                if !same_but_qualifiers(first, &purl) {
                    let message = "differs from the first purl in more than qualifiers";
                    found.add("6.1.42", pointer, message);
                }
            }
        }
    }
}

fn same_but_qualifiers(a: &Purl, b: &Purl) -> bool {
    let parts = |purl: &Purl| {
        [
            Some(purl.kind().to_owned()),
            purl.namespace().map(str::to_owned),
            Some(purl.name().to_owned()),
            purl.version().map(str::to_owned),
            purl.subpath().map(str::to_owned),
        ]
    };
    parts(a) == parts(b)
}

/// 6.1.25: a file has one hash of an algorithm.
fn hashes(helper: &Value, here: &str, found: &mut Violations) {
    for (at, file) in items(helper, "hashes") {
        let mut seen = HashSet::new();
        for (number, hash) in items(file, "file_hashes") {
            let algorithm = text(hash, "algorithm");
            if !seen.insert(algorithm) {
                let pointer = format!("{here}/hashes/{at}/file_hashes/{number}");
                found.add("6.1.25", pointer, format!("a second hash by {algorithm}"));
            }
        }
    }
}

/// Stars without a backslash before them.
fn stars(text: &str) -> usize {
    let mut count = 0;
    let mut escaped = false;
    for c in text.chars() {
        if c == '*' && !escaped {
            count += 1;
        }
        escaped = c == '\\' && !escaped;
    }
    count
}
