//! A vector in one environment: security requirements and modified metrics of an asset.

use std::fmt;

use super::error::ParseError;
use super::metric::{self, Group};
use super::score::Score;
use super::vector::{Vector, Version};

/// How much an asset needs one of confidentiality, integrity and availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// A limited loss.
    Low,
    /// A serious loss; what version 3 assumes.
    Medium,
    /// A catastrophic loss; what version 4 assumes.
    High,
}

/// The metrics CR, IR and AR; `None` leaves what the vector says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Requirements {
    /// CR.
    pub confidentiality: Option<Requirement>,
    /// IR.
    pub integrity: Option<Requirement>,
    /// AR.
    pub availability: Option<Requirement>,
}

/// An environmental metric other than the requirements with its value, such as `MAV:A`; in version 2 `CDP` and `TD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModifiedMetric {
    key: &'static str,
    value: &'static str,
}

/// A vector with the metrics of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environmental {
    /// The published vector with the environment's metrics added.
    pub vector: Vector,
    /// Its score.
    pub score: Score,
    /// Metrics that the vector's version does not have or has with other values; they were not used.
    pub unused: Vec<ModifiedMetric>,
}

impl ModifiedMetric {
    /// Reads `MAV:A`.
    ///
    /// # Errors
    /// When no version has such an environmental metric or value.
    pub fn parse(text: &str) -> Result<ModifiedMetric, ParseError> {
        let short = |text: &str| text.chars().take(16).collect::<String>();
        let (key, value) = text.split_once(':').ok_or_else(|| ParseError::Malformed {
            at: 0,
            found: short(text),
        })?;
        let versions = [Version::V40, Version::V31, Version::V2];
        let mut known = None;
        for metric in versions.iter().flat_map(|version| metric::of(*version)) {
            if metric.key != key || !settable(metric) {
                continue;
            }
            known = Some(metric);
            if let Some(value) = metric
                .place(value)
                .and_then(|v| metric.values.get(usize::from(v)))
            {
                return Ok(ModifiedMetric {
                    key: metric.key,
                    value,
                });
            }
        }
        Err(match known {
            Some(metric) => ParseError::UnknownValue {
                at: key.len() + 1,
                metric: metric.key,
                value: short(value),
                expected: metric.values.join(" "),
            },
            None => ParseError::UnknownMetric {
                at: 0,
                metric: short(key),
                version: Version::V40,
            },
        })
    }

    /// The metric's name.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The value's name.
    pub fn value(&self) -> &'static str {
        self.value
    }
}

/// `MAV:A`.
impl fmt::Display for ModifiedMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.key, self.value)
    }
}

impl Vector {
    /// This vector in an environment. The published metrics stay as they are; what the environment does not set is
    /// left as published. The caller keeps the reason beside each metric that it sets.
    pub fn environmental(
        &self,
        requirements: &Requirements,
        modified: &[ModifiedMetric],
    ) -> Environmental {
        let mut vector = *self;
        let levels = [
            ("CR", requirements.confidentiality),
            ("IR", requirements.integrity),
            ("AR", requirements.availability),
        ];
        for (key, level) in levels {
            let value = match level {
                Some(Requirement::Low) => "L",
                Some(Requirement::Medium) => "M",
                Some(Requirement::High) => "H",
                None => continue,
            };
            set(&mut vector, key, value);
        }
        let mut unused = Vec::new();
        for metric in modified {
            if !set(&mut vector, metric.key, metric.value) {
                unused.push(*metric);
            }
        }
        Environmental {
            vector,
            score: vector.score(),
            unused,
        }
    }
}

fn settable(metric: &metric::Metric) -> bool {
    metric.group == Group::Environmental && !["CR", "IR", "AR"].contains(&metric.key)
}

fn set(vector: &mut Vector, key: &str, value: &str) -> bool {
    let metrics = metric::of(vector.version());
    let Some(place) = metric::find(vector.version(), key) else {
        return false;
    };
    match metrics.get(place).and_then(|metric| metric.place(value)) {
        Some(value) => {
            vector.set(place, value);
            true
        }
        None => false,
    }
}
