//! Versions and ranges: no text makes a scheme panic, and its order stays an order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_version::Scheme;

fuzz_target!(|texts: (&str, &str, &str)| {
    let (a, b, c) = texts;
    for scheme in Scheme::ALL {
        for range in [scheme.range(a), scheme.plain_range(a)]
            .into_iter()
            .flatten()
        {
            let _ = range.contains(b);
        }
        let (Ok(a), Ok(b), Ok(c)) = (scheme.key(a), scheme.key(b), scheme.key(c)) else {
            continue;
        };
        let is_beginning = a != b && b.as_bytes().starts_with(a.as_bytes());
        assert!(!is_beginning, "{scheme}: a key begins another");
        assert!(!(a <= b && b <= c) || a <= c, "{scheme}: no order");
    }
});
