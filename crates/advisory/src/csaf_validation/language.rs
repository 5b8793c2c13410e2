//! Languages: tests 6.1.12, 6.1.15 and 6.1.28.
//!
//! `data/language-subtags.txt` has the subtags of IANA's language subtag registry of 2025-08-25, a kind a line.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::Violations;
use super::document::Document;

static SUBTAGS: LazyLock<HashMap<&'static str, HashSet<String>>> = LazyLock::new(|| {
    let lines = include_str!("data/language-subtags.txt").lines();
    let kinds = lines.filter_map(|line| line.split_once(' '));
    kinds
        .map(|(kind, tags)| (kind, tags.split(' ').map(str::to_ascii_lowercase).collect()))
        .collect()
});

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let language = document.text("/document/lang");
    let source = document.text("/document/source_lang");
    for (key, tag) in [("lang", language), ("source_lang", source)] {
        if !tag.is_empty() && !exists(tag) {
            let message = format!("{tag} is not a language of IANA's registry");
            found.add("6.1.12", format!("/document/{key}"), message);
        }
    }
    let translated = document.text("/document/publisher/category") == "translator";
    if translated && source.is_empty() {
        found.add(
            "6.1.15",
            "/document/source_lang",
            "a translator names the source language",
        );
    }
    if !source.is_empty() && source.eq_ignore_ascii_case(language) {
        let message = "is the language of the document itself";
        found.add("6.1.28", "/document/source_lang", message);
    }
}

/// Whether every subtag of a tag (RFC 5646) is registered; private use and extensions are free.
fn exists(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    let known = |kind: &str, subtag: &str| {
        SUBTAGS.get(kind).is_some_and(|tags| tags.contains(subtag)) || is_private(kind, subtag)
    };
    if known("grandfathered", &tag) || tag == "i-default" || tag.starts_with("x-") {
        return true;
    }
    let mut subtags = tag.split('-');
    if !subtags
        .next()
        .is_some_and(|language| known("language", language))
    {
        return false;
    }
    for subtag in subtags {
        let digit_first = subtag.starts_with(|c: char| c.is_ascii_digit());
        let fine = match subtag.len() {
            1 => return true,
            2 => known("region", subtag),
            3 if digit_first => known("region", subtag),
            3 => known("extlang", subtag),
            4 if !digit_first => known("script", subtag),
            _ => known("variant", subtag),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// Ranges of the registry that are for private use.
fn is_private(kind: &str, subtag: &str) -> bool {
    match kind {
        "language" => subtag.len() == 3 && ("qaa"..="qtz").contains(&subtag),
        "script" => ("qaaa"..="qabx").contains(&subtag),
        "region" => ("qm"..="qz").contains(&subtag) || ("xa"..="xz").contains(&subtag),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subtag_is_in_the_registry() {
        for good in [
            "en",
            "en-US",
            "zh-cmn-Hans-CN",
            "de-1996",
            "qaa",
            "x-ours",
            "i-default",
            "en-x-a",
        ] {
            assert!(exists(good), "{good}");
        }
        for bad in ["EZ", "en-QQQQ", "xx-YY", ""] {
            assert!(!exists(bad), "{bad}");
        }
    }
}
