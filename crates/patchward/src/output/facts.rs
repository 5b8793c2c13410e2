//! What several formats say of a finding, worded once.

use patchward_protocol::inventory::{AssetKind, Component, Problem};
use patchward_protocol::report::{Finding, FindingStatus, ScanReport, SeverityLevel, TargetReport};

use super::here;
pub use super::table::level;

/// The tool's name in every format.
pub const TOOL: &str = "Patchward";

/// Where the tool is described.
pub const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// Findings with their targets, in the order of the report.
pub fn findings(report: &ScanReport) -> impl Iterator<Item = (&TargetReport, &Finding)> {
    let targets = report.targets.iter();
    targets.flat_map(|target| target.findings.iter().map(move |finding| (target, finding)))
}

/// Findings that count.
pub fn counted(report: &ScanReport) -> impl Iterator<Item = (&TargetReport, &Finding)> {
    findings(report).filter(|(_, finding)| finding.suppressed.is_none())
}

/// What could not be read, with the targets.
pub fn problems(report: &ScanReport) -> impl Iterator<Item = (&TargetReport, &Problem)> {
    let targets = report.targets.iter();
    targets.flat_map(|target| target.problems.iter().map(move |problem| (target, problem)))
}

/// The status in words.
pub fn status(status: FindingStatus) -> &'static str {
    match status {
        FindingStatus::Fixable => "fixable",
        FindingStatus::FixNotReachable => "fix not reachable",
        FindingStatus::NoFix => "no fix",
        FindingStatus::Deferred => "fix deferred",
        FindingStatus::WontFix => "will not be fixed",
        FindingStatus::UnderInvestigation => "under investigation",
        FindingStatus::CannotTell => "cannot tell",
    }
}

/// Path in the target and line where the component was found; the target's own name when the format has none.
pub fn place<'a>(target: &'a TargetReport, component: &'a Component) -> (&'a str, Option<u32>) {
    match component.locations.first() {
        Some(location) if !location.path.is_empty() => (&location.path, location.line),
        _ => (&target.asset.name, None),
    }
}

/// The same as [`place`], with the path as it is seen from the working directory.
pub fn place_from_here(target: &TargetReport, component: &Component) -> (String, Option<u32>) {
    match component.locations.first() {
        Some(location) if !location.path.is_empty() => {
            (here::path(target, &location.path), location.line)
        }
        _ => (here::name(target), None),
    }
}

/// A finding's id that no other finding of the report has because of its target: the id alone does not know it.
pub fn id_in_report(report: &ScanReport, target: &TargetReport, finding: &Finding) -> String {
    match report.targets.len() {
        0 | 1 => finding.id.clone(),
        _ => format!("{}@{}", finding.id, here::name(target)),
    }
}

/// That the distribution's release gets no security updates any more, where that is known.
pub fn end_of_life(target: &TargetReport) -> Option<String> {
    let support = target.support.as_ref().filter(|support| support.ended)?;
    let since = match &support.until {
        Some(day) => format!(" since {day}"),
        None => String::new(),
    };
    Some(match &support.extended_until {
        Some(day) => format!(
            "End of life: only extended support goes on, until {day}; without it no security updates come."
        ),
        None => {
            format!("End of life: no security updates{since}. What is found now gets no patch.")
        }
    })
}

/// The version to go to, where one is known.
pub fn fix(finding: &Finding) -> Option<&str> {
    finding
        .upgrade
        .as_ref()
        .or_else(|| finding.fixed_versions.first())
        .map(String::as_str)
}

/// What to do about it, as a sentence.
pub fn advice(finding: &Finding) -> String {
    let name = &finding.component.name;
    if finding.malware {
        return format!("Remove {name}: it is malicious code. Treat the machine as compromised.");
    }
    match (finding.status, fix(finding)) {
        (FindingStatus::Fixable, Some(version)) => format!("Upgrade {name} to {version}."),
        (FindingStatus::FixNotReachable, Some(version)) => {
            format!(
                "{version} fixes it, but only in a support channel that this asset does not have."
            )
        }
        (FindingStatus::WontFix, _) => "The publisher says that no fix will come.".to_owned(),
        (FindingStatus::Deferred, _) => "The publisher has postponed the fix.".to_owned(),
        (FindingStatus::UnderInvestigation, _) => "The publisher is looking into it.".to_owned(),
        (FindingStatus::CannotTell, _) => {
            "The versions cannot be compared: look by hand.".to_owned()
        }
        (_, Some(version)) => format!("Upgrade {name} to {version}."),
        (_, None) => "Nobody names a fixed version.".to_owned(),
    }
}

/// `openssl 3.0.1 is affected by CVE-2026-1: one line. Upgrade openssl to 3.0.2.`
pub fn sentence(finding: &Finding) -> String {
    let component = &finding.component;
    let verb = if finding.status == FindingStatus::CannotTell {
        "may be"
    } else {
        "is"
    };
    let summary = match finding.summary.trim().trim_end_matches('.') {
        "" => ".".to_owned(),
        summary => format!(": {summary}."),
    };
    format!(
        "{} {} {verb} affected by {}{summary} {}",
        component.name,
        component.version,
        finding.vulnerability,
        advice(finding)
    )
}

/// Every id of the flaw, the display id first.
pub fn ids(finding: &Finding) -> impl Iterator<Item = &str> {
    let others = finding
        .aliases
        .iter()
        .filter(|alias| **alias != finding.vulnerability);
    std::iter::once(&finding.vulnerability)
        .chain(others)
        .map(String::as_str)
}

/// References that a browser may follow: an address of another scheme is not one.
pub fn links(finding: &Finding) -> impl Iterator<Item = &str> {
    let all = finding.references.iter().map(String::as_str);
    all.filter(|url| is_link(url))
}

/// Whether an address names this id, and not one that begins with it (`CVE-2026-1` and `CVE-2026-10`).
pub fn names(link: &str, id: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    let mut places = link.match_indices(id);
    places.any(|(at, _)| link.get(at + id.len()..).is_some_and(ends))
}

/// Whether an address is plain http or https.
pub fn is_link(url: &str) -> bool {
    let plain =
        |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | '\\');
    (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(plain)
}

/// The kind of target in words.
pub fn kind(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Host => "host",
        AssetKind::Root => "root",
        AssetKind::Tree => "source tree",
        AssetKind::Lockfile => "lockfile",
        AssetKind::Sbom => "SBOM",
    }
}

/// A score for tools that want a number: the known one, else the lowest of its band.
pub fn score(finding: &Finding) -> Option<f64> {
    finding.severity.score.or(match finding.severity.level {
        SeverityLevel::Unknown => None,
        SeverityLevel::None => Some(0.0),
        SeverityLevel::Low => Some(0.1),
        SeverityLevel::Medium => Some(4.0),
        SeverityLevel::High => Some(7.0),
        SeverityLevel::Critical => Some(9.0),
    })
}
