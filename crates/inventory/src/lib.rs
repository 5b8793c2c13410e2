//! Takes the inventory of a host, a root directory, a source tree, a lockfile or an SBOM.
//!
//! One file per format. A reader gets bytes (never a path that it opens itself) and returns what it understood; the
//! walkers open files through [`root::Root`], which never leaves the root and never reads more than its limit.

pub mod host;
pub mod installed;
pub mod lockfile;
pub mod os;
pub mod packages;
pub mod parse;
pub mod pending;
pub mod process;
pub mod root;
pub mod sbom;
pub mod target;
pub mod tree;

#[cfg(test)]
mod every_reader;
