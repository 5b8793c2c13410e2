//! What a roll-back came to.

use patchward_protocol::transaction::{
    Irreversible, PackageVersion, RolledBack, SavedPackage, SavedState,
};

use super::{Installed, MAX_LOG, Tool};
use crate::PatchError;
use crate::below::Below;
use crate::dpkg::files::describe;
use crate::error::last_words;
use crate::machine::{Command, Machine, millis};

pub fn is_restored(installed: &[Installed], saved: &SavedPackage) -> bool {
    installed
        .iter()
        .any(|one| one.name == saved.name && one.arch == saved.arch && one.version == saved.version)
}

pub fn run_back(
    machine: &dyn Machine,
    command: &Command,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    let outcome = machine.run(command)?;
    back.manager_millis += millis(outcome.duration);
    back.log.push_str(&outcome.log(MAX_LOG / 4));
    Ok(())
}

pub fn settle(installed: &[Installed], saved: &SavedState, root: &Below, back: &mut RolledBack) {
    for one in &saved.packages {
        if is_restored(installed, one) {
            back.restored.push(PackageVersion {
                name: one.name.clone(),
                version: one.version.clone(),
            });
        } else {
            back.failed.push(Irreversible {
                package: one.name.clone(),
                reason: format!("it is not {} again", one.version),
            });
        }
    }
    let differs = |path: &str, digest: &str| describe(root, path.to_owned()).digest != digest;
    back.files_different = saved
        .files
        .iter()
        .filter(|file| differs(&file.path, &file.digest))
        .map(|file| file.path.clone())
        .collect();
}

pub fn hold(
    tool: &impl Tool,
    machine: &dyn Machine,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    let names: Vec<String> = back.restored.iter().map(|one| one.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let reason = match tool.hold(&names) {
        None => format!("{} has no command that holds a package", tool.tool()),
        Some(command) => match machine.run(&command)? {
            outcome if outcome.success() => {
                back.held = names;
                return Ok(());
            }
            outcome => last_words(&outcome),
        },
    };
    back.failed.push(Irreversible {
        package: names.join(", "),
        reason: format!("it is back, but could not be held: {reason}"),
    });
    Ok(())
}
