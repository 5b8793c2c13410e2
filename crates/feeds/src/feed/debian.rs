//! Debian: the security tracker's JSON, and the lists of DSAs and DLAs.

use patchward_advisory::format::Format;

use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

/// Largest list, in bytes.
const LIST: u64 = 256 << 20;

/// Takes the tracker's whole state if it has changed. A mirror may hold it compressed.
pub fn sync_tracker(run: &mut Run<'_>) -> Result<(), FeedError> {
    const LABEL: &str = "debian-tracker";
    let base = Location::base(run.config, &base::DEBIAN_TRACKER);
    let plain = base.join("tracker/data/json")?;
    if run.config.is_replaced(&base::DEBIAN_TRACKER) {
        let packed = plain.with_ending(".gz");
        if let Some(document) = run.changed(&packed, LARGE)? {
            return run.replace(LABEL, &document, Format::DebianTracker);
        }
        if run.knows(&packed) {
            return Ok(());
        }
    }
    run.whole(LABEL, &plain, Format::DebianTracker)
}

/// Takes the lists that have changed.
pub fn sync_lists(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::DEBIAN_LISTS);
    run.parts(["DSA", "DLA"], |run, list| {
        let location = base.join(&format!("{list}/list"))?;
        match run.changed_or_missing(&location, LIST)? {
            Some(document) => run.replace(
                &format!("debian-lists/{list}"),
                &document,
                Format::DebianList,
            ),
            None => Ok(()),
        }
    })
}
