//! Lockfiles and manifests: no bytes make a reader of any format panic. The first byte chooses the format; an included
//! file has the same content.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_inventory::lockfile::FORMATS;
use patchward_inventory::parse::Input;

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else {
        return;
    };
    let format = &FORMATS[usize::from(first) % FORMATS.len()];
    let _ = format.read(&Input {
        path: "folder/file",
        bytes,
        open: &|_| Some(bytes.to_vec()),
    });
});
