//! Ranges in each ecosystem's own constraint language.

use std::fmt::Debug;
use std::sync::Arc;

use crate::encode::LONGEST;
use crate::{InvalidVersion, Scheme};

mod bitnami;
mod cargo;
mod comparators;
mod conan;
mod conda;
mod dart;
mod gradle;
mod hackage;
mod hex;
mod intervals;
mod julia;
mod maven;
mod npm;
mod nuget;
mod packagist;
mod poetry;
mod pypi;
mod rubygems;
mod semver;
mod swift;

/// A parsed constraint, such as npm's `^1.2 || 2.x` or PEP 440's `>=1,!=1.5.*`.
#[derive(Debug, Clone)]
pub struct Range {
    scheme: Scheme,
    rule: Arc<dyn Rule>,
}

/// What a constraint language compiles to: one implementation per file of this folder.
pub(crate) trait Rule: Debug + Send + Sync {
    /// Whether `version` satisfies the rule; an error says what was expected in its place.
    fn contains(&self, version: &str) -> Result<bool, &'static str>;
}

/// A text that is not a range of the scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {text:?} as a version range of {scheme}: expected {expected}")]
pub struct InvalidRange {
    /// The scheme that refused it.
    pub scheme: Scheme,
    /// The text, cut to 100 characters.
    pub text: String,
    /// What was expected.
    pub expected: &'static str,
}

impl Range {
    pub(crate) fn parse(scheme: Scheme, text: &str) -> Result<Range, InvalidRange> {
        Range::compile(scheme, text, rule)
    }

    pub(crate) fn plain(scheme: Scheme, text: &str) -> Result<Range, InvalidRange> {
        Range::compile(scheme, text, |scheme, text| {
            Ok(Arc::new(comparators::parse(scheme, text)?))
        })
    }

    fn compile(
        scheme: Scheme,
        text: &str,
        rule: impl Fn(Scheme, &str) -> Result<Arc<dyn Rule>, &'static str>,
    ) -> Result<Range, InvalidRange> {
        let compiled = match text.len() {
            0..=LONGEST => rule(scheme, text),
            _ => Err("at most 4096 bytes"),
        };
        match compiled {
            Ok(rule) => Ok(Range { scheme, rule }),
            Err(expected) => Err(InvalidRange {
                scheme,
                text: text.chars().take(100).collect(),
                expected,
            }),
        }
    }

    /// The scheme whose versions the range takes.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether `version` satisfies the range, by the ecosystem's own rule.
    ///
    /// # Errors
    /// When `version` is not a version of the scheme.
    pub fn contains(&self, version: &str) -> Result<bool, InvalidVersion> {
        self.rule
            .contains(version)
            .map_err(|expected| self.scheme.refuse(version, expected))
    }
}

/// Compiles a constraint; an error says what was expected.
fn rule(scheme: Scheme, text: &str) -> Result<Arc<dyn Rule>, &'static str> {
    Ok(match scheme {
        Scheme::SemVer => Arc::new(cargo::parse(text)?),
        Scheme::Hex => Arc::new(hex::parse(text)?),
        Scheme::Pub => Arc::new(dart::parse(text)?),
        Scheme::Swift => Arc::new(swift::parse(text)?),
        Scheme::Julia => Arc::new(julia::parse(text)?),
        Scheme::Npm => Arc::new(npm::parse(text)?),
        Scheme::PyPi => Arc::new(pypi::parse(text)?),
        Scheme::RubyGems => Arc::new(rubygems::parse(text)?),
        Scheme::Maven => Arc::new(maven::parse(text)?),
        Scheme::NuGet => Arc::new(nuget::parse(text)?),
        Scheme::Packagist => Arc::new(packagist::parse(text)?),
        Scheme::Hackage => Arc::new(hackage::parse(text)?),
        Scheme::Bitnami => Arc::new(bitnami::parse(text)?),
        Scheme::Poetry => Arc::new(poetry::parse(text)?),
        Scheme::Conda => Arc::new(conda::parse(text)?),
        Scheme::Gradle => Arc::new(gradle::parse(text)?),
        Scheme::Conan => Arc::new(conan::parse(text)?),
        _ => Arc::new(comparators::parse(scheme, text)?),
    })
}
