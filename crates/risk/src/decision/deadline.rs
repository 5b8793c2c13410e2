//! Deadlines: which clock starts when, and the day on which it ends.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;

use super::facts::FindingFacts;
use crate::calendar::{Calendar, Limit};

/// What starts a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Any publisher told of it.
    Published,
    /// A fix could be had.
    FixAvailable,
    /// We first saw it on this asset.
    FirstSeen,
    /// A catalogue listed it as exploited.
    KevAdded,
}

impl Clock {
    /// All of them.
    pub const ALL: [Clock; 4] = [
        Clock::Published,
        Clock::FixAvailable,
        Clock::FirstSeen,
        Clock::KevAdded,
    ];

    /// As it is written in a policy.
    pub fn word(self) -> &'static str {
        match self {
            Clock::Published => "published",
            Clock::FixAvailable => "fix-available",
            Clock::FirstSeen => "first-seen",
            Clock::KevAdded => "kev-added",
        }
    }

    /// In a sentence.
    pub fn phrase(self) -> &'static str {
        match self {
            Clock::Published => "published",
            Clock::FixAvailable => "fix available",
            Clock::FirstSeen => "first seen",
            Clock::KevAdded => "added to KEV",
        }
    }

    fn day(self, finding: &FindingFacts) -> Option<Date> {
        match self {
            Clock::Published => finding.published,
            Clock::FixAvailable => finding.fixed,
            Clock::FirstSeen => finding.first_seen,
            Clock::KevAdded => finding.signals.known_exploited_since(),
        }
    }
}

impl std::str::FromStr for Clock {
    type Err = String;

    fn from_str(text: &str) -> Result<Clock, String> {
        let words = Clock::ALL.map(Clock::word);
        let found = Clock::ALL.iter().find(|clock| clock.word() == text);
        found
            .copied()
            .ok_or_else(|| format!("expected one of {}", words.join(", ")))
    }
}

/// How a rule sets a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// This long after the latest of these that is known.
    After(Limit, Vec<Clock>),
    /// The due date of the catalogue itself.
    KevDue,
}

/// A date by which a finding is to be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The last day, in the organisation's time zone.
    pub date: Date,
    /// The rule or preset that sets it.
    pub rule: Arc<str>,
    /// The day that the clock starts.
    pub starts: Date,
    /// What happened on that day, in words.
    pub clock: Cow<'static, str>,
    /// How long it may take. `None` where the catalogue gives the date.
    pub limit: Option<Limit>,
    /// What must happen besides the patch.
    pub demands: Vec<String>,
}

impl Term {
    /// The deadline of a finding. `None` when a catalogue's due date is asked for and there is none.
    pub(crate) fn deadline(
        &self,
        rule: &Arc<str>,
        demands: &[String],
        finding: &FindingFacts,
        calendar: &Calendar,
        today: Date,
    ) -> Option<Deadline> {
        let deadline = match self {
            Term::KevDue => {
                let dated = finding.signals.kev.iter().filter(|kev| kev.due.is_some());
                let kev = dated.min_by_key(|kev| kev.due)?;
                let due = kev.due?;
                Deadline {
                    date: due,
                    rule: rule.clone(),
                    starts: kev.added.unwrap_or(due),
                    clock: Clock::KevAdded.phrase().into(),
                    limit: None,
                    demands: Vec::new(),
                }
            }
            Term::After(limit, clocks) => {
                Deadline::after(*limit, clocks, rule, finding, calendar, today)?
            }
        };
        Some(Deadline {
            demands: demands.to_vec(),
            ..deadline
        })
    }
}

impl Deadline {
    /// This long after the latest of these that is known, as a rule asks. `None` beyond the calendar.
    pub(crate) fn after(
        limit: Limit,
        clocks: &[Clock],
        rule: &Arc<str>,
        finding: &FindingFacts,
        calendar: &Calendar,
        today: Date,
    ) -> Option<Deadline> {
        let (starts, clock) = start(clocks, finding, today);
        Some(Deadline {
            date: calendar.due(starts, limit)?,
            rule: rule.clone(),
            starts,
            clock,
            limit: Some(limit),
            demands: Vec::new(),
        })
    }
}

/// The latest of the named events whose day is known. Where none is: the latest of the others that is, and if nothing is
/// known, today. The words tell which.
fn start(clocks: &[Clock], finding: &FindingFacts, today: Date) -> (Date, Cow<'static, str>) {
    if let Some((day, clock)) = latest(clocks, finding) {
        return (day, clock.phrase().into());
    }
    let others = [Clock::FixAvailable, Clock::Published, Clock::FirstSeen];
    let (day, what) = match latest(&others, finding) {
        Some((day, clock)) => (day, clock.phrase()),
        None => (today, "today"),
    };
    let mut words = String::with_capacity(64);
    words.push_str(what);
    words.push_str(" (no day is known for: ");
    for (place, clock) in clocks.iter().enumerate() {
        words.push_str(if place == 0 { "" } else { ", " });
        words.push_str(clock.phrase());
    }
    words.push(')');
    (day, words.into())
}

/// The latest of the events whose day is known; of two on one day the first.
fn latest(clocks: &[Clock], finding: &FindingFacts) -> Option<(Date, Clock)> {
    let days = clocks
        .iter()
        .filter_map(|clock| Some((clock.day(finding)?, *clock)));
    days.reduce(|a, b| if b.0 > a.0 { b } else { a })
}
