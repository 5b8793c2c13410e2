//! Walks a root for installed packages.

use patchward_protocol::inventory::{Location, Problem};

use super::{Installed, OwnerOf, archive};
use crate::parse::{MAX_COMPONENTS, Parsed};
use crate::root::{Entry, Kind, Root};

/// Folders inside each other; real systems stay below 40.
const MAX_DEPTH: usize = 128;

/// Files of one root; a large server has some three million.
const MAX_FILES: usize = 20_000_000;

/// Views that the kernel makes up, at the top of a root: nothing is installed there.
const MADE_UP: [&str; 3] = ["dev", "proc", "sys"];

/// Walks a whole root and collects the language packages that are installed in it.
///
/// Symbolic links are not followed: what they lead to is visited where it lies. What cannot be read or goes beyond a
/// limit is told as a problem, and the walk goes on.
pub fn collect(root: &Root, owner_of: OwnerOf<'_>) -> Parsed {
    let mut walk = Walk {
        installed: Installed::new(root, owner_of),
        folders: vec![(String::new(), 0)],
        files: 0,
    };
    while let Some((folder, depth)) = walk.folders.pop() {
        walk.folder(root, &folder, depth);
        if walk.is_over() {
            let message = "more files or packages than a root may have: the rest was not looked at";
            walk.problem(&folder, message.to_owned());
            break;
        }
    }
    walk.installed.finish()
}

struct Walk<'a> {
    installed: Installed<'a>,
    /// Folders yet to be read, the next one last.
    folders: Vec<(String, usize)>,
    files: usize,
}

impl Walk<'_> {
    fn folder(&mut self, root: &Root, folder: &str, depth: usize) {
        let path = if folder.is_empty() { "." } else { folder };
        let entries = match root.read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.problem(folder, super::told(error)),
        };
        let mut below = Vec::new();
        for entry in &entries {
            let Some(name) = entry.name.to_str() else {
                self.unreadable(folder, entry);
                continue;
            };
            let path = match folder {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            match entry.kind {
                Kind::File => {
                    self.files += 1;
                    self.installed.visit(&path);
                }
                Kind::Directory if folder.is_empty() && MADE_UP.contains(&name) => {}
                Kind::Directory if depth == MAX_DEPTH => {
                    let message =
                        format!("nested deeper than {MAX_DEPTH} folders: not looked into");
                    self.problem(&path, message);
                }
                Kind::Directory => below.push((path, depth + 1)),
                Kind::Link | Kind::Other => {}
            }
        }
        // The stack gives the last one first.
        self.folders.extend(below.into_iter().rev());
    }

    /// A name that is not UTF-8 belongs to no package manager's layout, but packages may lie below it.
    fn unreadable(&mut self, folder: &str, entry: &Entry) {
        let name = entry.name.to_string_lossy();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if entry.kind == Kind::Directory
            || entry.kind == Kind::File && archive::is_extension(extension)
        {
            let message = format!("the name {name:?} is not UTF-8: not looked into");
            self.problem(folder, message);
        }
    }

    fn is_over(&self) -> bool {
        self.files > MAX_FILES || self.installed.found.components.len() > MAX_COMPONENTS
    }

    fn problem(&mut self, path: &str, message: String) {
        let location = Location {
            path: path.to_owned(),
            line: None,
        };
        let problem = Problem { location, message };
        self.installed.found.problems.push(problem);
    }
}
