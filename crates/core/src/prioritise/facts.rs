//! A finding as the plain values that decisions are made of.

use jiff::civil::Date;
use patchward_protocol::report::{Finding, FindingStatus, SeverityLevel};
use patchward_risk::calendar::Calendar;
use patchward_risk::cvss::Severity;
use patchward_risk::decision::FindingFacts;
use patchward_risk::signals::{EpssSeries, Reading, Signals};

/// Most entries of a list that expressions may walk.
const MOST: usize = 64;

/// What is known of a finding. What cannot be, such as an EPSS score above 1, is left out and told in `problems`.
pub fn facts(finding: &Finding, calendar: &Calendar, today: Date) -> FindingFacts {
    let component = &finding.component;
    let (signals, problems) = signals(finding, today);
    let day = |at: Option<jiff::Timestamp>| at.map(|at| calendar.day(at));
    FindingFacts {
        id: finding.vulnerability.clone(),
        aliases: finding.aliases.iter().take(MOST).cloned().collect(),
        package: component.name.clone(),
        ecosystem: purl_type(&component.purl).to_owned(),
        version: component.version.clone(),
        severity: severity(finding.severity.level),
        cvss: finding.severity.score,
        vector: finding.severity.vector.clone(),
        cwes: finding.cwes.iter().take(MOST).cloned().collect(),
        paths: component
            .locations
            .iter()
            .take(MOST)
            .map(|location| location.path.clone())
            .collect(),
        status: status(finding.status).to_owned(),
        fixable: finding.status == FindingStatus::Fixable,
        malware: finding.malware,
        direct: component.direct,
        development: component.development,
        loaded: component.loaded,
        listening: component.listening,
        installed: None,
        published: day(finding.published),
        // Publishers tell when they first spoke and what fixes it, but not since when the fix can be had.
        fixed: None,
        first_seen: None,
        signals,
        lev: None,
        problems,
    }
}

fn signals(finding: &Finding, today: Date) -> (Signals, Vec<String>) {
    let mut reading = Reading::new(today);
    if let Some(epss) = &finding.signals.epss {
        let (history, _) = EpssSeries::new(Vec::new(), today);
        reading = reading.epss(epss.score, epss.percentile, &epss.date, "", &history);
    }
    for kev in &finding.signals.kev {
        reading = reading.kev(
            &kev.asserter,
            &kev.added,
            kev.due.as_deref(),
            kev.ransomware,
        );
    }
    for url in &finding.signals.exploits {
        reading = reading.exploit("a reference", url);
    }
    if let Some(ssvc) = &finding.signals.ssvc {
        let words = [
            &ssvc.exploitation,
            &ssvc.automatable,
            &ssvc.technical_impact,
        ];
        let [exploitation, automatable, impact] = words.map(String::as_str);
        reading = reading.ssvc("CISA", None, exploitation, automatable, impact);
    }
    if let Some(vector) = &finding.severity.vector {
        reading = reading.cvss(&finding.severity.source, vector);
    }
    for stated in finding
        .severities
        .iter()
        .filter(|stated| stated.score.is_some())
    {
        reading = reading.cvss(&stated.source, &stated.value);
    }
    for cwe in &finding.cwes {
        reading = reading.cwe(cwe);
    }
    let (signals, problems) = reading.finish();
    let problems = problems
        .iter()
        .map(|problem| format!("not used: {problem}"));
    (signals, problems.collect())
}

fn severity(level: SeverityLevel) -> Option<Severity> {
    match level {
        SeverityLevel::Unknown => None,
        SeverityLevel::None => Some(Severity::None),
        SeverityLevel::Low => Some(Severity::Low),
        SeverityLevel::Medium => Some(Severity::Medium),
        SeverityLevel::High => Some(Severity::High),
        SeverityLevel::Critical => Some(Severity::Critical),
    }
}

fn status(status: FindingStatus) -> &'static str {
    match status {
        FindingStatus::Fixable => "fixable",
        FindingStatus::FixNotReachable => "fix-not-reachable",
        FindingStatus::NoFix => "no-fix",
        FindingStatus::Deferred => "deferred",
        FindingStatus::WontFix => "wont-fix",
        FindingStatus::UnderInvestigation => "under-investigation",
        FindingStatus::CannotTell => "cannot-tell",
    }
}

fn purl_type(purl: &str) -> &str {
    let rest = purl.strip_prefix("pkg:").unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}
