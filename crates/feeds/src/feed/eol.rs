//! endoflife.date: all products in one document (API v1).

use patchward_advisory::format::Format;

use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Takes the document if it has changed.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::EOL);
    run.whole("eol", &base.join("api/v1/products/full")?, Format::Eol)
}
