//! Signed notes (C2SP signed-note) and the keys that sign and verify them: Ed25519, and nothing else is trusted.
//!
//! A note is text that ends with a newline, an empty line, and lines `— name base64(key id, signature)`. Signatures
//! of unknown keys are ignored; one bad signature of a known key rejects the note.

use std::fmt;

use aws_lc_rs::rand;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The byte that says Ed25519 in keys and key ids.
const ED25519_TYPE: u8 = 1;
/// Notes longer than this are refused, in bytes.
pub const LIMIT: usize = 64 << 10;
/// Signatures beyond this number refuse a note.
const SIGNATURES: usize = 100;

/// Why a key or a note cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text is no key of the form that is expected.
    #[error("the text is no {0} key of a signed note")]
    Key(&'static str),
    /// The text is no signed note.
    #[error("the text is no signed note: {0}")]
    Form(&'static str),
    /// A signature of the key is wrong.
    #[error("the signature of {0} is wrong")]
    BadSignature(String),
    /// No signature of the key.
    #[error("it is not signed by {0}")]
    NotSigned(String),
    /// The cryptographic library refused.
    #[error("the cryptographic library refused to {0}")]
    Crypto(&'static str),
}

/// A public key, written `name+id+base64(0x01, key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    public: [u8; 32],
}

/// A private key, written `PRIVATE+KEY+name+id+base64(0x01, seed)`. Never shown.
pub struct SignerKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', ED25519_TYPE]);
    hasher.update(public);
    let digest = hasher.finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

fn good_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 256 && !name.contains([' ', '+', '\n', '\t', '\r'])
}

/// The 32 bytes of `base64(0x01, bytes)`.
fn read_key_bytes(text: &str) -> Option<[u8; 32]> {
    match STANDARD.decode(text).ok()?.split_first()? {
        (&ED25519_TYPE, bytes) => bytes.try_into().ok(),
        _ => None,
    }
}

fn write_key_bytes(bytes: &[u8; 32]) -> String {
    let mut all = vec![ED25519_TYPE];
    all.extend_from_slice(bytes);
    STANDARD.encode(all)
}

impl VerifierKey {
    /// Reads `name+id+base64`.
    ///
    /// # Errors
    /// When it is no such text, or its id does not belong to its key.
    pub fn parse(text: &str) -> Result<VerifierKey, NoteError> {
        let read = || {
            let mut parts = text.trim_end().splitn(3, '+');
            let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
            let public = read_key_bytes(key)?;
            let key = VerifierKey::new(name, public)?;
            (hex(key.id) == id).then_some(key)
        };
        read().ok_or(NoteError::Key("public"))
    }

    fn new(name: &str, public: [u8; 32]) -> Option<VerifierKey> {
        good_name(name).then(|| VerifierKey {
            name: name.to_owned(),
            id: key_id(name, &public),
            public,
        })
    }

    /// The key's name; for a ledger it is its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key signed.
    ///
    /// # Errors
    /// When it is no note, or the key's signature is missing or wrong.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut signed = false;
        for (number, line) in signatures.lines().enumerate() {
            if number >= SIGNATURES {
                return Err(NoteError::Form("too many signatures"));
            }
            let (name, bytes) = signature_line(line)?;
            let Some((id, signature)) = bytes.split_at_checked(4) else {
                return Err(NoteError::Form("a signature is too short"));
            };
            if name != self.name || id != self.id {
                continue;
            }
            UnparsedPublicKey::new(&ED25519, self.public)
                .verify(text.as_bytes(), signature)
                .map_err(|_| NoteError::BadSignature(name.to_owned()))?;
            signed = true;
        }
        match signed {
            true => Ok(text),
            false => Err(NoteError::NotSigned(self.name.clone())),
        }
    }
}

/// Text (with its last newline) and signature lines.
pub(crate) fn split(note: &str) -> Result<(&str, &str), NoteError> {
    if note.len() > LIMIT {
        return Err(NoteError::Form("it is too long"));
    }
    let at = note
        .rfind("\n\n")
        .ok_or(NoteError::Form("there is no empty line before signatures"))?;
    let (text, signatures) = note.split_at(at + 1);
    let signatures = signatures.trim_start_matches('\n');
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(NoteError::Form("there is no whole signature line"));
    }
    let strange = |letter: char| letter < ' ' && letter != '\n';
    if text.contains(strange) {
        return Err(NoteError::Form("there are control characters in it"));
    }
    Ok((text, signatures))
}

fn signature_line(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let parts = line
        .strip_prefix("— ")
        .and_then(|rest| rest.split_once(' '));
    let (name, encoded) = parts.ok_or(NoteError::Form("a signature line has another form"))?;
    let bytes = STANDARD.decode(encoded);
    match bytes {
        Ok(bytes) if good_name(name) => Ok((name, bytes)),
        _ => Err(NoteError::Form("a signature line has another form")),
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = write_key_bytes(&self.public);
        write!(f, "{}+{}+{key}", self.name, hex(self.id))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl SignerKey {
    /// Makes a key from the machine's random numbers. `name` is made of the public key unless one is given.
    ///
    /// # Errors
    /// When there are no random numbers, or the name has spaces or `+`.
    pub fn generate(name: Option<&str>) -> Result<SignerKey, NoteError> {
        let mut seed = [0; 32];
        rand::fill(&mut seed).map_err(|_| NoteError::Crypto("give random numbers"))?;
        SignerKey::from_seed(name, seed)
    }

    fn from_seed(name: Option<&str>, seed: [u8; 32]) -> Result<SignerKey, NoteError> {
        let refused = NoteError::Crypto("take the key");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| refused.clone())?;
        let public: [u8; 32] = pair.public_key().as_ref().try_into().map_err(|_| refused)?;
        let own_name = || {
            let digest = Sha256::digest(public);
            let digits: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
            format!("patchward/ledger/{digits}")
        };
        let name = name.map_or_else(own_name, str::to_owned);
        let verifier = VerifierKey::new(&name, public).ok_or(NoteError::Key("private"))?;
        Ok(SignerKey {
            seed,
            pair,
            verifier,
        })
    }

    /// Reads `PRIVATE+KEY+name+id+base64`.
    ///
    /// # Errors
    /// When it is no such text, or its id does not belong to its key.
    pub fn parse(text: &str) -> Result<SignerKey, NoteError> {
        let read = || {
            let rest = text.trim_end().strip_prefix("PRIVATE+KEY+")?;
            let mut parts = rest.splitn(3, '+');
            let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
            let key = SignerKey::from_seed(Some(name), read_key_bytes(key)?).ok()?;
            (hex(key.verifier.id) == id).then_some(key)
        };
        read().ok_or(NoteError::Key("private"))
    }

    /// The text of the key. Secret.
    #[must_use]
    pub fn secret_text(&self) -> String {
        let id = hex(self.verifier.id);
        let seed = write_key_bytes(&self.seed);
        format!("PRIVATE+KEY+{}+{id}+{seed}\n", self.verifier.name)
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs `text`, which ends with a newline.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mut bytes = self.verifier.id.to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        let signature = STANDARD.encode(bytes);
        format!("{text}\n— {} {signature}\n", self.verifier.name)
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier)
    }
}

#[cfg(test)]
mod tests;
