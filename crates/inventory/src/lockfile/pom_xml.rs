//! `pom.xml` of Maven (maven.apache.org/pom.html): what the project itself asks for.
//!
//! Followed as Maven does without a network: parents that lie in the tree, `dependencyManagement`, properties, and
//! profiles that are active by default. A range counts as its lower end. What other packages bring in is not in the
//! file.

mod interpolate;
mod model;

use std::collections::{HashMap, HashSet};

use patchward_protocol::inventory::Component;

use super::Format;
use super::package::{component, problem};
use crate::parse::{Input, ParseError, Parsed};
use interpolate::Properties;
use model::{Dependency, Project};

pub(super) const FORMAT: Format = Format {
    name: "pom-xml",
    matches: |name| name == "pom.xml" || name.ends_with(".pom"),
    parse,
    exact: false,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let project = Project::parse(input.bytes)?;
    let lineage = model::with_parents(project, input);
    let properties = Properties::of(&lineage.projects);
    let managed = managed(&lineage.projects, &properties);
    let mut parsed = Parsed::default();
    if let Some(parent) = &lineage.missing {
        let message = format!("parent {parent} is not in the tree: what it sets is not known");
        parsed.problems.push(problem(input.path, None, message));
    }
    let own = lineage.projects.first().map(|project| &project.strays);
    for stray in own.into_iter().flatten() {
        let told = problem(input.path, stray.line, &*stray.message);
        parsed.problems.push(told);
    }
    for dependency in effective(&lineage.projects, &properties) {
        match resolve(dependency, &properties, &managed) {
            Ok(resolved) => parsed.components.push(resolved.component(input)),
            Err(message) => {
                let line = dependency.line;
                parsed.problems.push(problem(input.path, line, message));
            }
        }
    }
    let mut seen = HashSet::new();
    parsed
        .components
        .retain(|c| seen.insert((c.name.clone(), c.version.clone())));
    Ok(parsed)
}

/// The identity by which Maven joins declarations: group, artifact, type and classifier.
type Key = (String, String, String, String);

fn key(dependency: &Dependency, properties: &Properties) -> Option<Key> {
    let fill = |text: &str| properties.fill(text);
    Some((
        fill(&dependency.group)?,
        fill(&dependency.artifact)?,
        fill(&dependency.kind)?,
        fill(&dependency.classifier)?,
    ))
}

/// The declared dependencies of the project and its parents. A child's declaration replaces its parent's; of two in
/// one file Maven warns and takes the second.
fn effective<'a>(projects: &'a [Project], properties: &Properties) -> Vec<&'a Dependency> {
    let mut known: HashMap<Key, (usize, usize)> = HashMap::new();
    let mut list = Vec::new();
    for (generation, project) in projects.iter().enumerate() {
        for dependency in &project.dependencies {
            let key = key(dependency, properties);
            match key.as_ref().and_then(|key| known.get(key)) {
                Some(&(at, of)) if of == generation => list[at] = dependency,
                Some(_) => {}
                None => {
                    key.map(|key| known.insert(key, (list.len(), generation)));
                    list.push(dependency);
                }
            }
        }
    }
    list
}

/// Versions and scopes of `dependencyManagement`, the nearest first.
fn managed<'a>(projects: &'a [Project], properties: &Properties) -> HashMap<Key, &'a Dependency> {
    let mut managed = HashMap::new();
    for dependency in projects.iter().flat_map(|project| &project.managed) {
        if let Some(key) = key(dependency, properties) {
            managed.entry(key).or_insert(dependency);
        }
    }
    managed
}

/// A dependency with everything filled in.
struct Resolved<'a> {
    dependency: &'a Dependency,
    name: String,
    version: String,
    scope: String,
}

fn resolve<'a>(
    dependency: &'a Dependency,
    properties: &Properties,
    managed: &HashMap<Key, &Dependency>,
) -> Result<Resolved<'a>, String> {
    let written = format!("{}:{}", dependency.group, dependency.artifact);
    let unknown = |text: &str| {
        format!("dependency `{written}` uses a property in `{text}` that no file of the tree sets")
    };
    let key = key(dependency, properties).ok_or_else(|| unknown(&written))?;
    let name = format!("{}:{}", key.0, key.1);
    let above = managed.get(&key);
    let own_or = |own: &str, above: Option<&str>| match own {
        "" => above.unwrap_or_default().to_owned(),
        own => own.to_owned(),
    };
    let version = own_or(
        &dependency.version,
        above.map(|above| above.version.as_str()),
    );
    let scope = own_or(&dependency.scope, above.map(|above| above.scope.as_str()));
    Ok(Resolved {
        dependency,
        name,
        version: properties.fill(&version).ok_or_else(|| unknown(&version))?,
        scope: properties.fill(&scope).unwrap_or_default(),
    })
}

impl Resolved<'_> {
    fn component(&self, input: &Input<'_>) -> Component {
        let version = lower_end(&self.version);
        let line = self.dependency.line;
        let mut found = component("maven", &self.name, version, input.path, line);
        found.direct = Some(true);
        found.development = Some(self.scope == "test");
        let requirement = if version == self.version {
            ""
        } else {
            &self.version
        };
        for (key, value) in [
            ("requirement", requirement),
            ("scope", &self.scope),
            ("type", &self.dependency.kind),
            ("classifier", &self.dependency.classifier),
        ] {
            if !value.is_empty() && (key, value) != ("type", "jar") {
                found.properties.insert(key.into(), value.into());
            }
        }
        found
    }
}

/// The lower end of `[1.0,2.0)`; a range without one, such as `(,1.0]`, names no version.
fn lower_end(version: &str) -> &str {
    match version.strip_prefix(['[', '(']) {
        Some(range) => range
            .split([',', ']', ')'])
            .next()
            .unwrap_or_default()
            .trim(),
        None => version,
    }
}

#[cfg(test)]
mod tests;
