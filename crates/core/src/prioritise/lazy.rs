//! A preset is read when it first decides. Most scans of a lockfile find nothing, and to read one takes as long as the scan.

use std::ops::Deref;
use std::sync::OnceLock;

use jiff::Timestamp;
use patchward_risk::context::AssetContext;
use patchward_risk::policy::{AcceptRule, Policy, Preset, preset};

/// A policy: a file's, which was read so that its faults are told, or a preset that is read when it is asked for.
#[derive(Debug, Clone, Default)]
pub struct LazyPolicy {
    /// `None`: `balanced`, or the policy is there.
    preset: Option<&'static str>,
    policy: OnceLock<Policy>,
}

impl LazyPolicy {
    /// The policy of a preset.
    pub fn preset(preset: &Preset) -> LazyPolicy {
        LazyPolicy {
            preset: Some(preset.name),
            policy: OnceLock::new(),
        }
    }

    /// The policy itself.
    pub fn into_policy(self) -> Policy {
        let _read: &Policy = &self;
        self.policy.into_inner().unwrap_or_default()
    }

    /// Presets that say nothing of these assets ([`Policy::idle_presets`]). A preset that is for every asset is not read,
    /// and no asset is asked for.
    pub fn idle_presets(
        &self,
        assets: impl FnOnce() -> Vec<AssetContext>,
    ) -> Vec<(&'static Preset, &'static str)> {
        let preset = self.preset.and_then(preset);
        let scoped = preset.is_some_and(|preset| preset.scope.is_some());
        match self.policy.get().is_some() || scoped {
            true => Policy::idle_presets(self, &assets()),
            false => Vec::new(),
        }
    }

    /// Acceptances of a file whose day has passed; presets accept nothing.
    pub fn expired(&self, now: Timestamp) -> impl Iterator<Item = &AcceptRule> {
        let policy = self.policy.get();
        policy
            .into_iter()
            .flat_map(move |policy| policy.expired(policy.calendar.day(now)))
    }
}

impl Deref for LazyPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        self.policy
            .get_or_init(|| self.preset.and_then(Policy::of_preset).unwrap_or_default())
    }
}

impl From<Policy> for LazyPolicy {
    fn from(policy: Policy) -> LazyPolicy {
        LazyPolicy {
            preset: None,
            policy: OnceLock::from(policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_risk::policy::PRESETS;

    #[test]
    fn a_preset_is_itself_and_accepts_nothing() {
        for known in PRESETS {
            let lazy = LazyPolicy::preset(known);
            assert_eq!(lazy.expired(Timestamp::now()).count(), 0);
            let idle = lazy.idle_presets(Vec::new);
            assert_eq!(idle.len(), usize::from(known.scope.is_some()));
            assert_eq!(lazy.policy.get().is_some(), known.scope.is_some());
            assert_eq!(lazy.name, known.name);
            assert!(lazy.acceptances.is_empty(), "{}", known.name);
        }
        assert_eq!(LazyPolicy::default().into_policy().name, "balanced");
    }
}
