//! What the two sources leave out or write otherwise, format by format; nothing here hides a difference in reading.
//!
//! The project's own root and workspace members are listed only in the formats of [`OWN`].
//!
//! | format | osv-scalibr | trivy |
//! | --- | --- | --- |
//! | `cargo-toml` | only `[dependencies]`, with a version or a commit | – |
//! | `go-mod`, `go-vendor-modules` | versions without `v`; a local replacement by its path; indirect ones not with option `excludeIndirect` | no local replacements; the standard library with `v`, only with option `useMinVersion` and from Go 1.21 on; what was replaced without option `replace` |
//! | `npm-package-lock` | a link to a folder of the project is a second entry without version | – |
//! | `package-json` | dependencies only with option `includeDeps`, and only those with a lowest version | – |
//! | `pipfile-lock` | only what has a version | nothing that is for development only |
//! | `pnpm-lock` | the address as version where version 9 has no other | each set of peers by itself; nothing of the package manager's own document; nothing for development before version 9 |
//! | `requirements-txt`, `pyproject-toml` | the version of a single clause, upper bounds too; no addresses | only what is pinned, with option `useMinVersion` also the lowest version |
//! | `uv-lock` | members too, but no virtual root | fails without exactly one root |
//! | `yarn-lock` | workspaces but the root | only what a registry has |
//! | `conan` | all lists of Conan 2 | of Conan 2 only `requires` |
//! | `julia-manifest` | no packages without a version of their own | `unknown` where there is none; a package that needs one which is not listed fails the whole file |
//! | `nuget-packages-config`, `sbt-lock` | – | nothing that is for development only |
//! | `pubspec-lock` | – | with option `useMinVersion` the lowest SDK version for packages of the SDK |
//! | `renv-lock` | only what comes from a repository called CRAN | – |
//! | `swift-package-resolved` | – | the branch as version of a pin without one |

mod go;
mod javascript;
mod python;

use patchward_inventory::parse::Parsed;
use patchward_protocol::inventory::Component;
use serde_json::Value;

/// Which source lists the project's own packages (root, members) in which format; nobody else does.
const OWN: &[(&str, &str)] = &[
    ("osv-scalibr", "cargo-lock"),
    ("osv-scalibr", "cargo-toml"),
    ("osv-scalibr", "dotnet-deps-json"),
    ("osv-scalibr", "gemfile-lock"),
    ("osv-scalibr", "go-mod"),
    ("osv-scalibr", "julia-manifest"),
    ("osv-scalibr", "npm-package-lock"),
    ("osv-scalibr", "package-json"),
    ("osv-scalibr", "pdm-lock"),
    ("osv-scalibr", "podfile-lock"),
    ("osv-scalibr", "uv-lock"),
    ("osv-scalibr", "yarn-lock"),
    ("trivy", "bun-lock"),
    ("trivy", "cargo-lock"),
    ("trivy", "conan"),
    ("trivy", "dotnet-deps-json"),
    ("trivy", "gemfile-lock"),
    ("trivy", "go-mod"),
    ("trivy", "julia-manifest"),
    ("trivy", "npm-package-lock"),
    ("trivy", "podfile-lock"),
    ("trivy", "uv-lock"),
];

/// Where a case comes from, and with what it was made.
pub struct Source<'a> {
    /// `osv-scalibr` or `trivy`.
    pub name: &'a str,
    /// The format's name, as the folder's.
    pub format: &'a str,
    /// The options of the upstream tool.
    pub options: &'a Value,
    /// The input as text.
    pub input: &'a str,
}

impl Source<'_> {
    /// Our components as this source would list them.
    pub fn listed(&self, parsed: &Parsed) -> Vec<(String, String)> {
        let own = OWN.contains(&(self.name, self.format));
        let components = parsed.components.iter().filter(|c| own || !c.own);
        components
            .flat_map(|component| self.entries(component))
            .collect()
    }

    /// The source has one package as often as it has sets of peers, which we take together.
    pub fn lists_each_once(&self) -> bool {
        (self.name, self.format) == ("trivy", "pnpm-lock")
    }

    /// Whether the source fails on a file of which we read what can be read.
    pub fn fails(&self, parsed: &Parsed) -> bool {
        match (self.name, self.format) {
            ("trivy", "julia-manifest") => !parsed.problems.is_empty(),
            ("trivy", "uv-lock") => parsed.components.iter().filter(|c| c.own).count() != 1,
            _ => false,
        }
    }

    /// Whether an option of the upstream tool is on.
    fn has(&self, option: &str) -> bool {
        self.options[option] == true
    }

    /// Name and version of a component as the source lists it; mostly one, nothing when it is left out.
    fn entries(&self, component: &Component) -> Vec<(String, String)> {
        match self.format {
            "go-mod" | "go-vendor-modules" => go::entry(self, component).into_iter().collect(),
            "npm-package-lock" | "package-json" | "pnpm-lock" | "yarn-lock" => {
                javascript::entries(self, component)
            }
            "pipfile-lock" | "pyproject-toml" | "requirements-txt" | "uv-lock" => {
                python::entry(self, component).into_iter().collect()
            }
            _ => self.other(component).into_iter().collect(),
        }
    }

    fn other(&self, component: &Component) -> Option<(String, String)> {
        let property = |key: &str| property(component, key);
        let mut version = component.version.as_str();
        let listed = match (self.name, self.format) {
            ("osv-scalibr", "cargo-toml") => {
                let named = !version.is_empty() || property("commit").is_some();
                component.own || (named && property("groups").is_none())
            }
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
            ("trivy", "pubspec-lock") if self.has("useMinVersion") => {
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
}

fn pair(component: &Component, version: &str) -> (String, String) {
    (component.name.clone(), version.to_owned())
}

fn property<'a>(component: &'a Component, key: &str) -> Option<&'a str> {
    component.properties.get(key).map(String::as_str)
}
