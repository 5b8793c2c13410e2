//! Every feed, from folders and from servers that behave well and badly. One program, because linking costs most.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not take for tests"
)]

#[path = "feeds/client.rs"]
mod client;
#[path = "feeds/csaf.rs"]
mod csaf;
#[path = "feeds/cve.rs"]
mod cve;
#[path = "feeds/discovery.rs"]
mod discovery;
#[path = "feeds/memory.rs"]
mod memory;
#[path = "feeds/mirror.rs"]
mod mirror;
#[path = "feeds/osv.rs"]
mod osv;
#[path = "feeds/others.rs"]
mod others;
#[path = "feeds/real.rs"]
mod real;
#[path = "feeds/server.rs"]
mod server;
#[path = "feeds/tls.rs"]
mod tls;
