//! Presets: policies to start from, in files that a user can read.

/// A policy that is built in.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// The compliance scope that it is for: other assets it says nothing of.
    pub scope: Option<&'static str>,
    /// The file.
    pub text: &'static str,
}

/// All of them.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "balanced",
        about: "priorities from SSVC and exploitation, deadlines by priority and environment: the default",
        scope: None,
        text: include_str!("../../presets/balanced.toml"),
    },
    Preset {
        name: "cisa-bod-26-04",
        about: "CISA BOD 26-04: 3, 14 or 60 days by KEV, exposure, automation and impact",
        scope: None,
        text: include_str!("../../presets/cisa-bod-26-04.toml"),
    },
    Preset {
        name: "cisa-bod-22-01",
        about: "CISA BOD 22-01 (revoked, for reports on the past): KEV by the catalogue's due date",
        scope: None,
        text: include_str!("../../presets/cisa-bod-22-01.toml"),
    },
    Preset {
        name: "cisa-bod-19-02",
        about: "CISA BOD 19-02 (revoked, for reports on the past): internet-facing critical 15 days, high 30",
        scope: None,
        text: include_str!("../../presets/cisa-bod-19-02.toml"),
    },
    Preset {
        name: "pci-dss-4.0.1",
        about: "PCI DSS 4.0.1, 6.3.3: critical within one month of the fix, in scope pci",
        scope: Some("pci"),
        text: include_str!("../../presets/pci-dss-4.0.1.toml"),
    },
    Preset {
        name: "cyber-essentials",
        about: "UK Cyber Essentials A6.4 and A6.5, and for Singapore's A.7: 14 days for critical, high and unrated",
        scope: None,
        text: include_str!("../../presets/cyber-essentials.toml"),
    },
    Preset {
        name: "mas-style",
        about: "in the manner of the MAS Notice on Cyber Hygiene: a risk-based date for every finding in scope mas",
        scope: Some("mas"),
        text: include_str!("../../presets/mas-style.toml"),
    },
    Preset {
        name: "hipaa-proposed",
        about: "HIPAA Security Rule as proposed in 2025: critical 15 days, high 30, in scope hipaa",
        scope: Some("hipaa"),
        text: include_str!("../../presets/hipaa-proposed.toml"),
    },
];

/// The preset of that name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests;
