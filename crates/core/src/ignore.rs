//! Ignore rules: findings that an organisation has decided not to count, each with a reason and an end.
//!
//! They stand in `patchward.toml` as `[[ignore]]` tables. A rule names an id, a package, a path, or several of them
//! (then all must hold). A rule whose day has passed suppresses nothing and is told aloud.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::civil::Date;
use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, Suppression};
use serde::Deserialize;
use toml::Spanned;

/// The most rules that a file may have.
const MAX_RULES: usize = 100_000;

/// The rules of one file.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    id: Option<String>,
    package: Option<String>,
    path: Option<Gitignore>,
    reason: String,
    expires: Date,
    source: String,
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
    reason: Option<String>,
    expires: Option<toml::Value>,
}

impl IgnoreRules {
    /// Reads the `[[ignore]]` tables of a `patchward.toml`.
    ///
    /// # Errors
    /// When the file cannot be read, or a rule has no target, no reason or no end.
    pub fn read(path: &Path) -> Result<IgnoreRules, IgnoreError> {
        let text = std::fs::read_to_string(path).map_err(|source| IgnoreError::Read {
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

    /// Why a finding does not count today, if it does not.
    pub fn suppression(&self, finding: &Finding, today: Date) -> Option<Suppression> {
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.expires >= today && rule.covers(finding))?;
        Some(Suppression {
            by: "ignore rule".to_owned(),
            reason: rule.reason.clone(),
            until: Some(rule.expires.to_string()),
            justification: None,
            source: rule.source.clone(),
        })
    }

    /// What to say of rules whose day has passed.
    pub fn expired(&self, today: Date) -> Vec<String> {
        let expired = self.rules.iter().filter(|rule| rule.expires < today);
        expired
            .map(|rule| {
                let what = rule
                    .id
                    .as_deref()
                    .or(rule.package.as_deref())
                    .unwrap_or("a path");
                format!(
                    "{}: the ignore rule for {what} expired on {}: it suppresses nothing",
                    rule.source, rule.expires
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
        let reason = rule.reason.filter(|reason| !reason.trim().is_empty());
        let expires = match rule.expires {
            Some(toml::Value::String(text)) => text,
            Some(toml::Value::Datetime(date)) => date.to_string(),
            _ => return Err("an ignore rule has an end: expires = \"YYYY-MM-DD\"".to_owned()),
        };
        let path = rule.path.map(|pattern| {
            let mut builder = GitignoreBuilder::new("");
            builder
                .add_line(None, &pattern)
                .and_then(|builder| builder.build())
                .map_err(|e| e.to_string())
        });
        Ok(Rule {
            id: rule.id,
            package: rule.package,
            path: path.transpose()?,
            reason: reason.ok_or("an ignore rule has a reason")?,
            expires: expires
                .parse()
                .map_err(|_| format!("expires = {expires:?}: expected YYYY-MM-DD"))?,
            source,
        })
    }

    fn covers(&self, finding: &Finding) -> bool {
        let component = &finding.component;
        self.id.as_ref().is_none_or(|id| has_id(finding, id))
            && self
                .package
                .as_ref()
                .is_none_or(|package| is_package(component, package))
            && self.path.as_ref().is_none_or(|pattern| {
                let mut paths = component
                    .locations
                    .iter()
                    .map(|location| location.path.trim_start_matches('/'));
                paths.len() > 0
                    && paths
                        .all(|path| pattern.matched_path_or_any_parents(path, false).is_ignore())
            })
    }
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

/// Whether a component is meant by a name, a source package's name, or a purl (with or without version).
pub fn is_package(component: &Component, name: &str) -> bool {
    let purl = component.purl.as_str();
    component.name == name
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
mod tests {
    use super::*;
    use patchward_protocol::inventory::Location;

    fn finding(id: &str, path: &str) -> Finding {
        let component = Component {
            name: "openssl".into(),
            purl: "pkg:deb/debian/openssl@3.0.1?arch=amd64".into(),
            locations: vec![Location {
                path: path.into(),
                line: None,
            }],
            ..Component::default()
        };
        Finding {
            vulnerability: id.into(),
            component,
            ..Finding::default()
        }
    }

    fn rules(text: &str) -> Result<IgnoreRules, IgnoreError> {
        IgnoreRules::parse(text, Path::new("patchward.toml"))
    }

    const TODAY: Date = Date::constant(2026, 6, 1);

    #[test]
    fn a_rule_holds_until_the_end_of_its_day() {
        let text = "[[ignore]]\nid = 'CVE-2024-1'\nreason = 'not used'\nexpires = 2026-06-01\n";
        let rules = rules(text).unwrap();
        let found = rules
            .suppression(&finding("CVE-2024-1", "a"), TODAY)
            .unwrap();
        assert_eq!(
            (found.reason.as_str(), found.source.as_str()),
            ("not used", "patchward.toml:1")
        );
        let tomorrow = TODAY.tomorrow().unwrap();
        assert!(
            rules
                .suppression(&finding("CVE-2024-1", "a"), tomorrow)
                .is_none()
        );
        assert_eq!(rules.expired(tomorrow).len(), 1);
    }

    #[test]
    fn every_part_of_a_rule_must_hold() {
        let text = "[[ignore]]\npackage = 'openssl'\npath = 'vendor/**'\nreason = 'r'\nexpires = '2027-01-01'\n";
        let rules = rules(text).unwrap();
        assert!(
            rules
                .suppression(&finding("CVE-2024-1", "vendor/a/lock"), TODAY)
                .is_some()
        );
        assert!(
            rules
                .suppression(&finding("CVE-2024-1", "src/lock"), TODAY)
                .is_none()
        );
    }

    #[test]
    fn a_purl_without_version_means_every_version() {
        let component = finding("x", "a").component;
        assert!(is_package(&component, "pkg:deb/debian/openssl"));
        assert!(is_package(&component, "pkg:deb/debian/openssl@3.0.1"));
        assert!(!is_package(&component, "pkg:deb/debian/open"));
    }

    #[test]
    fn a_rule_without_reason_end_or_target_is_refused_with_its_line() {
        for (text, expected) in [
            ("\n[[ignore]]\nid = 'x'\nexpires = '2027-01-01'\n", "reason"),
            ("\n[[ignore]]\nid = 'x'\nreason = 'r'\n", "expires"),
            (
                "\n[[ignore]]\nreason = 'r'\nexpires = '2027-01-01'\n",
                "names an id",
            ),
            (
                "\n[[ignore]]\nid = 'x'\nreason = 'r'\nexpires = 'soon'\n",
                "YYYY-MM-DD",
            ),
            ("\n[[ignore]]\nidd = 'x'\n", "idd"),
        ] {
            let error = rules(text).unwrap_err().to_string();
            assert!(
                error.contains("patchward.toml:") && error.contains(expected),
                "{error}"
            );
        }
    }
}
