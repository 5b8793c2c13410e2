//! The inventory of this machine or of a mounted or unpacked system.
//!
//! What cannot be read becomes a problem of the inventory; the rest goes on.

use patchward_protocol::inventory::{Asset, AssetKind, Component, Inventory};

use crate::os::{channels, collect, kernel, release};
use crate::root::Root;

/// What to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// The root is this machine's own: `/proc` tells the running kernel.
    Host,
    /// The root is a mounted or unpacked system, which does not run.
    Root,
}

/// Takes the inventory of a root: distribution, packages, kernels.
pub fn inventory(root: &Root, live: Live, name: &str) -> Inventory {
    let (mut os, mut problems) = release::detect(root);
    let found = collect::collect(root, os.as_ref());
    problems.extend(found.problems);
    let running = match live {
        Live::Host => kernel::running(root),
        Live::Root => None,
    };
    let kernels = kernel::find(root, &found.components, running.as_deref());
    if let Some(os) = &mut os {
        os.channels = channels::detect(root);
    }
    let mut components = found.components;
    components.sort_by(|a, b| order(a).cmp(&order(b)));
    Inventory {
        asset: Asset {
            kind: match live {
                Live::Host => AssetKind::Host,
                Live::Root => AssetKind::Root,
            },
            name: name.to_owned(),
        },
        os,
        kernels,
        components,
        problems,
        ..Inventory::default()
    }
}

/// The name by which a host is known: what the kernel says, else what is configured.
pub fn name(root: &Root) -> Option<String> {
    let paths = ["proc/sys/kernel/hostname", "etc/hostname"];
    let texts = paths.iter().filter_map(|path| root.read(path, 4096).ok());
    let mut names = texts.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    names.find(|name| !name.is_empty() && name != "(none)")
}

fn order(component: &Component) -> (&str, &str, Option<&str>) {
    (&component.purl, &component.name, component.arch.as_deref())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_broken_database_is_a_problem_and_the_rest_goes_on() {
        let folder = TempDir::new().unwrap();
        for (path, text) in [
            ("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
            (
                "var/lib/dpkg/status",
                "Package: a\nStatus: install ok installed\nVersion: 1\n",
            ),
            ("lib/apk/db/installed", "nonsense\n"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = Root::open(folder.path()).unwrap();
        let inventory = inventory(&root, Live::Root, "image");
        assert_eq!(
            inventory.components[0].purl,
            "pkg:deb/debian/a@1?distro=debian-12"
        );
        assert_eq!(
            inventory.os.unwrap().ecosystem.as_deref(),
            Some("Debian:12")
        );
        assert_eq!(inventory.problems.len(), 1);
        assert_eq!(inventory.problems[0].location.path, "lib/apk/db/installed");
    }

    #[test]
    fn this_machine_has_the_packages_that_dpkg_lists() {
        let query = [
            "-W",
            "-f",
            "${db:Status-Abbrev}\t${Package}\t${Version}\t${source:Package}\t${source:Version}\n",
        ];
        let Ok(output) = std::process::Command::new("dpkg-query")
            .args(query)
            .output()
        else {
            println!("skipped: no dpkg here");
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        let installed = text.lines().filter(|line| line.as_bytes()[1] == b'i');
        let mut expected: Vec<&str> = installed
            .filter_map(|line| Some(line.split_once('\t')?.1))
            .collect();
        expected.sort();
        let root = Root::open("/".as_ref()).unwrap();
        let inventory = inventory(&root, Live::Host, "here");
        let debs = inventory
            .components
            .iter()
            .filter(|c| c.purl.starts_with("pkg:deb/"));
        let mut found: Vec<String> = debs
            .map(|c| (c, c.source.clone().unwrap()))
            .map(|(c, source)| {
                format!(
                    "{}\t{}\t{}\t{}",
                    c.name, c.version, source.name, source.version
                )
            })
            .collect();
        found.sort();
        assert_eq!(found, expected);
    }
}
