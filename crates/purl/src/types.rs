//! What the registered types add to the general rules (purl-spec, `types/*-definition.json`).

use crate::{InvalidPurl, Purl};

/// A `git` name is the path of a repository on its host.
pub fn name_has_slashes(kind: &str) -> bool {
    kind == "git"
}

impl Purl {
    /// Folds case and separators as the type's definition says.
    pub(crate) fn normalise(&mut self) {
        self.split_name();
        match self.kind.as_str() {
            "alpm" | "apk" | "bitbucket" | "composer" | "deb" | "github" | "hex" | "luarocks"
            | "vscode-extension" => {
                self.lower_namespace();
                self.name.make_ascii_lowercase();
            }
            "bitnami" | "brew" | "chrome-extension" | "oci" | "otp" => {
                self.name.make_ascii_lowercase();
            }
            "rpm" | "qpkg" => self.lower_namespace(),
            "cpan" => {
                if let Some(namespace) = &mut self.namespace {
                    namespace.make_ascii_uppercase();
                }
            }
            "git" => self.lower_known_host(),
            "huggingface" => {
                if let Some(version) = &mut self.version {
                    version.make_ascii_lowercase();
                }
            }
            "mlflow" => self.lower_databricks(),
            "pub" => self.name = fold_pub(&self.name),
            "pypi" => self.name = fold_pypi(&self.name),
            _ => {}
        }
    }

    /// Some writers encode the slash of `@scope/name`, `vendor/name` or a module path into the name. A name of these
    /// types has none, so what stands before the last one is the namespace.
    fn split_name(&mut self) {
        let whole = matches!(
            self.kind.as_str(),
            "composer" | "github" | "golang" | "npm" | "swift"
        );
        if !whole || !self.name.contains('/') {
            return;
        }
        let path = match self.namespace.take() {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => std::mem::take(&mut self.name),
        };
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if let Some((name, namespace)) = parts.split_last() {
            self.name = (*name).to_owned();
            self.namespace = (!namespace.is_empty()).then(|| namespace.join("/"));
        }
    }

    fn lower_namespace(&mut self) {
        if let Some(namespace) = &mut self.namespace {
            namespace.make_ascii_lowercase();
        }
    }

    /// Paths on these hosts ignore case, as their own types say.
    fn lower_known_host(&mut self) {
        let host = self.namespace.as_deref().unwrap_or_default();
        let host = host.to_ascii_lowercase();
        if matches!(
            host.as_str(),
            "github" | "github.com" | "bitbucket" | "bitbucket.org"
        ) {
            self.namespace = Some(host);
            self.name.make_ascii_lowercase();
        }
    }

    /// Databricks ignores the case of model names, Azure ML does not; the repository tells which it is.
    fn lower_databricks(&mut self) {
        let repository = self.qualifier("repository_url").unwrap_or_default();
        if repository.contains("databricks") {
            self.name.make_ascii_lowercase();
        }
    }

    /// Whether the type's definition is met: namespace and version required or forbidden, qualifiers required,
    /// characters allowed.
    ///
    /// # Errors
    /// [`InvalidPurl::TypeRule`] with the rule.
    pub fn check(&self) -> Result<(), InvalidPurl> {
        let rule = |broken: bool, rule: &'static str| match broken {
            true => Err(InvalidPurl::TypeRule(rule)),
            false => Ok(()),
        };
        let namespace = self.namespace.is_some();
        match self.kind.as_str() {
            "alpm" | "apk" | "bitbucket" | "composer" | "deb" | "git" | "github" | "maven"
            | "qpkg" | "swift" | "vscode-extension" => {
                rule(!namespace, "a namespace is required")?;
            }
            "bazel" | "bitnami" | "cargo" | "chrome-extension" | "cocoapods" | "conda" | "cran"
            | "gem" | "hackage" | "julia" | "mlflow" | "nuget" | "oci" | "opam" | "otp" | "pub"
            | "pypi" | "vcpkg" => rule(namespace, "a namespace is not allowed")?,
            _ => {}
        }
        match self.kind.as_str() {
            "bazel" | "conda" => rule(self.version.is_none(), "a version is required"),
            "cpan" => rule(
                self.name.contains("::"),
                "a name is a distribution, not a module",
            ),
            "julia" => rule(self.qualifier("uuid").is_none(), "a uuid is required"),
            "swid" => rule(self.qualifier("tag_id").is_none(), "a tag_id is required"),
            "cocoapods" => {
                let bad = |c: char| c == '+' || c.is_whitespace();
                let bad = self.name.contains(bad) || self.name.starts_with('.');
                rule(
                    bad,
                    "a pod's name has no spaces, no plus and no dot in front",
                )
            }
            "chrome-extension" => {
                let name = self.name.len() == 32
                    && self
                        .name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() && b <= b'p');
                rule(!name, "an extension's name is 32 letters from a to p")?;
                let version = self.version.as_deref().unwrap_or("0");
                let number =
                    |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
                let numbers = version.split('.').count() <= 4 && version.split('.').all(number);
                rule(!numbers, "an extension's version is one to four numbers")
            }
            _ => Ok(()),
        }
    }
}

/// PEP 503: lower case, and runs of `-`, `_` and `.` become one `-`.
pub fn fold_pypi(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if folded.ends_with('-') => {}
            '-' | '_' | '.' => folded.push('-'),
            _ => folded.push(c.to_ascii_lowercase()),
        }
    }
    folded
}

/// Pub allows `[a-z0-9_]`; everything else becomes `_`.
fn fold_pub(name: &str) -> String {
    name.chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => c,
            _ => '_',
        })
        .collect()
}
