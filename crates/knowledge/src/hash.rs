//! The hash that finds ids and package names in a segment: the same on every machine and in every version.

/// FNV-1a over the parts with a separator after each, then MurmurHash3's finaliser, because the upper bits choose the
/// row of the directory.
///
/// It needs no defence against crafted collisions: rows are sorted by hash and equal hashes are told apart by the text
/// itself, so a collision costs its author's own records one more comparison each.
pub fn hash(parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut step = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for part in parts {
        part.bytes().for_each(&mut step);
        step(0xff); // never a byte of UTF-8
    }
    state ^= state >> 33;
    state = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^= state >> 33;
    state = state.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    state ^ (state >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a"]), hash(&["a", ""]));
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(hash(&["npm", "lodash"]), hash(&["npm", "lodash"]));
    }
}
