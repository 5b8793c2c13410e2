//! Room on the disk, looked at before anything is fetched or unpacked.

use crate::PatchError;
use crate::below::Below;

/// Refuses when a folder's file system has less than `needed` bytes and `spare` more.
///
/// The nearest folder that is there is taken. A file system that does not tell its room is let pass: the package
/// manager will say so itself.
///
/// # Errors
/// [`PatchError::NoSpace`].
pub fn require(root: &Below, path: &str, needed: u64, spare: u64) -> Result<(), PatchError> {
    let mut folder = path;
    let free = loop {
        match root.free(folder) {
            Ok(free) => break free,
            Err(_) if folder.len() > 1 => {
                folder = match folder.rsplit_once('/') {
                    Some((up, _)) if !up.is_empty() => up,
                    _ => "/",
                };
            }
            Err(_) => return Ok(()),
        }
    };
    let needed = needed.saturating_add(spare);
    if free < needed {
        return Err(PatchError::NoSpace {
            path: path.to_owned(),
            needed,
            free,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_refused_with_the_figures() {
        let folder = tempfile::tempdir().unwrap();
        let root = Below::open_root(folder.path()).unwrap();
        assert!(require(&root, "/not/yet/there", 1, 0).is_ok());
        let error = require(&root, "/var", u64::MAX - 1, 1).unwrap_err();
        assert!(matches!(error, PatchError::NoSpace { .. }));
    }
}
