//! What a change touches: the clone's changed files by owner, and which of them the pre-image may put back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use patchward_patch::Machine;
use patchward_patch::below::Below;
use patchward_patch::dpkg::owners;
use patchward_protocol::run::{BlastSummary, FileGroup};
use patchward_protocol::transaction::SavedState;
use patchward_rehearsal::{Area, BlastRadius, HostClone, Mark};

use super::error::chain;

/// Most paths that a summary lists; more are counted only.
const MOST_PATHS: usize = 20_000;

/// Reads what changed in a clone since a mark.
pub(super) fn read(
    clone: &HostClone,
    machine: &dyn Machine,
    mark: &Mark,
) -> Result<BlastSummary, String> {
    let radius = clone
        .blast_radius(mark, &|_| None)
        .map_err(|error| chain(&error))?;
    let paths: Vec<String> = radius
        .changes
        .iter()
        .map(|change| change.path.display().to_string())
        .collect();
    let owners = match Below::open_root(machine.root()) {
        Ok(root) => owners::of_paths(&root, &paths),
        Err(_) => BTreeMap::new(),
    };
    Ok(summary(&radius, &owners))
}

fn summary(radius: &BlastRadius, owners: &BTreeMap<String, String>) -> BlastSummary {
    let mut summary = BlastSummary {
        files: radius.changes.len() as u64,
        growth_bytes: radius.growth(),
        ..BlastSummary::default()
    };
    for change in &radius.changes {
        let path = change.path.display().to_string();
        let owner = owners.get(&path);
        let group = match owner {
            Some(owner) => summary.by_owner.entry(owner.clone()).or_default(),
            None => summary
                .unowned
                .entry(words(change.area).to_owned())
                .or_default(),
        };
        add(group, change.bytes_after);
        let room = summary.paths.len() < MOST_PATHS;
        if owner.is_none() && change.area == Area::System && room {
            summary.side_effects.push(path.clone());
        }
        if room && goes_into_the_pre_image(&change.path, change.area, owner.is_some()) {
            summary.paths.push(path);
        }
    }
    summary
}

fn add(group: &mut FileGroup, bytes: u64) {
    group.files += 1;
    group.bytes += bytes;
}

fn words(area: Area) -> &'static str {
    match area {
        Area::PackageDatabase => "package database",
        Area::Cache => "caches",
        Area::Log => "logs",
        Area::Temporary => "temporary files",
        Area::System => "system",
    }
}

/// Whether the pre-image may put a path back. Logs are never taken back, nor is data below `/var`, `/srv` and `/home` that
/// no package owns: a database that was restarted in the clone wrote to its files, and putting these back would destroy
/// what was stored since.
fn goes_into_the_pre_image(path: &Path, area: Area, owned: bool) -> bool {
    const DATA: [&str; 4] = ["/var", "/srv", "/home", "/root"];
    match area {
        Area::PackageDatabase => true,
        Area::Log | Area::Temporary => false,
        Area::Cache => path.starts_with("/etc") || owned,
        Area::System => owned || !DATA.iter().any(|data| path.starts_with(data)),
    }
}

/// What a pre-image holds where no rehearsal saw what changes: the packages' own files, and what the package manager
/// writes down of them.
pub(super) fn paths_of(root: &Path, saved: &SavedState) -> Vec<PathBuf> {
    const DATABASES: [&str; 3] = [
        "/var/lib/dpkg/status",
        "/var/lib/apt/extended_states",
        "/lib/apk/db/installed",
    ];
    const FOLDERS: [&str; 2] = ["/var/lib/rpm", "/usr/lib/sysimage/rpm"];
    let mut paths: Vec<PathBuf> = saved.files.iter().map(|file| (&file.path).into()).collect();
    let below = |path: &str| root.join(path.trim_start_matches('/'));
    let databases = DATABASES.iter().filter(|path| below(path).is_file());
    paths.extend(databases.map(PathBuf::from));
    let list = |folder: &str| {
        let entries = std::fs::read_dir(below(folder))
            .into_iter()
            .flatten()
            .flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect::<Vec<_>>()
    };
    for folder in FOLDERS {
        paths.extend(
            list(folder)
                .into_iter()
                .map(|name| Path::new(folder).join(name)),
        );
    }
    let info = "/var/lib/dpkg/info";
    let is_ours = |name: &String| {
        let package = name.split(['.', ':']).next().unwrap_or_default();
        saved.packages.iter().any(|one| {
            // A package's own name may hold a dot.
            one.name == package
                || name
                    .strip_prefix(&one.name)
                    .is_some_and(|rest| rest.starts_with(['.', ':']))
        })
    };
    paths.extend(
        list(info)
            .into_iter()
            .filter(is_ours)
            .map(|name| Path::new(info).join(name)),
    );
    paths
}

/// The paths of a summary.
pub(super) fn paths(summary: &BlastSummary) -> Vec<PathBuf> {
    summary.paths.iter().map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_logs_are_not_taken_back_by_a_pre_image() {
        let check = |path: &str, area, owned, expected| {
            let found = goes_into_the_pre_image(Path::new(path), area, owned);
            assert_eq!(found, expected, "{path}");
        };
        check("/var/lib/dpkg/status", Area::PackageDatabase, false, true);
        check(
            "/var/lib/postgresql/15/main/base/1",
            Area::System,
            false,
            false,
        );
        check("/var/log/nginx/access.log", Area::Log, false, false);
        check("/usr/lib/libssl.so.3", Area::System, true, true);
        check(
            "/etc/ssl/certs/made-by-a-script.pem",
            Area::System,
            false,
            true,
        );
        check("/etc/ld.so.cache", Area::Cache, false, true);
        check("/var/cache/debconf/config.dat", Area::Cache, false, false);
    }
}
