//! The command line of Patchward.

fn main() {}
