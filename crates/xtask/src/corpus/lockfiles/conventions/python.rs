//! Packages of Python as the sources list them.

use patchward_protocol::inventory::Component;

use super::{Source, pair, property};

/// The package as the source lists it, or nothing when it leaves it out.
pub fn entry(source: &Source<'_>, component: &Component) -> Option<(String, String)> {
    let constraint = property(component, "constraint");
    let place = property(component, "origin");
    let version = component.version.as_str();
    match (source.name, source.format) {
        ("osv-scalibr", "pipfile-lock") => (!version.is_empty()).then(|| pair(component, version)),
        ("trivy", "pipfile-lock") => {
            (component.development != Some(true)).then(|| pair(component, version))
        }
        ("osv-scalibr", "uv-lock") => {
            (place != Some("virtual:.")).then(|| pair(component, version))
        }
        ("osv-scalibr", "requirements-txt" | "pyproject-toml") => {
            let version = constraint.map_or(version, single_clause);
            place.is_none().then(|| pair(component, version))
        }
        ("trivy", "requirements-txt") => {
            let pinned = constraint.is_none() || source.has("useMinVersion");
            let listed = pinned && place.is_none() && !version.is_empty();
            listed.then(|| pair(component, version))
        }
        _ => Some(pair(component, version)),
    }
}

/// The version of a constraint of one clause without wildcard; `!=` and several clauses have none.
fn single_clause(constraint: &str) -> &str {
    if constraint.contains([',', '*']) || constraint.starts_with("!=") {
        return "";
    }
    constraint.trim_start_matches(['=', '<', '>', '~', ' '])
}
