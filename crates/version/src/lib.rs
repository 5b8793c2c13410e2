//! Orders versions and evaluates version ranges exactly as each ecosystem's own tool does.
//!
//! One [`Scheme`] per ordering rule; one file per scheme under `scheme/`, one file per constraint language under
//! `range/`. Every scheme turns a version into an order-preserving byte [`Key`]: `key(a).cmp(&key(b))` is the
//! ecosystem's order, so a knowledge base compares with `memcmp` and order lives in one place.
//!
//! Order and matching are two rules. npm's `^1.2` refuses `1.3.0-beta` although the order puts it in between; only
//! [`Range::contains`] knows that. An advisory's events (`introduced`, `fixed`) use the order alone.

mod encode;
mod gaps;
mod key;
mod range;
mod scheme;

pub use gaps::Gaps;
pub use key::Key;
pub use range::{InvalidRange, Range};
pub use scheme::{InvalidVersion, Scheme, UnknownScheme};
