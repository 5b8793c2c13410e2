//! apt on a real Debian root: real security updates, and a toy repository for what goes wrong.
//!
//! Needs root, overlay mounts and dpkg-deb; says "skipped" by name where these are missing.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod careful;
mod killed;
mod lab;
mod live;
mod real;
mod trouble;
mod walls;
