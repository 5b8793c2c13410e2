//! A plain list of packages: a purl or `ecosystem/name@version` a line.

use std::io::{self, Read};

use patchward_protocol::inventory::{Asset, AssetKind, Component, Inventory, Location};
use patchward_purl::Purl;

use crate::parse::{MAX_COMPONENTS, MAX_FILE};
use crate::target::problem;

/// Purl types of the ecosystems that a line may name.
const TYPES: [(&str, &str); 12] = [
    ("npm", "npm"),
    ("PyPI", "pypi"),
    ("crates.io", "cargo"),
    ("Go", "golang"),
    ("Maven", "maven"),
    ("NuGet", "nuget"),
    ("Packagist", "composer"),
    ("RubyGems", "gem"),
    ("Hex", "hex"),
    ("Pub", "pub"),
    ("CRAN", "cran"),
    ("Hackage", "hackage"),
];

/// Reads a list from where it comes.
///
/// # Errors
/// When it cannot be read, is larger than a lockfile may be, or is not UTF-8.
pub fn read_from(name: &str, source: impl Read) -> io::Result<Inventory> {
    let mut text = String::new();
    let length = source.take(MAX_FILE + 1).read_to_string(&mut text)? as u64;
    if length > MAX_FILE {
        let message = format!("larger than {} MiB", MAX_FILE >> 20);
        return Err(io::Error::other(message));
    }
    Ok(read(name, &text))
}

/// Reads a list; empty lines and those that begin with `#` are passed over, and a line that cannot be read is a
/// problem.
pub fn read(name: &str, text: &str) -> Inventory {
    let asset = Asset {
        kind: AssetKind::Sbom,
        name: name.to_owned(),
    };
    let mut inventory = Inventory {
        asset,
        sources: vec![name.to_owned()],
        ..Inventory::default()
    };
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if inventory.components.len() + inventory.problems.len() >= MAX_COMPONENTS {
            let message = format!("the rest was not read: more than {MAX_COMPONENTS} packages");
            let cut = problem(name, Some(number), message);
            inventory.problems.push(cut);
            break;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match purl_of(line) {
            Some(purl) => inventory.components.push(Component {
                name: purl.package_name(),
                version: purl.version().unwrap_or_default().to_owned(),
                purl: purl.to_string(),
                locations: vec![Location {
                    path: name.to_owned(),
                    line: Some(number),
                }],
                ..Component::default()
            }),
            None => {
                let message = "expected a purl (pkg:npm/lodash@4.17.20) or ecosystem/name@version";
                inventory
                    .problems
                    .push(problem(name, Some(number), message));
            }
        }
    }
    inventory
}

fn purl_of(line: &str) -> Option<Purl> {
    if line.starts_with("pkg:") {
        return line.parse().ok();
    }
    let (ecosystem, rest) = line.split_once('/')?;
    let (_, kind) = TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(ecosystem))?;
    let (name, version) = match rest.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() => (name, Some(version)),
        _ => (rest, None),
    };
    let separator = if *kind == "maven" { ':' } else { '/' };
    let (namespace, name) = match name.rsplit_once(separator) {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, name),
    };
    let purl = Purl::new(kind, namespace, name).ok()?;
    match version {
        Some(version) => Some(purl.with_version(version)),
        None => Some(purl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_end_is_refused() {
        let endless = io::repeat(b'#');
        let error = read_from("list", endless).unwrap_err();
        assert_eq!(error.to_string(), "larger than 256 MiB");
    }

    #[test]
    fn a_line_is_a_purl_or_an_ecosystem_with_a_name() {
        let text =
            "# mine\npkg:cargo/time@0.1.0\nnpm/@babel/core@7.0.0\n\nMaven/org.x:y@1\nnonsense\n";
        let inventory = read("list", text);
        let purls: Vec<_> = inventory
            .components
            .iter()
            .map(|component| component.purl.as_str())
            .collect();
        assert_eq!(
            purls,
            [
                "pkg:cargo/time@0.1.0",
                "pkg:npm/%40babel/core@7.0.0",
                "pkg:maven/org.x/y@1"
            ]
        );
        assert_eq!(inventory.components[1].name, "@babel/core");
        assert_eq!(inventory.problems[0].location.line, Some(6));
    }

    #[test]
    fn mutated_lists_never_panic_and_lose_no_line() {
        let seed = b"# mine\npkg:cargo/time@0.1.0\nnpm/@babel/core@7.0.0\nMaven/org.x:y@1\n";
        patchward_test_support::mutate(&[seed], 2000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let lines = text.lines().map(str::trim);
            let told = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            let inventory = read("list", &text);
            assert_eq!(
                inventory.components.len() + inventory.problems.len(),
                told.count(),
                "{text:?}"
            );
        });
    }
}
