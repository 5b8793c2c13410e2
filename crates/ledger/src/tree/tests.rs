use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::hash::leaf_hash;

/// The leaves that every implementation of RFC 6962 tests with, and the roots of the first 1, 2, … of them.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn known() -> Vec<Hash> {
    LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn made(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_le_bytes())).collect()
}

/// The definition, word by word: slow and plainly right.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(1 << split(leaves.len() as u64));
            node_hash(&defined(left), &defined(right))
        }
    }
}

fn nodes(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> {
    |level, number| {
        let (from, length) = ((number << level) as usize, 1 << level);
        Ok(defined(&leaves[from..from + length]))
    }
}

#[test]
fn the_roots_are_those_that_others_compute() {
    assert_eq!(
        empty_root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (count, root) in (1..).zip(ROOTS) {
        assert_eq!(root_of(known().into_iter().take(count)).to_string(), root);
        assert_eq!(defined(&known()[..count]).to_string(), root);
    }
}

#[test]
fn the_proofs_are_those_that_others_compute() {
    let leaves = known();
    let proof = |index, size| {
        let Ok(path) = inclusion_proof(index, size, nodes(&leaves));
        path.iter().map(Hash::to_string).collect::<Vec<_>>()
    };
    assert_eq!(proof(0, 1), Vec::<String>::new());
    assert_eq!(
        proof(0, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        proof(5, 8),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    let Ok(path) = consistency_proof(6, 8, nodes(&leaves));
    let path: Vec<_> = path.iter().map(Hash::to_string).collect();
    assert_eq!(
        path,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

#[test]
fn every_proof_of_every_small_tree_holds_and_for_nothing_else() {
    let leaves = made(40);
    for size in 1..=leaves.len() as u64 {
        let root = defined(&leaves[..size as usize]);
        for index in 0..size {
            let Ok(proof) = inclusion_proof(index, size, nodes(&leaves));
            let leaf = leaves[index as usize];
            assert!(verify_inclusion(leaf, index, size, root, &proof));
            assert!(!verify_inclusion(leaf, index + 1, size, root, &proof));
            assert!(!verify_inclusion(root, index, size, root, &proof) || size == 1);
        }
        for old in 0..=size {
            let Ok(proof) = consistency_proof(old, size, nodes(&leaves));
            let before = defined(&leaves[..old as usize]);
            assert!(verify_consistency(old, before, size, root, &proof));
            let wrong = leaf_hash(b"wrong");
            assert!(!verify_consistency(old, wrong, size, root, &proof));
        }
    }
}

proptest! {
    #[test]
    fn proofs_of_random_sizes_hold_and_break_with_any_bit(size in 1u64..700, at in any::<u64>(), old in any::<u64>(), bit in any::<usize>()) {
        let leaves = made(size);
        let (index, old) = (at % size, old % (size + 1));
        let root = root_of(leaves.iter().copied());
        prop_assert_eq!(root, defined(&leaves));
        let Ok(mut proof) = inclusion_proof(index, size, nodes(&leaves));
        let leaf = leaves[index as usize];
        prop_assert!(verify_inclusion(leaf, index, size, root, &proof));
        if !proof.is_empty() {
            let bits = proof.len() * 256;
            proof[bit % bits / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_inclusion(leaf, index, size, root, &proof));
            proof.pop();
            prop_assert!(!verify_inclusion(leaf, index, size, root, &proof));
        }
        let before = root_of(leaves.iter().copied().take(old as usize));
        let Ok(mut proof) = consistency_proof(old, size, nodes(&leaves));
        prop_assert!(verify_consistency(old, before, size, root, &proof));
        if !proof.is_empty() {
            let bits = proof.len() * 256;
            proof[bit % bits / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_consistency(old, before, size, root, &proof));
        }
    }

    #[test]
    fn a_frontier_that_is_loaded_goes_on_as_one_that_was_grown(size in 0u64..600, more in 0u64..40) {
        let leaves = made(size + more);
        let Ok(mut loaded) = Frontier::load(size, nodes(&leaves));
        let mut grown = Frontier::default();
        leaves[..size as usize].iter().for_each(|leaf| grown.push(*leaf));
        prop_assert_eq!(&loaded, &grown);
        leaves[size as usize..].iter().for_each(|leaf| loaded.push(*leaf));
        prop_assert_eq!(loaded.root(), defined(&leaves));
    }
}
