//! Scoring of vectors, evaluation of SSVC tables, reading of signals: the steps that run for each finding.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use patchward_risk::cvss::{ModifiedMetric, Requirement, Requirements, Vector};
use patchward_risk::lev::{lev, lev2};
use patchward_risk::signals::{EpssPoint, EpssSeries, Reading};
use patchward_risk::ssvc::{Builtin, Point, Source, deployer_tree};

const V31: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:P";
const V40: &str = "CVSS:4.0/AV:A/AC:H/AT:P/PR:L/UI:P/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L/E:P";

fn cvss(criterion: &mut Criterion) {
    let needs = Requirements {
        confidentiality: Some(Requirement::High),
        integrity: Some(Requirement::Low),
        availability: None,
    };
    let modified = [ModifiedMetric::parse("MAV:L").expect("a metric")];
    for (name, text) in [("v3.1", V31), ("v4.0", V40)] {
        criterion.bench_function(&format!("parse {name}"), |b| {
            b.iter(|| Vector::parse(black_box(text)));
        });
        let vector = Vector::parse(text).expect("a vector");
        criterion.bench_function(&format!("score {name}"), |b| {
            b.iter(|| black_box(vector).score());
        });
        criterion.bench_function(&format!("environmental score {name}"), |b| {
            b.iter(|| black_box(vector).environmental(&needs, &modified));
        });
    }
}

fn ssvc(criterion: &mut Criterion) {
    let table = Builtin::Deployer.table();
    criterion.bench_function("deployer table, places", |b| {
        b.iter(|| table.at(black_box(&[2, 2, 1, 3])));
    });
    let said = |value| Point::new(value, Source::Policy("bench".to_owned()));
    let points = [
        ("E", said("A")),
        ("EXP", said("O")),
        ("A", said("Y")),
        ("SI", said("M")),
        ("MI", said("MSC")),
    ];
    criterion.bench_function("deployer tree, with sources", |b| {
        b.iter(|| deployer_tree().evaluate(black_box(&points)));
    });
}

fn signals(criterion: &mut Criterion) {
    let today = "2026-11-22".parse().expect("a date");
    let point = |at: i8| EpssPoint {
        day: jiff::civil::date(2026, at % 10 + 1, at % 28 + 1),
        score: f64::from(at) / 128.0,
        model: "v2026".to_owned(),
    };
    let (series, _) = EpssSeries::new((0..100).map(point).collect(), today);
    criterion.bench_function("LEV of 100 points", |b| {
        b.iter(|| lev(black_box(&series), today))
    });
    criterion.bench_function("LEV2 of 100 points", |b| {
        b.iter(|| lev2(black_box(&series), today))
    });
    criterion.bench_function("read and judge signals", |b| {
        b.iter(|| {
            let (signals, _) = Reading::new(today)
                .epss(0.4, 0.9, "2026-11-21", "v2026", &series)
                .kev("CISA", "2026-11-01", Some("2026-11-04"), true)
                .ssvc("CISA", None, "active", "yes", "total")
                .cvss("NVD", V31)
                .finish();
            (
                signals.exploitation(),
                signals.automatable(),
                signals.technical_impact(),
            )
        });
    });
}

criterion_group!(benches, cvss, ssvc, signals);
criterion_main!(benches);
