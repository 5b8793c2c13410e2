//! A finding as the plain values that decisions are made of.

use jiff::Timestamp;
use jiff::civil::Date;
use patchward_protocol::report::{Finding, FindingStatus, SeverityLevel};
use patchward_risk::calendar::Calendar;
use patchward_risk::cvss::Severity;
use patchward_risk::decision::FindingFacts;
use patchward_risk::policy::field::band;

use super::notice::Notices;
use crate::exploitation::known;

/// Most entries of a list that expressions may walk.
const MOST: usize = 64;

/// Scores and words of others that a reason names.
const MOST_OTHERS: usize = 4;

/// What is known of a finding. What cannot be, such as an EPSS score above 1, is left out and told in `problems`.
///
/// `first_seen` is when a scan of this asset first wrote it down, where one did.
pub fn facts(
    finding: &Finding,
    notices: &mut Notices<'_>,
    first_seen: Option<Timestamp>,
    calendar: &Calendar,
    today: Date,
) -> FindingFacts {
    let component = &finding.component;
    let known = known(finding, notices.knowledge(), today);
    let day = |at: Option<Timestamp>| at.map(|at| calendar.day(at));
    FindingFacts {
        id: finding.vulnerability.clone(),
        aliases: finding.aliases.iter().take(MOST).cloned().collect(),
        package: component.name.clone(),
        ecosystem: purl_type(&component.purl).to_owned(),
        version: component.version.clone(),
        severity: severity(finding.severity.level),
        cvss: finding.severity.score,
        vector: finding.severity.vector.clone(),
        cvss_source: source(finding),
        cvss_others: others(finding),
        severity_words: words(finding),
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
        installed: notices.names_this_binary(finding),
        published: day(finding.published),
        fixed: day(notices.fix_available(finding)),
        first_seen: day(first_seen),
        lev: known.lev.map(|lev| lev.value),
        signals: known.signals,
        problems: known
            .problems
            .iter()
            .map(|problem| format!("not used: {problem}"))
            .collect(),
    }
}

/// Who states the vector that counts.
fn source(finding: &Finding) -> Option<String> {
    let severity = &finding.severity;
    (severity.vector.is_some() && !severity.source.is_empty()).then(|| severity.source.clone())
}

/// What others state, where that is another score, or a word.
fn others(finding: &Finding) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for other in &finding.severities {
        let said = match other.score {
            Some(score) if finding.severity.score == Some(score) => continue,
            Some(score) => format!("{} {score:.1}", other.source),
            None if other.value.starts_with("CVSS:") => continue, // a vector that cannot be read is told elsewhere
            None => format!("{} {}", other.source, other.value),
        };
        if found.len() < MOST_OTHERS && !found.contains(&said) {
            found.push(said);
        }
    }
    found
}

/// The bands of the words that publishers state, each once.
fn words(finding: &Finding) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for stated in &finding.severities {
        let level = crate::matching::band(&stated.value).and_then(severity);
        let word = level.map(|level| band(level).to_owned());
        words.extend(word.filter(|word| !words.contains(word)));
    }
    words
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

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::report::StatedSeverity;

    #[test]
    fn words_are_bands_and_a_vector_is_none() {
        let stated = [
            "MODERATE",
            "CVSS:3.1/AV:N",
            "important",
            "high",
            "not yet assigned",
        ];
        let finding = Finding {
            severities: stated
                .map(|value| StatedSeverity {
                    value: value.into(),
                    ..StatedSeverity::default()
                })
                .into(),
            ..Finding::default()
        };
        assert_eq!(words(&finding), ["medium", "high"]);
    }
}
