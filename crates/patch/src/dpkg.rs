//! dpkg's database, read as it lies on the disk: packages, file lists, checksums, diversions, exclusions.

pub mod checksums;
pub mod control;
mod diversions;
mod exclude;
pub mod files;
pub mod output;
pub mod owners;
pub mod repack;
pub mod status;

use crate::below::Below;

/// dpkg's folder.
pub const ADMIN: &str = "/var/lib/dpkg";
/// The database of packages.
pub const STATUS: &str = "/var/lib/dpkg/status";
/// Largest database that is read, in bytes: a full desktop has 10 MB.
pub(crate) const MAX_STATUS: u64 = 256 << 20;
/// Largest list of files of one package, in bytes.
pub(crate) const MAX_LIST: u64 = 64 << 20;

/// The path of a file that dpkg keeps for a package: `nginx.list`, or `libssl3:amd64.list` where several
/// architectures may be installed side by side.
pub(crate) fn info_path(root: &Below, name: &str, arch: &str, kind: &str) -> Option<String> {
    [
        format!("{ADMIN}/info/{name}:{arch}.{kind}"),
        format!("{ADMIN}/info/{name}.{kind}"),
    ]
    .into_iter()
    .find(|path| root.place(path).is_some())
}
