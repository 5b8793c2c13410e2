//! CSAF documents, and the lists and metadata of their providers: no bytes make a reader panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::format::Format;
use patchward_advisory::format::csaf::provider;

fuzz_target!(|data: &[u8]| {
    let _ = Format::Csaf.read(data, "fuzz");
    let _ = provider::metadata(data);
    let _ = provider::rolie(data);
    let _ = provider::changes(data);
    let _ = provider::index(data);
});
