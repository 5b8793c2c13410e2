//! EPSS: one document a day, and a month of history at the first time, so that a trend can be told at once.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use patchward_advisory::format::Format;

use crate::base;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

const LABEL: &str = "epss";

/// Largest day, in bytes (280,000 rows are about 3 MB compressed, 10 MB plain).
const LIMIT: u64 = 256 << 20;

/// Days of history that are fetched at the first time.
const HISTORY: i64 = 28;

/// Days between two points of that history.
const STEP: i64 = 7;

/// Takes the newest day if it has changed, and the days of the history that are not there yet. Days go in as they
/// passed, because a series grows at its end only.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::EPSS);
    sync_history(run, &base)?;
    let current = base.join("epss_scores-current.csv.gz")?;
    match run.changed_or_missing(&current, LIMIT)? {
        Some(document) => run.read(LABEL, &document, Format::Epss),
        None => Ok(()),
    }
}

fn sync_history(run: &mut Run<'_>, base: &Location) -> Result<(), FeedError> {
    let today = run.now.to_zoned(TimeZone::UTC).date();
    let first = today.saturating_sub(HISTORY.days());
    let cursor = run.state.cursor.get("history");
    let mut day = match cursor.and_then(|day| day.parse::<Date>().ok()) {
        Some(last) => last.saturating_add(STEP.days()).max(first),
        None => first,
    };
    while day < today {
        let location = base.join(&format!("epss_scores-{day}.csv.gz"))?;
        // A day that is missing (the store of the files answers 403 then) is a hole in the history, not a failure.
        match run.client.fetch(&location, None, LIMIT) {
            Ok(Fetched::Document(document)) => run.read(LABEL, &document, Format::Epss)?,
            Ok(_) | Err(FeedError::Answer { .. }) => {}
            Err(error) => return Err(error),
        }
        run.state
            .cursor
            .insert("history".to_owned(), day.to_string());
        day = day.saturating_add(STEP.days());
    }
    Ok(())
}
