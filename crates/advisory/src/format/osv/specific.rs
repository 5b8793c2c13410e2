//! What we read of `database_specific` and `ecosystem_specific`; each part may have any shape and is passed over when
//! it is not the one we know.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::format::json::{Text, part};
use crate::format::statement;
use crate::model::{Affected, Event, Severity, SeverityKind};

/// What the record's own `database_specific` tells.
#[derive(Default)]
pub struct OfRecord {
    pub cwes: Vec<String>,
    pub severity: Option<String>,
    pub license: Option<String>,
    pub malware: bool,
}

#[derive(Deserialize)]
struct Database<'a> {
    #[serde(borrow, default)]
    cwe_ids: Option<&'a RawValue>,
    #[serde(borrow, default)]
    severity: Option<&'a RawValue>,
    #[serde(borrow, default)]
    license: Option<&'a RawValue>,
    #[serde(rename = "malicious-packages-origins", borrow, default)]
    malicious: Option<&'a RawValue>,
}

pub fn of_record(raw: Option<&RawValue>) -> OfRecord {
    let Some(database) = part::<Database>(raw) else {
        return OfRecord::default();
    };
    let word = |raw| part::<Text>(raw).map(Text::owned);
    OfRecord {
        cwes: part::<Vec<String>>(database.cwe_ids).unwrap_or_default(),
        severity: word(database.severity).map(|severity| severity.to_lowercase()),
        license: word(database.license).filter(|license| !license.is_empty()),
        malware: database.malicious.is_some(),
    }
}

/// Adds what one entry's parts tell, by the ecosystem that it names.
pub fn of_entry(
    ecosystem: Option<&RawValue>,
    database: Option<&RawValue>,
    affected: &mut Affected,
    tags: &mut Vec<String>,
    cwes: &mut Vec<String>,
) {
    of_database(database, affected, tags, cwes);
    let name = affected.package.ecosystem.clone();
    match name.split(':').next().unwrap_or_default() {
        "Go" => go(ecosystem, affected),
        "crates.io" => rustsec(ecosystem, affected),
        "Ubuntu" => ubuntu(ecosystem, &name, affected),
        "Debian" | "Alpine" => urgency(ecosystem, affected),
        "SUSE" | "openSUSE" => affected.conditions.parts = binaries(ecosystem),
        _ => {}
    }
}

#[derive(Deserialize)]
struct EntryDatabase<'a> {
    #[serde(borrow, default)]
    last_known_affected_version_range: Option<&'a RawValue>,
    #[serde(borrow, default)]
    informational: Option<&'a RawValue>,
    #[serde(borrow, default)]
    cwes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Cwe<'a> {
    #[serde(rename = "cweId", borrow)]
    id: Text<'a>,
}

fn of_database(
    raw: Option<&RawValue>,
    affected: &mut Affected,
    tags: &mut Vec<String>,
    cwes: &mut Vec<String>,
) {
    let Some(database) = part::<EntryDatabase>(raw) else {
        return;
    };
    if let Some(text) = part::<Text>(database.last_known_affected_version_range) {
        close_range(&text, affected);
    }
    if let Some(kind) = part::<Text>(database.informational) {
        push_once(tags, format!("informational:{}", &*kind));
    }
    for cwe in part::<Vec<Cwe>>(database.cwes).unwrap_or_default() {
        push_once(cwes, cwe.id.owned());
    }
}

fn push_once(list: &mut Vec<String>, value: String) {
    if !list.contains(&value) {
        list.push(value);
    }
}

/// GitHub's upper bound of a flaw without a named fix: `<= 1.2.3` or `< 1.2.3`. The latter names no fix either.
fn close_range(text: &str, affected: &mut Affected) {
    let Some(bound) = statement::upper_bound(text) else {
        affected.unread.push(text.to_owned());
        return;
    };
    let event = match bound {
        Event::Fixed(version) => Event::Limit(version),
        other => other,
    };
    for range in &mut affected.ranges {
        let open = range
            .events
            .iter()
            .all(|event| matches!(event, Event::Introduced(_)));
        if open && !matches!(range.kind, crate::model::RangeKind::Git) {
            range.events.push(event.clone());
        }
    }
}

#[derive(Deserialize)]
struct Go<'a> {
    #[serde(borrow, default)]
    imports: Option<Vec<Import<'a>>>,
}

#[derive(Deserialize)]
struct Import<'a> {
    #[serde(borrow, default)]
    path: Text<'a>,
    #[serde(borrow, default)]
    symbols: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    goos: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    goarch: Option<Vec<Text<'a>>>,
}

/// Go's packages and symbols, as `path`, `path#symbol`, `path (os windows)`.
fn go(raw: Option<&RawValue>, affected: &mut Affected) {
    let parts = &mut affected.conditions.parts;
    for import in part::<Go>(raw)
        .and_then(|go| go.imports)
        .unwrap_or_default()
    {
        let symbols = import.symbols.unwrap_or_default();
        if symbols.is_empty() {
            parts.push(import.path.to_string());
        }
        for symbol in symbols {
            parts.push(format!("{}#{}", &*import.path, &*symbol));
        }
        for os in import.goos.unwrap_or_default() {
            parts.push(format!("{} (os {})", &*import.path, &*os));
        }
        for arch in import.goarch.unwrap_or_default() {
            parts.push(format!("{} (architecture {})", &*import.path, &*arch));
        }
    }
}

#[derive(Deserialize)]
struct RustSec<'a> {
    #[serde(borrow, default)]
    affects: Option<Affects<'a>>,
}

#[derive(Deserialize)]
struct Affects<'a> {
    #[serde(borrow, default)]
    functions: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    os: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    arch: Option<Vec<Text<'a>>>,
}

/// RustSec's functions, systems and architectures: words for the reason, never a filter (a lock file serves many targets).
fn rustsec(raw: Option<&RawValue>, affected: &mut Affected) {
    let Some(affects) = part::<RustSec>(raw).and_then(|rustsec| rustsec.affects) else {
        return;
    };
    let parts = &mut affected.conditions.parts;
    parts.extend(
        affects
            .functions
            .unwrap_or_default()
            .into_iter()
            .map(Text::owned),
    );
    parts.extend(
        affects
            .os
            .unwrap_or_default()
            .iter()
            .map(|os| format!("os {}", &**os)),
    );
    parts.extend(
        affects
            .arch
            .unwrap_or_default()
            .iter()
            .map(|arch| format!("architecture {}", &**arch)),
    );
}

#[derive(Deserialize)]
struct Ubuntu<'a> {
    #[serde(borrow, default)]
    availability: Option<&'a RawValue>,
    #[serde(borrow, default)]
    ubuntu_priority: Option<&'a RawValue>,
}

fn ubuntu(raw: Option<&RawValue>, ecosystem: &str, affected: &mut Affected) {
    affected.conditions.parts = binaries(raw);
    let specific = part::<Ubuntu>(raw);
    let availability = specific.as_ref().and_then(|s| part::<Text>(s.availability));
    affected.conditions.channel = ubuntu_channel(ecosystem, availability.as_deref().unwrap_or(""));
    if let Some(word) = specific.and_then(|s| part::<Text>(s.ubuntu_priority)) {
        affected.severities.push(Severity {
            kind: SeverityKind::Word,
            value: word.owned(),
            source: String::new(),
        });
    }
}

/// Where Canonical serves the fix: `Ubuntu:Pro:FIPS-updates:20.04:LTS` → `fips-updates`, `Ubuntu:Pro:18.04:LTS` → by the
/// availability text `esm-infra` or `esm-apps`, `pro` when it tells neither.
fn ubuntu_channel(ecosystem: &str, availability: &str) -> Option<String> {
    let mut parts = ecosystem.split(':').skip(1);
    if parts.next()? != "Pro" {
        return None;
    }
    let next = parts.next().unwrap_or_default();
    let channel = if !next.starts_with(|c: char| c.is_ascii_digit()) && !next.is_empty() {
        next.to_lowercase()
    } else if availability.contains("Infra-only") || availability.contains("esm-infra") {
        "esm-infra".into()
    } else if availability.contains("Apps") || availability.contains("esm-apps") {
        "esm-apps".into()
    } else {
        "pro".into()
    };
    Some(channel)
}

#[derive(Deserialize)]
struct Binaries<'a> {
    #[serde(borrow, default)]
    binaries: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Binary<'a> {
    #[serde(borrow)]
    binary_name: Text<'a>,
}

/// Names of binary packages: `[{"binary_name": "a", …}]` or, older and SUSE, `[{"a": "1.0", "b": "1.0"}]`.
fn binaries(raw: Option<&RawValue>) -> Vec<String> {
    let mut names = Vec::new();
    let list = part::<Binaries>(raw)
        .and_then(|all| all.binaries)
        .unwrap_or_default();
    for entry in list {
        if let Some(binary) = part::<Binary>(Some(entry)) {
            names.push(binary.binary_name.owned());
        } else {
            let _ = crate::format::json::members(entry.get(), "binaries", |name, _| {
                names.push(name.owned());
            });
        }
    }
    names.sort();
    names.dedup();
    names
}

#[derive(Deserialize)]
struct Urgency<'a> {
    #[serde(borrow, default)]
    urgency: Option<Text<'a>>,
}

fn urgency(raw: Option<&RawValue>, affected: &mut Affected) {
    if let Some(urgency) = part::<Urgency>(raw).and_then(|specific| specific.urgency) {
        crate::format::debian::apply_urgency(&urgency, affected);
    }
}
