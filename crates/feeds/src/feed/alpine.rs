//! Alpine's secdb: a document per branch and repository.

use jiff::tz::TimeZone;
use patchward_advisory::format::Format;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

const URL: &str = "https://secdb.alpinelinux.org";

/// Largest document, in bytes.
const LIMIT: u64 = 64 << 20;

/// Takes the documents that have changed. Branches have no index that machines can read, so every branch that can
/// exist is asked for: Alpine makes two a year, and v3.23 came at the end of 2025.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, "alpine", URL);
    let year = i32::from(run.now.to_zoned(TimeZone::UTC).year());
    let newest = (23 + 2 * (year - 2025)).max(23);
    let branches = (3..=newest)
        .map(|minor| format!("v3.{minor}"))
        .chain(["edge".to_owned()]);
    let mut found = false;
    for branch in branches {
        for repository in ["main", "community"] {
            let location = base.join(&format!("{branch}/{repository}.json"))?;
            let document = run.changed(&location, LIMIT)?;
            found |= document.is_some() || run.state.validators.contains_key(&location.to_string());
            if let Some(document) = document {
                let label = format!("alpine/{branch}/{repository}");
                run.begin_full(&label)?;
                run.read(
                    &label,
                    &location.to_string(),
                    &document.bytes()?,
                    Format::AlpineSecdb,
                )?;
                run.end_full(&label)?;
            }
        }
    }
    match found {
        true => Ok(()),
        false => Err(FeedError::Answer {
            url: base.to_string(),
            message: "no branch is there".to_owned(),
        }),
    }
}
