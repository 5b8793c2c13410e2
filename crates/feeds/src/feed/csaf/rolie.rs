//! A ROLIE feed of documents (CSAF 2.0 section 7.1.15, RFC 8322).

use patchward_advisory::format::csaf::provider;

use super::signature::Keys;
use super::{LIST, listing, web};
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Takes the documents of a feed that have changed since the last time.
pub fn sync(run: &mut Run<'_>, label: &str, url: &str, keys: &Keys) -> Result<(), FeedError> {
    let location = web(url)?;
    let Some(feed) = run.changed_or_missing(&location, LIST)? else {
        return Ok(());
    };
    let listed = listing::read(&feed, provider::rolie)?;
    listing::take(run, label, &location, listed, keys, &|address| {
        resolve(url, address)
    })
}

/// The address of a document. The standard wants whole addresses; one below the feed's own folder is understood too.
fn resolve(feed: &str, address: &str) -> Result<Location, FeedError> {
    match address.contains("://") {
        true => web(address),
        false => {
            let folder = feed.rsplit_once('/').map_or(feed, |(folder, _)| folder);
            web(folder)?.join(address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_names_documents_on_the_web_only() {
        let feed = "https://a.example/white/feed.json";
        let at = |address| resolve(feed, address).map(|location| location.to_string());
        assert_eq!(
            at("2024/x.json").unwrap(),
            "https://a.example/white/2024/x.json"
        );
        assert_eq!(
            at("https://b.example/x.json").unwrap(),
            "https://b.example/x.json"
        );
        for bad in [
            "file:///etc/passwd",
            "ftp://b.example/x",
            "../../x.json",
            "/etc/passwd",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
