//! Opening, looking up and building, on made-up records: no feeds needed. `crates/core/benches` has the real ones.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use patchward_advisory::model::{
    Advisory, Affected, Authority, Conditions, Event, Package, Range, RangeKind, Status,
};
use patchward_knowledge::{Knowledge, Named, Probe, Record, Update};

const RECORDS: u32 = 100_000;

fn advisory(number: u32) -> Record {
    let fixed = format!("{}.{}.{}", number % 7, number % 11, number % 13);
    let affected = Affected {
        package: Package {
            ecosystem: "npm".into(),
            name: format!("package-{}", number / 3),
            purl: None,
        },
        status: Status::Affected,
        ranges: vec![Range {
            kind: RangeKind::SemVer,
            events: vec![Event::Introduced("0".into()), Event::Fixed(fixed)],
            repo: None,
        }],
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: Vec::new(),
    };
    let advisory = Advisory {
        id: format!("GHSA-{number}"),
        feed: "bench".into(),
        publisher: "bench".into(),
        authority: Authority::Ecosystem,
        aliases: vec![format!("CVE-2024-{:05}", number)],
        upstream: Vec::new(),
        related: Vec::new(),
        published: None,
        modified: None,
        withdrawn: None,
        summary: format!("flaw number {number}"),
        details: "What is wrong, told at some length. ".repeat(20),
        severities: Vec::new(),
        cwes: Vec::new(),
        affected: vec![affected],
        references: Vec::new(),
        malware: false,
        tags: Vec::new(),
        license: String::new(),
    };
    advisory.into()
}

fn build(folder: &std::path::Path, records: u32) {
    let mut update = Update::begin(folder, Timestamp::UNIX_EPOCH).unwrap();
    update
        .replace_feed("bench", (0..records).map(advisory))
        .unwrap();
    update.commit().unwrap();
}

fn look_up(knowledge: &Knowledge, name: &str, version: &str) -> usize {
    let mut probe = Probe::new(version);
    let mut hits = 0;
    for run in knowledge.package("npm", name) {
        for claim in run.claims() {
            hits += usize::from(claim.names(&mut probe) != Named::No);
        }
    }
    hits
}

fn benches(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), RECORDS);
    c.bench_function("open", |b| {
        b.iter(|| Knowledge::open(folder.path()).unwrap())
    });

    let knowledge = Knowledge::open(folder.path()).unwrap();
    let names: Vec<String> = (0..20_000)
        .map(|n| format!("package-{}", n * 7 % 50_000))
        .collect();
    let mut group = c.benchmark_group("look-ups");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("20000 names", |b| {
        b.iter(|| {
            let hits: usize = names
                .iter()
                .map(|name| look_up(&knowledge, name, "3.4.5"))
                .sum();
            black_box(hits)
        });
    });
    group.finish();

    let mut group = c.benchmark_group("build");
    group.sample_size(10);
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("10000 records", |b| {
        b.iter(|| build(tempfile::tempdir().unwrap().path(), 10_000));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
