//! What a context does to scores: CVSS requirements and modified metrics, each with its reason. STANDARDS: FIRST CVSS
//! v3.1 section 4, v4.0 section 4. The published vector is never changed. Exposure and controls only modify a metric to a milder
//! value; requirements, and metrics that the owner sets, may raise a score.

use super::words::{Control, DataClass, Exposure};
use super::{AssetContext, Sourced};
use crate::cvss::{ModifiedMetric, Requirement, Requirements, Vector, Version};

/// The metrics that a context gives a vector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// CR, IR, AR.
    pub requirements: Requirements,
    /// Modified metrics.
    pub modified: Vec<ModifiedMetric>,
    /// Why, metric by metric.
    pub reasons: Vec<MetricReason>,
    /// The same in words: `CR:H by health data, profile ehr; …`.
    pub words: String,
}

/// What effects look at in a vector: those that have it in common are changed alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Attack {
    version_4: bool,
    over_network: bool,
    from_nearby: bool,
    low_complexity: bool,
    no_requirements: bool,
    no_privileges: bool,
    scope_changes: bool,
}

impl Attack {
    pub(crate) fn of(vector: &Vector) -> Attack {
        let is = |metric: &str, value: &str| vector.get(metric) == Some(value);
        Attack {
            version_4: vector.version() == Version::V40,
            over_network: is("AV", "N"),
            from_nearby: is("AV", "A"),
            low_complexity: is("AC", "L"),
            no_requirements: is("AT", "N"),
            no_privileges: is("PR", "N"),
            scope_changes: is("S", "C"),
        }
    }
}

/// Why a metric has its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricReason {
    /// `CR:H`.
    pub metric: String,
    /// In words.
    pub reason: String,
}

/// The environmental metrics of an asset for vectors of one kind of attack.
pub(crate) fn effects(context: &AssetContext, attack: &Attack) -> Effects {
    let mut effects = Effects::default();
    requirements(context, &mut effects);
    exposure(context, attack, &mut effects);
    controls(context, attack, &mut effects);
    for metric in &context.metrics {
        effects.set(&metric.value, &metric.source);
    }
    let reasons = effects.reasons.iter();
    let each = reasons.map(|set| format!("{} by {}", set.metric, set.reason));
    effects.words = each.collect::<Vec<_>>().join("; ");
    effects
}

impl Effects {
    /// Sets a modified metric; a later word replaces an earlier one on the same metric.
    fn set(&mut self, metric: &str, reason: &str) {
        let Ok(parsed) = ModifiedMetric::parse(metric) else {
            return;
        };
        self.modified.retain(|known| known.key() != parsed.key());
        let key = format!("{}:", parsed.key());
        self.reasons.retain(|known| !known.metric.starts_with(&key));
        self.modified.push(parsed);
        self.reasons.push(MetricReason {
            metric: metric.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn require(&mut self, key: &str, level: Requirement, reason: String) {
        let letter = match level {
            Requirement::Low => "L",
            Requirement::Medium => "M",
            Requirement::High => "H",
        };
        self.reasons.push(MetricReason {
            metric: format!("{key}:{letter}"),
            reason,
        });
    }
}

/// Only what somebody said sets a requirement: version 3 takes what nobody said as medium, version 4 as high.
fn requirements(context: &AssetContext, effects: &mut Effects) {
    if let Some(data) = &context.data {
        let level = match data.value {
            DataClass::Public => Requirement::Low,
            DataClass::Internal => Requirement::Medium,
            _ => Requirement::High,
        };
        effects.requirements.confidentiality = Some(level);
        effects.require("CR", level, format!("{} data, {}", data.value, data.source));
        if data.value >= DataClass::Payment {
            effects.requirements.integrity = Some(Requirement::High);
            let reason = format!("{} data, {}", data.value, data.source);
            effects.require("IR", Requirement::High, reason);
        }
    }
    if let Some(criticality) = &context.criticality {
        let level = match criticality.value {
            0 | 1 => Requirement::Low,
            2 | 3 => Requirement::Medium,
            _ => Requirement::High,
        };
        let reason =
            |Sourced { value, source }: &Sourced<u8>| format!("criticality {value}, {source}");
        if effects.requirements.integrity.is_none() {
            effects.requirements.integrity = Some(level);
            effects.require("IR", level, reason(criticality));
        }
        effects.requirements.availability = Some(level);
        effects.require("AR", level, reason(criticality));
    }
}

fn exposure(context: &AssetContext, attack: &Attack, effects: &mut Effects) {
    let Some(exposure) = &context.exposure else {
        return;
    };
    let metric = match exposure.value {
        Exposure::Internal if attack.over_network => "MAV:A",
        Exposure::Isolated if attack.over_network || attack.from_nearby => "MAV:L",
        _ => return,
    };
    effects.set(
        metric,
        &format!("{} exposure, {}", exposure.value, exposure.source),
    );
}

fn controls(context: &AssetContext, attack: &Attack, effects: &mut Effects) {
    let new = attack.version_4;
    for control in &context.controls {
        let reason = format!("control {}, {}", control.value, control.source);
        match control.value {
            Control::Waf if new && attack.no_requirements => effects.set("MAT:P", &reason),
            Control::Waf if !new && attack.low_complexity => effects.set("MAC:H", &reason),
            Control::Authenticated if attack.no_privileges => effects.set("MPR:L", &reason),
            Control::Sandbox if new => {
                effects.set("MSC:N", &reason);
                effects.set("MSI:N", &reason);
                effects.set("MSA:N", &reason);
            }
            Control::Sandbox if attack.scope_changes => effects.set("MS:U", &reason),
            _ => {}
        }
    }
}
