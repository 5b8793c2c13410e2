//! The rules of a policy on one finding, one kind after the other.

use std::sync::Arc;

use super::Priority;
use super::live::Live;
use crate::policy::Rule;
use crate::policy::expression::Truth;
use crate::policy::field::Scope;

/// What the rules have said so far.
pub(super) struct Run<'p, 's> {
    scope: Scope<'s>,
    /// Names of those that applied, in the order in which they ran.
    pub(super) rules: Vec<Arc<str>>,
    /// Those that need a value which nobody knows, and which.
    pub(super) unknown: Vec<(&'p Rule, &'static str)>,
}

impl<'p, 's> Run<'p, 's> {
    /// Before any rule; the priority is not known.
    pub(super) fn new(scope: Scope<'s>) -> Run<'p, 's> {
        Run {
            scope,
            rules: Vec::with_capacity(8),
            unknown: Vec::new(),
        }
    }

    /// From here on conditions may ask for the priority.
    pub(super) fn set_priority(&mut self, priority: Priority) {
        self.scope.priority = Some(priority);
    }

    /// The first that applies, and its place.
    pub(super) fn first<R>(&mut self, rules: &[Live<'p, R>]) -> Option<(usize, &'p R)> {
        let place = rules.iter().position(|live| self.applies(live))?;
        let live = rules.get(place)?;
        self.rules.push(live.common.name.clone());
        Some((place, live.rule))
    }

    /// Whether a rule applies. One that cannot be decided does not, and is kept.
    pub(super) fn applies<R>(&mut self, live: &Live<'p, R>) -> bool {
        match live.when.holds(&self.scope) {
            Truth::Yes => true,
            Truth::No => false,
            Truth::Unknown(field) => {
                self.unknown.push((live.common, field));
                false
            }
        }
    }
}
