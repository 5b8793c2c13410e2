//! Paths as they are seen from the working directory: what reads a report of code scanning or of a build server knows the
//! checkout, and nothing of our targets.

use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use patchward_protocol::inventory::AssetKind;
use patchward_protocol::report::TargetReport;

/// A path in a target.
pub fn path(target: &TargetReport, path: &str) -> String {
    seen_from(working_folder(), &folder_of(target).join(path))
}

/// The target itself: its path, or its name where it is not a path.
pub fn name(target: &TargetReport) -> String {
    match target.asset.kind {
        AssetKind::Host | AssetKind::Sbom => target.asset.name.clone(),
        _ => seen_from(working_folder(), Path::new(&target.asset.name)),
    }
}

/// What the paths of a target's components are relative to. Those of this machine and of an SBOM are not in a folder
/// that was named.
fn folder_of(target: &TargetReport) -> &Path {
    let name = Path::new(&target.asset.name);
    match target.asset.kind {
        AssetKind::Tree | AssetKind::Root => name,
        AssetKind::Lockfile => name.parent().unwrap_or(name),
        AssetKind::Host | AssetKind::Sbom => Path::new(""),
    }
}

fn working_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::current_dir().unwrap_or_default())
}

/// Relative to `folder` where it lies in it; else as it was given.
fn seen_from(folder: &Path, path: &Path) -> String {
    let given = without_dots(path);
    let whole = without_dots(&folder.join(&given));
    let seen = whole.strip_prefix(folder).unwrap_or(&given);
    match seen.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => seen.to_string_lossy().into_owned(),
    }
}

/// Without `.`, and without `..` where the folder before it is known.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(plain.components().next_back(), Some(Component::Normal(_))) =>
            {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::inventory::Asset;

    fn check(kind: AssetKind, name: &str, path: &str, expected: &str) {
        let target = TargetReport {
            asset: Asset {
                kind,
                name: name.into(),
            },
            ..TargetReport::default()
        };
        let path = folder_of(&target).join(path);
        assert_eq!(seen_from(Path::new("/home/me/shop"), &path), expected);
    }

    #[test]
    fn a_path_in_a_target_is_seen_from_the_working_directory() {
        use AssetKind::{Host, Lockfile, Root, Sbom, Tree};

        check(Tree, ".", "a/Cargo.lock", "a/Cargo.lock");
        check(
            Tree,
            "./services/api/",
            "Cargo.lock",
            "services/api/Cargo.lock",
        );
        check(Tree, "/home/me/shop/api", "Cargo.lock", "api/Cargo.lock");
        check(Tree, "../other", "Cargo.lock", "../other/Cargo.lock");
        check(Tree, "../shop/api", "Cargo.lock", "api/Cargo.lock");
        check(Tree, "/srv/x", "Cargo.lock", "/srv/x/Cargo.lock");
        check(Lockfile, "api/Cargo.lock", "Cargo.lock", "api/Cargo.lock");
        check(Lockfile, "Cargo.lock", "Cargo.lock", "Cargo.lock");
        check(
            Root,
            "image",
            "var/lib/dpkg/status",
            "image/var/lib/dpkg/status",
        );
        check(Host, "web1", "var/lib/dpkg/status", "var/lib/dpkg/status");
        check(Sbom, "sbom.json", "usr/lib/a.jar", "usr/lib/a.jar");
    }
}
