//! Processes, from procfs.

use std::fs;
use std::path::Path;

use crate::place::Place;

/// More processes than these are not looked at.
const PROCESSES: usize = 100_000;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number, in the place's pid namespace.
    pub pid: u32,
    /// The name that the kernel has, cut at 15 bytes.
    pub name: String,
    /// The name of its program's file, where that can be read.
    pub program: Option<String>,
}

impl Process {
    /// Whether it goes by this name, whole or as the kernel cuts it.
    pub fn is_named(&self, name: &str) -> bool {
        let cut = name.as_bytes().get(..15).unwrap_or(name.as_bytes());
        self.name == name || self.name.as_bytes() == cut || self.program.as_deref() == Some(name)
    }
}

/// All processes of a place, by number.
pub fn list(place: &Place) -> Vec<Process> {
    let Ok(entries) = fs::read_dir(&place.proc) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten().take(PROCESSES) {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // It may have ended meanwhile.
        let Ok(name) = fs::read_to_string(entry.path().join("comm")) else {
            continue;
        };
        found.push(Process {
            pid,
            name: name.trim_end().to_owned(),
            program: program(&entry.path()),
        });
    }
    found.sort_by_key(|process| process.pid);
    found
}

fn program(folder: &Path) -> Option<String> {
    let target = fs::read_link(folder.join("exe")).ok()?;
    let name = target.file_name()?.to_str()?;
    Some(name.trim_end_matches(" (deleted)").to_owned())
}
