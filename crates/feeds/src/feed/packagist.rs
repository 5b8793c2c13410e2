//! Packagist's advisories: an API that tells what has changed since an instant.

use patchward_advisory::format::Format;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const URL: &str = "https://packagist.org";
const LABEL: &str = "packagist";

/// Takes everything at the first time, later what has changed since.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, "packagist", URL);
    let cursor = run.state.cursor.get("updatedSince").cloned();
    let since = cursor.clone().unwrap_or_else(|| "0".to_owned());
    let location = base
        .join("api/security-advisories/")?
        .with_query(&format!("updatedSince={since}"));
    let Some(document) = run.changed_or_missing(&location, LARGE)? else {
        return Ok(());
    };
    if cursor.is_none() {
        run.begin_full(LABEL)?;
    }
    run.read(
        LABEL,
        &location.to_string(),
        &document.bytes()?,
        Format::Packagist,
    )?;
    match cursor {
        None => run.end_full(LABEL)?,
        Some(_) => run.finish(LABEL)?,
    }
    run.state
        .cursor
        .insert("updatedSince".to_owned(), run.now.as_second().to_string());
    Ok(())
}
