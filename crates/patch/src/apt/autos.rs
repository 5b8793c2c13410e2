//! Packages that are installed only because others need them. Asking apt for one by name makes it forget that.

use std::collections::BTreeSet;
use std::os::fd::AsFd;

use rustix::fs::FlockOperation;

use crate::PatchError;
use crate::below::Below;
use crate::dpkg::control::{Stanza, stanzas};
use crate::machine::{Command, Machine};

const STATES: &str = "/var/lib/apt/extended_states";
const MAX_STATES: u64 = 64 << 20;

/// Their names, with `:arch`.
pub fn read(root: &Below) -> BTreeSet<String> {
    let text = root.text(STATES, MAX_STATES).unwrap_or_default();
    stanzas(&text)
        .filter(|stanza| stanza.get("Auto-Installed") == Some("1"))
        .filter_map(name)
        .collect()
}

fn name(stanza: Stanza<'_>) -> Option<String> {
    Some(match stanza.get("Architecture") {
        Some(arch) => format!("{}:{arch}", stanza.get("Package")?),
        None => stanza.get("Package")?.to_owned(),
    })
}

/// Marks those of some packages again that lost the mark.
///
/// apt-mark computes for half a second to change one line, so the line is changed here, under dpkg's lock. Where the
/// lock cannot be had at once, apt-mark does it.
pub fn restore(
    machine: &dyn Machine,
    root: &Below,
    before: &BTreeSet<String>,
    names: &BTreeSet<String>,
) -> Result<(), PatchError> {
    let now = read(root);
    let bare = |name: &str| name.split(':').next().unwrap_or(name).to_owned();
    let lost: BTreeSet<&String> = before
        .difference(&now)
        .filter(|name| names.contains(&bare(name)))
        .collect();
    if lost.is_empty() || write_marks(root, &lost).is_ok() {
        return Ok(());
    }
    let command = Command::new(["apt-mark", "auto"]).args(lost.into_iter().cloned());
    machine.run(&command)?;
    Ok(())
}

fn write_marks(root: &Below, lost: &BTreeSet<&String>) -> std::io::Result<()> {
    let lock = root.writable("/var/lib/dpkg/lock-frontend")?;
    rustix::fs::fcntl_lock(lock.as_fd(), FlockOperation::NonBlockingLockExclusive)?;
    let text = root.text(STATES, MAX_STATES)?;
    root.write(STATES, with_marks(&text, lost).as_bytes())
}

/// The text with the marks set; everything else stays as it is.
fn with_marks(text: &str, lost: &BTreeSet<&String>) -> String {
    let mut left = lost.clone();
    let mut new = String::new();
    for stanza in stanzas(text) {
        let marked = name(stanza).is_some_and(|name| left.remove(&name));
        for (field, value) in stanza.fields() {
            let value = if marked && field == "Auto-Installed" {
                " 1"
            } else {
                value
            };
            new.push_str(&format!("{field}:{value}\n"));
        }
        new.push('\n');
    }
    for name in left {
        let (package, arch) = name.split_once(':').unwrap_or((name, ""));
        let arch = match arch {
            "" => String::new(),
            arch => format!("Architecture: {arch}\n"),
        };
        new.push_str(&format!("Package: {package}\n{arch}Auto-Installed: 1\n\n"));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_marks_are_set_again_and_the_rest_stays() {
        let text = "Package: a\nArchitecture: amd64\nAuto-Installed: 0\n\nPackage: b\nArchitecture: amd64\nAuto-Installed: 0\n\n";
        let lost = ["a:amd64".to_owned(), "c:i386".to_owned()];
        let new = with_marks(text, &lost.iter().collect());
        assert_eq!(
            new,
            "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nArchitecture: amd64\nAuto-Installed: 0\n\n\
             Package: c\nArchitecture: i386\nAuto-Installed: 1\n\n"
        );
    }
}
