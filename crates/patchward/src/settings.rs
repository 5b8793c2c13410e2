//! Settings: default < file < environment < flag, each value with the place that it comes from.

pub mod file;
pub mod keys;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keys::{KEYS, Key};
use value::size;
pub use value::{list, span, switch, words};

/// Where a value comes from, weakest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of a file.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(&'static str),
    /// A flag of this call.
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => write!(out, "default"),
            Origin::File(path, line) => write!(out, "{}:{line}", path.display()),
            Origin::Environment(variable) => write!(out, "environment {variable}"),
            Origin::Flag(flag) => write!(out, "flag {flag}"),
        }
    }
}

/// All settings, merged and valid.
#[derive(Debug, Clone)]
pub struct Settings {
    values: BTreeMap<&'static str, (Cow<'static, str>, Origin)>,
    /// What a user should know of the files: unknown keys, bad ignore rules.
    pub warnings: Vec<String>,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or a value has the wrong type.
    #[error("read {path}:{line}: {message}")]
    File {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was expected.
        message: String,
    },
    /// A value is not what its key takes.
    #[error("use {key} = {value:?} (from {origin}): expected {expected}")]
    Value {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// Where it comes from.
        origin: String,
        /// What was expected.
        expected: String,
    },
}

impl Settings {
    /// Merges the defaults, the files (weakest first), the environment and the flags.
    ///
    /// # Errors
    /// When a file cannot be read or a value is not what its key takes.
    pub fn load(
        files: &[PathBuf],
        environment: impl Fn(&str) -> Option<String>,
        flags: &[(&'static str, &'static str, String)],
    ) -> Result<Settings, SettingsError> {
        let settings = Settings::merge(files, environment, flags)?;
        for (key, value, origin) in settings.all() {
            if let Some(expected) = expected(key, value) {
                return Err(SettingsError::Value {
                    key: key.name,
                    value: value.to_owned(),
                    origin: origin.to_string(),
                    expected,
                });
            }
        }
        Ok(settings)
    }

    /// As [`Settings::load`], with values that cannot be used: to be shown only.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn merge(
        files: &[PathBuf],
        environment: impl Fn(&str) -> Option<String>,
        flags: &[(&'static str, &'static str, String)],
    ) -> Result<Settings, SettingsError> {
        let mut values: BTreeMap<_, _> = KEYS
            .iter()
            .map(|key| (key.name, (key.default.into(), Origin::Default)))
            .collect();
        let mut warnings = Vec::new();
        for path in files {
            let read = file::read(path)?;
            for (key, value, line) in read.values {
                if is_anybodys(path) && key.name.starts_with("change.") {
                    warnings.push(format!(
                        "{}:{line}: {} does not count here: the working folder may be anybody's, and it decides what root runs",
                        path.display(),
                        key.name
                    ));
                    continue;
                }
                values.insert(key.name, (value.into(), Origin::File(path.clone(), line)));
            }
            warnings.extend(read.warnings);
        }
        for key in KEYS {
            if let Some(value) = environment(key.variable) {
                values.insert(key.name, (value.into(), Origin::Environment(key.variable)));
            }
        }
        for (name, flag, value) in flags {
            values.insert(name, (value.clone().into(), Origin::Flag(flag)));
        }
        Ok(Settings { values, warnings })
    }

    /// Every setting with its value and where that comes from.
    pub fn all(&self) -> impl Iterator<Item = (&'static Key, &str, &Origin)> {
        KEYS.iter().filter_map(|key| {
            let (value, origin) = self.values.get(key.name)?;
            Some((key, value.as_ref(), origin))
        })
    }

    /// The text of a setting; empty where it is unset.
    pub fn text(&self, name: &str) -> &str {
        self.values
            .get(name)
            .map_or("", |(value, _)| value.as_ref())
    }

    /// A setting that is on or off.
    pub fn switch(&self, name: &str) -> bool {
        value::switch(self.text(name)).unwrap_or(false)
    }

    /// A setting that is a list.
    pub fn list(&self, name: &str) -> Vec<String> {
        value::list(self.text(name))
    }

    /// The words of a command; empty where it is unset.
    pub fn words(&self, name: &str) -> Vec<String> {
        value::words(self.text(name))
    }

    /// A setting that is a number of bytes; `None` where it is unset.
    pub fn bytes(&self, name: &str) -> Option<u64> {
        size(self.text(name)).ok().flatten()
    }

    /// A setting that is a time span; `None` where it is unset.
    pub fn span(&self, name: &str) -> Option<Duration> {
        span(self.text(name)).ok().flatten()
    }
}

/// What was expected of a value that cannot be used.
pub fn expected(key: &Key, value: &str) -> Option<String> {
    value::check(key.shape, value).err()
}

/// The working folder's file. One of that name that was named with `--config` is written otherwise, see [`files`].
const PROJECT: &str = "patchward.toml";

/// Whether the file is that of the working folder, which may be anybody's: what is run as root is not taken from it.
fn is_anybodys(path: &Path) -> bool {
    path.as_os_str() == PROJECT
}

/// The configuration files that exist, weakest first: the system's, the user's, the project's (or the one named).
pub fn files(
    named: Option<&PathBuf>,
    environment: impl Fn(&str) -> Option<String>,
) -> Vec<PathBuf> {
    if let Some(named) = named {
        // Whoever names a file means it: it is not just the one that happens to lie in the working folder.
        return vec![match is_anybodys(named) {
            true => Path::new(".").join(named),
            false => named.clone(),
        }];
    }
    let home = home(environment);
    let mut files = vec![PathBuf::from("/etc/patchward/patchward.toml")];
    files.extend(home.map(|home| home.join("patchward/patchward.toml")));
    files.push(PathBuf::from(PROJECT));
    files.retain(|path| path.is_file());
    files
}

/// The file of that name beside the user's configuration, else beside the system's; `None` where neither has one.
/// Never the working folder's: what decides is the organisation's, and a folder may be anybody's.
pub fn beside(name: &str, environment: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let user = home(environment).map(|home| home.join("patchward").join(name));
    let system = PathBuf::from("/etc/patchward").join(name);
    user.into_iter().chain([system]).find(|path| path.is_file())
}

fn home(environment: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    environment("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| environment("HOME").map(|home| PathBuf::from(home).join(".config")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchward.toml");
        std::fs::write(&path, "offline = true\n[scan]\nfail_on = \"high\"\n").unwrap();
        let environment = |name: &str| (name == "PATCHWARD_FAIL_ON").then(|| "critical".to_owned());

        let file_only = Settings::load(std::slice::from_ref(&path), none, &[]).unwrap();
        assert_eq!(file_only.text("scan.fail_on"), "high");
        assert!(file_only.switch("offline"));
        let with_environment =
            Settings::load(std::slice::from_ref(&path), environment, &[]).unwrap();
        assert_eq!(with_environment.text("scan.fail_on"), "critical");
        let flag = [("scan.fail_on", "--fail-on", "never".to_owned())];
        let with_flag = Settings::load(&[path], environment, &flag).unwrap();
        assert_eq!(with_flag.text("scan.fail_on"), "never");
        let shown = with_flag
            .all()
            .find(|(key, _, _)| key.name == "scan.fail_on")
            .unwrap();
        assert_eq!(shown.2.to_string(), "flag --fail-on");
    }

    #[test]
    fn what_root_runs_is_not_taken_from_the_working_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchward.toml");
        std::fs::write(&path, "[change.commands]\napply = [\"a,b\", \"c d\"]\n").unwrap();
        let named = Settings::load(&[path], none, &[]).unwrap();
        assert_eq!(named.words("change.commands.apply"), ["a,b", "c d"]);
        assert!(is_anybodys(Path::new("patchward.toml")));
        let named = files(Some(&PathBuf::from("patchward.toml")), none);
        assert!(named.iter().all(|path| !is_anybodys(path)), "{named:?}");
    }

    #[test]
    fn a_bad_value_names_its_place_and_what_was_expected() {
        let environment = |name: &str| (name == "PATCHWARD_MAX_AGE").then(|| "soon".to_owned());
        let error = Settings::load(&[], environment, &[])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("environment PATCHWARD_MAX_AGE") && error.contains("7d"),
            "{error}"
        );
    }
}
