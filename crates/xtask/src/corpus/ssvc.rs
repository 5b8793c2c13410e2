//! Family `ssvc`: rows of the standard's decision tables, its definitions, and recorded selections.

use std::path::Path;

use patchward_risk::ssvc::{
    Builtin, DecisionPoint, Evaluation, Point, SelectionList, Source, Table, Value, known_points,
};
use serde_json::Value as Json;

use super::report::Report;

/// Runs every part.
pub fn run(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    each_file(folder, "rows", |file, bytes| rows(file, bytes, report))?;
    each_file(folder, "decision_points_json", |file, bytes| {
        report.row(file, "definition", definition(bytes));
        Ok(())
    })?;
    each_file(folder, "decision_tables_json", |file, bytes| {
        report.row(file, "table", table(bytes));
        Ok(())
    })?;
    each_file(folder, "schema_examples", |file, bytes| {
        report.row(file, "selections", selections(bytes));
        Ok(())
    })
}

fn each_file(
    folder: &Path,
    part: &str,
    mut read: impl FnMut(&str, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder.join("ssvc").join(part))?;
    let mut files: Vec<_> = entries.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = format!("ssvc/{part}/{}", file.file_name().to_string_lossy());
        read(&name, &std::fs::read(file.path())?)?;
    }
    Ok(())
}

/// Each row must be what the table of the same decision points gives.
fn rows(file: &str, bytes: &[u8], report: &mut Report) -> anyhow::Result<()> {
    let mut reader = csv::Reader::from_reader(bytes);
    let columns: Vec<String> = reader.headers()?.iter().skip(1).map(id).collect();
    let table = Builtin::ALL.map(Builtin::table).into_iter().find(|table| {
        let points = table.inputs().iter().chain([table.outcome()]);
        let mut ids: Vec<String> = points.map(DecisionPoint::id).collect();
        let mut columns = columns.clone();
        let same_outcome = ids.last() == columns.last();
        ids.sort();
        columns.sort();
        same_outcome && ids == columns
    });
    for record in reader.records() {
        let record = record?;
        let cells: Vec<&str> = record.iter().skip(1).collect();
        let outcome = match table {
            Some(table) => row(table, &columns, &cells),
            None => Err("no table with these decision points".to_owned()),
        };
        report.row(file, record.get(0).unwrap_or_default(), outcome);
    }
    Ok(())
}

fn row(table: &Table, columns: &[String], cells: &[&str]) -> Result<(), String> {
    let points: Vec<(&str, Point)> = columns
        .iter()
        .zip(cells)
        .map(|(id, cell)| (id.as_str(), Point::new(*cell, Source::Default)))
        .collect();
    let (expected, inputs) = points.split_last().ok_or("an empty row")?;
    let found: Evaluation = table.evaluate(inputs).map_err(|error| error.to_string())?;
    let place = match &expected.1.value {
        Value::Is(name) => table.outcome().place(name),
        _ => None,
    };
    match place == Some(found.rank) {
        true => Ok(()),
        false => Err(format!(
            "expected {:?}, found {}",
            cells.last(),
            found.outcome.value_name
        )),
    }
}

/// The decision point that a column names; its own text where there is none.
fn id(column: &str) -> String {
    let (column, namespace) = match column.rsplit_once(" (") {
        Some((column, namespace)) => (column, namespace.trim_end_matches(')')),
        None => (column, "ssvc"),
    };
    let named = known_points().iter().find(|point| {
        point.namespace == namespace && format!("{} v{}", point.name, point.version) == column
    });
    named.map_or(column.to_owned(), DecisionPoint::id)
}

/// A definition is read, printed as it came, and is the compiled one where that has the same id.
fn definition(bytes: &[u8]) -> Result<(), String> {
    let point = DecisionPoint::from_json(bytes).map_err(|error| error.to_string())?;
    let printed = serde_json::to_value(&point).map_err(|error| error.to_string())?;
    let original: Json = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if printed != original {
        return Err(format!("printed as {printed}"));
    }
    match known_points().iter().find(|known| known.id() == point.id()) {
        Some(known) if *known != point => Err("differs from the compiled definition".to_owned()),
        _ => Ok(()),
    }
}

/// A whole table is read and is the compiled one.
fn table(bytes: &[u8]) -> Result<(), String> {
    let table = Table::from_json(bytes).map_err(|error| error.to_string())?;
    match Builtin::ALL.iter().any(|builtin| *builtin.table() == table) {
        true => Ok(()),
        false => Err("is none of the compiled tables".to_owned()),
    }
}

/// A selection list is read, and reads the same after it was printed.
fn selections(bytes: &[u8]) -> Result<(), String> {
    let list = SelectionList::from_json(bytes).map_err(|error| error.to_string())?;
    match SelectionList::from_json(list.to_json().as_bytes()) {
        Ok(again) if again == list => Ok(()),
        other => Err(format!(
            "printed as {}, which reads as {other:?}",
            list.to_json()
        )),
    }
}
