//! Opens the knowledge base, and mends what can be mended: one that another version of Patchward made gets its version
//! keys anew, and a damaged one is thrown away, because feeds make it again.

use std::path::Path;

use jiff::Timestamp;
use patchward_knowledge::{Knowledge, OpenError, UpdateError, discard, merge};

/// Why the knowledge base cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MendError {
    /// It is damaged or cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Another version of Patchward made its version keys, and they cannot be made anew.
    #[error("make its version keys anew")]
    Keys(#[source] UpdateError),
}

/// Opens the knowledge base in `folder`; `None` when there is none yet. Version keys of another version of Patchward
/// are made anew first.
///
/// # Errors
/// When it is damaged, or cannot be read or written.
pub fn open(folder: &Path, now: Timestamp) -> Result<Option<Knowledge>, MendError> {
    match Knowledge::open(folder) {
        Ok(knowledge) => Ok(Some(knowledge)),
        Err(OpenError::Missing(_)) => Ok(None),
        Err(OpenError::ForeignKeys(_)) => merge(folder, now).map(Some).map_err(MendError::Keys),
        Err(error) => Err(error.into()),
    }
}

/// Throws the knowledge base in `folder` away if it is damaged, and tells what was wrong with it. A sound one is left
/// as it is.
///
/// # Errors
/// When another process updates it, or it cannot be removed.
pub fn discard_damaged(folder: &Path) -> Result<Option<String>, UpdateError> {
    let Some(damage) = damage(folder) else {
        return Ok(None);
    };
    discard(folder)?;
    Ok(Some(damage))
}

fn damage(folder: &Path) -> Option<String> {
    match Knowledge::open(folder) {
        Ok(knowledge) => knowledge.verify().err().map(|error| error.to_string()),
        Err(OpenError::Missing(_) | OpenError::ForeignKeys(_)) => None,
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use patchward_knowledge::Update;

    use super::*;

    #[test]
    fn only_a_damaged_knowledge_base_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(discard_damaged(folder.path()).unwrap(), None);
        assert!(
            open(folder.path(), Timestamp::UNIX_EPOCH)
                .unwrap()
                .is_none()
        );
        let update = Update::begin(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
        update.commit().unwrap();
        assert_eq!(discard_damaged(folder.path()).unwrap(), None);
        assert!(
            open(folder.path(), Timestamp::UNIX_EPOCH)
                .unwrap()
                .is_some()
        );
        std::fs::write(folder.path().join("MANIFEST"), "no manifest").unwrap();
        assert!(open(folder.path(), Timestamp::UNIX_EPOCH).is_err());
        let damage = discard_damaged(folder.path()).unwrap().unwrap();
        assert!(damage.contains("MANIFEST"), "{damage}");
        assert_eq!(discard_damaged(folder.path()).unwrap(), None);
    }
}
