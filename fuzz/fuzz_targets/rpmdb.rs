//! RPM databases: no bytes, nor any write-ahead log beside them, make the reader panic or go on for ever.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_inventory::os::rpm;

fuzz_target!(|data: &[u8]| {
    // The log is the part behind the last marker.
    let at = data.windows(4).rposition(|window| window == b"\x37\x7f\x06\x82");
    let (database, wal) = data.split_at(at.unwrap_or(data.len()));
    let _ = rpm::read("rpmdb", &database, &wal, None);
});
