//! The inventory of a source tree: every lockfile, every manifest without one, and SBOMs that lie in it.
//!
//! .gitignore is honoured, hidden folders are walked except version control's own, symbolic links are not followed.

use std::collections::HashSet;
use std::path::Path;

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;
use patchward_protocol::inventory::{Asset, AssetKind, Component, Inventory, Problem};

use crate::lockfile::{self, Format};
use crate::parse::{Input, MAX_COMPONENTS, MAX_FILE, Parsed};
use crate::root::Root;
use crate::sbom;
use crate::target::{Options, TargetError, problem};

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
        exact: HashSet::new(),
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
    /// Folders with a lockfile, with the purl type that it speaks for.
    exact: HashSet<(String, String)>,
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

    fn take(&mut self, found: &Found, parsed: Parsed) {
        let folder = found.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Reader::Lockfile(format) = found.reader {
            match format.exact {
                true => {
                    let kinds = parsed.components.iter().filter_map(purl_type);
                    self.exact
                        .extend(kinds.map(|kind| (folder.to_owned(), kind.to_owned())));
                }
                false if self.is_locked(folder, &parsed.components) => return,
                false => {}
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

    /// Whether a lockfile beside or above a manifest speaks for what the manifest asks for.
    fn is_locked(&self, folder: &str, components: &[Component]) -> bool {
        let Some(kind) = components.iter().find_map(purl_type) else {
            return false;
        };
        let mut at = folder;
        loop {
            if self.exact.contains(&(at.to_owned(), kind.to_owned())) {
                return true;
            }
            match at.rsplit_once('/') {
                Some((above, _)) => at = above,
                None if at.is_empty() => return false,
                None => at = "",
            }
        }
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
    let mut walker = WalkBuilder::new(path);
    walker
        .standard_filters(!options.include_ignored)
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        .overrides(overrides)
        .sort_by_file_name(|a, b| a.cmp(b));
    Ok(walker)
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

fn purl_type(component: &Component) -> Option<&str> {
    component.purl.strip_prefix("pkg:")?.split('/').next()
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
