//! What is changed: this machine, or an installed system below a directory.

use std::path::{Path, PathBuf};

use patchward_checks::Place;
use patchward_inventory::target::{self, Target};
use patchward_patch::{ChrootMachine, LocalMachine, Machine};
use patchward_protocol::inventory::{Asset, AssetKind};

use crate::prioritise::seen;

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    root: PathBuf,
}

impl Subject {
    /// This machine.
    #[must_use]
    pub fn this_machine() -> Subject {
        Subject { root: "/".into() }
    }

    /// The system below a directory: a mounted image, a container's root. Nothing of it runs.
    #[must_use]
    pub fn below(root: &Path) -> Subject {
        Subject {
            root: root.to_owned(),
        }
    }

    /// Its root directory, as seen from here.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether it is this machine, whose services run.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        self.root == Path::new("/")
    }

    /// The asset that it is in all records.
    #[must_use]
    pub fn asset(&self) -> Asset {
        match self.is_this_machine() {
            true => Asset {
                kind: AssetKind::Host,
                name: target::name_of_this_machine(),
            },
            false => seen::identity(&Asset {
                kind: AssetKind::Root,
                name: self.root.display().to_string(),
            }),
        }
    }

    pub(super) fn machine(&self) -> Box<dyn Machine> {
        match self.is_this_machine() {
            true => Box::new(LocalMachine),
            false => Box::new(ChrootMachine::new(&self.root)),
        }
    }

    pub(super) fn target(&self) -> Target {
        match self.is_this_machine() {
            true => Target::Host,
            false => Target::Root(self.root.clone()),
        }
    }

    /// Where its checks run; `None` where nothing runs that could be asked.
    pub(super) fn place(&self) -> Option<Place> {
        self.is_this_machine().then(Place::here)
    }
}
