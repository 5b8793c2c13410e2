//! Loads the policy. One that fails to load never replaces the last good one.

use std::path::{Path, PathBuf};

use patchward_risk::Fault;
use patchward_risk::context::OwnContext;
use patchward_risk::policy::{PRESETS, Policy, preset};
use sha2::{Digest, Sha256};

use super::LazyPolicy;
use crate::whole_file;

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
    /// The file is not as it should be, and there is no earlier copy of it. The faults are told one by one.
    #[error("use the policy {file}: {}", count(.faults))]
    Faults {
        /// The file.
        file: String,
        /// Each with line, column and what was expected.
        faults: Vec<Fault>,
    },
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

impl PolicyError {
    /// What is wrong in the file, place by place.
    pub fn faults(&self) -> &[Fault] {
        match self {
            PolicyError::Faults { faults, .. } => faults,
            _ => &[],
        }
    }
}

/// A policy, and what a person should know about where it comes from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policy.
    pub policy: LazyPolicy,
    /// Where it comes from: a path, or `preset balanced`.
    pub source: String,
    /// Why the last good copy is used instead of the file, a line for each fault. Empty where the file decides.
    pub warnings: Vec<String>,
}

/// Loads a policy: the preset of that name, or the file. With `keep`, a folder, a policy that loads is copied there, and
/// one that does not is replaced by the copy of the same file, with a warning. Another file's copy never takes its place.
///
/// # Errors
/// When the file cannot be read or is faulty, and there is no good copy of it.
pub fn policy(name: &str, keep: Option<&Path>) -> Result<Loaded, PolicyError> {
    if let Some(preset) = preset(name) {
        return Ok(Loaded {
            policy: LazyPolicy::preset(preset),
            source: format!("preset {name}"),
            warnings: Vec::new(),
        });
    }
    let path = Path::new(name);
    let copy = keep.map(|folder| copy_of(path, folder));
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
                    warnings: Vec::new(),
                });
            }
            Err(faults) => PolicyError::Faults {
                file: name.to_owned(),
                faults,
            },
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
            warnings: warnings(name, &copy, &failure),
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
    let file = path.display().to_string();
    OwnContext::parse(&file, &text).map_err(|faults| PolicyError::Faults { file, faults })
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
    whole_file::text(path, MOST_BYTES).map_err(error)
}

/// Where the last good copy of a file lies: named by the file's full path, so that each file has its own.
fn copy_of(path: &Path, folder: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let hash = Sha256::digest(full.as_os_str().as_encoded_bytes());
    let name: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    folder.join("policy").join(format!("last-good-{name}.toml"))
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

fn count(faults: &[Fault]) -> String {
    match faults.len() {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    }
}

fn presets() -> String {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    names.join(", ")
}

/// That the last good copy decides, and why: a line, and one for each fault.
fn warnings(name: &str, copy: &Path, failure: &PolicyError) -> Vec<String> {
    let why = match failure {
        PolicyError::Read { source, .. } => source.to_string(),
        PolicyError::Faults { faults, .. } => count(faults),
        PolicyError::Unknown { .. } => failure.to_string(),
    };
    let first = format!(
        "the policy {name} cannot be used ({why}); ITS LAST GOOD COPY DECIDES INSTEAD: {}",
        copy.display()
    );
    let faults = failure.faults().iter().map(ToString::to_string);
    std::iter::once(first).chain(faults).collect()
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
        let warnings = loaded.warnings;
        assert!(
            warnings[0].contains("(3 faults); ITS LAST GOOD COPY DECIDES"),
            "{warnings:?}"
        );
        assert!(
            warnings[3].contains("policy.toml:3:9: unknown variable"),
            "{warnings:?}"
        );
        let refused = policy(&name, None).unwrap_err();
        assert_eq!(refused.faults().len(), 3, "{refused}");
    }

    #[test]
    fn the_copy_of_another_file_never_decides() {
        let folder = tempfile::tempdir().unwrap();
        let name = |file: &str| folder.path().join(file).display().to_string();
        std::fs::write(name("one.toml"), "name = 'one'\n").unwrap();
        std::fs::write(name("two.toml"), "name = 'two'\n").unwrap();
        let load = |file: &str| policy(&name(file), Some(folder.path()));
        assert_eq!(load("one.toml").unwrap().policy.name, "one");
        assert_eq!(load("two.toml").unwrap().policy.name, "two");
        assert!(matches!(load("tow.toml"), Err(PolicyError::Read { .. })));
        std::fs::write(name("one.toml"), "nome = 'one'\n").unwrap();
        std::fs::remove_file(name("two.toml")).unwrap();
        assert_eq!(load("one.toml").unwrap().policy.name, "one");
        assert_eq!(load("two.toml").unwrap().policy.name, "two");
        std::fs::write(name("three.toml"), "nome = 'x'\n").unwrap();
        assert!(matches!(
            load("three.toml"),
            Err(PolicyError::Faults { .. })
        ));
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
