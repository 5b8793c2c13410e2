//! Debian changelogs (deb-changelog(5)): the CVE ids of the entries that are newer than what is installed.

use std::collections::BTreeSet;

use patchward_version::Scheme;

/// The CVE ids that the entries above `installed` name, which is a version of the source package. An entry of another
/// source package is passed over.
pub fn cves(text: &str, source: &str, installed: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(installed) = Scheme::Debian.key(installed) else {
        return found;
    };
    let mut wanted = false;
    for line in text.lines() {
        if let Some((name, version)) = head(line) {
            wanted = name == source
                && Scheme::Debian
                    .key(version)
                    .is_ok_and(|version| version > installed);
        } else if wanted {
            ids(line, &mut found);
        }
    }
    found
}

/// The sources and versions that a text has entries of; `apt-get changelog` prints several changelogs one after another.
pub fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(head)
}

/// `openssl (3.0.20-1~deb12u1) bookworm; urgency=medium`
fn head(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(" (")?;
    let (version, rest) = rest.split_once(')')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !name.contains(' ');
    (is_name && rest.contains(';')).then_some((name, version))
}

/// Adds every `CVE-YYYY-NNNN…` of a line.
fn ids(line: &str, found: &mut BTreeSet<String>) {
    let mut rest = line;
    while let Some(at) = rest.to_ascii_uppercase().find("CVE-") {
        rest = rest.get(at + 4..).unwrap_or("");
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        if digits(rest) != 4 || rest.as_bytes().get(4) != Some(&b'-') {
            continue;
        }
        let number = digits(rest.get(5..).unwrap_or(""));
        if (4..=19).contains(&number)
            && let Some(id) = rest.get(..5 + number)
        {
            found.insert(format!("CVE-{id}"));
        }
    }
}
