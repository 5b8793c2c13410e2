//! Which packages an archive is, by what was found in it.

use patchward_protocol::inventory::Component;

use super::manifest::Manifest;
use super::names;
use crate::lockfile::package::component;

/// What an archive says of itself.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pom_properties: Vec<Coordinates>,
    pub(super) manifest: Manifest,
}

/// What Maven calls a package.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Coordinates {
    pub(super) group: String,
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

    /// The components; the hash is only asked for when the archive does not say itself what it is. `holds_others` tells
    /// of an archive with archives in it: one without a name of its own is a wrapping.
    pub(super) fn components(
        self,
        place: &str,
        holds_others: bool,
        sha1: impl FnOnce() -> String,
    ) -> Vec<Component> {
        if !self.pom_properties.is_empty() {
            let sure = self.pom_properties.iter();
            return sure
                .map(|found| found.component(place, "pom.properties"))
                .collect();
        }
        let (coordinates, evidence) = match names::in_repository(place) {
            Some(found) => (found, super::BY_PLACE),
            None => self.guess(place),
        };
        let nameless = evidence == "file name" && coordinates.version.is_empty();
        if nameless && holds_others {
            return Vec::new();
        }
        let mut found = coordinates.component(place, evidence);
        let sha1 = sha1();
        if !sha1.is_empty() {
            found
                .properties
                .insert("integrity".into(), format!("sha1:{sha1}"));
        }
        vec![found]
    }

    /// A file named as Maven names it tells artifact and version; of another name the manifest knows better. The
    /// version is empty where nobody states one.
    fn guess(&self, place: &str) -> (Coordinates, &'static str) {
        let file = place.rsplit('/').next().unwrap_or(place);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let (by_file, version) = split(stem);
        let mut by_manifest = names::artifacts(&self.manifest).into_iter();
        let artifact = match version {
            Some(_) => by_file.to_owned(),
            None => match by_manifest.next() {
                Some(first) if first != by_file && !by_manifest.any(|name| name == by_file) => {
                    first
                }
                _ => by_file.to_owned(),
            },
        };
        let named = [
            "implementation-version",
            "bundle-version",
            "specification-version",
        ];
        let version = version.or_else(|| self.manifest.first(&named));
        let (group, evidence) = match names::group(&self.manifest, &artifact) {
            Some(found) => found,
            // Maven's first packages were named so, and many old jars are of that time.
            None => (artifact.clone(), "file name"),
        };
        let evidence = if artifact == by_file {
            evidence
        } else {
            "manifest"
        };
        let guessed = Coordinates {
            group,
            artifact,
            version: version.unwrap_or_default().to_owned(),
        };
        (guessed, evidence)
    }
}

impl Coordinates {
    /// Coordinates of which none is empty.
    pub(super) fn of(group: &str, artifact: &str, version: &str) -> Option<Coordinates> {
        let whole = [group, artifact, version]
            .iter()
            .all(|part| !part.is_empty());
        whole.then(|| Coordinates {
            group: group.to_owned(),
            artifact: artifact.to_owned(),
            version: version.to_owned(),
        })
    }

    /// Whether a file has the name that a repository gives it: `ARTIFACT-VERSION.jar`, or with a classifier.
    pub(super) fn is_named(&self, file: &str) -> bool {
        file.strip_prefix(self.artifact.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|rest| rest.strip_prefix(self.version.as_str()))
            .is_some_and(|rest| rest.starts_with(['.', '-']))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(place: &str, manifest: &str) -> (String, String, String) {
        let evidence = Evidence {
            manifest: Manifest::parse(manifest),
            ..Evidence::default()
        };
        let found = evidence.components(place, false, String::new).remove(0);
        let said = found.properties["evidence"].clone();
        (found.name, found.version, said)
    }

    fn check(place: &str, manifest: &str, expected: (&str, &str, &str)) {
        let got = guessed(place, manifest);
        let got = (got.0.as_str(), got.1.as_str(), got.2.as_str());
        assert_eq!(got, expected, "{place}");
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
        check(
            "lib/a-b.jar",
            "Bundle-SymbolicName: org.example.a-b;x\nBundle-Version: 2.0\n",
            ("org.example:a-b", "2.0", "manifest"),
        );
        check(
            "x.war!/WEB-INF/lib/old-1.0.jar",
            "",
            ("old:old", "1.0", "file name"),
        );
    }

    #[test]
    fn a_jar_of_another_name_is_what_its_manifest_says() {
        let log4j = "Implementation-Title: Apache Log4j Core\nImplementation-Vendor-Id: org.apache.logging.log4j\n\
                     Bundle-SymbolicName: org.apache.logging.log4j.core\nImplementation-Version: 2.14.1\n";
        let core = ("org.apache.logging.log4j:log4j-core", "2.14.1");
        check("renamed.jar", log4j, (core.0, core.1, "manifest"));
        check("log4j-core.jar", log4j, (core.0, core.1, "file name"));
        check(
            "x.jar",
            "Implementation-Title: spring-core\nAutomatic-Module-Name: spring.core\nImplementation-Version: 5.3.9\n",
            ("org.springframework:spring-core", "5.3.9", "manifest"),
        );
        check(
            "x.jar",
            "Implementation-Title: org.example.web#web-client;3.1\nImplementation-Version: 3.1\n",
            ("org.example.web:web-client", "3.1", "manifest"),
        );
        check(
            "y.jar",
            "Bundle-SymbolicName: com.fasterxml.jackson.core.jackson-databind\nImplementation-Vendor-Id: com.fasterxml.jackson.core\nBundle-Version: 2.9.8\n",
            (
                "com.fasterxml.jackson.core:jackson-databind",
                "2.9.8",
                "manifest",
            ),
        );
    }

    #[test]
    fn a_part_that_group_and_artifact_share_is_put_back() {
        check(
            "db-util-4.1.0.jar",
            "Bundle-SymbolicName: org.example.db.util\n",
            ("org.example.db:db-util", "4.1.0", "manifest"),
        );
        check(
            "snakeyaml-1.26.jar",
            "Bundle-SymbolicName: org.yaml.snakeyaml\n",
            ("org.yaml:snakeyaml", "1.26", "file name"),
        );
        check(
            "log4j-core-2.14.1.jar",
            "",
            ("org.apache.logging.log4j:log4j-core", "2.14.1", "file name"),
        );
    }

    #[test]
    fn a_jar_without_a_version_is_there_and_an_unnamed_wrapping_is_not() {
        check("app.jar", "", ("app:app", "", "file name"));
        let wrapping = Evidence::default().components("app.war", true, String::new);
        assert_eq!(wrapping, []);
    }

    #[test]
    fn a_repository_or_cache_tells_by_its_folders() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let by_place = ("org.example:a", "1.0", "repository path");
        check(
            "root/.m2/repository/org/example/a/1.0/a-1.0.jar",
            "",
            by_place,
        );
        let gradle = format!("caches/modules-2/files-2.1/org.example/a/1.0/{hash}/a-1.0.jar");
        check(&gradle, "", by_place);
        check(
            "srv/repository/x/1.0/other.jar",
            "",
            ("other:other", "", "file name"),
        );
    }
}
