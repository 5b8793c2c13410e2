//! A folder with a mirror, targets and a knowledge base, and the binary run in it.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::run::Ran;
use super::{mirror, targets};

/// A folder of one test: `data` (the knowledge base), `tree`, `root`, `sbom.json`; the mirror is shared until a test
/// publishes something.
pub struct World {
    folder: TempDir,
    mirror: PathBuf,
}

/// A mirror and a knowledge base made of it, built once.
struct Built {
    folder: TempDir,
}

fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let mirror = folder.path().join("mirror");
        mirror::write(&mirror);
        let world = World {
            folder: tempfile::tempdir().unwrap(),
            mirror,
        };
        world.update().ends(0);
        copy(&world.path("data"), &folder.path().join("data"));
        Built { folder }
    })
}

impl World {
    /// Targets, and the mirror, and no knowledge base.
    pub fn empty() -> World {
        let folder = tempfile::tempdir().unwrap();
        targets::tree(&folder.path().join("tree"));
        targets::root(&folder.path().join("root"));
        targets::put(folder.path(), "sbom.json", targets::SBOM);
        World {
            folder,
            mirror: built().folder.path().join("mirror"),
        }
    }

    /// Targets, the mirror, and a knowledge base made of it.
    pub fn new() -> World {
        let world = World::empty();
        copy(&built().folder.path().join("data"), &world.path("data"));
        world
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The mirror.
    pub fn mirror(&self) -> &Path {
        &self.mirror
    }

    /// Takes a mirror of its own, to publish something in.
    pub fn own_mirror(&mut self) -> &Path {
        self.mirror = self.path("mirror");
        copy(&built().folder.path().join("mirror"), &self.mirror);
        &self.mirror
    }

    /// Writes a file.
    pub fn put(&self, path: &str, text: &str) {
        targets::put(self.folder.path(), path, text);
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The binary, not yet run: in this folder, with this data, an environment of its own and no other settings.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchward"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .env("TZ", "UTC")
            .env("PATCHWARD_DATA_DIR", self.path("data"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary with these arguments, separated by spaces.
    pub fn run(&self, arguments: &str) -> Ran {
        self.command(arguments.split_whitespace())
            .output()
            .unwrap()
            .into()
    }

    /// As [`World::run`], with an environment variable.
    pub fn run_with(&self, variable: (&str, &str), arguments: &str) -> Ran {
        let mut command = self.command(arguments.split_whitespace());
        command.env(variable.0, variable.1).output().unwrap().into()
    }

    /// As [`World::run`], with a text on standard input.
    pub fn run_on(&self, input: &str, arguments: &str) -> Ran {
        let mut command = self.command(arguments.split_whitespace());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let written = child.stdin.take().unwrap().write_all(input.as_bytes());
        if let Err(error) = written {
            // A command that is refused ends without reading.
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
        child.wait_with_output().unwrap().into()
    }

    /// Brings the knowledge base up to date from the mirror.
    pub fn update(&self) -> Ran {
        self.command(self.update_arguments())
            .output()
            .unwrap()
            .into()
    }

    /// The arguments of [`World::update`].
    pub fn update_arguments(&self) -> Vec<String> {
        let mirror = self.mirror.display().to_string();
        let words = ["db", "update", "--mirror", &mirror].map(str::to_owned);
        words
            .into_iter()
            .chain(mirror::FEEDS.map(str::to_owned))
            .collect()
    }
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
