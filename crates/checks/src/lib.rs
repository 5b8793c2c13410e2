//! Checks of what a machine does for its users: functional ones, and performance compared pair by pair.
//!
//! A [`ChecksFile`] says what is right; [`run`] tries each check in a [`Place`] (this machine, or a clone of it) and tells
//! passed, flaky, failed and skipped apart. [`load::generate`] puts a bounded load on a web server, and [`compare()`] judges
//! two sides by it. [`discover`] proposes a first file.
//!
//! Every check has an end, every answer a limit. Sockets are opened by plain system calls on the calling thread and on
//! threads that it starts, so that a thread that entered a clone's network namespace by setns(2) checks that clone: run
//! everything for a clone on such a thread. This crate changes no namespace itself.

mod check;
mod compare;
pub mod cpu;
mod deadline;
pub mod discover;
mod dns;
mod file;
mod http;
mod json_path;
pub mod load;
mod place;
mod processes;
mod tls;
mod value;
mod x509;

pub use check::run;
pub use compare::{LEAST_ROUNDS, Side, compare, paired};
pub use dns::RecordType;
pub use file::{
    ChecksFile, CommandCheck, Database, DnsCheck, FileCheck, FileError, HeaderName, HeaderValue,
    HttpCheck, LoadCheck, Method, ServiceCheck, SqlCheck, TcpCheck,
};
pub use json_path::JsonPath;
pub use place::Place;
pub use value::{Address, Argv, Mode, Sha256Hex, Span, Url};
