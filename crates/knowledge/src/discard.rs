//! Takes a damaged generation out of use, so that the next update begins from nothing.

use std::path::Path;

use crate::manifest::{NAME, sync_folder};
use crate::update::{UpdateError, lock};

/// Forgets the present generation of the knowledge base in `folder`. Its segments are swept by the next commit.
///
/// # Errors
/// When another process updates it, or the manifest cannot be removed.
pub fn discard(folder: &Path) -> Result<(), UpdateError> {
    let _lock = lock(folder)?;
    match std::fs::remove_file(folder.join(NAME)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.and_then(|()| sync_folder(folder)),
    }
    .map_err(|source| UpdateError::Write {
        folder: folder.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{Knowledge, OpenError, Update};

    #[test]
    fn what_is_discarded_is_gone_and_an_update_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let commit = || {
            Update::begin(folder.path(), Timestamp::UNIX_EPOCH)
                .unwrap()
                .commit()
        };
        commit().unwrap();
        std::fs::write(folder.path().join(NAME), "damaged").unwrap();
        assert!(Update::begin(folder.path(), Timestamp::UNIX_EPOCH).is_err());
        discard(folder.path()).unwrap();
        let opened = Knowledge::open(folder.path());
        assert!(matches!(opened, Err(OpenError::Missing(_))));
        discard(folder.path()).unwrap();
        commit().unwrap();
        Knowledge::open(folder.path()).unwrap();
    }

    #[test]
    fn an_update_under_way_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let _update = Update::begin(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
        assert!(matches!(discard(folder.path()), Err(UpdateError::Busy(_))));
    }
}
