//! Loads the policy. One that fails to load never replaces the last good one.

use std::path::{Path, PathBuf};

use patchward_risk::Fault;
use patchward_risk::context::OwnContext;
use patchward_risk::policy::{PRESETS, Policy, preset};

use super::LazyPolicy;

/// Largest file that is read, in bytes; the reader's own limit is the same.
const MOST_BYTES: u64 = 1 << 20;

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file could not be read.
    #[error("read the policy {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not as it should be, and there is no earlier one.
    #[error("use the policy: {}", lines(.0))]
    Faults(Vec<Fault>),
    /// No file and no preset has that name.
    #[error(
        "use the policy {name:?}: expected a file or one of the presets {}",
        presets()
    )]
    Unknown {
        /// The name.
        name: String,
    },
}

/// A policy, and what a person should know about where it comes from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policy.
    pub policy: LazyPolicy,
    /// Where it comes from: a path, or `preset balanced`.
    pub source: String,
    /// Why the last good one is used instead of the file.
    pub warning: Option<String>,
}

/// Loads a policy: the preset of that name, or the file. With `keep`, a folder, a policy that loads is copied there, and
/// one that does not is replaced by that copy, with a warning.
///
/// # Errors
/// When the file cannot be read or is faulty, and no good copy is there.
pub fn policy(name: &str, keep: Option<&Path>) -> Result<Loaded, PolicyError> {
    if let Some(preset) = preset(name) {
        return Ok(Loaded {
            policy: LazyPolicy::preset(preset),
            source: format!("preset {name}"),
            warning: None,
        });
    }
    let path = Path::new(name);
    let copy = keep.map(|folder| folder.join("policy").join("last-good.toml"));
    let failure = match read(path) {
        Ok(text) => match Policy::parse(name, &text) {
            Ok(policy) => {
                if let Some(copy) = &copy {
                    // A copy that cannot be kept is no reason to stop: the policy itself is good.
                    let _ = store(copy, &text);
                }
                return Ok(Loaded {
                    policy: policy.into(),
                    source: name.to_owned(),
                    warning: None,
                });
            }
            Err(faults) => PolicyError::Faults(faults),
        },
        Err(PolicyError::Read { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound && !name.contains(['/', '.']) =>
        {
            PolicyError::Unknown {
                name: name.to_owned(),
            }
        }
        Err(error) => error,
    };
    let good = copy.and_then(|copy| {
        let text = read(&copy).ok()?;
        let policy = Policy::parse(&copy.display().to_string(), &text).ok()?;
        Some((policy, copy))
    });
    match good {
        Some((policy, copy)) => Ok(Loaded {
            policy: policy.into(),
            source: copy.display().to_string(),
            warning: Some(format!(
                "the policy {name} cannot be used; THE LAST GOOD ONE DECIDES INSTEAD ({}): {}",
                copy.display(),
                chain(&failure)
            )),
        }),
        None => Err(failure),
    }
}

/// What a tree says of itself in its `patchward.toml`; `None` when it says nothing.
///
/// # Errors
/// When the file cannot be read or its `[context]` is faulty.
pub fn own_context(tree: &Path) -> Result<Option<OwnContext>, PolicyError> {
    let path = tree.join("patchward.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let text = read(&path)?;
    OwnContext::parse(&path.display().to_string(), &text).map_err(PolicyError::Faults)
}

/// Reads a policy file's text, at most as much as a policy may have.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<String, PolicyError> {
    let error = |source| PolicyError::Read {
        path: path.to_owned(),
        source,
    };
    let length = std::fs::metadata(path).map_err(error)?.len();
    if length > MOST_BYTES {
        let message = format!("larger than {MOST_BYTES} bytes");
        return Err(error(std::io::Error::other(message)));
    }
    std::fs::read_to_string(path).map_err(error)
}

/// Writes a copy beside and renames it, so that a crash leaves the old one or the new one.
fn store(copy: &Path, text: &str) -> std::io::Result<()> {
    if std::fs::read_to_string(copy).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    if let Some(folder) = copy.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = copy.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, copy)
}

fn lines(faults: &[Fault]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

fn presets() -> String {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    names.join(", ")
}

fn chain(error: &PolicyError) -> String {
    match error {
        PolicyError::Read { source, .. } => source.to_string(),
        PolicyError::Faults(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            faults.join("; ")
        }
        PolicyError::Unknown { .. } => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_fails_never_replaces_the_last_good_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let name = path.display().to_string();
        std::fs::write(&path, "name = 'first'\nextends = ['balanced']\n").unwrap();
        assert_eq!(
            policy(&name, Some(folder.path())).unwrap().policy.name,
            "first"
        );
        std::fs::write(&path, "name = 'second'\n[[priority]]\nwhen = 'x'\n").unwrap();
        let loaded = policy(&name, Some(folder.path())).unwrap();
        assert_eq!(loaded.policy.name, "first");
        let warning = loaded.warning.unwrap();
        assert!(
            warning.contains("LAST GOOD") && warning.contains("policy.toml:3:9: unknown variable"),
            "{warning}"
        );
        assert!(matches!(policy(&name, None), Err(PolicyError::Faults(_))));
    }

    #[test]
    fn a_preset_needs_no_file_and_another_name_is_told() {
        assert_eq!(
            policy("pci-dss-4.0.1", None).unwrap().source,
            "preset pci-dss-4.0.1"
        );
        let error = policy("pci", None).unwrap_err().to_string();
        assert!(error.contains("balanced, cisa-bod-26-04"), "{error}");
    }
}
