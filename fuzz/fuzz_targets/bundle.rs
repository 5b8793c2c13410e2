#![no_main]
//! A knowledge bundle from elsewhere: it is refused, or everything in it can be read.

use libfuzzer_sys::fuzz_target;
use patchward_knowledge::{Probe, bundle};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle");
    std::fs::write(&file, bytes).unwrap();
    let _ = bundle::manifest(&file);
    let Ok(knowledge) = bundle::import(&file, &folder.path().join("knowledge")) else {
        return;
    };
    for (family, name) in knowledge.packages().take(100) {
        for run in knowledge.package(family, name) {
            for claim in run.claims().take(100) {
                claim.names(&mut Probe::new("1.0.0"));
                knowledge.affected(&claim);
                knowledge.vulnerabilities_of(claim.advisory());
            }
        }
    }
    knowledge.stats();
});
