//! A decision table that is complete.

use super::error::TableError;
use super::point::DecisionPoint;

/// Most decision points of a table; the largest of the standard has seven and its outcome.
const MOST_POINTS: usize = 16;
/// Most combinations of values; the largest table of the standard has 192.
const MOST_ROWS: usize = 65_536;

/// A decision table: every combination of its inputs' values has one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    id: String,
    name: String,
    inputs: Vec<DecisionPoint>,
    outcome: DecisionPoint,
    /// The place of the outcome's value for each combination; the last input changes fastest.
    outcomes: Vec<u8>,
}

/// A row as it was read: a value for each input, and the outcome.
pub(super) struct Row {
    pub values: Vec<usize>,
    pub outcome: usize,
}

impl Table {
    /// Puts a table together and checks that it is complete and without double rows.
    pub(super) fn new(
        id: String,
        name: String,
        inputs: Vec<DecisionPoint>,
        outcome: DecisionPoint,
        rows: &[Row],
    ) -> Result<Table, TableError> {
        let combinations = check_points(&inputs, &outcome)?;
        let mut found: Vec<Option<u8>> = vec![None; combinations];
        let mut table = Table {
            id,
            name,
            inputs,
            outcome,
            outcomes: Vec::new(),
        };
        for (number, row) in rows.iter().enumerate() {
            let slot = table.index(&row.values).and_then(|at| found.get_mut(at));
            let (Some(slot), Ok(outcome)) = (slot, u8::try_from(row.outcome)) else {
                continue; // readers look places up in these very lists
            };
            if slot.replace(outcome).is_some() {
                return Err(TableError::DoubleRow {
                    row: number + 1,
                    values: table.words(&row.values),
                });
            }
        }
        if let Some(first) = found.iter().position(Option::is_none) {
            return Err(TableError::Incomplete {
                count: found.iter().filter(|outcome| outcome.is_none()).count(),
                first: table.words(&table.values_at(first)),
            });
        }
        table.outcomes = found.into_iter().flatten().collect();
        Ok(table)
    }

    /// `ssvc:DT_DP:1.0.0`; the file's header for a table from CSV.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The decision points that it asks for, in order.
    pub fn inputs(&self) -> &[DecisionPoint] {
        &self.inputs
    }

    /// The decision point that it answers.
    pub fn outcome(&self) -> &DecisionPoint {
        &self.outcome
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.outcomes.len()
    }

    /// The place of the outcome for the places of the inputs' values: the fast way, without any reasons.
    pub fn at(&self, values: &[usize]) -> Option<usize> {
        self.outcomes
            .get(self.index(values)?)
            .map(|at| usize::from(*at))
    }

    fn index(&self, values: &[usize]) -> Option<usize> {
        if values.len() != self.inputs.len() {
            return None;
        }
        let mut index = 0;
        for (point, value) in self.inputs.iter().zip(values) {
            if *value >= point.values.len() {
                return None;
            }
            index = index * point.values.len() + value;
        }
        Some(index)
    }

    fn values_at(&self, mut index: usize) -> Vec<usize> {
        let mut values: Vec<usize> = Vec::with_capacity(self.inputs.len());
        for point in self.inputs.iter().rev() {
            let count = point.values.len().max(1);
            values.push(index % count);
            index /= count;
        }
        values.reverse();
        values
    }

    /// `E:A A:Y`, for messages.
    fn words(&self, values: &[usize]) -> String {
        let pair = |(point, value): (&DecisionPoint, &usize)| {
            let value = point.values.get(*value).map_or("?", |v| v.key.as_str());
            format!("{}:{value}", point.key)
        };
        let words: Vec<String> = self.inputs.iter().zip(values).map(pair).collect();
        words.join(" ")
    }
}

/// Checks the decision points; returns how many combinations the inputs have.
fn check_points(inputs: &[DecisionPoint], outcome: &DecisionPoint) -> Result<usize, TableError> {
    if inputs.is_empty() {
        return Err(TableError::Empty {
            what: "the list of input decision points".to_owned(),
        });
    }
    too_many("decision points", inputs.len() + 1, MOST_POINTS)?;
    outcome.check()?;
    let mut combinations = 1_usize;
    for (at, point) in inputs.iter().enumerate() {
        point.check()?;
        let id = point.id();
        if id == outcome.id() || inputs.iter().take(at).any(|other| other.id() == id) {
            return Err(TableError::Double {
                what: "decision point",
                found: id,
            });
        }
        combinations = combinations.saturating_mul(point.values.len());
    }
    too_many("combinations of values", combinations, MOST_ROWS)?;
    Ok(combinations)
}

pub(super) fn too_many(what: &'static str, found: usize, limit: usize) -> Result<(), TableError> {
    match found > limit {
        true => Err(TableError::TooMany { what, found, limit }),
        false => Ok(()),
    }
}
