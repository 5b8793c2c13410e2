//! Packagist's advisories: an API that tells what has changed since an instant.

use jiff::SignedDuration;
use patchward_advisory::format::Format;

use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const LABEL: &str = "packagist";

/// The next run asks from this long before this one: clocks differ, and answers are cached on their way.
const OVERLAP: SignedDuration = SignedDuration::from_hours(2);

/// Takes everything at the first time, later what has changed since.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::PACKAGIST);
    let cursor = run.state.cursor.get("updatedSince").cloned();
    let since = cursor.as_deref().unwrap_or("0");
    let location = base
        .join("api/security-advisories/")?
        .with_query(&format!("updatedSince={since}"));
    let Some(document) = run.changed_or_missing(&location, LARGE)? else {
        return Ok(());
    };
    match cursor {
        None => run.replace(LABEL, &document, Format::Packagist)?,
        Some(_) => run.read(LABEL, &document, Format::Packagist)?,
    }
    let next = (run.now - OVERLAP).as_second();
    run.state
        .cursor
        .insert("updatedSince".to_owned(), next.to_string());
    Ok(())
}
