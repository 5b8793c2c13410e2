//! The ledger for people: verify it, export it, prove one entry, and check on another machine what was handed out.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use patchward_ledger::{
    EntryProof, ExportError, LedgerError, NoteError, ProofError, Reader, Verification, VerifierKey,
};
use serde::Serialize;

use crate::data_folder::DataFolder;
use crate::destination;

/// A proof of one entry, or a checkpoint, is never longer, in bytes.
const LIMIT: u64 = 8 << 20;

/// Why evidence could not be read, made or believed.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The key that was given.
    #[error("use the key {text:?}: expected name+id+base64, as in the ledger's key.pub")]
    Key {
        /// What was given.
        text: String,
        /// The cause.
        source: NoteError,
    },
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The export proves nothing.
    #[error("believe {path}")]
    Export {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ExportError,
    },
    /// The proof proves nothing.
    #[error("believe {path}")]
    Proof {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ProofError,
    },
}

/// What a file that was handed out proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proved {
    /// The key that it was verified by.
    pub key: String,
    /// The key came with the file: whoever reads this must compare it with what they know.
    pub key_from_file: bool,
    /// Entries in the ledger at its checkpoint.
    pub size: u64,
    /// Its root hash, in hex.
    pub root: String,
    /// Entries that the file proves.
    pub entries: u64,
}

/// Verifies the ledger of a data directory, by `key` (else by the one that lies there), and against checkpoints that were
/// handed out before.
///
/// # Errors
/// When there is none, or something cannot be read. What is wrong with the content is in the result.
pub fn verify(
    data: &DataFolder,
    key: Option<&str>,
    checkpoints: &[PathBuf],
) -> Result<Verification, EvidenceError> {
    let key = key.map(parse).transpose()?;
    let read = checkpoints.iter().map(|path| text(path));
    let notes = read.collect::<Result<Vec<_>, _>>()?;
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    Ok(patchward_ledger::verify(
        &data.ledger_folder(),
        key.as_ref(),
        &notes,
    )?)
}

/// Verifies a file that was handed out: an export, or the proof of an entry.
///
/// # Errors
/// When it cannot be read, or proves nothing.
pub fn verify_file(path: &Path, key: Option<&str>) -> Result<Proved, EvidenceError> {
    let key = key.map(parse).transpose()?;
    let failed = file_error("read", path);
    let metadata = std::fs::metadata(path).map_err(&failed)?;
    if metadata.len() <= LIMIT
        && let Ok(proof) = serde_json::from_str::<EntryProof>(&text(path)?)
    {
        return proved(&proof, key, path);
    }
    let input = BufReader::new(File::open(path).map_err(&failed)?);
    let report = patchward_ledger::verify_export(input, key.as_ref(), |_, _| {});
    let report = report.map_err(|source| EvidenceError::Export {
        path: path.to_owned(),
        source,
    })?;
    Ok(Proved {
        key: report.key.to_string(),
        key_from_file: report.key_from_file,
        size: report.size,
        root: report.root.to_string(),
        entries: report.entries,
    })
}

fn proved(
    proof: &EntryProof,
    key: Option<VerifierKey>,
    path: &Path,
) -> Result<Proved, EvidenceError> {
    let key_from_file = key.is_none();
    let key = key.map_or_else(|| parse(&proof.key), Ok)?;
    let (_, checkpoint) = proof.verify(&key).map_err(|source| EvidenceError::Proof {
        path: path.to_owned(),
        source,
    })?;
    Ok(Proved {
        key: key.to_string(),
        key_from_file,
        size: checkpoint.size,
        root: checkpoint.root.to_string(),
        entries: 1,
    })
}

/// Writes entries (all of them when `range` is `None`) into one file that another machine verifies. The file is complete
/// or not there. Returns how many entries are in it.
///
/// # Errors
/// When there is no ledger, it is damaged, or the file cannot be written.
pub fn export(
    data: &DataFolder,
    range: Option<Range<u64>>,
    to: &Path,
) -> Result<u64, EvidenceError> {
    let reader = Reader::open(&data.ledger_folder())?;
    let range = range.unwrap_or(0..reader.size());
    let failed = file_error("write", to);
    let to = &destination::file(to).map_err(&failed)?;
    let half = half(to);
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(true).mode(0o600);
    let file = file.open(&half).map_err(&failed)?;
    let count = range.end.min(reader.size()).saturating_sub(range.start);
    let written = patchward_ledger::export(&reader, range, &file);
    let written = written.map_err(EvidenceError::from).and_then(|()| {
        file.sync_all()
            .and_then(|()| std::fs::rename(&half, to))
            .map_err(&failed)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&half);
    }
    written.map(|()| count)
}

/// The proof that an entry is in the ledger.
///
/// # Errors
/// When there is no such entry, or the ledger is damaged.
pub fn prove(data: &DataFolder, index: u64) -> Result<EntryProof, EvidenceError> {
    Ok(Reader::open(&data.ledger_folder())?.prove(index)?)
}

/// The newest signed checkpoint, to be handed out; `None` while there is no entry.
///
/// # Errors
/// When there is no ledger, or it is damaged.
pub fn checkpoint(data: &DataFolder) -> Result<Option<String>, EvidenceError> {
    let reader = Reader::open(&data.ledger_folder())?;
    Ok(reader.checkpoint().map(str::to_owned))
}

fn parse(text: &str) -> Result<VerifierKey, EvidenceError> {
    VerifierKey::parse(text).map_err(|source| EvidenceError::Key {
        text: text.to_owned(),
        source,
    })
}

fn text(path: &Path) -> Result<String, EvidenceError> {
    let failed = file_error("read", path);
    let mut text = String::new();
    let file = File::open(path).map_err(&failed)?;
    file.take(LIMIT)
        .read_to_string(&mut text)
        .map_err(&failed)?;
    Ok(text)
}

fn half(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".half");
    name.into()
}

fn file_error(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> EvidenceError {
    let path = path.to_owned();
    move |source| EvidenceError::File {
        doing,
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_ledger::Entry;
    use serde_json::json;

    fn filled(entries: u64) -> (tempfile::TempDir, DataFolder) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(folder.path());
        let ledger = data.ledger().unwrap();
        for number in 0..entries {
            let entry = Entry {
                time: "2026-01-02T03:04:05Z".parse().unwrap(),
                kind: "step".into(),
                actor: "root".into(),
                subject: "shop".into(),
                body: json!({ "number": number }),
            };
            ledger.append(&entry).unwrap();
        }
        (folder, data)
    }

    #[test]
    fn an_export_and_a_proof_are_believed_by_the_ledgers_key_and_no_other() {
        let (folder, data) = filled(5);
        let key = std::fs::read_to_string(data.ledger_folder().join("key.pub")).unwrap();
        let file = folder.path().join("part.jsonl");
        assert_eq!(export(&data, Some(1..4), &file).unwrap(), 3);
        let seen = verify_file(&file, Some(&key)).unwrap();
        assert_eq!((seen.entries, seen.size, seen.key_from_file), (3, 5, false));
        assert!(verify_file(&file, None).unwrap().key_from_file);

        let proof = folder.path().join("proof.json");
        let made = serde_json::to_string(&prove(&data, 2).unwrap()).unwrap();
        std::fs::write(&proof, made).unwrap();
        assert_eq!(verify_file(&proof, Some(&key)).unwrap().entries, 1);

        let (_other, others) = filled(1);
        let key = std::fs::read_to_string(others.ledger_folder().join("key.pub")).unwrap();
        assert!(verify_file(&file, Some(&key)).is_err());
        assert!(verify_file(&proof, Some(&key)).is_err());
    }

    #[test]
    fn a_changed_entry_is_found_and_a_file_of_something_else_proves_nothing() {
        let (folder, data) = filled(4);
        let file = data.ledger_folder().join("entries-000001.log");
        let mut bytes = std::fs::read(&file).unwrap();
        let at = bytes.windows(4).position(|four| four == b"shop").unwrap();
        bytes[at] = b'c';
        std::fs::write(&file, bytes).unwrap();
        assert!(!verify(&data, None, &[]).unwrap().is_intact());
        let other = folder.path().join("other.txt");
        std::fs::write(&other, "hello\n").unwrap();
        assert!(verify_file(&other, None).is_err());
    }

    #[test]
    fn a_checkpoint_that_was_handed_out_still_holds() {
        let (folder, data) = filled(3);
        let note = folder.path().join("checkpoint");
        std::fs::write(&note, checkpoint(&data).unwrap().unwrap()).unwrap();
        assert!(
            verify(&data, None, std::slice::from_ref(&note))
                .unwrap()
                .is_intact()
        );
        let (_other, others) = filled(3);
        assert!(!verify(&others, None, &[note]).unwrap().is_intact());
    }
}
