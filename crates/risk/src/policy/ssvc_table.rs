//! The SSVC table that a policy asks for beside the deployer's: `[ssvc]`.

use crate::document::{Document, Table as Toml, Text, shown};
use crate::ssvc::{Builtin, Point, Source, Table, TableError, known_points};

/// A table, and the values that the policy gives its decision points.
#[derive(Debug, Clone, PartialEq)]
pub struct SsvcTable {
    /// The table.
    pub table: Table,
    /// Values of decision points, each by its key or id.
    pub points: Vec<(String, Point)>,
}

/// Tables of the standard, by the name that a policy uses.
const NAMED: &[(&str, Builtin)] = &[
    ("cisa", Builtin::CisaCoordinator),
    ("bod-26-04", Builtin::Bod2604),
    ("deployer", Builtin::Deployer),
    ("supplier", Builtin::Supplier),
    ("coordinator-triage", Builtin::CoordinatorTriage),
    ("coordinator-publish", Builtin::CoordinatorPublish),
];

/// Reads `[ssvc]`: `table` names one of the standard's, `json` or `csv` is one in the standard's format; `[ssvc.points]`
/// gives values.
pub(super) fn read(top: &Toml<'_, '_>) -> Option<SsvcTable> {
    let inner = top.table("ssvc")?;
    let document = inner.document();
    let table = match (inner.text("table"), inner.text("json"), inner.text("csv")) {
        (Some(name), None, None) => named(&name, document),
        (None, Some(text), None) => {
            parsed(&text, Table::from_json(text.value.as_bytes()), document)
        }
        (None, None, Some(text)) => {
            let id = "the policy's own table";
            let read = Table::from_csv(id, text.value.trim_start().as_bytes(), known_points());
            parsed(&text, read, document)
        }
        _ => {
            inner.fault(
                "[ssvc] has one of table, json and csv: table = \"cisa\", or the text of a table",
            );
            None
        }
    };
    let pairs = inner.table("points").map(|table| table.pairs());
    inner.done();
    let table = table?;
    let mut points = Vec::new();
    for (name, value) in pairs.unwrap_or_default() {
        points.extend(point(&table, &name, &value, document));
    }
    Some(SsvcTable { table, points })
}

fn named(name: &Text, document: &Document<'_>) -> Option<Table> {
    let found = NAMED.iter().find(|(known, _)| *known == name.value);
    if found.is_none() {
        let known: Vec<&str> = NAMED.iter().map(|(known, _)| *known).collect();
        let message = format!(
            "unknown table {:?}: expected one of {}",
            shown(&name.value),
            known.join(", ")
        );
        document.fault(name.at, message);
    }
    found.map(|(_, builtin)| builtin.table().clone())
}

fn parsed(text: &Text, read: Result<Table, TableError>, document: &Document<'_>) -> Option<Table> {
    read.map_err(|error| document.fault(text.at, format!("the table cannot be used: {error}")))
        .ok()
}

fn point(
    table: &Table,
    name: &Text,
    value: &Text,
    document: &Document<'_>,
) -> Option<(String, Point)> {
    let input = table
        .inputs()
        .iter()
        .find(|point| point.is_called(&name.value));
    if input.is_none() {
        let known: Vec<&str> = table
            .inputs()
            .iter()
            .map(|point| point.key.as_str())
            .collect();
        let message = format!(
            "unknown decision point {:?} of {}: expected one of {}",
            shown(&name.value),
            table.id(),
            known.join(", ")
        );
        document.fault(name.at, message);
        return None;
    }
    let source = format!("{} ([ssvc.points])", document.place(value.at));
    let given = (
        name.value.clone(),
        Point::new(value.value.clone(), Source::Policy(source)),
    );
    match table.evaluate(&[(name.value.as_str(), given.1.clone())]) {
        Ok(_) => Some(given),
        Err(error) => {
            document.fault(value.at, error.to_string());
            None
        }
    }
}
