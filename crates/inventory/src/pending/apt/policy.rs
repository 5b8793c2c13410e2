//! The output of `apt-cache policy PACKAGE…` in the C locale.

use std::collections::BTreeMap;

/// What apt knows of a package's versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Installed version.
    pub installed: String,
    /// Version that apt prefers by pins and preferences.
    pub candidate: String,
    /// Known versions, newest first, with the places that have them (`URL SUITE/COMPONENT ARCH Packages`).
    pub versions: Vec<(String, Vec<String>)>,
}

impl Policy {
    /// A version above the installed one lies in a security suite, even if the candidate itself comes from elsewhere: a
    /// point release takes up what the security suite had, and a later upload to `-updates` contains it.
    pub fn security_above(&self, installed: &str) -> bool {
        let above = self
            .versions
            .iter()
            .take_while(|(version, _)| version != installed);
        above
            .flat_map(|(_, places)| places)
            .any(|place| is_security(place))
    }

    /// Suites that have a version.
    pub fn origins(&self, version: &str) -> Vec<String> {
        let places = self.versions.iter().find(|(known, _)| known == version);
        let places = places.map_or(&[][..], |(_, places)| places);
        let suites = places
            .iter()
            .filter_map(|place| place.split_whitespace().nth(1));
        suites.map(str::to_owned).collect()
    }
}

/// Whether an origin (`Debian-Security:12/oldstable-security`) or a place (`URL bookworm-security/main amd64`) is a
/// security suite: `-security` at the end of a suite's name (Debian since 11, Ubuntu, its ESM suites
/// `-infra-security` and `-apps-security`), the label `Debian-Security`, or `CODENAME/updates` of Debian until 10.
pub fn is_security(place: &str) -> bool {
    let mut words = place.split([' ', '/', ':', ',']);
    words.any(|word| word.ends_with("-security") || word.starts_with("Debian-Security"))
        || place
            .split(' ')
            .any(|word| word.ends_with("/updates") || word.contains("/updates/"))
}

/// Whether the output of `apt-cache policy` without a package names any list but that of what is installed
/// (` 500 URL SUITE/COMPONENT ARCH Packages`, but ` 100 /var/lib/dpkg/status`).
pub fn has_lists(text: &str) -> bool {
    let mut lines = text.lines().map(|line| line.split_whitespace());
    lines.any(|mut words| words.next().is_some_and(is_number) && words.count() > 1)
}

fn is_number(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Reads the output, by package name as it was asked for.
pub fn parse(text: &str) -> BTreeMap<String, Policy> {
    let mut policies = BTreeMap::new();
    let mut current: Option<(String, Policy)> = None;
    for line in text.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            policies.extend(current.take());
            current = Some((name.to_owned(), Policy::default()));
            continue;
        }
        let Some((_, policy)) = &mut current else {
            continue;
        };
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if let Some(version) = content.strip_prefix("Installed: ") {
            policy.installed = version.to_owned();
        } else if let Some(version) = content.strip_prefix("Candidate: ") {
            policy.candidate = version.to_owned();
        } else if indent >= 8 {
            // `PRIORITY PLACE`
            if let (Some((_, places)), Some((_, place))) =
                (policy.versions.last_mut(), content.split_once(' '))
            {
                places.push(place.to_owned());
            }
        } else if content.starts_with("*** ") || indent == 5 {
            // `*** VERSION PRIORITY`, and since apt 1.1 ` (phased N%)` behind it
            let version = content.trim_start_matches("*** ").split(' ').next();
            policy
                .versions
                .extend(version.map(|version| (version.to_owned(), Vec::new())));
        }
    }
    policies.extend(current);
    policies
}
