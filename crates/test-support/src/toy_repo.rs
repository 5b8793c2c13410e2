//! A toy apt repository: packages that behave well and badly on demand, shown by apt as security updates.
//!
//! Nothing but `dpkg-deb` of the machine is needed; the index is written here.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

/// A package to build. Architecture `all`, section `web`.
#[derive(Debug, Clone, Default)]
pub struct ToyPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its `Depends`; empty for none.
    pub depends: String,
    /// Files: path from the root (`/usr/lib/demo/x`) and content. Content that begins with `#!` is made executable.
    pub files: Vec<(String, String)>,
    /// Configuration files, likewise.
    pub conffiles: Vec<(String, String)>,
    /// Maintainer scripts: `postinst`, `prerm`, …
    pub scripts: Vec<(String, String)>,
    /// The changelog's lines of this version, such as `Fix CVE-2026-1000`.
    pub changes: Vec<String>,
}

impl ToyPackage {
    /// A package with one file that holds its version.
    pub fn new(name: &str, version: &str) -> ToyPackage {
        ToyPackage {
            name: name.to_owned(),
            version: version.to_owned(),
            ..ToyPackage::default()
        }
        .file(&format!("/usr/share/{name}/version"), version)
    }

    /// One more file.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> ToyPackage {
        self.files.push((path.to_owned(), content.to_owned()));
        self
    }

    /// One more configuration file.
    #[must_use]
    pub fn conffile(mut self, path: &str, content: &str) -> ToyPackage {
        self.conffiles.push((path.to_owned(), content.to_owned()));
        self
    }

    /// A maintainer script, without its first line.
    #[must_use]
    pub fn script(mut self, kind: &str, body: &str) -> ToyPackage {
        let text = format!("#!/bin/sh\nset -e\n{body}\n");
        self.scripts.push((kind.to_owned(), text));
        self
    }

    /// A line of the changelog.
    #[must_use]
    pub fn change(mut self, line: &str) -> ToyPackage {
        self.changes.push(line.to_owned());
        self
    }

    /// What it depends on.
    #[must_use]
    pub fn depends(mut self, on: &str) -> ToyPackage {
        on.clone_into(&mut self.depends);
        self
    }

    /// Builds it into a folder and returns the file.
    ///
    /// # Errors
    /// When files cannot be written or dpkg-deb fails.
    pub fn build(&self, into: &Path) -> io::Result<PathBuf> {
        let tree = into.join(format!(".{}-{}", self.name, self.version));
        let control = tree.join("DEBIAN");
        fs::create_dir_all(&control)?;
        fs::write(control.join("control"), self.control())?;
        let mut sums = String::new();
        for (path, content) in self.files.iter().chain(&self.conffiles) {
            put(&tree.join(path.trim_start_matches('/')), content)?;
        }
        let changelog = format!("usr/share/doc/{}/changelog.Debian", self.name);
        put(&tree.join(&changelog), &self.changelog())?;
        for path in self
            .files
            .iter()
            .map(|(path, _)| path.trim_start_matches('/'))
        {
            let _ = writeln!(sums, "{}  {path}", md5(&tree.join(path))?);
        }
        fs::write(control.join("md5sums"), sums)?;
        if !self.conffiles.is_empty() {
            let lines: String = self
                .conffiles
                .iter()
                .map(|(path, _)| format!("{path}\n"))
                .collect();
            fs::write(control.join("conffiles"), lines)?;
        }
        for (kind, text) in &self.scripts {
            put(&control.join(kind), text)?;
        }
        let file = into.join(format!(
            "{}_{}_all.deb",
            self.name,
            self.version.replace(':', "%3a")
        ));
        let output = Command::new("dpkg-deb")
            .args(["-Zgzip", "-z1", "--root-owner-group", "-b"])
            .args([&tree, &file])
            .output()?;
        fs::remove_dir_all(&tree)?;
        if output.status.success() {
            Ok(file)
        } else {
            Err(io::Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ))
        }
    }

    fn control(&self) -> String {
        let depends = match self.depends.as_str() {
            "" => String::new(),
            on => format!("Depends: {on}\n"),
        };
        format!(
            "Package: {}\nVersion: {}\nArchitecture: all\nSection: web\nPriority: optional\nInstalled-Size: 12\n\
             Maintainer: Toy <toy@example.org>\n{depends}Description: a toy\n",
            self.name, self.version
        )
    }

    fn changelog(&self) -> String {
        let lines: String = self
            .changes
            .iter()
            .map(|line| format!("  * {line}\n"))
            .collect();
        format!(
            "{} ({}) oldstable-security; urgency=high\n\n{lines}\n -- Toy <toy@example.org>  Sun, 22 Nov 2026 12:00:00 +0000\n",
            self.name, self.version
        )
    }
}

fn put(path: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)?;
    let mode = if content.starts_with("#!") {
        0o755
    } else {
        0o644
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn md5(path: &Path) -> io::Result<String> {
    let output = Command::new("md5sum").arg(path).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// Builds packages into a folder and writes the index that apt reads, labelled like a security suite.
///
/// A source line for it is `deb [trusted=yes] file:FOLDER ./`. Call it again with more packages to publish an update;
/// what it built before stays in the index.
///
/// # Errors
/// When a package cannot be built or a file cannot be written.
pub fn toy_repo(folder: &Path, packages: &[ToyPackage]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for package in packages {
        package.build(folder)?;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "deb"))
        .collect();
    files.sort();
    let mut index = String::new();
    for file in files {
        let fields = Command::new("dpkg-deb").arg("-f").arg(&file).output()?;
        let bytes = fs::read(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let _ = write!(
            index,
            "{}Filename: ./{name}\nSize: {}\nSHA256: {}\n\n",
            String::from_utf8_lossy(&fields.stdout),
            bytes.len(),
            hex(&Sha256::digest(&bytes))
        );
    }
    fs::write(folder.join("Packages"), &index)?;
    let release = format!(
        "Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: toy-security\n\
         Date: Sun, 22 Nov 2026 12:00:00 UTC\nSHA256:\n {} {} Packages\n",
        hex(&Sha256::digest(index.as_bytes())),
        index.len()
    );
    fs::write(folder.join("Release"), release)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
