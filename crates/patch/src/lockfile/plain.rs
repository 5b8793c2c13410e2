//! Names and versions that are nothing but that: a tool takes some words for flags, paths or addresses.

use super::{Move, Tool, TrialError, Versions};

/// Refuses a move whose words could mean something else.
///
/// # Errors
/// With the word.
pub fn check(tool: Tool, step: &Move) -> Result<(), TrialError> {
    let (package, versions): (&str, Vec<&str>) = match step {
        Move::Lock { package, from, to } => (
            package,
            std::iter::once(from.as_str())
                .chain(to.as_deref())
                .collect(),
        ),
        Move::Manifest { package, to, .. } => (package, to.words()),
    };
    let part = match step {
        Move::Manifest { part, .. } => part.name(),
        Move::Lock { .. } => None,
    };
    let mut names = std::iter::once(package).chain(part);
    let bad = names
        .find(|name| !is_name(tool, name))
        .or_else(|| versions.into_iter().find(|version| !is_version(version)));
    bad.map_or(Ok(()), |text| {
        Err(TrialError::NotPlain {
            text: text.to_owned(),
        })
    })
}

/// npm takes `user/project` for an address and `@user/package` for a name; Composer's names are `vendor/package`.
fn is_name(tool: Tool, name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c))
    };
    match (tool, name.split_once('/')) {
        (_, None) => part(name),
        (Tool::Npm, Some((scope, rest))) => scope.strip_prefix('@').is_some_and(part) && part(rest),
        (Tool::Composer, Some((vendor, rest))) => part(vendor) && part(rest),
        _ => false,
    }
}

fn is_version(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".+-_!".contains(c))
}

impl Versions {
    fn words(&self) -> Vec<&str> {
        match self {
            Versions::Exactly(version) => vec![version],
            Versions::Between(above, below) => std::iter::once(above.as_str())
                .chain(below.as_deref())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flags_paths_and_addresses_are_no_names() {
        for name in [
            "--global",
            "..",
            "./x",
            "user/project",
            "git+ssh://x",
            "a b",
            "",
            "a@1",
            "npm:x",
            "-p",
        ] {
            assert!(!is_name(Tool::Npm, name), "{name}");
        }
        for name in ["lodash", "@babel/core", "a.b-c_d", "_x"] {
            assert!(is_name(Tool::Npm, name), "{name}");
        }
        assert!(is_name(Tool::Composer, "vendor/package"));
        assert!(!is_name(Tool::Cargo, "a/b") && !is_name(Tool::Uv, "./a"));
        assert!(is_version("1.2.3-rc.1+build") && is_version("1!2.0"));
        assert!(!is_version("file:x") && !is_version("--x") && !is_version(""));
    }

    #[test]
    fn the_name_of_a_group_is_nothing_else_either() {
        let step = |group: &str| Move::Manifest {
            package: "a".into(),
            to: Versions::Exactly("1".into()),
            part: Part::Development(Some(group.into())),
        };
        assert!(check(Tool::Uv, &step("lint")).is_ok());
        assert!(check(Tool::Uv, &step("--script=x")).is_err());
    }

    proptest! {
        #[test]
        fn no_word_that_passes_starts_as_a_flag(name in ".*", to in ".*") {
            let step = Move::Lock { package: name, from: "1".into(), to: Some(to) };
            for tool in [Tool::Cargo, Tool::Npm, Tool::Uv, Tool::Composer] {
                if check(tool, &step).is_ok() {
                    let flags = ["-p", "--precise", "--upgrade-package", "--with-all-dependencies"];
                    let words = tool.words(&step);
                    prop_assert!(words.iter().all(|word| !word.starts_with('-') || flags.contains(&word.as_str())));
                }
            }
        }
    }
}
