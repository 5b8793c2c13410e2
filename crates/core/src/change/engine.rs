//! What every use case of a change is given: where, by whom, with which limits, and who listens.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use patchward_inventory::host::{self, Live};
use patchward_inventory::root::Root;
use patchward_inventory::target::{self, Options, TargetError};
use patchward_knowledge::Knowledge;
use patchward_ledger::Ledger;
use patchward_patch::command::UserCommands;
use patchward_patch::restart::RestartRules;
use patchward_patch::{ApplyOptions, Executor, Machine, detect, executor};
use patchward_protocol::inventory::Inventory;
use patchward_protocol::report::ScanReport;
use patchward_protocol::run::PlannedChecks;
use patchward_store::Store;

use super::error::ChangeError;
use super::event::Event;
use super::subject::Subject;
use crate::scan::{self, Criteria};

/// What every use case of a change is given.
pub struct Engine<'a> {
    /// What we know and did.
    pub store: &'a Store,
    /// The evidence.
    pub ledger: &'a Ledger,
    /// The folder that holds everything of ours; pre-images go below `runs` in it, the ledger lies in `ledger`.
    pub folder: PathBuf,
    /// What is changed.
    pub subject: Subject,
    /// How it is scanned.
    pub scanning: Scanning<'a>,
    /// Who asked for it.
    pub actor: String,
    /// The clock.
    pub clock: &'a (dyn Fn() -> Timestamp + Sync),
    /// Who listens.
    pub told: &'a (dyn Fn(&Event) + Sync),
    /// Set when the person wants it to stop: no step begins then until packages change; after that a run goes to its end.
    pub cancelled: &'a AtomicBool,
    /// Limits and the user's own rules.
    pub options: ChangeOptions,
}

/// How a machine is scanned.
pub struct Scanning<'a> {
    /// What is known; `None` when there is nothing yet: then only the package manager's own word is used.
    pub knowledge: Option<&'a Knowledge>,
    /// What counts, and how urgent it is.
    pub criteria: &'a Criteria,
    /// How its inventory is taken.
    pub inventory: Options,
}

/// Limits of runs, and the user's own rules.
#[derive(Debug, Clone, Default)]
pub struct ChangeOptions {
    /// The checks; without any, checks are proposed from what listens on the machine.
    pub checks: Option<PlannedChecks>,
    /// What is restarted, and how.
    pub restarts: RestartRules,
    /// How a transaction is applied, and what was agreed beside upgrades.
    pub apply: ApplyOptions,
    /// The user's own package manager, instead of the machine's.
    pub commands: Option<UserCommands>,
    /// Limits of clones.
    pub clones: CloneLimits,
}

/// Limits of a rehearsal's clones.
#[derive(Debug, Clone, PartialEq)]
pub struct CloneLimits {
    /// What each may write, in bytes.
    pub storage: u64,
    /// Where that goes; in memory when `None`.
    pub folder: Option<PathBuf>,
    /// Memory of each, in bytes.
    pub memory: u64,
    /// How long one may live.
    pub time: Duration,
    /// Where leases of clones lie.
    pub state: PathBuf,
    /// Paths that are not cloned: an empty folder is there instead.
    pub exclude: Vec<PathBuf>,
    /// How long a service may take to start.
    pub service_start: Duration,
}

/// Whether the package manager is asked for what it offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offers {
    Yes,
    No,
}

impl Default for CloneLimits {
    fn default() -> CloneLimits {
        CloneLimits {
            storage: 2 << 30,
            folder: None,
            memory: 2 << 30,
            time: Duration::from_secs(3600),
            state: PathBuf::from("/run/patchward/clones"),
            exclude: Vec::new(),
            service_start: Duration::from_secs(60),
        }
    }
}

impl Engine<'_> {
    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The executor of a machine.
    pub(super) fn executor(&self, machine: &dyn Machine) -> Result<Box<dyn Executor>, ChangeError> {
        if let Some(commands) = &self.options.commands {
            return Ok(Box::new(commands.clone()));
        }
        detect(machine)
            .and_then(executor)
            .ok_or_else(|| ChangeError::NoManager(machine.root().to_owned()))
    }

    /// Its inventory, as it is now; what the package manager offers only where that is asked for: it takes seconds.
    pub(super) fn inventory(&self, offers: Offers) -> Result<Inventory, ChangeError> {
        let mut options = self.scanning.inventory.clone();
        if offers == Offers::No {
            options.pending = None;
        }
        Ok(target::take(&self.subject.target(), &options)?)
    }

    /// Judges an inventory.
    pub(super) fn judge(&self, inventory: Inventory) -> ScanReport {
        let scanning = &self.scanning;
        scan::report(
            vec![inventory],
            scanning.knowledge,
            scanning.criteria,
            self.now(),
        )
    }
}

/// The packages and kernels below a root, such as a clone's, without language packages: these do not change by what the
/// operating system's package manager does, and looking for them walks everything.
pub(super) fn packages_below(root: &std::path::Path, name: &str) -> Result<Inventory, ChangeError> {
    let opened = Root::open(root).map_err(|error| {
        ChangeError::Scan(TargetError::Read {
            path: root.to_owned(),
            source: std::io::Error::other(error),
        })
    })?;
    Ok(host::inventory(&opened, Live::Root, name))
}
