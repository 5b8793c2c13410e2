//! OSV records: no bytes make the reader or the algorithm panic, and every interval that comes out can be asked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::affects::compile;
use patchward_advisory::format::Format;

fuzz_target!(|data: &[u8]| {
    if let Ok(records) = Format::Osv.read(data, "fuzz") {
        for affected in records
            .advisories
            .iter()
            .flat_map(|advisory| &advisory.affected)
        {
            let compiled = compile(affected);
            for version in ["", "0", "1.2.3", "1:2-3"] {
                let _ = compiled.judge(version);
            }
        }
    }
});
