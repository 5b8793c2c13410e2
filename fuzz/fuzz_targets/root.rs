//! Files of a root that tell of its system: the first byte chooses one, the rest is its content. No content makes the
//! inventory panic, and the rest of the root is still there.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use patchward_inventory::host::{self, Live};
use patchward_inventory::root::Root;

const FILES: [&str; 18] = [
    "boot/grub/grubenv",
    "boot/loader/entries/id.conf",
    "etc/alpine-release",
    "etc/apt/sources.list",
    "etc/debian_version",
    "etc/default/grub",
    "etc/os-release",
    "etc/redhat-release",
    "lib/apk/db/installed",
    "opt/app/app.deps.json",
    "srv/node_modules/in/package.json",
    "srv/vendor/composer/installed.json",
    "usr/lib/python3/dist-packages/a-1.dist-info/METADATA",
    "usr/lib/python3/dist-packages/a-1.dist-info/RECORD",
    "usr/share/specifications/rake-13.0.6.gemspec",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/a:amd64.list",
    "var/lib/pacman/local/a-1-1/files",
];

const STATUS: &str = "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n";

fuzz_target!(|data: &[u8]| {
    let Some((&first, content)) = data.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, content: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    put("var/lib/dpkg/status", STATUS.as_bytes());
    put("boot/vmlinuz-6.1.0-9-amd64", b"");
    put(FILES[usize::from(first) % FILES.len()], content);
    let root = Root::open(folder.path()).unwrap();
    let mut inventory = host::inventory(&root, Live::Root, "fuzz");
    host::add_language_packages(&mut inventory, &root);
    assert!(
        inventory
            .components
            .iter()
            .any(|component| component.name == "a")
    );
});
