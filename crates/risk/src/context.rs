//! Context: what the owner says of an asset, and what follows from it.
//!
//! Each value keeps the place that it comes from, so that a decision can name it. Values are put together from profiles,
//! groups, tags, services and the asset itself ([`Contexts::of`]); an asset then inherits the worst exposure and the
//! highest importance of what depends on it. What nobody says is unknown, with a stated rule for each use.

mod effect;
mod profile;
mod resolve;
mod service;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use effect::{Attack, effects};
pub use effect::{Effects, MetricReason};
pub use profile::{Profile, profiles};
pub use resolve::{AssetName, Contexts, OwnContext};
pub use service::Services;
pub use words::{Control, DataClass, Environment, Exposure};

/// A value and the place that it comes from: `policy.toml:12 (asset web-1)`, `profile shop`, `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from, in words.
    pub source: String,
}

impl<T> Sourced<T> {
    /// A value from a place.
    pub fn new(value: T, source: impl Into<String>) -> Sourced<T> {
        Sourced {
            value,
            source: source.into(),
        }
    }
}

/// Everything that is said of one asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssetContext {
    /// Host name, path or document name.
    pub name: String,
    /// `host`, `root`, `tree`, `lockfile`, `sbom`.
    pub kind: String,
    /// The profile that it takes defaults from.
    pub profile: Option<Sourced<String>>,
    /// The group that it is in.
    pub group: Option<Sourced<String>>,
    /// The services that it carries.
    pub services: Vec<String>,
    /// Where it stands in the life of software; unknown counts as production.
    pub environment: Option<Sourced<Environment>>,
    /// Who can reach it; unknown counts as the internet.
    pub exposure: Option<Sourced<Exposure>>,
    /// How much the organisation needs it, 1 to 5; unknown counts as 3.
    pub criticality: Option<Sourced<u8>>,
    /// The most sensitive data on it; unknown counts as internal.
    pub data: Option<Sourced<DataClass>>,
    /// Rules that it falls under: `pci`, `hipaa`, `mas`.
    pub scopes: Vec<String>,
    /// Who answers for it.
    pub owner: Option<Sourced<String>>,
    /// Words to choose it by.
    pub tags: Vec<String>,
    /// What stands between an attacker and the flaw.
    pub controls: Vec<Sourced<Control>>,
    /// Metrics that the owner sets, `MAV:A`, each with its source.
    pub metrics: Vec<Sourced<String>>,
}

impl AssetContext {
    /// The environment, production where nobody says one.
    pub fn environment(&self) -> Environment {
        self.environment
            .as_ref()
            .map_or(Environment::Production, |said| said.value)
    }

    /// The exposure, the internet where nobody says one.
    pub fn exposure(&self) -> Exposure {
        self.exposure
            .as_ref()
            .map_or(Exposure::Internet, |said| said.value)
    }

    /// The criticality, 3 where nobody says one.
    pub fn criticality(&self) -> u8 {
        self.criticality.as_ref().map_or(3, |said| said.value)
    }

    /// The data class, internal where nobody says one.
    pub fn data(&self) -> DataClass {
        self.data
            .as_ref()
            .map_or(DataClass::Internal, |said| said.value)
    }

    /// Whether a control is in place.
    pub fn has(&self, control: Control) -> bool {
        self.controls.iter().any(|said| said.value == control)
    }
}
