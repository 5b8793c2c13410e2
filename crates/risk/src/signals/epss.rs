//! The history of EPSS scores of one vulnerability.

use std::fmt;

use jiff::civil::Date;

use super::age::days_between;
use super::reading::Problem;

/// Over how many days a trend is told.
pub const TREND_DAYS: i32 = 30;

/// A score from a day on, until the next point.
#[derive(Debug, Clone, PartialEq)]
pub struct EpssPoint {
    /// The day of the score.
    pub day: Date,
    /// Probability of exploitation in the next 30 days, 0 to 1.
    pub score: f64,
    /// The model: `v2025.03.14`.
    pub model: String,
}

/// Scores of one vulnerability, oldest first, one a day at most. A score holds until the next point: a store keeps a new
/// point only when something moved.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EpssSeries {
    points: Vec<EpssPoint>,
}

/// How a score moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The score `days` before the newest one.
    pub from: f64,
    /// The newest score.
    pub to: f64,
    /// Days between the two; fewer than [`TREND_DAYS`] where the history is shorter.
    pub days: i32,
    /// The two scores come from different models, so a part of the move says nothing about the vulnerability.
    pub models_differ: bool,
}

impl EpssSeries {
    /// Takes points in any order. Of two on one day the later in the list counts. A score that is no probability and a
    /// day from the future are problems and not used.
    pub fn new(points: Vec<EpssPoint>, today: Date) -> (EpssSeries, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut good: Vec<EpssPoint> = Vec::with_capacity(points.len());
        for point in points {
            let place = || format!("EPSS history, {}", point.day);
            if !(0.0..=1.0).contains(&point.score) {
                problems.push(Problem::out_of_range(place(), point.score));
            } else if point.day > today {
                problems.push(Problem::future(place(), point.day, today));
            } else {
                good.push(point);
            }
        }
        good.sort_by_key(|point| point.day); // stable: the later of a day stays behind
        let mut points: Vec<EpssPoint> = Vec::with_capacity(good.len());
        for point in good {
            match points.last_mut() {
                Some(last) if last.day == point.day => *last = point,
                _ => points.push(point),
            }
        }
        (EpssSeries { points }, problems)
    }

    /// The points, oldest first.
    pub fn points(&self) -> &[EpssPoint] {
        &self.points
    }

    /// The newest point.
    pub fn newest(&self) -> Option<&EpssPoint> {
        self.points.last()
    }

    /// The point that held on a day.
    pub fn on(&self, day: Date) -> Option<&EpssPoint> {
        let after = self.points.partition_point(|point| point.day <= day);
        self.points.get(after.checked_sub(1)?)
    }

    /// How the score moved over the last 30 days; `None` when there is no earlier point to compare with.
    pub fn trend(&self) -> Option<Trend> {
        let (newest, oldest) = (self.newest()?, self.points.first()?);
        let reach = days_between(oldest.day, newest.day).min(TREND_DAYS);
        let start = newest.day.checked_sub(jiff::Span::new().days(reach)).ok()?;
        let before = self.on(start)?;
        (reach > 0).then(|| Trend {
            from: before.score,
            to: newest.score,
            days: reach,
            models_differ: before.model != newest.model,
        })
    }
}

impl Trend {
    /// By how much the score moved, -1 to 1.
    pub fn change(&self) -> f64 {
        self.to - self.from
    }
}

/// `0.120 to 0.940 in 30 days`, with a word on a change of model.
impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.3} to {:.3} in {} days",
            self.from, self.to, self.days
        )?;
        if self.models_differ {
            write!(f, ", across a change of the EPSS model")?;
        }
        Ok(())
    }
}
