//! One signed file that carries the knowledge base to machines without network.
//!
//! The file is a bundle of `patchward-knowledge` and, behind it, a trailer: magic, public key, Ed25519 signature
//! (RFC 8032) over `patchward data 1` and the SHA-256 of everything before the trailer. The words in front bind the
//! signature to its purpose: data keys are not code keys, and neither signs for the other.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use jiff::Timestamp;
use patchward_knowledge::bundle::{self as plain, BundleError};
use patchward_knowledge::{Knowledge, Manifest};
use sha2::{Digest, Sha256};

use crate::destination;

const MAGIC: &[u8; 8] = b"PWSIGN01";
const TRAILER: u64 = 8 + 32 + 64;
const PURPOSE: &[u8] = b"patchward data 1\n";
const SECRET: &str = "patchward-data-secret-1:";
const PUBLIC: &str = "patchward-data-key-1:";

/// Why a bundle cannot be written or taken.
#[derive(Debug, thiserror::Error)]
pub enum SignedBundleError {
    /// A file cannot be read or written.
    #[error("use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key file is not one.
    #[error("read the key {path}: expected one line that begins with {expected}")]
    Key {
        /// The file.
        path: PathBuf,
        /// How the line begins.
        expected: &'static str,
    },
    /// The bundle has no signature.
    #[error("trust {path}: it has no signature")]
    Unsigned {
        /// The file.
        path: PathBuf,
    },
    /// The bundle is signed by another key.
    #[error("trust {path}: it is signed by {signer}, not by the key that you trust")]
    Stranger {
        /// The file.
        path: PathBuf,
        /// The public key in it.
        signer: String,
    },
    /// The signature does not fit: the file was changed after it was signed.
    #[error("trust {path}: its signature does not fit its content")]
    Forged {
        /// The file.
        path: PathBuf,
    },
    /// The bundle is older than what is here.
    #[error(
        "take {path}: it is of {theirs}, older than what is here ({ours}); --allow-older takes it all the same"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// When the bundle was last updated.
        theirs: Timestamp,
        /// When the knowledge base here was.
        ours: Timestamp,
    },
    /// The random number generator failed.
    #[error("make a key")]
    Random,
    /// The bundle itself.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// Makes a key pair: `path` (secret, readable by its owner only) and `path.pub`; returns the public line.
///
/// # Errors
/// When a file exists already or cannot be written.
pub fn new_key(path: &Path) -> Result<String, SignedBundleError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| SignedBundleError::Random)?;
    let seed: Curve25519SeedBin<'_> = pair
        .seed()
        .and_then(|seed| seed.as_be_bytes())
        .map_err(|_| SignedBundleError::Random)?;
    let public = format!("{PUBLIC}{}", hex(pair.public_key().as_ref()));
    write_new(path, 0o600, &format!("{SECRET}{}\n", hex(seed.as_ref())))?;
    write_new(&public_path(path), 0o644, &format!("{public}\n"))?;
    Ok(public)
}

fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), SignedBundleError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        });
    written.map_err(|source| SignedBundleError::File {
        path: path.to_owned(),
        source,
    })
}

/// Writes the knowledge base in `folder` to `to`, signed by the secret key in `key`.
///
/// # Errors
/// When a file cannot be read or written, or the key is not one.
pub fn export(folder: &Path, to: &Path, key: &Path) -> Result<(), SignedBundleError> {
    let seed = read_key(key, SECRET)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SignedBundleError::Key {
        path: key.to_owned(),
        expected: SECRET,
    })?;
    let failed = |source| SignedBundleError::File {
        path: to.to_owned(),
        source,
    };
    let to = &destination::file(to).map_err(failed)?;
    let unsigned = to.with_extension("unsigned");
    let digest = plain::export(folder, &unsigned)?;
    let signature = pair.sign(&signed_bytes(&digest));
    let append = || {
        let mut file = OpenOptions::new().append(true).open(&unsigned)?;
        file.write_all(MAGIC)?;
        file.write_all(pair.public_key().as_ref())?;
        file.write_all(signature.as_ref())?;
        file.sync_all()?;
        std::fs::rename(&unsigned, to)
    };
    append().map_err(failed)
}

/// Takes the bundle as the newest generation of `folder`, if the public key in `trust` signed it and it is not older
/// than what is there.
///
/// # Errors
/// When it is not signed by that key, is older, or is damaged: what was there then stands.
pub fn import(
    bundle: &Path,
    folder: &Path,
    trust: &Path,
    allow_older: bool,
) -> Result<Knowledge, SignedBundleError> {
    check(bundle, &read_key(trust, PUBLIC)?)?;
    let theirs = plain::manifest(bundle)?.learnt;
    let ours = Manifest::read(folder)
        .map_err(BundleError::from)?
        .and_then(|manifest| manifest.learnt);
    if let (Some(theirs), Some(ours), false) = (theirs, ours, allow_older)
        && theirs < ours
    {
        return Err(SignedBundleError::Older {
            path: bundle.to_owned(),
            theirs,
            ours,
        });
    }
    Ok(plain::import(bundle, folder)?)
}

/// Checks the trailer of a bundle against one public key.
fn check(bundle: &Path, trusted: &[u8; 32]) -> Result<(), SignedBundleError> {
    let path = || bundle.to_owned();
    let failed = |source| SignedBundleError::File {
        path: path(),
        source,
    };
    let mut file = File::open(bundle).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let content = length
        .checked_sub(TRAILER)
        .ok_or_else(|| SignedBundleError::Unsigned { path: path() })?;
    let mut trailer = [0; TRAILER as usize];
    file.seek(SeekFrom::Start(content))
        .and_then(|_| file.read_exact(&mut trailer))
        .map_err(failed)?;
    let (magic, rest) = trailer.split_at(MAGIC.len());
    let (signer, signature) = rest.split_at(32);
    if magic != MAGIC {
        return Err(SignedBundleError::Unsigned { path: path() });
    }
    if signer != trusted {
        return Err(SignedBundleError::Stranger {
            path: path(),
            signer: hex(signer),
        });
    }
    file.rewind().map_err(failed)?;
    let mut hasher = Sha256::new();
    io::copy(&mut file.take(content), &mut HashWriter(&mut hasher)).map_err(failed)?;
    UnparsedPublicKey::new(&ED25519, trusted)
        .verify(&signed_bytes(&hasher.finalize()), signature)
        .map_err(|_| SignedBundleError::Forged { path: path() })
}

fn signed_bytes(digest: &[u8]) -> Vec<u8> {
    [PURPOSE, digest].concat()
}

struct HashWriter<'h>(&'h mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_key(path: &Path, expected: &'static str) -> Result<[u8; 32], SignedBundleError> {
    let wrong = || SignedBundleError::Key {
        path: path.to_owned(),
        expected,
    };
    let text = std::fs::read_to_string(path).map_err(|source| SignedBundleError::File {
        path: path.to_owned(),
        source,
    })?;
    let digits = text.trim().strip_prefix(expected).ok_or_else(wrong)?;
    let mut key = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return Err(wrong());
    }
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(key)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_knowledge::Update;

    const THEN: Timestamp = Timestamp::constant(1_700_000_000, 0);
    const LATER: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// A folder with a knowledge base of that age, a key, and a bundle of the former signed by the latter.
    fn signed(at: Timestamp) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        Update::begin(&folder.path().join("kb"), at)
            .unwrap()
            .commit()
            .unwrap();
        let (key, bundle) = (
            folder.path().join("data.key"),
            folder.path().join("kb.patchward"),
        );
        new_key(&key).unwrap();
        export(&folder.path().join("kb"), &bundle, &key).unwrap();
        (folder, bundle, public_path(&key))
    }

    #[test]
    fn a_signed_bundle_is_taken_by_who_trusts_its_key() {
        let (folder, bundle, public) = signed(THEN);
        let taken = import(&bundle, &folder.path().join("other"), &public, false).unwrap();
        assert_eq!(taken.manifest().learnt, Some(THEN));
    }

    #[test]
    fn a_strangers_a_forged_and_an_unsigned_bundle_are_refused() {
        let (folder, bundle, public) = signed(THEN);
        let other = folder.path().join("other.key");
        new_key(&other).unwrap();
        let target = folder.path().join("other");
        let refused = import(&bundle, &target, &public_path(&other), false);
        assert!(
            matches!(refused, Err(SignedBundleError::Stranger { .. })),
            "{refused:?}"
        );

        let mut bytes = std::fs::read(&bundle).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&bundle, &bytes).unwrap();
        let refused = import(&bundle, &target, &public, false);
        assert!(
            matches!(refused, Err(SignedBundleError::Forged { .. })),
            "{refused:?}"
        );

        std::fs::write(&bundle, &bytes[..bytes.len() - 104]).unwrap();
        let refused = import(&bundle, &target, &public, false);
        assert!(
            matches!(refused, Err(SignedBundleError::Unsigned { .. })),
            "{refused:?}"
        );
        assert!(!target.join("MANIFEST").exists());
    }

    #[test]
    fn an_older_bundle_is_taken_only_when_told() {
        let (folder, bundle, public) = signed(THEN);
        let target = folder.path().join("newer");
        Update::begin(&target, LATER).unwrap().commit().unwrap();
        let refused = import(&bundle, &target, &public, false);
        assert!(
            matches!(refused, Err(SignedBundleError::Older { .. })),
            "{refused:?}"
        );
        import(&bundle, &target, &public, true).unwrap();
    }

    #[test]
    fn the_secret_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, ..) = signed(THEN);
        let mode = std::fs::metadata(folder.path().join("data.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
