//! What no patch clears today, and what a publisher says helps until then.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use patchward_protocol::plan::{Mitigation, Unpatched};
use patchward_protocol::report::{Finding, FindingStatus, ScanReport, TargetReport};

use super::candidates::{counted, in_points};
use super::risk::{points, price_per_day};

/// One entry per package, version, place and reason, the riskiest first.
pub fn unpatched(report: &ScanReport) -> Vec<Unpatched> {
    let mut all: Vec<(u64, Unpatched)> = report.targets.iter().flat_map(of_target).collect();
    all.sort_by(|(a, one), (b, other)| {
        let key = |entry: &Unpatched| {
            (
                entry.target.clone(),
                entry.package.clone(),
                entry.version.clone(),
            )
        };
        Reverse(a)
            .cmp(&Reverse(b))
            .then_with(|| key(one).cmp(&key(other)))
    });
    all.into_iter().map(|(_, entry)| entry).collect()
}

/// What makes findings one entry.
type Key<'a> = (&'a str, &'a str, &'a str, FindingStatus, bool);

fn of_target(target: &TargetReport) -> Vec<(u64, Unpatched)> {
    let resolved: BTreeSet<&str> = target
        .patches
        .iter()
        .flat_map(|patch| &patch.resolves)
        .map(String::as_str)
        .collect();
    let mut groups: BTreeMap<Key<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in counted(target).filter(|finding| !resolved.contains(finding.id.as_str())) {
        let component = &finding.component;
        let package = component
            .source
            .as_ref()
            .map_or(&component.name, |source| &source.name);
        let place = component
            .locations
            .first()
            .map_or("", |place| place.path.as_str());
        let key = (
            package.as_str(),
            component.version.as_str(),
            place,
            finding.status,
            finding.malware,
        );
        groups.entry(key).or_default().push(finding);
    }
    groups
        .into_iter()
        .map(|(key, findings)| entry(target, key, findings))
        .collect()
}

fn entry(target: &TargetReport, key: Key<'_>, mut findings: Vec<&Finding>) -> (u64, Unpatched) {
    findings.sort_by_key(|finding| (Reverse(points(finding)), finding.vulnerability.clone()));
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert(&finding.vulnerability));
    let risk: u64 = findings.iter().map(|finding| points(finding)).sum();
    let (package, version, location, status, malware) = key;
    let mut mitigations: Vec<Mitigation> =
        findings.iter().flat_map(|finding| known(finding)).collect();
    mitigations.dedup();
    let entry = Unpatched {
        target: target.asset.name.clone(),
        package: package.to_owned(),
        version: version.to_owned(),
        location: location.to_owned(),
        status,
        why: why(&findings, status, malware),
        malware,
        vulnerabilities: findings
            .iter()
            .map(|finding| finding.vulnerability.clone())
            .collect(),
        risk: in_points(risk),
        price_per_day: findings.iter().map(|finding| price_per_day(finding)).sum(),
        mitigations,
    };
    (risk, entry)
}

fn known(finding: &Finding) -> Vec<Mitigation> {
    let texts = finding.mitigations.iter();
    texts
        .map(|text| Mitigation {
            vulnerability: finding.vulnerability.clone(),
            text: text.clone(),
        })
        .collect()
}

pub fn why(findings: &[&Finding], status: FindingStatus, malware: bool) -> String {
    if malware {
        return "malicious code: remove it, and treat the machine as compromised".to_owned();
    }
    match status {
        FindingStatus::Fixable => {
            "a fixed version exists, and no package manager here is known to install it".to_owned()
        }
        FindingStatus::FixNotReachable => {
            let fix = findings
                .iter()
                .find_map(|finding| finding.fixed_versions.first());
            let fix = fix.map_or("a fix".to_owned(), |version| version.clone());
            format!("{fix} exists only in a support channel that this target does not have")
        }
        FindingStatus::NoFix => "nobody names a fixed version yet".to_owned(),
        FindingStatus::Deferred => "the publisher has postponed the fix".to_owned(),
        FindingStatus::WontFix => "the publisher says that no fix will come".to_owned(),
        FindingStatus::UnderInvestigation => "the publisher is looking into it".to_owned(),
        FindingStatus::CannotTell => "the versions cannot be compared: look by hand".to_owned(),
    }
}
