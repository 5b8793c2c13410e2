//! The trait behind which each package manager stands.

use std::time::Duration;

use patchward_protocol::transaction::{
    Applied, Holder, PackageVersion, RolledBack, SavedState, Transaction, Verification,
};
use serde::{Deserialize, Serialize};

use crate::below::Below;
use crate::{Machine, PatchError, apk, apt, dnf, pacman, zypper};

/// What somebody wants: packages at versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The packages. All binary packages of a source package belong together: the caller names each.
    pub packages: Vec<PackageVersion>,
    /// Names that may be installed anew (a package of the list that is not installed is otherwise kept back).
    pub install: Vec<String>,
}

/// What was agreed beside upgrades. What a preview shows and nobody agreed to is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// New packages may come.
    pub installs: bool,
    /// Packages may go.
    pub removals: bool,
    /// Packages may go to lower versions.
    pub downgrades: bool,
}

/// What happens to a configuration file that both the machine and the package changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfPolicy {
    /// The machine's own stays; the package's lies beside it.
    #[default]
    Keep,
    /// The package's takes its place; the machine's own lies beside it.
    Replace,
}

/// How a transaction is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplyOptions {
    /// What was agreed.
    pub consent: Consent,
    /// Configuration files.
    pub conf_files: ConfPolicy,
    /// How long another process's lock is waited for.
    pub lock_wait: Duration,
    /// How long the package manager may take.
    pub timeout: Duration,
    /// Room that must stay free, in bytes.
    pub spare_bytes: u64,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions {
            consent: Consent::default(),
            conf_files: ConfPolicy::Keep,
            lock_wait: Duration::from_secs(120),
            timeout: Duration::from_secs(1800),
            spare_bytes: 64 << 20,
        }
    }
}

/// Drives one package manager on any [`Machine`].
///
/// The order is preview, save, download, apply, verify; roll_back needs the transaction and what `save` made. Each may
/// be called again without harm; `apply` looks again before it acts and refuses what was not agreed.
pub trait Executor: Send + Sync {
    /// The package manager's name.
    fn name(&self) -> &'static str;

    /// The exact transaction that a request comes to. Changes nothing and takes no lock.
    ///
    /// # Errors
    /// When the package manager cannot be asked, or it refuses the request.
    fn preview(&self, machine: &dyn Machine, request: &Request) -> Result<Transaction, PatchError>;

    /// Makes what roll-back needs: old package files, digests, holds. Before the change window.
    ///
    /// # Errors
    /// When the machine's files cannot be read or written. A package that cannot be saved is no error: it stands in
    /// the transaction's `irreversible`, and without a file in the saved state.
    fn save(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<SavedState, PatchError>;

    /// Fetches the new package files. Before the change window; the only step that needs the network.
    ///
    /// # Errors
    /// When the disk is too small, a repository fails, or a file is not the one that the index names.
    fn download(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<(), PatchError>;

    /// Does what was agreed, if that is still what would happen.
    ///
    /// # Errors
    /// Before anything changed. What goes wrong afterwards is in [`Applied::failure`].
    fn apply(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<Applied, PatchError>;

    /// Whether versions and files are as the transaction wants them. Believes the package database and the disk, not
    /// what the package manager said.
    ///
    /// # Errors
    /// When the machine cannot be looked at.
    fn verify(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<Verification, PatchError>;

    /// Brings the old versions back by the packages' own scripts, then holds them.
    ///
    /// # Errors
    /// Before anything changed. What does not come back is in [`RolledBack::failed`]: the caller's pre-image is then
    /// the last resort.
    fn roll_back(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        saved: &SavedState,
        options: &ApplyOptions,
    ) -> Result<RolledBack, PatchError>;

    /// Finds what an interrupted run left, and mends it; what was done, in words. Empty when all was well.
    ///
    /// # Errors
    /// When it cannot be mended.
    fn repair(
        &self,
        machine: &dyn Machine,
        options: &ApplyOptions,
    ) -> Result<Vec<String>, PatchError>;

    /// Who holds a lock of the package manager now.
    ///
    /// # Errors
    /// When the machine's root cannot be opened.
    fn holder(&self, machine: &dyn Machine) -> Result<Option<Holder>, PatchError>;
}

/// The executor of a name. The `command` executor needs the user's own lines: see [`crate::command`].
pub fn executor(name: &str) -> Option<Box<dyn Executor>> {
    Some(match name {
        "apt" => Box::new(apt::Apt::default()),
        "dnf" | "yum" => Box::new(dnf::Dnf::default()),
        "zypper" => Box::new(zypper::Zypper::default()),
        "apk" => Box::new(apk::Apk::default()),
        "pacman" => Box::new(pacman::Pacman::default()),
        _ => return None,
    })
}

/// The package manager of a machine, from the programs that it has.
pub fn detect(machine: &dyn Machine) -> Option<&'static str> {
    const SIGNS: [(&str, &str, &str); 6] = [
        ("apt", "/usr/bin/apt-get", "/var/lib/dpkg/status"),
        ("zypper", "/usr/bin/zypper", "/etc/zypp"),
        ("dnf", "/usr/bin/dnf", "/etc"),
        ("dnf", "/usr/bin/yum", "/etc"),
        ("apk", "/sbin/apk", "/lib/apk/db"),
        ("pacman", "/usr/bin/pacman", "/var/lib/pacman"),
    ];
    let root = Below::open_root(machine.root()).ok()?;
    SIGNS
        .iter()
        .find(|(_, program, database)| {
            root.target(program).is_some() && root.target(database).is_some()
        })
        .map(|(name, _, _)| *name)
}
