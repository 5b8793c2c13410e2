//! CSAF 2.0 providers: Red Hat, SUSE and CISA as presets, and any other by its domain (CSAF 2.0 section 7).
//!
//! A provider lists its documents in ROLIE feeds or in folders with `changes.csv`; presets also have an archive of
//! everything, which is the faster way at the first time. Each document is checked against its hash, and against its
//! OpenPGP signature where the provider names keys and `gpgv` is installed.

mod directory;
mod discover;
mod document;
mod preset;
mod signature;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

use directory::Directory;
use signature::Keys;

/// Largest list, in bytes.
const LIST: u64 = 512 << 20;

/// Brings every preset and every configured provider up to date. One that fails is told; the others go on.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let mut failures = Vec::new();
    let mut tries = 0;
    for preset in preset::PRESETS {
        for directory in preset.directories(run)? {
            tries += 1;
            collect(directory.sync(run, &Keys::default()), &mut failures)?;
        }
    }
    for provider in &run.config.csaf_providers {
        tries += 1;
        collect(sync_provider(run, provider), &mut failures)?;
    }
    match failures.len() == tries {
        true if tries > 0 => Err(failures.swap_remove(0)),
        _ => {
            failures
                .iter()
                .for_each(|error| run.problem(error.to_string()));
            Ok(())
        }
    }
}

/// Keeps what only this provider suffers from; a store that fails ends the run.
fn collect(synced: Result<(), FeedError>, failures: &mut Vec<FeedError>) -> Result<(), FeedError> {
    match synced {
        Err(error @ FeedError::Sink(_)) => Err(error),
        Err(error) => {
            failures.push(error);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn sync_provider(run: &mut Run<'_>, name: &str) -> Result<(), FeedError> {
    let provider = discover::provider(run, name)?;
    let keys = Keys::fetch(run, &provider.keys)?;
    if !provider.keys.is_empty() && !keys.usable() {
        run.problem(format!(
            "{name}: signatures are not checked, because gpgv is not installed"
        ));
    }
    // Feeds are preferred (section 7.1.20); only what everybody may read is asked for.
    let open = |label: &str| matches!(label, "WHITE" | "CLEAR" | "");
    let feeds: Vec<_> = provider
        .feeds
        .iter()
        .filter(|(_, label)| open(label))
        .collect();
    for (url, _) in &feeds {
        let label = format!("csaf/{name}/{}", url.rsplit('/').next().unwrap_or_default());
        directory::sync_rolie(run, &label, &web(url)?, &keys)?;
    }
    if feeds.is_empty() {
        for url in &provider.directories {
            let label = format!(
                "csaf/{name}/{}",
                url.trim_end_matches('/')
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
            );
            Directory {
                label,
                base: web(url)?,
                archive: None,
            }
            .sync(run, &keys)?;
        }
    }
    Ok(())
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
