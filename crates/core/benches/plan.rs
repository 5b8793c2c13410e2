//! Planning: a host with 500 findings, with and without limits, and the choice among hundreds of patches.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use patchward_core::patches::patches;
use patchward_core::plan::plan;
use patchward_protocol::inventory::{Component, SourcePackage};
use patchward_protocol::plan::PlanLimits;
use patchward_protocol::report::{EpssSignal, Finding, ScanReport, SeverityLevel, TargetReport};

const NAMES: [&str; 12] = [
    "linux-image-6.1",
    "libc6",
    "nginx",
    "openssh-server",
    "libssl3",
    "postgresql-15",
    "apache2",
    "redis-server",
    "curl",
    "libxml2",
    "vim",
    "postfix",
];

/// A Debian machine: `findings` findings on a third as many packages, some services, libraries, a kernel.
fn machine(findings: usize) -> ScanReport {
    let levels = [
        SeverityLevel::Low,
        SeverityLevel::Medium,
        SeverityLevel::High,
        SeverityLevel::Critical,
    ];
    let packages = (findings / 3).max(1);
    let all: Vec<Finding> = (0..findings)
        .map(|at| {
            let package = at * 7 % packages;
            let name = match NAMES.get(package) {
                Some(name) => (*name).to_owned(),
                None if package.is_multiple_of(3) => format!("lib-{package}"),
                None => format!("tool-{package}"),
            };
            let component = Component {
                purl: format!("pkg:deb/debian/{name}@1.0-1"),
                version: "1.0-1".into(),
                source: Some(SourcePackage {
                    name: name.clone(),
                    version: "1.0-1".into(),
                }),
                name,
                ..Component::default()
            };
            let mut finding = Finding {
                id: format!("{at}"),
                vulnerability: format!("CVE-2026-{}", at / 2),
                component: Box::new(component),
                upgrade: Some(format!("1.0-{}", 2 + at % 5)),
                ..Finding::default()
            };
            finding.severity.level = levels[at * 5 % levels.len()];
            finding.signals.epss = Some(EpssSignal {
                score: (at * 37 % 1000) as f64 / 1000.0,
                ..EpssSignal::default()
            });
            finding
        })
        .collect();
    let target = TargetReport {
        patches: patches(&all, &[], None),
        findings: all,
        ..TargetReport::default()
    };
    ScanReport {
        targets: vec![target],
        ..ScanReport::default()
    }
}

fn benches(c: &mut Criterion) {
    let host = machine(500);
    let limited = PlanLimits {
        budget: Some(40),
        max_downtime_seconds: Some(240),
        window_seconds: Some(1500),
        ..PlanLimits::default()
    };
    let report = plan(&host, &limited);
    println!(
        "500 findings, {} patches, limited: {:?}",
        host.targets[0].patches.len(),
        report.choice
    );
    let mut group = c.benchmark_group("plan");
    group.sample_size(20);
    group.bench_function("500 findings", |b| {
        b.iter(|| black_box(plan(&host, &PlanLimits::default())));
    });
    group.bench_function(
        "500 findings, within a budget, a downtime and a window",
        |b| {
            b.iter(|| black_box(plan(&host, &limited)));
        },
    );
    let fleet = machine(5000);
    group.bench_function("5000 findings, greedy", |b| {
        b.iter(|| black_box(plan(&fleet, &limited)));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
