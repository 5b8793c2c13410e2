//! The index of vuln.go.dev: `index/db.json`, `index/modules.json`, `index/vulns.json`. Its records, `ID/*.json`, are
//! OSV ([`super::osv`]).

use jiff::Timestamp;
use serde::Deserialize;

use super::{MAX_RECORD, ReadError, json, time};

/// A record that the index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// `GO-2024-1234`.
    pub id: String,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// Its aliases (only `vulns.json` tells them).
    pub aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Db {
    modified: String,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(default)]
    vulns: Vec<Vuln>,
}

#[derive(Deserialize)]
struct Vuln {
    id: String,
    #[serde(default)]
    modified: String,
    #[serde(default)]
    aliases: Vec<String>,
}

impl From<Vuln> for Listed {
    fn from(vuln: Vuln) -> Listed {
        Listed {
            modified: time::instant(&vuln.modified),
            id: vuln.id,
            aliases: vuln.aliases,
        }
    }
}

/// Reads `index/db.json`: when anything last changed.
///
/// # Errors
/// When the document is not of this shape.
pub fn modified(bytes: &[u8]) -> Result<Option<Timestamp>, ReadError> {
    let db: Db = json::document(bytes, MAX_RECORD, "the index of vuln.go.dev")?;
    Ok(time::instant(&db.modified))
}

/// Reads `index/vulns.json`: every record.
///
/// # Errors
/// When the document is not of this shape.
pub fn vulns(bytes: &[u8]) -> Result<Vec<Listed>, ReadError> {
    let list: Vec<Vuln> = json::document(bytes, MAX_RECORD, "the list of vuln.go.dev's records")?;
    Ok(list.into_iter().map(Listed::from).collect())
}

/// Reads `index/modules.json`: the records of each module path.
///
/// # Errors
/// When the document is not of this shape.
pub fn modules(bytes: &[u8]) -> Result<Vec<(String, Vec<Listed>)>, ReadError> {
    let list: Vec<Module> = json::document(bytes, MAX_RECORD, "the list of vuln.go.dev's modules")?;
    Ok(list
        .into_iter()
        .map(|module| {
            (
                module.path,
                module.vulns.into_iter().map(Listed::from).collect(),
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_read() {
        assert!(
            modified(br#"{"modified": "2026-08-21T20:38:00Z"}"#)
                .unwrap()
                .is_some()
        );
        let list = vulns(br#"[{"id": "GO-1", "modified": "2026-08-21T20:38:00Z", "aliases": ["CVE-2024-0001"]}]"#);
        assert_eq!(list.unwrap()[0].aliases, ["CVE-2024-0001"]);
        let list = modules(
            br#"[{"path": "a.b/c", "vulns": [{"id": "GO-1", "modified": "x", "fixed": "1.0"}]}]"#,
        );
        assert_eq!(list.unwrap()[0].1[0].modified, None);
        assert!(modules(b"{}").is_err());
    }
}
