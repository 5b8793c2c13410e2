//! Processes that still run old code, the services that they belong to, and what only a reboot renews.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use patchward_protocol::restart::{Service, StaleFile, StaleProcess};

use crate::below::Below;
use crate::dpkg::owners;
use crate::machine::Machine;

mod action;
pub mod maps;
mod order;
mod processes;
mod reboot;
mod services;

pub use action::{RestartRules, plan, restart};
pub use reboot::{reboot_needed, reboot_reasons};

/// Processes of the machine that run code which was replaced or deleted since they started.
///
/// Files count that are mapped for execution, the program itself, and the script of an interpreter. A machine whose
/// processes do not outlive a command has none.
pub fn stale(machine: &dyn Machine) -> Vec<StaleProcess> {
    let Some(proc) = machine.proc() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for process in processes::all(proc) {
        let files = process.stale_files();
        if !files.is_empty() {
            found.push((process, files));
        }
    }
    let paths: BTreeSet<String> = found.iter().flat_map(|(_, files)| files.clone()).collect();
    let paths: Vec<String> = paths.into_iter().collect();
    let owners = match Below::open_root(machine.root()) {
        Ok(root) if !paths.is_empty() => owners::of_paths(&root, &paths),
        _ => BTreeMap::new(),
    };
    let file = |path: String| StaleFile {
        package: owners.get(&path).cloned(),
        path,
    };
    found
        .into_iter()
        .map(|(process, files)| StaleProcess {
            pid: process.pid,
            program: process.program(),
            service: services::of(machine.root(), &process),
            files: files.into_iter().map(file).collect(),
        })
        .collect()
}

/// Names of services whose processes map one of the paths for execution; paths without the `/usr` of merged systems.
pub fn services_using(machine: &dyn Machine, paths: &HashSet<String>) -> Vec<String> {
    let Some(proc) = machine.proc().filter(|_| !paths.is_empty()) else {
        return Vec::new();
    };
    let uses = |process: &processes::Process| {
        process
            .code()
            .iter()
            .any(|path| paths.contains(owners::unmerged(path)))
    };
    let services: BTreeSet<Service> = processes::all(proc)
        .into_iter()
        .filter(uses)
        .filter_map(|process| services::of(machine.root(), &process))
        .collect();
    services.into_iter().map(|service| service.name).collect()
}
