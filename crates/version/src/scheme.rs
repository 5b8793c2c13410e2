//! The list of schemes, and the one door to their orders.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::encode::LONGEST;
use crate::{InvalidRange, Key, Range};

mod alpine;
mod arch;
pub(crate) mod bitnami;
pub(crate) mod conan;
mod conda;
mod cpan;
mod cran;
mod debian;
mod ecosystem;
mod generic;
mod gentoo;
mod go;
mod gradle;
mod hackage;
mod jvm;
mod maven;
mod npm;
mod nuget;
#[cfg(test)]
pub(crate) mod ordered;
pub(crate) mod packagist;
pub(crate) mod pypi;
mod rpm;
pub(crate) mod rubygems;
pub(crate) mod semver;

/// The rule by which an ecosystem orders its versions, and the language of its ranges.
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
    /// SemVer 2.0 precedence, with Cargo's requirement syntax: crates.io, and whoever says no more than "SemVer".
    SemVer,
    /// node-semver.
    Npm,
    /// Go modules, and the Go toolchain's own versions.
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
    /// Hex: SemVer order, Elixir's `~>`, `and`, `or`.
    Hex,
    /// Dart's Pub: SemVer in which build metadata counts.
    Pub,
    /// SwiftPM: SemVer order, `"1.0.0"..<"2.0.0"` and `from:`.
    Swift,
    /// Julia: SemVer in which build metadata counts; `^`, `~`, and hyphen ranges as Pkg has them.
    Julia,
    /// OCaml's opam: dpkg's comparison on the whole text.
    Opam,
    /// Java runtimes: `1.8.0_131-b11` and `8.0.131+11` are one version.
    Jvm,
    /// PEP 440 order, with Poetry's `^` and `~`.
    Poetry,
    /// Conda's VersionOrder.
    Conda,
    /// Gradle, and Ivy.
    Gradle,
    /// Perl's version objects.
    Cpan,
    /// The stated rule for the rest (see the module of that name).
    Generic,
}

/// A text that is not a version of the scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {text:?} as a version of {scheme}: expected {expected}")]
pub struct InvalidVersion {
    /// The scheme that refused it.
    pub scheme: Scheme,
    /// The text, cut to 100 characters.
    pub text: String,
    /// What was expected.
    pub expected: &'static str,
}

/// A name that is not one of [`Scheme::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("find a version scheme named {0:?}")]
pub struct UnknownScheme(String);

impl Scheme {
    /// Every scheme.
    pub const ALL: &[Scheme] = &[
        Scheme::Debian,
        Scheme::Rpm,
        Scheme::Alpine,
        Scheme::Arch,
        Scheme::Gentoo,
        Scheme::SemVer,
        Scheme::Npm,
        Scheme::Go,
        Scheme::PyPi,
        Scheme::RubyGems,
        Scheme::Maven,
        Scheme::NuGet,
        Scheme::Packagist,
        Scheme::Cran,
        Scheme::Hackage,
        Scheme::Conan,
        Scheme::Bitnami,
        Scheme::Hex,
        Scheme::Pub,
        Scheme::Swift,
        Scheme::Julia,
        Scheme::Opam,
        Scheme::Jvm,
        Scheme::Poetry,
        Scheme::Conda,
        Scheme::Gradle,
        Scheme::Cpan,
        Scheme::Generic,
    ];

    /// The scheme's name in messages, files and on the command line: one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Debian => "debian",
            Scheme::Rpm => "rpm",
            Scheme::Alpine => "alpine",
            Scheme::Arch => "arch",
            Scheme::Gentoo => "gentoo",
            Scheme::SemVer => "semver",
            Scheme::Npm => "npm",
            Scheme::Go => "go",
            Scheme::PyPi => "pypi",
            Scheme::RubyGems => "rubygems",
            Scheme::Maven => "maven",
            Scheme::NuGet => "nuget",
            Scheme::Packagist => "packagist",
            Scheme::Cran => "cran",
            Scheme::Hackage => "hackage",
            Scheme::Conan => "conan",
            Scheme::Bitnami => "bitnami",
            Scheme::Hex => "hex",
            Scheme::Pub => "pub",
            Scheme::Swift => "swift",
            Scheme::Julia => "julia",
            Scheme::Opam => "opam",
            Scheme::Jvm => "jvm",
            Scheme::Poetry => "poetry",
            Scheme::Conda => "conda",
            Scheme::Gradle => "gradle",
            Scheme::Cpan => "cpan",
            Scheme::Generic => "generic",
        }
    }

    /// The scheme of an OSV ecosystem (`Debian:12`, `npm`, `Maven:https://…`): the part before `:` counts, save for
    /// `Root:…`, whose second part names the packages' own ecosystem. `None` for a name that is in no list.
    pub fn for_ecosystem(ecosystem: &str) -> Option<Scheme> {
        ecosystem::of_osv(ecosystem)
    }

    /// The scheme of a purl type (`deb`, `rpm`, `golang`). `None` for a type that is in no list.
    pub fn for_purl_type(purl_type: &str) -> Option<Scheme> {
        ecosystem::of_purl(purl_type)
    }

    /// Appends the order-preserving byte key of `version` to `out`, without other allocations.
    ///
    /// # Errors
    /// When the ecosystem's own tool would refuse the version; `out` is then as before.
    pub fn write_key(self, version: &str, out: &mut Vec<u8>) -> Result<(), InvalidVersion> {
        let start = out.len();
        self.write_parts(version, out).map_err(|expected| {
            out.truncate(start);
            self.refuse(version, expected)
        })
    }

    fn write_parts(self, version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if version.len() > LONGEST {
            return Err("at most 4096 bytes");
        }
        match self {
            Scheme::Debian => debian::write_key(version, out),
            Scheme::Rpm => rpm::write_key(version, out),
            Scheme::Alpine => alpine::write_key(version, out),
            Scheme::Arch => arch::write_key(version, out),
            Scheme::Gentoo => gentoo::write_key(version, out),
            Scheme::SemVer | Scheme::Hex | Scheme::Swift => semver::write_key(version, out),
            Scheme::Npm => npm::write_key(version, out),
            Scheme::Go => go::write_key(version, out),
            Scheme::PyPi | Scheme::Poetry => pypi::write_key(version, out),
            Scheme::RubyGems => rubygems::write_key(version, out),
            Scheme::Maven => maven::write_key(version, out),
            Scheme::NuGet => nuget::write_key(version, out),
            Scheme::Packagist => packagist::write_key(version, out),
            Scheme::Cran => cran::write_key(version, out),
            Scheme::Hackage => hackage::write_key(version, out),
            Scheme::Conan => conan::write_key(version, out),
            Scheme::Bitnami => bitnami::write_key(version, out),
            Scheme::Pub | Scheme::Julia => semver::write_key_with_build(version, out),
            Scheme::Opam => debian::write_opam_key(version, out),
            Scheme::Jvm => jvm::write_key(version, out),
            Scheme::Conda => conda::write_key(version, out),
            Scheme::Gradle => gradle::write_key(version, out),
            Scheme::Cpan => cpan::write_key(version, out),
            Scheme::Generic => generic::write_key(version, out),
        }
    }

    /// The order-preserving byte key of `version`.
    ///
    /// # Errors
    /// When the ecosystem's own tool would refuse the version.
    pub fn key(self, version: &str) -> Result<Key, InvalidVersion> {
        let mut out = Vec::with_capacity(2 * version.len() + 8);
        self.write_key(version, &mut out)?;
        Ok(Key(out.into_boxed_slice()))
    }

    /// Compares two versions in the ecosystem's order.
    ///
    /// # Errors
    /// When either is not a version of the scheme.
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, InvalidVersion> {
        let mut keys = Vec::with_capacity(2 * (a.len() + b.len()) + 16);
        self.write_key(a, &mut keys)?;
        let middle = keys.len();
        self.write_key(b, &mut keys)?;
        let (a, b) = keys.split_at(middle);
        Ok(a.cmp(b))
    }

    /// Parses a range in the ecosystem's own constraint language.
    ///
    /// # Errors
    /// When the ecosystem's own tool would refuse the range.
    pub fn range(self, text: &str) -> Result<Range, InvalidRange> {
        Range::parse(self, text)
    }

    /// Parses a list of plain comparisons, whatever the ecosystem's own language: `>=1.0, <2.0 || =3`.
    ///
    /// `,` and blanks mean "and", `||` means "or"; operators are `=` `==` `!=` `<` `<=` `>` `>=`, none means `=`; an empty
    /// text holds for every version. Advisories that write ranges mean the order alone, as here.
    ///
    /// # Errors
    /// When the text is not such a list, or names what is not a version of the scheme.
    pub fn plain_range(self, text: &str) -> Result<Range, InvalidRange> {
        Range::plain(self, text)
    }

    pub(crate) fn refuse(self, version: &str, expected: &'static str) -> InvalidVersion {
        InvalidVersion {
            scheme: self,
            text: version.chars().take(100).collect(),
            expected,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scheme {
    type Err = UnknownScheme;

    fn from_str(name: &str) -> Result<Scheme, UnknownScheme> {
        Scheme::ALL
            .iter()
            .copied()
            .find(|scheme| scheme.name() == name)
            .ok_or_else(|| UnknownScheme(name.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests;
