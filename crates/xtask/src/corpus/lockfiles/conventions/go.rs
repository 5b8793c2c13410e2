//! Go modules as the sources list them.

use patchward_protocol::inventory::Component;

use super::{Source, pair, property};

/// The module as the source lists it, or nothing when it leaves it out.
pub fn entry(source: &Source<'_>, component: &Component) -> Option<(String, String)> {
    match source.name {
        "osv-scalibr" => scalibr(source, component),
        _ => trivy(source, component),
    }
}

fn scalibr(source: &Source<'_>, component: &Component) -> Option<(String, String)> {
    let local = property(component, "origin");
    if component.own && local.is_none() {
        return None;
    }
    if source.has("excludeIndirect") && component.direct == Some(false) {
        return None;
    }
    let name = local.unwrap_or(&component.name).to_owned();
    let version = component.version.trim_start_matches('v').to_owned();
    Some((name, version))
}

fn trivy(source: &Source<'_>, component: &Component) -> Option<(String, String)> {
    if component.name == "stdlib" {
        let minor = component.version.split('.').nth(1);
        let minor: u32 = minor.and_then(|minor| minor.parse().ok()).unwrap_or(0);
        let listed = source.has("useMinVersion") && minor >= 21;
        return listed.then(|| pair(component, &format!("v{}", component.version)));
    }
    let replaced = property(component, "replaces").and_then(|text| text.rsplit_once('@'));
    match replaced {
        Some((name, version)) if !source.has("replace") => Some((name.into(), version.into())),
        Some(_) if component.version.is_empty() => None,
        _ => Some(pair(component, &component.version)),
    }
}
