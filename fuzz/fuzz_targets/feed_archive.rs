//! Archives of feeds: no bytes make a reader panic, run on, or unpack more than its limits. The first byte chooses how the
//! archive is packed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_feeds::read_archive;

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else {
        return;
    };
    let names = ["a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.zst"];
    let name = names[usize::from(first) % names.len()];
    let _ = read_archive(name, bytes, &mut |name, _| {
        assert!(name.ends_with(".json"));
        Ok(())
    });
});
