//! Policies with their conditions, and a repository's own context.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_risk::context::OwnContext;
use patchward_risk::policy::expression::{Names, check};
use patchward_risk::policy::field::Root;
use patchward_risk::policy::{Policy, run};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let names = Names {
        roots: &Root::ALL,
        ..Names::default()
    };
    let _ = check(text, &names);
    let _ = OwnContext::parse("patchward.toml", text);
    if let Ok(policy) = Policy::parse("policy.toml", text) {
        run(&policy);
    }
});
