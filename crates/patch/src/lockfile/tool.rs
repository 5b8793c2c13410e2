//! The tools: what a person types, and what keeps scripts, builds and installation out of it.

use super::{Move, Part};

/// A package manager that can compute a lockfile without installing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the name of the tool")]
pub enum Tool {
    Cargo,
    Npm,
    Uv,
    Composer,
}

/// Versions that a requirement allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// This one (in the tool's own habit: `cargo add` and `npm install` write a caret requirement).
    Exactly(String),
    /// Later than the first and, where told, earlier than the second.
    Between(String, Option<String>),
}

impl Tool {
    /// The tool of this name, as [`Tool::name`] has it.
    pub fn named(name: &str) -> Option<Tool> {
        let all = [Tool::Cargo, Tool::Npm, Tool::Uv, Tool::Composer];
        all.into_iter().find(|tool| tool.name() == name)
    }

    /// Its name, which is the program's.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Cargo => "cargo",
            Tool::Npm => "npm",
            Tool::Uv => "uv",
            Tool::Composer => "composer",
        }
    }

    /// Whether a lockfile can give a package exactly the version that is asked for, without the project's own word.
    pub fn is_exact(self) -> bool {
        self != Tool::Npm
    }

    /// What a person types for a move, word by word.
    pub fn words(self, step: &Move) -> Vec<String> {
        let (first, rest) = match step {
            Move::Lock { package, from, to } => self.lock(package, from, to.as_deref()),
            Move::Manifest { package, to, part } => self.manifest(package, to, part),
        };
        let mut words = vec![self.name().to_owned()];
        words.extend(first.iter().map(|word| (*word).to_owned()));
        words.extend(rest);
        words
    }

    fn lock(
        self,
        package: &str,
        from: &str,
        to: Option<&str>,
    ) -> (&'static [&'static str], Vec<String>) {
        match self {
            Tool::Cargo => {
                let mut words = vec![format!("{package}@{from}")];
                if let Some(to) = to {
                    words.extend(["--precise".to_owned(), to.to_owned()]);
                }
                (&["update", "-p"], words)
            }
            Tool::Npm => (&["update"], vec![package.to_owned()]),
            Tool::Uv => (
                &["lock", "--upgrade-package"],
                vec![join(package, "==", to)],
            ),
            Tool::Composer => (
                &["update", "--with-all-dependencies"],
                vec![join(package, ":", to)],
            ),
        }
    }

    fn manifest(
        self,
        package: &str,
        to: &Versions,
        part: &Part,
    ) -> (&'static [&'static str], Vec<String>) {
        let range = |exactly: &str, between: &str| match to {
            Versions::Exactly(version) => format!("{package}{exactly}{version}"),
            Versions::Between(above, None) => format!("{package}{between}>{above}"),
            Versions::Between(above, Some(below)) => {
                let comma = if self == Tool::Npm { " " } else { "," };
                format!("{package}{between}>{above}{comma}<{below}")
            }
        };
        let verb: &[&str] = match (self, part) {
            (Tool::Cargo, Part::Development(_)) => &["add", "--dev"],
            (Tool::Cargo, _) => &["add"],
            (Tool::Npm, Part::Development(_)) => &["install", "--save-dev"],
            (Tool::Npm, _) => &["install"],
            (Tool::Uv, Part::Development(None)) => &["add", "--dev"],
            (Tool::Uv, Part::Development(Some(_))) => &["add", "--group"],
            (Tool::Uv, Part::Extra(_)) => &["add", "--optional"],
            (Tool::Uv, Part::Runtime) => &["add"],
            (Tool::Composer, Part::Development(_)) => {
                &["require", "--dev", "--with-all-dependencies"]
            }
            (Tool::Composer, _) => &["require", "--with-all-dependencies"],
        };
        let wanted = match self {
            Tool::Cargo | Tool::Npm => range("@", "@"),
            Tool::Uv => range("==", ""),
            Tool::Composer => range(":", ":"),
        };
        let named = part.name().filter(|_| self == Tool::Uv);
        let rest = named.map(str::to_owned).into_iter().chain([wanted]);
        (verb, rest.collect())
    }

    /// Flags that keep scripts, builds of foreign code and installation out. They come after the words.
    pub fn guards(self, step: &Move) -> &'static [&'static str] {
        match (self, step) {
            (Tool::Cargo, _) => &["--quiet"],
            (Tool::Npm, _) => &[
                "--package-lock-only",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-update-notifier",
                "--no-progress",
                "--color=false",
            ],
            (Tool::Uv, Move::Lock { .. }) => &["--no-build", "--no-progress", "--color=never"],
            (Tool::Uv, Move::Manifest { .. }) => {
                &["--no-sync", "--no-build", "--no-progress", "--color=never"]
            }
            (Tool::Composer, Move::Lock { .. }) => &[
                "--no-install",
                "--no-scripts",
                "--no-plugins",
                "--no-interaction",
                "--no-progress",
                "--no-ansi",
                "--no-audit",
            ],
            (Tool::Composer, Move::Manifest { .. }) => &[
                "--no-install",
                "--no-scripts",
                "--no-plugins",
                "--no-interaction",
                "--no-progress",
                "--no-ansi",
                "--no-audit",
                "--update-no-dev",
            ],
        }
    }

    /// Variables that keep it from fetching more than packages, and from colours.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Tool::Cargo => &[
                ("LC_ALL", "C"),
                ("CARGO_TERM_COLOR", "never"),
                ("CARGO_NET_RETRY", "1"),
                // No other toolchain is fetched for the copy.
                ("RUSTUP_AUTO_INSTALL", "0"),
            ],
            Tool::Npm => &[("LC_ALL", "C"), ("npm_config_fetch_retries", "1")],
            Tool::Uv => &[("LC_ALL", "C"), ("UV_PYTHON_DOWNLOADS", "never")],
            Tool::Composer => &[("LC_ALL", "C"), ("COMPOSER_ALLOW_SUPERUSER", "1")],
        }
    }

    /// Names of files that are copied as they are.
    pub(super) fn manifests(self) -> &'static [&'static str] {
        match self {
            Tool::Cargo => &["Cargo.toml", "Cargo.lock"],
            Tool::Npm => &["package.json", "package-lock.json", "npm-shrinkwrap.json"],
            Tool::Uv => &["pyproject.toml", "uv.lock", "uv.toml"],
            Tool::Composer => &["composer.json", "composer.lock"],
        }
    }
}

fn join(package: &str, between: &str, to: Option<&str>) -> String {
    to.map_or_else(
        || package.to_owned(),
        |to| format!("{package}{between}{to}"),
    )
}

/// The line of an output that tells why: the first that an error mark begins, else the last that says anything.
pub(super) fn reason(errors: &str, output: &str) -> String {
    const LONGEST: usize = 300;
    let said = || errors.lines().chain(output.lines()).map(str::trim);
    let marked = |line: &&str| {
        line.strip_prefix("cause: ").is_some()
            || line.starts_with("error: ")
            || line.starts_with("npm error ")
    };
    // uv tells the causes below the error, the deepest last; npm its code above the words.
    let cause = said()
        .rfind(|line| line.starts_with("cause: "))
        .or_else(|| said().find(|line| line.starts_with("npm error While")));
    // Composer ends with what it undid; its problems are a list above that.
    let problem = || said().rfind(|line| line.starts_with("- "));
    let line = cause
        .or_else(|| said().find(marked))
        .or_else(problem)
        .or_else(|| said().rfind(|line| !line.is_empty()))
        .unwrap_or("no reason given");
    let line = ["cause: ", "error: ", "npm error ", "- "]
        .iter()
        .fold(line, |line, mark| line.strip_prefix(mark).unwrap_or(line));
    line.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}
