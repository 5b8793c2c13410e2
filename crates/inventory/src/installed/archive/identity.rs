//! Which packages an archive is, by what was found in it.

use patchward_protocol::inventory::Component;

use super::manifest::Manifest;
use crate::lockfile::package::component;

/// What an archive says of itself.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pom_properties: Vec<Coordinates>,
    pub(super) manifest: Manifest,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Coordinates {
    group: String,
    artifact: String,
    version: String,
}

impl Evidence {
    /// Adds a `pom.properties`; one without all three coordinates tells nothing.
    pub(super) fn add_pom_properties(&mut self, text: &str) {
        let mut found = Coordinates::default();
        for line in text.lines() {
            let Some((key, value)) = line.split_once(['=', ':']) else {
                continue;
            };
            let slot = match key.trim() {
                "groupId" => &mut found.group,
                "artifactId" => &mut found.artifact,
                "version" => &mut found.version,
                _ => continue,
            };
            value.trim().clone_into(slot);
        }
        let whole = |text: &String| !text.is_empty() && !text.contains("${");
        if [&found.group, &found.artifact, &found.version]
            .into_iter()
            .all(whole)
            && !self.pom_properties.contains(&found)
        {
            self.pom_properties.push(found);
        }
    }

    /// The components; the hash is only asked for when nothing sure was found.
    pub(super) fn components(self, place: &str, sha1: impl FnOnce() -> String) -> Vec<Component> {
        if self.pom_properties.is_empty() {
            return self.guess(place, sha1).into_iter().collect();
        }
        let sure = self.pom_properties.iter();
        sure.map(|found| found.component(place, "pom.properties"))
            .collect()
    }

    fn guess(&self, place: &str, sha1: impl FnOnce() -> String) -> Option<Component> {
        let file = place.rsplit('/').next().unwrap_or(place);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let (artifact, by_name) = split(stem);
        let version = by_name.or_else(|| {
            self.manifest.first(&[
                "implementation-version",
                "bundle-version",
                "specification-version",
            ])
        })?;
        let (group, evidence) = match self.group(artifact) {
            Some(group) => (group, "manifest"),
            // Maven's first packages were named so, and many old jars are of that time.
            None => (artifact.to_owned(), "file name"),
        };
        let guessed = Coordinates {
            group,
            artifact: artifact.to_owned(),
            version: version.to_owned(),
        };
        let mut found = guessed.component(place, evidence);
        let sha1 = sha1();
        if !sha1.is_empty() {
            found
                .properties
                .insert("integrity".into(), format!("sha1:{sha1}"));
        }
        Some(found)
    }

    /// The group: the vendor's id, or the symbolic name without the artifact.
    fn group(&self, artifact: &str) -> Option<String> {
        let vendor = self.manifest.first(&["implementation-vendor-id"]);
        if let Some(vendor) = vendor.filter(|vendor| is_group(vendor)) {
            return Some(vendor.to_owned());
        }
        let names = ["bundle-symbolicname", "automatic-module-name"];
        let symbolic = self.manifest.first(&names)?;
        let symbolic = symbolic.split(';').next().unwrap_or_default().trim();
        let group = match symbolic.strip_suffix(artifact) {
            Some(group) => group.trim_end_matches('.'),
            None => symbolic.rsplit_once('.')?.0,
        };
        is_group(group).then(|| group.to_owned())
    }
}

impl Coordinates {
    fn component(&self, place: &str, evidence: &str) -> Component {
        let name = format!("{}:{}", self.group, self.artifact);
        let mut found = component("maven", &name, &self.version, place, None);
        found.properties.insert("evidence".into(), evidence.into());
        found
    }
}

/// `commons-lang3-3.12.0` into name and version, at the last dash before a digit; a part without a dot (`-2`, a build
/// number) only counts when there is no better one.
fn split(stem: &str) -> (&str, Option<&str>) {
    let starts = |at: &usize| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    let dashes: Vec<usize> = stem
        .match_indices('-')
        .map(|(at, _)| at)
        .filter(starts)
        .collect();
    let dotted = dashes
        .iter()
        .rev()
        .find(|&&at| stem[at + 1..].contains('.'));
    match dotted.or(dashes.last()) {
        Some(&at) if at > 0 => (&stem[..at], Some(&stem[at + 1..])),
        _ => (stem, None),
    }
}

/// A reversed domain, as groups are.
fn is_group(text: &str) -> bool {
    let of_group = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_';
    text.contains('.') && text.chars().all(of_group) && !text.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(place: &str, manifest: &str) -> Option<(String, String)> {
        let evidence = Evidence {
            manifest: Manifest::parse(manifest),
            ..Evidence::default()
        };
        let found = evidence.components(place, String::new).pop()?;
        Some((found.name, found.version))
    }

    #[test]
    fn the_file_name_tells_artifact_and_version() {
        let check = |stem, name, version| assert_eq!(split(stem), (name, version));
        check("commons-lang3-3.12.0", "commons-lang3", Some("3.12.0"));
        check("log4j-1.2-api-2.17.1", "log4j-1.2-api", Some("2.17.1"));
        check("guava-31.1-jre", "guava", Some("31.1-jre"));
        check("servlet-2", "servlet", Some("2"));
        check("app", "app", None);
    }

    #[test]
    fn the_manifest_tells_group_and_missing_version() {
        let got = guessed(
            "lib/a-b.jar",
            "Bundle-SymbolicName: org.example.a-b;x\nBundle-Version: 2.0\n",
        );
        assert_eq!(got, Some(("org.example:a-b".into(), "2.0".into())));
        let got = guessed("x.war!/WEB-INF/lib/old-1.0.jar", "");
        assert_eq!(got, Some(("old:old".into(), "1.0".into())));
        assert_eq!(guessed("app.jar", ""), None);
    }
}
