//! The order-preserving byte form of a version.

/// A version as bytes whose `memcmp` order is the order of its scheme.
///
/// Keys of different schemes must not be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(crate) Box<[u8]>);

impl Key {
    /// The bytes of the key, as the knowledge base stores them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
