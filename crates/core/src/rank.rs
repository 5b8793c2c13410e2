//! The order of findings: most urgent first.
//!
//! Findings with a decision: the more urgent priority first, then the higher score. Of the same score, and of those without
//! a decision, the rule is, strongest first: malicious code; known to be exploited (KEV, or SSVC "active"), ransomware before the
//! rest; severity band; EPSS score; CVSS score; newest id. A severity that nobody states sorts as high, because a
//! missing score is not zero; an EPSS score that is missing sorts below every score of the same band.

use std::cmp::{Ordering, Reverse};

use patchward_protocol::report::{Finding, SeverityLevel};

/// Sorts findings, keeping the order of equal ones. They are large, so their places are sorted, and each moves once.
pub fn sort(findings: &mut Vec<Finding>, by: impl Fn(&Finding, &Finding) -> Ordering) {
    let mut places: Vec<usize> = (0..findings.len()).collect();
    places.sort_by(|&a, &b| by(&findings[a], &findings[b]));
    let mut taken: Vec<Option<Finding>> = findings.drain(..).map(Some).collect();
    findings.extend(places.into_iter().filter_map(|at| taken[at].take()));
}

/// Orders two findings, most urgent first; equal only when they are the same finding.
pub fn by_risk(a: &Finding, b: &Finding) -> Ordering {
    decided(a, b)
        .then_with(|| urgency(b).cmp(&urgency(a)))
        .then_with(|| epss(b).total_cmp(&epss(a)))
        .then_with(|| score(b).total_cmp(&score(a)))
        .then_with(|| by_id(a, b))
}

fn decided(a: &Finding, b: &Finding) -> Ordering {
    let (Some(a), Some(b)) = (&a.decision, &b.decision) else {
        // One target's findings are decided all or none; a mix keeps the decided ones together.
        return a.decision.is_none().cmp(&b.decision.is_none());
    };
    let priority = a.priority.cmp(&b.priority);
    priority.then_with(|| b.score.total_cmp(&a.score))
}

/// Orders two findings by severity band and score, highest first.
pub fn by_severity(a: &Finding, b: &Finding) -> Ordering {
    let key = |finding: &Finding| {
        (
            Reverse(band(finding)),
            Reverse((score(finding) * 10.0) as i64),
        )
    };
    key(a).cmp(&key(b)).then_with(|| by_id(a, b))
}

/// Orders two findings by package and version.
pub fn by_package(a: &Finding, b: &Finding) -> Ordering {
    let name = a.component.name.cmp(&b.component.name);
    name.then_with(|| a.component.purl.cmp(&b.component.purl))
        .then_with(|| by_risk(a, b))
}

/// Orders two findings by vulnerability, newest first.
pub fn by_id(a: &Finding, b: &Finding) -> Ordering {
    let newer = id_key(&b.vulnerability).cmp(id_key(&a.vulnerability));
    newer
        .then_with(|| a.component.purl.cmp(&b.component.purl))
        .then_with(|| a.component.locations.cmp(&b.component.locations))
        .then_with(|| a.id.cmp(&b.id))
}

/// Known to be exploited, by anyone's word.
pub fn exploited(finding: &Finding) -> bool {
    let active = finding
        .signals
        .ssvc
        .as_ref()
        .is_some_and(|ssvc| ssvc.exploitation == "active");
    active || !finding.signals.kev.is_empty()
}

fn urgency(finding: &Finding) -> (bool, bool, bool, SeverityLevel) {
    let ransomware = finding.signals.kev.iter().any(|kev| kev.ransomware);
    (
        finding.malware,
        exploited(finding),
        ransomware,
        band(finding),
    )
}

fn band(finding: &Finding) -> SeverityLevel {
    match finding.severity.level {
        SeverityLevel::Unknown => SeverityLevel::High,
        known => known,
    }
}

fn epss(finding: &Finding) -> f64 {
    finding
        .signals
        .epss
        .as_ref()
        .map_or(-1.0, |epss| epss.score)
}

fn score(finding: &Finding) -> f64 {
    finding.severity.score.unwrap_or(0.0)
}

/// Numbers in an id compare as numbers, so that CVE-2024-9999 comes before CVE-2024-10000.
fn id_key(id: &str) -> impl Iterator<Item = (u64, &str)> {
    id.split('-').map(|part| (part.parse().unwrap_or(0), part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::report::{EpssSignal, KevSignal};

    fn finding(id: &str, level: SeverityLevel) -> Finding {
        let mut finding = Finding {
            vulnerability: id.into(),
            ..Finding::default()
        };
        finding.severity.level = level;
        finding
    }

    #[test]
    fn exploited_low_comes_before_critical_and_unknown_sorts_as_high() {
        let mut exploited = finding("CVE-2020-1", SeverityLevel::Low);
        exploited.signals.kev.push(KevSignal::default());
        let critical = finding("CVE-2020-2", SeverityLevel::Critical);
        let unknown = finding("CVE-2020-3", SeverityLevel::Unknown);
        let mut likely = finding("CVE-2020-4", SeverityLevel::High);
        likely.signals.epss = Some(EpssSignal {
            score: 0.5,
            ..EpssSignal::default()
        });
        let medium = finding("CVE-2020-5", SeverityLevel::Medium);
        let mut all = [medium, unknown, likely, critical, exploited];
        all.sort_by(by_risk);
        let order: Vec<_> = all
            .iter()
            .map(|finding| finding.vulnerability.as_str())
            .collect();
        assert_eq!(
            order,
            [
                "CVE-2020-1",
                "CVE-2020-2",
                "CVE-2020-4",
                "CVE-2020-3",
                "CVE-2020-5"
            ]
        );
    }

    #[test]
    fn ids_compare_by_number() {
        let mut all = [
            finding("CVE-2024-9999", SeverityLevel::Low),
            finding("CVE-2024-10000", SeverityLevel::Low),
        ];
        all.sort_by(by_id);
        assert_eq!(all[0].vulnerability, "CVE-2024-10000");
    }
}
