//! Adds rules to a file and takes them away; everything else in the file stays as it is, comments too.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{IgnoreError, IgnoreRules, Rule, RuleStatus};

/// A decision that is to become a rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The vulnerability.
    pub id: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// The path, as in .gitignore.
    pub path: Option<String>,
    /// What was decided.
    pub status: RuleStatus,
    /// Why it is not affected.
    pub justification: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub created: Option<Date>,
    /// The last day.
    pub expires: Option<Date>,
}

/// A file that was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What is there, or what would be there, cannot be read.
    #[error(transparent)]
    Rules(#[from] IgnoreError),
    /// There is such a rule.
    #[error(
        "add a rule for {target}: {place} has one ({status}, {until}); `patchward accept remove` takes it away"
    )]
    Double {
        /// What it is for.
        target: String,
        /// File and line.
        place: String,
        /// Its status.
        status: &'static str,
        /// Its end.
        until: String,
    },
    /// There is no such rule.
    #[error("remove the rule for {target}: {path} has none")]
    None {
        /// What it would be for.
        target: String,
        /// The file.
        path: PathBuf,
    },
    /// The rules are not written as tables of their own.
    #[error("change {path}: its ignore rules are not [[ignore]] tables; change it by hand")]
    Inline {
        /// The file.
        path: PathBuf,
    },
    /// It could not be written.
    #[error("write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The text with the rule at its end, and the rule alone.
///
/// # Errors
/// When the decision is not complete, or a rule for the same is there.
pub fn add(text: &str, path: &Path, decision: &Decision) -> Result<(String, String), EditError> {
    let before = IgnoreRules::parse(text, path)?;
    if let Some(double) = before.rules.iter().find(|rule| is_same(rule, decision)) {
        return Err(EditError::Double {
            target: double.target(),
            place: double.source.clone(),
            status: double.status.as_str(),
            until: double
                .expires
                .map_or("for good".to_owned(), |day| format!("until {day}")),
        });
    }
    let rule = written(decision);
    let mut changed = text.to_owned();
    if !changed.is_empty() && !changed.ends_with('\n') {
        changed.push('\n');
    }
    if !changed.is_empty() && !changed.ends_with("\n\n") {
        changed.push('\n');
    }
    changed.push_str(&rule);
    // A decision that is no rule is refused by the reader of rules, with its words.
    IgnoreRules::parse(&rule, path)?;
    let inline = || EditError::Inline {
        path: path.to_owned(),
    };
    let after = IgnoreRules::parse(&changed, path).map_err(|_| inline())?;
    if after.rules.len() != before.rules.len() + 1 {
        return Err(inline());
    }
    Ok((changed, rule))
}

/// The text without the rules that name exactly the id, package and path of `decision`, and what they were for.
///
/// # Errors
/// When there is none.
pub fn remove(
    text: &str,
    path: &Path,
    decision: &Decision,
) -> Result<(String, Vec<String>), EditError> {
    let inline = || EditError::Inline {
        path: path.to_owned(),
    };
    let rules = IgnoreRules::parse(text, path)?.rules;
    let ranges = ranges(text).filter(|ranges| ranges.len() == rules.len());
    let mut kept = String::with_capacity(text.len());
    let mut removed = Vec::new();
    let mut from = 0;
    for (rule, range) in rules.iter().zip(ranges.ok_or_else(inline)?) {
        if is_same(rule, decision) {
            kept.push_str(text.get(from..range.start).unwrap_or_default());
            from = range.end;
            removed.push(format!("{} ({})", rule.target(), rule.source));
        }
    }
    if removed.is_empty() {
        let parts = [&decision.id, &decision.package, &decision.path];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        return Err(EditError::None {
            target: parts.join(" in "),
            path: path.to_owned(),
        });
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    let left = IgnoreRules::parse(&kept, path).map_err(|_| inline())?;
    if left.rules.len() + removed.len() != rules.len() {
        return Err(inline());
    }
    Ok((kept, removed))
}

/// Replaces the file as a whole, with its permissions; whoever reads it sees the old or the new text.
///
/// # Errors
/// When it cannot be written; then the old one is there.
pub fn replace(path: &Path, text: &str) -> Result<(), EditError> {
    // A link stays a link: what it points to is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let temporary = real.with_extension(format!("{}.tmp", std::process::id()));
    let write = || {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        if let Ok(metadata) = std::fs::metadata(&real) {
            file.set_permissions(metadata.permissions())?;
        }
        file.sync_all()?;
        std::fs::rename(&temporary, &real)
    };
    write().map_err(|source| {
        let _ = std::fs::remove_file(&temporary);
        EditError::Write {
            path: path.to_owned(),
            source,
        }
    })
}

fn is_same(rule: &Rule, decision: &Decision) -> bool {
    let same_id = match (&rule.id, &decision.id) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    };
    same_id && rule.package == decision.package && rule.path == decision.path
}

fn written(decision: &Decision) -> String {
    let mut rule = "[[ignore]]\n".to_owned();
    let mut add = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            let value = toml::Value::String(value.to_owned());
            rule.push_str(&format!("{key} = {value}\n"));
        }
    };
    add("id", decision.id.as_deref());
    add("package", decision.package.as_deref());
    add("path", decision.path.as_deref());
    add("status", Some(decision.status.as_str()));
    add("justification", decision.justification.as_deref());
    add("reason", Some(&decision.reason));
    add("by", Some(&decision.by));
    for (key, day) in [("created", decision.created), ("expires", decision.expires)] {
        if let Some(day) = day {
            rule.push_str(&format!("{key} = {day}\n"));
        }
    }
    rule
}

/// Where each `[[ignore]]` table stands: from the line of its head to the line of its last value, and an empty line
/// behind it.
fn ranges(text: &str) -> Option<Vec<std::ops::Range<usize>>> {
    let table = DeTable::parse(text).ok()?;
    let Some(rules) = table.get_ref().get("ignore") else {
        return Some(Vec::new());
    };
    let DeValue::Array(rules) = rules.get_ref() else {
        return None;
    };
    rules.iter().map(|rule| range(text, rule)).collect()
}

fn range(text: &str, rule: &Spanned<DeValue<'_>>) -> Option<std::ops::Range<usize>> {
    let DeValue::Table(fields) = rule.get_ref() else {
        return None;
    };
    let head = rule.span().start;
    let start = text.get(..head)?.rfind('\n').map_or(0, |at| at + 1);
    if !text.get(start..)?.trim_start().starts_with("[[") {
        return None;
    }
    let last = fields.values().map(|value| value.span().end).max()?;
    let end = text.get(last..)?.find('\n');
    let end = end.map_or(text.len(), |at| last + at + 1);
    let blank = text.get(end..)?.starts_with('\n');
    Some(start..if blank { end + 1 } else { end })
}

#[cfg(test)]
mod tests;
