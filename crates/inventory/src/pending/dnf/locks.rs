//! What dnf was told not to install: versions that are locked (the versionlock plug-in of dnf 4 and yum, and
//! `versionlock.toml` of dnf 5) and packages that are excluded (`excludepkgs` of the main configuration).

use serde::Deserialize;

use crate::root::Root;

const LISTS: [&str; 2] = [
    "etc/dnf/plugins/versionlock.list",
    "etc/yum/pluginconf.d/versionlock.list",
];
const TABLE: &str = "etc/dnf/versionlock.toml";
const CONFIGURATIONS: [&str; 2] = ["etc/dnf/dnf.conf", "etc/yum.conf"];

/// Largest of these files, in bytes.
const LIMIT: u64 = 1 << 20;

/// Most entries that are looked at.
const MOST: usize = 10_000;

/// A package that would be installed.
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// `epoch:version-release`, without the epoch where it is 0.
    pub version: &'a str,
    /// Its architecture.
    pub arch: &'a str,
}

/// What must not be installed.
#[derive(Debug, Default)]
pub struct Locks {
    /// Package and pattern of the full name that it is locked to.
    locked: Vec<(String, String)>,
    /// Patterns of names or full names.
    excluded: Vec<String>,
}

impl Locks {
    /// Reads what is configured on a host, with the files that cannot be read and why.
    pub fn read(host: &Root) -> (Locks, Vec<(&'static str, String)>) {
        let mut locks = Locks::default();
        let mut problems = Vec::new();
        let text = |path| {
            let bytes = host.read(path, LIMIT).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        for list in LISTS {
            text(list).iter().for_each(|text| locks.add_list(text));
        }
        for configuration in CONFIGURATIONS {
            text(configuration)
                .iter()
                .for_each(|text| locks.add_excludes(text));
        }
        if let Some(Err(message)) = text(TABLE).map(|text| locks.add_table(&text)) {
            problems.push((TABLE, message));
        }
        locks.locked.truncate(MOST);
        locks.excluded.truncate(MOST);
        (locks, problems)
    }

    /// Whether dnf will not install a package unasked.
    pub fn hold(&self, candidate: &Candidate<'_>) -> bool {
        let names = candidate.names();
        let fits = |pattern: &str| names.iter().any(|name| glob(pattern, name));
        let mut locked = self
            .locked
            .iter()
            .filter(|(name, _)| glob(name, candidate.name))
            .peekable();
        let locked_out = locked.peek().is_some() && !locked.any(|(_, pattern)| fits(pattern));
        locked_out || self.excluded.iter().any(|pattern| fits(pattern))
    }

    /// A pattern a line; with `!` in front it is a version that must not come.
    fn add_list(&mut self, text: &str) {
        for line in text.lines().map(str::trim) {
            match line.strip_prefix('!') {
                _ if line.is_empty() || line.starts_with('#') => {}
                Some(pattern) => self.excluded.push(pattern.to_owned()),
                None => {
                    // yum writes the epoch in front of all.
                    let (epoch, rest) = line.split_once(':').unwrap_or(("", line));
                    let before = !epoch.is_empty() && epoch.bytes().all(|b| b.is_ascii_digit());
                    let full = if before { rest } else { line };
                    let name = full.rsplitn(3, '-').nth(2).unwrap_or(full);
                    self.locked.push((name.to_owned(), full.to_owned()));
                }
            }
        }
    }

    fn add_table(&mut self, text: &str) -> Result<(), String> {
        let table: Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        for package in table.packages {
            for condition in &package.conditions {
                let (evr, name) = (&condition.value, &package.name);
                match (condition.key.as_str(), condition.comparator.as_str()) {
                    ("evr", "=" | "==") => {
                        let pattern = format!("{name}-{evr}.*");
                        self.locked.push((name.clone(), pattern));
                    }
                    ("evr", "!=") => self.excluded.push(format!("{name}-{evr}.*")),
                    // Bounds and architectures: that it is locked is all that is used.
                    _ => self.locked.push((name.clone(), String::new())),
                }
            }
        }
        Ok(())
    }

    /// `excludepkgs` and its older name `exclude` of `[main]`.
    fn add_excludes(&mut self, text: &str) {
        let mut main = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                main = line == "[main]";
            }
            let Some((key, value)) = line.split_once('=').filter(|_| main) else {
                continue;
            };
            if matches!(key.trim(), "exclude" | "excludepkgs") {
                let patterns = value.split([',', ' ', '\t']);
                let patterns = patterns.filter(|pattern| !pattern.is_empty());
                self.excluded.extend(patterns.map(str::to_owned));
            }
        }
    }
}

#[derive(Deserialize)]
struct Table {
    #[serde(default)]
    packages: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    #[serde(default)]
    key: String,
    #[serde(default)]
    comparator: String,
    #[serde(default)]
    value: String,
}

impl Candidate<'_> {
    /// The ways in which dnf lets a package be named.
    fn names(&self) -> Vec<String> {
        let Candidate {
            name,
            version,
            arch,
        } = self;
        let (epoch, plain) = version.split_once(':').unwrap_or(("0", version));
        let mut names = vec![
            (*name).to_owned(),
            format!("{name}.{arch}"),
            format!("{name}-{epoch}:{plain}"),
            format!("{name}-{epoch}:{plain}.{arch}"),
        ];
        if epoch == "0" {
            names.push(format!("{name}-{plain}"));
            names.push(format!("{name}-{plain}.{arch}"));
        }
        names
    }
}

/// Whether a text fits a pattern of `*` (anything) and `?` (one character). Its time is bounded by the product of both
/// lengths.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    (p, t) = (*at + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(fill: impl FnOnce(&mut Locks), version: &str) -> bool {
        let mut locks = Locks::default();
        fill(&mut locks);
        locks.hold(&Candidate {
            name: "tool-libs",
            version,
            arch: "x86_64",
        })
    }

    #[test]
    fn a_locked_package_is_held_at_other_versions() {
        for line in [
            "tool-libs-0:1.0-1.el9.*",
            "0:tool-libs-1.0-1.el9.*",
            "tool-libs-1.0-1.el9.x86_64",
        ] {
            let list = format!("# a comment\n\n{line}\nother-0:1-1.*\n");
            assert!(holds(|l| l.add_list(&list), "1.0-2.el9"), "{line}");
            assert!(!holds(|l| l.add_list(&list), "1.0-1.el9"), "{line}");
        }
        assert!(!holds(|l| l.add_list("tool-0:1.0-1.el9.*"), "1.0-2.el9"));
        assert!(holds(|l| l.add_list("!tool-libs-0:2.0-*"), "2.0-1"));
        assert!(!holds(|l| l.add_list("!tool-libs-0:2.0-*"), "3.0-1"));
    }

    #[test]
    fn the_table_of_dnf_5_is_read() {
        let table = |comparator: &str| {
            format!(
                "version = \"1.0\"\n[[packages]]\nname = \"tool-libs\"\n[[packages.conditions]]\nkey = \"evr\"\ncomparator = \"{comparator}\"\nvalue = \"1:1.0-1\"\n"
            )
        };
        let held = |comparator, version| {
            let table = table(comparator);
            holds(|l| l.add_table(&table).unwrap(), version)
        };
        assert!(!held("=", "1:1.0-1"));
        assert!(held("=", "1:1.0-2"));
        assert!(held("!=", "1:1.0-1"));
        assert!(held("<", "1:1.0-2"));
        assert!(Locks::default().add_table("packages = 1").is_err());
    }

    #[test]
    fn excludes_of_the_main_section_hold() {
        let main = "[main]\ngpgcheck=1\nexcludepkgs = kernel*, tool-*\n";
        assert!(holds(|l| l.add_excludes(main), "1-1"));
        let other = "[repository]\nexclude=tool-*\n[main]\n";
        assert!(!holds(|l| l.add_excludes(other), "1-1"));
    }

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?c", "abc", true),
            ("", "a", false),
            ("a**", "a", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
        assert!(!glob(&"*a".repeat(200), &"a".repeat(199)));
    }

    #[test]
    fn mutations_never_panic() {
        let seeds: [&[u8]; 2] = [b"!a-0:1-1.*\n0:b-1-1.x\n", b"[main]\nexclude=a*,b\n"];
        patchward_test_support::mutate(&seeds, 1_000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let mut locks = Locks::default();
            locks.add_list(&text);
            locks.add_excludes(&text);
            let _ = locks.add_table(&text);
            locks.hold(&Candidate {
                name: "a",
                version: "1-1",
                arch: "x",
            });
        });
    }
}
