//! CISA's catalogue of known exploited vulnerabilities: one document.

use patchward_advisory::format::Format;

use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Takes the catalogue if it has changed.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::KEV);
    run.whole(
        "kev",
        &base.join("known_exploited_vulnerabilities.json")?,
        Format::Kev,
    )
}
