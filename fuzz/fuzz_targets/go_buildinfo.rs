//! Programs: no bytes make the readers of Go's build information and of cargo-auditable's data panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_inventory::installed::read_binary;

fuzz_target!(|data: &[u8]| {
    let _ = read_binary("bin/app", data);
});
