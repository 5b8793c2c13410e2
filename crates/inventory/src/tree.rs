//! The inventory of a source tree: every lockfile, every manifest without one, and SBOMs that lie in it.
//!
//! .gitignore is honoured (no other tool's files of this kind, and nobody's own), hidden folders are walked except version control's own, symbolic links are not followed.

mod locks;

use std::path::Path;

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;
use patchward_protocol::inventory::{Asset, AssetKind, Inventory, Problem};

use crate::lockfile::{self, Format};
use crate::parse::{Input, MAX_COMPONENTS, MAX_FILE, Parsed};
use crate::root::Root;
use crate::sbom;
use crate::target::{Options, TargetError, problem};
use locks::Locks;

/// Most files that a walk looks at.
const MAX_FILES: usize = 5_000_000;

/// Deepest folder that a walk goes into.
const MAX_DEPTH: usize = 100;

/// Endings by which an SBOM in a tree is known (CycloneDX and SPDX recommend them).
const SBOM_NAMES: [&str; 5] = [".cdx.json", ".cdx.xml", ".spdx.json", ".spdx", "bom.json"];

/// Takes the inventory of a tree.
///
/// # Errors
/// When a pattern to leave out is wrong.
pub fn inventory(path: &Path, root: &Root, options: &Options) -> Result<Inventory, TargetError> {
    let mut tree = Tree {
        root,
        inventory: Inventory::default(),
        locks: Locks::default(),
    };
    let (locks, manifests) = tree.walk(path, options)?;
    for found in &locks {
        tree.read(found);
    }
    for found in &manifests {
        tree.read(found);
    }
    let mut inventory = tree.inventory;
    inventory.asset = Asset {
        kind: AssetKind::Tree,
        name: path.display().to_string(),
    };
    Ok(inventory)
}

/// A file that somebody can read.
struct Found {
    path: String,
    reader: Reader,
}

#[derive(Clone, Copy)]
enum Reader {
    Lockfile(&'static Format),
    Sbom,
}

struct Tree<'r> {
    root: &'r Root,
    inventory: Inventory,
    locks: Locks,
}

impl Tree<'_> {
    /// Files to read: those with exact versions, and manifests.
    fn walk(
        &mut self,
        path: &Path,
        options: &Options,
    ) -> Result<(Vec<Found>, Vec<Found>), TargetError> {
        let mut locks = Vec::new();
        let mut manifests = Vec::new();
        for (count, entry) in walker(path, options)?.build().enumerate() {
            if count > MAX_FILES {
                let message = format!("more than {MAX_FILES} files: the rest was not looked at");
                self.inventory.problems.push(problem("", None, message));
                break;
            }
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    let relative = entry.path().strip_prefix(path).unwrap_or(entry.path());
                    let Some(found) = recognise(&relative.to_string_lossy()) else {
                        continue;
                    };
                    match found.reader {
                        Reader::Lockfile(format) if !format.exact => manifests.push(found),
                        _ => locks.push(found),
                    }
                }
                Ok(_) => {}
                Err(error) => self
                    .inventory
                    .problems
                    .push(problem("", None, error.to_string())),
            }
        }
        Ok((locks, manifests))
    }

    fn read(&mut self, found: &Found) {
        let path = &found.path;
        let bytes = match self.root.read(path, MAX_FILE) {
            Ok(bytes) => bytes,
            Err(error) => {
                return self
                    .inventory
                    .problems
                    .push(problem(path, None, error.reason()));
            }
        };
        let parsed = match found.reader {
            Reader::Sbom => sbom::read(path, &bytes).map(|sbom| Parsed {
                components: sbom.components,
                problems: sbom.problems,
            }),
            Reader::Lockfile(format) => {
                let open = |path: &str| self.root.read(path, MAX_FILE).ok();
                format.read(&Input {
                    path,
                    bytes: &bytes,
                    open: &open,
                })
            }
        };
        match parsed {
            Ok(parsed) => self.take(found, parsed),
            Err(error) => self
                .inventory
                .problems
                .push(problem(path, error.line, error.message)),
        }
    }

    fn take(&mut self, found: &Found, mut parsed: Parsed) {
        let folder = found.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Reader::Lockfile(format) = found.reader {
            match format.exact {
                true => self.locks.add(folder, &parsed.components),
                false => match self.locks.left_of(folder, parsed.components) {
                    Some(left) => parsed.components = left,
                    None => return,
                },
            }
        }
        let left = MAX_COMPONENTS.saturating_sub(self.inventory.components.len());
        if parsed.components.len() > left {
            let message =
                format!("more than {MAX_COMPONENTS} components in one tree: the rest was left out");
            self.inventory
                .problems
                .push(problem(&found.path, None, message));
        }
        self.inventory.sources.push(found.path.clone());
        self.inventory
            .components
            .extend(parsed.components.into_iter().take(left));
        let located = |problem: Problem| match problem.location.path.is_empty() {
            true => crate::target::problem(&found.path, problem.location.line, problem.message),
            false => problem,
        };
        self.inventory
            .problems
            .extend(parsed.problems.into_iter().map(located));
    }
}

fn walker(path: &Path, options: &Options) -> Result<WalkBuilder, TargetError> {
    let mut overrides = OverrideBuilder::new(path);
    for pattern in options
        .exclude
        .iter()
        .chain([".git", ".hg", ".svn", ".jj"].map(str::to_owned).iter())
    {
        overrides
            .add(&format!("!{pattern}"))
            .map_err(|error| TargetError::Exclude {
                pattern: pattern.clone(),
                message: error.to_string(),
            })?;
    }
    let overrides = overrides.build().map_err(|error| TargetError::Exclude {
        pattern: options.exclude.join(", "),
        message: error.to_string(),
    })?;
    let honoured = !options.include_ignored;
    let mut walker = WalkBuilder::new(path);
    walker
        .standard_filters(false)
        .git_ignore(honoured)
        .git_exclude(honoured)
        .parents(honoured && is_in_repository(path))
        .require_git(false)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        .overrides(overrides)
        .sort_by_file_name(|a, b| a.cmp(b));
    Ok(walker)
}

/// A .gitignore above the tree counts where it is of the same repository.
fn is_in_repository(path: &Path) -> bool {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.ancestors().any(|folder| folder.join(".git").exists())
}

fn recognise(path: &str) -> Option<Found> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let reader = match lockfile::format_of(name) {
        Some(format) => Reader::Lockfile(format),
        None if SBOM_NAMES.iter().any(|ending| name.ends_with(ending)) => Reader::Sbom,
        None => return None,
    };
    Some(Found {
        path: path.to_owned(),
        reader,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example/index\"\n";
    const MANIFEST: &str =
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\n[dependencies]\na = \"1\"\n";

    fn tree(files: &[(&str, &str)], options: &Options) -> Inventory {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        inventory(folder.path(), &Root::open(folder.path()).unwrap(), options).unwrap()
    }

    #[test]
    fn a_manifest_counts_only_where_no_lockfile_speaks_for_it() {
        let files = [
            ("Cargo.lock", LOCK),
            ("Cargo.toml", MANIFEST),
            ("member/Cargo.toml", MANIFEST),
        ];
        assert_eq!(tree(&files, &Options::default()).sources, ["Cargo.lock"]);
        assert_eq!(
            tree(&[("web/Cargo.toml", MANIFEST)], &Options::default()).sources,
            ["web/Cargo.toml"]
        );
    }

    #[test]
    fn a_lockfile_above_speaks_for_what_it_holds_only() {
        let npm = r#"{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"}}}"#;
        let uv = "version = 1\n\n[[package]]\nname = \"b\"\nversion = \"2.0\"\nsource = { registry = \"https://registry.example/simple\" }\n";
        let files = [
            ("package-lock.json", npm),
            ("uv.lock", uv),
            ("member/package.json", r#"{"dependencies":{"a":"^1"}}"#),
            (
                "other/package.json",
                r#"{"dependencies":{"a":"^1","c":"^3.1.0"}}"#,
            ),
            ("docs/requirements.txt", "b==2.0\n"),
            ("old/requirements.txt", "b==1.0\n"),
        ];
        let found = tree(&files, &Options::default());
        assert_eq!(
            found.sources,
            [
                "package-lock.json",
                "uv.lock",
                "old/requirements.txt",
                "other/package.json"
            ]
        );
        let versions = found.components.iter().map(|c| (&*c.name, &*c.version));
        assert_eq!(
            versions.collect::<Vec<_>>(),
            [("a", "1.0.0"), ("b", "2.0"), ("b", "1.0"), ("c", "3.1.0")]
        );
    }

    #[test]
    fn a_gitignore_above_counts_in_its_repository_only() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(folder.path().join(".gitignore"), "Cargo.lock\n").unwrap();
        std::fs::write(inner.join("Cargo.lock"), LOCK).unwrap();
        std::fs::write(inner.join(".ignore"), "*\n").unwrap();
        let sources = || {
            let root = Root::open(&inner).unwrap();
            inventory(&inner, &root, &Options::default())
                .unwrap()
                .sources
        };
        assert_eq!(sources(), ["Cargo.lock"]);
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        assert!(sources().is_empty());
    }

    #[test]
    fn gitignore_is_honoured_unless_asked() {
        let files = [
            (".gitignore", "vendor/\n"),
            ("vendor/Cargo.lock", LOCK),
            ("Cargo.lock", LOCK),
        ];
        assert_eq!(tree(&files, &Options::default()).sources, ["Cargo.lock"]);
        let all = Options {
            include_ignored: true,
            ..Options::default()
        };
        assert_eq!(tree(&files, &all).sources.len(), 2);
        let without = Options {
            exclude: vec!["vendor/**".into()],
            include_ignored: true,
            ..Options::default()
        };
        assert_eq!(tree(&files, &without).sources, ["Cargo.lock"]);
    }

    #[test]
    fn a_broken_file_is_a_problem_with_its_place_and_the_rest_goes_on() {
        let inventory = tree(
            &[("a/package-lock.json", "{"), ("Cargo.lock", LOCK)],
            &Options::default(),
        );
        assert_eq!(inventory.components.len(), 1);
        assert_eq!(inventory.problems.len(), 1);
        assert_eq!(inventory.problems[0].location.path, "a/package-lock.json");
    }

    #[test]
    fn links_are_not_followed_and_a_loop_ends() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cargo.lock"), LOCK).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let inventory = inventory(folder.path(), &root, &Options::default()).unwrap();
        assert_eq!(inventory.sources, ["Cargo.lock"]);
    }
}
