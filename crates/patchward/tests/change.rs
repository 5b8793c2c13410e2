//! Changes on real machines: every test drives the real commands inside a lab host of its own.
//!
//! Hosts are throw-away Debian systems (`patchward-test-support`): overlays with processes, services, device nodes and an
//! address of their own. Real pending security updates are the true-to-life cases; a toy repository makes failures on
//! demand. Needs root, overlay mounts, mmdebstrap and, once, a Debian mirror; says "skipped" by name where these are
//! missing.

#[cfg(test)]
mod change {
    mod killed;
    mod lab;
    mod own_root;
    mod real;
    mod records;
    mod taken_back;
    mod toys;
    mod trouble;
}
