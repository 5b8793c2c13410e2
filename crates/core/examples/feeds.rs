//! Brings a knowledge base up to date from a mirror of the feeds, and prints what it costs:
//! `feeds MIRROR [FOLDER [FEED…]]`. `bench/feeds` calls it on an empty folder and on an older state.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use patchward_core::update::{FeedReport, Listener, Manner, update};
use patchward_feeds::{Config, FEEDS, Feed};
use patchward_knowledge::Knowledge;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mirror = arguments
        .next()
        .context("usage: feeds MIRROR [FOLDER] [FEED…]")?;
    let temporary = tempfile::tempdir()?;
    let folder = match arguments.next() {
        Some(folder) => PathBuf::from(folder),
        None => temporary.path().join("knowledge"),
    };
    let named: Vec<String> = arguments.collect();
    let feeds: Vec<&'static Feed> = match named.is_empty() {
        true => FEEDS.iter().filter(|feed| feed.name != "rss").collect(),
        false => named.iter().filter_map(|name| Feed::find(name)).collect(),
    };
    build(&mirror, &folder, &feeds)
}

fn build(mirror: &str, folder: &Path, feeds: &[&'static Feed]) -> anyhow::Result<()> {
    let config = Config {
        cache: folder.with_extension("cache"),
        mirror: Some(mirror.to_owned()),
        timeout: Duration::from_secs(3600),
        ..Config::default()
    };
    println!(
        "{:<16} {:>8} {:>8} {:>8} {:>9} {:>8} {:>9} {:>7}",
        "feed", "added", "changed", "removed", "MB read", "seconds", "records/s", "MB/s"
    );
    let start = Instant::now();
    let printer = Printer {
        began: Cell::new(start),
    };
    let reports = update(
        folder,
        &config,
        feeds,
        Manner::default(),
        Timestamp::now(),
        &printer,
    )?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes: u64 = reports.iter().map(|report| report.bytes).sum();
    let records: u64 = reports
        .iter()
        .map(|report| report.added + report.changed)
        .sum();
    println!(
        "in all {records} records, {:.1} MB in {seconds:.2} s",
        megabytes(bytes)
    );
    println!(
        "{:.0} records/s, {:.1} MB/s",
        records as f64 / seconds,
        megabytes(bytes) / seconds
    );
    println!(
        "on disk {:.1} MB, {} segments",
        megabytes(size(folder)?),
        Knowledge::open(folder)?.manifest().segments.len()
    );
    println!("peak memory {} MiB", peak_memory().unwrap_or(0) >> 10);
    Ok(())
}

struct Printer {
    began: Cell<Instant>,
}

impl Listener for Printer {
    fn began(&self, _: &'static Feed) {
        self.began.set(Instant::now());
    }

    fn read(&self, _: u64, _: Option<u64>) {}

    fn ended(&self, report: &FeedReport) {
        let seconds = self.began.get().elapsed().as_secs_f64();
        let records = report.added + report.changed;
        println!(
            "{:<16} {:>8} {:>8} {:>8} {:>9.2} {seconds:>8.2} {:>9.0} {:>7.1}",
            report.feed,
            report.added,
            report.changed,
            report.removed,
            megabytes(report.bytes),
            records as f64 / seconds,
            megabytes(report.bytes) / seconds
        );
        if let Some(failure) = &report.failure {
            println!("  failed: {failure}");
        }
        for problem in report.lost.iter().chain(&report.problems).take(3) {
            println!("  problem: {problem}");
        }
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(folder)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}

/// The most memory that this process had at once, in KiB (Linux).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}
