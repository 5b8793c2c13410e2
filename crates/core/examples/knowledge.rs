//! Builds a knowledge base from a folder of recorded feeds and prints what it costs: `bench/knowledge` runs it.
//!
//! usage: knowledge FEEDS FOLDER

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use patchward_core::update::{FeedReport, Listener, update};
use patchward_feeds::{Config, FEEDS, Feed};
use patchward_knowledge::{Knowledge, Named, Probe, merge};

struct Quiet;

impl Listener for Quiet {
    fn began(&self, _: &'static Feed) {}
    fn read(&self, _: u64, _: Option<u64>) {}
    fn ended(&self, report: &FeedReport) {
        println!(
            "  {:<18} {:>8} added {:>8} changed {:>6} removed {:>6} problems {}",
            report.feed,
            report.added,
            report.changed,
            report.removed,
            report.problems.len(),
            report.failure.as_deref().unwrap_or_default()
        );
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [feeds, folder] = arguments.as_slice() else {
        anyhow::bail!("usage: knowledge FEEDS FOLDER");
    };
    let folder = Path::new(folder);
    let config = Config {
        cache: folder.join("cache"),
        mirror: Some(feeds.clone()),
        timeout: Duration::from_secs(600),
        offline: true,
        ..Config::default()
    };
    let base = folder.join("knowledge");
    for name in ["build", "update without changes"] {
        let feeds: Vec<&'static Feed> = FEEDS.iter().collect();
        let start = Instant::now();
        let reports = update(&base, &config, &feeds, false, Timestamp::now(), &Quiet)?;
        let taken = start.elapsed();
        let records: u64 = reports.iter().map(|r| r.added + r.changed).sum();
        let bytes: u64 = reports.iter().map(|r| r.bytes).sum();
        println!(
            "{name}: {taken:.2?}, {records} records ({:.0}/s), {:.1} MB read ({:.1} MB/s), peak {} MB",
            records as f64 / taken.as_secs_f64(),
            bytes as f64 / 1e6,
            bytes as f64 / 1e6 / taken.as_secs_f64(),
            peak()? / 1024
        );
    }
    let start = Instant::now();
    merge(&base, Timestamp::now())?;
    println!("merge: {:.2?}, peak {} MB", start.elapsed(), peak()? / 1024);
    let start = Instant::now();
    let knowledge = Knowledge::open(&base)?;
    println!("open: {:.2?}", start.elapsed());
    println!("{:?}", knowledge.stats());
    let start = Instant::now();
    knowledge.verify()?;
    println!("verify: {:.2?}", start.elapsed());
    look_ups(&knowledge);
    Ok(())
}

/// Looks up every package that the knowledge base names, and one that it does not for each.
fn look_ups(knowledge: &Knowledge) {
    let packages: Vec<(&str, &str)> = knowledge.packages().collect();
    let strangers: Vec<String> = packages
        .iter()
        .map(|(_, name)| format!("{name}-x"))
        .collect();
    let start = Instant::now();
    let (mut claims, mut hits, mut rounds) = (0_u64, 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(2) {
        for ((family, name), stranger) in packages.iter().zip(&strangers) {
            for name in [*name, stranger] {
                let mut probe = Probe::new("1.2.3");
                for run in knowledge.package(family, name) {
                    for claim in run.claims() {
                        claims += 1;
                        hits += u64::from(claim.names(&mut probe) != Named::No);
                    }
                }
                rounds += 1;
            }
        }
    }
    let taken = start.elapsed().as_secs_f64();
    println!(
        "look-ups: {:.0}/s on one core ({} packages, {:.0} claims/s, {hits} hits)",
        rounds as f64 / taken,
        packages.len(),
        claims as f64 / taken
    );
}

/// Peak resident memory of this process in KiB.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .context("no VmHWM in /proc/self/status")?
        .parse()
        .context("VmHWM")
}
