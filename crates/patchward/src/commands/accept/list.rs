//! `patchward accept list`: the rules of `patchward.toml` and the acceptances of the policy.

use jiff::civil::Date;
use patchward_core::ignore::{IgnoreRules, Rule};
use patchward_core::prioritise::Prioritisation;
use patchward_core::risk::policy::AcceptRule;
use patchward_core::scan::{self, Criteria};
use patchward_protocol::inventory::Inventory;
use patchward_protocol::report::Finding;
use serde_json::{Value, json};

use super::{day, today};
use crate::cli::TextOrJson;
use crate::cli::accept::AcceptList;
use crate::commands::{policy, scan as scanning, targets};
use crate::context::{Context, warn};
use crate::exit::Exit;
use crate::output::clean::clean;

/// A decision, wherever it is written.
enum Decided<'a> {
    /// A rule of `patchward.toml`.
    Rule(&'a Rule),
    /// An acceptance of the policy.
    Policy(&'a AcceptRule),
}

/// Lists what was decided, by whom, until when; with a target also what it covers there.
pub(super) fn show(list: &AcceptList, context: &Context) -> anyhow::Result<Exit> {
    let soon = day(&list.soon, context.now)?;
    let rules = scanning::all_rules(&list.inputs, context)?;
    let scanned = !list.inputs.targets.is_empty() || !list.inputs.root.is_empty();
    let inventories = match scanned {
        true => targets::inventories(&list.inputs, context)?,
        false => Vec::new(),
    };
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    // Expired acceptances stand in the list itself: no warning tells them twice.
    let prioritisation = policy::quiet_prioritisation(&list.inputs, assets, context)?;
    let decided: Vec<Decided<'_>> = decided(&rules, &prioritisation).collect();
    let covered = scanned
        .then(|| covered(&rules, &prioritisation, inventories, context))
        .transpose()?;
    let covered = |number: usize| covered.as_ref().and_then(|all| all.get(number).copied());
    let policy_day = prioritisation.policy.calendar.day(context.now);
    let state = |own: &Decided<'_>| {
        let today = match own {
            Decided::Rule(_) => today(context),
            Decided::Policy(_) => policy_day,
        };
        match own.until() {
            Some(last) if last < today => "expired",
            Some(last) if last <= soon => "ends soon",
            _ => "holds",
        }
    };
    if list.format == TextOrJson::Json {
        let all = decided.iter().enumerate();
        let all: Vec<Value> = all
            .map(|(number, own)| own.json(state(own), covered(number)))
            .collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(Exit::Clean);
    }
    if decided.is_empty() {
        println!("no rules");
    }
    for (number, own) in decided.iter().enumerate() {
        println!("{}", own.line(state(own), covered(number)));
    }
    Ok(Exit::Clean)
}

fn decided<'a>(
    rules: &'a IgnoreRules,
    prioritisation: &'a Prioritisation,
) -> impl Iterator<Item = Decided<'a>> {
    let rules = rules.rules().iter().map(Decided::Rule);
    rules.chain(
        prioritisation
            .policy
            .acceptances
            .iter()
            .map(Decided::Policy),
    )
}

impl Decided<'_> {
    fn until(&self) -> Option<Date> {
        match self {
            Decided::Rule(rule) => rule.expires,
            Decided::Policy(rule) => Some(rule.until),
        }
    }

    fn json(&self, state: &str, findings: Option<usize>) -> Value {
        match self {
            Decided::Rule(rule) => json!({
                "id": rule.id, "package": rule.package, "path": rule.path,
                "status": rule.status.as_str(), "justification": rule.justification,
                "reason": rule.reason, "by": rule.by,
                "created": rule.created, "expires": rule.expires,
                "source": rule.source, "state": state, "findings": findings,
            }),
            Decided::Policy(rule) => json!({
                "rule": *rule.rule.name, "when": rule.rule.when.text,
                "status": "accepted", "reason": rule.reason, "by": rule.by, "expires": rule.until,
                "source": rule.rule.place, "state": state, "findings": findings,
            }),
        }
    }

    /// `CVE-2024-1 in openssl: accepted until 2026-12-31 by Ann: not reachable [patchward.toml:3]`
    fn line(&self, state: &str, findings: Option<usize>) -> String {
        let mark = match state {
            "expired" => "EXPIRED, counts again: ",
            "ends soon" => "ends soon: ",
            _ => "",
        };
        let findings = match findings {
            None => String::new(),
            Some(0) => "; UNUSED here".to_owned(),
            Some(1) => "; 1 finding here".to_owned(),
            Some(many) => format!("; {many} findings here"),
        };
        let until = self.until().map(|day| format!(" until {day}"));
        let until = until.unwrap_or_default();
        let text = match self {
            Decided::Rule(rule) => {
                let by = rule.by.as_ref().map(|by| format!(" by {by}"));
                let why = rule.justification.as_ref().map(|word| format!(" ({word})"));
                format!(
                    "{mark}{}: {}{}{until}{}: {} [{}{findings}]",
                    rule.target(),
                    rule.status.as_str(),
                    why.unwrap_or_default(),
                    by.unwrap_or_default(),
                    rule.reason,
                    rule.source
                )
            }
            Decided::Policy(rule) => {
                let when: Vec<&str> = rule.rule.when.text.split_whitespace().collect();
                format!(
                    "{mark}policy rule {}, {}: accepted{until} by {}: {} [{}{findings}]",
                    rule.rule.name,
                    when.join(" "),
                    rule.by,
                    rule.reason,
                    rule.rule.place
                )
            }
        };
        clean(&text).into_owned()
    }
}

/// How many findings of the targets each decision covers, in their order, whatever its day.
fn covered(
    rules: &IgnoreRules,
    prioritisation: &Prioritisation,
    inventories: Vec<Inventory>,
    context: &Context,
) -> anyhow::Result<Vec<usize>> {
    let knowledge = context.judging_knowledge()?;
    if knowledge.is_none() {
        warn(
            "there is no knowledge yet: every rule will seem unused; `patchward db update` makes it",
        );
    }
    let criteria = Criteria::default();
    let report = scan::report(inventories, knowledge.as_ref(), &criteria, context.now);
    let findings = || report.targets.iter().flat_map(|target| &target.findings);
    let count = |rule: &Rule| {
        let covers = |finding: &&Finding| rule.covers(finding);
        findings().filter(covers).count()
    };
    let mut policy = vec![0; prioritisation.policy.acceptances.len()];
    for target in &report.targets {
        let covered = prioritisation.covered(
            &target.findings,
            &target.asset,
            knowledge.as_ref(),
            context.now,
        );
        for (all, here) in policy.iter_mut().zip(covered) {
            *all += here;
        }
    }
    Ok(rules.rules().iter().map(count).chain(policy).collect())
}
