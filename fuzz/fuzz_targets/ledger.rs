#![no_main]
//! A ledger's file from elsewhere is verified to its end, an export is refused or proved, a note opens or does not.

use libfuzzer_sys::fuzz_target;
use patchward_ledger::{Ledger, Options, VerifierKey, verify, verify_export};

fuzz_target!(|bytes: &[u8]| {
    let _ = verify_export(bytes, None, |_, _| {});
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(key) = VerifierKey::parse(text.lines().next().unwrap_or_default()) {
            let _ = key.open(text);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    drop(Ledger::open(folder.path(), Options::default()).unwrap());
    std::fs::write(folder.path().join("entries-000001.log"), bytes).unwrap();
    verify(folder.path(), None, &[]).unwrap();
    let _ = Ledger::open(folder.path(), Options::default());
});
