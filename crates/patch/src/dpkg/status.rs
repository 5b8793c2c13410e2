//! The packages of a machine.

use std::collections::BTreeMap;

use super::control::{Stanza, stanzas};
use super::{ADMIN, MAX_STATUS, STATUS};
use crate::PatchError;
use crate::below::Below;

/// A package of dpkg's database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Binary package.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// Its version.
    pub version: String,
    /// What is wanted: `install`, `hold`, `deinstall`, `purge`.
    pub want: String,
    /// `ok`, `reinstreq`.
    pub flag: String,
    /// `installed`, `half-configured`, `config-files`, …
    pub state: String,
    /// Its source package.
    pub source: String,
    /// Room that it takes, in bytes.
    pub installed_bytes: u64,
    /// Several architectures of it may be installed side by side.
    pub side_by_side: bool,
    /// Configuration files and the MD5 of the version that the package brought.
    pub conffiles: Vec<(String, String)>,
    /// Its stanza, as it is written.
    pub stanza: String,
}

impl Package {
    /// It is wholly installed: unpacked, configured, nothing pending but triggers.
    pub fn is_installed(&self) -> bool {
        self.flag == "ok"
            && matches!(
                self.state.as_str(),
                "installed" | "triggers-awaited" | "triggers-pending"
            )
    }

    /// Something was begun and not finished, or must be done again.
    pub fn is_broken(&self) -> bool {
        self.flag == "reinstreq"
            || matches!(
                self.state.as_str(),
                "half-installed" | "half-configured" | "unpacked"
            )
    }

    /// The user holds it.
    pub fn is_held(&self) -> bool {
        self.want == "hold"
    }

    /// `name`, with `:arch` where dpkg wants it.
    pub fn qualified(&self) -> String {
        if self.side_by_side {
            format!("{}:{}", self.name, self.arch)
        } else {
            self.name.clone()
        }
    }
}

/// Every package that dpkg knows, by name and architecture.
#[derive(Debug, Clone, Default)]
pub struct Status {
    packages: BTreeMap<(String, String), Package>,
    /// The machine's own architecture.
    pub native: String,
    /// dpkg's journal holds steps that were not merged into the database.
    pub journal: bool,
}

impl Status {
    /// Reads the database of a machine.
    ///
    /// # Errors
    /// When it is missing or too long.
    pub fn read(root: &Below) -> Result<Status, PatchError> {
        let text = root.text(STATUS, MAX_STATUS);
        let mut status = Status::parse(&text.map_err(|source| PatchError::File {
            doing: "read",
            path: STATUS.to_owned(),
            source,
        })?);
        // dpkg writes each step to a file named by a number there, and merges them into the database at its end. After
        // a kill the database alone is of before.
        let folder = format!("{ADMIN}/updates");
        for name in root.list(&folder) {
            if name.bytes().all(|byte| byte.is_ascii_digit()) {
                status.journal = true;
                let step = root.text(&format!("{folder}/{name}"), MAX_STATUS);
                status.add(&step.unwrap_or_default());
            }
        }
        Ok(status)
    }

    /// Reads the text of a database.
    pub fn parse(text: &str) -> Status {
        let mut status = Status::default();
        status.add(text);
        status
    }

    /// Adds packages; what is said last of one counts.
    fn add(&mut self, text: &str) {
        for package in stanzas(text).filter_map(package) {
            if package.name == "dpkg" {
                self.native.clone_from(&package.arch);
            }
            let key = (package.name.clone(), package.arch.clone());
            self.packages.insert(key, package);
        }
    }

    /// A package by name (`name` or `name:arch`) and architecture, when that is known.
    ///
    /// `all` and the native architecture stand for each other: a package may change between them.
    pub fn get(&self, name: &str, arch: Option<&str>) -> Option<&Package> {
        let (name, given) = match name.split_once(':') {
            Some((name, arch)) => (name, Some(arch)),
            None => (name, arch),
        };
        let exact = given
            .filter(|given| *given != "any")
            .and_then(|arch| self.packages.get(&(name.to_owned(), arch.to_owned())));
        exact.or_else(|| {
            let close = |package: &&Package| match given {
                None | Some("any") => true,
                Some("all") => package.arch == self.native,
                Some(given) => given == self.native && package.arch == "all",
            };
            let found: Vec<&Package> = self.named(name).filter(close).collect();
            let native = found.iter().find(|package| package.arch == self.native);
            native.or(found.first()).copied()
        })
    }

    /// The packages of a name, one for each architecture.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Package> {
        let from = (name.to_owned(), String::new());
        self.packages
            .range(from..)
            .take_while(move |((found, _), _)| found == name)
            .map(|(_, package)| package)
    }

    /// All packages.
    pub fn all(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// Packages that an interrupted run left half done.
    pub fn broken(&self) -> Vec<&Package> {
        self.all().filter(|package| package.is_broken()).collect()
    }
}

fn package(stanza: Stanza<'_>) -> Option<Package> {
    let mut package = Package {
        stanza: stanza.0.to_owned(),
        ..Package::default()
    };
    for (name, value) in stanza.fields() {
        let value = value.trim();
        match name {
            "Package" => package.name = value.to_owned(),
            "Architecture" => package.arch = value.to_owned(),
            "Version" => package.version = value.to_owned(),
            "Source" => value
                .split(' ')
                .next()
                .unwrap_or_default()
                .clone_into(&mut package.source),
            "Installed-Size" => {
                package.installed_bytes = value.parse::<u64>().unwrap_or(0).saturating_mul(1024);
            }
            "Multi-Arch" => package.side_by_side = value == "same",
            "Conffiles" => package.conffiles = value.lines().filter_map(conffile).collect(),
            "Status" => {
                let mut words = value.split(' ').map(str::to_owned);
                package.want = words.next().unwrap_or_default();
                package.flag = words.next().unwrap_or_default();
                package.state = words.next().unwrap_or_default();
            }
            _ => {}
        }
    }
    if package.source.is_empty() {
        package.source.clone_from(&package.name);
    }
    (!package.name.is_empty()).then_some(package)
}

/// ` /etc/x.conf 0123… [obsolete]`; a file that is yet to come has `newconffile` for its sum.
fn conffile(line: &str) -> Option<(String, String)> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    if words.last() == Some(&"obsolete") || words.last() == Some(&"remove-on-upgrade") {
        words.pop();
    }
    let sum = words.pop()?;
    Some((words.join(" "), sum.to_owned())).filter(|(path, _)| path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n\n\
        Package: libx\nStatus: hold ok installed\nMulti-Arch: same\nArchitecture: amd64\nVersion: 1\nSource: x (1.0)\n\n\
        Package: libx\nStatus: install ok installed\nMulti-Arch: same\nArchitecture: i386\nVersion: 1\n\n\
        Package: web\nStatus: install reinstreq half-installed\nArchitecture: all\nInstalled-Size: 3\nVersion: 2\n\
        Conffiles:\n /etc/web.conf 0123456789abcdef\n /etc/old.conf 00 obsolete\n";

    #[test]
    fn packages_are_found_by_name_and_architecture() {
        let status = Status::parse(TEXT);
        assert_eq!(status.native, "amd64");
        assert_eq!(status.get("libx", None).unwrap().arch, "amd64");
        assert_eq!(status.get("libx:i386", None).unwrap().arch, "i386");
        assert_eq!(
            status.get("libx", Some("i386")).unwrap().qualified(),
            "libx:i386"
        );
        assert_eq!(status.get("web", Some("amd64")).unwrap().arch, "all");
        assert!(status.get("libx", Some("arm64")).is_none());
        assert!(status.get("libx", None).unwrap().is_held());
        assert_eq!(status.get("libx", None).unwrap().source, "x");
    }

    #[test]
    fn what_was_interrupted_is_told() {
        let status = Status::parse(TEXT);
        let broken: Vec<&str> = status
            .broken()
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(broken, ["web"]);
        let web = status.get("web", None).unwrap();
        assert_eq!(web.installed_bytes, 3072);
        assert_eq!(web.conffiles.len(), 2);
        assert_eq!(web.conffiles[1], ("/etc/old.conf".into(), "00".into()));
    }

    #[test]
    fn steps_that_dpkg_did_not_merge_count() {
        let folder = tempfile::tempdir().unwrap();
        let admin = folder.path().join("var/lib/dpkg");
        std::fs::create_dir_all(admin.join("updates")).unwrap();
        std::fs::write(admin.join("status"), TEXT).unwrap();
        for (name, state) in [("0000", "half-installed"), ("0001", "unpacked")] {
            let step = format!(
                "Package: libx\nStatus: install ok {state}\nMulti-Arch: same\nArchitecture: amd64\nVersion: 2\n"
            );
            std::fs::write(admin.join("updates").join(name), step).unwrap();
        }
        let status = Status::read(&Below::open_root(folder.path()).unwrap()).unwrap();
        assert!(status.journal);
        let libx = status.get("libx", None).unwrap();
        assert_eq!(
            (libx.state.as_str(), libx.version.as_str()),
            ("unpacked", "2")
        );
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 1500, |bytes| {
            Status::parse(&String::from_utf8_lossy(bytes));
        });
    }
}
