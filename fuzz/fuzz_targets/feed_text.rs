//! The other formats of feeds and the index of vuln.go.dev; the first byte chooses a format. No bytes make a reader panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::format::{Format, go_vulndb, statement};

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else {
        return;
    };
    let formats = [
        Format::Kev,
        Format::Epss,
        Format::DebianTracker,
        Format::DebianList,
        Format::AlpineSecdb,
        Format::Packagist,
        Format::RetireJs,
        Format::WordPress,
        Format::Eol,
        Format::Rss,
    ];
    let _ = formats[usize::from(first) % formats.len()].read(bytes, "fuzz");
    let _ = go_vulndb::modified(bytes);
    let _ = go_vulndb::vulns(bytes);
    let _ = go_vulndb::modules(bytes);
    let _ = statement::read(&String::from_utf8_lossy(bytes));
});
