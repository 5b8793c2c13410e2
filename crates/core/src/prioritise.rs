//! Prioritise: a decision for each finding, by the organisation's policy and the asset's context.
//!
//! Load (the policy, what repositories say of themselves), decide (`patchward-risk`: pure), and the decision is put into
//! the finding. A finding that the policy accepts is suppressed, with the rule's reason and end.

mod acceptance;
mod facts;
mod lazy;
pub mod load;
mod notice;
pub mod seen;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use patchward_knowledge::Knowledge;
use patchward_protocol::decision as wire;
use patchward_protocol::inventory::{self, AssetKind};
use patchward_protocol::report::{Finding, Suppression};
use patchward_risk::context::{AssetContext, AssetName, OwnContext};
use patchward_risk::decision::{
    Accepted, Asset, Decider, Decision, Environmental, Priority, RuleRun,
};

pub use lazy::LazyPolicy;
pub use seen::Seen;

use acceptance::Lapsed;
use facts::facts;
use notice::Notices;

use crate::parallel;

/// A policy, and what targets say of themselves.
#[derive(Debug, Clone, Default)]
pub struct Prioritisation {
    /// The policy.
    pub policy: LazyPolicy,
    /// The `[context]` of a target's own `patchward.toml`, by the target's name.
    pub own: BTreeMap<String, OwnContext>,
    /// When findings were first seen, where scans were written down.
    pub seen: Seen,
}

impl Prioritisation {
    /// The context of an asset.
    pub fn context(&self, asset: &inventory::Asset) -> AssetContext {
        let name = AssetName {
            name: &asset.name,
            kind: kind(asset.kind),
        };
        self.policy.contexts.of(name, self.own.get(&asset.name))
    }

    /// Puts a decision into each finding of an asset, and into one that counts the acceptance that held until a day which has
    /// passed. The knowledge gives the history of EPSS scores and the days of fixes.
    pub fn decide(
        &self,
        findings: &mut [Finding],
        asset: &inventory::Asset,
        knowledge: Option<&Knowledge>,
        now: Timestamp,
    ) {
        if findings.is_empty() {
            return;
        }
        let today = self.policy.calendar.day(now);
        let lapsed = Lapsed::of(&self.policy, today);
        let decided = parallel::by_blocks(
            findings,
            || {
                (
                    self.deciding(asset, lapsed.as_ref(), knowledge, now),
                    Vec::new(),
                )
            },
            |(deciding, decided), findings| {
                let decide = |finding| self.decision(finding, asset, deciding, today);
                decided.push(findings.iter().map(decide).collect::<Vec<_>>());
            },
            |(_, decided)| decided,
        );
        for (finding, decided) in findings.iter_mut().zip(decided.into_iter().flatten()) {
            finding.decision = Some(Box::new(decided.decision));
            if finding.suppressed.is_some() {
                continue;
            }
            finding.suppressed = decided.accepted.map(Box::new);
            let last_day = |lapsed: &Suppression| lapsed.until.clone();
            let lapsed = finding.lapsed.take().into_iter();
            let lapsed = lapsed
                .chain(decided.lapsed.map(Box::new))
                .max_by_key(|own| last_day(own));
            finding.lapsed = lapsed.filter(|_| finding.suppressed.is_none());
        }
    }

    /// The decision on one finding, and the rule of the policy that accepts it, or did.
    fn decision(
        &self,
        finding: &Finding,
        asset: &inventory::Asset,
        deciding: &mut Deciding<'_, '_>,
        today: Date,
    ) -> Decided {
        let first_seen = self.seen.first(asset, finding);
        let calendar = &self.policy.calendar;
        let facts = facts(finding, &mut deciding.notices, first_seen, calendar, today);
        let decision = deciding.decider.decide(&facts);
        let accepted = decision.accepted.as_ref().map(suppression);
        let counts = finding.suppressed.is_none() && accepted.is_none();
        let lapsed = deciding.lapsed.as_mut().filter(|_| counts);
        let lapsed = lapsed.and_then(|(lapsed, decider)| lapsed.decision(&facts, decider));
        let epss = facts.signals.epss.as_ref();
        let decision = wire::Decision {
            lev: facts.lev,
            epss_assumed: epss.is_none().then_some(self.policy.unknown.epss),
            epss_trend: epss.and_then(|epss| epss.trend).map(|trend| trend.change()),
            ..to_wire(decision, &deciding.time)
        };
        Decided {
            decision,
            accepted,
            lapsed,
        }
    }

    fn deciding<'p>(
        &'p self,
        asset: &inventory::Asset,
        lapsed: Option<&'p Lapsed>,
        knowledge: Option<&'p Knowledge>,
        now: Timestamp,
    ) -> Deciding<'p, 'p> {
        let today = self.policy.calendar.day(now);
        let context = || Asset::new(self.context(asset));
        Deciding {
            decider: self.decider(asset, today),
            lapsed: lapsed.map(|lapsed| (lapsed, lapsed.decider(context(), today))),
            notices: Notices::of(knowledge),
            time: now.strftime("%Y-%m-%dT%H:%M:%SZ/").to_string(),
        }
    }

    /// How every rule of the policy went on a finding.
    pub fn trace(
        &self,
        finding: &Finding,
        asset: &inventory::Asset,
        knowledge: Option<&Knowledge>,
        now: Timestamp,
    ) -> Vec<RuleRun> {
        let today = self.policy.calendar.day(now);
        let facts = facts(
            finding,
            &mut Notices::of(knowledge),
            self.seen.first(asset, finding),
            &self.policy.calendar,
            today,
        );
        self.decider(asset, today).trace(&facts)
    }

    fn decider(&self, asset: &inventory::Asset, today: Date) -> Decider<'_> {
        Decider::new(&self.policy, Asset::new(self.context(asset)), today)
    }
}

/// What a thread keeps from one finding of an asset to the next.
struct Deciding<'p, 'k> {
    decider: Decider<'p>,
    /// Where acceptances have expired: as if they held.
    lapsed: Option<(&'p Lapsed, Decider<'p>)>,
    notices: Notices<'k>,
    /// Ends the text vectors of SSVC: `2026-11-22T10:00:00Z/`.
    time: String,
}

/// What comes of one finding.
struct Decided {
    decision: wire::Decision,
    accepted: Option<Suppression>,
    lapsed: Option<Suppression>,
}

fn suppression(accepted: &Accepted) -> Suppression {
    Suppression {
        by: "policy".to_owned(),
        reason: format!("{} (accepted by {})", accepted.reason, accepted.by),
        until: Some(accepted.until.to_string()),
        source: format!("{} (rule {})", accepted.place, accepted.rule),
        status: Some("accepted".to_owned()),
        author: Some(accepted.by.clone()),
        ..Suppression::default()
    }
}

fn kind(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Host => "host",
        AssetKind::Root => "root",
        AssetKind::Tree => "tree",
        AssetKind::Lockfile => "lockfile",
        AssetKind::Sbom => "sbom",
    }
}

/// `time` ends the text vectors of SSVC.
fn to_wire(decision: Decision, time: &str) -> wire::Decision {
    let deadlines: Vec<wire::Deadline> = decision
        .deadlines
        .into_iter()
        .map(|deadline| wire::Deadline {
            date: deadline.date.to_string(),
            rule: deadline.rule.to_string(),
            starts: deadline.starts.to_string(),
            clock: deadline.clock.into_owned(),
            demands: deadline.demands,
        })
        .collect();
    let points = decision.ssvc.points.into_iter();
    wire::Decision {
        priority: match decision.priority {
            Priority::P1 => wire::Priority::P1,
            Priority::P2 => wire::Priority::P2,
            Priority::P3 => wire::Priority::P3,
            Priority::P4 => wire::Priority::P4,
            Priority::P5 => wire::Priority::P5,
        },
        score: decision.score,
        ssvc: Some(wire::SsvcDecision {
            table: decision.ssvc.table.to_owned(),
            outcome: decision.ssvc.outcome.to_owned(),
            points: points
                .map(|point| wire::SsvcPoint {
                    name: point.name.to_owned(),
                    value: point.value.to_owned(),
                    source: point.source.to_string(),
                })
                .collect(),
            vector: decision.ssvc.vector + time,
        }),
        table: decision.table.map(|own| wire::SsvcDecision {
            table: own.table,
            outcome: own.outcome,
            points: own
                .points
                .into_iter()
                .map(|(name, value, source)| wire::SsvcPoint {
                    name,
                    value,
                    source,
                })
                .collect(),
            vector: own.vector + time,
        }),
        due: deadlines.first().cloned(),
        deadlines,
        environmental: decision
            .environmental
            .filter(|here| !here.effects.reasons.is_empty())
            .map(|here| environmental(&here)),
        approval: decision.approval,
        notify: decision.notify,
        rules: decision.rules.iter().map(ToString::to_string).collect(),
        reasons: decision.reasons,
        ..wire::Decision::default()
    }
}

fn environmental(here: &Environmental) -> wire::Environmental {
    let metrics = here.effects.reasons.iter();
    wire::Environmental {
        vector: here.vector.to_string(),
        score: here.score,
        metrics: metrics
            .map(|set| wire::EnvironmentalMetric {
                metric: set.metric.clone(),
                reason: set.reason.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_advisory::model::{Fact, Signal};
    use patchward_knowledge::{Record, Update};
    use patchward_protocol::report::{
        EpssSignal, KevSignal, SeverityLevel, StatedSeverity, Statement,
    };
    use patchward_risk::policy::Policy;

    fn finding(id: &str) -> Finding {
        let mut finding = Finding {
            vulnerability: id.into(),
            ..Finding::default()
        };
        finding.severity.level = SeverityLevel::High;
        finding
    }

    #[test]
    fn an_accepted_risk_is_suppressed_with_its_reason_and_end() {
        let text = "extends = ['balanced']\n[[accept]]\nname = 'a'\nwhen = 'finding.id == \"CVE-2026-1\"'\nreason = 'not used'\nby = 'cto'\nuntil = 2999-01-01\n";
        let prioritisation = Prioritisation {
            policy: Policy::parse("policy.toml", text).unwrap().into(),
            ..Prioritisation::default()
        };
        let mut findings = [finding("CVE-2026-1"), finding("CVE-2026-2")];
        let asset = inventory::Asset::default();
        prioritisation.decide(&mut findings, &asset, None, Timestamp::UNIX_EPOCH);
        let suppressed = findings[0].suppressed.clone().unwrap();
        assert_eq!(suppressed.until.as_deref(), Some("2999-01-01"));
        assert_eq!(suppressed.source, "policy.toml:2 (rule a)");
        assert!(findings[1].suppressed.is_none() && findings[1].decision.is_some());
    }

    #[test]
    fn the_environment_and_what_a_missing_score_counts_as_are_told() {
        let text = "extends = ['balanced']\n[unknown]\nepss = 0.3\n";
        let own = OwnContext::parse("patchward.toml", "[context]\ndata = 'health'");
        let own = own.unwrap().unwrap();
        let asset = inventory::Asset {
            name: "shop".into(),
            ..inventory::Asset::default()
        };
        let prioritisation = Prioritisation {
            policy: Policy::parse("policy.toml", text).unwrap().into(),
            own: BTreeMap::from([("shop".to_owned(), own)]),
            ..Prioritisation::default()
        };
        let mut unscored = finding("CVE-2026-1");
        let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";
        unscored.severity.vector = Some(vector.into());
        unscored.severity.score = Some(7.5);
        unscored.severities = vec![StatedSeverity {
            source: "NVD".into(),
            value: vector.into(),
            score: Some(7.5),
        }];
        let mut scored = finding("CVE-2026-2");
        scored.signals.epss = Some(EpssSignal {
            score: 0.01,
            percentile: 0.1,
            date: "1970-01-01".into(),
        });
        let mut findings = [unscored, scored];
        prioritisation.decide(&mut findings, &asset, None, Timestamp::UNIX_EPOCH);
        let decision = findings[0].decision.as_ref().unwrap();
        assert_eq!(decision.epss_assumed, Some(0.3));
        let here = decision.environmental.as_ref().unwrap();
        assert!(here.vector.starts_with(vector) && here.vector.contains("/CR:H"));
        assert!(here.score > 7.5, "{here:?}");
        let set = here.metrics.iter().find(|set| set.metric == "CR:H");
        assert!(set.unwrap().reason.contains("health"), "{here:?}");
        let other = findings[1].decision.as_ref().unwrap();
        assert_eq!((other.epss_assumed, &other.environmental), (None, &None));
    }

    #[test]
    fn a_publishers_own_word_sets_a_date_of_cyber_essentials() {
        let prioritisation = Prioritisation {
            policy: Policy::of_preset("cyber-essentials").unwrap().into(),
            ..Prioritisation::default()
        };
        let due = |word: &str| {
            let mut found = finding("CVE-2026-1");
            found.severity.level = SeverityLevel::Medium;
            found.severity.score = Some(6.5);
            found.severities = vec![StatedSeverity {
                source: "Red Hat".into(),
                value: word.into(),
                score: None,
            }];
            let mut findings = [found];
            let asset = inventory::Asset::default();
            prioritisation.decide(&mut findings, &asset, None, Timestamp::UNIX_EPOCH);
            findings[0].decision.as_ref().unwrap().due.is_some()
        };
        assert!(due("Important"));
        assert!(!due("low"));
        assert!(!due("not yet assigned"));
    }

    #[test]
    fn a_signal_that_cannot_be_is_told_and_the_rest_goes_on() {
        let mut future = finding("CVE-2026-1");
        future.signals.kev.push(KevSignal {
            asserter: "CISA".into(),
            added: "2999-01-01".into(),
            ..KevSignal::default()
        });
        let mut findings = [future];
        let now = "2026-01-15T00:00:00Z".parse().unwrap();
        Prioritisation::default().decide(&mut findings, &inventory::Asset::default(), None, now);
        let decision = findings[0].decision.clone().unwrap();
        assert_eq!(decision.priority, wire::Priority::P1, "{decision:?}");
        assert!(
            decision
                .reasons
                .iter()
                .any(|reason| reason.contains("in the future")),
            "{:?}",
            decision.reasons
        );
    }

    #[test]
    fn the_history_and_the_notice_of_the_knowledge_are_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut update = Update::begin(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
        let epss = |day: &str, score: f64| Signal {
            id: "CVE-2026-0001".into(),
            feed: "epss".into(),
            at: Some(format!("{day}T00:00:00Z").parse().unwrap()),
            fact: Fact::Epss {
                score,
                percentile: score,
                model: "v1".into(),
            },
        };
        let scores = [epss("2026-01-01", 0.1), epss("2026-01-31", 0.4)];
        update
            .replace_feed("epss", scores.map(Record::from))
            .unwrap();
        let notice = notice::tests::notice("DSA-1", "2026-01-20T00:00:00Z", &[]);
        update
            .replace_feed("debian-lists", [Record::from(notice)])
            .unwrap();
        let knowledge = update.commit().unwrap();

        let mut found = finding("CVE-2026-0001");
        found.published = "2026-01-05T00:00:00Z".parse().ok();
        found.signals.epss = Some(EpssSignal {
            score: 0.4,
            percentile: 0.4,
            date: "2026-01-31".into(),
        });
        found.statements = ["CVE-2026-0001", "DSA-1"]
            .map(|advisory| Statement {
                advisory: advisory.into(),
                fixed: vec!["1.2".into()],
                ..Statement::default()
            })
            .to_vec();
        let mut findings = [found];
        let now = "2026-02-01T00:00:00Z".parse().unwrap();
        let asset = inventory::Asset::default();
        Prioritisation::default().decide(&mut findings, &asset, Some(&knowledge), now);
        let decision = findings[0].decision.clone().unwrap();
        assert!(decision.lev.is_some_and(|lev| lev > 0.1), "{decision:?}");
        assert!((decision.epss_trend.unwrap() - 0.3).abs() < 1e-9);
        let due = decision.due.unwrap();
        assert_eq!(
            (due.starts.as_str(), due.clock.as_str()),
            ("2026-01-20", "fix available")
        );
        let said = decision
            .reasons
            .iter()
            .find(|reason| reason.starts_with("EPSS"))
            .unwrap();
        assert!(
            said.contains("+0.30 in 30 days; likely exploited before (LEV 0.1"),
            "{said}"
        );
    }
}
