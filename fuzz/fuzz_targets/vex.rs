//! VEX documents of every format: no bytes make a reader or the matching panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::vex::{self, matching};
use patchward_purl::Purl;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = vex::read(bytes) else {
        return;
    };
    let purl: Option<Purl> = "pkg:npm/a@1.0.0".parse().ok();
    let subject = matching::Subject {
        purl: purl.as_ref(),
        version: "1.0.0",
        cpes: &[],
        asset: &[],
        asset_cpes: &[],
    };
    for statement in &document.statements {
        let _ = matching::matches(statement, &subject);
    }
    let _ = matching::effective(&document.statements);
});
