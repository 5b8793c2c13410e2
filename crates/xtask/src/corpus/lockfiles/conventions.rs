//! What the two sources leave out or write otherwise, format by format; nothing here hides a difference in reading.
//!
//! | format | osv-scalibr | trivy |
//! | --- | --- | --- |
//! | `conan` | all lists of Conan 2 | of Conan 2 only `requires` |
//! | `julia-manifest` | no packages without a version of their own | `unknown` where there is none; a package that needs one which is not listed fails the whole file |
//! | `nuget-packages-config`, `sbt-lock` | – | nothing that is for development only |
//! | `pubspec-lock` | – | with option `useMinVersion` the lowest SDK version for packages of the SDK |
//! | `renv-lock` | only what comes from a repository called CRAN | – |
//! | `swift-package-resolved` | – | the branch as version of a pin without one |

use patchward_inventory::parse::Parsed;
use patchward_protocol::inventory::Component;
use serde_json::Value;

/// Name and version of a component as the source lists it, or nothing when it leaves the component out.
pub fn entry(
    source: &str,
    format: &str,
    options: &Value,
    component: &Component,
) -> Option<(String, String)> {
    let property = |key: &str| component.properties.get(key).map(String::as_str);
    let mut version = component.version.as_str();
    let listed = match (source, format) {
        ("trivy", "conan") => property("groups").is_none_or(|group| group == "requires"),
        ("trivy", "nuget-packages-config" | "sbt-lock") => component.development != Some(true),
        ("trivy", "julia-manifest") => {
            version = if version.is_empty() {
                "unknown"
            } else {
                version
            };
            true
        }
        ("osv-scalibr", "julia-manifest") => property("origin") != Some("stdlib"),
        ("osv-scalibr", "renv-lock") => {
            property("repository") == Some("CRAN") && property("origin").is_none()
        }
        ("trivy", "pubspec-lock") if options["useMinVersion"] == true => {
            let asked = property("sdk").and_then(|asked| asked.split_whitespace().next());
            version = asked.map_or(version, |asked| asked.trim_start_matches(['^', '>', '=']));
            true
        }
        ("trivy", "swift-package-resolved") if version.is_empty() => {
            version = property("branch").unwrap_or_default();
            true
        }
        _ => true,
    };
    listed.then(|| (component.name.clone(), version.to_owned()))
}

/// Whether the source fails on a file of which we read what can be read.
pub fn fails(source: &str, format: &str, parsed: &Parsed) -> bool {
    (source, format) == ("trivy", "julia-manifest") && !parsed.problems.is_empty()
}
