//! One document of a provider, checked against its hash and its signature.

use patchward_advisory::format::csaf::provider::Listed;
use sha2::{Digest, Sha256, Sha512};

use super::signature::Keys;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Largest document, in bytes.
const DOCUMENT: u64 = 128 << 20;

/// Largest hash or signature file, in bytes.
const SMALL: u64 = 1 << 20;

/// Finds what a list names.
pub type Locate<'l> = &'l dyn Fn(&str) -> Result<Location, FeedError>;

/// Fetches a document; its bytes are what its hash file says, and are signed by one of `keys` where there are any.
pub fn fetch(
    run: &mut Run<'_>,
    location: &Location,
    listed: &Listed,
    keys: &Keys,
    locate: Locate<'_>,
) -> Result<Vec<u8>, FeedError> {
    let bytes = run.client.get(location, DOCUMENT)?.bytes()?;
    check_hash(run, location, listed, &bytes, locate)?;
    if keys.usable() {
        let place = match &listed.signature {
            Some(address) => locate(address)?,
            None => location.with_ending(".asc"),
        };
        let signature = run.client.get(&place, SMALL)?.bytes()?;
        keys.check(location, &bytes, &signature)?;
    }
    Ok(bytes)
}

/// A hash file holds the hash in hexadecimal up to the first space (section 7.1.18). Where a provider has none, TLS
/// is all there is.
fn check_hash(
    run: &mut Run<'_>,
    location: &Location,
    listed: &Listed,
    bytes: &[u8],
    locate: Locate<'_>,
) -> Result<(), FeedError> {
    let places = match &listed.hash {
        Some(address) => vec![locate(address)?],
        None => vec![
            location.with_ending(".sha512"),
            location.with_ending(".sha256"),
        ],
    };
    for place in places {
        let Fetched::Document(document) = run.client.fetch(&place, None, SMALL)? else {
            continue;
        };
        let text = String::from_utf8_lossy(&document.bytes()?).into_owned();
        let expected = text.split_whitespace().next().unwrap_or_default();
        let found = match expected.len() {
            128 => hex(&Sha512::digest(bytes)),
            _ => hex(&Sha256::digest(bytes)),
        };
        if !found.eq_ignore_ascii_case(expected) {
            let message = format!("its hash is {found}, and {place} says {expected:?}");
            return Err(FeedError::Read {
                url: location.to_string(),
                message,
            });
        }
        return Ok(());
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
