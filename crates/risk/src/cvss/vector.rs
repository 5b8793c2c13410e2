//! A vector: the values of one version's metrics.

use std::fmt;
use std::str::FromStr;

use super::error::{ParseError, Warning};
use super::metric::{self, Group, MOST};
use super::score::{Agreement, Score, Scored};
use super::{parse, v2, v3, v4};

/// A version of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 2.0.
    V2,
    /// 3.0.
    V30,
    /// 3.1.
    V31,
    /// 4.0.
    V40,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V2 => "2.0",
            Version::V30 => "3.0",
            Version::V31 => "3.1",
            Version::V40 => "4.0",
        })
    }
}

/// A vector; 33 bytes, so it is copied freely.
///
/// A metric that says "not defined" is the same as one that is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vector {
    version: Version,
    values: [u8; MOST],
}

impl Vector {
    pub(super) fn new(version: Version, values: [u8; MOST]) -> Vector {
        Vector { version, values }
    }

    /// Reads a vector. Version 2 has no prefix, the others begin with `CVSS:3.0/`, `CVSS:3.1/` or `CVSS:4.0/`.
    ///
    /// # Errors
    /// Tells the byte of an unknown, doubled or malformed metric, and which mandatory ones are missing.
    pub fn parse(text: &str) -> Result<Vector, ParseError> {
        parse::read(text).map(|(vector, _)| vector)
    }

    /// Reads a vector and tells what is unusual about it.
    ///
    /// # Errors
    /// As [`Vector::parse`].
    pub fn parse_with_warnings(text: &str) -> Result<(Vector, Vec<Warning>), ParseError> {
        parse::read(text)
    }

    /// Which version it is written in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The value of a metric by its name (`AV`); `None` where it is not defined or the version has no such metric.
    pub fn get(&self, metric: &str) -> Option<&'static str> {
        let place = metric::find(self.version, metric)?;
        match self.at(place) {
            0 => None,
            value => metric::of(self.version)
                .get(place)?
                .values
                .get(usize::from(value))
                .copied(),
        }
    }

    /// The score of the base metrics alone.
    pub fn base(&self) -> Score {
        let vector = self.only(&[Group::Base]);
        let tenths = match self.version {
            Version::V2 => v2::base(&vector),
            Version::V30 | Version::V31 => v3::base(&vector),
            Version::V40 => v4::score(&vector),
        };
        Score::new(self.version, tenths, Scored::Base)
    }

    /// The score of base and temporal metrics (version 4: base and threat).
    pub fn temporal(&self) -> Score {
        let vector = self.only(&[Group::Base, Group::Temporal]);
        let tenths = match self.version {
            Version::V2 => v2::temporal(&vector),
            Version::V30 | Version::V31 => v3::temporal(&vector),
            Version::V40 => v4::score(&vector),
        };
        Score::new(self.version, tenths, vector.scored())
    }

    /// The environmental formula over all metrics, also when none of them is environmental.
    pub fn environmental_score(&self) -> Score {
        let tenths = match self.version {
            Version::V2 => v2::environmental(self),
            Version::V30 | Version::V31 => v3::environmental(self),
            Version::V40 => v4::score(self),
        };
        Score::new(self.version, tenths, self.scored())
    }

    /// The score of everything that the vector defines; its name tells what that is.
    pub fn score(&self) -> Score {
        match self.scored() {
            Scored::Base => self.base(),
            Scored::BaseThreat => self.temporal(),
            Scored::BaseEnvironmental | Scored::BaseThreatEnvironmental => {
                self.environmental_score()
            }
        }
    }

    /// Whether a published base score is this vector's.
    ///
    /// Version 4 has one score for all metrics given, so there the published one is compared with that.
    pub fn agree(&self, published: f64) -> Agreement {
        let expected = match self.version {
            Version::V40 => self.score(),
            _ => self.base(),
        };
        if !(0.0..=10.0).contains(&published) {
            return Agreement::OutOfRange { computed: expected };
        }
        let same = |score: &Score| (score.value() - published).abs() < 0.001;
        if same(&expected) {
            return Agreement::Agrees;
        }
        let others = [self.base(), self.temporal(), self.score()];
        match others.into_iter().find(same) {
            Some(found) => Agreement::OtherScore {
                found,
                computed: expected,
            },
            None => Agreement::Differs { computed: expected },
        }
    }

    /// The place of the value of the metric at `place`; 0 is not defined.
    pub(super) fn at(&self, place: usize) -> u8 {
        self.values.get(place).copied().unwrap_or(0)
    }

    pub(super) fn set(&mut self, place: usize, value: u8) {
        if let Some(slot) = self.values.get_mut(place) {
            *slot = value;
        }
    }

    #[cfg(test)]
    pub(super) fn only_base(&self) -> Vector {
        self.only(&[Group::Base])
    }

    fn only(&self, groups: &[Group]) -> Vector {
        let mut vector = *self;
        for (metric, value) in metric::of(self.version).iter().zip(&mut vector.values) {
            if !groups.contains(&metric.group) {
                *value = 0;
            }
        }
        vector
    }

    fn scored(&self) -> Scored {
        let defines = |group| {
            let metrics = metric::of(self.version).iter().zip(&self.values);
            metrics
                .into_iter()
                .any(|(m, v)| m.group == group && *v != 0)
        };
        match (defines(Group::Temporal), defines(Group::Environmental)) {
            (false, false) => Scored::Base,
            (true, false) => Scored::BaseThreat,
            (false, true) => Scored::BaseEnvironmental,
            (true, true) => Scored::BaseThreatEnvironmental,
        }
    }
}

/// In canonical form: the metrics in the standard's order, without those that are not defined.
impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if self.version != Version::V2 {
            write!(f, "CVSS:{}", self.version)?;
            separator = "/";
        }
        for (metric, value) in metric::of(self.version).iter().zip(&self.values) {
            if let (1.., Some(name)) = (*value, metric.values.get(usize::from(*value))) {
                write!(f, "{separator}{}:{name}", metric.key)?;
                separator = "/";
            }
        }
        Ok(())
    }
}

impl FromStr for Vector {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Vector, ParseError> {
        Vector::parse(text)
    }
}
