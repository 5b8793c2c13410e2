//! The formulas of CVSS v2 (guide, section 3.2), in integers.

use super::vector::Vector;

// Places in the list of metrics.
const AV: usize = 0;
const AC: usize = 1;
const AU: usize = 2;
const C: usize = 3;
const E: usize = 6;
const RL: usize = 7;
const RC: usize = 8;
const CDP: usize = 9;
const TD: usize = 10;
const CR: usize = 11;

/// Weights by place of the value, in thousandths or hundredths as named.
const AV_1000: &[i128] = &[0, 395, 646, 1000];
const AC_100: &[i128] = &[0, 35, 61, 71];
const AU_1000: &[i128] = &[0, 450, 560, 704];
const IMPACT_1000: &[i128] = &[0, 0, 275, 660];
const E_100: &[i128] = &[100, 85, 90, 95, 100];
const RL_100: &[i128] = &[100, 87, 90, 95, 100];
const RC_100: &[i128] = &[100, 90, 95, 100];
const CDP_10: &[i128] = &[0, 0, 1, 3, 4, 5];
const TD_100: &[i128] = &[100, 0, 25, 75, 100];
const REQUIREMENT_100: &[i128] = &[100, 50, 100, 151];

/// One, in the scale of the impact: 10.41 with two decimals times three factors with five.
const ONE: i128 = 100_000_000_000_000_000;

pub fn base(vector: &Vector) -> u8 {
    tenths(from_impact(vector, impact(vector, [100; 3])))
}

pub fn temporal(vector: &Vector) -> u8 {
    tenths(with_temporal(vector, i128::from(base(vector))))
}

pub fn environmental(vector: &Vector) -> u8 {
    let requirements = [CR, CR + 1, CR + 2].map(|place| weight(vector, place, REQUIREMENT_100));
    let adjusted = impact(vector, requirements).min(10 * ONE);
    let adjusted = from_impact(vector, adjusted);
    let adjusted = with_temporal(vector, adjusted); // tenths
    let damage = weight(vector, CDP, CDP_10);
    let targets = weight(vector, TD, TD_100);
    tenths(round(
        (adjusted * 10 + (100 - adjusted) * damage) * targets,
        1000,
    ))
}

/// The impact in units of `1 / ONE`.
fn impact(vector: &Vector, requirements_100: [i128; 3]) -> i128 {
    let mut left = 1;
    for (offset, requirement) in requirements_100.into_iter().enumerate() {
        left *= 100_000 - weight(vector, C + offset, IMPACT_1000) * requirement;
    }
    1041 * (1_000_000_000_000_000 - left)
}

/// The base equation in tenths. With low requirements it may be below zero; the guide takes that on to the next equation.
fn from_impact(vector: &Vector, impact: i128) -> i128 {
    if impact == 0 {
        return 0;
    }
    let access = weight(vector, AV, AV_1000) * weight(vector, AC, AC_100);
    let exploitability = 20 * access * weight(vector, AU, AU_1000) * (ONE / 100_000_000);
    let sum = 6 * impact + 4 * exploitability - 15 * ONE; // in tenths
    round(sum * 1176, 1000 * ONE)
}

fn with_temporal(vector: &Vector, tenths: i128) -> i128 {
    let factors =
        weight(vector, E, E_100) * weight(vector, RL, RL_100) * weight(vector, RC, RC_100);
    round(tenths * factors, 1_000_000)
}

fn weight(vector: &Vector, place: usize, weights: &[i128]) -> i128 {
    let value = usize::from(vector.at(place));
    weights.get(value).copied().unwrap_or(0)
}

/// Half away from zero.
fn round(value: i128, one: i128) -> i128 {
    (2 * value.abs() + one) / (2 * one) * value.signum()
}

fn tenths(value: i128) -> u8 {
    u8::try_from(value.clamp(0, 100)).unwrap_or(0)
}
