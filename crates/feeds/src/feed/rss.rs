//! RSS and Atom of security lists and vendors: posts that name CVE ids become signals.

use patchward_advisory::format::Format;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Largest document, in bytes.
const LIMIT: u64 = 32 << 20;

/// Takes the documents that have changed. Posts that have left a document stay: a list shows its newest only.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let mut failures = Vec::new();
    let urls = &run.config.rss_urls;
    for url in urls {
        let location = Location::parse(url);
        match run.changed_or_missing(&location, LIMIT) {
            Ok(Some(document)) => run.read("rss", url, &document.bytes()?, Format::Rss)?,
            Ok(None) => {}
            Err(error) => failures.push(error),
        }
    }
    run.finish("rss")?;
    match failures.len() == urls.len() {
        true if !failures.is_empty() => Err(failures.swap_remove(0)),
        _ => {
            failures
                .iter()
                .for_each(|error| run.problem(error.to_string()));
            Ok(())
        }
    }
}
