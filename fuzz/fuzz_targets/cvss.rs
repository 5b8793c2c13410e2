//! CVSS vectors: whatever is read prints and reads back, and scores from 0 to 10.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_risk::cvss::{ModifiedMetric, Requirements, Vector};

fuzz_target!(|text: &str| {
    let (vector, modified) = text.split_once(' ').unwrap_or((text, ""));
    let modified: Vec<_> = modified
        .split(' ')
        .filter_map(|m| ModifiedMetric::parse(m).ok())
        .collect();
    if let Ok(vector) = Vector::parse(vector) {
        assert_eq!(Vector::parse(&vector.to_string()), Ok(vector));
        let here = vector.environmental(&Requirements::default(), &modified);
        for score in [
            vector.base(),
            vector.temporal(),
            vector.environmental_score(),
            here.score,
        ] {
            assert!(score.tenths() <= 100);
        }
        assert!(here.vector.base() == vector.base());
    }
});
