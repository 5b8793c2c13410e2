//! CSAF 2.0 providers: Red Hat, SUSE and CISA as presets, and any other by its domain (CSAF 2.0 section 7).
//!
//! A provider lists its documents in ROLIE feeds or in folders with `changes.csv`; presets also have an archive of
//! everything, which is the faster way at the first time. Each document is checked against its hash, and against its
//! OpenPGP signature where the provider names keys (by fingerprint, where it tells one) and `gpgv` is installed; so is an
//! archive. What lies in a folder of this machine (a mirror) is the user's own. Documents that `deletions.csv` names are gone.

mod directory;
mod discover;
mod document;
mod listing;
mod preset;
mod rolie;
mod signature;

use crate::credentials::stripped;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

use directory::Directory;
use preset::{PRESETS, Preset};
use signature::Keys;

/// Largest list, in bytes.
const LIST: u64 = 512 << 20;

enum Source<'c> {
    Preset(&'static Preset, &'static preset::Folder),
    Provider(&'c str),
}

/// Brings every preset and every configured provider up to date, each for itself.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let presets = PRESETS.iter().flat_map(|preset| {
        preset
            .folders
            .iter()
            .map(move |f| Source::Preset(preset, f))
    });
    let providers = run.config.csaf_providers.iter();
    let sources: Vec<_> = presets
        .chain(providers.map(|name| Source::Provider(name)))
        .collect();
    run.parts(sources, |run, source| match source {
        Source::Preset(preset, folder) => {
            let keys = preset.keys(run)?;
            preset.directory(run, folder)?.sync(run, &keys)
        }
        Source::Provider(name) => {
            // A provider found by TLS does not lead away from it.
            run.client.set_https_only(!name.starts_with("http://"));
            let synced = sync_provider(run, &stripped(name));
            run.client.set_https_only(false);
            synced
        }
    })
}

fn sync_provider(run: &mut Run<'_>, name: &str) -> Result<(), FeedError> {
    let provider = discover::provider(run, name)?;
    let keys = Keys::fetch(run, name, &provider.keys)?;
    // Feeds are preferred (section 7.1.20); only what everybody may read is asked for.
    let open = |label: &str| matches!(label, "WHITE" | "CLEAR" | "");
    let feeds: Vec<_> = provider
        .feeds
        .iter()
        .filter(|(_, label)| open(label))
        .map(|(url, _)| url)
        .collect();
    if feeds.is_empty() {
        return run.parts(&provider.directories, |run, url| {
            Directory {
                label: label(url),
                base: web(url)?,
                archive: None,
            }
            .sync(run, &keys)
        });
    }
    run.parts(feeds, |run, url| rolie::sync(run, &label(url), url, &keys))
}

/// The label of a list: its address.
fn label(url: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    format!("csaf/{}", place.trim_end_matches('/'))
}

/// An address that a provider gives: the web only, because a provider must not name files of this machine.
fn web(url: &str) -> Result<Location, FeedError> {
    match Location::parse(url) {
        web @ Location::Web(_) => Ok(web),
        Location::File(_) => Err(FeedError::Read {
            url: url.to_owned(),
            message: "a provider's addresses begin with https://".to_owned(),
        }),
    }
}
