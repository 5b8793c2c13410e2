//! From the command line's targets to inventories.

use std::path::PathBuf;

use patchward_core::inventory::pending;
use patchward_core::inventory::target::{self, Forced, Options, Target};
use patchward_protocol::inventory::{Inventory, Location, Problem};

use crate::cli::scan::Inputs;
use crate::context::Context;

/// Most bytes of changelogs (or of packages that hold them) that one run downloads.
const CHANGELOGS: u64 = 256 << 20;

/// Takes the inventory of every target; this machine when none is named.
///
/// # Errors
/// When a target cannot be looked at and it is the only one; otherwise it becomes a problem of its own inventory, and
/// the others go on.
pub fn inventories(inputs: &Inputs, context: &Context) -> anyhow::Result<Vec<Inventory>> {
    let options = options(inputs, context);
    let places: Vec<Place> = inputs
        .root
        .iter()
        .map(|path| Place::Root(path.clone()))
        .chain(inputs.targets.iter().map(|path| Place::Path(path.clone())))
        .collect();
    if places.is_empty() {
        return Ok(vec![target::take(&Target::Host, &options)?]);
    }
    let alone = places.len() == 1;
    let mut inventories = Vec::new();
    for place in places {
        match place.inventory(inputs.kind, &options) {
            Ok(inventory) => inventories.push(inventory),
            Err(error) if alone => return Err(error.into()),
            Err(error) => inventories.push(unreadable(&place, &error)),
        }
    }
    Ok(inventories)
}

/// How an inventory is taken.
pub fn options(inputs: &Inputs, context: &Context) -> Options {
    Options {
        include_ignored: inputs.include_ignored,
        exclude: [
            context.settings.list("scan.exclude"),
            inputs.exclude.clone(),
        ]
        .concat(),
        languages: inputs.languages,
        pending: inputs.pending.then(|| pending(context)),
    }
}

/// Changelogs are kept, so that a second run asks for what is new only.
fn pending(context: &Context) -> pending::Options {
    pending::Options {
        changelogs: Some(pending::Changelogs {
            cache: context.data_dir().join("changelogs"),
            network: !context.settings.switch("offline"),
            limit: CHANGELOGS,
        }),
        ..pending::Options::default()
    }
}

enum Place {
    Root(PathBuf),
    Path(PathBuf),
}

impl Place {
    fn inventory(
        &self,
        kind: Option<Forced>,
        options: &Options,
    ) -> Result<Inventory, target::TargetError> {
        let target = match self {
            Place::Root(path) => Target::Root(path.clone()),
            Place::Path(path) => target::detect(path, kind)?,
        };
        target::take(&target, options)
    }

    fn path(&self) -> &PathBuf {
        match self {
            Place::Root(path) | Place::Path(path) => path,
        }
    }
}

fn unreadable(place: &Place, error: &target::TargetError) -> Inventory {
    let path = place.path().display().to_string();
    let mut inventory = Inventory::default();
    inventory.asset.name.clone_from(&path);
    inventory.problems.push(Problem {
        location: Location { path, line: None },
        message: error.reason(),
    });
    inventory
}
