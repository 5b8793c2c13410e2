//! Answers of package managers and of the kernel: no text makes a reader panic or take long. dnf's list of advisories and
//! apt's changelogs are among them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_inventory::pending::apt::{changelog, policy, simulation};
use patchward_inventory::pending::dnf::updateinfo;
use patchward_patch::answers::READERS;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for (_, read) in READERS {
        read(&text);
    }
    changelog::cves(&text, "openssl", "3.0.1-1");
    simulation::parse(&text);
    policy::parse(&text);
    let _ = updateinfo::each(data, &mut |_| {});
});
