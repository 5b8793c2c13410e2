//! Matching against the whole knowledge base of the recorded feeds: opening it, look-ups, and an inventory.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use patchward_core::matching::matching;
use patchward_core::update::{FeedReport, Listener, Manner, update};
use patchward_feeds::{Config, FEEDS, Feed};
use patchward_knowledge::{Knowledge, Named, Probe, merge};
use patchward_protocol::inventory::{Component, Inventory, OperatingSystem, SourcePackage};

struct Quiet;

impl Listener for Quiet {
    fn began(&self, _: &'static Feed) {}
    fn read(&self, _: u64, _: Option<u64>) {}
    fn ended(&self, _: &FeedReport) {}
}

fn build(feeds: &Path, folder: &Path) {
    let config = Config {
        cache: folder.join("cache"),
        mirror: Some(feeds.display().to_string()),
        timeout: Duration::from_secs(600),
        offline: true,
        ..Config::default()
    };
    let all: Vec<&'static Feed> = FEEDS.iter().collect();
    let now = Timestamp::UNIX_EPOCH;
    update(folder, &config, &all, Manner::default(), now, &Quiet).unwrap();
    merge(folder, now).unwrap();
}

/// A Debian machine with the packages that the knowledge base tells most of, and as many that it does not know.
fn machine(knowledge: &Knowledge) -> Inventory {
    let known = knowledge
        .packages()
        .filter(|(family, _)| *family == "Debian")
        .map(|(_, name)| name.to_owned())
        .take(500);
    let names: Vec<String> = known
        .chain((0..500).map(|n| format!("stranger-{n}")))
        .collect();
    let components = names.into_iter().map(|name| Component {
        purl: format!("pkg:deb/debian/{name}@99.0-1"),
        name: name.clone(),
        version: "99.0-1".into(),
        source: Some(SourcePackage {
            name,
            version: "99.0-1".into(),
        }),
        ..Component::default()
    });
    Inventory {
        os: Some(OperatingSystem {
            id: "debian".into(),
            version_id: "12".into(),
            ecosystem: Some("Debian:12".into()),
            ..OperatingSystem::default()
        }),
        components: components.collect(),
        ..Inventory::default()
    }
}

fn benches(c: &mut Criterion) {
    let Some(feeds) = patchward_test_support::feeds() else {
        println!("skipped: no feeds (set PATCHWARD_FEEDS)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    build(&feeds, folder.path());
    c.bench_function("open", |b| {
        b.iter(|| Knowledge::open(folder.path()).unwrap())
    });

    let knowledge = Knowledge::open(folder.path()).unwrap();
    let packages: Vec<(&str, &str)> = knowledge.packages().collect();
    let mut group = c.benchmark_group("look-ups");
    group.throughput(Throughput::Elements(packages.len() as u64));
    group.bench_function("every known package", |b| {
        b.iter(|| {
            let mut hits = 0_usize;
            for (family, name) in &packages {
                let mut probe = Probe::new("1.2.3");
                for run in knowledge.package(family, name) {
                    for claim in run.claims() {
                        hits += usize::from(claim.names(&mut probe) != Named::No);
                    }
                }
            }
            black_box(hits)
        });
    });
    group.finish();

    let inventory = machine(&knowledge);
    let mut group = c.benchmark_group("matching");
    group.throughput(Throughput::Elements(inventory.components.len() as u64));
    group.bench_function("1000 Debian packages, up to date", |b| {
        b.iter(|| black_box(matching(&inventory, &knowledge)));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
