//! Versions and the revision history: tests 6.1.14, 6.1.16 to 6.1.22 and 6.1.30.

use std::cmp::Ordering;
use std::collections::HashSet;

use jiff::Timestamp;

use super::document::{Document, items, text};
use super::{Violations, dates};

/// A version of a document: an integer or a semantic version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version<'a> {
    numbers: [u64; 3],
    semantic: bool,
    pre_release: &'a str,
}

struct Revision<'a> {
    at: usize,
    date: Timestamp,
    raw: &'a str,
    version: Version<'a>,
}

const HISTORY: &str = "/document/tracking/revision_history";

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let raw = document.text("/document/tracking/version");
    let version = Version::parse(raw);
    let mut history = history(document);
    history.sort_by(|a, b| {
        a.date
            .cmp(&b.date)
            .then_with(|| a.version.order(&b.version))
    });
    sorted(&history, found);
    latest(document, version, &history, found);
    status(document, version, &history, found);
    complete(&history, found);
    doubles(&history, found);
    mixed(version, &history, found);
}

/// Items that cannot be read are the schema's matter.
fn history<'a>(document: &Document<'a>) -> Vec<Revision<'a>> {
    let all = items(&document.root["document"]["tracking"], "revision_history");
    all.filter_map(|(at, item)| {
        let raw = text(item, "number");
        Some(Revision {
            at,
            date: dates::instant(text(item, "date"))?,
            raw,
            version: Version::parse(raw)?,
        })
    })
    .collect()
}

impl<'a> Version<'a> {
    fn parse(raw: &'a str) -> Option<Version<'a>> {
        let core = raw.split('+').next().unwrap_or_default();
        let (core, pre_release) = core.split_once('-').unwrap_or((core, ""));
        let mut parts = core.split('.').map(|part| part.parse().ok());
        let first = parts.next()??;
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Some(Version {
                numbers: [first, 0, 0],
                semantic: false,
                pre_release: "",
            }),
            (Some(Some(second)), Some(Some(third)), None) => Some(Version {
                numbers: [first, second, third],
                semantic: true,
                pre_release,
            }),
            _ => None,
        }
    }

    /// The order of semantic versions: a pre-release comes before its release.
    fn order(&self, other: &Version<'_>) -> Ordering {
        let release = |v: &Version<'_>| v.pre_release.is_empty();
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| match (release(self), release(other)) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => pre_release_order(self.pre_release, other.pre_release),
            })
    }

    fn is_before_release(&self) -> bool {
        self.numbers[0] == 0
    }
}

fn pre_release_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// 6.1.14: by date, the numbers go up.
fn sorted(history: &[Revision<'_>], found: &mut Violations) {
    for pair in history.windows(2) {
        if let [a, b] = pair
            && a.version.order(&b.version).is_gt()
        {
            let message = format!("{} is dated after {}", b.raw, a.raw);
            found.add("6.1.14", format!("{HISTORY}/{}", b.at), message);
        }
    }
}

/// 6.1.16: the document has the version of its newest revision; of a draft the pre-release part does not count.
fn latest(
    document: &Document<'_>,
    version: Option<Version<'_>>,
    history: &[Revision<'_>],
    found: &mut Violations,
) {
    let (Some(version), Some(last)) = (version, history.last()) else {
        return;
    };
    let draft = document.text("/document/tracking/status") == "draft";
    let same = version.numbers == last.version.numbers
        && version.semantic == last.version.semantic
        && (draft || version.pre_release == last.version.pre_release);
    if !same {
        let message = format!("the newest revision is {}", last.raw);
        found.add("6.1.16", "/document/tracking/version", message);
    }
}

/// 6.1.17 to 6.1.20: what drafts and released documents may be called.
fn status(
    document: &Document<'_>,
    version: Option<Version<'_>>,
    history: &[Revision<'_>],
    found: &mut Violations,
) {
    let status = document.text("/document/tracking/status");
    let pre = version.is_some_and(|version| !version.pre_release.is_empty());
    if status != "draft" && version.is_some_and(|v| v.is_before_release() || pre) {
        let message = "a version before 1 or with a pre-release part is a draft";
        found.add("6.1.17", "/document/tracking/status", message);
    }
    for revision in history {
        let pointer = || format!("{HISTORY}/{}/number", revision.at);
        if document.is_released() && revision.version.is_before_release() {
            let message = format!("a {status} document has no revision {}", revision.raw);
            found.add("6.1.18", pointer(), message);
        }
        if !revision.version.pre_release.is_empty() {
            found.add("6.1.19", pointer(), "a revision has no pre-release part");
        }
    }
    if document.is_released() && pre {
        let message = format!("a {status} document has no pre-release part in its version");
        found.add("6.1.20", "/document/tracking/version", message);
    }
}

/// 6.1.21: no (major) number is left out, and the first is 0 or 1.
fn complete(history: &[Revision<'_>], found: &mut Violations) {
    if let Some(first) = history.first()
        && first.version.numbers[0] > 1
    {
        let message = "the first revision is 0 or 1";
        found.add("6.1.21", format!("{HISTORY}/{}", first.at), message);
    }
    for pair in history.windows(2) {
        if let [a, b] = pair
            && b.version.numbers[0] > a.version.numbers[0].saturating_add(1)
        {
            let message = format!("between {} and {} a revision is missing", a.raw, b.raw);
            found.add("6.1.21", format!("{HISTORY}/{}", b.at), message);
        }
    }
}

/// 6.1.22: no number stands twice.
fn doubles(history: &[Revision<'_>], found: &mut Violations) {
    let mut seen = HashSet::new();
    for revision in history {
        if !seen.insert(revision.raw) {
            let message = format!("the revision {} stands twice", revision.raw);
            found.add(
                "6.1.22",
                format!("{HISTORY}/{}/number", revision.at),
                message,
            );
        }
    }
}

/// 6.1.30: either integers or semantic versions.
fn mixed(version: Option<Version<'_>>, history: &[Revision<'_>], found: &mut Violations) {
    let mut all = version
        .into_iter()
        .chain(history.iter().map(|revision| revision.version));
    let first = all.next().map(|version| version.semantic);
    if all.any(|version| Some(version.semantic) != first) {
        let message = "integer and semantic versions are mixed";
        found.add("6.1.30", "/document/tracking", message);
    }
}
