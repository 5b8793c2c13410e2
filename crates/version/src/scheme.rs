//! The list of schemes, and which ecosystem uses which.

use std::cmp::Ordering;

use crate::{InvalidRange, Key, Range};

/// The rule by which an ecosystem orders its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// dpkg (deb-version(7)): Debian, Ubuntu and derivatives.
    Debian,
    /// rpm: `[epoch:]version[-release]` by rpmvercmp.
    Rpm,
    /// apk-tools: Alpine, Wolfi, Chainguard.
    Alpine,
    /// pacman's vercmp.
    Arch,
    /// Portage (PMS chapter 3).
    Gentoo,
    /// SemVer 2.0: crates.io, Hex, Pub, SwiftPM, Julia.
    SemVer,
    /// node-semver.
    Npm,
    /// Go modules.
    Go,
    /// PEP 440.
    PyPi,
    /// Gem::Version.
    RubyGems,
    /// Maven's ComparableVersion.
    Maven,
    /// NuGet.Versioning.
    NuGet,
    /// Composer.
    Packagist,
    /// R's package_version.
    Cran,
    /// Cabal's dotted numbers.
    Hackage,
    /// Conan 2.
    Conan,
    /// Bitnami: SemVer whose pre-release part is a revision.
    Bitnami,
    /// The stated rule for the rest (see the module of that name).
    Generic,
}

/// A text that is not a version of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidVersion {
    /// The scheme that refused it.
    pub scheme: Scheme,
    /// The text, cut to 100 characters.
    pub text: String,
    /// What was expected.
    pub expected: &'static str,
}

impl Scheme {
    /// The scheme of an OSV ecosystem (`Debian:12`, `npm`, `Maven:https://…`): the part before `:` counts.
    pub fn for_ecosystem(ecosystem: &str) -> Option<Scheme> {
        let _ = ecosystem;
        None
    }

    /// The scheme of a purl type (`deb`, `rpm`, `golang`).
    pub fn for_purl_type(purl_type: &str) -> Option<Scheme> {
        let _ = purl_type;
        None
    }

    /// Appends the order-preserving byte key of `version` to `out`.
    ///
    /// # Errors
    /// When the ecosystem's own tool would refuse the version; `out` is then as before.
    pub fn write_key(self, version: &str, out: &mut Vec<u8>) -> Result<(), InvalidVersion> {
        let _ = out;
        Err(InvalidVersion {
            scheme: self,
            text: version.to_owned(),
            expected: "a version",
        })
    }

    /// The order-preserving byte key of `version`.
    ///
    /// # Errors
    /// When the ecosystem's own tool would refuse the version.
    pub fn key(self, version: &str) -> Result<Key, InvalidVersion> {
        let mut out = Vec::with_capacity(version.len() + 8);
        self.write_key(version, &mut out)?;
        Ok(Key(out.into_boxed_slice()))
    }

    /// Compares two versions in the ecosystem's order.
    ///
    /// # Errors
    /// When either is not a version of the scheme.
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, InvalidVersion> {
        Ok(self.key(a)?.cmp(&self.key(b)?))
    }

    /// Parses a range in the ecosystem's own constraint language.
    ///
    /// # Errors
    /// When the ecosystem's own tool would refuse the range.
    pub fn range(self, text: &str) -> Result<Range, InvalidRange> {
        Range::parse(self, text)
    }
}
