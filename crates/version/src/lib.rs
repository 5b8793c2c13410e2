//! Orders versions and evaluates version ranges exactly as each ecosystem's own tool does.
//!
//! One [`Scheme`] per ordering rule; one file per scheme. Every scheme turns a version into an
//! order-preserving byte [`Key`]: `key(a).cmp(&key(b))` is the ecosystem's order, so a knowledge
//! base compares with `memcmp` and order lives in one place.

mod key;
mod range;
mod scheme;

pub use key::Key;
pub use range::{InvalidRange, Range};
pub use scheme::{InvalidVersion, Scheme};
