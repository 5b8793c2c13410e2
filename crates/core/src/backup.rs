//! One file with what cannot be fetched again: store, ledger with its key, settings. Made while everything is used.
//!
//! The file is a plain tar archive with the layout of a data directory, so that `tar` alone restores it. The store is
//! copied first: each of its rows has an entry in the ledger that is copied after it. Of the ledger only entries and keys
//! are taken; the index is made again from them. What runs saved for going back and the knowledge base are not in it.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use patchward_store::StoreError;
use serde::Serialize;

use crate::data_folder::DataFolder;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("back {0} up: nothing was written down there yet")]
    Nothing(PathBuf),
    /// The store could not be copied.
    #[error(transparent)]
    Store(#[from] StoreError),
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
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// The name and version of the form.
    pub schema: &'static str,
    /// When it was made.
    pub made: Timestamp,
    /// Version of Patchward.
    pub tool_version: &'static str,
    /// The files in it.
    pub files: Vec<String>,
    /// Their size in bytes.
    pub bytes: u64,
}

/// Writes the backup of a data directory and of `settings` to `to`, mode 0600: it holds the ledger's key. The file is
/// complete or not there.
///
/// # Errors
/// When there is nothing to copy, `to` exists, or something cannot be read or written.
pub fn backup(
    data: &DataFolder,
    settings: &[PathBuf],
    to: &Path,
    now: Timestamp,
) -> Result<Contents, BackupError> {
    if !data.has_records() {
        return Err(BackupError::Nothing(data.path().to_owned()));
    }
    if to.exists() {
        return Err(failed("write", to)(io::ErrorKind::AlreadyExists.into()));
    }
    let (half, store) = (beside(to, "half"), beside(to, "store"));
    let _ = std::fs::remove_file(&store);
    let made = data
        .store()
        .and_then(|open| open.backup(&store))
        .map_err(BackupError::from)
        .and_then(|()| write(data, settings, &store, &half, now));
    let _ = std::fs::remove_file(&store);
    let renamed = made.and_then(|contents| {
        std::fs::rename(&half, to).map_err(failed("write", to))?;
        Ok(contents)
    });
    if renamed.is_err() {
        let _ = std::fs::remove_file(&half);
    }
    renamed
}

fn write(
    data: &DataFolder,
    settings: &[PathBuf],
    store: &Path,
    half: &Path,
    now: Timestamp,
) -> Result<Contents, BackupError> {
    let mut files = vec![("patchward.db".to_owned(), store.to_owned())];
    files.extend(ledger_files(data)?);
    for (number, path) in settings.iter().enumerate() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        files.push((format!("settings/{number}-{name}"), path.clone()));
    }
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(true).mode(0o600);
    let file = file.open(half).map_err(failed("write", half))?;
    let mut archive = tar::Builder::new(io::BufWriter::new(file));
    let mut contents = Contents {
        schema: "patchward.backup/1",
        made: now,
        tool_version: env!("CARGO_PKG_VERSION"),
        files: Vec::new(),
        bytes: 0,
    };
    for (name, path) in files {
        contents.bytes += append(&mut archive, &name, &path, now)?;
        contents.files.push(name);
    }
    let told = serde_json::to_vec_pretty(&contents).map_err(io::Error::from);
    let told = told.map_err(failed("write", half))?;
    let mut header = header(told.len() as u64, now);
    archive
        .append_data(&mut header, "backup.json", told.as_slice())
        .and_then(|()| archive.into_inner())
        .and_then(|mut out| {
            out.flush()?;
            out.get_ref().sync_all()
        })
        .map_err(failed("write", half))?;
    Ok(contents)
}

/// A file as long as it is now: what is appended meanwhile is not in it.
fn append<W: io::Write>(
    archive: &mut tar::Builder<W>,
    name: &str,
    path: &Path,
    now: Timestamp,
) -> Result<u64, BackupError> {
    let file = File::open(path).map_err(failed("read", path))?;
    let length = file.metadata().map_err(failed("read", path))?.len();
    let mut header = header(length, now);
    archive
        .append_data(&mut header, name, io::Read::take(file, length))
        .map_err(failed("read", path))?;
    Ok(length)
}

fn header(length: u64, now: Timestamp) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(length);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.as_second()).unwrap_or(0));
    header
}

fn ledger_files(data: &DataFolder) -> Result<Vec<(String, PathBuf)>, BackupError> {
    let folder = data.ledger_folder();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed("read", &folder))? {
        let entry = entry.map_err(failed("read", &folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_log = name.starts_with("entries-") && name.ends_with(".log");
        if is_log || matches!(name.as_str(), "key" | "key.pub") {
            files.push((format!("ledger/{name}"), entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    name.into()
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::File {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_ledger::Entry;
    use patchward_protocol::inventory::Asset;
    use patchward_store::Times;
    use std::os::unix::fs::PermissionsExt as _;

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn what_is_restored_has_the_same_store_and_a_ledger_that_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(&folder.path().join("data"));
        let store = data.store().unwrap();
        let ledger = data.ledger().unwrap();
        let shop = Asset {
            name: "shop".into(),
            ..Asset::default()
        };
        let asset = store.asset(&shop, Times::now(now())).unwrap();
        let entry = Entry {
            time: now(),
            kind: "step".into(),
            actor: "root".into(),
            subject: "shop".into(),
            body: serde_json::json!({}),
        };
        ledger.append(&entry).unwrap();
        let settings = folder.path().join("patchward.toml");
        std::fs::write(&settings, "offline = true\n").unwrap();

        let file = folder.path().join("backup.tar");
        // Both are still open and in use.
        let contents = backup(&data, &[settings], &file, now()).unwrap();
        assert!(
            contents
                .files
                .contains(&"settings/0-patchward.toml".to_owned())
        );
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(
            backup(&data, &[], &file, now()).is_err(),
            "never over another"
        );

        let back = DataFolder::at(&folder.path().join("back"));
        tar::Archive::new(File::open(&file).unwrap())
            .unpack(back.path())
            .unwrap();
        let again = back
            .store()
            .unwrap()
            .asset(&shop, Times::now(now()))
            .unwrap();
        assert_eq!(again, asset);
        assert_eq!(back.ledger().unwrap().append(&entry).unwrap(), 1);
        let seen = crate::evidence::verify(&back, None, &[]).unwrap();
        assert!(seen.is_intact(), "{:?}", seen.problems);
        assert_eq!(seen.size, 2);
    }

    #[test]
    fn nothing_is_left_behind_when_there_is_nothing_to_copy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.tar");
        let data = DataFolder::at(&folder.path().join("data"));
        assert!(matches!(
            backup(&data, &[], &file, now()),
            Err(BackupError::Nothing(_))
        ));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
