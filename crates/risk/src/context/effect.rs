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
}

/// Why a metric has its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricReason {
    /// `CR:H`.
    pub metric: String,
    /// In words.
    pub reason: String,
}

/// The environmental metrics of an asset for one vector.
pub fn effects(context: &AssetContext, vector: &Vector) -> Effects {
    let mut effects = Effects::default();
    requirements(context, &mut effects);
    exposure(context, vector, &mut effects);
    controls(context, vector, &mut effects);
    for metric in &context.metrics {
        effects.set(&metric.value, &metric.source);
    }
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

fn exposure(context: &AssetContext, vector: &Vector, effects: &mut Effects) {
    let Some(exposure) = &context.exposure else {
        return;
    };
    let over_network = vector.get("AV") == Some("N");
    let nearby = vector.get("AV") == Some("A");
    let metric = match exposure.value {
        Exposure::Internal if over_network => "MAV:A",
        Exposure::Isolated if over_network || nearby => "MAV:L",
        _ => return,
    };
    effects.set(
        metric,
        &format!("{} exposure, {}", exposure.value, exposure.source),
    );
}

fn controls(context: &AssetContext, vector: &Vector, effects: &mut Effects) {
    let new = vector.version() == Version::V40;
    for control in &context.controls {
        let reason = format!("control {}, {}", control.value, control.source);
        let is = |metric: &str, value: &str| vector.get(metric) == Some(value);
        match control.value {
            Control::Waf if new && is("AT", "N") => effects.set("MAT:P", &reason),
            Control::Waf if !new && is("AC", "L") => effects.set("MAC:H", &reason),
            Control::Authenticated if is("PR", "N") => effects.set("MPR:L", &reason),
            Control::Sandbox if new => {
                effects.set("MSC:N", &reason);
                effects.set("MSI:N", &reason);
                effects.set("MSA:N", &reason);
            }
            Control::Sandbox if is("S", "C") => effects.set("MS:U", &reason),
            _ => {}
        }
    }
}
