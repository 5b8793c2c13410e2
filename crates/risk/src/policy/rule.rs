//! The kinds of rules.

use std::sync::Arc;

use jiff::civil::Date;

use super::expression::Expression;
use crate::calendar::Limit;
use crate::context::Environment;
use crate::decision::{Clock, Priority};

pub use crate::decision::Term;

/// What every rule has.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name; one of a preset begins with the preset's name.
    pub name: Arc<str>,
    /// File and line.
    pub place: String,
    /// When it applies.
    pub when: Expression,
    /// Why, in the organisation's words.
    pub because: Option<String>,
}

/// Sets the priority.
#[derive(Debug, Clone)]
pub struct PriorityRule {
    /// The rule.
    pub rule: Rule,
    /// The priority.
    pub priority: Priority,
}

/// Sets a deadline.
#[derive(Debug, Clone)]
pub struct DeadlineRule {
    /// The rule.
    pub rule: Rule,
    /// How the date comes about.
    pub term: Term,
    /// What must happen besides the patch.
    pub demands: Vec<String>,
}

/// A row of deadlines.
#[derive(Debug, Clone)]
pub struct Sla {
    /// Its name.
    pub name: Arc<str>,
    /// Only in this environment.
    pub environment: Option<Environment>,
    /// Only for assets of this scope.
    pub scope: Option<String>,
    /// What starts the clock: the latest of these.
    pub clocks: Vec<Clock>,
    /// How long each priority has, P1 first.
    pub limits: [Option<Limit>; 5],
}

/// Gives an approval class.
#[derive(Debug, Clone)]
pub struct ApprovalRule {
    /// The rule.
    pub rule: Rule,
    /// The class, such as `automatic`.
    pub class: String,
}

/// Accepts a risk for a while.
#[derive(Debug, Clone)]
pub struct AcceptRule {
    /// The rule.
    pub rule: Rule,
    /// Why.
    pub reason: String,
    /// Who decided so.
    pub by: String,
    /// The last day.
    pub until: Date,
}

/// Tells somebody.
#[derive(Debug, Clone)]
pub struct NotifyRule {
    /// The rule.
    pub rule: Rule,
    /// The route's name.
    pub route: String,
}

impl Sla {
    /// How many of its conditions an asset meets; `None` when one fails.
    pub(crate) fn fits(&self, environment: Environment, scopes: &[String]) -> Option<u8> {
        let mut fits = 0;
        if let Some(wanted) = self.environment {
            if wanted != environment {
                return None;
            }
            fits += 1;
        }
        if let Some(wanted) = &self.scope {
            if !scopes.contains(wanted) {
                return None;
            }
            fits += 2;
        }
        Some(fits)
    }
}
