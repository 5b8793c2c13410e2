//! LEV: how likely a vulnerability was already exploited, from the history of its EPSS scores.
//!
//! Source: NIST CSWP 41 (May 2025). Each score is the chance of exploitation in the 30 days after it; LEV is the chance
//! that at least one such window saw some. The windows count as independent, and changes of the EPSS model bend the
//! result, so this is a hint ("likely already exploited") and never an input to a due date. It is a lower bound: of
//! days before the first score nothing is known.

use jiff::Span;
use jiff::civil::Date;

use crate::signals::EpssSeries;
use crate::signals::days_between;

/// Days that an EPSS score looks ahead.
pub const WINDOW_DAYS: i32 = 30;

/// A likelihood of past exploitation.
#[derive(Debug, Clone, PartialEq)]
pub struct Lev {
    /// 0 to 1.
    pub value: f64,
    /// The first day with a score.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// EPSS models that gave scores, in order of time; more than one bends the result.
    pub models: Vec<String>,
}

/// LEV: a window every 30 days from the first score on; the last is weighed by the days that it has, `to` included.
/// `None` without a score up to `to`.
pub fn lev(series: &EpssSeries, to: Date) -> Option<Lev> {
    over(series, to, |from| {
        let (mut spared, mut day) = (1.0, from);
        while day <= to {
            let days = (days_between(day, to) + 1).min(WINDOW_DAYS);
            let score = series.on(day).map_or(0.0, |point| point.score);
            spared *= 1.0 - score * f64::from(days) / f64::from(WINDOW_DAYS);
            match day.checked_add(Span::new().days(WINDOW_DAYS)) {
                Ok(next) => day = next,
                Err(_) => break, // the end of the calendar
            }
        }
        spared
    })
}

/// LEV2: every day counts with a thirtieth of its score. Follows a score that moves within 30 days.
pub fn lev2(series: &EpssSeries, to: Date) -> Option<Lev> {
    over(series, to, |_| {
        let points = series.points().iter().filter(|point| point.day <= to);
        let ends = series.points().iter().skip(1).map(|next| next.day);
        let after = to.tomorrow().unwrap_or(to);
        points
            .zip(ends.chain([after]))
            .map(|(point, end)| {
                let days = days_between(point.day, end.min(after));
                (1.0 - point.score / f64::from(WINDOW_DAYS)).powi(days)
            })
            .product()
    })
}

/// The composite probability: the greatest of the newest EPSS score, LEV, and 1 when a catalogue lists it. `None` when
/// nothing is known.
pub fn composite(epss: Option<f64>, lev: Option<f64>, in_kev: bool) -> Option<f64> {
    let listed = in_kev.then_some(1.0);
    [epss, lev, listed].into_iter().flatten().reduce(f64::max)
}

fn over(series: &EpssSeries, to: Date, spared: impl Fn(Date) -> f64) -> Option<Lev> {
    let points = series.points();
    let from = points.first().filter(|point| point.day <= to)?.day;
    let mut models: Vec<String> = Vec::new();
    for point in points.iter().filter(|point| point.day <= to) {
        if models.last() != Some(&point.model) {
            models.push(point.model.clone());
        }
    }
    Some(Lev {
        value: (1.0 - spared(from)).clamp(0.0, 1.0),
        from,
        to,
        models,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signals::EpssPoint;

    fn series(points: &[(&str, f64)]) -> EpssSeries {
        let point = |(day, score): &(&str, f64)| EpssPoint {
            day: day.parse().unwrap(),
            score: *score,
            model: "m".into(),
        };
        EpssSeries::new(
            points.iter().map(point).collect(),
            "2027-01-01".parse().unwrap(),
        )
        .0
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn close(found: Option<Lev>, expected: f64) {
        let found = found.unwrap().value;
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    }

    /// Three windows: 30 days at 0.1, 30 days at 0.2, and 15 of 30 days at 0.4.
    #[test]
    fn windows_of_thirty_days_multiply() {
        let series = series(&[
            ("2026-01-01", 0.1),
            ("2026-01-31", 0.2),
            ("2026-03-02", 0.4),
        ]);
        close(lev(&series, day("2026-03-16")), 1.0 - 0.9 * 0.8 * 0.8);
        close(lev(&series, day("2026-01-01")), 0.1 / 30.0);
        close(lev(&series, day("2026-01-30")), 0.1);
        assert_eq!(lev(&series, day("2025-12-31")), None);
    }

    /// LEV looks at the score of a window's first day only; LEV2 sees every day.
    #[test]
    fn a_spike_within_a_window_counts_in_lev2_only() {
        let series = series(&[
            ("2026-01-01", 0.0),
            ("2026-01-11", 0.9),
            ("2026-01-16", 0.0),
        ]);
        close(lev(&series, day("2026-01-30")), 0.0);
        close(lev2(&series, day("2026-01-30")), 1.0 - 0.97_f64.powi(5));
        close(lev2(&series, day("2026-01-12")), 1.0 - 0.97_f64.powi(2));
    }

    #[test]
    fn the_composite_is_the_greatest_of_what_is_known() {
        assert_eq!(composite(Some(0.3), Some(0.6), false), Some(0.6));
        assert_eq!(composite(None, Some(0.2), true), Some(1.0));
        assert_eq!(composite(None, None, false), None);
    }

    #[test]
    fn a_change_of_model_is_told() {
        let point = |day: &str, model: &str| EpssPoint {
            day: day.parse().unwrap(),
            score: 0.5,
            model: model.into(),
        };
        let points = vec![
            point("2026-06-01", "v4"),
            point("2026-06-15", "v5"),
            point("2026-07-01", "v5"),
        ];
        let (series, _) = EpssSeries::new(points, day("2027-01-01"));
        assert_eq!(
            lev(&series, day("2026-07-01")).unwrap().models,
            ["v4", "v5"]
        );
    }

    proptest! {
        /// More time never makes past exploitation less likely, in LEV2.
        #[test]
        fn lev2_only_grows(scores in prop::collection::vec(0.0..=1.0_f64, 1..20), days in 0..400_i32) {
            let start = day("2025-01-01");
            let points = scores.iter().enumerate().map(|(at, score)| EpssPoint {
                day: start.checked_add(Span::new().days(at as i32 * 7)).unwrap(),
                score: *score,
                model: String::new(),
            });
            let (series, _) = EpssSeries::new(points.collect(), day("2027-01-01"));
            let to = start.checked_add(Span::new().days(days)).unwrap();
            let (now, next) = (lev2(&series, to).unwrap(), lev2(&series, to.tomorrow().unwrap()).unwrap());
            prop_assert!((0.0..=1.0).contains(&now.value));
            prop_assert!(next.value >= now.value);
            prop_assert!((0.0..=1.0).contains(&lev(&series, to).unwrap().value));
        }
    }
}
