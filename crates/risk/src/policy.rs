//! Policy: an organisation's own criteria in one file.
//!
//! Rules are conditions in CEL over finding, signals, asset and what was decided so far. The file's own rules come before
//! those of the presets that it extends. Of the priority rules, the approval classes and the acceptances the first that
//! applies counts; of the deadlines every one, and the earliest binds; of the routes every one. The table `[[sla]]` gives
//! deadlines by priority, environment and scope: the row that names most of them counts.

mod example;
pub mod expression;
pub mod field;
mod preset;
mod read;
mod rule;
mod ssvc;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use crate::calendar::Calendar;
use crate::context::{AssetContext, Contexts};
pub use example::{Example, ExampleResult, run};
pub use preset::{PRESETS, Preset, preset};
pub use rule::{AcceptRule, ApprovalRule, DeadlineRule, NotifyRule, PriorityRule, Rule, Sla};
pub use ssvc::{DeployerPoints, Given, SsvcRules};

use crate::document::Fault;

/// A policy that is ready to decide.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// The presets that it extends.
    pub extends: Vec<String>,
    /// Time zone and working days.
    pub calendar: Calendar,
    /// What unknown scores count as.
    pub unknown: Unknown,
    /// What is said of assets.
    pub contexts: Contexts,
    /// Rules for the priority; the first that applies counts.
    pub priorities: Vec<PriorityRule>,
    /// Deadlines by priority, environment and scope.
    pub slas: Vec<Sla>,
    /// Further deadlines; every one applies.
    pub deadlines: Vec<DeadlineRule>,
    /// Approval classes; the first that applies counts.
    pub approvals: Vec<ApprovalRule>,
    /// Accepted risks; the first that applies and has not expired counts.
    pub acceptances: Vec<AcceptRule>,
    /// Who is told; every one applies.
    pub notifications: Vec<NotifyRule>,
    /// What it says of SSVC.
    pub ssvc: SsvcRules,
    /// Routes by name: where they lead, in the organisation's words.
    pub routes: BTreeMap<String, String>,
    /// Examples with what is expected of them.
    pub examples: Vec<Example>,
}

/// What scores that nobody knows count as, in the score and where SSVC has no rule of its own. Never zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unknown {
    /// CVSS where neither a score nor a severity in words is known.
    pub cvss: f64,
    /// Probability of exploitation where no EPSS score is known.
    pub epss: f64,
}

impl Default for Unknown {
    /// As a high severity, and as more likely than nine in ten scored vulnerabilities.
    fn default() -> Unknown {
        Unknown {
            cvss: 7.0,
            epss: 0.1,
        }
    }
}

impl Policy {
    /// Reads a policy. `file` is the name that messages use.
    ///
    /// # Errors
    /// Every fault of the file with line, column and what was expected.
    pub fn parse(file: &str, text: &str) -> Result<Policy, Vec<Fault>> {
        read::policy(file, text)
    }

    /// The policy of a preset. Priorities and approval classes of those that only set deadlines are `balanced`'s, but not
    /// its dates: what such a preset gives no date has none.
    pub fn of_preset(name: &str) -> Option<Policy> {
        let preset = preset(name)?;
        let text = match preset.name {
            "balanced" => "name = 'balanced'\nextends = ['balanced']".to_owned(),
            name => format!("name = '{name}'\nextends = ['balanced', '{name}']"),
        };
        let mut policy = Policy::parse("preset", &text).ok()?;
        if preset.name != "balanced" {
            policy.slas.retain(|sla| !sla.name.starts_with("balanced/"));
        }
        Some(policy)
    }

    /// Presets of this policy that say nothing of any of these assets, because they are for a compliance scope that none of
    /// them has and that the policy gives to none.
    pub fn idle_presets(&self, assets: &[AssetContext]) -> Vec<(&'static Preset, &'static str)> {
        let presets = self.extends.iter().filter_map(|name| preset(name));
        let scoped = presets.filter_map(|preset| Some((preset, preset.scope?)));
        let has = |asset: &AssetContext, scope: &str| asset.scopes.iter().any(|own| own == scope);
        scoped
            .filter(|(_, scope)| !assets.iter().any(|asset| has(asset, scope)))
            .filter(|(_, scope)| !self.contexts.gives_scope(scope))
            .collect()
    }

    /// Acceptances whose day has passed.
    pub fn expired(&self, today: jiff::civil::Date) -> impl Iterator<Item = &AcceptRule> {
        self.acceptances
            .iter()
            .filter(move |rule| rule.until < today)
    }

    /// Every rule with its kind, in the order in which they run.
    pub fn rules(&self) -> Vec<(&'static str, &Rule)> {
        let mut rules: Vec<(&'static str, &Rule)> = Vec::new();
        rules.extend(self.priorities.iter().map(|rule| ("priority", &rule.rule)));
        rules.extend(self.deadlines.iter().map(|rule| ("deadline", &rule.rule)));
        rules.extend(self.approvals.iter().map(|rule| ("approval", &rule.rule)));
        rules.extend(self.notifications.iter().map(|rule| ("notify", &rule.rule)));
        rules.extend(self.acceptances.iter().map(|rule| ("accept", &rule.rule)));
        rules
    }
}

impl Default for Policy {
    /// The preset `balanced`.
    fn default() -> Policy {
        Policy::of_preset("balanced").unwrap_or_else(|| Policy {
            name: "empty".to_owned(),
            extends: Vec::new(),
            calendar: Calendar::default(),
            unknown: Unknown::default(),
            contexts: Contexts::default(),
            priorities: Vec::new(),
            slas: Vec::new(),
            deadlines: Vec::new(),
            approvals: Vec::new(),
            acceptances: Vec::new(),
            notifications: Vec::new(),
            ssvc: SsvcRules::default(),
            routes: BTreeMap::new(),
            examples: Vec::new(),
        })
    }
}
