//! The ledger's key: `key` (private, mode 0600) and `key.pub` beside it. It signs checkpoints and nothing else.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::LedgerError;
use crate::note::{NoteError, SignerKey, VerifierKey};

fn private(folder: &Path) -> PathBuf {
    folder.join("key")
}

/// The file of the public key.
pub fn public(folder: &Path) -> PathBuf {
    folder.join("key.pub")
}

/// Reads the private key; makes it when `may_make`. The caller holds the lock.
pub fn open_or_make(folder: &Path, may_make: bool) -> Result<SignerKey, LedgerError> {
    let path = private(folder);
    let key = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !may_make {
                return Err(LedgerError::KeyMissing(path));
            }
            let key = SignerKey::generate(None).map_err(bad(&path))?;
            write_new(&path, &key.secret_text(), 0o600).map_err(LedgerError::io("write", &path))?;
            key
        }
        Err(error) => return Err(LedgerError::io("read", &path)(error)),
        Ok(facts) => {
            let mode = facts.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(LedgerError::KeyOpen { path, mode });
            }
            let text = fs::read_to_string(&path).map_err(LedgerError::io("read", &path))?;
            SignerKey::parse(&text).map_err(bad(&path))?
        }
    };
    let public = public(folder);
    let text = format!("{}\n", key.verifier());
    match fs::read_to_string(&public) {
        Ok(there) if there == text => {}
        Ok(_) if !may_make => {
            let source = NoteError::Form("it belongs to another private key");
            return Err(bad(&public)(source));
        }
        _ => write_new(&public, &text, 0o644).map_err(LedgerError::io("write", public))?,
    }
    Ok(key)
}

/// Reads the public key.
pub fn open_public(folder: &Path) -> Result<VerifierKey, LedgerError> {
    let path = public(folder);
    match fs::read_to_string(&path) {
        Ok(text) => VerifierKey::parse(&text).map_err(bad(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(LedgerError::Missing(folder.into()))
        }
        Err(error) => Err(LedgerError::io("read", path)(error)),
    }
}

fn bad(path: &Path) -> impl Fn(NoteError) -> LedgerError {
    let path = path.to_owned();
    move |source| LedgerError::Key {
        path: path.clone(),
        source,
    }
}

/// Writes a file so that it is there in whole or not at all.
fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let half = path.with_extension("new");
    let _ = fs::remove_file(&half);
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes names of files last.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
