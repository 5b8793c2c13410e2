//! Advisories on what is pending, in the layout of Debian's security tracker, made from the packages' own changelogs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::process::Command;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::place;
use crate::debian::SUITE;
use crate::host::Host;

/// The toy packages that tests publish, each with the flaw that its version 1.1 mends.
const TOYS: [(&str, &str); 8] = [
    ("shop", "CVE-2026-91000"),
    ("demo", "CVE-2026-91001"),
    ("first", "CVE-2026-91002"),
    ("second", "CVE-2026-91003"),
    ("third", "CVE-2026-91004"),
    ("flawed", "CVE-2026-91005"),
    ("large", "CVE-2026-91006"),
    ("liar", "CVE-2026-91007"),
];

/// Writes the tracker's document and the catalogue of exploited flaws, which names the shop's.
pub(super) fn write(host: &Host) -> io::Result<()> {
    let mut tracker: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (name, id) in TOYS {
        let flaws = tracker.entry(name.to_owned()).or_default();
        flaws.insert(id.to_owned(), flaw("1.0", "1.1"));
    }
    for line in host.read(place::PENDING).lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if let [name, old, new] = words[..] {
            let source = source_of(host, name, new);
            let flaws = tracker.entry(source.0).or_default();
            for id in mended(host, name, old, new)? {
                flaws.insert(id, flaw(&source_of(host, name, old).1, &source.1));
            }
        }
    }
    tracker.retain(|_, flaws| !flaws.is_empty());
    let tracker = json!(tracker).to_string();
    host.write(
        &format!("{}/debian/tracker/data/json", place::FEEDS),
        &tracker,
    );
    let exploited = json!({
        "title": "Catalogue", "catalogVersion": "2026.11.22", "dateReleased": "2026-11-22T00:00:00Z", "count": 1,
        "vulnerabilities": [{
            "cveID": TOYS[0].1, "vendorProject": "Shop", "product": "Shop", "vulnerabilityName": "Shop shows its till",
            "dateAdded": "2026-11-22", "shortDescription": "x", "requiredAction": "Upgrade", "dueDate": "2026-12-13",
            "knownRansomwareCampaignUse": "Known", "notes": "",
        }],
    });
    let catalogue = format!("{}/kev/known_exploited_vulnerabilities.json", place::FEEDS);
    host.write(&catalogue, &exploited.to_string());
    Ok(())
}

fn flaw(old: &str, new: &str) -> Value {
    json!({"description": "told by a changelog", "releases": {SUITE: {
        "status": "resolved", "fixed_version": new, "urgency": "not yet assigned",
        "repositories": {SUITE: old, format!("{SUITE}-security"): new},
    }}})
}

/// The source package of a version, and its version.
fn source_of(host: &Host, name: &str, version: &str) -> (String, String) {
    let shown = host.run(["apt-cache", "show", &format!("{name}={version}")]);
    let field = |key: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(key));
        line.map(|value| value.trim().to_owned())
    };
    match field("Source:") {
        Some(source) => match source.split_once(" (") {
            Some((source, version)) => {
                (source.to_owned(), version.trim_end_matches(')').to_owned())
            }
            None => (source, version.to_owned()),
        },
        None => (name.to_owned(), version.to_owned()),
    }
}

/// Ids that the new package's changelog names above the entry of the old version.
fn mended(host: &Host, name: &str, old: &str, new: &str) -> io::Result<Vec<String>> {
    let shown = host.run(["apt-cache", "show", &format!("{name}={new}")]);
    let Some(file) = shown
        .lines()
        .find_map(|line| line.strip_prefix("Filename: "))
    else {
        return Ok(Vec::new());
    };
    let path = host.path(&format!("{}/debian-security/{file}", place::MIRROR));
    let scratch = host.path("/srv/unpacked");
    let unpacked = Command::new("dpkg-deb")
        .arg("-x")
        .arg(path)
        .arg(&scratch)
        .status()?;
    let mut ids = Vec::new();
    let pattern = Regex::new(r"CVE-\d{4}-\d{4,}").map_err(io::Error::other)?;
    let documents = scratch.join("usr/share/doc").join(name);
    for entry in fs::read_dir(documents).into_iter().flatten().flatten() {
        if !entry
            .file_name()
            .to_string_lossy()
            .starts_with("changelog.Debian")
            || !unpacked.success()
        {
            continue;
        }
        let text = Command::new("zcat")
            .arg("-f")
            .arg(entry.path())
            .output()?
            .stdout;
        let text = String::from_utf8_lossy(&text).into_owned();
        let old_source = source_of(host, name, old).1;
        let newer = text
            .split(&format!("({old_source})"))
            .next()
            .unwrap_or_default();
        ids.extend(
            pattern
                .find_iter(newer)
                .map(|found| found.as_str().to_owned()),
        );
    }
    fs::remove_dir_all(&scratch)?;
    Ok(ids)
}
