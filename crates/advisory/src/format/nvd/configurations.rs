//! NVD's configurations: CPE names with bounds, joined by AND and OR.
//!
//! A configuration holds when its nodes do: any of them (OR, the default) or all (AND). A match with `vulnerable:
//! false` is never a finding by itself: it is what the vulnerable one must run on. Of an AND we keep, for each
//! vulnerable match, the other nodes' names as `running_on`, of which one must be present: with three nodes and more
//! that is a weaker condition than NVD's, so it can tell too much, never too little. `negate` has never been seen in
//! data and is refused aloud.

use serde_json::value::RawValue;

use super::schema::{Configuration, Match, Node};
use crate::cpe::{Attribute, Cpe, Value};
use crate::format::{MAX_STATEMENTS, Sink, cut};
use crate::model::{Affected, Conditions, Event, Package, Range, RangeKind, Status};

/// Most platform names kept per vulnerable match.
const MAX_RUNNING_ON: usize = 1000;

/// Reads one configuration into statements.
pub fn read(raw: &RawValue, id: &str, out: &mut Vec<Affected>, sink: &mut dyn Sink) {
    let configuration = match serde_json::from_str::<Configuration>(raw.get()) {
        Ok(configuration) => configuration,
        Err(error) => {
            sink.problem(format!(
                "{id}: a configuration could not be read: {error}: {}",
                cut(raw.get())
            ));
            return;
        }
    };
    let nodes = configuration.nodes.unwrap_or_default();
    let negated = |negate: Option<bool>| negate == Some(true);
    if negated(configuration.negate) || nodes.iter().any(|node| negated(node.negate)) {
        sink.problem(format!(
            "{id}: a configuration is negated, which is not supported"
        ));
        return;
    }
    let all = is_and(configuration.operator.as_deref());
    for (at, node) in nodes.iter().enumerate() {
        let others = nodes
            .iter()
            .enumerate()
            .filter(|(other, _)| all && *other != at);
        let mut running_on: Vec<&str> = others.flat_map(|(_, node)| criteria(node)).collect();
        let here = node.matches.as_deref().unwrap_or_default();
        if is_and(node.operator.as_deref()) {
            running_on.extend(here.iter().filter(|m| !m.vulnerable).map(|m| &*m.criteria));
        }
        running_on.truncate(MAX_RUNNING_ON);
        for found in here.iter().filter(|found| found.vulnerable) {
            // Each statement holds its platforms.
            if out.len().saturating_mul(running_on.len().max(1)) > MAX_STATEMENTS {
                sink.problem(format!(
                    "{id}: more than {MAX_STATEMENTS} statements, the rest is left out"
                ));
                return;
            }
            match affected(found, &running_on) {
                Ok(affected) => out.push(affected),
                Err(error) => {
                    sink.problem(format!("{id}: {error}"));
                    out.push(unnamed(&found.criteria));
                }
            }
        }
    }
}

fn is_and(operator: Option<&str>) -> bool {
    operator.is_some_and(|operator| operator.eq_ignore_ascii_case("AND"))
}

fn criteria<'n>(node: &'n Node<'_>) -> impl Iterator<Item = &'n str> {
    node.matches.iter().flatten().map(|found| &*found.criteria)
}

fn affected(found: &Match<'_>, running_on: &[&str]) -> Result<Affected, crate::cpe::InvalidCpe> {
    let cpe: Cpe = found.criteria.parse()?;
    let mut ranges = Vec::new();
    let mut versions = Vec::new();
    let mut unread = Vec::new();
    let events = bounds(found);
    if !events.is_empty() {
        ranges.push(Range {
            kind: RangeKind::Ecosystem,
            events,
            repo: None,
        });
    } else {
        match cpe.get(Attribute::Version) {
            Value::Any => {}
            Value::Na => versions.push("-".to_owned()),
            value => match value.as_text() {
                Some(text) => versions.push(text.to_owned()),
                None => unread.push(format!("version {value}")),
            },
        }
    }
    Ok(Affected {
        package: Package {
            ecosystem: "CPE".into(),
            name: cpe.any_version().to_string(),
            purl: None,
        },
        status: Status::Affected,
        ranges,
        versions,
        severities: Vec::new(),
        conditions: Conditions {
            running_on: running_on.iter().map(|&name| name.to_owned()).collect(),
            ..Conditions::default()
        },
        unread,
    })
}

/// A statement about a product whose name cannot be read: kept for a person to see.
fn unnamed(criteria: &str) -> Affected {
    Affected {
        package: Package {
            ecosystem: "Product".into(),
            name: cut(criteria).to_owned(),
            purl: None,
        },
        status: Status::Affected,
        ranges: Vec::new(),
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: vec!["the product's CPE name cannot be read".into()],
    }
}

fn bounds(found: &Match<'_>) -> Vec<Event> {
    let text =
        |field: &Option<crate::format::json::Text<'_>>| field.as_ref().map(|text| text.to_string());
    let from = text(&found.from)
        .map(Event::Introduced)
        .or_else(|| text(&found.after).map(Event::After));
    let to = text(&found.before)
        .map(Event::Fixed)
        .or_else(|| text(&found.last).map(Event::LastAffected));
    if from.is_none() && to.is_none() {
        return Vec::new();
    }
    let from = from.unwrap_or_else(|| Event::Introduced("0".into()));
    std::iter::once(from).chain(to).collect()
}
