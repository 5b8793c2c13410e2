//! Decides: one asset, one policy, one finding after another.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::deadline::Deadline;
use super::facts::{Asset, FindingFacts};
use super::live::LiveRules;
use super::run::Run;
use super::score::{ScoreInputs, score};
use super::ssvc::{self, AssetPoints};
use super::table::{self, TableDecision};
use super::{Decision, Priority, reason};
use crate::context::{Attack, Effects, effects};
use crate::cvss::{Severity, Vector};
use crate::policy::expression::Truth;
use crate::policy::field::Scope;
use crate::policy::{AcceptRule, Policy};
use crate::signals::{Exploitation, Judged, TechnicalImpact};

/// Most vectors whose score in the environment is kept.
const MOST_VECTORS: usize = 100_000;

/// CVSS in an asset's environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Environmental {
    /// The published vector with the environment's metrics.
    pub vector: Vector,
    /// Its score.
    pub score: f64,
    /// The environment's metrics, and why each was set.
    pub effects: Arc<Effects>,
}

/// A risk that the policy accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The rule.
    pub rule: String,
    /// File and line of the rule.
    pub place: String,
    /// Why.
    pub reason: String,
    /// Who decided so.
    pub by: String,
    /// The last day.
    pub until: Date,
}

impl Accepted {
    fn by(rule: &AcceptRule) -> Accepted {
        Accepted {
            rule: rule.rule.name.to_string(),
            place: rule.rule.place.clone(),
            reason: rule.reason.clone(),
            by: rule.by.clone(),
            until: rule.until,
        }
    }
}

/// How one rule went on one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRun {
    /// `priority`, `deadline`, `approval`, `notify`, `accept`.
    pub kind: &'static str,
    /// The rule's name.
    pub name: String,
    /// File and line.
    pub place: String,
    /// Its condition.
    pub when: String,
    /// Whether it applied; unknown names the value that nobody knows.
    pub outcome: Truth,
    /// The fields that it read, with their values.
    pub values: Vec<(&'static str, String)>,
}

/// Decides the findings of one asset by one policy. It keeps what repeats, such as the score of a vector.
#[derive(Debug)]
pub struct Decider<'p> {
    policy: &'p Policy,
    live: LiveRules<'p>,
    asset: Asset,
    points: AssetPoints,
    words: reason::Said,
    today: Date,
    environmental: HashMap<String, Option<Arc<Environmental>>>,
    effects: HashMap<Attack, Arc<Effects>>,
}

/// What is known before the rules run.
pub(super) struct Judgement {
    pub(super) exploitation: Judged<Exploitation>,
    pub(super) automatable: Option<Judged<bool>>,
    technical_impact: Option<TechnicalImpact>,
    pub(super) environmental: Option<Arc<Environmental>>,
    pub(super) severity: AssumedSeverity,
    pub(super) points: ssvc::Points,
    pub(super) table: Option<TableDecision>,
    score: f64,
}

/// The severity that the score uses, and whether anybody stated it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum AssumedSeverity {
    /// CVSS, in the environment where there is a vector.
    Stated(f64),
    /// Only a word is known: the middle of its band.
    Word(Severity, f64),
    /// Nothing is known: what the policy says.
    Unknown(f64),
}

impl AssumedSeverity {
    fn value(self) -> f64 {
        match self {
            AssumedSeverity::Stated(value)
            | AssumedSeverity::Word(_, value)
            | AssumedSeverity::Unknown(value) => value,
        }
    }
}

impl<'p> Decider<'p> {
    /// For one asset, on one day of the organisation's time zone.
    pub fn new(policy: &'p Policy, asset: Asset, today: Date) -> Decider<'p> {
        Decider {
            policy,
            live: LiveRules::of(policy, &asset, today),
            points: AssetPoints::new(&asset, &policy.ssvc.deployer),
            words: reason::asset(&asset.context),
            asset,
            today,
            environmental: HashMap::new(),
            effects: HashMap::new(),
        }
    }

    /// The asset.
    pub fn asset(&self) -> &Asset {
        &self.asset
    }

    /// Decides one finding.
    pub fn decide(&mut self, finding: &FindingFacts) -> Decision {
        let judged = self.judge(finding);
        let mut run = Run::new(self.scope(finding, &judged));
        let chosen = run.first(&self.live.priorities);
        let priority = chosen.map_or(Priority::default(), |(_, rule)| rule.priority);
        let sentence = chosen.and_then(|(place, _)| self.live.sentences.get(place));
        run.set_priority(priority);
        let deadlines = self.deadlines(priority, finding, &mut run);
        let approval = run.first(&self.live.approvals);
        let notify = self.routes(&mut run);
        let accepted = run.first(&self.live.acceptances);
        let Run { rules, unknown, .. } = run;
        let ssvc = ssvc::record(
            judged.points,
            &self.policy.ssvc.deployer,
            &self.points,
            finding,
            &judged.exploitation,
            judged.automatable.as_ref(),
        );
        let reasons = reason::reasons(&reason::Told {
            finding,
            judged: &judged,
            asset: &self.words,
            policy: self.policy,
            today: self.today,
            priority,
            rule: sentence.map(String::as_str),
            deadlines: &deadlines,
            unknown: &unknown,
        });
        Decision {
            priority,
            score: judged.score,
            environmental: judged.environmental,
            ssvc,
            table: judged.table,
            deadlines,
            approval: approval.map(|(_, rule)| rule.class.clone()),
            notify,
            rules,
            reasons,
            accepted: accepted.map(|(_, rule)| Accepted::by(rule)),
        }
    }

    /// Every deadline that applies, the earliest first. A rule's own demands stay with its date even where another is
    /// earlier.
    fn deadlines(
        &self,
        priority: Priority,
        finding: &FindingFacts,
        run: &mut Run<'p, '_>,
    ) -> Vec<Deadline> {
        let mut deadlines = Vec::with_capacity(4);
        deadlines.extend(self.sla(priority, finding));
        for live in &self.live.deadlines {
            if run.applies(live) {
                let rule = live.rule;
                deadlines.extend(rule.term.deadline(
                    &rule.rule.name,
                    &rule.demands,
                    finding,
                    &self.policy.calendar,
                    self.today,
                ));
            }
        }
        deadlines.sort_by_key(|deadline| deadline.date);
        let names = deadlines.iter().map(|deadline| deadline.rule.clone());
        run.rules.extend(names);
        deadlines
    }

    /// The routes that are to be told, each once.
    fn routes(&self, run: &mut Run<'p, '_>) -> Vec<String> {
        let mut routes: Vec<String> = Vec::new();
        for live in &self.live.notifications {
            if run.applies(live) {
                run.rules.push(live.common.name.clone());
                if !routes.contains(&live.rule.route) {
                    routes.push(live.rule.route.clone());
                }
            }
        }
        routes
    }

    /// How every rule went on a finding, with the values that it read. Rules behind the first that applied are run too,
    /// so that one sees what would have come.
    pub fn trace(&mut self, finding: &FindingFacts) -> Vec<RuleRun> {
        let decision = self.decide(finding);
        let judged = self.judge(finding);
        let mut scope = self.scope(finding, &judged);
        let mut runs = Vec::new();
        for (kind, rule) in self.policy.rules() {
            scope.priority = (kind != "priority").then_some(decision.priority);
            let values = rule.when.fields().iter();
            runs.push(RuleRun {
                kind,
                name: rule.name.to_string(),
                place: rule.place.clone(),
                when: rule.when.text.clone(),
                outcome: rule.when.holds(&scope),
                values: values
                    .map(|field| (field.full, field.shown(&scope)))
                    .collect(),
            });
        }
        runs
    }

    fn judge(&mut self, finding: &FindingFacts) -> Judgement {
        let exploitation = finding.signals.exploitation();
        let automatable = finding.signals.automatable();
        let environmental = self.environmental(finding.vector.as_deref());
        let severity = self.severity(finding, environmental.as_deref());
        let points = ssvc::points(
            &self.policy.ssvc.deployer,
            &self.points,
            &exploitation,
            automatable.as_ref().map(|judged| judged.value),
        );
        let score = score(&self.score_inputs(finding, severity, &exploitation));
        let rules = &self.policy.ssvc;
        let table = table::evaluate(rules, &finding.signals, &self.asset, &self.points);
        Judgement {
            technical_impact: finding.signals.technical_impact_value(),
            exploitation,
            automatable,
            environmental,
            severity,
            points,
            table,
            score,
        }
    }

    fn score_inputs(
        &self,
        finding: &FindingFacts,
        severity: AssumedSeverity,
        exploitation: &Judged<Exploitation>,
    ) -> ScoreInputs {
        let context = &self.asset.context;
        let epss = finding.signals.epss.as_ref();
        let epss = epss.map_or(self.policy.unknown.epss, |epss| epss.score);
        ScoreInputs {
            severity: severity.value(),
            probability: epss.max(finding.lev.unwrap_or(0.0)),
            // A guess from the kind of flaw moves SSVC, but is no exploit.
            exploit: exploitation.value == Exploitation::Poc && !exploitation.guess,
            exploited: exploitation.value == Exploitation::Active,
            ransomware: finding.signals.ransomware(),
            malware: finding.malware,
            exposure: context.exposure(),
            criticality: context.criticality(),
            data: context.data(),
            environment: context.environment(),
            development: finding.development == Some(true),
            not_loaded: finding.loaded == Some(false),
            not_installed: finding.installed == Some(false),
        }
    }

    fn severity(
        &self,
        finding: &FindingFacts,
        environmental: Option<&Environmental>,
    ) -> AssumedSeverity {
        let stated = environmental.map(|found| found.score).or(finding.cvss);
        match (stated, finding.severity) {
            (Some(score), _) => AssumedSeverity::Stated(score),
            (None, Some(word)) => {
                let middle = match word {
                    Severity::None => 0.0,
                    Severity::Low => 2.0,
                    Severity::Medium => 5.5,
                    Severity::High => 8.0,
                    Severity::Critical => 9.5,
                };
                AssumedSeverity::Word(word, middle)
            }
            (None, None) => AssumedSeverity::Unknown(self.policy.unknown.cvss),
        }
    }

    fn environmental(&mut self, vector: Option<&str>) -> Option<Arc<Environmental>> {
        let text = vector?;
        if let Some(known) = self.environmental.get(text) {
            return known.clone();
        }
        let found = Vector::parse(text).ok();
        let found = found.map(|vector| Arc::new(self.in_environment(&vector)));
        if self.environmental.len() < MOST_VECTORS {
            self.environmental.insert(text.to_owned(), found.clone());
        }
        found
    }

    fn in_environment(&mut self, vector: &Vector) -> Environmental {
        let attack = Attack::of(vector);
        let known = self.effects.entry(attack);
        let effects = known.or_insert_with(|| effects(&self.asset.context, &attack).into());
        let done = vector.environmental(&effects.requirements, &effects.modified);
        Environmental {
            vector: done.vector,
            score: done.score.value(),
            effects: effects.clone(),
        }
    }

    fn scope<'a>(&'a self, finding: &'a FindingFacts, judged: &'a Judgement) -> Scope<'a> {
        Scope {
            finding,
            exploitation: judged.exploitation.value,
            automatable: judged.automatable.as_ref().map(|judged| judged.value),
            technical_impact: judged.technical_impact,
            asset: &self.asset,
            today: self.today,
            ssvc: ssvc::outcome(judged.points),
            table: judged.table.as_ref().map(|table| table.outcome.as_str()),
            environmental: judged.environmental.as_ref().map(|found| found.score),
            score: judged.score,
            priority: None,
        }
    }

    /// The deadline of the table `[[sla]]`.
    fn sla(&self, priority: Priority, finding: &FindingFacts) -> Option<Deadline> {
        let (sla, limit) = self.live.slas.get(priority as usize).copied().flatten()?;
        let calendar = &self.policy.calendar;
        Deadline::after(limit, &sla.clocks, &sla.name, finding, calendar, self.today)
    }
}
