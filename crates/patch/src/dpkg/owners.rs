//! Which package owns a path.

use std::collections::{BTreeMap, HashMap};

use super::{ADMIN, MAX_LIST};
use crate::below::Below;

/// The packages that own some paths, found in one pass over dpkg's lists.
///
/// On a system with merged `/usr` the same file is `/lib/x` in an old package and `/usr/lib/x` to the kernel; both
/// count.
pub fn of_paths(root: &Below, paths: &[String]) -> BTreeMap<String, String> {
    let wanted: HashMap<&str, &String> = paths.iter().map(|path| (unmerged(path), path)).collect();
    let mut owners = BTreeMap::new();
    if wanted.is_empty() {
        return owners;
    }
    for name in root.list(&format!("{ADMIN}/info")) {
        let Some(package) = name.strip_suffix(".list") else {
            continue;
        };
        let text = root.text(&format!("{ADMIN}/info/{name}"), MAX_LIST);
        for line in text.unwrap_or_default().lines() {
            if let Some(path) = wanted.get(unmerged(line)) {
                let bare = package.split(':').next().unwrap_or(package);
                owners.insert((*path).clone(), bare.to_owned());
            }
        }
        if owners.len() == wanted.len() {
            break;
        }
    }
    owners
}

/// A path without the `/usr` that merging put before it.
pub(crate) fn unmerged(path: &str) -> &str {
    let rest = path.strip_prefix("/usr").unwrap_or(path);
    let merged = ["/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/"];
    if merged.iter().any(|folder| rest.starts_with(folder)) {
        rest
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_path_is_owned_under_either_name() {
        let folder = tempfile::tempdir().unwrap();
        let info = folder.path().join("var/lib/dpkg/info");
        std::fs::create_dir_all(&info).unwrap();
        std::fs::write(info.join("libx:amd64.list"), "/.\n/lib\n/lib/libx.so.1\n").unwrap();
        std::fs::write(info.join("web.list"), "/usr/sbin/web\n/usr/share/web\n").unwrap();
        let root = Below::open_root(folder.path()).unwrap();
        let paths = ["/usr/lib/libx.so.1", "/usr/sbin/web", "/usr/share/other"].map(str::to_owned);
        let owners = of_paths(&root, &paths);
        assert_eq!(owners["/usr/lib/libx.so.1"], "libx");
        assert_eq!(owners["/usr/sbin/web"], "web");
        assert_eq!(owners.len(), 2);
    }
}
