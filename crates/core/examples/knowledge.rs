//! Builds a knowledge base from a folder of recorded feeds and prints what it costs: `bench/knowledge` runs it.
//!
//! usage: knowledge FEEDS FOLDER

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use patchward_core::update::{FeedReport, Listener, Manner, update};
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
    std::fs::create_dir_all(&config.cache)?;
    let base = folder.join("knowledge");
    for name in ["build", "update without changes"] {
        let feeds: Vec<&'static Feed> = FEEDS.iter().collect();
        let start = Clock::now()?;
        let reports = update(
            &base,
            &config,
            &feeds,
            Manner::default(),
            Timestamp::now(),
            &Quiet,
        )?;
        let (taken, wall) = start.elapsed()?;
        let records: u64 = reports.iter().map(|r| r.added + r.changed).sum();
        let bytes: u64 = reports.iter().map(|r| r.bytes).sum();
        println!(
            "{name}: {taken:.2?} of processor ({wall:.2?} by the clock), {records} records ({:.0}/s), {:.1} MB read ({:.1} MB/s), peak {} MB",
            records as f64 / taken.as_secs_f64(),
            bytes as f64 / 1e6,
            bytes as f64 / 1e6 / taken.as_secs_f64(),
            peak()? / 1024
        );
    }
    let start = Clock::now()?;
    merge(&base, Timestamp::now())?;
    let (taken, wall) = start.elapsed()?;
    println!(
        "merge: {taken:.2?} of processor ({wall:.2?} by the clock), peak {} MB",
        peak()? / 1024
    );
    let start = Clock::now()?;
    let knowledge = Knowledge::open(&base)?;
    let (taken, wall) = start.elapsed()?;
    println!("open: {taken:.2?} of processor ({wall:.2?} by the clock)");
    println!("{:?}", knowledge.stats());
    let start = Clock::now()?;
    knowledge.verify()?;
    println!("verify: {:.2?} of processor", start.elapsed()?.0);
    look_ups(&knowledge)
}

/// Looks up every package that the knowledge base names, and one that it does not for each.
fn look_ups(knowledge: &Knowledge) -> anyhow::Result<()> {
    let packages: Vec<(&str, &str)> = knowledge.packages().collect();
    let strangers: Vec<String> = packages
        .iter()
        .map(|(_, name)| format!("{name}-x"))
        .collect();
    let start = Clock::now()?;
    let (mut claims, mut hits, mut looked_up) = (0_u64, 0_u64, 0_u64);
    for _ in 0..50 {
        for ((family, name), stranger) in packages.iter().zip(&strangers) {
            for name in [*name, stranger] {
                let mut probe = Probe::new("1.2.3");
                for run in knowledge.package(family, name) {
                    for claim in run.claims() {
                        claims += 1;
                        hits += u64::from(claim.names(&mut probe) != Named::No);
                    }
                }
                looked_up += 1;
            }
        }
    }
    let (taken, wall) = start.elapsed()?;
    println!(
        "look-ups: {:.0}/s on one core ({:.0}/s by the clock), {} packages, {:.0} claims/s, {hits} hits",
        looked_up as f64 / taken.as_secs_f64(),
        looked_up as f64 / wall.as_secs_f64(),
        packages.len(),
        claims as f64 / taken.as_secs_f64()
    );
    Ok(())
}

/// Time on the processor beside time on the wall: a busy machine then changes only the second.
struct Clock {
    wall: Instant,
    processor: Duration,
}

impl Clock {
    fn now() -> anyhow::Result<Clock> {
        Ok(Clock {
            wall: Instant::now(),
            processor: on_processor()?,
        })
    }

    fn elapsed(&self) -> anyhow::Result<(Duration, Duration)> {
        Ok((on_processor()? - self.processor, self.wall.elapsed()))
    }
}

/// Time that this (single-threaded) process has been on a processor.
fn on_processor() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = text.split_whitespace().next();
    let nanoseconds = nanoseconds.context("no time in /proc/self/schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
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
