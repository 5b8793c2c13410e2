//! OpenPGP signatures of documents, checked by `gpgv` (GnuPG's verifier, on nearly every server).
//!
//! An OpenPGP library in Rust would bring a second family of cryptography, part of it with open advisories of its
//! own; `gpgv` does one thing and takes a keyring of exactly the keys that the provider names.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::NamedTempFile;

use super::web;
use crate::client::Document;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Largest key, in bytes.
const KEY: u64 = 1 << 20;

/// The keys of a provider, ready for `gpgv`.
#[derive(Default)]
pub struct Keys {
    keyring: Option<NamedTempFile>,
    /// The fingerprints that the metadata names, upper case; empty where it leaves one out.
    fingerprints: Vec<String>,
}

impl Keys {
    /// Fetches the keys that a provider's metadata names. Without keys there is nothing to check with; without `gpgv`
    /// neither, which is told.
    pub fn fetch(
        run: &mut Run<'_>,
        provider: &str,
        keys: &[(String, String)],
    ) -> Result<Keys, FeedError> {
        if keys.is_empty() {
            return Ok(Keys::default());
        }
        if !installed() {
            run.problem(format!(
                "{provider}: signatures are not checked, because gpgv is not installed"
            ));
            return Ok(Keys::default());
        }
        let mut keyring = NamedTempFile::new().map_err(|e| failed("a keyring", &e))?;
        for (_, url) in keys {
            let bytes = run.client.get(&web(url)?, KEY)?.bytes()?;
            let key = unarmored(&bytes).ok_or_else(|| FeedError::Read {
                url: url.clone(),
                message: "expected an OpenPGP key".to_owned(),
            })?;
            keyring
                .write_all(&key)
                .map_err(|e| failed("a keyring", &e))?;
        }
        let named = keys.iter().map(|(fingerprint, _)| plain(fingerprint));
        let fingerprints: Vec<String> = named.collect();
        Ok(Keys {
            keyring: Some(keyring),
            fingerprints: match fingerprints.iter().any(String::is_empty) {
                true => Vec::new(),
                false => fingerprints,
            },
        })
    }

    /// Whether signatures can be checked.
    pub fn usable(&self) -> bool {
        self.keyring.is_some()
    }

    /// Checks the detached signature of an archive.
    pub fn check_archive(&self, archive: &Document, signature: &[u8]) -> Result<(), FeedError> {
        let Some(keyring) = &self.keyring else {
            return Ok(());
        };
        let detached = written("a signature", signature)?;
        let verifier = verifier(keyring)
            .arg(detached.path())
            .arg("-")
            .stdin(archive.file()?)
            .output();
        self.judge(archive.url(), verifier)
    }

    /// Checks the detached signature of a document.
    pub fn check(
        &self,
        location: &Location,
        content: &[u8],
        signature: &[u8],
    ) -> Result<(), FeedError> {
        let Some(keyring) = &self.keyring else {
            return Ok(());
        };
        let document = written("a document", content)?;
        let detached = written("a signature", signature)?;
        let verifier = verifier(keyring)
            .args([detached.path(), document.path()])
            .stdin(Stdio::null())
            .output();
        self.judge(&location.to_string(), verifier)
    }

    /// The signature is good, and of a key that has a fingerprint of the metadata: what lies at the key's address may
    /// have been replaced.
    fn judge(&self, url: &str, verifier: std::io::Result<Output>) -> Result<(), FeedError> {
        let output = verifier.map_err(|e| failed("gpgv", &e))?;
        let refused = |message| FeedError::Read {
            url: url.to_owned(),
            message,
        };
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let last = text.lines().last().unwrap_or_default();
            return Err(refused(format!("its signature is not good: {last}")));
        }
        let status = String::from_utf8_lossy(&output.stdout);
        let signers = signers(&status);
        let named = |signer: &&str| self.fingerprints.iter().any(|named| named == signer);
        match self.fingerprints.is_empty() || signers.iter().any(named) {
            true => Ok(()),
            false => Err(refused(format!(
                "its signature is of the key {}, and the provider's metadata names {}",
                signers.last().unwrap_or(&"?"),
                self.fingerprints.join(", ")
            ))),
        }
    }
}

/// The fingerprints of the keys of good signatures, and of the primary keys that they belong to, by the status lines
/// of GnuPG (`[GNUPG:] VALIDSIG <fingerprint> … <primary fingerprint>`).
fn signers(status: &str) -> Vec<&str> {
    let valid = status
        .lines()
        .filter_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG "));
    valid
        .flat_map(|line| {
            let mut words = line.split_whitespace();
            [words.next(), words.last()]
        })
        .flatten()
        .collect()
}

/// A fingerprint without the blanks that people put into it.
fn plain(fingerprint: &str) -> String {
    let digits = fingerprint.chars().filter(|c| !c.is_whitespace());
    digits.collect::<String>().to_ascii_uppercase()
}

fn verifier(keyring: &NamedTempFile) -> Command {
    let mut verifier = Command::new("gpgv");
    verifier.args(["--status-fd", "1", "--keyring"]);
    verifier.arg(keyring.path());
    verifier
}

fn written(what: &str, bytes: &[u8]) -> Result<NamedTempFile, FeedError> {
    let mut file = NamedTempFile::new().map_err(|e| failed(what, &e))?;
    file.write_all(bytes).map_err(|e| failed(what, &e))?;
    Ok(file)
}

fn installed() -> bool {
    let found = Command::new("gpgv")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

fn failed(what: &str, error: &std::io::Error) -> FeedError {
    FeedError::Read {
        url: what.to_owned(),
        message: error.to_string(),
    }
}

/// A key in binary form: ASCII armour (RFC 9580 section 6.2) is taken off.
fn unarmored(bytes: &[u8]) -> Option<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(bytes.to_vec());
    };
    let body = text.split("-----BEGIN PGP PUBLIC KEY BLOCK-----").nth(1)?;
    let body = body.split("-----END PGP PUBLIC KEY BLOCK-----").next()?;
    // Headers end at the first empty line; a line with `=` in front is the checksum.
    let lines = body
        .lines()
        .map(str::trim)
        .skip(1)
        .skip_while(|line| !line.is_empty());
    let data: String = lines
        .filter(|line| !line.is_empty())
        .take_while(|line| !line.starts_with('='))
        .collect();
    STANDARD.decode(data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_armour_is_refused_or_taken_off() {
        let seed = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\naGVs\nbG8=\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        patchward_test_support::mutate(&[seed], 2_000, |bytes| {
            let taken = unarmored(bytes).map_or(0, |key| key.len());
            assert!(taken <= bytes.len());
        });
    }

    #[test]
    fn a_good_signature_names_its_key_and_the_primary_key() {
        let status = "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG AB x\n[GNUPG:] VALIDSIG AABB 2026-01-01 1 0 4 0 22 8 00 CCDD\n";
        assert_eq!(signers(status), ["AABB", "CCDD"]);
        assert!(signers("[GNUPG:] BADSIG AB x\n").is_empty());
        assert_eq!(plain("aabb  ccdd"), "AABBCCDD");
    }

    #[test]
    fn armour_is_taken_off() {
        let armoured = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\naGVs\nbG8=\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        assert_eq!(
            unarmored(armoured.as_bytes()).as_deref(),
            Some(&b"hello"[..])
        );
        assert_eq!(unarmored(&[0x99, 0xff]).as_deref(), Some(&[0x99, 0xff][..]));
        assert_eq!(unarmored(b"<html>"), None);
    }
}
