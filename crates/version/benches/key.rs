//! Keys per second, per scheme.

fn main() {}
