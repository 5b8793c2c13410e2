//! Performance, control against patched: interleaved rounds, paired ratios, a bootstrap interval, and a judgement.
//!
//! On a machine that others use too, single figures mean little. Rounds alternate, so that what disturbs one side
//! disturbs the other; each pair gives one ratio; the effect is the median of the ratios, and its interval comes from
//! drawing pairs again and again (percentile bootstrap). Processor time per request comes first: others disturb it least.
//! It is a question of non-inferiority: an interval that is too wide is *inconclusive*, never a pass.

#[cfg(test)]
mod tests;

use std::time::Duration;

use patchward_protocol::check::{Comparison, Metric, Verdict};

use crate::file::LoadCheck;
use crate::load::Sample;

/// Fewer pairs than these judge nothing.
pub const LEAST_ROUNDS: usize = 5;
const ROUNDS: u8 = 5;
const THRESHOLD: f64 = 0.1;
/// Drawings of the bootstrap, and the part of them outside of the interval at each end.
const DRAWINGS: usize = 4000;
const OUTSIDE: f64 = 0.025;

/// One side of a comparison: how to put the load on it, and its processor time so far where that can be told.
///
/// The caller enters the side's network namespace within `load`, and calls [`crate::load::generate`] there.
pub struct Side<'a> {
    /// Puts one round of the load on this side.
    pub load: &'a mut dyn FnMut(&LoadCheck) -> Sample,
    /// The processor time that its services used so far.
    pub cpu: &'a dyn Fn() -> Option<Duration>,
}

/// What one round of one side measured.
#[derive(Debug, Clone, PartialEq)]
struct Round {
    sample: Sample,
    cpu: Option<Duration>,
}

/// Runs the rounds of a load on both sides, in turns and each time in the other order, after one round of each that does not
/// count. `seed` is for the bootstrap: the same figures and seed give the same interval.
///
/// The comparisons come in the order of their weight: processor time (where both sides tell theirs), latency, throughput.
pub fn compare(
    load: &LoadCheck,
    control: &mut Side<'_>,
    patched: &mut Side<'_>,
    seed: u64,
) -> Vec<Comparison> {
    let rounds = usize::from(load.rounds.unwrap_or(ROUNDS)).max(LEAST_ROUNDS);
    let (mut of_control, mut of_patched) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let first_control = round % 2 == 0;
        if first_control {
            of_control.push(measure(load, control));
        }
        of_patched.push(measure(load, patched));
        if !first_control {
            of_control.push(measure(load, control));
        }
    }
    // The first round warms caches up.
    of_control.remove(0);
    of_patched.remove(0);
    judge(load, &of_control, &of_patched, seed)
}

fn measure(load: &LoadCheck, side: &mut Side<'_>) -> Round {
    let before = (side.cpu)();
    let sample = (side.load)(load);
    let cpu = (side.cpu)()
        .zip(before)
        .and_then(|(after, before)| after.checked_sub(before));
    Round { sample, cpu }
}

fn judge(load: &LoadCheck, control: &[Round], patched: &[Round], seed: u64) -> Vec<Comparison> {
    let threshold = load.threshold.unwrap_or(THRESHOLD);
    let metrics = [
        Metric::CpuPerRequest,
        Metric::LatencyP50,
        Metric::LatencyP99,
        Metric::Throughput,
    ];
    let mut all = Vec::new();
    for metric in metrics {
        let values = |rounds: &[Round]| {
            rounds
                .iter()
                .map(|round| value(round, metric))
                .collect::<Vec<_>>()
        };
        let (control, patched) = (values(control), values(patched));
        let told = |values: &[f64]| values.iter().any(|value| !value.is_nan());
        if metric == Metric::CpuPerRequest && !(told(&control) && told(&patched)) {
            continue;
        }
        all.push(paired(
            load.name.get_ref(),
            metric,
            control,
            patched,
            threshold,
            seed,
        ));
    }
    all
}

/// The value of a round; NaN where it has none.
fn value(round: &Round, metric: Metric) -> f64 {
    let sample = &round.sample;
    let quantile = |part| sample.quantile(part).map_or(f64::NAN, f64::from);
    match metric {
        Metric::CpuPerRequest => match round.cpu {
            Some(cpu) if sample.requests > 0 => cpu.as_nanos() as f64 / sample.requests as f64,
            _ => f64::NAN,
        },
        Metric::LatencyP50 => quantile(0.5),
        Metric::LatencyP99 => quantile(0.99),
        Metric::Throughput => sample.throughput(),
    }
}

/// Compares pairs of measurements. A pair in which one side has no value, or the control's is not above zero, does not count;
/// with fewer than five that do, or with a bad threshold, the verdict is inconclusive.
#[must_use]
pub fn paired(
    name: &str,
    metric: Metric,
    control: Vec<f64>,
    patched: Vec<f64>,
    threshold: f64,
    seed: u64,
) -> Comparison {
    let pairs = control.iter().zip(&patched);
    let ratios: Vec<f64> = pairs
        .map(|(control, patched)| {
            if *control > 0.0 {
                patched / control
            } else {
                f64::NAN
            }
        })
        .filter(|ratio| ratio.is_finite())
        .collect();
    let mut comparison = Comparison {
        name: name.to_owned(),
        metric,
        control: control.into_iter().map(finite).collect(),
        patched: patched.into_iter().map(finite).collect(),
        threshold,
        ..Comparison::default()
    };
    if ratios.is_empty() {
        return comparison;
    }
    comparison.effect = median(&mut ratios.clone()) - 1.0;
    (comparison.low, comparison.high) = interval(&ratios, seed);
    if ratios.len() >= LEAST_ROUNDS && threshold > 0.0 {
        // Of throughput more is better, of all else less.
        comparison.verdict = match metric {
            Metric::Throughput => verdict(-comparison.high, -comparison.low, threshold),
            _ => verdict(comparison.low, comparison.high, threshold),
        };
    }
    comparison
}

/// JSON has no NaN: a round without a value is shown as zero.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// The verdict on a harm that lies between `low` and `high`.
fn verdict(low: f64, high: f64, threshold: f64) -> Verdict {
    if low > threshold {
        Verdict::Worse
    } else if high < -threshold {
        Verdict::Better
    } else if low >= -threshold && high <= threshold {
        Verdict::Same
    } else {
        Verdict::Inconclusive
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    let half = values.len() / 2;
    match values.len() % 2 {
        1 => at(half),
        _ => f64::midpoint(at(half.wrapping_sub(1)), at(half)),
    }
}

/// The ends of the percentile bootstrap interval of the median, less one.
fn interval(ratios: &[f64], seed: u64) -> (f64, f64) {
    let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
    let mut drawn = vec![0.0; ratios.len()];
    let mut medians = Vec::with_capacity(DRAWINGS);
    for _ in 0..DRAWINGS {
        for value in &mut drawn {
            *value = ratios
                .get(random.below(ratios.len()))
                .copied()
                .unwrap_or(1.0);
        }
        medians.push(median(&mut drawn));
    }
    medians.sort_by(f64::total_cmp);
    let outside = (OUTSIDE * DRAWINGS as f64) as usize;
    let at = |index: usize| medians.get(index).copied().unwrap_or(f64::NAN) - 1.0;
    (at(outside), at(DRAWINGS - 1 - outside))
}

/// splitmix64: small, good enough to draw pairs, the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound.max(1) as u64).unwrap_or(0)
    }
}
