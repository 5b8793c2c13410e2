//! CISA's catalogue of known exploited vulnerabilities: one document.

use patchward_advisory::format::Format;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

const URL: &str = "https://www.cisa.gov/sites/default/files/feeds";

/// Takes the catalogue if it has changed.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, "kev", URL);
    run.whole(
        "kev",
        &base.join("known_exploited_vulnerabilities.json")?,
        Format::Kev,
    )
}
