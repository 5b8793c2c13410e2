#![no_main]
//! A checks file from elsewhere is read, or refused with a place.

use libfuzzer_sys::fuzz_target;
use patchward_checks::ChecksFile;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = ChecksFile::parse("checks.toml", bytes) {
        assert!(error.line > 0 && error.column > 0);
    }
});
