//! The line reader for `Cargo.lock` as cargo writes it.

use std::borrow::Cow;

use super::{Lock, Package};

/// Reads the file, or gives `None` when a line is not of the shape that cargo writes: the TOML parser then decides.
pub(super) fn read(text: &str) -> Option<Lock<'_>> {
    let mut lock = Lock::default();
    let mut table = Table::Top;
    let mut in_list = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if in_list {
            match line {
                "]" => in_list = false,
                _ => dependency(line, table, &mut lock)?,
            }
        } else if line.starts_with('[') {
            table = Table::of(line)?;
            if table == Table::Package {
                lock.packages.push(Package {
                    line: u32::try_from(at + 1).ok(),
                    ..Package::default()
                });
            }
        } else {
            let (key, value) = line.split_once(" = ")?;
            match (table, value) {
                (_, "[") => {
                    in_list = true;
                    if table == Table::Package && key != "dependencies" {
                        return None;
                    }
                }
                (Table::Top, _) if key == "version" => lock.version = Some(value.parse().ok()?),
                (Table::Other, _) if !value.starts_with(['[', '{']) => {
                    string(value)?;
                }
                (Table::Package, _) => field(lock.packages.last_mut()?, key, string(value)?)?,
                _ => return None,
            }
        }
    }
    let whole = |package: &Package<'_>| !package.name.is_empty() && !package.version.is_empty();
    (!in_list && lock.packages.iter().all(whole)).then_some(lock)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Top,
    Package,
    /// `[metadata]` (checksums of version 1) and `[[patch.unused]]`.
    Other,
}

impl Table {
    fn of(line: &str) -> Option<Table> {
        match line {
            "[[package]]" | "[root]" => Some(Table::Package),
            "[metadata]" | "[[patch.unused]]" => Some(Table::Other),
            _ => None,
        }
    }
}

fn field<'a>(package: &mut Package<'a>, key: &str, value: &'a str) -> Option<()> {
    let slot = match key {
        "name" => &mut package.name,
        "version" => &mut package.version,
        "source" => &mut package.source,
        "checksum" => &mut package.checksum,
        "replace" => return Some(()),
        _ => return None,
    };
    // A key that comes twice is an error in TOML, which the TOML parser reports with its place.
    if !slot.is_empty() {
        return None;
    }
    *slot = Cow::Borrowed(value);
    Some(())
}

fn dependency<'a>(line: &'a str, table: Table, lock: &mut Lock<'a>) -> Option<()> {
    let value = string(line.strip_suffix(',').unwrap_or(line))?;
    if table == Table::Package {
        let package = lock.packages.last_mut()?;
        package.dependencies.push(Cow::Borrowed(value));
    }
    Some(())
}

/// A basic string without escapes.
fn string(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    let special = |byte: u8| matches!(byte, b'"' | b'\\' | 0..0x20 | 0x7f);
    (!inner.bytes().any(special)).then_some(inner)
}
