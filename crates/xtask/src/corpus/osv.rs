//! Family `osv`: the affected algorithm, real documents, and conversions to OSV.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use patchward_advisory::affects::{Verdict, compile};
use patchward_advisory::format::Format;
use patchward_advisory::model::{Affected, Event, Range, RangeKind, Records};
use patchward_purl::Purl;
use serde_json::Value;

use super::report::Report;

/// Runs the family.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    let folder = corpus.join("osv");
    affected_cases(&folder, report)?;
    documents(&folder, report)?;
    red_hat_conversions(&folder, report)?;
    github_conversions(&folder, report)
}

fn lines(path: &Path) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn affected_cases(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for (number, case) in lines(&folder.join("affected-cases.jsonl"))?
        .iter()
        .enumerate()
    {
        let row = format!("{} {}", number + 1, text(case, "case"));
        let record = serde_json::json!({"id": "X-1", "modified": "2024-01-01T00:00:00Z", "affected": case["affected"]});
        let read = Format::Osv.read(record.to_string().as_bytes(), "corpus")?;
        let package = InstalledPackage::of(&case["package"]);
        let found = read.advisories[0]
            .affected
            .iter()
            .any(|affected| package.is_about(affected) && package.is_affected(affected));
        let outcome = match case["is_affected"].as_bool() == Some(found) {
            true => Ok(()),
            false => Err(format!("found {found}")),
        };
        report.row("osv/affected-cases.jsonl", &row, outcome);
    }
    Ok(())
}

/// The installed package of a case, as the extractor that found it would name it for OSV.
struct InstalledPackage {
    ecosystem: String,
    names: Vec<String>,
    version: String,
    repo: String,
}

impl InstalledPackage {
    fn of(package: &Value) -> InstalledPackage {
        let metadata = &package["metadata"];
        let mut names = vec![text(package, "name").to_owned()];
        let mut version = text(package, "version").to_owned();
        let mut ecosystem = text(package, "ecosystem").to_owned();
        match text(package, "purl_type") {
            "golang" => {
                ecosystem = "Go".into();
                // The toolchain's advisories are about `stdlib`.
                if names[0] == "go" {
                    names[0] = "stdlib".into();
                }
            }
            "apk" => {
                let release = text(metadata, "OSVersionID");
                let release: Vec<&str> = release.split('.').take(2).collect();
                ecosystem = format!("Alpine:v{}", release.join("."));
                names.push(text(metadata, "OriginName").to_owned());
            }
            "rpm" => {
                let cpe = text(metadata, "OSCPEName");
                ecosystem = match cpe.splitn(4, ':').nth(3) {
                    Some(platform) => {
                        // Red Hat's advisories write the epoch, so the installed version needs it too.
                        version = format!(
                            "{}:{version}",
                            metadata["Epoch"].as_i64().unwrap_or_default()
                        );
                        format!("Red Hat:{platform}")
                    }
                    None => text(metadata, "OSID").to_owned(),
                };
            }
            "git" => ecosystem = "GIT".into(),
            _ => {}
        }
        InstalledPackage {
            ecosystem,
            names,
            version,
            repo: text(package, "repo").to_owned(),
        }
    }

    fn is_about(&self, affected: &Affected) -> bool {
        let by_repo = affected
            .ranges
            .iter()
            .any(|range| range.repo.as_deref().is_some_and(|repo| repo == self.repo));
        let root = |ecosystem: &str| ecosystem.split(':').next().map(str::to_owned);
        let same = self.ecosystem == affected.package.ecosystem
            || (self.ecosystem == "openEuler"
                && root(&affected.package.ecosystem) == root(&self.ecosystem));
        by_repo || same && self.names.contains(&affected.package.name)
    }

    fn is_affected(&self, affected: &Affected) -> bool {
        match compile(affected).judge(&self.version) {
            Verdict::Named(_) => true,
            Verdict::NotNamed => false,
            // Upstream counts a package without version as affected; we call it unknown.
            Verdict::Unknown(_) => self.version.is_empty(),
        }
    }
}

fn documents(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for case in lines(&folder.join("documents.jsonl"))? {
        let file = text(&case, "file");
        let bytes = std::fs::read(folder.join(file))?;
        let outcome = match (
            Format::Osv.read(&bytes, "corpus"),
            case["schema_valid"] == true,
        ) {
            (Ok(records), true) => accepted(&records, &case),
            (Err(error), true) => Err(format!("a valid document was refused: failed to {error}")),
            // What is not valid may be refused, or read with a problem that tells what is wrong.
            (Err(_), false) => Ok(()),
            (Ok(records), false) => match records.problems.is_empty() {
                true => Err("an invalid document was read without a problem".into()),
                false => Ok(()),
            },
        };
        report.row("osv/documents.jsonl", file, outcome);
    }
    Ok(())
}

fn accepted(records: &Records, case: &Value) -> Result<(), String> {
    if !records.problems.is_empty() {
        return Err(format!(
            "problems in a valid document: {:?}",
            records.problems
        ));
    }
    let advisory = records.advisories.first().ok_or("nothing was read")?;
    let found: Vec<(&str, &str)> = advisory
        .affected
        .iter()
        .map(|a| (a.package.ecosystem.as_str(), a.package.name.as_str()))
        .filter(|(ecosystem, _)| *ecosystem != "GIT")
        .collect();
    let expected: Vec<(&str, &str)> = case["affected_packages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|package| (text(package, "ecosystem"), text(package, "name")))
        .collect();
    let (found, expected) = (BTreeSet::from_iter(found), BTreeSet::from_iter(expected));
    if advisory.id != text(case, "id") || found != expected {
        return Err(format!(
            "{}: found {found:?}, expected {expected:?}",
            advisory.id
        ));
    }
    Ok(())
}

/// What a record says to be affected: ecosystem, name, fixed version.
type Claim = (String, String, Option<String>);

fn claims(affected: &[Affected]) -> BTreeSet<Claim> {
    let fixed = |affected: &Affected| {
        let mut events = affected.ranges.iter().flat_map(|range| &range.events);
        events.find_map(|event| match event {
            Event::Fixed(version) => Some(version.clone()),
            _ => None,
        })
    };
    affected
        .iter()
        .map(|a| {
            (
                a.package.ecosystem.clone(),
                a.package.name.clone(),
                fixed(a),
            )
        })
        .collect()
}

/// A conversion: its name, what goes in, what should come out.
type Pair = (String, Vec<u8>, Vec<u8>);

fn pairs(folder: &Path, kind: &str) -> anyhow::Result<Vec<Pair>> {
    let folder = folder.join("conversion-pairs").join(kind);
    let mut out = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if let Some(stem) = name.strip_suffix(".input.json") {
            let expected = folder.join(format!("{stem}.osv.json"));
            out.push((
                stem.to_owned(),
                std::fs::read(&path)?,
                std::fs::read(expected)?,
            ));
        }
    }
    out.sort();
    Ok(out)
}

fn red_hat_conversions(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for (name, input, expected) in pairs(folder, "redhat-csaf")? {
        let ours = Format::Csaf.read(&input, "corpus")?;
        let theirs = Format::Osv.read(&expected, "corpus")?;
        let ours: BTreeSet<Claim> = ours
            .advisories
            .iter()
            .flat_map(|a| claims(&a.affected))
            .collect();
        let theirs = claims(&theirs.advisories[0].affected);
        let missing: Vec<_> = theirs.difference(&ours).take(3).collect();
        let more: Vec<_> = ours.difference(&theirs).take(3).collect();
        let outcome = match missing.is_empty() && more.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "{} of ours, {} of theirs; missing {missing:?}, more {more:?}",
                ours.len(),
                theirs.len()
            )),
        };
        report.row("osv/conversion-pairs/redhat-csaf", &name, outcome);
    }
    Ok(())
}

/// GitHub's GraphQL answers are not a feed of ours; their range texts are read by the same reader as others'.
fn github_conversions(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for (name, input, expected) in pairs(folder, "ghsa-graphql")? {
        let input: Value = serde_json::from_slice(&input)?;
        let expected = Format::Osv.read(&expected, "corpus")?;
        let advisory = &expected.advisories[0];
        for (at, node) in input["vulnerabilities"]["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let package = text(&node["package"], "name");
            let range = text(node, "vulnerableVersionRange");
            let outcome = same_versions(range, package, &advisory.affected);
            report.row(
                "osv/conversion-pairs/ghsa-graphql",
                &format!("{name} {at} {range}"),
                outcome,
            );
        }
    }
    Ok(())
}

/// The converted ranges must say the same as the text of the node, for every version that either names.
fn same_versions(range: &str, package: &str, expected: &[Affected]) -> Result<(), String> {
    use patchward_advisory::format::statement;
    let mut ranges = statement::constraint(range).ok_or_else(|| format!("{range} was not read"))?;
    let about: Vec<&Affected> = expected.iter().filter(|a| same_name(a, package)).collect();
    let first = about
        .first()
        .ok_or_else(|| format!("{package} is not in the conversion"))?;
    let mut ours = (*first).clone();
    ours.versions.clear();
    // `= 1.2` is converted to a version by name, without a range.
    ours.ranges = vec![Range {
        kind: first
            .ranges
            .first()
            .map_or(RangeKind::Ecosystem, |range| range.kind),
        events: ranges.pop().unwrap_or_default(),
        repo: None,
    }];
    let ours = compile(&ours);
    let theirs: Vec<_> = about.iter().map(|a| compile(a)).collect();
    let named: BTreeSet<&str> = range
        .split([',', ' ', '<', '>', '='])
        .filter(|part| !part.is_empty())
        .collect();
    for version in named {
        let mine = matches!(ours.judge(version), Verdict::Named(_));
        let other = theirs
            .iter()
            .any(|compiled| matches!(compiled.judge(version), Verdict::Named(_)));
        if mine != other {
            return Err(format!("{package} {version}: ours {mine}, theirs {other}"));
        }
    }
    Ok(())
}

/// PyPI names are normalised by the conversion.
fn same_name(affected: &Affected, name: &str) -> bool {
    let plain = |name: &str| {
        Purl::new("pypi", None, name)
            .map_or_else(|_| name.to_owned(), |purl| purl.name().to_owned())
    };
    affected.package.name == name
        || affected.package.ecosystem == "PyPI" && plain(&affected.package.name) == plain(name)
}
