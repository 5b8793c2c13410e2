//! How much risk a finding stands for, and what a day of waiting costs.
//!
//! **Points.** A finding's risk is the score of its decision, 0 to 100. Without a decision a score is derived: the CVSS
//! score times ten (a band that is stated in words counts as its middle, an unknown one as high, because unknown is not
//! low), lowered to a third where nothing speaks of exploitation; EPSS moves it between a third and the whole, and what
//! is known to be exploited counts whole and at least 70. Malicious code counts 100.
//!
//! **Price of waiting.** EPSS is the probability p of exploitation within 30 days. With a constant hazard the
//! probability of one day is 1 − (1 − p)^(1/30), and the price of a day is that times the points. What is known to be
//! exploited has p of at least 0.9; an EPSS score that is missing counts as the policy says, as it does in the score.

use patchward_protocol::report::{Finding, SeverityLevel};
use patchward_risk::policy::Unknown;

use crate::rank::exploited;

/// Probability within 30 days of what is known to be exploited.
const EXPLOITED: f64 = 0.9;

/// Days that an EPSS score is about (FIRST, "EPSS: the model").
const EPSS_DAYS: f64 = 30.0;

/// Points are counted in thousandths, so that sums are exact and the same in every order.
pub const UNIT: f64 = 1000.0;

/// The risk of a finding, in thousandths of a point.
pub fn points(finding: &Finding) -> u64 {
    let score = match &finding.decision {
        Some(decision) => decision.score,
        None => derived(finding),
    };
    match score.is_finite() {
        true => (score.clamp(0.0, 100.0) * UNIT).round() as u64,
        false => (100.0 * UNIT) as u64,
    }
}

/// What a day of waiting costs, in points.
pub fn price_per_day(finding: &Finding) -> f64 {
    let daily = 1.0 - (1.0 - probability(finding)).powf(1.0 / EPSS_DAYS);
    points(finding) as f64 / UNIT * daily
}

fn probability(finding: &Finding) -> f64 {
    let scored = finding.signals.epss.as_ref().map(|epss| epss.score);
    let scored = scored
        .filter(|score| (0.0..=1.0).contains(score))
        .unwrap_or_else(|| unscored(finding));
    match exploited(finding) || finding.malware {
        true => scored.max(EXPLOITED),
        false => scored,
    }
}

/// Probability within 30 days of what nobody has scored: by the policy that decided, else by the default.
fn unscored(finding: &Finding) -> f64 {
    let decided = finding.decision.as_ref();
    decided
        .and_then(|decision| decision.epss_assumed)
        .unwrap_or_else(|| Unknown::default().epss)
}

fn derived(finding: &Finding) -> f64 {
    if finding.malware {
        return 100.0;
    }
    let severity = finding
        .severity
        .score
        .unwrap_or(match finding.severity.level {
            SeverityLevel::None => 0.0,
            SeverityLevel::Low => 2.0,
            SeverityLevel::Medium => 5.5,
            SeverityLevel::High | SeverityLevel::Unknown => 8.0,
            SeverityLevel::Critical => 9.5,
        });
    let severity = severity * 10.0;
    if exploited(finding) {
        return severity.max(70.0);
    }
    severity * (1.0 + 2.0 * probability(finding)) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::decision::Decision;
    use patchward_protocol::report::{EpssSignal, KevSignal};

    fn finding(level: SeverityLevel) -> Finding {
        let mut finding = Finding::default();
        finding.severity.level = level;
        finding
    }

    #[test]
    fn a_decision_counts_before_anything_derived() {
        let mut finding = finding(SeverityLevel::Critical);
        finding.decision = Some(Box::new(Decision {
            score: 12.5,
            ..Decision::default()
        }));
        assert_eq!(points(&finding), 12_500);
        finding.decision = Some(Box::new(Decision {
            score: f64::NAN,
            ..Decision::default()
        }));
        assert_eq!(points(&finding), 100_000);
    }

    #[test]
    fn unknown_is_neither_low_nor_zero() {
        let unknown = finding(SeverityLevel::Unknown);
        assert!(points(&unknown) > points(&finding(SeverityLevel::Medium)));
        assert!(price_per_day(&unknown) > 0.0);
    }

    #[test]
    fn a_missing_score_has_the_price_of_the_one_that_the_policy_assumes() {
        let mut unscored = finding(SeverityLevel::High);
        unscored.decision = Some(Box::new(Decision {
            score: 50.0,
            epss_assumed: Some(0.3),
            ..Decision::default()
        }));
        let mut scored = unscored.clone();
        scored.signals.epss = Some(EpssSignal {
            score: 0.3,
            ..EpssSignal::default()
        });
        assert_eq!(price_per_day(&unscored), price_per_day(&scored));
        unscored.decision = None;
        scored.decision = None;
        scored.signals.epss = Some(EpssSignal {
            score: 0.1,
            ..EpssSignal::default()
        });
        assert_eq!(price_per_day(&unscored), price_per_day(&scored));
    }

    #[test]
    fn exploitation_raises_the_points_and_the_price() {
        let calm = finding(SeverityLevel::Medium);
        let mut likely = calm.clone();
        likely.signals.epss = Some(EpssSignal {
            score: 0.8,
            ..EpssSignal::default()
        });
        let mut known = calm.clone();
        known.signals.kev.push(KevSignal::default());
        assert!(points(&calm) < points(&likely) && points(&likely) < points(&known));
        assert!(price_per_day(&likely) < price_per_day(&known));
        // 0.8 in 30 days is 5.2 % a day; times 47.67 points.
        assert!(
            (price_per_day(&likely) - 2.4898).abs() < 0.001,
            "{}",
            price_per_day(&likely)
        );
    }

    #[test]
    fn a_score_out_of_range_counts_as_missing() {
        let calm = finding(SeverityLevel::High);
        let mut wrong = calm.clone();
        wrong.signals.epss = Some(EpssSignal {
            score: 7.0,
            ..EpssSignal::default()
        });
        assert_eq!(points(&calm), points(&wrong));
    }
}
