//! The other formats of feeds; the first byte chooses one. No bytes make a reader panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_advisory::format::{Format, statement};

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
    let _ = statement::read(&String::from_utf8_lossy(bytes));
});
