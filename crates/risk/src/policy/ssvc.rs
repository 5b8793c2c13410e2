//! What a policy says of SSVC: `[ssvc]`. Values of decision points, and a table that is evaluated beside the deployer's.

use std::sync::Arc;

use crate::document::{Document, Table as Toml, Text, shown};
use crate::ssvc::{
    Builtin, DecisionPoint, Point, Source, Table, TableError, Tree, defaults, deployer_tree,
    known_points,
};

/// What a policy says of SSVC.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SsvcRules {
    /// A table beside the deployer's, with those of the standard that may answer its decision points.
    pub own: Option<Tree>,
    /// Values of decision points, each by its key or id.
    pub points: Vec<(String, Point)>,
    /// The same for the deployer's table, worked out.
    pub deployer: DeployerPoints,
}

/// Values that a policy gives to decision points of the deployer's table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployerPoints {
    /// Exploitation.
    pub exploitation: Option<Given>,
    /// System exposure.
    pub exposure: Option<Given>,
    /// Automatable.
    pub automatable: Option<Given>,
    /// Human impact: given itself, or by safety and mission impact.
    pub impact: Option<Given>,
}

/// A value that a policy gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its place among the values of the decision point.
    pub place: usize,
    /// `policy: policy.toml:4:7 ([ssvc.points])`.
    pub source: Arc<str>,
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

/// Tables of the standard whose outcomes are decision points of others.
const HELPERS: [Builtin; 4] = [
    Builtin::HumanImpact,
    Builtin::MissionAndWellBeing,
    Builtin::Utility,
    Builtin::PublicSafety,
];

/// The fault is told.
struct Faulty;

/// Reads `[ssvc]`: `table` names one of the standard's, `json` or `csv` is one in the standard's format; `[ssvc.points]`
/// gives values.
pub(super) fn read(top: &Toml<'_, '_>) -> SsvcRules {
    let Some(inner) = top.table("ssvc") else {
        return SsvcRules::default();
    };
    let document = inner.document();
    let own = match (inner.text("table"), inner.text("json"), inner.text("csv")) {
        (None, None, None) if inner.has("points") => Ok(None),
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
                "[ssvc] has points, and at most one of table, json and csv: table = \"cisa\", or the text of a table",
            );
            Err(Faulty)
        }
    };
    let pairs = inner.table("points").map(|table| table.pairs());
    inner.done();
    let Ok(own) = own else {
        return SsvcRules::default(); // which points there are is not known
    };
    let pairs = pairs.unwrap_or_default();
    let points = pairs
        .iter()
        .filter_map(|(name, value)| point(own.as_ref(), name, value, document));
    let points: Vec<(String, Point)> = points.collect();
    SsvcRules {
        deployer: DeployerPoints::of(&points),
        own,
        points,
    }
}

fn named(name: &Text, document: &Document<'_>) -> Result<Option<Tree>, Faulty> {
    match NAMED.iter().find(|(known, _)| *known == name.value) {
        Some((_, builtin)) => parsed(name, Ok(builtin.table().clone()), document),
        None => {
            let known: Vec<&str> = NAMED.iter().map(|(known, _)| *known).collect();
            let (name_shown, known) = (shown(&name.value), known.join(", "));
            let message = format!("unknown table {name_shown:?}: expected one of {known}");
            document.fault(name.at, message);
            Err(Faulty)
        }
    }
}

/// The table with those of the standard that may answer its decision points.
fn parsed(
    text: &Text,
    read: Result<Table, TableError>,
    document: &Document<'_>,
) -> Result<Option<Tree>, Faulty> {
    let tree = read.and_then(|table| {
        let helpers = HELPERS.map(Builtin::table).into_iter();
        let helpers = helpers.filter(|helper| helper.outcome().id() != table.outcome().id());
        let helpers = helpers.cloned().collect();
        Tree::new(table, helpers)
    });
    tree.map(Some).map_err(|error| {
        document.fault(text.at, format!("the table cannot be used: {error}"));
        Faulty
    })
}

fn point(
    own: Option<&Tree>,
    name: &Text,
    value: &Text,
    document: &Document<'_>,
) -> Option<(String, Point)> {
    let trees = || own.into_iter().chain([deployer_tree()]);
    let all = || trees().flat_map(Tree::tables).flat_map(Table::inputs);
    let named: Vec<&DecisionPoint> = all().filter(|point| point.is_called(&name.value)).collect();
    if named.is_empty() {
        let mut known: Vec<&str> = all().map(|point| point.key.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        let message = format!(
            "unknown decision point {:?}: expected one of {}",
            shown(&name.value),
            known.join(", ")
        );
        document.fault(name.at, message);
        return None;
    }
    let given = Point::new(
        value.value.clone(),
        Source::Policy(format!("{} ([ssvc.points])", document.place(value.at))),
    );
    for tree in trees() {
        if let Err(error) = tree.evaluate(&[(name.value.as_str(), given.clone())]) {
            document.fault(value.at, error.to_string());
            return None;
        }
    }
    Some((name.value.clone(), given))
}

impl DeployerPoints {
    fn of(points: &[(String, Point)]) -> DeployerPoints {
        let table = Builtin::Deployer.table();
        let mut given = table.inputs().iter().map(|point| direct(point, points));
        let mut next = || given.next().flatten();
        DeployerPoints {
            exploitation: next(),
            exposure: next(),
            automatable: next(),
            impact: next().or_else(|| by_parts(points)),
        }
    }
}

fn direct(point: &DecisionPoint, points: &[(String, Point)]) -> Option<Given> {
    let said = points.iter().find(|(name, _)| point.is_called(name));
    let (_, said) = said?;
    Some(Given {
        place: point.place(said.value.known()?)?,
        source: said.source.to_string().into(),
    })
}

/// Human impact by the standard's table, where the policy gives safety impact, mission impact or both.
fn by_parts(points: &[(String, Point)]) -> Option<Given> {
    let table = Builtin::HumanImpact.table();
    let given =
        |(name, _): &&(String, Point)| table.inputs().iter().any(|point| point.is_called(name));
    let own: Vec<(&str, Point)> = points
        .iter()
        .filter(given)
        .map(|(name, point)| (name.as_str(), point.clone()))
        .collect();
    if own.is_empty() {
        return None;
    }
    let said: Vec<(&str, Point)> = own.into_iter().chain(defaults()).collect();
    let done = table.evaluate(&said).ok()?;
    let parts = done.selections.iter().map(|part| {
        let source = match &part.source {
            Source::Policy(place) => place,
            _ => "SSVC's default",
        };
        let (name, value) = (part.name.to_lowercase(), part.value_name.to_lowercase());
        format!("{name} {value}, {source}")
    });
    Some(Given {
        place: done.rank,
        source: format!("policy: {}", parts.collect::<Vec<_>>().join("; ")).into(),
    })
}
