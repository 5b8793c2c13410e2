//! Java archives: no bytes make the reader panic or run on, whatever is inside what.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use patchward_inventory::installed::{ArchiveLimits, read_archive};

fuzz_target!(|data: &[u8]| {
    let _ = read_archive("app.war", Cursor::new(data), &ArchiveLimits::default());
});
