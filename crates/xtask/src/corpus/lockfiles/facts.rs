//! What a case tells beside name and version: the first line of a package, whether it is for development, its commit.

use std::collections::HashMap;

use patchward_inventory::parse::Parsed;
use patchward_protocol::inventory::Component;
use serde_json::Value;

use super::conventions::Source;

/// Compares the facts that both sides state, for packages whose name and version come once.
pub fn check(source: &Source<'_>, expected: &[Value], parsed: &Parsed) -> Result<(), String> {
    let mut ours: HashMap<(&str, &str), Vec<&Component>> = HashMap::new();
    for component in &parsed.components {
        let key = (component.name.as_str(), component.version.as_str());
        ours.entry(key).or_default().push(component);
    }
    for package in expected {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let key = (text("name"), text("version"));
        let twice = expected.iter().filter(|other| {
            (&other["name"], &other["version"]) == (&package["name"], &package["version"])
        });
        let Some([component]) = ours.get(&key).map(Vec::as_slice) else {
            continue;
        };
        if twice.count() > 1 {
            continue;
        }
        let facts = [
            line(package, component),
            development(package, component),
            commit(source, package, component),
        ];
        if let Some(wrong) = facts.into_iter().flatten().next() {
            return Err(format!("{}@{}: {wrong}", key.0, key.1));
        }
    }
    Ok(())
}

/// The sources give first and last line of an entry; ours lies inside.
fn line(package: &Value, component: &Component) -> Option<String> {
    let ranges = package["lines"].as_array()?;
    let ours = component.locations.iter();
    let ours: Vec<u64> = ours
        .filter_map(|location| location.line.map(u64::from))
        .collect();
    let inside = |range: &Value| {
        let (Some(first), Some(last)) = (range[0].as_u64(), range[1].as_u64()) else {
            return true;
        };
        ours.iter().any(|line| (first..=last).contains(line))
    };
    let wrong = !ours.is_empty() && !ranges.iter().all(inside);
    wrong.then(|| format!("lines {ranges:?}, found {ours:?}"))
}

fn development(package: &Value, component: &Component) -> Option<String> {
    let theirs = package["dev"].as_bool()?;
    let ours = component.development?;
    (ours != theirs).then(|| format!("dev {theirs}, found {ours}"))
}

fn commit(source: &Source<'_>, package: &Value, component: &Component) -> Option<String> {
    let theirs = package["commit"].as_str()?;
    // Drupal's registry puts tags where the commit belongs; only scalibr looks them up.
    let ours = component.properties.get("commit")?;
    (source.name == "osv-scalibr" && ours != theirs)
        .then(|| format!("commit {theirs}, found {ours}"))
}
