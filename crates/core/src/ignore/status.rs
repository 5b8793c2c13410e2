//! What an ignore rule decides.

use serde::Deserialize;

/// The words that OpenVEX and CSAF have for why something is not affected.
pub const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// What was decided on a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleStatus {
    /// It is affected, and the risk is borne until a day.
    #[default]
    Accepted,
    /// It is affected, and something else keeps the flaw from being used, until a day.
    Mitigated,
    /// It is not affected, for one of the [`JUSTIFICATIONS`].
    NotAffected,
    /// The finding is a mistake: the component is not what it was taken for.
    FalsePositive,
}

impl RuleStatus {
    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            RuleStatus::Accepted => "accepted",
            RuleStatus::Mitigated => "mitigated",
            RuleStatus::NotAffected => "not-affected",
            RuleStatus::FalsePositive => "false-positive",
        }
    }

    /// A risk that is still there is borne until a day; a fact holds for good.
    pub fn needs_end(self) -> bool {
        matches!(self, RuleStatus::Accepted | RuleStatus::Mitigated)
    }

    /// Whether a justification (or none) goes with this status.
    ///
    /// # Errors
    /// Tells what was expected.
    pub fn check_justification(self, justification: Option<&str>) -> Result<(), String> {
        let words = JUSTIFICATIONS.join(", ");
        match (self, justification) {
            (RuleStatus::NotAffected, None) => Err(format!(
                "status = \"not-affected\" has a justification: one of {words}"
            )),
            (RuleStatus::Accepted | RuleStatus::Mitigated, Some(_)) => Err(format!(
                "a justification tells why something is not affected, but status is {:?}",
                self.as_str()
            )),
            (_, Some(word)) if !JUSTIFICATIONS.contains(&word) => {
                Err(format!("justification = {word:?}: expected one of {words}"))
            }
            _ => Ok(()),
        }
    }
}
