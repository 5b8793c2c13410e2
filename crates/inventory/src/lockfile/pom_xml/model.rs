//! What a POM says, before anything is filled in.

use crate::lockfile::xml::{self, Element};
use crate::parse::{Input, ParseError};

/// Parents of parents; real trees have three or four.
const MAX_PARENTS: usize = 16;

/// One POM.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) parent: Option<Parent>,
    /// In the order of the file; those of active profiles last, so that they count.
    pub(super) properties: Vec<(String, String)>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) managed: Vec<Dependency>,
    /// What stands among the dependencies and is none.
    pub(super) strays: Vec<ParseError>,
}

/// `<parent>`.
#[derive(Debug, Clone, Default)]
pub(super) struct Parent {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    /// `relativePath`; empty when the parent is not to be looked for in the tree.
    relative: String,
}

/// `<dependency>`, as written.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependency {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) scope: String,
    pub(super) kind: String,
    pub(super) classifier: String,
    pub(super) line: Option<u32>,
}

/// A project followed by its parents, nearest first.
pub(super) struct Lineage {
    pub(super) projects: Vec<Project>,
    /// The parent that is not in the tree.
    pub(super) missing: Option<String>,
}

impl Project {
    /// Reads a POM.
    pub(super) fn parse(bytes: &[u8]) -> Result<Project, ParseError> {
        let root = xml::parse(bytes)?;
        if root.name != "project" {
            let message = format!("the root element is `{}`, not `project`", root.name);
            return Err(ParseError::new(message));
        }
        let text = |name: &str| root.text_of(name).unwrap_or_default().to_owned();
        let mut project = Project {
            group: text("groupId"),
            artifact: text("artifactId"),
            version: text("version"),
            parent: root.child("parent").map(Parent::of),
            ..Project::default()
        };
        project.add(&root);
        let profiles = root.all("profiles").flat_map(|list| list.all("profile"));
        profiles
            .filter(|profile| active(profile))
            .for_each(|profile| project.add(profile));
        Ok(project)
    }

    /// Adds what a project or a profile of it declares.
    fn add(&mut self, part: &Element) {
        let set = part.all("properties").flat_map(|list| &list.children);
        self.properties
            .extend(set.map(|property| (property.name.clone(), property.text().to_owned())));
        self.dependencies.extend(dependencies(part));
        let lists = part.all("dependencies");
        self.strays
            .extend(lists.filter_map(|list| list.stray("dependency")));
        let management = part.all("dependencyManagement");
        self.managed.extend(management.flat_map(dependencies));
    }
}

fn dependencies(part: &Element) -> impl Iterator<Item = Dependency> {
    let lists = part.all("dependencies");
    let entries = lists.flat_map(|list| list.all("dependency"));
    entries.map(Dependency::of)
}

/// Other conditions ask for the machine that builds, which is not this one.
fn active(profile: &Element) -> bool {
    let activation = profile.child("activation");
    activation.and_then(|a| a.text_of("activeByDefault")) == Some("true")
}

impl Dependency {
    fn of(element: &Element) -> Dependency {
        let text = |name: &str| element.text_of(name).unwrap_or_default().to_owned();
        Dependency {
            group: text("groupId"),
            artifact: text("artifactId"),
            version: text("version"),
            scope: text("scope"),
            kind: element.text_of("type").unwrap_or("jar").to_owned(),
            classifier: text("classifier"),
            line: element.line,
        }
    }
}

impl Parent {
    fn of(element: &Element) -> Parent {
        let text = |name: &str| element.text_of(name).unwrap_or_default().to_owned();
        let relative = match element.child("relativePath") {
            Some(path) => path.text().to_owned(),
            None => "../pom.xml".to_owned(),
        };
        Parent {
            group: text("groupId"),
            artifact: text("artifactId"),
            version: text("version"),
            relative,
        }
    }

    fn coordinates(&self) -> String {
        format!("{}:{}:{}", self.group, self.artifact, self.version)
    }
}

/// Opens parent after parent, as long as each lies in the tree and is the one that is named.
pub(super) fn with_parents(project: Project, input: &Input<'_>) -> Lineage {
    let mut lineage = Lineage {
        projects: Vec::new(),
        missing: None,
    };
    let mut path = input.path.to_owned();
    let mut next = Some(project);
    while let Some(project) = next.take() {
        if let Some(parent) = &project.parent {
            let found = open(parent, &path, input);
            match found.filter(|_| lineage.projects.len() < MAX_PARENTS) {
                Some((at, above)) => {
                    path = at;
                    next = Some(above);
                }
                None => lineage.missing = Some(parent.coordinates()),
            }
        }
        lineage.projects.push(project);
    }
    lineage
}

fn open(parent: &Parent, child: &str, input: &Input<'_>) -> Option<(String, Project)> {
    if parent.relative.is_empty() {
        return None;
    }
    let path = join(child, &parent.relative)?;
    let (path, bytes) = match (input.open)(&path) {
        Some(bytes) => (path, bytes),
        // The path may name the folder.
        None => {
            let path = format!("{path}/pom.xml");
            let bytes = (input.open)(&path)?;
            (path, bytes)
        }
    };
    let project = Project::parse(&bytes).ok()?;
    let same = project.artifact == parent.artifact
        && (project.group.is_empty() || project.group == parent.group);
    same.then_some((path, project))
}

/// A path relative to a file's folder; `None` when it leaves the root.
fn join(file: &str, relative: &str) -> Option<String> {
    let relative = relative.replace('\\', "/");
    if relative.starts_with('/') {
        return None;
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_root() {
        assert_eq!(
            join("a/b/pom.xml", "../pom.xml").as_deref(),
            Some("a/pom.xml")
        );
        assert_eq!(join("pom.xml", "x/./y").as_deref(), Some("x/y"));
        assert_eq!(join("pom.xml", "../pom.xml"), None);
        assert_eq!(join("a/pom.xml", "/etc/passwd"), None);
    }
}
