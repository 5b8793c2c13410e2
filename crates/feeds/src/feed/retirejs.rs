//! retire.js: JavaScript libraries that are served rather than installed, and npm packages.

use patchward_advisory::format::Format;

use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Largest document, in bytes.
const LIMIT: u64 = 64 << 20;

/// Takes the documents that have changed.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::RETIREJS);
    run.parts(["jsrepository", "npmrepository"], |run, name| {
        let location = base.join(&format!("{name}.json"))?;
        match run.changed_or_missing(&location, LIMIT)? {
            Some(document) => run.replace(&format!("retirejs/{name}"), &document, Format::RetireJs),
            None => Ok(()),
        }
    })
}
