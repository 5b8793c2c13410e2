//! The score: risk from 0 to 100, for ordering and adding up.
//!
//! score = 100 × severity × likelihood × exposure × importance × environment × reach, rounded to a tenth, where
//!
//! - severity = CVSS in the asset's environment ÷ 10;
//! - likelihood = 0.2 + 0.8 × √p, with p the greatest of EPSS, LEV and (public exploit) 0.1; 1 when it is exploited;
//! - exposure = 1 internet, 0.85 partner, 0.7 internal, 0.5 isolated;
//! - importance = 0.6 to 1 in five steps: the greater of criticality and what the data asks for;
//! - environment = 1 production, 0.85 staging, 0.75 test, 0.7 development;
//! - reach = 0.8 for development only × 0.9 for code that no running process has loaded × 0.9 for a binary package that is
//!   not installed itself. Listening does not raise it: not listening now is no protection.
//!
//! Ransomware multiplies by 1.1, up to 100; malicious code scores 100. Each factor only grows with its input, so more
//! exposure, more importance, more severity, more likelihood or a KEV entry never lower the score.

use crate::context::{DataClass, Environment, Exposure};

/// What the score is made of. Unknown values were replaced by the policy's stated ones before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreInputs {
    /// CVSS, 0 to 10.
    pub severity: f64,
    /// Probability of exploitation, 0 to 1.
    pub probability: f64,
    /// Somebody refers to an exploit.
    pub exploit: bool,
    /// It is exploited.
    pub exploited: bool,
    /// It is used by ransomware.
    pub ransomware: bool,
    /// Malicious code.
    pub malware: bool,
    /// Who can reach the asset.
    pub exposure: Exposure,
    /// 1 to 5.
    pub criticality: u8,
    /// The most sensitive data.
    pub data: DataClass,
    /// Where it stands in the life of software.
    pub environment: Environment,
    /// For development or tests only.
    pub development: bool,
    /// No running process has loaded it, by a look at all of them.
    pub not_loaded: bool,
    /// The vulnerable binary package itself is not installed.
    pub not_installed: bool,
}

/// The probability that a public exploit stands for at least.
const EXPLOIT: f64 = 0.1;

/// The formula of this module.
pub fn score(inputs: &ScoreInputs) -> f64 {
    if inputs.malware {
        return 100.0;
    }
    let severity = clamp(inputs.severity, 10.0) / 10.0;
    let score = 100.0
        * severity
        * likelihood(inputs)
        * exposure(inputs.exposure)
        * importance(inputs)
        * environment(inputs.environment)
        * reach(inputs);
    let factor = if inputs.ransomware { 1.1 } else { 1.0 };
    ((score * factor).min(100.0) * 10.0).round() / 10.0
}

fn clamp(value: f64, most: f64) -> f64 {
    // A number that is none counts as the worst.
    if value.is_nan() {
        most
    } else {
        value.clamp(0.0, most)
    }
}

fn likelihood(inputs: &ScoreInputs) -> f64 {
    if inputs.exploited || inputs.ransomware {
        return 1.0;
    }
    let floor = if inputs.exploit { EXPLOIT } else { 0.0 };
    let probability = clamp(inputs.probability, 1.0).max(floor);
    0.2 + 0.8 * probability.sqrt()
}

fn exposure(exposure: Exposure) -> f64 {
    match exposure {
        Exposure::Internet => 1.0,
        Exposure::Partner => 0.85,
        Exposure::Internal => 0.7,
        Exposure::Isolated => 0.5,
    }
}

fn importance(inputs: &ScoreInputs) -> f64 {
    let data = match inputs.data {
        DataClass::Public => 1,
        DataClass::Internal => 2,
        DataClass::Personal => 4,
        DataClass::Payment | DataClass::Health | DataClass::Secrets => 5,
    };
    0.5 + 0.1 * f64::from(inputs.criticality.clamp(1, 5).max(data))
}

fn environment(environment: Environment) -> f64 {
    match environment {
        Environment::Production => 1.0,
        Environment::Staging => 0.85,
        Environment::Test => 0.75,
        Environment::Development => 0.7,
    }
}

fn reach(inputs: &ScoreInputs) -> f64 {
    let mut factor = 1.0;
    for (holds, less) in [
        (inputs.development, 0.8),
        (inputs.not_loaded, 0.9),
        (inputs.not_installed, 0.9),
    ] {
        if holds {
            factor *= less;
        }
    }
    factor
}
