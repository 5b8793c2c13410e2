//! Decisions per second, and the time to load a policy.
fn main() {}
