//! Tables put together: the outcome of one is an input of another.

use super::error::{EvaluateError, TableError};
use super::evaluate::{Evaluation, Point, Source, Value};
use super::table::{Table, too_many};

/// Most tables of a tree; it bounds how deep an evaluation goes.
const MOST_TABLES: usize = 32;

/// A table, and tables that may answer its decision points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Each comes before the tables that it needs, the one that decides first.
    tables: Vec<Table>,
    /// For each table and input: the table that answers it.
    answers: Vec<Vec<Option<usize>>>,
}

impl Tree {
    /// Puts `root` together with `helpers`, in any order. A helper that nothing needs is left out.
    ///
    /// # Errors
    /// When two tables answer the same decision point, or tables need each other in a circle.
    pub fn new(root: Table, helpers: Vec<Table>) -> Result<Tree, TableError> {
        let mut tables = vec![root];
        tables.extend(helpers);
        too_many("tables", tables.len(), MOST_TABLES)?;
        for (at, table) in tables.iter().enumerate() {
            let outcome = table.outcome().id();
            if tables
                .iter()
                .take(at)
                .any(|other| other.outcome().id() == outcome)
            {
                return Err(TableError::Double {
                    what: "outcome",
                    found: outcome,
                });
            }
        }
        let tables = sort(tables)?;
        let answers = tables.iter().map(|table| answers(table, &tables)).collect();
        Ok(Tree { tables, answers })
    }

    /// The tables; the one that decides comes first.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Evaluates the tree. A value that is given for a decision point counts before the table that could answer it.
    ///
    /// # Errors
    /// As [`Table::evaluate`].
    pub fn evaluate(&self, points: &[(&str, Point)]) -> Result<Evaluation, EvaluateError> {
        let needed = self.needed(points);
        let mut done: Vec<Option<Evaluation>> = vec![None; self.tables.len()];
        let tables = self.tables.iter().zip(&self.answers).enumerate();
        for (at, (table, answers)) in tables.rev() {
            if !needed.get(at).copied().unwrap_or(false) {
                continue;
            }
            let mut said = Vec::with_capacity(answers.len());
            for (point, answer) in table.inputs().iter().zip(answers) {
                let given = points.iter().find(|(name, _)| point.is_called(name));
                let part = answer.and_then(|answer| done.get(answer)?.as_ref());
                said.push(match given {
                    Some((_, given)) => Some(given.clone()),
                    None => part.map(answered),
                });
            }
            let said: Vec<Option<&Point>> = said.iter().map(Option::as_ref).collect();
            let evaluation = table.decide(&said)?;
            if let Some(slot) = done.get_mut(at) {
                *slot = Some(evaluation);
            }
        }
        let mut done = done.into_iter().flatten();
        let mut root = match done.next() {
            Some(root) => root,
            None => unreachable!("a tree has a root, and the root is needed"),
        };
        root.parts = done.rev().collect();
        Ok(root)
    }

    /// Which tables must be evaluated, given these values.
    fn needed(&self, points: &[(&str, Point)]) -> Vec<bool> {
        let mut needed = vec![false; self.tables.len()];
        if let Some(root) = needed.first_mut() {
            *root = true;
        }
        for (at, (table, answers)) in self.tables.iter().zip(&self.answers).enumerate() {
            if !needed.get(at).copied().unwrap_or(false) {
                continue;
            }
            for (point, answer) in table.inputs().iter().zip(answers) {
                let given = points.iter().any(|(name, _)| point.is_called(name));
                if let (false, Some(slot)) = (given, answer.and_then(|a| needed.get_mut(a))) {
                    *slot = true;
                }
            }
        }
        needed
    }
}

/// Brings the tables into an order in which each stands before those that it needs; refuses circles.
fn sort(tables: Vec<Table>) -> Result<Vec<Table>, TableError> {
    let root = tables.first().map(Table::id).unwrap_or_default().to_owned();
    let mut left = tables;
    let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = |table: &&Table| {
            let outcome = table.outcome().id();
            let needs = |other: &Table| other.inputs().iter().any(|input| input.id() == outcome);
            !left.iter().any(needs)
        };
        // The root goes first; what nothing needs after that is no part of the tree.
        let Some(at) = left.iter().position(|table| free(&table)) else {
            let ids: Vec<&str> = left.iter().map(Table::id).collect();
            return Err(TableError::Cycle {
                path: ids.join(", "),
            });
        };
        let table = left.remove(at);
        let outcome = table.outcome().id();
        let wanted = |other: &Table| other.inputs().iter().any(|input| input.id() == outcome);
        if table.id() == root || sorted.iter().any(wanted) {
            sorted.push(table);
        }
    }
    Ok(sorted)
}

/// For each input of a table, the table that answers it.
fn answers(table: &Table, tables: &[Table]) -> Vec<Option<usize>> {
    let by = |id: String| tables.iter().position(|other| other.outcome().id() == id);
    table.inputs().iter().map(|point| by(point.id())).collect()
}

/// The outcome of a part as a value: all that it may be.
fn answered(part: &Evaluation) -> Point {
    let keys = part.outcome.candidates.iter().map(|(key, _)| key.clone());
    Point {
        value: Value::OneOf(keys.collect()),
        source: Source::Table(part.table.clone()),
    }
}
