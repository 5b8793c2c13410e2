//! Package URLs: no text makes the parser panic, and what it prints reads back as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_purl::{MAX_LENGTH, Purl};

fuzz_target!(|text: &str| {
    if let Ok(purl) = text.parse::<Purl>() {
        let canonical = purl.to_string();
        let _ = (purl.check(), purl.ecosystem(), purl.package_name());
        if canonical.len() <= MAX_LENGTH {
            assert_eq!(canonical.parse::<Purl>().as_ref(), Ok(&purl));
        }
    }
});
