//! CVE records: no bytes make the reader panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::format::Format;

fuzz_target!(|data: &[u8]| {
    let _ = Format::Cve5.read(data, "fuzz");
});
