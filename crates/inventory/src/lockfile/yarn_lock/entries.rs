//! The line reader: entries with their fields, in either notation.

use crate::parse::ParseError;

/// What the file holds.
#[derive(Default)]
pub(super) struct File<'a> {
    /// Berry's `__metadata` version.
    pub(super) version: Option<u32>,
    pub(super) entries: Vec<Entry<'a>>,
}

/// One entry.
#[derive(Default)]
pub(super) struct Entry<'a> {
    pub(super) line: Option<u32>,
    /// `name@range`, without quotes.
    pub(super) descriptors: Vec<&'a str>,
    pub(super) version: &'a str,
    /// Version 1: where it was downloaded.
    pub(super) resolved: &'a str,
    /// Berry: `name@npm:version` and the like.
    pub(super) resolution: &'a str,
    pub(super) integrity: &'a str,
    /// Names and ranges.
    pub(super) needs: Vec<(&'a str, &'a str)>,
}

#[derive(PartialEq, Clone, Copy)]
enum Part {
    Entry,
    Needs,
    Metadata,
    Other,
}

/// Reads the whole file.
///
/// # Errors
/// Fields before any entry, and merge conflicts.
pub(super) fn read(text: &str) -> Result<File<'_>, ParseError> {
    let mut file = File::default();
    let mut part = Part::Other;
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || content == ":" {
            continue;
        }
        if content.starts_with("<<<<<<<") || content.starts_with(">>>>>>>") {
            return Err(ParseError::at(at + 1, "the file has merge conflicts"));
        }
        match line.len() - line.trim_start().len() {
            0 if content == "__metadata:" => part = Part::Metadata,
            0 => {
                file.entries.push(header(content, at + 1));
                part = Part::Entry;
            }
            2 if part == Part::Metadata => {
                if let Some(("version", version)) = field(content) {
                    file.version = version.parse().ok();
                }
            }
            indent => {
                let Some(entry) = file.entries.last_mut() else {
                    if part == Part::Metadata {
                        continue;
                    }
                    return Err(ParseError::at(at + 1, "a field before any entry"));
                };
                if indent == 2 {
                    part = entry.take(content);
                } else if part == Part::Needs
                    && let Some(need) = field(content)
                {
                    entry.needs.push(need);
                }
            }
        }
    }
    Ok(file)
}

/// Descriptors, in version 1 quoted one by one, in Berry all together. Berry writes a very long key after `?`.
fn header(content: &str, line: usize) -> Entry<'_> {
    let content = content.strip_prefix("? ").unwrap_or(content);
    let content = content.strip_suffix(':').unwrap_or(content);
    let descriptors = content.split(", ").map(|one| one.trim().trim_matches('"'));
    Entry {
        line: u32::try_from(line).ok(),
        descriptors: descriptors.filter(|one| !one.is_empty()).collect(),
        ..Entry::default()
    }
}

impl<'a> Entry<'a> {
    /// Takes a field; tells what deeper lines belong to.
    fn take(&mut self, content: &'a str) -> Part {
        if let Some(table) = content.strip_suffix(':') {
            return match table.trim_matches('"') {
                "dependencies" | "optionalDependencies" => Part::Needs,
                _ => Part::Other,
            };
        }
        match field(content) {
            Some(("version", value)) => self.version = value,
            Some(("resolved", value)) => self.resolved = value,
            Some(("resolution", value)) => self.resolution = value,
            Some(("integrity" | "checksum", value)) => self.integrity = value,
            _ => {}
        }
        Part::Entry
    }
}

/// `key value` or `key: value`, each with quotes or without.
fn field(content: &str) -> Option<(&str, &str)> {
    let (key, rest) = match content.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => {
            let end = content.find([' ', ':'])?;
            content.split_at(end)
        }
    };
    let value = rest.strip_prefix(':').unwrap_or(rest).trim();
    Some((key, value.trim_matches('"')))
}
