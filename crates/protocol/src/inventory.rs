//! An inventory: the components of an asset at an instant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The components of one asset at one instant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    /// What was looked at.
    pub asset: Asset,
    /// The distribution, where the asset has one.
    pub os: Option<OperatingSystem>,
    /// Kernels that are installed or run.
    pub kernels: Vec<Kernel>,
    /// Lockfiles, documents and package databases that were read, relative to the target.
    pub sources: Vec<String>,
    /// Every package found, in a stable order.
    pub components: Vec<Component>,
    /// Patches that the asset's own package manager offers.
    pub pending: Vec<PendingPatch>,
    /// What could not be read: with any of these the inventory is incomplete.
    pub problems: Vec<Problem>,
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asset {
    /// The kind of target.
    pub kind: AssetKind,
    /// Host name, path or document name, as the user would say it.
    pub name: String,
}

/// The kinds of target that a scan takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssetKind {
    /// This machine.
    #[default]
    Host,
    /// A mounted or unpacked system.
    Root,
    /// A source tree.
    Tree,
    /// One lockfile or manifest.
    Lockfile,
    /// An SBOM document.
    Sbom,
}

/// A distribution, from os-release(5) and its relatives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatingSystem {
    /// `ID`: `debian`, `ubuntu`, `rhel`, `alpine`.
    pub id: String,
    /// `VERSION_ID`, empty for a rolling release.
    pub version_id: String,
    /// `VERSION_CODENAME`, empty where there is none.
    pub codename: String,
    /// `PRETTY_NAME`.
    pub pretty_name: String,
    /// `ID_LIKE`, split.
    pub id_like: Vec<String>,
    /// `CPE_NAME`, where given.
    pub cpe: Option<String>,
    /// Support channels that the host subscribes to: `esm-infra`, `esm-apps`, `eus`, `fips`.
    pub channels: Vec<String>,
    /// The OSV ecosystem with its release (`Debian:12`, `Ubuntu:22.04:LTS`, `Alpine:v3.20`), where one is known.
    pub ecosystem: Option<String>,
}

/// A kernel of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kernel {
    /// `uname -r`, such as `6.1.0-18-amd64`.
    pub release: String,
    /// The package that owns the image, where one does.
    pub package: Option<String>,
    /// That package's version.
    pub version: Option<String>,
    /// It runs now.
    pub running: bool,
    /// It is the one that the next boot takes. Neither this nor `running` is an idle kernel.
    pub next: bool,
}

/// A package at a version, found in an asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Component {
    /// The package URL with version and qualifiers, in canonical form. Empty only when the source names no package type.
    pub purl: String,
    /// The name as the source writes it: `@scope/name`, `group:artifact`, `vendor/name`.
    pub name: String,
    /// The version as the source writes it; empty when the source names none.
    pub version: String,
    /// The source package of an operating system's binary package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePackage>,
    /// Architecture of a binary package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// RPM modularity label `name:stream:version:context`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Where it was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// Asked for by the project itself (true), brought by another package (false), or not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
    /// Used for development or tests only (true), at run time too (false), or not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub development: Option<bool>,
    /// The shortest path by which it came in, from a direct dependency down to its parent, as `name@version`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Who asks for it and for which versions, where the source tells; the first hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needed_by: Vec<Need>,
    /// The operating-system package that owns the files: the distribution's statement then counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The package manager holds it at this version.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// A running process has mapped its code. Never `false`: code that is not mapped now may be at any moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded: Option<bool>,
    /// Such a process listens on the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listening: Option<bool>,
    /// Such processes, by the name of their unit without `.service` (`nginx`), else of their program (`sshd`); the first
    /// twenty names. Each runs the old code until it starts again. Told only where every process could be read, which
    /// takes root.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loaded_by: Vec<String>,
    /// CPE names that the source gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cpes: Vec<String>,
    /// The package is its project's own root or a workspace member: not a dependency from outside.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// What else the format says and a user may ask for: `commit`, `license`, `status`, `groups`, `origin`, `vendor`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

/// That one package asks for another.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Need {
    /// Who asks, as `name@version`; empty for the project itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub package: String,
    /// Which versions it allows, in the ecosystem's own language (`^1.2`); `None` when the source does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
}

/// The source package that a binary package was built from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourcePackage {
    /// Name of the source package (Alpine: origin).
    pub name: String,
    /// Version of the source package, with epoch where it has one.
    pub version: String,
}

/// A place in a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    /// Path, relative to the target's root, with `/`; inside archives `outer.jar!/inner.jar`.
    pub path: String,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// The operating-system package that owns a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Name of the binary package.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A patch that the operating system's own package manager offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PendingPatch {
    /// `apt`, `dnf`.
    pub manager: String,
    /// Binary package.
    pub package: String,
    /// Source package.
    pub source: String,
    /// Architecture.
    pub arch: String,
    /// Installed version.
    pub installed: String,
    /// Version that the package manager would install.
    pub candidate: String,
    /// Where the candidate comes from: suite or repository ids.
    pub origins: Vec<String>,
    /// An origin is a security suite, or updateinfo calls it a security update.
    pub security: bool,
    /// CVE ids that the candidate's own changelog or updateinfo says it fixes.
    pub cves: Vec<String>,
    /// The publisher's advisory id, where the package manager names one.
    pub advisory: Option<String>,
    /// The package is held: the package manager will not install it unasked.
    pub held: bool,
    /// The update is phased and this host's turn has not come.
    pub phased: bool,
}

/// Something that could not be read; the rest went on.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// Where: path, and line where known.
    pub location: Location,
    /// What is wrong and what was expected.
    pub message: String,
}
