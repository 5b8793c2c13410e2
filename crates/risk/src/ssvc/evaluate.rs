//! Evaluates a table and keeps where each value came from.

use std::fmt;

use super::error::EvaluateError;
use super::point::DecisionPoint;
use super::table::Table;

/// What is said about one decision point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Its value.
    pub value: Value,
    /// Who says so.
    pub source: Source,
}

/// A value, by its key (`P`) or its name in any case (`public poc`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This one.
    Is(String),
    /// One of these; the one with the worst outcome counts.
    OneOf(Vec<String>),
    /// Any; the one with the worst outcome counts.
    Unknown,
}

impl Value {
    /// The value, where it is one.
    pub fn known(&self) -> Option<&str> {
        match self {
            Value::Is(value) => Some(value),
            Value::OneOf(_) | Value::Unknown => None,
        }
    }
}

/// Where a value came from, with its reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A fact about the vulnerability: `in CISA KEV since 2024-03-05`.
    Signal(String),
    /// A fact about the asset: `internet-facing`.
    Context(String),
    /// The organisation's own rule.
    Policy(String),
    /// The outcome of another table, by its id.
    Table(String),
    /// The standard's default, or nobody said anything.
    Default,
}

/// What a table decided, and from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The table's id.
    pub table: String,
    /// The value of each decision point, in the table's order.
    pub selections: Vec<Selection>,
    /// The outcome's decision point with the value that counts.
    pub outcome: Selection,
    /// Place of the outcome from mild (0) to severe.
    pub rank: usize,
    /// Evaluations of other tables that gave values of this one.
    pub parts: Vec<Evaluation>,
}

/// A decision point with the values that it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Namespace of the decision point.
    pub namespace: String,
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Keys and names of the values that it may have; one where it is known.
    pub candidates: Vec<(String, String)>,
    /// Key of the candidate that the result stands on.
    pub value: String,
    /// Its name.
    pub value_name: String,
    /// Where the value came from.
    pub source: Source,
}

impl Point {
    /// A known value.
    pub fn new(value: impl Into<String>, source: Source) -> Point {
        Point {
            value: Value::Is(value.into()),
            source,
        }
    }
}

/// What SSVC's guidance assumes of the deployer's points when nobody says anything: automatable, open to everybody, a
/// marginal safety impact, a crippled support of the mission. Put them behind what is known: the first word on a
/// point counts. Exploitation has no default: it is none only after somebody looked.
pub fn defaults() -> [(&'static str, Point); 4] {
    let assumed = |value: &str| Point::new(value, Source::Default);
    [
        ("ssvc:A:2.0.0", assumed("Y")),
        ("ssvc:EXP:1.0.1", assumed("O")),
        ("ssvc:SI:2.0.1", assumed("M")),
        ("ssvc:MI:2.0.0", assumed("MSC")),
    ]
}

impl Table {
    /// Evaluates the table on points that are named by id, `namespace:key` or key. A decision point that nobody names
    /// is unknown; names that the table does not ask for are passed over, so that one list may serve several tables.
    ///
    /// # Errors
    /// When a value is none of its decision point's.
    pub fn evaluate(&self, points: &[(&str, Point)]) -> Result<Evaluation, EvaluateError> {
        let named = |point: &DecisionPoint| points.iter().find(|(name, _)| point.is_called(name));
        let found = self
            .inputs()
            .iter()
            .map(|point| named(point).map(|(_, said)| said));
        self.decide(&found.collect::<Vec<_>>())
    }

    /// Evaluates the table on what is said of each of its inputs, in their order.
    pub(super) fn decide(&self, said: &[Option<&Point>]) -> Result<Evaluation, EvaluateError> {
        let mut candidates = Vec::with_capacity(self.inputs().len());
        for (point, said) in self.inputs().iter().zip(said) {
            candidates.push(places(point, *said)?);
        }
        let (worst, outcomes) = self.worst(&candidates);
        let rank = outcomes.last().copied().unwrap_or(0);
        let selections = self.inputs().iter().zip(&candidates).zip(said).zip(&worst);
        let selections = selections.map(|(((point, candidates), said), value)| {
            let source = said.map_or(Source::Default, |said| said.source.clone());
            select(point, candidates, *value, source)
        });
        Ok(Evaluation {
            table: self.id().to_owned(),
            selections: selections.collect(),
            outcome: select(
                self.outcome(),
                &outcomes,
                rank,
                Source::Table(self.id().to_owned()),
            ),
            rank,
            parts: Vec::new(),
        })
    }

    /// The first combination of candidates with the worst outcome, and all outcomes that are possible, mild first.
    fn worst(&self, candidates: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
        let mut places = vec![0; candidates.len()];
        let (mut worst, mut outcomes): (Option<(usize, Vec<usize>)>, Vec<usize>) =
            (None, Vec::new());
        loop {
            let pick = |(from, at): (&Vec<usize>, &usize)| from.get(*at).copied().unwrap_or(0);
            let values: Vec<usize> = candidates.iter().zip(&places).map(pick).collect();
            let outcome = self.at(&values).unwrap_or(0);
            if !outcomes.contains(&outcome) {
                outcomes.push(outcome);
            }
            if worst.as_ref().is_none_or(|(known, _)| outcome > *known) {
                worst = Some((outcome, values));
            }
            if !advance(&mut places, candidates) {
                break;
            }
        }
        outcomes.sort_unstable();
        (worst.map_or(Vec::new(), |(_, values)| values), outcomes)
    }
}

/// The next combination, the last place fastest; false after the last one.
fn advance(places: &mut [usize], candidates: &[Vec<usize>]) -> bool {
    for (place, from) in places.iter_mut().zip(candidates).rev() {
        *place += 1;
        if *place < from.len() {
            return true;
        }
        *place = 0;
    }
    false
}

/// The places of the values that a point may have.
fn places(point: &DecisionPoint, said: Option<&Point>) -> Result<Vec<usize>, EvaluateError> {
    let place = |value: &String| {
        point
            .place(value)
            .ok_or_else(|| EvaluateError::UnknownValue {
                point: point.name.clone(),
                found: value.chars().take(100).collect(),
                expected: point.expected(),
            })
    };
    let all = || (0..point.values.len()).collect();
    match said.map(|said| &said.value) {
        Some(Value::Is(value)) => Ok(vec![place(value)?]),
        Some(Value::OneOf(values)) if !values.is_empty() => {
            let mut places = values.iter().map(place).collect::<Result<Vec<_>, _>>()?;
            places.sort_unstable();
            places.dedup();
            Ok(places)
        }
        Some(Value::OneOf(_) | Value::Unknown) | None => Ok(all()),
    }
}

fn select(point: &DecisionPoint, candidates: &[usize], value: usize, source: Source) -> Selection {
    let name = |place: &usize| {
        let value = point.values.get(*place);
        value.map_or_else(Default::default, |v| (v.key.clone(), v.name.clone()))
    };
    let (key, value_name) = name(&value);
    Selection {
        namespace: point.namespace.clone(),
        key: point.key.clone(),
        version: point.version.clone(),
        name: point.name.clone(),
        candidates: candidates.iter().map(name).collect(),
        value: key,
        value_name,
        source,
    }
}

impl Selection {
    /// Whether there is only one candidate.
    pub fn is_certain(&self) -> bool {
        self.candidates.len() == 1
    }
}

/// `Exploitation: Active (signal: in CISA KEV since 2024-03-05)`.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (", self.name, self.value_name)?;
        if !self.is_certain() {
            write!(
                f,
                "the worst of {} possible values, ",
                self.candidates.len()
            )?;
        }
        write!(f, "{})", self.source)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Signal(why) => write!(f, "signal: {why}"),
            Source::Context(why) => write!(f, "context: {why}"),
            Source::Policy(why) => write!(f, "policy: {why}"),
            Source::Table(id) => write!(f, "table {id}"),
            Source::Default => write!(f, "default"),
        }
    }
}
