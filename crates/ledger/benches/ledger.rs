//! Appending (one by one, by many threads, in batches) and verifying a million entries.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use patchward_ledger::{Entry, Ledger, Options, Reader, verify};
use serde_json::json;

const MILLION: u64 = 1_000_000;

fn entry(number: u64) -> Entry {
    Entry {
        time: Timestamp::UNIX_EPOCH,
        kind: "step.done".into(),
        actor: "patchward".into(),
        subject: format!("run/{}/step/{}", number / 9, number % 9),
        body: json!({"package": "libssl3", "from": "3.0.11-1~deb12u1", "to": "3.0.11-1~deb12u2", "exit": 0, "seconds": 3}),
    }
}

fn open(folder: &Path) -> Ledger {
    Ledger::open(folder, Options::default()).unwrap()
}

/// With the disk waited for, as in earnest.
fn append(c: &mut Criterion) {
    let mut group = c.benchmark_group("append");
    group.sample_size(10).throughput(Throughput::Elements(1));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ledger = open(folder.path());
    group.bench_function("one by one", |b| {
        b.iter(|| ledger.append(&entry(7)).unwrap())
    });
    group.bench_function("batches of 100", |b| {
        let entries: Vec<_> = (0..100).map(entry).collect();
        b.iter_custom(|count| {
            let begun = Instant::now();
            for _ in 0..count.div_ceil(100) {
                ledger.append_all(&entries).unwrap();
            }
            begun
                .elapsed()
                .mul_f64(count as f64 / (count.div_ceil(100) * 100) as f64)
        });
    });
    group.bench_function("batches of 1000", |b| {
        let entries: Vec<_> = (0..1000).map(entry).collect();
        b.iter_custom(|count| {
            let begun = Instant::now();
            for _ in 0..count.div_ceil(1000) {
                ledger.append_all(&entries).unwrap();
            }
            let made = count.div_ceil(1000) * 1000;
            begun.elapsed().mul_f64(count as f64 / made as f64)
        });
    });
    group.bench_function("64 threads, group commit", |b| {
        b.iter_custom(|count| by_threads(&ledger, count));
    });
    let quick = Options {
        sync: false,
        ..Options::default()
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ledger = Ledger::open(folder.path(), quick).unwrap();
    group.bench_function("one by one, not waiting for the disk", |b| {
        b.iter(|| ledger.append(&entry(7)).unwrap());
    });
    group.finish();
}

fn by_threads(ledger: &Ledger, count: u64) -> Duration {
    let each = count.div_ceil(64);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for number in 0..each {
                    ledger.append(&entry(number)).unwrap();
                }
            });
        }
    });
    begun.elapsed().mul_f64(count as f64 / (each * 64) as f64)
}

fn read(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ledger = open(folder.path());
    for batch in 0..MILLION / 1000 {
        let entries: Vec<_> = (0..1000).map(|n| entry(batch * 1000 + n)).collect();
        ledger.append_all(&entries).unwrap();
    }
    let mut group = c.benchmark_group("a million entries");
    group.sample_size(10);
    group.bench_function("verify", |b| {
        b.iter(|| assert!(verify(folder.path(), None, &[]).unwrap().is_intact()));
    });
    group.bench_function("open", |b| b.iter(|| open(folder.path())));
    let reader = Reader::open(folder.path()).unwrap();
    group.bench_function("prove", |b| b.iter(|| reader.prove(765_432).unwrap()));
    group.finish();
}

criterion_group!(benches, append, read);
criterion_main!(benches);
