//! The manifest: which segments make up the newest generation. Replacing it is the one step that counts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// Name of the manifest in the folder of a knowledge base.
pub const NAME: &str = "MANIFEST";
const FIRST_WORDS: &str = "patchward-knowledge 1 ";
/// No manifest is larger: feeds are counted in hundreds.
const LIMIT: u64 = 64 << 20;

/// A generation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// Goes up with every commit.
    pub generation: u64,
    /// When the newest update learnt what it brought.
    pub learnt: Option<Timestamp>,
    /// The segments, oldest first.
    pub segments: Vec<SegmentEntry>,
    /// State of each feed, by its name.
    pub feeds: BTreeMap<String, FeedState>,
}

/// A segment as the manifest knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SegmentEntry {
    /// Number, unique in the folder.
    pub number: u64,
    /// File name.
    pub file: String,
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 of its header, which vouches for the rest; in hexadecimal.
    pub digest: String,
}

/// What we know of a feed itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedState {
    /// When we last asked and had an answer with no part lost; before there was one, when we first had an answer.
    pub checked: Option<Timestamp>,
    /// When it last brought anything new.
    pub changed: Option<Timestamp>,
    /// The publisher's own day of the newest data, where one day counts for all of it: that of the newest EPSS scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_date: Option<Timestamp>,
    /// Records that hold.
    pub records: u64,
    /// Licence of its records.
    pub license: String,
    /// Why the last attempt failed, where it did.
    pub failure: Option<String>,
    /// Parts of it (a file, a list, an archive) that the last update could not have or read. What was there of them
    /// stands and may be old.
    pub lost: Vec<String>,
    /// Single records that could not be read when the feed last brought anything.
    pub problems: Vec<String>,
    /// What its reader wants to remember (validators, cursors).
    pub memory: Memory,
}

/// What a feed's reader wants to remember, as the text that it is: a scan never looks into it, and it is most of a manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memory(Box<RawValue>);

impl Memory {
    /// Keeps a state.
    ///
    /// # Errors
    /// When JSON cannot hold it.
    pub fn of(state: &impl Serialize) -> Result<Memory, serde_json::Error> {
        serde_json::value::to_raw_value(state).map(Memory)
    }

    /// The state that was kept; `None` where it is of another shape.
    pub fn state<S: DeserializeOwned>(&self) -> Option<S> {
        serde_json::from_str(self.0.get()).ok()
    }
}

impl Default for Memory {
    fn default() -> Memory {
        Memory(RawValue::NULL.to_owned())
    }
}

impl PartialEq for Memory {
    fn eq(&self, other: &Memory) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for Memory {}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read or written.
    #[error("{doing} {path}")]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The bytes are not what was written.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

impl Manifest {
    /// Reads the manifest of a folder; `None` where there is none yet.
    pub fn read(folder: &Path) -> Result<Option<Manifest>, ManifestError> {
        let path = folder.join(NAME);
        let failed = |source| ManifestError::Io {
            doing: "read",
            path: path.clone(),
            source,
        };
        let file = match File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(failed)?,
        };
        let length = file.metadata().map_err(failed)?.len().min(LIMIT);
        let mut text = String::with_capacity(length as usize + 1);
        std::io::Read::read_to_string(&mut std::io::Read::take(file, LIMIT), &mut text)
            .map_err(failed)?;
        Manifest::parse(&text)
            .map(Some)
            .map_err(|what| ManifestError::Damaged { path, what })
    }

    /// Reads a manifest's text.
    pub fn parse(text: &str) -> Result<Manifest, &'static str> {
        let (first, body) = text.split_once('\n').ok_or("it has no first line")?;
        let digest = first
            .strip_prefix(FIRST_WORDS)
            .ok_or("it is not a manifest that this version reads")?;
        if digest != hex(&Sha256::digest(body)) {
            return Err("it does not match its digest");
        }
        serde_json::from_str(body).map_err(|_| "it is not readable")
    }

    /// The manifest's text.
    pub fn print(&self) -> Result<String, serde_json::Error> {
        let body = serde_json::to_string(self)?;
        let digest = hex(&Sha256::digest(&body));
        Ok(format!("{FIRST_WORDS}{digest}\n{body}"))
    }

    /// Puts this manifest in place of the old one: a reader sees the one or the other, also after a crash.
    pub fn write(&self, folder: &Path) -> Result<(), ManifestError> {
        let path = folder.join(NAME);
        let failed = |source| ManifestError::Io {
            doing: "write",
            path: path.clone(),
            source,
        };
        let text = self
            .print()
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let temporary = folder.join("tmp-manifest");
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temporary, &path)?;
            sync_folder(folder)
        };
        write().map_err(failed)
    }
}

/// Makes names in a folder survive a crash.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_as_written_and_a_changed_one_is_refused() {
        let feed = FeedState {
            memory: Memory::of(&["cursor"]).unwrap(),
            ..FeedState::default()
        };
        let manifest = Manifest {
            generation: 7,
            feeds: BTreeMap::from([("osv".to_owned(), feed)]),
            ..Manifest::default()
        };
        let text = manifest.print().unwrap();
        let read = Manifest::parse(&text).unwrap();
        assert_eq!(
            read.feeds["osv"].memory.state(),
            Some(vec!["cursor".to_owned()])
        );
        assert_eq!(read.feeds["osv"].memory.state::<u64>(), None);
        assert_eq!(read, manifest);
        assert!(Manifest::parse(&text.replace('7', "8")).is_err());
        assert!(Manifest::parse(&text[..text.len() - 3]).is_err());
        assert!(Manifest::parse("").is_err());
    }
}
