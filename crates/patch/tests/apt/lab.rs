//! A throw-away machine with a toy repository.

use std::fs;
use std::path::{Path, PathBuf};

use patchward_patch::apt::Apt;
use patchward_patch::{ApplyOptions, ChrootMachine, Command, Executor, Machine, Request};
use patchward_protocol::transaction::{PackageVersion, Transaction};
use patchward_test_support::{RootCopy, ToyPackage, debian_root, is_root_user, toy_repo};

/// An overlay of the Debian root, as a machine.
pub struct Lab {
    pub machine: ChrootMachine,
    pub apt: Apt,
    copy: RootCopy,
}

impl Lab {
    /// `None`, said aloud, where this machine cannot have one.
    pub fn new(test: &str) -> Option<Lab> {
        if !is_root_user() {
            println!("skipped: {test}: only root can mount");
            return None;
        }
        let base = debian_root()?;
        let copy = match RootCopy::of(&base) {
            Ok(copy) => copy,
            Err(error) => {
                println!("skipped: {test}: no overlay: {error}");
                return None;
            }
        };
        Some(Lab {
            machine: ChrootMachine::new(copy.path()),
            apt: Apt::default(),
            copy,
        })
    }

    /// The same with `demo` 1.0 installed, and nothing but the toy repository to get packages from.
    pub fn with_demo(test: &str) -> Option<Lab> {
        let lab = Lab::new(test)?;
        fs::remove_file(lab.path("/etc/apt/sources.list.d/security.list")).unwrap();
        fs::write(
            lab.path("/etc/apt/sources.list"),
            "deb [trusted=yes] file:/repo ./\n",
        )
        .unwrap();
        lab.publish(&[demo("1.0")]);
        lab.run(&["apt-get", "install", "-y", "-q", "demo"]);
        Some(lab)
    }

    /// A path of the machine as seen from here.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.copy.path().join(inside.trim_start_matches('/'))
    }

    pub fn read(&self, inside: &str) -> String {
        fs::read_to_string(self.path(inside)).unwrap()
    }

    pub fn root(&self) -> &Path {
        self.copy.path()
    }

    /// Publishes packages and lets apt read the new index.
    pub fn publish(&self, packages: &[ToyPackage]) {
        toy_repo(&self.path("/repo"), packages).unwrap();
        self.run(&["apt-get", "update", "-q"]);
    }

    /// Runs a program that must succeed.
    pub fn run(&self, line: &[&str]) -> String {
        let command = Command::new(line.iter().copied()).network();
        let outcome = self.machine.run(&command).unwrap();
        assert!(outcome.success(), "{line:?}: {}", outcome.log(4000));
        outcome.text()
    }

    /// Type, mode and content of everything below some folders, as one line each.
    pub fn content(&self, folders: &[&str]) -> Vec<String> {
        let script = "find \"$@\" -xdev -printf '%y %m %U:%G %p %l\\n' | sort; find \"$@\" -xdev -type f -print0 | sort -z | xargs -0 sha256sum";
        let line = [&["sh", "-c", script, "sh"], folders].concat();
        let text = self.run(&line);
        text.lines().map(str::to_owned).collect()
    }

    pub fn version(&self, package: &str) -> String {
        self.run(&[
            "dpkg-query",
            "-W",
            "-f",
            "${Version} ${db:Status-Status}",
            package,
        ])
    }

    pub fn preview(&self, names: &[&str]) -> Transaction {
        self.apt.preview(&self.machine, &request(names)).unwrap()
    }

    /// Preview, save and download.
    pub fn ready(
        &self,
        names: &[&str],
    ) -> (Transaction, patchward_protocol::transaction::SavedState) {
        let transaction = self.preview(names);
        let saved = self.apt.save(&self.machine, &transaction).unwrap();
        self.apt
            .download(&self.machine, &transaction, &options())
            .unwrap();
        (transaction, saved)
    }
}

/// A request for the versions that apt would choose.
pub fn request(names: &[&str]) -> Request {
    let package = |name: &&str| PackageVersion {
        name: (*name).to_owned(),
        version: String::new(),
    };
    Request {
        packages: names.iter().map(package).collect(),
        install: Vec::new(),
    }
}

pub fn options() -> ApplyOptions {
    ApplyOptions::default()
}

/// The toy package: a program, a configuration file and a changelog.
pub fn demo(version: &str) -> ToyPackage {
    ToyPackage::new("demo", version)
        .file(
            "/usr/bin/demo",
            &format!("#!/bin/sh\necho demo {version}\n"),
        )
        .conffile("/etc/demo.conf", "port 80\nworkers 2\n")
        .change("Fix CVE-2026-1000")
}
