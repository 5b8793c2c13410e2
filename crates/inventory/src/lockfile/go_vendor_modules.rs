//! `vendor/modules.txt` (Go modules reference, "Vendoring"): the modules whose packages were copied into the project.
//! Only a module with at least one package is really there.

use super::Format;
use super::package::{component, problem};
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "go-vendor-modules",
    matches: |name| name == "modules.txt",
    parse,
    exact: true,
};

/// A `# path version` line, and what follows it.
struct Module<'a> {
    /// The name that its packages begin with.
    path: &'a str,
    version: &'a str,
    replacement: Option<&'a str>,
    explicit: bool,
    line: Option<u32>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let mut parsed = Parsed::default();
    let mut module: Option<Module<'_>> = None;
    for (at, line) in text.lines().map(str::trim_end).enumerate() {
        let number = u32::try_from(at + 1).ok();
        if let Some(marks) = line.strip_prefix("## ") {
            if let Some(module) = &mut module {
                module.explicit = marks.split(';').any(|mark| mark.trim() == "explicit");
            }
        } else if let Some(header) = line.strip_prefix("# ") {
            module = match header_of(header, number) {
                Ok(module) => module,
                Err(message) => {
                    parsed.problems.push(problem(input.path, number, message));
                    None
                }
            };
        } else if !line.is_empty()
            && let Some(found) = module.take_if(|module| holds(module.path, line))
        {
            parsed.components.push(vendored(&found, input.path));
        }
    }
    Ok(parsed)
}

/// Reads `path version`, with ` => replacement` or not; nothing for the closing list of replaced paths without version.
fn header_of(header: &str, line: Option<u32>) -> Result<Option<Module<'_>>, String> {
    let (name, replacement) = match header.split_once(" => ") {
        Some((name, replacement)) => (name, Some(replacement)),
        None => (header, None),
    };
    let (path, version) = match name.split_whitespace().collect::<Vec<_>>()[..] {
        [path, version] => (path, version),
        [_] if replacement.is_some() => return Ok(None),
        _ => return Err(format!("expected module and version: {header}")),
    };
    if !is_version(version) || !major_fits(path, version) {
        return Err(format!("{version:?} is not a version of {path}"));
    }
    let words = replacement.map_or(0, |replacement| replacement.split_whitespace().count());
    let local = replacement.is_some_and(|path| path.starts_with(['.', '/']));
    if words > 2 || (words == 1 && !local) {
        return Err(format!(
            "expected a folder, or a module and version: {header}"
        ));
    }
    Ok(Some(Module {
        path,
        version,
        replacement,
        explicit: false,
        line,
    }))
}

/// `v1.2.3` with pre-release or build metadata.
fn is_version(version: &str) -> bool {
    let Some(rest) = version.strip_prefix('v') else {
        return false;
    };
    let core = rest.split(['-', '+']).next().unwrap_or_default();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    core.split('.').count() == 3 && core.split('.').all(digits)
}

/// A path that ends in `/vN` takes versions of major N only.
fn major_fits(path: &str, version: &str) -> bool {
    let Some((_, suffix)) = path.rsplit_once("/v") else {
        return true;
    };
    if suffix.is_empty() || !suffix.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    version
        .strip_prefix('v')
        .and_then(|rest| rest.split('.').next())
        == Some(suffix)
}

fn holds(module: &str, package: &str) -> bool {
    let rest = package.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn vendored(module: &Module<'_>, path: &str) -> patchward_protocol::inventory::Component {
    let replacement = module.replacement.map(str::split_whitespace);
    let new = replacement.map(|mut words| (words.next().unwrap_or_default(), words.next()));
    let mut found = match new {
        Some((name, Some(version))) => component("golang", name, version, path, module.line),
        Some((folder, None)) => {
            let mut own = component("golang", module.path, "", path, module.line);
            own.properties.insert("origin".into(), folder.into());
            own.own = true;
            own
        }
        None => component("golang", module.path, module.version, path, module.line),
    };
    if module.replacement.is_some() {
        let replaced = format!("{}@{}", module.path, module.version);
        found.properties.insert("replaces".into(), replaced);
    }
    found.direct = Some(module.explicit);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "# a.example/a v1.0.0
## explicit; go 1.20
a.example/a
a.example/a/sub
# b.example/b v1.0.0
b.example/b/sub
# c.example/c v1.0.0 => d.example/d v2.0.0
## explicit
c.example/c
# e.example/unused v1.0.0
# f.example/f nope
# g.example/g => ../g
";

    fn read(text: &str) -> Parsed {
        parse(&Input {
            path: "vendor/modules.txt",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap()
    }

    #[test]
    fn modules_with_packages_are_there() {
        let got = read(SMALL);
        let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:golang/a.example/a@v1.0.0",
                "pkg:golang/b.example/b@v1.0.0",
                "pkg:golang/d.example/d@v2.0.0"
            ]
        );
        let direct: Vec<_> = got.components.iter().map(|c| c.direct).collect();
        assert_eq!(direct, [Some(true), Some(false), Some(true)]);
        assert_eq!(got.problems[0].location.line, Some(11));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1000, |bytes| {
            read(&String::from_utf8_lossy(bytes));
        });
    }
}
