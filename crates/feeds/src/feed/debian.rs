//! Debian: the security tracker's JSON, and the lists of DSAs and DLAs.

use patchward_advisory::format::Format;

use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

const TRACKER: &str = "https://security-tracker.debian.org";
const LISTS: &str =
    "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data";

/// Largest list, in bytes.
const LIST: u64 = 256 << 20;

/// Takes the tracker's whole state if it has changed. A mirror may hold it compressed.
pub fn sync_tracker(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, "debian", TRACKER);
    let plain = base.join("tracker/data/json")?;
    if run.config.mirror.is_some() {
        let packed = plain.with_ending(".gz");
        if let Some(document) = run.changed(&packed, crate::run::LARGE)? {
            run.begin_full("debian-tracker")?;
            run.read(
                "debian-tracker",
                &packed.to_string(),
                &document.bytes()?,
                Format::DebianTracker,
            )?;
            return run.end_full("debian-tracker");
        }
        if run.state.validators.contains_key(&packed.to_string()) {
            return Ok(());
        }
    }
    run.whole("debian-tracker", &plain, Format::DebianTracker)
}

/// Takes the lists that have changed.
pub fn sync_lists(run: &mut Run<'_>) -> Result<(), FeedError> {
    let folder = "debian/security-tracker-team/security-tracker/-/raw/master/data";
    let base = Location::base(run.config, folder, LISTS);
    for list in ["DSA", "DLA"] {
        let location = base.join(&format!("{list}/list"))?;
        let label = format!("debian-lists/{list}");
        if let Some(document) = run.changed_or_missing(&location, LIST)? {
            run.begin_full(&label)?;
            run.read(
                &label,
                &location.to_string(),
                &document.bytes()?,
                Format::DebianList,
            )?;
            run.end_full(&label)?;
        }
    }
    Ok(())
}
