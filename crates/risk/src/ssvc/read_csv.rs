//! Reads a table in the standard's CSV: a column per decision point (`Exploitation v1.1.0`), the outcome last.

use super::error::TableError;
use super::point::DecisionPoint;
use super::read_json::limit;
use super::table::{Row, Table};

impl Table {
    /// Reads a table in the standard's CSV. Columns are named `Name vVERSION`, with ` (namespace)` behind it where that
    /// is not `ssvc`; a first column `row` is passed over; cells hold names of values in any case. `known` defines the
    /// decision points: CSV does not tell their order from mild to severe.
    ///
    /// # Errors
    /// As [`Table::from_json`], and for a column that `known` does not define.
    pub fn from_csv(id: &str, bytes: &[u8], known: &[DecisionPoint]) -> Result<Table, TableError> {
        limit(bytes)?;
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers()?.clone();
        let skip = usize::from(header.get(0) == Some("row"));
        super::table::too_many("columns", header.len(), 64)?;
        let mut points = Vec::new();
        for column in header.iter().skip(skip) {
            points.push(find(column, known)?.clone());
        }
        let mut rows = Vec::new();
        for (number, record) in reader.records().enumerate() {
            let record = record?;
            let mut values = Vec::with_capacity(points.len());
            for (point, cell) in points.iter().zip(record.iter().skip(skip)) {
                values.push(place(number + 1, point, cell)?);
            }
            let outcome = values.pop().unwrap_or(0);
            rows.push(Row { values, outcome });
        }
        let outcome = points.pop().ok_or_else(|| TableError::Empty {
            what: "the list of columns".to_owned(),
        })?;
        Table::new(id.to_owned(), id.to_owned(), points, outcome, &rows)
    }
}

/// The decision point that a column means: `Automatable v2.0.0`, `In KEV v1.0.0 (cisa)`.
fn find<'k>(column: &str, known: &'k [DecisionPoint]) -> Result<&'k DecisionPoint, TableError> {
    let unknown = || TableError::UnknownPoint {
        row: 0,
        found: column.chars().take(100).collect(),
    };
    let (name, rest) = column.trim().rsplit_once(" v").ok_or_else(unknown)?;
    let (version, namespace) = match rest.split_once(" (") {
        Some((version, namespace)) => (version, namespace.trim_end_matches(')')),
        None => (rest, "ssvc"),
    };
    known
        .iter()
        .find(|point| {
            point.name.eq_ignore_ascii_case(name)
                && point.version == version
                && point.namespace == namespace
        })
        .ok_or_else(unknown)
}

fn place(row: usize, point: &DecisionPoint, cell: &str) -> Result<usize, TableError> {
    let name = cell.trim();
    let by_name = |known: &super::point::PointValue| known.name.eq_ignore_ascii_case(name);
    point
        .values
        .iter()
        .position(by_name)
        .ok_or_else(|| TableError::UnknownValue {
            row,
            point: point.name.clone(),
            found: name.chars().take(100).collect(),
            expected: point.expected(),
        })
}
