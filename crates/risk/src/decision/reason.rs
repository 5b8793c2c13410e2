//! Reasons in words that a person can check: which signal, which rule, which value, and where each comes from.

use jiff::civil::Date;

use super::decide::{AssumedSeverity, Judgement};
use super::facts::FindingFacts;
use super::{Deadline, Priority, ssvc};
use crate::context::AssetContext;
use crate::policy::field::band;
use crate::policy::{Policy, PriorityRule, Rule};
use crate::signals::{Age, Exploitation};
use crate::words::Short;

/// What there is to tell.
pub(super) struct Told<'a> {
    pub(super) finding: &'a FindingFacts,
    pub(super) judged: &'a Judgement,
    pub(super) asset: &'a Said,
    pub(super) policy: &'a Policy,
    pub(super) today: Date,
    pub(super) priority: Priority,
    /// The rule that set the priority, in words.
    pub(super) rule: Option<&'a str>,
    pub(super) deadlines: &'a [Deadline],
    pub(super) unknown: &'a [(&'a Rule, &'static str)],
}

/// What a signal or the context says.
#[derive(Debug)]
pub(super) struct Said {
    text: String,
    /// Somebody stated it: it is neither unknown nor guessed.
    known: bool,
}

/// The reasons, the weightiest first: what is unknown or only guessed comes after what is known.
pub(super) fn reasons(told: &Told<'_>) -> Vec<String> {
    let mut reasons = Vec::with_capacity(12);
    if told.finding.malware {
        reasons.push("the component is malicious code: remove it".to_owned());
    }
    let mut weak = Vec::new();
    let signals = exploitation(told).into_iter();
    for said in signals.chain([epss(told), severity(told)]) {
        match said.known {
            true => reasons.push(said.text),
            false => weak.push(said.text),
        }
    }
    reasons.extend(stale_ssvc(told));
    if told.asset.known {
        reasons.push(told.asset.text.clone());
    }
    reasons.extend(reach(told.finding));
    // Of what nobody knows the severity weighs most, and the asset least.
    reasons.extend(weak.into_iter().rev());
    if !told.asset.known {
        reasons.push(told.asset.text.clone());
    }
    reasons.push(ssvc::words(told.judged.points).to_owned());
    reasons.extend(told.judged.table.as_ref().map(|own| {
        let points = own.points.iter();
        let points: Vec<String> = points
            .map(|(name, value, _)| format!("{name} {value}"))
            .collect();
        format!(
            "SSVC ({}): {} → {}",
            own.table,
            points.join(", "),
            own.outcome
        )
    }));
    reasons.push(match told.rule {
        Some(words) => words.to_owned(),
        None => ["no priority rule applies → ", told.priority.word()].concat(),
    });
    reasons.push(match told.deadlines.first() {
        Some(due) => deadline(due),
        None => "no due date: no rule or row of the policy gives one".to_owned(),
    });
    reasons.extend(undecided(told.unknown));
    reasons.extend(told.finding.problems.iter().cloned());
    reasons
}

/// `policy rule balanced/exploited → P2 (it is exploited)`.
pub(super) fn rule(rule: &PriorityRule) -> String {
    let (name, priority) = (&rule.rule.name, rule.priority);
    match &rule.rule.because {
        Some(why) => format!("policy rule {name} → {priority} ({why})"),
        None => format!("policy rule {name} → {priority}"),
    }
}

/// `signals.epss is unknown: the rules a, b do not apply`.
fn undecided(unknown: &[(&Rule, &'static str)]) -> Vec<String> {
    let mut fields: Vec<(&'static str, Vec<&str>)> = Vec::new();
    for (rule, field) in unknown {
        match fields.iter_mut().find(|(known, _)| known == field) {
            Some((_, rules)) => rules.push(&rule.name),
            None => fields.push((field, vec![&rule.name])),
        }
    }
    let fields = fields.iter();
    fields
        .map(|(field, rules)| {
            let what = " is unknown: policy rules that need it do not apply (";
            [field, what, &rules.join(", "), ")"].concat()
        })
        .collect()
}

/// `due 2026-03-04: 3 days after it was added to KEV on 2026-03-01 (rule kev)`.
fn deadline(due: &Deadline) -> String {
    let (with, demands) = match due.demands.is_empty() {
        true => ("", String::new()),
        false => (", with ", due.demands.join(", ")),
    };
    let date = Short::date(due.date);
    let (date, rule) = (date.as_str(), &*due.rule);
    let Some(limit) = due.limit else {
        let what = ": the catalogue's own date, by rule ";
        return ["due ", date, what, rule, with, &demands].concat();
    };
    let (number, unit) = limit.words();
    [
        "due ",
        date,
        ": ",
        Short::whole(number.into()).as_str(),
        " ",
        unit,
        " from ",
        Short::date(due.starts).as_str(),
        " (",
        &due.clock,
        "), by rule ",
        rule,
        with,
        &demands,
    ]
    .concat()
}

fn exploitation(told: &Told<'_>) -> Option<Said> {
    let signals = &told.finding.signals;
    if let Some(kev) = signals.kev.first() {
        let since = signals.known_exploited_since();
        let since = since.map(|day| format!(" since {day}")).unwrap_or_default();
        let ransomware = match signals.ransomware() {
            true => ", used by ransomware",
            false => "",
        };
        let others = match signals.kev.len() {
            0 | 1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        let asserter = &kev.asserter;
        return Some(Said {
            text: format!("in the KEV list of {asserter}{others}{since}{ransomware}"),
            known: true,
        });
    }
    let judged = &told.judged.exploitation;
    let what = match judged.value {
        Exploitation::Unknown | Exploitation::None => return None,
        Exploitation::Poc if judged.guess => "may be exploitable",
        Exploitation::Poc => "can be exploited",
        Exploitation::Active => "is exploited",
    };
    Some(Said {
        text: [what, ": ", &judged.reason].concat(),
        known: !judged.guess,
    })
}

/// `the SSVC points of CISA are 944 days old, stale (more than 365)`.
fn stale_ssvc(told: &Told<'_>) -> Option<String> {
    let signals = &told.finding.signals;
    let age = signals.ssvc_age(told.today).filter(Age::is_stale)?;
    let source = &signals.ssvc.as_ref()?.source;
    Some(format!("the SSVC points of {source} are {age}"))
}

fn epss(told: &Told<'_>) -> Said {
    let lev = told.finding.lev.filter(|lev| *lev >= 0.1);
    let lev = lev
        .map(|lev| format!("; likely exploited before (LEV {lev:.2})"))
        .unwrap_or_default();
    let Some(epss) = &told.finding.signals.epss else {
        let assumed = told.policy.unknown.epss;
        return Said {
            text: format!("EPSS unknown: counts as {assumed} in the score, never as zero{lev}"),
            known: false,
        };
    };
    let stale = told
        .finding
        .signals
        .epss_age(told.today)
        .filter(|age| age.is_stale())
        .map(|age| format!(", {} days old", age.days))
        .unwrap_or_default();
    let trend = epss
        .trend
        .as_ref()
        .filter(|trend| trend.change().abs() >= 0.05)
        .map(|trend| {
            let models = match trend.models_differ {
                true => " across a change of the EPSS model",
                false => "",
            };
            format!(", {:+.2} in {} days{models}", trend.change(), trend.days)
        })
        .unwrap_or_default();
    let text = [
        "EPSS ",
        Short::hundredths(epss.score).as_str(),
        " (",
        Short::tenths(epss.percentile * 100.0).as_str(),
        "th percentile) as of ",
        Short::date(epss.date).as_str(),
        &stale,
        &trend,
        &lev,
    ]
    .concat();
    Said { text, known: true }
}

fn severity(told: &Told<'_>) -> Said {
    let severity = &told.judged.severity;
    let text = match *severity {
        AssumedSeverity::Unknown(value) => {
            format!("severity unknown: counts as CVSS {value} in the score, never as zero")
        }
        AssumedSeverity::Word(word, value) => {
            format!(
                "severity {} without a CVSS vector: counts as CVSS {value} in the score",
                band(word)
            )
        }
        AssumedSeverity::Stated(score) => {
            let base = told.finding.cvss.unwrap_or(score);
            let said = publishers(told.finding);
            let cvss = Short::tenths(base);
            let here = told.judged.environmental.as_ref();
            match here.filter(|here| (here.score - base).abs() > 0.01) {
                Some(here) => {
                    let score = Short::tenths(here.score);
                    let (cvss, score) = (cvss.as_str(), score.as_str());
                    [
                        "CVSS ",
                        cvss,
                        &said,
                        ", here ",
                        score,
                        " (",
                        &here.effects.words,
                        ")",
                    ]
                    .concat()
                }
                None => ["CVSS ", cvss.as_str(), &said].concat(),
            }
        }
    };
    Said {
        text,
        known: !matches!(severity, AssumedSeverity::Unknown(_)),
    }
}

/// ` by NVD (also stated: GitHub 7.5, Debian low)`: who states the score, and who states something else. The first of the
/// publishers that count for the package is the one that is used.
fn publishers(finding: &FindingFacts) -> String {
    let by = finding.cvss_source.as_ref();
    let by = by.map(|source| format!(" by {source}")).unwrap_or_default();
    match finding.cvss_others.is_empty() {
        true => by,
        false => format!("{by} (also stated: {})", finding.cvss_others.join(", ")),
    }
}

fn reach(finding: &FindingFacts) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut say = |what: &str| reasons.push(what.to_owned());
    match (finding.loaded, finding.listening) {
        (Some(true), Some(true)) => {
            say("its code is loaded by a running process that listens on the network")
        }
        (Some(true), _) => say("its code is loaded by a running process"),
        (Some(false), _) => say("no running process has loaded its code now"),
        (None, _) => {}
    }
    if finding.development == Some(true) {
        say("used for development only");
    }
    if finding.installed == Some(false) {
        say("the vulnerable binary package itself is not installed");
    }
    reasons
}

/// `internet-facing production asset of criticality 5 holding health data (profile shop)`.
pub(super) fn asset(context: &AssetContext) -> Said {
    let said = [
        context.exposure.as_ref().map(|said| said.source.as_str()),
        context
            .environment
            .as_ref()
            .map(|said| said.source.as_str()),
        context
            .criticality
            .as_ref()
            .map(|said| said.source.as_str()),
        context.data.as_ref().map(|said| said.source.as_str()),
    ];
    let mut sources: Vec<&str> = Vec::new();
    for source in said.into_iter().flatten() {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let reach = match &context.exposure {
        Some(said) => match said.value {
            crate::context::Exposure::Internet => "internet-facing",
            crate::context::Exposure::Partner => "partner-facing",
            crate::context::Exposure::Internal => "internal",
            crate::context::Exposure::Isolated => "isolated",
        },
        None => "asset of unknown exposure (counts as internet-facing),",
    };
    let mut text = match &context.exposure {
        Some(_) => format!("{reach} {} asset", context.environment()),
        None => format!("{reach} {}", context.environment()),
    };
    if let Some(criticality) = &context.criticality {
        text.push_str(&format!(" of criticality {}", criticality.value));
    }
    if let Some(data) = &context.data {
        text.push_str(&format!(" holding {} data", data.value));
    }
    if sources.is_empty() {
        text.push_str("; nothing is said of it in the policy");
    } else {
        text.push_str(&format!(" ({})", sources.join("; ")));
    }
    for control in &context.controls {
        text.push_str(&format!(
            "; {} in place ({})",
            control.value, control.source
        ));
    }
    Said {
        text,
        known: !sources.is_empty(),
    }
}
