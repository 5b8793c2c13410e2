//! Whether an attack can be automated, and what it gains: told by somebody, or guessed from a vector.

use super::judge::{Judged, TechnicalImpact, observed};
use super::{Signals, StatedVector};
use crate::cvss::Version;

impl Signals {
    /// Whether the steps of an attack can be automated: by CISA's SSVC, by the supplemental metric of a v4 vector, or (a
    /// guess) by whether an attack over the network needs neither account nor victim. `None` is unknown.
    pub fn automatable(&self) -> Option<Judged<bool>> {
        if let Some(ssvc) = &self.ssvc
            && let Some(value) = ssvc.automatable
        {
            let word = if value {
                "automatable"
            } else {
                "not automatable"
            };
            return Some(observed(value, [&ssvc.said_by, " says ", word].concat()));
        }
        let supplemental = self
            .cvss
            .iter()
            .find_map(|stated| Some((stated, stated.vector.get("AU")?)));
        if let Some((stated, metric)) = supplemental {
            let reason = format!("{} states AU:{metric} in its vector", stated.source);
            return Some(observed(metric == "Y", reason));
        }
        let stated = self.cvss.first()?;
        let value = needs_nobody(stated);
        let why = match value {
            true => "over the network, without account or victim",
            false => "it needs nearness, an account or a victim",
        };
        Some(guessed(value, stated, why))
    }

    /// What an attacker gains: by CISA's SSVC, or (a guess) by the impact on confidentiality and integrity and the
    /// privileges needed, as SSVC maps CVSS v4 (`cvssv4_to_technical_impact_1_0_0`). `None` is unknown.
    pub fn technical_impact(&self) -> Option<Judged<TechnicalImpact>> {
        let word = |value| match value {
            TechnicalImpact::Total => "total impact",
            TechnicalImpact::Partial => "partial impact",
        };
        let value = self.technical_impact_value()?;
        let told = self
            .ssvc
            .as_ref()
            .filter(|ssvc| ssvc.technical_impact.is_some());
        Some(match told {
            Some(ssvc) => observed(value, format!("{} says {}", ssvc.said_by, word(value))),
            None => guessed(value, self.cvss.first()?, word(value)),
        })
    }

    /// As [`Signals::technical_impact`], without the reason.
    pub fn technical_impact_value(&self) -> Option<TechnicalImpact> {
        let told = self.ssvc.as_ref().and_then(|ssvc| ssvc.technical_impact);
        told.or_else(|| self.cvss.first().map(impact))
    }
}

/// Over the network, without privileges and without a user's doing. Version 2 does not tell of users.
fn needs_nobody(stated: &StatedVector) -> bool {
    let free = |metric| matches!(stated.vector.get(metric), None | Some("N"));
    stated.vector.get("AV") == Some("N") && free("PR") && free("Au") && free("UI")
}

fn impact(stated: &StatedVector) -> TechnicalImpact {
    let (confidentiality, integrity) = match stated.vector.version() {
        Version::V40 => ("VC", "VI"),
        _ => ("C", "I"),
    };
    let level = |metric| match stated.vector.get(metric) {
        Some("H" | "C") => 2,
        Some("L" | "P") => 1,
        _ => 0,
    };
    let privileges = stated.vector.get("PR").or_else(|| stated.vector.get("Au"));
    match (level(confidentiality), level(integrity)) {
        (2, 2) => TechnicalImpact::Total,
        (2, 1) | (1, 2) if privileges == Some("N") => TechnicalImpact::Total,
        _ => TechnicalImpact::Partial,
    }
}

fn guessed<T>(value: T, stated: &StatedVector, why: &str) -> Judged<T> {
    Judged {
        value,
        reason: ["guessed from the vector of ", &stated.source, ": ", why]
            .concat()
            .into(),
        guess: true,
    }
}
