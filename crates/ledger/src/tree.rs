//! The Merkle tree of RFC 9162 §2.1: roots, inclusion proofs and consistency proofs, made and verified.
//!
//! Nothing here knows where the hashes lie: proofs ask for *perfect* nodes, which have a level and a number and never
//! change once they are complete. `node(level, i)` covers the leaves `i << level .. (i + 1) << level`.

#[cfg(test)]
mod tests;

use crate::hash::{Hash, empty_root, node_hash};

/// The right edge of a tree: the roots of the perfect trees that it is made of, largest first.
///
/// That is all that appending needs: 20 hashes for a million entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Leaves so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The frontier of the first `size` leaves of a tree whose perfect nodes `node` gives.
    ///
    /// # Errors
    /// Those of `node`.
    pub fn load<E>(
        size: u64,
        mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
    ) -> Result<Frontier, E> {
        let mut peaks = Vec::new();
        let mut from = 0;
        for level in (0..u64::BITS).rev() {
            if size >> level & 1 == 1 {
                peaks.push(node(level, from >> level)?);
                from += 1 << level;
            }
        }
        Ok(Frontier { size, peaks })
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_and(leaf, |_, _, _| {});
    }

    /// Adds a leaf, and calls `complete` with level, number and hash of every perfect node that it completes (the
    /// leaf itself included).
    pub fn push_and(&mut self, leaf: Hash, mut complete: impl FnMut(u32, u64, Hash)) {
        let number = self.size;
        let mut hash = leaf;
        complete(0, number, hash);
        for level in 1..=number.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            complete(level, number >> level, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return empty_root();
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The root of a tree of these leaves.
#[must_use]
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    leaves.into_iter().for_each(|leaf| frontier.push(leaf));
    frontier.root()
}

/// The largest power of two below `size` (which is above 1), as its exponent.
fn split(size: u64) -> u32 {
    (size - 1).ilog2()
}

/// The root of the leaves `from..from + size`, where `from` is a multiple of every power of two below `size`.
fn subtree<E>(
    from: u64,
    size: u64,
    node: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut right = None;
    let mut end = from + size;
    while end > from {
        let level = (end - from).trailing_zeros();
        end -= 1 << level;
        let left = node(level, end >> level)?;
        right = Some(match right {
            Some(right) => node_hash(&left, &right),
            None => left,
        });
    }
    Ok(right.unwrap_or_else(empty_root))
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves (RFC 9162 §2.1.3.1), nearest sibling first.
/// Empty when there is no such leaf.
///
/// # Errors
/// Those of `node`.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if index >= size {
        return Ok(path);
    }
    let (mut from, mut length) = (0, size);
    while length > 1 {
        let left = 1 << split(length);
        if index - from < left {
            path.push(subtree(from + left, length - left, &mut node)?);
            length = left;
        } else {
            path.push(subtree(from, left, &mut node)?);
            from += left;
            length -= left;
        }
    }
    path.reverse();
    Ok(path)
}

/// The consistency proof between the trees of the first `old` and the first `new` leaves (RFC 9162 §2.1.4.1).
/// Empty for `old` of 0, or equal to `new`, or above it.
///
/// # Errors
/// Those of `node`.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    let (mut from, mut length, mut known) = (0, new, true);
    while old - from != length {
        let left = 1 << split(length);
        if old - from <= left {
            path.push(subtree(from + left, length - left, &mut node)?);
            length = left;
        } else {
            path.push(subtree(from, left, &mut node)?);
            from += left;
            length -= left;
            known = false;
        }
    }
    if !known {
        path.push(subtree(from, length, &mut node)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that the leaf with this hash is number `index` of the tree of `size` leaves with this root
/// (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut number, mut last) = (index, size - 1);
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            hash = node_hash(sibling, &hash);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Whether `proof` shows that the tree of `new` leaves begins with the whole tree of `old` leaves (RFC 9162 §2.1.4.2).
/// The tree without leaves is the beginning of every tree.
#[must_use]
pub fn verify_consistency(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    proof: &[Hash],
) -> bool {
    if old == 0 {
        return old_root == empty_root() && proof.is_empty();
    }
    if old == new {
        return old_root == new_root && proof.is_empty();
    }
    if old > new {
        return false;
    }
    let mut steps = proof.iter();
    let first = match old.is_power_of_two() {
        true => Some(&old_root),
        false => steps.next(),
    };
    let Some(first) = first else { return false };
    let (mut number, mut last) = (old - 1, new - 1);
    while number & 1 == 1 {
        number >>= 1;
        last >>= 1;
    }
    let (mut before, mut after) = (*first, *first);
    for sibling in steps {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            before = node_hash(sibling, &before);
            after = node_hash(sibling, &after);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            after = node_hash(&after, sibling);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && before == old_root && after == new_root
}
