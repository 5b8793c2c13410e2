//! Checkpoints (C2SP tlog-checkpoint): `origin`, size and root of a log, as a signed note.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::note::{self, NoteError, SignerKey, VerifierKey};

/// What a log was at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The note that says so, signed. The key's name is the origin.
    #[must_use]
    pub fn sign(size: u64, root: Hash, key: &SignerKey) -> String {
        let origin = key.verifier().name();
        key.sign(&format!("{origin}\n{size}\n{}\n", STANDARD.encode(root.0)))
    }

    /// Opens a note that `key` signed.
    ///
    /// # Errors
    /// When it is not signed by `key`, is no checkpoint, or one of another log.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Checkpoint, NoteError> {
        let text = key.open(note)?;
        let checkpoint = Checkpoint::parse(text)?;
        match checkpoint.origin == key.name() {
            true => Ok(checkpoint),
            false => Err(NoteError::Form("it is a checkpoint of another log")),
        }
    }

    /// What a note says, whoever signed it: to be believed only where the root is compared.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn read_unverified(note: &str) -> Result<Checkpoint, NoteError> {
        Checkpoint::parse(note::split(note)?.0)
    }

    fn parse(text: &str) -> Result<Checkpoint, NoteError> {
        let read = || {
            let mut lines = text.split('\n');
            let origin = lines.next().filter(|origin| !origin.is_empty())?;
            let size = lines.next()?;
            let plain = size.bytes().all(|byte| byte.is_ascii_digit());
            if !plain || (size.starts_with('0') && size != "0") {
                return None;
            }
            Some(Checkpoint {
                origin: origin.to_owned(),
                size: size.parse().ok()?,
                root: Hash::from_bytes(&STANDARD.decode(lines.next()?).ok()?)?,
            })
        };
        read().ok_or(NoteError::Form("it is no checkpoint"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::empty_root;

    #[test]
    fn a_checkpoint_is_a_note_of_three_lines_and_reads_back() {
        let key = SignerKey::generate(Some("log.example/1")).unwrap();
        let note = Checkpoint::sign(7, empty_root(), &key);
        assert!(note.starts_with(
            "log.example/1\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log.example/1 "
        ));
        let checkpoint = Checkpoint::open(&note, key.verifier()).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (7, empty_root()));
    }

    #[test]
    fn a_checkpoint_of_another_form_or_log_is_refused() {
        let key = SignerKey::generate(Some("log.example/1")).unwrap();
        for text in [
            "log.example/1\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            "log.example/1\n+7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            "log.example/1\n7\n47DEQpj8\n",
            "log.example/2\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            "log.example/1\n7\n",
        ] {
            assert!(Checkpoint::open(&key.sign(text), key.verifier()).is_err());
        }
    }
}
