//! Decisions per second on one core, and the time to load a policy: `cargo bench -p patchward-risk --bench decision`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::{Date, date};
use patchward_risk::context::AssetName;
use patchward_risk::cvss::Severity;
use patchward_risk::decision::{Asset, Decider, FindingFacts};
use patchward_risk::policy::Policy;
use patchward_risk::signals::{EpssSeries, Reading};

const TODAY: Date = date(2026, 1, 15);
const POLICY: &str = "extends = ['balanced', 'cisa-bod-26-04', 'pci-dss-4.0.1', 'cyber-essentials']\n\
    [context.default]\nprofile = 'shop'\n";

/// Findings that differ as real ones do: vectors, scores, days, catalogues.
fn findings(count: usize) -> Vec<FindingFacts> {
    let (none, _) = EpssSeries::new(Vec::new(), TODAY);
    let of = |n: usize| {
        let pick = |values: &[&'static str], by: usize| values[n / by % values.len()];
        let vector = format!(
            "CVSS:3.1/AV:{}/AC:{}/PR:{}/UI:{}/S:{}/C:{}/I:{}/A:{}",
            pick(&["N", "L", "A"], 1),
            pick(&["L", "H"], 3),
            pick(&["N", "L", "H"], 5),
            pick(&["N", "R"], 7),
            pick(&["U", "C"], 11),
            pick(&["H", "L", "N"], 13),
            pick(&["H", "L", "N"], 17),
            pick(&["H", "L", "N"], 19),
        );
        let mut reading = Reading::new(TODAY).cvss("NVD", &vector);
        if !n.is_multiple_of(7) {
            let score = (n % 1000) as f64 / 1000.0;
            reading = reading.epss(score, score, "2026-01-14", "v2025.03.14", &none);
        }
        if n.is_multiple_of(100) {
            reading = reading.kev(
                "CISA",
                "2025-11-03",
                Some("2025-11-24"),
                n.is_multiple_of(300),
            );
        }
        if n.is_multiple_of(3) {
            reading = reading.ssvc(
                "CISA",
                None,
                "poc",
                pick(&["yes", "no"], 3),
                pick(&["total", "partial"], 6),
            );
        }
        let base = reading.finish().0;
        let cvss = base.cvss.first().map(|stated| stated.vector.base());
        FindingFacts {
            id: format!("CVE-2025-{n}"),
            package: format!("package-{}", n % 5000),
            severity: cvss.map(|score| score.severity()).or(Some(Severity::High)),
            cvss: cvss.map(|score| score.value()),
            vector: Some(vector),
            status: "fixable".to_owned(),
            fixable: true,
            published: TODAY
                .checked_sub(jiff::Span::new().days((n % 900) as i64))
                .ok(),
            signals: base,
            ..FindingFacts::default()
        }
    };
    (0..count).map(of).collect()
}

/// The time that this thread has had a core for, so that a busy machine gives the same figure as an idle one. Where the
/// kernel does not tell, the time since the first call.
fn on_a_core() -> Duration {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    match told {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => FIRST.get_or_init(Instant::now).elapsed(),
    }
}

fn benches(criterion: &mut Criterion) {
    criterion.bench_function("load a policy with four presets", |bench| {
        bench.iter(|| {
            Policy::parse("policy.toml", black_box(POLICY)).map(|policy| policy.priorities.len())
        });
    });
    let policy = Policy::parse("policy.toml", POLICY).expect("the policy of the bench is good");
    let some = findings(10_000);
    let asset = || {
        Asset::new(policy.contexts.of(
            AssetName {
                name: "web-1",
                kind: "host",
            },
            None,
        ))
    };
    // A million decisions, each with all its reasons in words; 10,000 findings, a hundred times.
    let mut group = criterion.benchmark_group("decide");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(20));
    group.bench_function("1,000,000 findings, on one core", |bench| {
        bench.iter_custom(|rounds| {
            let started = on_a_core();
            for _ in 0..rounds {
                for _ in 0..100 {
                    let mut decider = Decider::new(&policy, asset(), TODAY);
                    for finding in &some {
                        black_box(decider.decide(finding));
                    }
                }
            }
            on_a_core() - started
        });
    });
}

criterion_group!(decision, benches);
criterion_main!(decision);
