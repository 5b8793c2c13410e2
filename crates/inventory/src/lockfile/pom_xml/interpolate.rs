//! `${…}` in a POM (maven.apache.org/ref/current/maven-model-builder).

use std::collections::HashMap;

use super::model::Project;

/// Properties inside properties.
const MAX_STEPS: usize = 64;

/// The longest text that a property may grow to.
const MAX_TEXT: usize = 4096;

/// The properties of a project and its parents.
pub(super) struct Properties(HashMap<String, String>);

impl Properties {
    /// Collects them from a project and its parents, nearest first; what is nearer counts.
    pub(super) fn of(projects: &[Project]) -> Properties {
        let mut all = HashMap::new();
        for project in projects.iter().rev() {
            let set = project.properties.iter().cloned();
            all.extend(set);
        }
        let Some(project) = projects.first() else {
            return Properties(all);
        };
        let parent = project.parent.clone().unwrap_or_default();
        let own_or = |own: &str, above: &str| match own {
            "" => above.to_owned(),
            own => own.to_owned(),
        };
        let model = [
            ("groupId", own_or(&project.group, &parent.group)),
            ("artifactId", project.artifact.clone()),
            ("version", own_or(&project.version, &parent.version)),
            ("parent.groupId", parent.group),
            ("parent.artifactId", parent.artifact),
            ("parent.version", parent.version),
        ];
        for (name, value) in model {
            if value.is_empty() {
                continue;
            }
            // `pom.` and no prefix at all are Maven 2's ways to write it.
            all.entry(name.to_owned()).or_insert_with(|| value.clone());
            all.insert(format!("pom.{name}"), value.clone());
            all.insert(format!("project.{name}"), value);
        }
        Properties(all)
    }

    /// Fills in every property; `None` when one is not known or leads to itself.
    pub(super) fn fill(&self, text: &str) -> Option<String> {
        let mut text = text.trim().to_owned();
        for _ in 0..MAX_STEPS {
            let Some((before, rest)) = text.split_once("${") else {
                return Some(text);
            };
            let (name, after) = rest.split_once('}')?;
            let value = self.0.get(name.trim())?;
            text = format!("{before}{value}{after}");
            if text.len() > MAX_TEXT {
                return None;
            }
        }
        None
    }
}
