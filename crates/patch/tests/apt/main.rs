//! apt on a real Debian root: real security updates, and a toy repository for what goes wrong.
//!
//! Needs root, overlay mounts and dpkg-deb; says "skipped" by name where these are missing.

mod careful;
mod lab;
mod real;
mod trouble;
