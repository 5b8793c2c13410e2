//! The inventory of this machine or of a mounted or unpacked system.
//!
//! What cannot be read becomes a problem of the inventory; the rest goes on.

use std::collections::BTreeSet;

use patchward_protocol::inventory::{Asset, AssetKind, Component, Inventory};

use crate::installed;
use crate::os::{channels, collect, kernel, ownership, release};
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

/// Adds the language packages that are installed in the root, each with the operating-system package that owns it. This
/// walks the whole root, which takes seconds on a large one.
pub fn add_language_packages(inventory: &mut Inventory, root: &Root) {
    let mut found = installed::collect(root, &|_| None);
    let path = |component: &Component| {
        let path = component.locations.first()?.path.as_str();
        // What lies in an archive belongs to whoever owns the archive.
        Some(path.split("!/").next().unwrap_or(path).to_owned())
    };
    let paths: Vec<Option<String>> = found.components.iter().map(path).collect();
    let asked: BTreeSet<&str> = paths.iter().flatten().map(String::as_str).collect();
    let asked: Vec<&str> = asked.into_iter().collect();
    let owners = ownership::owners(root, &inventory.components, &asked);
    for (component, path) in found.components.iter_mut().zip(&paths) {
        component.owner = path.as_ref().and_then(|path| owners.get(path)).cloned();
    }
    inventory.components.extend(found.components);
    inventory.components.sort_by(|a, b| order(a).cmp(&order(b)));
    inventory.problems.extend(found.problems);
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
    fn a_language_package_has_the_owner_of_its_files() {
        let folder = TempDir::new().unwrap();
        let packages = "usr/lib/python3/dist-packages";
        let metadata =
            |name: &str| format!("Metadata-Version: 2.1\nName: {name}\nVersion: 2.6.0\n");
        let owned = format!("{packages}/PyJWT-2.6.0.dist-info/METADATA");
        let own = format!("{packages}/mine-2.6.0.dist-info/METADATA");
        for (path, text) in [
            (
                "var/lib/dpkg/status",
                "Package: python3-jwt\nStatus: install ok installed\nVersion: 2.6.0-1\n",
            ),
            (
                "var/lib/dpkg/info/python3-jwt.list",
                &format!("/usr\n/{owned}\n"),
            ),
            (&owned, &metadata("PyJWT")),
            (&own, &metadata("mine")),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = Root::open(folder.path()).unwrap();
        let mut inventory = inventory(&root, Live::Root, "image");
        add_language_packages(&mut inventory, &root);
        let owner = |name: &str| {
            let component = inventory
                .components
                .iter()
                .find(|c| c.name.eq_ignore_ascii_case(name));
            let owner = component.unwrap().owner.as_ref();
            owner.map(|owner| format!("{} {}", owner.name, owner.version))
        };
        assert_eq!(owner("pyjwt").as_deref(), Some("python3-jwt 2.6.0-1"));
        assert_eq!(owner("mine"), None);
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
