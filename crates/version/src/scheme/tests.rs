//! What holds for every scheme.

use super::*;

#[test]
fn names_are_unique_and_read_back() {
    for scheme in Scheme::ALL {
        assert_eq!(scheme.name().parse(), Ok(*scheme));
    }
    assert!("no-such-scheme".parse::<Scheme>().is_err());
}

#[test]
fn a_refused_version_leaves_the_buffer_alone() {
    let long = "1.".repeat(5000);
    for scheme in Scheme::ALL {
        let mut out = b"before".to_vec();
        assert!(scheme.write_key(&long, &mut out).is_err());
        assert_eq!(out, b"before");
    }
}
