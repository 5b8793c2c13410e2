//! Packages of npm as the sources list them.

use patchward_protocol::inventory::Component;

use super::{Source, pair, property};

/// The package as the source lists it: mostly once, nothing when it is left out.
pub fn entries(source: &Source<'_>, component: &Component) -> Vec<(String, String)> {
    let mut entries = vec![pair(component, &component.version)];
    let origin = property(component, "origin");
    match (source.name, source.format) {
        ("osv-scalibr", "npm-package-lock") if component.own => {
            entries.push(pair(component, ""));
        }
        ("osv-scalibr", "package-json") => {
            let asked = source.has("includeDeps") && !component.version.is_empty();
            entries.retain(|_| component.own || asked);
        }
        ("osv-scalibr", "pnpm-lock") if component.version.is_empty() => {
            entries = origin
                .map(|origin| pair(component, origin))
                .into_iter()
                .collect();
        }
        ("osv-scalibr", "yarn-lock") => entries.retain(|_| origin != Some("workspace:.")),
        ("trivy", "yarn-lock") => entries.retain(|_| origin.is_none()),
        ("trivy", "pnpm-lock") => {
            let manager = property(component, "groups") == Some("package-manager");
            let old = !source.input.contains("lockfileVersion: '9");
            let development = old && component.development == Some(true);
            entries.retain(|_| !manager && !development);
        }
        _ => {}
    }
    entries
}
