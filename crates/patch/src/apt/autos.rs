//! Packages that are installed only because others need them. Asking apt for one by name makes it forget that.

use std::collections::BTreeSet;

use crate::PatchError;
use crate::below::Below;
use crate::dpkg::control::stanzas;
use crate::machine::{Command, Machine};

const STATES: &str = "/var/lib/apt/extended_states";

/// Their names, with `:arch`.
pub fn read(root: &Below) -> BTreeSet<String> {
    parse(&root.text(STATES, 64 << 20).unwrap_or_default())
}

fn parse(text: &str) -> BTreeSet<String> {
    stanzas(text)
        .filter(|stanza| stanza.get("Auto-Installed") == Some("1"))
        .filter_map(|stanza| {
            Some(match stanza.get("Architecture") {
                Some(arch) => format!("{}:{arch}", stanza.get("Package")?),
                None => stanza.get("Package")?.to_owned(),
            })
        })
        .collect()
}

/// Marks those again that lost the mark and are still installed.
pub fn restore(
    machine: &dyn Machine,
    root: &Below,
    before: &BTreeSet<String>,
    names: &BTreeSet<String>,
) -> Result<(), PatchError> {
    let now = read(root);
    let lost: Vec<&String> = before
        .difference(&now)
        .filter(|name| names.contains(name.split(':').next().unwrap_or(name)))
        .collect();
    if !lost.is_empty() {
        let command = Command::new(["apt-mark", "auto"]).args(lost.into_iter().cloned());
        machine.run(&command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_packages_count() {
        let text = "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nArchitecture: amd64\nAuto-Installed: 0\n";
        assert_eq!(parse(text), BTreeSet::from(["a:amd64".to_owned()]));
    }
}
