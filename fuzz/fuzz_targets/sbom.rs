//! SBOMs of every format: no bytes make a reader panic, and what it gives is bounded by what it got.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_inventory::sbom;

fuzz_target!(|bytes: &[u8]| {
    let _ = sbom::detect(bytes);
    if let Ok(sbom) = sbom::read("bom", bytes) {
        assert!(sbom.components.len() <= bytes.len());
    }
});
