use proptest::prelude::*;

use super::*;

fn judged(metric: Metric, control: &[f64], patched: &[f64]) -> Comparison {
    paired("page", metric, control.to_vec(), patched.to_vec(), 0.1, 7)
}

const STEADY: [f64; 6] = [100.0, 101.0, 99.0, 100.0, 102.0, 98.0];

fn times(factor: f64) -> Vec<f64> {
    STEADY.iter().map(|value| value * factor).collect()
}

#[test]
fn an_effect_beyond_the_threshold_is_named_and_a_small_one_is_not() {
    let verdict = |metric, factor| judged(metric, &STEADY, &times(factor)).verdict;
    assert_eq!(verdict(Metric::LatencyP50, 1.0), Verdict::Same);
    assert_eq!(verdict(Metric::LatencyP50, 1.05), Verdict::Same);
    assert_eq!(verdict(Metric::LatencyP50, 1.3), Verdict::Worse);
    assert_eq!(verdict(Metric::CpuPerRequest, 0.7), Verdict::Better);
    assert_eq!(verdict(Metric::Throughput, 1.3), Verdict::Better);
    assert_eq!(verdict(Metric::Throughput, 0.7), Verdict::Worse);
    let worse = judged(Metric::LatencyP50, &STEADY, &times(1.3));
    assert!(
        (worse.effect - 0.3).abs() < 1e-9
            && worse.low <= worse.effect
            && worse.effect <= worse.high
    );
}

#[test]
fn noise_and_too_few_rounds_are_inconclusive() {
    let noisy = [60.0, 170.0, 90.0, 140.0, 75.0, 130.0];
    assert_eq!(
        judged(Metric::LatencyP50, &STEADY, &noisy).verdict,
        Verdict::Inconclusive
    );
    assert_eq!(
        judged(Metric::LatencyP50, &STEADY[..4], &times(2.0)).verdict,
        Verdict::Inconclusive
    );
    let broken = [0.0, f64::NAN, 100.0, 100.0, 100.0, 100.0];
    assert_eq!(
        judged(Metric::LatencyP50, &broken, &times(2.0)).verdict,
        Verdict::Inconclusive
    );
    let nothing = judged(Metric::LatencyP50, &[], &[]);
    assert_eq!(
        (nothing.verdict, nothing.effect),
        (Verdict::Inconclusive, 0.0)
    );
}

#[test]
fn sides_take_turns_and_the_first_round_does_not_count() {
    let load: LoadCheck = crate::ChecksFile::parse(
        "t",
        b"[[load]]\nname = \"a\"\nurl = \"http://a/\"\nrounds = 6\n",
    )
    .unwrap()
    .load
    .remove(0);
    let order = std::cell::RefCell::new(String::new());
    let used = std::cell::Cell::new(Duration::ZERO);
    let round = |side: char, micros: u32| {
        order.borrow_mut().push(side);
        used.set(used.get() + Duration::from_micros(u64::from(micros) * 100));
        Sample {
            requests: 100,
            elapsed: Duration::from_millis(100),
            latencies: vec![micros; 100],
            errors: 0,
        }
    };
    let cpu = || Some(used.get());
    let mut of_control = |_: &LoadCheck| round('c', 100);
    let mut of_patched = |_: &LoadCheck| round('p', 150);
    let mut control = Side {
        load: &mut of_control,
        cpu: &cpu,
    };
    let mut patched = Side {
        load: &mut of_patched,
        cpu: &cpu,
    };
    let all = compare(&load, &mut control, &mut patched, 1);
    assert_eq!(*order.borrow(), "cppccppccppccp");
    let verdicts: Vec<_> = all.iter().map(|one| (one.metric, one.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            (Metric::CpuPerRequest, Verdict::Worse),
            (Metric::LatencyP50, Verdict::Worse),
            (Metric::LatencyP99, Verdict::Worse),
            (Metric::Throughput, Verdict::Same),
        ]
    );
    assert_eq!(all[0].control, [100_000.0 / 100.0 * 100.0; 6]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_interval_holds_the_effect_and_comes_again_with_its_seed(
        pairs in prop::collection::vec((0.1f64..1000.0, 0.1f64..1000.0), 5..30), seed in any::<u64>(),
    ) {
        let (control, patched): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let once = paired("a", Metric::LatencyP99, control.clone(), patched.clone(), 0.1, seed);
        prop_assert!(once.low <= once.effect + 1e-9 && once.effect <= once.high + 1e-9);
        prop_assert_eq!(once, paired("a", Metric::LatencyP99, control, patched, 0.1, seed));
    }
}
