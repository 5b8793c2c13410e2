#![no_main]
//! A pre-image from a damaged disk: it is refused, or put back below its root and nowhere else.

use libfuzzer_sys::fuzz_target;
use patchward_rehearsal::PreImage;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let (root, file) = (folder.path().join("root"), folder.path().join("image"));
    std::fs::create_dir(&root).unwrap();
    // The fuzzer writes plain archives: it would not find its way through the compression's checksum.
    std::fs::write(&file, zstd::encode_all(bytes, 1).unwrap()).unwrap();
    let _ = PreImage::restore(&root, &file);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
});
