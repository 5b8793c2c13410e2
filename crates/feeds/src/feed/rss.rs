//! RSS and Atom of security lists and vendors: posts that name CVE ids become signals.

use patchward_advisory::format::Format;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Largest document, in bytes.
const LIMIT: u64 = 32 << 20;

/// Takes the documents that have changed. Posts that have left a document stay: a list shows its newest only.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    run.parts(&run.config.rss_urls, |run, url| {
        match run.changed_or_missing(&Location::parse(url), LIMIT)? {
            Some(document) => run.read("rss", &document, Format::Rss),
            None => Ok(()),
        }
    })
}
