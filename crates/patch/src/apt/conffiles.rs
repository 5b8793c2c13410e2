//! The configuration files of a transaction's packages: dpkg's and those that ucf manages.

use std::collections::BTreeMap;

use patchward_protocol::transaction::Transaction;

use super::installed;
use crate::below::Below;
use crate::dpkg::status::Status;

/// Names under which dpkg and ucf leave the version that is not in use.
pub const LEFT: &[&str] = &[
    ".dpkg-dist",
    ".dpkg-old",
    ".dpkg-new",
    ".ucf-dist",
    ".ucf-old",
];

/// Paths, each with its package.
pub fn paths(root: &Below, status: &Status, transaction: &Transaction) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    for package in installed(status, transaction) {
        for (path, _) in &package.conffiles {
            paths.insert(path.clone(), package.name.clone());
        }
    }
    let registry = root.text("/var/lib/ucf/registry", 1 << 20);
    for line in registry.unwrap_or_default().lines() {
        let mut words = line.split_whitespace();
        let (Some(package), Some(path)) = (words.next(), words.next()) else {
            continue;
        };
        let ours = transaction
            .changes
            .iter()
            .any(|change| change.name == package);
        if path.starts_with('/') && ours {
            paths.insert(path.to_owned(), package.to_owned());
        }
    }
    paths
}
