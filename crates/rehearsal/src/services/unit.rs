//! Reads a service unit (systemd.service(5)) as far as starting it in a clone needs.

use std::collections::BTreeMap;

use super::words::{Specifiers, list, split};

/// One command of a unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exec {
    pub argv: Vec<String>,
    /// A failure does not count (`-`).
    pub may_fail: bool,
    /// It runs as root whatever `User=` says (`+`, `!`).
    pub as_root: bool,
}

/// A unit with its drop-ins.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Unit {
    name: String,
    /// Section, key and value of each line, in order.
    lines: Vec<(String, String, String)>,
}

impl Unit {
    /// Reads the unit `name` from the text of its file and its drop-ins.
    pub fn parse<'a>(name: &str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut unit = Self {
            name: name.to_owned(),
            lines: Vec::new(),
        };
        for text in texts {
            let text = text.replace("\\\n", " ");
            let mut section = String::new();
            for line in text.lines().map(str::trim) {
                if let Some(name) = line
                    .strip_prefix('[')
                    .and_then(|line| line.strip_suffix(']'))
                {
                    section = name.to_owned();
                } else if !line.starts_with(['#', ';']) {
                    unit.lines.extend(line.split_once('=').map(|(key, value)| {
                        (
                            section.clone(),
                            key.trim().to_owned(),
                            value.trim().to_owned(),
                        )
                    }));
                }
            }
        }
        unit
    }

    /// All values of a key; an empty one takes back those before it.
    fn values(&self, section: &str, key: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for (_, _, value) in self
            .lines
            .iter()
            .filter(|(of, name, _)| of == section && name == key)
        {
            if value.is_empty() {
                found.clear();
            } else {
                found.push(value.as_str());
            }
        }
        found
    }

    /// The last value of a key of `[Service]`.
    pub fn service(&self, key: &str) -> Option<&str> {
        self.values("Service", key).pop()
    }

    /// The words of all values of a key.
    pub fn words(&self, section: &str, key: &str) -> Vec<String> {
        let specifiers = self.specifiers();
        self.values(section, key)
            .iter()
            .flat_map(|value| list(value, &specifiers))
            .collect()
    }

    /// Whether its program goes on in the background by itself, ends by itself, or stays.
    pub fn kind(&self) -> Kind {
        match self.service("Type") {
            Some("forking") => Kind::Forking,
            Some("oneshot") => Kind::Oneshot,
            _ => Kind::Staying,
        }
    }

    /// Assignments of `Environment=`.
    pub fn environment(&self) -> BTreeMap<String, String> {
        assignments(self.words("Service", "Environment"))
    }

    /// Files of `EnvironmentFile=`; one with a dash may be absent, which counts the same here.
    pub fn environment_files(&self) -> Vec<String> {
        let files = self.words("Service", "EnvironmentFile");
        files
            .iter()
            .map(|file| file.trim_start_matches('-').to_owned())
            .collect()
    }

    /// Commands of a key such as `ExecStart`.
    pub fn commands(&self, key: &str, variables: &BTreeMap<String, String>) -> Vec<Exec> {
        let specifiers = self.specifiers();
        let lines = self.values("Service", key).into_iter();
        lines
            .filter_map(|line| command(line, &specifiers, variables))
            .collect()
    }

    fn specifiers(&self) -> Specifiers<'_> {
        Specifiers { unit: &self.name }
    }
}

/// How a service's program behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Forking,
    Oneshot,
    Staying,
}

/// `NAME=value` pairs, of a list or of the lines of a file.
pub(super) fn assignments(lines: impl IntoIterator<Item = String>) -> BTreeMap<String, String> {
    let pairs = lines.into_iter().filter_map(|line| {
        let line = line.trim();
        let (name, value) = line
            .split_once('=')
            .filter(|_| !line.starts_with(['#', ';']))?;
        let value = value.trim();
        let unquoted = ['"', '\'']
            .iter()
            .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        Some((name.trim().to_owned(), unquoted.unwrap_or(value).to_owned()))
    });
    pairs.collect()
}

fn command(
    line: &str,
    specifiers: &Specifiers<'_>,
    variables: &BTreeMap<String, String>,
) -> Option<Exec> {
    let program = line.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let prefix = line.get(..line.len() - program.len())?;
    let mut argv = split(program, specifiers, variables);
    if prefix.contains('@') && argv.len() > 1 {
        // The second word is only the name that the program sees itself by.
        argv.remove(1);
    }
    (!argv.is_empty()).then(|| Exec {
        argv,
        may_fail: prefix.contains('-'),
        as_root: prefix.contains(['+', '!']),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "[Unit]\nAfter=network.target db.service\n# a comment\n[Service]\nType=forking\n\
        Environment=\"ONE=1 2\" TWO=x\nEnvironmentFile=-/etc/default/app\n\
        ExecStartPre=-/bin/check \\\n  --all\nExecStart=@/bin/app app $TWO\n";

    #[test]
    fn a_unit_is_read_with_its_drop_ins() {
        let unit = Unit::parse(
            "app.service",
            [UNIT, "[Service]\nExecStart=\nExecStart=+/bin/other\n"],
        );
        let variables = unit.environment();
        assert_eq!(variables["ONE"], "1 2");
        assert_eq!(unit.kind(), Kind::Forking);
        assert_eq!(unit.environment_files(), ["/etc/default/app"]);
        assert_eq!(
            unit.words("Unit", "After"),
            ["network.target", "db.service"]
        );
        let pre = unit.commands("ExecStartPre", &variables);
        assert_eq!(pre[0].argv, ["/bin/check", "--all"]);
        assert!(pre[0].may_fail);
        let start = unit.commands("ExecStart", &variables);
        assert_eq!(start.len(), 1);
        assert!(start[0].argv == ["/bin/other"] && start[0].as_root);
    }

    #[test]
    fn another_name_for_the_program_is_dropped() {
        let unit = Unit::parse("app.service", [UNIT]);
        let start = unit.commands("ExecStart", &unit.environment());
        assert_eq!(start[0].argv, ["/bin/app", "x"]);
    }

    #[test]
    fn environment_files_have_comments_and_quotes() {
        let read = assignments([
            "# no".to_owned(),
            "A='b c'".to_owned(),
            "nothing".to_owned(),
        ]);
        assert_eq!(read, BTreeMap::from([("A".to_owned(), "b c".to_owned())]));
    }
}
