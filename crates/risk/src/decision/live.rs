//! The rules of a policy that can apply to an asset, with their conditions settled for it.

use jiff::civil::Date;

use super::facts::{Asset, FindingFacts};
use super::{Priority, reason};
use crate::calendar::Limit;
use crate::context::AssetContext;
use crate::policy::expression::Settled;
use crate::policy::field::Scope;
use crate::policy::{
    AcceptRule, ApprovalRule, DeadlineRule, NotifyRule, Policy, PriorityRule, Rule, Sla,
};

/// A rule that can apply.
#[derive(Debug)]
pub(super) struct Live<'p, R> {
    pub(super) rule: &'p R,
    /// What it has as every rule does.
    pub(super) common: &'p Rule,
    pub(super) when: Settled,
}

/// The rules that can apply, in the order of the policy, and what the table of deadlines says.
#[derive(Debug)]
pub(super) struct LiveRules<'p> {
    pub(super) priorities: Vec<Live<'p, PriorityRule>>,
    /// Of each of them: what the reasons say where it applies.
    pub(super) sentences: Vec<String>,
    pub(super) deadlines: Vec<Live<'p, DeadlineRule>>,
    pub(super) approvals: Vec<Live<'p, ApprovalRule>>,
    pub(super) notifications: Vec<Live<'p, NotifyRule>>,
    pub(super) acceptances: Vec<Live<'p, AcceptRule>>,
    /// By priority: the row that counts, and how long it gives.
    pub(super) slas: [Option<(&'p Sla, Limit)>; 5],
}

impl<'p> LiveRules<'p> {
    /// Those for one asset, on one day.
    pub(super) fn of(policy: &'p Policy, asset: &Asset, today: Date) -> LiveRules<'p> {
        let finding = FindingFacts::default();
        let scope = Scope::unjudged(&finding, asset, today);
        let priorities = live(&policy.priorities, |own| &own.rule, &scope);
        let sentences = priorities.iter().map(|live| reason::rule(live.rule));
        LiveRules {
            sentences: sentences.collect(),
            priorities,
            deadlines: live(&policy.deadlines, |own| &own.rule, &scope),
            approvals: live(&policy.approvals, |own| &own.rule, &scope),
            notifications: live(&policy.notifications, |own| &own.rule, &scope),
            acceptances: live(
                policy.acceptances.iter().filter(|own| own.until >= today),
                |own| &own.rule,
                &scope,
            ),
            slas: Priority::ALL.map(|priority| sla(policy, &asset.context, priority)),
        }
    }
}

/// The row of the table that names most of what the asset is; the first of two that name as much.
fn sla<'p>(
    policy: &'p Policy,
    context: &AssetContext,
    priority: Priority,
) -> Option<(&'p Sla, Limit)> {
    let fits = policy.slas.iter().filter_map(|sla| {
        let limit = sla.limits.get(priority as usize).copied().flatten()?;
        let fits = sla.fits(context.environment(), &context.scopes)?;
        Some((fits, sla, limit))
    });
    let (_, sla, limit) = fits.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    Some((sla, limit))
}

fn live<'p, R>(
    rules: impl IntoIterator<Item = &'p R>,
    rule: fn(&R) -> &Rule,
    scope: &Scope<'_>,
) -> Vec<Live<'p, R>> {
    let all = rules.into_iter().map(|own| Live {
        common: rule(own),
        when: rule(own).when.settled(scope),
        rule: own,
    });
    all.filter(|live| !live.when.never()).collect()
}
