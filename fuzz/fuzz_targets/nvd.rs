//! NVD's pages and CPE names: no bytes make a reader panic, and a name that was read is written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::cpe::Cpe;
use patchward_advisory::format::Format;

fuzz_target!(|data: &[u8]| {
    let _ = Format::Nvd.read(data, "fuzz");
    if let Ok(name) = String::from_utf8_lossy(data).parse::<Cpe>() {
        assert_eq!(name.to_string().parse(), Ok(name));
    }
});
