//! Wordfence Intelligence v2: WordPress core, plugins and themes, in one document.

use patchward_advisory::format::Format;

use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Takes the document if it has changed.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::WORDPRESS);
    run.whole(
        "wordpress",
        &base.join("api/intelligence/v2/vulnerabilities/production")?,
        Format::WordPress,
    )
}
