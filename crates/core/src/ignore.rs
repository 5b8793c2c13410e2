//! Ignore rules: findings that an organisation has decided not to count, each with a reason and an end.
//!
//! They stand in `patchward.toml` as `[[ignore]]` tables. A rule names an id, a package, a path, or several of them
//! (then all must hold), and what was decided: the risk is accepted or mitigated (until a day), the component is not
//! affected, or the finding is a false positive. A rule whose day has passed suppresses nothing and is told aloud, and
//! the findings that it covered say so.

pub mod edit;
mod status;

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::civil::Date;
use patchward_knowledge::spelling;
use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, Suppression};
use patchward_purl::Purl;
use serde::Deserialize;
use toml::Spanned;

use crate::whole_file;

pub use status::{JUSTIFICATIONS, RuleStatus};

/// The most rules that a file may have.
const MAX_RULES: usize = 100_000;
/// Largest file of rules, in bytes.
pub const MAX_FILE: u64 = 32 << 20;

/// The rules of one file.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules {
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The vulnerability, by any of its ids.
    pub id: Option<String>,
    /// The package, by name or purl.
    pub package: Option<String>,
    /// Where the component was found, as in .gitignore.
    pub path: Option<String>,
    /// What was decided.
    pub status: RuleStatus,
    /// Why a component is not affected, in OpenVEX's words.
    pub justification: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// Who decided.
    pub by: Option<String>,
    /// When it was decided.
    pub created: Option<Date>,
    /// The last day that it holds; `None` is for good.
    pub expires: Option<Date>,
    /// File and line.
    pub source: String,
    matcher: Option<Gitignore>,
}

/// Rules that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IgnoreError {
    /// The file could not be read.
    #[error("read ignore rules from {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file or a rule is not as it should be.
    #[error("read ignore rules from {path}:{line}: {message}")]
    Rule {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was expected.
        message: String,
    },
}

#[derive(Deserialize)]
struct FileAsWritten {
    #[serde(default)]
    ignore: Vec<Spanned<RuleAsWritten>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleAsWritten {
    id: Option<String>,
    package: Option<String>,
    path: Option<String>,
    status: Option<RuleStatus>,
    justification: Option<String>,
    reason: Option<String>,
    by: Option<String>,
    created: Option<toml::Value>,
    expires: Option<toml::Value>,
}

impl IgnoreRules {
    /// Reads the `[[ignore]]` tables of a `patchward.toml`.
    ///
    /// # Errors
    /// When the file cannot be read, or a rule has no target, no reason or no end.
    pub fn read(path: &Path) -> Result<IgnoreRules, IgnoreError> {
        let text = whole_file::text(path, MAX_FILE).map_err(|source| IgnoreError::Read {
            path: path.to_owned(),
            source,
        })?;
        IgnoreRules::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<IgnoreRules, IgnoreError> {
        let at = |offset: usize, message: String| IgnoreError::Rule {
            path: path.to_owned(),
            line: text
                .bytes()
                .take(offset)
                .filter(|byte| *byte == b'\n')
                .count()
                + 1,
            message,
        };
        let file: FileAsWritten = toml::from_str(text).map_err(|e| {
            at(
                e.span().map_or(0, |span| span.start),
                e.message().to_owned(),
            )
        })?;
        if file.ignore.len() > MAX_RULES {
            return Err(at(0, format!("more than {MAX_RULES} rules")));
        }
        let rules = file.ignore.into_iter().map(|rule| {
            let offset = rule.span().start;
            let line = text
                .bytes()
                .take(offset)
                .filter(|byte| *byte == b'\n')
                .count()
                + 1;
            let source = format!("{}:{line}", path.display());
            Rule::check(rule.into_inner(), source).map_err(|message| at(offset, message))
        });
        Ok(IgnoreRules {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// Adds the rules of another file.
    pub fn extend(&mut self, other: IgnoreRules) {
        self.rules.extend(other.rules);
    }

    /// The rules in the order of the files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Why a finding does not count today, if it does not.
    pub fn suppression(&self, finding: &Finding, today: Date) -> Option<Suppression> {
        let mut rules = self.rules.iter();
        let rule = rules.find(|rule| !rule.is_expired(today) && rule.covers(finding))?;
        Some(rule.suppression())
    }

    /// The decision on a finding that held until a day which has passed; the newest, where there are several.
    pub fn lapsed(&self, finding: &Finding, today: Date) -> Option<Suppression> {
        let expired = self.rules.iter().filter(|rule| rule.is_expired(today));
        let covering = expired.filter(|rule| rule.covers(finding));
        covering
            .max_by_key(|rule| rule.expires)
            .map(Rule::suppression)
    }

    /// What to say of rules whose day has passed.
    pub fn expired(&self, today: Date) -> Vec<String> {
        let expired = self.rules.iter().filter(|rule| rule.is_expired(today));
        expired
            .map(|rule| {
                let day = rule.expires.map(|day| day.to_string()).unwrap_or_default();
                format!(
                    "{}: the ignore rule for {} expired on {day}: it suppresses nothing",
                    rule.source,
                    rule.target()
                )
            })
            .collect()
    }
}

impl Rule {
    fn check(rule: RuleAsWritten, source: String) -> Result<Rule, String> {
        if rule.id.is_none() && rule.package.is_none() && rule.path.is_none() {
            return Err("an ignore rule names an id, a package or a path".to_owned());
        }
        let status = rule.status.unwrap_or_default();
        let expires = day("expires", rule.expires)?;
        if expires.is_none() && status.needs_end() {
            return Err("an ignore rule has an end: expires = \"YYYY-MM-DD\"".to_owned());
        }
        status.check_justification(rule.justification.as_deref())?;
        let matcher = rule.path.as_ref().map(|pattern| {
            let mut builder = GitignoreBuilder::new("");
            builder
                .add_line(None, pattern)
                .and_then(|builder| builder.build())
                .map_err(|e| e.to_string())
        });
        let reason = rule.reason.filter(|reason| !reason.trim().is_empty());
        Ok(Rule {
            id: rule.id,
            package: rule.package,
            matcher: matcher.transpose()?,
            path: rule.path,
            status,
            justification: rule.justification,
            reason: reason.ok_or("an ignore rule has a reason")?,
            by: rule.by,
            created: day("created", rule.created)?,
            expires,
            source,
        })
    }

    /// What the rule is for: `CVE-2024-1 in openssl`.
    pub fn target(&self) -> String {
        let parts = [&self.id, &self.package, &self.path];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" in ")
    }

    /// Whether the rule's last day has passed.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether the rule is for this finding, whatever the day.
    pub fn covers(&self, finding: &Finding) -> bool {
        let component = &finding.component;
        self.id.as_ref().is_none_or(|id| has_id(finding, id))
            && self
                .package
                .as_ref()
                .is_none_or(|package| is_package(component, package))
            && self.matcher.as_ref().is_none_or(|pattern| {
                let mut paths = component
                    .locations
                    .iter()
                    .map(|location| location.path.trim_start_matches('/'));
                paths.len() > 0
                    && paths
                        .all(|path| pattern.matched_path_or_any_parents(path, false).is_ignore())
            })
    }

    fn suppression(&self) -> Suppression {
        Suppression {
            by: "ignore rule".to_owned(),
            reason: self.reason.clone(),
            until: self.expires.map(|day| day.to_string()),
            justification: self.justification.clone(),
            source: self.source.clone(),
            status: Some(self.status.as_str().to_owned()),
            author: self.by.clone(),
        }
    }
}

/// A day, written as a text or as TOML's own date.
fn day(key: &str, value: Option<toml::Value>) -> Result<Option<Date>, String> {
    let text = match value {
        None => return Ok(None),
        Some(toml::Value::String(text)) => text,
        Some(value) => value.to_string(),
    };
    let date = text.parse();
    date.map(Some)
        .map_err(|_| format!("{key} = {text:?}: expected YYYY-MM-DD"))
}

/// Whether a finding has that id, by any publisher.
pub fn has_id(finding: &Finding, id: &str) -> bool {
    finding.vulnerability.eq_ignore_ascii_case(id)
        || finding
            .aliases
            .iter()
            .any(|alias| alias.eq_ignore_ascii_case(id))
        || finding
            .statements
            .iter()
            .any(|statement| statement.advisory.eq_ignore_ascii_case(id))
}

/// Whether a component is meant by a name (as its ecosystem spells names: `django` is `Django` on PyPI), a source package's name, or a purl (with or without version).
pub fn is_package(component: &Component, name: &str) -> bool {
    let purl = component.purl.as_str();
    let parsed = purl.parse::<Purl>().ok();
    let ecosystem = parsed.as_ref().and_then(Purl::ecosystem);
    let spelt = |name| spelling(ecosystem.unwrap_or_default(), name);
    component.name == name
        || spelt(&component.name) == spelt(name)
        || component
            .source
            .as_ref()
            .is_some_and(|source| source.name == name)
        || purl == name
        || purl
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(['@', '?', '#']))
}

#[cfg(test)]
mod tests;
