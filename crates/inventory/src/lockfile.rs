//! Lockfiles and manifests: one file per format, listed once in `FORMATS`.
//!
//! A reader never opens anything but what its [`Input`] offers. Shared pieces: [`text`] (decoding, line numbers),
//! [`package`] (a component from name and version), [`merge`] (entries that are one package), [`graph`] (direct,
//! development and path from the edges), [`json`] (strings that tell their line), [`yaml`], and [`xml`]
//! (a small tree).

mod bun_lock;
mod cabal_freeze;
mod cargo_lock;
mod cargo_toml;
mod composer_lock;
mod conan;
mod conda_environment;
mod conda_meta;
pub(crate) mod cpan;
mod csproj;
pub(crate) mod dotnet_deps_json;
mod gemfile_lock;
mod go_mod;
mod go_sum;
mod go_vendor_modules;
mod gradle_lockfile;
mod gradle_verification_metadata;
mod gradle_version_catalog;
pub(crate) mod graph;
mod javascript;
pub(crate) mod json;
mod julia_manifest;
mod lowest;
mod merge;
mod mix_lock;
mod msbuild;
mod npm_package_lock;
mod nuget_packages_config;
mod nuget_packages_lock;
pub(crate) mod package;
mod package_json;
mod paket_lock;
mod pdm_lock;
mod pipfile_lock;
mod pnpm_lock;
mod podfile_lock;
mod poetry_lock;
mod pom_xml;
mod pubspec_lock;
mod pylock_toml;
mod pyproject_toml;
mod python;
mod python_metadata;
mod ranges;
mod renv_lock;
mod requirements_txt;
mod sbt_lock;
mod stack_lock;
mod swift_package_resolved;
pub(crate) mod text;
mod toml_text;
mod uv_lock;
pub(crate) mod xml;
pub(crate) mod yaml;
mod yarn_lock;

use crate::parse::{Input, MAX_COMPONENTS, MAX_FILE, ParseError, Parsed};

/// A format: how it is recognised and read. Two formats are the same when their names are.
pub struct Format {
    /// Stable name, as in `--kind` and in the corpus: `cargo-lock`, `npm-package-lock`.
    pub name: &'static str,
    /// Whether a file name (the last part of a path) is of this format.
    pub matches: fn(&str) -> bool,
    /// Reads a file of this format.
    pub parse: fn(&Input<'_>) -> Result<Parsed, ParseError>,
    /// A lockfile with exact versions (true), or a manifest with what is asked for (false), which is only used when
    /// no lockfile of the same ecosystem lies beside it.
    pub exact: bool,
}

impl PartialEq for Format {
    fn eq(&self, other: &Format) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

impl std::fmt::Debug for Format {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

impl Format {
    /// Reads a file of this format within the limits for all readers: [`MAX_FILE`] bytes and [`MAX_COMPONENTS`]
    /// components; what comes after those is left out, with a problem.
    ///
    /// # Errors
    /// A file that is too large, or that is not of this format.
    pub fn read(&self, input: &Input<'_>) -> Result<Parsed, ParseError> {
        if input.bytes.len() as u64 > MAX_FILE {
            let message = format!("the file is larger than {} MiB", MAX_FILE >> 20);
            return Err(ParseError::new(message));
        }
        let mut parsed = (self.parse)(input)?;
        if parsed.components.len() > MAX_COMPONENTS {
            parsed.components.truncate(MAX_COMPONENTS);
            let message = format!("more than {MAX_COMPONENTS} components, the rest is left out");
            parsed
                .problems
                .push(package::problem(input.path, None, message));
        }
        Ok(parsed)
    }
}

/// Every format, in the order of recognition.
pub const FORMATS: &[Format] = &[
    bun_lock::FORMAT,
    cabal_freeze::FORMAT,
    cargo_lock::FORMAT,
    cargo_toml::FORMAT,
    composer_lock::FORMAT,
    conan::CONANFILE,
    conan::FORMAT,
    conda_environment::FORMAT,
    conda_meta::FORMAT,
    cpan::FORMAT,
    csproj::FORMAT,
    csproj::PROPS,
    dotnet_deps_json::FORMAT,
    gemfile_lock::FORMAT,
    go_mod::FORMAT,
    go_sum::FORMAT,
    go_vendor_modules::FORMAT,
    gradle_lockfile::FORMAT,
    gradle_verification_metadata::FORMAT,
    gradle_version_catalog::FORMAT,
    julia_manifest::FORMAT,
    mix_lock::FORMAT,
    npm_package_lock::FORMAT,
    nuget_packages_config::FORMAT,
    nuget_packages_lock::FORMAT,
    package_json::FORMAT,
    paket_lock::FORMAT,
    pdm_lock::FORMAT,
    pipfile_lock::FORMAT,
    pnpm_lock::FORMAT,
    podfile_lock::FORMAT,
    poetry_lock::FORMAT,
    pom_xml::FORMAT,
    pubspec_lock::FORMAT,
    pylock_toml::FORMAT,
    pyproject_toml::FORMAT,
    python_metadata::FORMAT,
    renv_lock::FORMAT,
    requirements_txt::FORMAT,
    sbt_lock::FORMAT,
    stack_lock::FORMAT,
    swift_package_resolved::FORMAT,
    uv_lock::FORMAT,
    yarn_lock::FORMAT,
];

/// The format that a file name belongs to.
pub fn format_of(file_name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.matches)(file_name))
}

/// The format of this name, as the user forces it with `--kind`.
pub fn format_named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrong_types;
