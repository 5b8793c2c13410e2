//! What the publishers' notices say beside the flaw: since when a fix can be had, and which binary packages have the flaw.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use patchward_knowledge::Knowledge;
use patchward_protocol::report::Finding;

/// Ids of notices that come out together with the fixed package: the day of the notice is the day of the fix. A record on
/// a flaw (`CVE-…`, `GHSA-…`, `DEBIAN-CVE-…`) is none: it is often older than the fix that it names by now.
const NOTICES: &[&str] = &[
    "DSA-",
    "DLA-",
    "ELA-",
    "DTSA-",
    "USN-",
    "LSN-",
    "RHSA-",
    "RHBA-",
    "RHEA-",
    "ALSA-",
    "ALBA-",
    "ALEA-",
    "RLSA-",
    "RXSA-",
    "ELSA-",
    "SUSE-SU-",
    "SUSE-RU-",
    "openSUSE-SU-",
    "openSUSE-RU-",
    "ALAS",
    "FEDORA-",
    "MGASA-",
    "GLSA-",
    "openEuler-SA-",
    "MINI-",
    "BELL-SA-",
];

/// Publishers whose records list the binary packages that have a flaw.
const LIST_BINARIES: &[&str] = &["Ubuntu", "SUSE", "openSUSE"];

/// Looks notices up, each once.
#[derive(Debug)]
pub struct Notices<'k> {
    knowledge: Option<&'k Knowledge>,
    published: HashMap<String, Option<Timestamp>>,
    binaries: HashMap<(String, String), BTreeSet<String>>,
}

impl<'k> Notices<'k> {
    /// Of this knowledge; without any nothing is known.
    pub fn of(knowledge: Option<&'k Knowledge>) -> Notices<'k> {
        Notices {
            knowledge,
            published: HashMap::new(),
            binaries: HashMap::new(),
        }
    }

    /// The knowledge.
    pub fn knowledge(&self) -> Option<&'k Knowledge> {
        self.knowledge
    }

    /// The first day on which a notice brought a fix of this finding; `None` where no notice did, or its day is not known.
    pub fn fix_available(&mut self, finding: &Finding) -> Option<Timestamp> {
        let knowledge = self.knowledge?;
        let fixes = finding
            .statements
            .iter()
            .filter(|said| !said.fixed.is_empty());
        let notices = fixes.filter(|said| {
            NOTICES
                .iter()
                .any(|prefix| said.advisory.starts_with(prefix))
        });
        let days = notices.filter_map(|said| {
            if let Some(known) = self.published.get(&said.advisory) {
                return *known;
            }
            let records = knowledge.advisories(&said.advisory).into_iter();
            let found = records
                .filter_map(|record| knowledge.advisory(record)?.published)
                .min();
            self.published.insert(said.advisory.clone(), found);
            found
        });
        days.min()
    }

    /// Whether the component is one of the binary packages that have the flaw, where the publisher who decides lists
    /// these (Ubuntu, SUSE); other binaries of the source package then do not have it.
    pub fn names_this_binary(&mut self, finding: &Finding) -> Option<bool> {
        let component = &finding.component;
        let source = &component.source.as_ref()?.name;
        let said = finding
            .statements
            .iter()
            .find(|said| said.decides && LIST_BINARIES.contains(&said.publisher.as_str()))?;
        let knowledge = self.knowledge?;
        let key = (said.advisory.clone(), source.clone());
        let binaries = self.binaries.entry(key).or_insert_with(|| {
            let records = knowledge.advisories(&said.advisory).into_iter();
            let advisories = records.filter_map(|record| knowledge.whole_advisory(record));
            let affected = advisories.flat_map(|advisory| advisory.affected);
            affected
                .filter(|affected| affected.package.name == *source)
                .flat_map(|affected| affected.conditions.parts)
                .collect()
        });
        (!binaries.is_empty()).then(|| binaries.contains(&component.name))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use patchward_advisory::model::{Advisory, Affected, Authority, Conditions, Package, Status};
    use patchward_knowledge::{Record, Update};
    use patchward_protocol::inventory::SourcePackage;
    use patchward_protocol::report::Statement;

    /// A notice of a day on the source package `tool`, with the binaries that have the flaw.
    pub(in super::super) fn notice(id: &str, published: &str, binaries: &[&str]) -> Advisory {
        Advisory {
            id: id.into(),
            feed: "osv".into(),
            publisher: "Ubuntu".into(),
            authority: Authority::Distribution,
            aliases: Vec::new(),
            upstream: Vec::new(),
            related: Vec::new(),
            published: published.parse().ok(),
            modified: None,
            withdrawn: None,
            summary: String::new(),
            details: String::new(),
            severities: Vec::new(),
            cwes: Vec::new(),
            affected: vec![Affected {
                package: Package {
                    ecosystem: "Ubuntu:24.04:LTS".into(),
                    name: "tool".into(),
                    purl: None,
                },
                status: Status::Affected,
                ranges: Vec::new(),
                versions: Vec::new(),
                severities: Vec::new(),
                conditions: Conditions {
                    parts: binaries.iter().map(|name| (*name).to_owned()).collect(),
                    ..Conditions::default()
                },
                unread: Vec::new(),
            }],
            references: Vec::new(),
            malware: false,
            tags: Vec::new(),
            license: String::new(),
        }
    }

    fn finding(package: &str, advisories: &[&str]) -> Finding {
        let said = |advisory: &&str| Statement {
            advisory: (*advisory).to_owned(),
            publisher: "Ubuntu".into(),
            fixed: vec!["1.2".into()],
            decides: true,
            ..Statement::default()
        };
        let mut finding = Finding {
            statements: advisories.iter().map(said).collect(),
            ..Finding::default()
        };
        finding.component.name = package.into();
        finding.component.source = Some(SourcePackage {
            name: "tool".into(),
            version: "1.0".into(),
        });
        finding
    }

    #[test]
    fn notices_tell_the_day_of_the_fix_and_the_binaries_that_have_the_flaw() {
        let folder = tempfile::tempdir().unwrap();
        let mut update = Update::begin(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
        let records = [
            notice("USN-2", "2026-02-01T00:00:00Z", &["tool-server"]),
            notice("USN-1", "2026-01-01T00:00:00Z", &[]),
            notice("UBUNTU-CVE-1", "2025-01-01T00:00:00Z", &[]),
        ];
        update
            .replace_feed("osv", records.map(Record::from))
            .unwrap();
        let knowledge = update.commit().unwrap();
        let mut notices = Notices::of(Some(&knowledge));
        let day = |text: &str| text.parse::<Timestamp>().ok();
        let mut fixed =
            |advisories: &[&str]| notices.fix_available(&finding("tool-doc", advisories));
        assert_eq!(fixed(&["USN-2", "USN-1"]), day("2026-01-01T00:00:00Z"));
        assert_eq!(
            fixed(&["UBUNTU-CVE-1", "USN-2"]),
            day("2026-02-01T00:00:00Z"),
            "a record on the flaw is older than its fix"
        );
        assert_eq!(fixed(&["UBUNTU-CVE-1"]), None);
        assert_eq!(fixed(&["USN-404"]), None);
        let mut named =
            |package, advisory| notices.names_this_binary(&finding(package, &[advisory]));
        assert_eq!(named("tool-doc", "USN-2"), Some(false));
        assert_eq!(named("tool-server", "USN-2"), Some(true));
        assert_eq!(named("tool-doc", "USN-1"), None, "nothing is listed");
        assert_eq!(
            Notices::of(None).fix_available(&finding("tool", &["USN-2"])),
            None
        );
    }
}
