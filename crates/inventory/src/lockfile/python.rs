//! What Python's lockfiles and manifests have in common: names, and requirements (PEP 508).

/// A name as the index compares it (PEP 503): lower case, with `-` for each run of `-`, `_` and `.`.
pub(crate) fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('-');
        }
        normal.extend(part.chars().flat_map(char::to_lowercase));
    }
    normal
}

/// A requirement in its parts: `name[extra] >=1,<2 ; marker` or `name @ address`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Requirement<'a> {
    /// As written.
    pub(crate) name: &'a str,
    /// The version part, without parentheses, or nothing.
    pub(crate) constraint: &'a str,
    /// The address of a direct reference.
    pub(crate) address: Option<&'a str>,
}

/// Reads a requirement; nothing for what does not begin with a name.
pub(crate) fn requirement(text: &str) -> Option<Requirement<'_>> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let begins_well = name.starts_with(|c: char| c.is_alphanumeric());
    if !begins_well || !name.ends_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1.trim_start(),
        None => rest,
    };
    if let Some(address) = rest.strip_prefix('@') {
        let address = address.split(" ;").next().unwrap_or(address).trim();
        return Some(Requirement {
            name,
            constraint: "",
            address: Some(address),
        });
    }
    let constraint = rest.split(';').next().unwrap_or_default().trim();
    let constraint = constraint
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(constraint);
    if !constraint.is_empty() && !constraint.starts_with(['=', '>', '<', '~', '!', '^']) {
        return None;
    }
    Some(Requirement {
        name,
        constraint: constraint.trim(),
        address: None,
    })
}

/// The lowest version that a constraint names: `==1.0` gives 1.0, `>=1.0,<2` the lower bound, `==1.2.*` is 1.2.0.
///
/// A bound without wildcard goes before one with; upper bounds and `!=` name none.
pub(crate) fn lowest(constraint: &str) -> Option<String> {
    let clauses = constraint.split(',').map(str::trim);
    let bounds: Vec<&str> = clauses
        .filter_map(|clause| {
            let end = clause.find(|c: char| !"=<>~!^".contains(c))?;
            let (operator, version) = clause.split_at(end);
            matches!(operator, "==" | "===" | ">=" | "~=" | "^" | "~" | ">").then(|| version.trim())
        })
        .filter(|version| is_version(version.strip_suffix(".*").unwrap_or(version)))
        .collect();
    let plain = bounds.iter().find(|version| !version.ends_with(".*"));
    let wild = bounds.iter().find_map(|version| version.strip_suffix(".*"));
    plain
        .map(|version| (*version).to_owned())
        .or_else(|| wild.map(|version| format!("{version}.0")))
}

/// It begins with a digit (after `v` and an epoch the same) and has no foreign characters.
fn is_version(version: &str) -> bool {
    version
        .trim_start_matches('v')
        .starts_with(|c: char| c.is_ascii_digit())
        && version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_+!".contains(&byte))
}

/// The constraint pins one version: `==` without a wildcard, or `===`.
pub(crate) fn is_pinned(constraint: &str) -> bool {
    constraint.starts_with("==") && !constraint.contains(['*', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_the_index_does() {
        assert_eq!(normal_name("Foo__Bar.baz-"), "foo-bar-baz");
    }

    #[test]
    fn requirements_fall_into_their_parts() {
        let check = |text, name, constraint, address| {
            assert_eq!(
                requirement(text),
                Some(Requirement {
                    name,
                    constraint,
                    address
                }),
                "{text}"
            );
        };
        check("a", "a", "", None);
        check(
            "a [x,y] >= 1 , < 2 ; python_version < '3'",
            "a",
            ">= 1 , < 2",
            None,
        );
        check("a (==1.0)", "a", "==1.0", None);
        check(
            "a@ https://x.example/a.whl ; os_name == 'nt'",
            "a",
            "",
            Some("https://x.example/a.whl"),
        );
        check("a; extra == 'b'", "a", "", None);
        assert_eq!(requirement("{{ a }}"), None);
        assert_eq!(requirement("-e ."), None);
        assert_eq!(requirement("a b"), None);
    }

    #[test]
    fn bounds_name_their_lowest_version() {
        let check = |constraint, version: Option<&str>| {
            assert_eq!(lowest(constraint).as_deref(), version, "{constraint}");
        };
        check(">= 1.0, <2", Some("1.0"));
        check("<2,==1.*", Some("1.0"));
        check("==1.*,>=1.2", Some("1.2"));
        check("==4.*.1", None);
        check("=='x'", None);
        check("!=1", None);
        assert!(is_pinned("==1.0") && is_pinned("===1.0") && !is_pinned("==1.*"));
    }
}
