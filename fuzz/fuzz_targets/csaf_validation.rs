//! The CSAF validator: no bytes make it panic, and what it tells is bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::csaf_validation::{self, CvssScores};

fuzz_target!(|bytes: &[u8]| {
    let scores = |vector: &str| {
        (!vector.is_empty()).then_some(CvssScores {
            base: 5.0,
            temporal: 5.0,
            environmental: 5.0,
        })
    };
    if let Ok(violations) = csaf_validation::validate(bytes, &scores) {
        assert!(violations.len() <= 1_000);
    }
});
