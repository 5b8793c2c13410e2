//! An entry: one decision or step, as a value and as the bytes that are hashed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{NotCanonical, canonical};

/// The canonical text of an entry is never longer, in bytes.
pub const LIMIT: usize = 1 << 20;
/// Names (kind, actor, subject) are never longer, in bytes.
const NAME_LIMIT: usize = 4096;

/// One fact of the ledger.
///
/// What is secret or personal does not belong here: the ledger cannot forget. Put a salted hash of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When it happened, as the caller's clock says.
    pub time: Timestamp,
    /// What it is: `decision`, `run.planned`, `step.started`, …
    pub kind: String,
    /// Who did it: a person, or a part of Patchward.
    pub actor: String,
    /// What it is about: an asset, a finding, a run.
    pub subject: String,
    /// The rest, as the kind prescribes.
    #[serde(default)]
    pub body: Value,
}

/// Why an entry cannot be written, or these bytes are not one.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The body has no canonical form.
    #[error("the body has no canonical form")]
    NotCanonical(#[from] NotCanonical),
    /// The entry is too long.
    #[error("the entry is {0} bytes long; at most {LIMIT} are allowed")]
    TooLong(usize),
    /// A name is empty or too long.
    #[error("the {field} is {length} bytes long; 1 to {NAME_LIMIT} are allowed")]
    Name {
        /// `kind`, `actor` or `subject`.
        field: &'static str,
        /// Its length.
        length: usize,
    },
    /// Not an entry.
    #[error("this is no entry of a ledger")]
    NotAnEntry(#[from] serde_json::Error),
}

impl Entry {
    /// The canonical JSON of the entry: what is stored, hashed and proved.
    ///
    /// # Errors
    /// When a name is empty or something is too long, too deep or a number too large.
    pub fn encode(&self) -> Result<String, EntryError> {
        for (field, name) in [
            ("kind", &self.kind),
            ("actor", &self.actor),
            ("subject", &self.subject),
        ] {
            if name.is_empty() || name.len() > NAME_LIMIT {
                return Err(EntryError::Name {
                    field,
                    length: name.len(),
                });
            }
        }
        let text = canonical(&serde_json::to_value(self)?)?;
        if text.len() > LIMIT {
            return Err(EntryError::TooLong(text.len()));
        }
        Ok(text)
    }

    /// Reads the canonical JSON of an entry.
    ///
    /// # Errors
    /// When the bytes are no entry. Other members than those of an entry are refused, so that nothing is shown
    /// without being understood.
    pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
        if bytes.len() > LIMIT {
            return Err(EntryError::TooLong(bytes.len()));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry() -> Entry {
        Entry {
            time: Timestamp::UNIX_EPOCH,
            kind: "decision".into(),
            actor: "ada".into(),
            subject: "CVE-2024-0001".into(),
            body: json!({"priority": 1, "because": ["known to be exploited"]}),
        }
    }

    #[test]
    fn an_entry_is_canonical_json_and_reads_back() {
        let text = entry().encode().unwrap();
        assert_eq!(
            text,
            r#"{"actor":"ada","body":{"because":["known to be exploited"],"priority":1},"kind":"decision","subject":"CVE-2024-0001","time":"1970-01-01T00:00:00Z"}"#
        );
        assert_eq!(Entry::decode(text.as_bytes()).unwrap(), entry());
    }

    #[test]
    fn what_is_too_long_or_has_no_name_is_refused() {
        let nameless = Entry {
            actor: String::new(),
            ..entry()
        };
        assert!(matches!(
            nameless.encode(),
            Err(EntryError::Name { field: "actor", .. })
        ));
        let long = Entry {
            body: json!("x".repeat(LIMIT)),
            ..entry()
        };
        assert!(matches!(long.encode(), Err(EntryError::TooLong(_))));
        assert!(Entry::decode(br#"{"time":"1970-01-01T00:00:00Z","kind":"a","actor":"b","subject":"c","extra":1}"#).is_err());
    }
}
