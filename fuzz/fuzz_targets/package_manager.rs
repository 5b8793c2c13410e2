//! Answers of package managers and of the kernel: no text makes a reader panic or take long.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_patch::apt::{policy, simulation};
use patchward_patch::dpkg::{output, status::Status};
use patchward_patch::restart::maps;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    simulation::parse(&text);
    policy::parse(&text);
    output::troubles(&text);
    maps::parse(&text);
    Status::parse(&text);
});
