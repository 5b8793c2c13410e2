//! The same order as Maven's own class, asked where Maven is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Scheme;

/// Versions on which all releases of Maven 3 agree: words behind hyphens only.
const VERSIONS: &[&str] = &[
    "1-alpha-1",
    "1-alpha-2",
    "1.0-a2",
    "1-beta",
    "1.0-beta-2",
    "1-m3",
    "1-milestone-4",
    "1-rc",
    "1-cr2",
    "1-rc-10",
    "1-SNAPSHOT",
    "1",
    "1-sp",
    "1-sp-2",
    "1-foo",
    "1-foo-2",
    "1-xyz",
    "1-1-SNAPSHOT",
    "1-1",
    "1-2",
    "1-10",
    "1.1",
    "1.1-1",
    "1.1.1-alpha-1",
    "1.1.1",
    "1.10",
    "2.0-jre",
    "2.1-1.2",
    "2.1-1.10",
    "3.0.0-M1",
    "3.0.0-M10",
    "3",
    "10.0.20190101-3",
    "99999999999999999999",
];

#[test]
fn order_is_that_of_comparable_version() {
    let Some(answer) = ask() else {
        println!("skipped: no java, or no maven-artifact jar");
        return;
    };
    // The class prints each version, and between two of them how they compare.
    let signs: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .filter(|sign| matches!(*sign, "<" | "==" | ">"))
        .collect();
    assert_eq!(signs.len(), pairs().count() - 1, "{answer}");
    for ((a, b), sign) in pairs().zip(pairs().skip(1)).zip(signs) {
        let expected = match Scheme::Maven.compare(a, b).unwrap() {
            std::cmp::Ordering::Less => "<",
            std::cmp::Ordering::Equal => "==",
            std::cmp::Ordering::Greater => ">",
        };
        assert_eq!(sign, expected, "{a} and {b}");
    }
}

/// A walk in which each version stands beside each other one.
fn pairs() -> impl Iterator<Item = &'static str> {
    VERSIONS
        .iter()
        .flat_map(|a| VERSIONS.iter().flat_map(move |b| [*a, *b]))
}

fn ask() -> Option<String> {
    let folders = ["/usr/share/maven/lib", "/usr/share/java"];
    let jar = |begins: &str| {
        folders
            .iter()
            .filter_map(|folder| Path::new(folder).read_dir().ok())
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path: &PathBuf| {
                let name = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or("");
                name.starts_with(begins) && name.ends_with(".jar")
            })
    };
    let paths = [jar("maven-artifact"), jar("commons-lang3")];
    let path = std::env::join_paths(paths.into_iter().flatten()).ok()?;
    let output = Command::new("java")
        .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp"])
        .arg(path)
        .arg("org.apache.maven.artifact.versioning.ComparableVersion")
        .args(pairs())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
