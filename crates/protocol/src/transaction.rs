//! A transaction of a package manager: what it will do, what roll-back needs, what it did, and the proof that it is in.

use serde::{Deserialize, Serialize};

use crate::restart::{RebootReason, StaleProcess};

/// The name and version of the schema; the number goes up when a reader of the old one would misread the new.
pub const TRANSACTION_SCHEMA: &str = "patchward.transaction/1";

/// A package that somebody wants at a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageVersion {
    /// Binary package, with `:arch` where the package manager needs it to tell two apart.
    pub name: String,
    /// Version, as the package manager writes it; empty for the one that it would choose.
    pub version: String,
}

/// The exact list of what a package manager will do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transaction {
    /// [`TRANSACTION_SCHEMA`].
    pub schema: String,
    /// `apt`, `dnf`, `zypper`, `apk`, `pacman`, `command`.
    pub manager: String,
    /// What was asked for.
    pub requested: Vec<PackageVersion>,
    /// What will change, by name and architecture.
    pub changes: Vec<PackageChange>,
    /// What was asked for and will not change, each with its reason.
    pub kept_back: Vec<KeptBack>,
    /// Bytes still to download.
    pub download_bytes: u64,
    /// Bytes that installed files will take more (or less) than now.
    pub disk_bytes: i64,
    /// Services whose processes use files that will be replaced.
    pub restarts: Vec<String>,
    /// Why a reboot will be needed, where it will.
    pub reboot: Vec<RebootReason>,
    /// What cannot be taken back, or only in part.
    pub irreversible: Vec<Irreversible>,
    /// An earlier run of the package manager was interrupted; it is mended before anything else.
    pub interrupted: bool,
    /// Digest of everything that the list was computed from; empty where that is not known. While it stays the same, the
    /// list does.
    pub fingerprint: String,
}

/// One package of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageChange {
    /// Binary package.
    pub name: String,
    /// Its architecture (`amd64`, `all`, `noarch`).
    pub arch: String,
    /// What happens to it.
    pub action: Action,
    /// Installed version; `None` for a new package.
    pub from: Option<String>,
    /// Version afterwards; `None` for one that goes.
    pub to: Option<String>,
    /// Where the new version comes from.
    pub origins: Vec<String>,
    /// An origin is a security suite, or updateinfo calls it a security update.
    pub security: bool,
    /// Size of the package file, in bytes; 0 when not known.
    pub download_bytes: u64,
    /// SHA-256 of the package file, in hex, where the index names it.
    pub sha256: Option<String>,
    /// Where the installed version can be had again.
    pub way_back: WayBack,
}

/// What happens to a package.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It comes to a higher version.
    #[default]
    Upgrade,
    /// It is new.
    Install,
    /// It goes to a lower version.
    Downgrade,
    /// The same version again.
    Reinstall,
    /// It goes.
    Remove,
}

/// Where the installed version of a package can be had again.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum WayBack {
    /// Nobody has it: only a pre-image or a snapshot brings it back.
    #[default]
    None,
    /// The package is new: it is removed again.
    Removal,
    /// A repository still has it.
    Archive,
    /// The package manager's cache has it.
    Cache,
    /// It is packed again from the installed files.
    Repack,
}

/// A package that was asked for and stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptBack {
    /// Binary package.
    pub name: String,
    /// Why.
    pub reason: KeptReason,
    /// In words: which pin, which hold, which version is there instead.
    pub detail: String,
}

/// Why a package stays as it is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum KeptReason {
    /// The user holds it.
    Held,
    /// A pin of the user chooses another version.
    Pinned,
    /// The publisher rolls it out step by step and this machine's turn has not come.
    Phased,
    /// It is at this version or past it.
    AlreadyThere,
    /// It is not installed; a patch installs nothing new unasked.
    NotInstalled,
    /// No repository has that version.
    #[default]
    NotAvailable,
}

/// A part of a transaction that roll-back does not bring back, or not wholly.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Irreversible {
    /// The package.
    pub package: String,
    /// What, and what to do about it.
    pub reason: String,
}

/// What roll-back needs; made before anything changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// The package manager.
    pub manager: String,
    /// The folder that holds the saved files, as seen inside the machine.
    pub folder: String,
    /// The packages as they are.
    pub packages: Vec<SavedPackage>,
    /// Packages that were held already.
    pub held: Vec<String>,
    /// Packages that were installed only because others need them.
    pub automatic: Vec<String>,
    /// Every file of the packages, as it is.
    pub files: Vec<SavedFile>,
    /// SHA-256 of the package manager's database: if it differs at roll-back, others changed packages since.
    pub database_digest: String,
}

/// A package as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedPackage {
    /// Binary package.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// Its version.
    pub version: String,
    /// Where its package file came from.
    pub way_back: WayBack,
    /// The package file, as seen inside the machine.
    pub file: Option<String>,
    /// SHA-256 of that file.
    pub sha256: Option<String>,
}

/// A file as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedFile {
    /// Path inside the machine, absolute.
    pub path: String,
    /// SHA-256 of its content; of the target for a symbolic link; empty where there was nothing.
    pub digest: String,
    /// Type and permission bits, as in `st_mode`.
    pub mode: u32,
}

/// A configuration file that a transaction touched or left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfFile {
    /// The package that owns it.
    pub package: String,
    /// Path inside the machine.
    pub path: String,
    /// What became of it.
    pub outcome: ConfOutcome,
    /// A unified diff: what the package offers (kept), or what changed (replaced). Empty for a binary file.
    pub diff: String,
    /// The diff was cut at its limit.
    pub cut: bool,
    /// The version that is not in use, where the package manager left one: `.dpkg-dist`, `.dpkg-old`, `.rpmnew`.
    pub other: Option<String>,
}

/// What became of a configuration file.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ConfOutcome {
    /// The machine's own version stays; the package offers another.
    #[default]
    Kept,
    /// The package's version took its place.
    Replaced,
    /// It was not there before.
    New,
    /// It is there no longer.
    Removed,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Applied {
    /// What the package database shows to have changed.
    pub changed: Vec<PackageChange>,
    /// Configuration files that were kept, replaced or are new.
    pub conf_files: Vec<ConfFile>,
    /// What was mended before.
    pub repaired: Vec<String>,
    /// What went wrong; `None` when the package manager and its database agree on success.
    pub failure: Option<ApplyFailure>,
    /// The package manager's own words, cut at a limit.
    pub log: String,
    /// Time of the package manager itself, in milliseconds.
    pub manager_millis: u64,
    /// Time of the whole step, in milliseconds.
    pub total_millis: u64,
}

/// Why a transaction did not come to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplyFailure {
    /// Packages that the package manager names.
    pub packages: Vec<String>,
    /// What it says, or where it and its database disagree.
    pub message: String,
    /// The package manager was cut because it took too long or flooded its output.
    pub cut: bool,
    /// The package manager reported success and its database shows something else.
    pub lied: bool,
}

/// Whether the packages of a transaction are in, as far as files and versions tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verification {
    /// Each package.
    pub packages: Vec<PackageProof>,
    /// Processes that still run old code.
    pub stale: Vec<StaleProcess>,
    /// Why a reboot is needed before the new code runs.
    pub reboot: Vec<RebootReason>,
    /// What is missing for "fixed", in words; empty when all is proved.
    pub missing: Vec<String>,
}

/// The evidence for one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageProof {
    /// Binary package.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// The version that was wanted; `None` for a package that goes.
    pub wanted: Option<String>,
    /// The version that the package database shows, when it calls the package wholly installed.
    pub found: Option<String>,
    /// The version is the wanted one or past it.
    pub at_or_past: bool,
    /// Files whose checksum was compared.
    pub files_checked: u64,
    /// Files that differ from the package's checksum.
    pub files_changed: Vec<String>,
    /// Files that are missing.
    pub files_missing: Vec<String>,
    /// Files that the machine's own rules exclude from installation: no failure.
    pub files_excluded: u64,
    /// Configuration files that the machine changed: no failure.
    pub conf_changed: Vec<String>,
}

/// What a roll-back did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RolledBack {
    /// Packages that are at their old version again.
    pub restored: Vec<PackageVersion>,
    /// Packages that were held so that the next automatic update does not undo the roll-back.
    pub held: Vec<String>,
    /// Files whose content or mode is not as it was.
    pub files_different: Vec<String>,
    /// Packages that are not as they were, and why: the pre-image is then the last resort.
    pub failed: Vec<Irreversible>,
    /// The package manager's own words, cut at a limit.
    pub log: String,
    /// Time of the package manager itself, in milliseconds.
    pub manager_millis: u64,
    /// Time of the whole step, in milliseconds.
    pub total_millis: u64,
}

/// Who holds a lock of the package manager.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holder {
    /// The lock, as a path inside the machine.
    pub lock: String,
    /// The process, where it can be seen from here.
    pub pid: Option<u32>,
    /// Its command line, or its name.
    pub command: String,
}
