//! Package databases and os-release: no bytes make a reader panic. The first byte chooses the format, dpkg first.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_inventory::os::{FORMATS, release};
use patchward_inventory::parse::Input;

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else {
        return;
    };
    let os = release::parse(bytes);
    let format = &FORMATS[usize::from(first) % FORMATS.len()];
    let _ = (format.parse)(
        &Input {
            path: "var/lib/dpkg/status.d/file",
            bytes,
            open: &|_| None,
        },
        os.as_ref(),
    );
});
