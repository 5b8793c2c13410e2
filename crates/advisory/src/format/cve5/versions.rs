//! From a CVE entry's versions and default status to ranges.
//!
//! - `affected` entries are ranges as they stand; inside, `changes` flip the state from their version on.
//! - With the default `affected`, everything is affected but the `unaffected` entries: a range from the bottom, closed
//!   and reopened around each of them.
//! - An entry with the default `unaffected` and no affected version says that the product is not affected.
//! - `version: "0"` is the bottom, `*` and `unspecified` no upper end; `6.1.*` is below 6.2.
//! - What is neither a range nor a version nor a statement with one reading is kept as unread, never as not affected.

use super::schema::{Product, VersionIn};
use crate::format::statement::{self, Statement};
use crate::model::{Affected, Conditions, Event, Package, Range, RangeKind, Status};

/// What an entry says, apart from the package's name.
#[derive(Debug, Default, Clone)]
pub struct Said {
    affected: bool,
    every: bool,
    ranges: Vec<Range>,
    versions: Vec<String>,
    unread: Vec<String>,
    investigating: bool,
}

impl Said {
    /// How many statements it holds.
    pub fn size(&self) -> usize {
        1 + self.versions.len()
            + self
                .ranges
                .iter()
                .map(|range| range.events.len())
                .sum::<usize>()
    }

    /// The statement about one package.
    pub fn about(&self, package: Package, product: &Product<'_>) -> Affected {
        let routines = product
            .routines
            .iter()
            .flatten()
            .map(|routine| routine.name.to_string());
        let modules = product
            .modules
            .iter()
            .flatten()
            .map(|module| module.to_string());
        Affected {
            package,
            status: match (self.affected, self.investigating) {
                (true, _) => Status::Affected,
                (false, true) => Status::UnderInvestigation,
                (false, false) => Status::NotAffected,
            },
            ranges: self.ranges.clone(),
            versions: self.versions.clone(),
            severities: Vec::new(),
            conditions: Conditions {
                parts: modules.chain(routines).collect(),
                ..Conditions::default()
            },
            unread: self.unread.clone(),
        }
    }
}

/// Reads an entry.
pub fn of(product: &Product<'_>) -> Vec<Said> {
    let default = product.default_status.as_deref().unwrap_or("unknown");
    let entries = product.versions.as_deref().unwrap_or_default();
    let mut said = Said::default();
    for kind in kinds(entries) {
        let of_kind = || entries.iter().filter(|entry| range_kind(entry) == kind);
        if default == "affected" {
            all_but(of_kind(), kind, product, &mut said);
        } else {
            for entry in of_kind().filter(|entry| *entry.status == *"affected") {
                one(entry, kind, product, &mut said);
            }
        }
    }
    let named = said.every || !said.ranges.is_empty() || !said.versions.is_empty();
    said.affected = named || !said.unread.is_empty();
    match default {
        _ if named => {}
        // An affected product whose exceptions could not be read: unknown, by what is in `unread`.
        "affected" => said.affected = true,
        // Versions may be safe one by one; of the others nothing is said.
        _ if said.unread.is_empty() && default != "unaffected" => {
            said.investigating = true;
            said.unread.push("no affected versions are named".into());
        }
        _ => {}
    }
    if said.every {
        said.ranges.clear();
        said.versions.clear();
        said.unread.clear();
    }
    vec![said]
}

/// The orders in which an entry's versions are written, commits apart from numbers.
fn kinds(entries: &[VersionIn<'_>]) -> Vec<RangeKind> {
    let mut kinds = Vec::new();
    for entry in entries {
        let kind = range_kind(entry);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn range_kind(entry: &VersionIn<'_>) -> RangeKind {
    match entry.kind.as_deref() {
        Some("git") => RangeKind::Git,
        Some("semver") => RangeKind::SemVer,
        _ => RangeKind::Ecosystem,
    }
}

fn range(kind: RangeKind, events: Vec<Event>, product: &Product<'_>) -> Range {
    Range {
        kind,
        events,
        repo: match kind {
            RangeKind::Git => product.repo.as_ref().map(|repo| repo.to_string()),
            _ => None,
        },
    }
}

/// Bounds of an entry with an upper end.
enum Upper {
    Open,
    Event(Event),
    Unread,
}

fn upper(entry: &VersionIn<'_>) -> Option<Upper> {
    let open = |text: &str| matches!(text.trim(), "*" | "unspecified" | "");
    let (text, exclusive) = match (&entry.less_than, &entry.less_or_equal) {
        (Some(text), _) => (text.trim(), true),
        (None, Some(text)) => (text.trim(), false),
        (None, None) => return None,
    };
    if open(text) {
        return Some(Upper::Open);
    }
    if let Some(branch) = text.strip_suffix(".*") {
        return Some(match next_branch(branch) {
            // `< 6.1.*` is odd; both read as the whole branch.
            Some(next) => Upper::Event(Event::Fixed(next)),
            None => Upper::Unread,
        });
    }
    // A bound in words ("v1.2 build 5", "< 3") has no order.
    if text.contains(char::is_whitespace) || text.starts_with(['<', '>', '=', '^', '~']) {
        return Some(match statement::upper_bound(text) {
            Some(event) => Upper::Event(event),
            None => Upper::Unread,
        });
    }
    let text = text.to_owned();
    Some(Upper::Event(if exclusive {
        Event::Fixed(text)
    } else {
        Event::LastAffected(text)
    }))
}

/// `6.1` → `6.2`: the first version beyond a branch.
fn next_branch(branch: &str) -> Option<String> {
    let (head, last) = match branch.rsplit_once('.') {
        Some((head, last)) => (format!("{head}."), last),
        None => (String::new(), branch),
    };
    let next = last.parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{head}{next}"))
}

fn lower(text: &str) -> Option<Event> {
    let text = text.trim();
    let bottom = matches!(text, "" | "0" | "*" | "unspecified" | "n/a" | "-");
    if bottom {
        return Some(Event::Introduced("0".into()));
    }
    let one = !text.contains(char::is_whitespace) && !text.starts_with(['<', '>', '=', '^', '~']);
    one.then(|| Event::Introduced(text.to_owned()))
}

/// Adds one affected entry.
fn one(entry: &VersionIn<'_>, kind: RangeKind, product: &Product<'_>, said: &mut Said) {
    let Some(upper) = upper(entry) else {
        return single(entry, kind, product, said);
    };
    let Some(from) = lower(&entry.version) else {
        said.unread.push(words(entry));
        return;
    };
    let mut events = vec![from];
    for change in entry.changes.iter().flatten() {
        match &*change.status {
            "unaffected" => events.push(Event::Fixed(change.at.to_string())),
            "affected" => events.push(Event::Introduced(change.at.to_string())),
            _ => {}
        }
    }
    match upper {
        Upper::Open => {}
        Upper::Event(event) => events.push(event),
        Upper::Unread => {
            said.unread.push(words(entry));
            return;
        }
    }
    let everything = matches!(&events[..], [Event::Introduced(zero)] if zero == "0");
    if everything && kind != RangeKind::Git {
        said.every = true;
    } else {
        said.ranges.push(range(kind, events, product));
    }
}

/// Adds an affected entry without an upper end: a version, or words.
fn single(entry: &VersionIn<'_>, kind: RangeKind, product: &Product<'_>, said: &mut Said) {
    let text = entry.version.trim();
    if kind == RangeKind::Git && text != "0" {
        said.versions.push(text.to_owned());
        return;
    }
    match statement::read(text) {
        Some(Statement::All) => said.every = true,
        Some(Statement::Versions(versions)) => said.versions.extend(versions),
        Some(Statement::Ranges(ranges)) => {
            said.ranges.extend(
                ranges
                    .into_iter()
                    .map(|events| range(kind, events, product)),
            );
        }
        // A name that holds together ("22H2", "R16B") is a version by itself, compared as text.
        None if is_name(text) => said.versions.push(text.to_owned()),
        None => said.unread.push(text.to_owned()),
    }
}

/// One word with a digit in it, which is no operator.
fn is_name(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
        && text.len() <= 128
        && !text.contains(|c: char| c.is_whitespace() || c == ',' || "<>=^~|;".contains(c))
}

/// Everything but the unaffected entries.
fn all_but<'p, 'v: 'p>(
    entries: impl Iterator<Item = &'p VersionIn<'v>>,
    kind: RangeKind,
    product: &Product<'_>,
    said: &mut Said,
) {
    let mut events = vec![Event::Introduced("0".into())];
    let mut exceptions = false;
    for entry in entries.filter(|entry| *entry.status == *"unaffected") {
        exceptions = true;
        match (lower(&entry.version), upper(entry)) {
            // A bare version is unaffected alone; words are left to a person.
            (_, None) => match statement::is_version(entry.version.trim()) {
                true => events.extend(around(
                    &entry.version,
                    &Event::LastAffected(entry.version.to_string()),
                )),
                false => said.unread.push(words(entry)),
            },
            (Some(Event::Introduced(from)), Some(Upper::Open)) => events.push(Event::Fixed(from)),
            (Some(Event::Introduced(from)), Some(Upper::Event(end))) => {
                events.extend(around(&from, &end))
            }
            _ => said.unread.push(words(entry)),
        }
    }
    if exceptions || kind == RangeKind::Git {
        said.ranges.push(range(kind, events, product));
    } else {
        said.every = true;
    }
}

/// Closes at `from` and reopens where the exception ends.
fn around(from: &str, end: &Event) -> [Event; 2] {
    let reopen = match end {
        Event::LastAffected(version) => Event::After(version.clone()),
        Event::Fixed(version)
        | Event::Introduced(version)
        | Event::After(version)
        | Event::Limit(version) => Event::Introduced(version.clone()),
    };
    [Event::Fixed(from.trim().to_owned()), reopen]
}

fn words(entry: &VersionIn<'_>) -> String {
    match (&entry.less_than, &entry.less_or_equal) {
        (Some(to), _) => format!("{} less than {}", &*entry.version, &**to),
        (None, Some(to)) => format!("{} less than or equal {}", &*entry.version, &**to),
        (None, None) => entry.version.to_string(),
    }
}
