//! Package files that no roll-back needs any more.

use std::collections::BTreeSet;

use patchward_protocol::transaction::SavedState;

use super::{Apt, save};
use crate::PatchError;
use crate::below;
use crate::machine::Machine;

impl Apt {
    /// Removes fetched package files, and saved ones that none of these states names; returns how many went.
    ///
    /// Call it when no change is under way: the files of a transaction that was downloaded and not yet applied go too.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn forget(&self, machine: &dyn Machine, keep: &[SavedState]) -> Result<usize, PatchError> {
        let root = below::open(machine.root())?;
        let mut needed: BTreeSet<String> = BTreeSet::new();
        for state in keep {
            needed.extend(state.packages.iter().filter_map(|one| one.file.clone()));
            needed.extend(
                state
                    .files
                    .iter()
                    .map(|file| save::conf_copy(&state.folder, &file.digest)),
            );
        }
        let mut gone = 0;
        let conf = format!("{}/conf", self.old_files());
        for folder in [self.new_files(), self.old_files(), conf] {
            for name in root.list(&folder) {
                let path = format!("{folder}/{name}");
                let is_file = root.place(&path).is_some_and(|place| place.is_file());
                if !is_file || needed.contains(&path) {
                    continue;
                }
                root.remove(&path).map_err(|source| PatchError::File {
                    doing: "remove",
                    path: path.clone(),
                    source,
                })?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::ChrootMachine;
    use patchward_protocol::transaction::{SavedFile, SavedPackage};

    #[test]
    fn only_what_a_state_names_stays() {
        let folder = tempfile::tempdir().unwrap();
        let apt = Apt::default();
        let put = |path: &str| {
            let path = folder.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        let at = |name: &str| format!("{}/{name}", apt.folder);
        for name in [
            "new/a.deb",
            "old/a.deb",
            "old/b.deb",
            "old/conf/12",
            "old/conf/34",
        ] {
            put(&at(name));
        }
        let state = SavedState {
            folder: at("old"),
            packages: vec![SavedPackage {
                file: Some(at("old/b.deb")),
                ..SavedPackage::default()
            }],
            files: vec![SavedFile {
                digest: "34".into(),
                ..SavedFile::default()
            }],
            ..SavedState::default()
        };
        let machine = ChrootMachine::new(folder.path());
        assert_eq!(apt.forget(&machine, &[state]).unwrap(), 3);
        let there = |name: &str| {
            folder
                .path()
                .join(at(name).trim_start_matches('/'))
                .exists()
        };
        assert!(there("old/b.deb") && there("old/conf/34"));
        assert!(!there("old/a.deb") && !there("new/a.deb") && !there("old/conf/12"));
    }
}
