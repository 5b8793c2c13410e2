//! Prioritise: a decision for each finding, by the organisation's policy and the asset's context.
//!
//! Load (the policy, what repositories say of themselves), decide (`patchward-risk`: pure), and the decision is put into
//! the finding. A finding that the policy accepts is suppressed, with the rule's reason and end.

mod facts;
pub mod load;

use std::collections::BTreeMap;

use jiff::Timestamp;
use patchward_protocol::decision as wire;
use patchward_protocol::inventory::{self, AssetKind};
use patchward_protocol::report::{Finding, Suppression};
use patchward_risk::context::{AssetContext, AssetName, OwnContext};
use patchward_risk::decision::{Asset, Decider, Decision, Priority, RuleRun};
use patchward_risk::policy::Policy;

pub use facts::facts;

/// A policy, and what targets say of themselves.
#[derive(Debug, Clone, Default)]
pub struct Prioritisation {
    /// The policy.
    pub policy: Policy,
    /// The `[context]` of a target's own `patchward.toml`, by the target's name.
    pub own: BTreeMap<String, OwnContext>,
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

    /// Puts a decision into each finding of an asset.
    pub fn decide(&self, findings: &mut [Finding], asset: &inventory::Asset, now: Timestamp) {
        let today = self.policy.calendar.day(now);
        let mut decider = Decider::new(&self.policy, Asset::new(self.context(asset)), today);
        for finding in findings {
            let decision = decider.decide(&facts(finding, &self.policy.calendar, today));
            if let (None, Some(accepted)) = (&finding.suppressed, &decision.accepted) {
                finding.suppressed = Some(Suppression {
                    by: "policy".to_owned(),
                    reason: format!("{} (accepted by {})", accepted.reason, accepted.by),
                    until: Some(accepted.until.to_string()),
                    source: format!("{} (rule {})", accepted.place, accepted.rule),
                    status: Some("accepted".to_owned()),
                    author: Some(accepted.by.clone()),
                    ..Suppression::default()
                });
            }
            finding.decision = Some(to_wire(decision));
        }
    }

    /// How every rule of the policy went on a finding.
    pub fn trace(
        &self,
        finding: &Finding,
        asset: &inventory::Asset,
        now: Timestamp,
    ) -> Vec<RuleRun> {
        let today = self.policy.calendar.day(now);
        let mut decider = Decider::new(&self.policy, Asset::new(self.context(asset)), today);
        decider.trace(&facts(finding, &self.policy.calendar, today))
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

fn to_wire(decision: Decision) -> wire::Decision {
    let deadlines: Vec<wire::Deadline> = decision
        .deadlines
        .into_iter()
        .map(|deadline| wire::Deadline {
            date: deadline.date.to_string(),
            rule: deadline.rule,
            starts: deadline.starts.to_string(),
            clock: deadline.clock,
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
            table: decision.ssvc.table,
            outcome: decision.ssvc.outcome.to_owned(),
            points: points
                .map(|point| wire::SsvcPoint {
                    name: point.name.to_owned(),
                    value: point.value.to_owned(),
                    source: point.source,
                })
                .collect(),
        }),
        due: deadlines.first().cloned(),
        deadlines,
        approval: decision.approval,
        notify: decision.notify,
        rules: decision.rules,
        reasons: decision.reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::report::{KevSignal, SeverityLevel};

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
            policy: Policy::parse("policy.toml", text).unwrap(),
            ..Prioritisation::default()
        };
        let mut findings = [finding("CVE-2026-1"), finding("CVE-2026-2")];
        let asset = inventory::Asset::default();
        prioritisation.decide(&mut findings, &asset, Timestamp::UNIX_EPOCH);
        let suppressed = findings[0].suppressed.clone().unwrap();
        assert_eq!(suppressed.until.as_deref(), Some("2999-01-01"));
        assert_eq!(suppressed.source, "policy.toml:2 (rule a)");
        assert!(findings[1].suppressed.is_none() && findings[1].decision.is_some());
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
        Prioritisation::default().decide(&mut findings, &inventory::Asset::default(), now);
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
}
