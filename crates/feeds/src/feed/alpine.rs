//! Alpine's secdb: a document per branch and repository.

use jiff::tz::TimeZone;
use patchward_advisory::format::Format;

use crate::base;
use crate::client;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// Largest document, in bytes.
const LIMIT: u64 = 64 << 20;

/// Takes the documents that have changed. Branches have no index that machines can read, so every branch that can
/// exist is asked for: Alpine makes two a year, and v3.23 came at the end of 2025.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::ALPINE);
    let year = run.now.to_zoned(TimeZone::UTC).year();
    let newest = (23 + 2 * (year - 2025)).max(23);
    let branches = (3..=newest)
        .map(|minor| format!("v3.{minor}"))
        .chain(["edge".to_owned()]);
    let documents =
        branches.flat_map(|branch| ["main", "community"].map(|name| format!("{branch}/{name}")));
    let mut found = false;
    run.parts(documents, |run, name| {
        let location = base.join(&format!("{name}.json"))?;
        if let Some(document) = run.changed(&location, LIMIT)? {
            run.replace(&format!("alpine/{name}"), &document, Format::AlpineSecdb)?;
        }
        found |= run.knows(&location);
        Ok(())
    })?;
    match found {
        true => Ok(()),
        false => Err(client::missing(&base)),
    }
}
