//! Configuration files before and after: kept, replaced, new, each with its difference.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{ConfFile, ConfOutcome};

use crate::below::{Below, Place};
use crate::diff;

/// Longest configuration file whose content is kept for comparison, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The configuration files of some packages at one time.
pub struct Snapshot {
    files: BTreeMap<String, Seen>,
    suffixes: &'static [&'static str],
}

struct Seen {
    package: String,
    content: Option<Vec<u8>>,
    left: Vec<Option<Place>>,
}

impl Snapshot {
    /// Looks at files (path and owning package). The suffixes are those under which the package manager leaves the
    /// version that is not in use.
    pub fn take(
        root: &Below,
        paths: BTreeMap<String, String>,
        suffixes: &'static [&'static str],
    ) -> Snapshot {
        let look = |(path, package): (String, String)| {
            let left = |suffix: &&str| root.place(&format!("{path}{suffix}"));
            let seen = Seen {
                package,
                content: root.read(&path, MAX_FILE).ok(),
                left: suffixes.iter().map(left).collect(),
            };
            (path, seen)
        };
        Snapshot {
            files: paths.into_iter().map(look).collect(),
            suffixes,
        }
    }

    /// What became of each since; `paths` are those of the packages as they are now.
    pub fn compare(&self, root: &Below, paths: BTreeMap<String, String>) -> Vec<ConfFile> {
        let now = Snapshot::take(root, paths, self.suffixes);
        let mut all: Vec<ConfFile> = now
            .files
            .iter()
            .filter_map(|(path, after)| self.judge(root, path, after))
            .collect();
        let gone = self.files.iter().filter(|(path, before)| {
            before.content.is_some() && !now.files.contains_key(*path) && root.place(path).is_none()
        });
        all.extend(gone.map(|(path, before)| ConfFile {
            package: before.package.clone(),
            path: path.clone(),
            outcome: ConfOutcome::Removed,
            ..ConfFile::default()
        }));
        all
    }

    fn judge(&self, root: &Below, path: &str, after: &Seen) -> Option<ConfFile> {
        let before = self.files.get(path);
        let old = before.and_then(|before| before.content.as_deref());
        let other = self.other(path, before, after);
        let (outcome, (diff, cut)) = match (old, after.content.as_deref(), &other) {
            (Some(old), Some(new), _) if old != new => (
                ConfOutcome::Replaced,
                diff::unified((path, old), (path, new)),
            ),
            (Some(old), Some(_), Some(other)) => {
                let offered = root.read(other, MAX_FILE).unwrap_or_default();
                (
                    ConfOutcome::Kept,
                    diff::unified((path, old), (other, &offered)),
                )
            }
            (None, Some(new), _) => (
                ConfOutcome::New,
                diff::unified(("/dev/null", b""), (path, new)),
            ),
            _ => return None,
        };
        Some(ConfFile {
            package: after.package.clone(),
            path: path.to_owned(),
            outcome,
            diff,
            cut,
            other,
        })
    }

    /// The version that is not in use, when the package manager left one since.
    fn other(&self, path: &str, before: Option<&Seen>, after: &Seen) -> Option<String> {
        let was = |at: usize| before.and_then(|before| before.left.get(at).copied().flatten());
        let fresh = self.suffixes.iter().enumerate().find(|(at, _)| {
            let now = after.left.get(*at).copied().flatten();
            now.is_some() && now != was(*at)
        });
        fresh.map(|(_, suffix)| format!("{path}{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_replaced_new_and_removed_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let root = Below::open_root(folder.path()).unwrap();
        let list = |names: &[&str]| -> BTreeMap<String, String> {
            names
                .iter()
                .map(|name| (format!("/{name}"), "web".to_owned()))
                .collect()
        };
        for name in ["kept", "replaced", "same", "gone"] {
            put(name, "one\n");
        }
        let before = Snapshot::take(
            &root,
            list(&["kept", "replaced", "same", "gone"]),
            &[".new"],
        );
        put("kept.new", "two\n");
        put("replaced", "three\n");
        put("new", "four\n");
        std::fs::remove_file(folder.path().join("gone")).unwrap();
        let found = before.compare(&root, list(&["kept", "new", "replaced", "same"]));
        let tell: Vec<(&str, ConfOutcome)> = found
            .iter()
            .map(|one| (one.path.as_str(), one.outcome))
            .collect();
        assert_eq!(
            tell,
            [
                ("/kept", ConfOutcome::Kept),
                ("/new", ConfOutcome::New),
                ("/replaced", ConfOutcome::Replaced),
                ("/gone", ConfOutcome::Removed),
            ]
        );
        assert_eq!(found[0].other.as_deref(), Some("/kept.new"));
        assert!(found[0].diff.contains("-one") && found[0].diff.contains("+two"));
    }
}
