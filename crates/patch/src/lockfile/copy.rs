//! Copies what a resolver reads of a project: manifests and lockfile, never code, settings or installed packages.
//!
//! Settings of a project can name programs to run (`.cargo/config.toml`, `git` in `.npmrc`), so they stay behind; of
//! `.npmrc` the lines are kept that tell where packages come from and how peers are treated.

use std::fs;
use std::io;
use std::path::Path;

use super::{Tool, TrialError};

/// Deepest folder below the project.
const MAX_DEPTH: usize = 12;

/// Most files and folders that are looked at.
const MAX_ENTRIES: usize = 200_000;

/// Largest manifest, in bytes; lockfiles are manifests too.
const MAX_FILE: u64 = 64 << 20;

/// Folders that hold installed packages, results of builds or histories.
const LEFT_OUT: [&str; 7] = [
    "node_modules",
    "target",
    "vendor",
    ".git",
    ".venv",
    "venv",
    "__pycache__",
];

/// Copies the manifests of `project` for `tool` to the empty folder `to`.
///
/// # Errors
/// When something cannot be read or written, or is over a limit.
pub fn copy(project: &Path, to: &Path, tool: Tool) -> Result<(), TrialError> {
    let mut copy = Copy {
        tool,
        entries: 0,
        project,
    };
    copy.folder(project, to, 0)
}

struct Copy<'a> {
    tool: Tool,
    entries: usize,
    project: &'a Path,
}

impl Copy<'_> {
    fn folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<(), TrialError> {
        let entries = fs::read_dir(from).map_err(|source| self.failed(source))?;
        for entry in entries {
            let entry = entry.map_err(|source| self.failed(source))?;
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(self.too_large(format!("more than {MAX_ENTRIES} files")));
            }
            let kind = entry.file_type().map_err(|source| self.failed(source))?;
            let name = entry.file_name();
            let (source, target) = (entry.path(), to.join(&name));
            let name = name.to_string_lossy();
            // Symbolic links could lead anywhere.
            if kind.is_dir() && depth < MAX_DEPTH && !LEFT_OUT.contains(&&*name) {
                self.folder(&source, &target, depth + 1)?;
            } else if kind.is_file() {
                self.file(&name, &source, &target)?;
            }
        }
        Ok(())
    }

    fn file(&self, name: &str, from: &Path, to: &Path) -> Result<(), TrialError> {
        let bytes = if self.tool.manifests().contains(&name) {
            self.read(from)?
        } else if self.tool == Tool::Cargo && name.ends_with(".rs") {
            // Cargo looks which targets there are, and not into them.
            Vec::new()
        } else if self.tool == Tool::Npm && name == ".npmrc" {
            harmless(&String::from_utf8_lossy(&self.read(from)?)).into_bytes()
        } else {
            return Ok(());
        };
        let parent = to.parent().unwrap_or(to);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(to, bytes))
            .map_err(|source| self.failed(source))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TrialError> {
        let found = fs::metadata(path).map_err(|source| self.failed(source))?;
        if found.len() > MAX_FILE {
            let name = path.display();
            return Err(self.too_large(format!("{name} is larger than {} MiB", MAX_FILE >> 20)));
        }
        fs::read(path).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> TrialError {
        TrialError::Copy {
            project: self.project.display().to_string(),
            source,
        }
    }

    fn too_large(&self, message: String) -> TrialError {
        TrialError::TooLarge {
            project: self.project.display().to_string(),
            message,
        }
    }
}

/// The lines of an `.npmrc` that tell where packages come from and how peers are treated.
fn harmless(text: &str) -> String {
    let kept = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default().trim();
        key == "registry"
            || (key.starts_with('@') && key.ends_with(":registry"))
            || matches!(key, "legacy-peer-deps" | "strict-peer-deps")
    };
    let mut lines: Vec<&str> = text.lines().filter(kept).collect();
    lines.push("");
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(files: &[(&str, &str)], tool: Tool) -> Vec<(String, String)> {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (path, text) in files {
            let path = from.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        copy(from.path(), to.path(), tool).unwrap();
        let mut got: Vec<(String, String)> = files
            .iter()
            .filter_map(|(path, _)| {
                let text = fs::read_to_string(to.path().join(path)).ok()?;
                Some(((*path).to_owned(), text))
            })
            .collect();
        got.sort();
        got
    }

    #[test]
    fn manifests_come_along_and_code_does_not() {
        let got = copied(
            &[
                ("Cargo.toml", "[package]"),
                ("src/lib.rs", "compile_error!()"),
                ("member/Cargo.toml", "[package]"),
                (".cargo/config.toml", "[alias]"),
                ("rust-toolchain.toml", "[toolchain]"),
                ("target/x/Cargo.toml", "old"),
                ("secret.pem", "key"),
            ],
            Tool::Cargo,
        );
        let expected = [
            ("Cargo.toml", "[package]"),
            ("member/Cargo.toml", "[package]"),
            ("src/lib.rs", ""),
        ];
        assert_eq!(
            got,
            expected.map(|(path, text)| (path.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn settings_that_could_run_a_program_stay_behind() {
        let text = "registry=https://registry.example/\ngit = ./evil\n@us:registry=https://registry.example/us/\nscript-shell=./evil\n//registry.example/:_authToken=x\nlegacy-peer-deps=true\n";
        let expected = "registry=https://registry.example/\n@us:registry=https://registry.example/us/\nlegacy-peer-deps=true\n";
        assert_eq!(harmless(text), expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_not_followed() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink("/etc/passwd", from.path().join("package.json")).unwrap();
        copy(from.path(), to.path(), Tool::Npm).unwrap();
        assert!(!to.path().join("package.json").exists());
    }
}
