//! Files that a user names, or that lie in a scanned tree: ignore rules, a baseline, a list of packages. No content makes
//! a reader panic, and a rule that is read has a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_core::baseline::Baseline;
use patchward_core::ignore::IgnoreRules;
use patchward_inventory::packages;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, data).unwrap();
    let _ = Baseline::read(&file);
    if let Ok(rules) = IgnoreRules::read(&file) {
        assert!(
            rules
                .rules()
                .iter()
                .all(|rule| !rule.reason.trim().is_empty())
        );
    }
    packages::read("list", &String::from_utf8_lossy(data));
});
