//! Schemes as bytes of a file, and a fingerprint of the keys that they make.

use patchward_version::Scheme;

/// How many schemes there are.
pub const COUNT: usize = Scheme::ALL.len();

/// The byte of a scheme: its place in the list, which the fingerprint covers.
pub fn code(scheme: Scheme) -> Option<u8> {
    let at = Scheme::ALL.iter().position(|&known| known == scheme)?;
    u8::try_from(at).ok()
}

/// The scheme of a byte.
pub fn scheme(code: u8) -> Option<Scheme> {
    Scheme::ALL.get(usize::from(code)).copied()
}

/// A fingerprint of how this build writes keys.
///
/// A segment keeps the fingerprint that it was built with: keys of another build may not be compared with ours, and a
/// silent wrong order would hide vulnerabilities. A segment with another fingerprint is built anew from its records.
///
/// It is a number here, because every command opens a knowledge base and none may wait for it; a test holds it to the
/// keys, and tells the new number when a scheme has changed.
pub const FINGERPRINT: u64 = 0x22d6_e2c1_77ae_77d9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    fn computed() -> u64 {
        const PROBES: [&str; 12] = [
            "0",
            "1.2.3",
            "1:2.0~rc1-3+deb12u1",
            "1.0.0-alpha.1+build",
            "2.0.0_pre1-r3",
            "v1.2.3-0.20200101000000-abcdefabcdef",
            "1.0.post1.dev2",
            "1.0-SNAPSHOT",
            "10.0.0-beta2",
            "1.el8_6",
            "dev-main",
            "1.1.1k",
        ];
        let mut text = String::new();
        for scheme in Scheme::ALL {
            text.push_str(scheme.name());
            for probe in PROBES {
                match scheme.key(probe) {
                    Ok(key) => key
                        .as_bytes()
                        .iter()
                        .for_each(|byte| text.push(char::from(*byte))),
                    Err(_) => text.push('!'),
                }
                text.push('\u{100}');
            }
        }
        hash(&[&text])
    }

    #[test]
    fn the_fingerprint_is_that_of_the_keys() {
        assert_eq!(computed(), FINGERPRINT, "now {:#x}", computed());
    }

    #[test]
    fn every_scheme_comes_back_from_its_byte() {
        for &known in Scheme::ALL {
            assert_eq!(code(known).and_then(scheme), Some(known));
        }
        assert_eq!(scheme(200), None);
    }
}
