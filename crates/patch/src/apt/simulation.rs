//! What `apt-get -s` says it would do.

use patchward_protocol::transaction::{Action, PackageChange};
use patchward_version::Scheme;

/// Reads the lines `Inst` and `Remv` (`Purg`) of a simulation.
///
/// `Inst libx:i386 [1.0] (1.1 Debian-Security:12/oldstable-security [i386]) [other:amd64 ]`
pub fn parse(text: &str) -> Vec<PackageChange> {
    let mut changes: Vec<PackageChange> = text.lines().filter_map(change).collect();
    changes.sort();
    changes.dedup();
    changes
}

fn change(line: &str) -> Option<PackageChange> {
    let (verb, rest) = line.split_once(' ')?;
    let (package, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (name, foreign) = match package.split_once(':') {
        Some((name, arch)) => (name, arch),
        None => (package, ""),
    };
    let old = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(old, _)| old.to_owned());
    let base = PackageChange {
        name: name.to_owned(),
        arch: foreign.to_owned(),
        ..PackageChange::default()
    };
    match verb {
        "Inst" => {
            let inside = rest.split_once('(')?.1.split_once(')')?.0;
            let (new, from) = inside.split_once(' ').unwrap_or((inside, ""));
            let (origins, arch) = from.rsplit_once('[').unwrap_or((from, ""));
            let arch = arch.trim_end_matches([']', ' ']);
            let origins: Vec<String> = origins
                .split(',')
                .map(|origin| origin.trim().to_owned())
                .filter(|origin| !origin.is_empty())
                .collect();
            Some(PackageChange {
                action: action(old.as_deref(), new),
                arch: if arch.is_empty() { foreign } else { arch }.to_owned(),
                security: origins.iter().any(|origin| is_security(origin)),
                origins,
                from: old,
                to: Some(new.to_owned()),
                ..base
            })
        }
        "Remv" | "Purg" => Some(PackageChange {
            action: Action::Remove,
            from: old,
            ..base
        }),
        _ => None,
    }
}

fn action(old: Option<&str>, new: &str) -> Action {
    let Some(old) = old else {
        return Action::Install;
    };
    match Scheme::Debian.compare(old, new) {
        Ok(std::cmp::Ordering::Greater) => Action::Downgrade,
        Ok(std::cmp::Ordering::Equal) => Action::Reinstall,
        _ => Action::Upgrade,
    }
}

/// A suite or label of a security team: `Debian-Security:12/oldstable-security`, `Ubuntu:22.04/jammy-security`,
/// `UbuntuESM:22.04/jammy-infra-security`.
pub fn is_security(origin: &str) -> bool {
    origin.to_ascii_lowercase().contains("security")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Reading package lists...
Inst libssl-dev [3.0.19-1] (3.0.20-1 Debian:12.14/oldstable [amd64]) []
Inst libssl3:i386 [3.0.19-1] (3.0.20-1 Debian:12.14/oldstable, Debian-Security:12/oldstable-security [i386]) [x:amd64 ]
Inst linux-image-9 (9.1 Debian:12/oldstable [amd64])
Remv old-thing [1:2]
Inst web [2.0] (1.0 demo [all])
Conf libssl-dev (3.0.20-1 Debian:12.14/oldstable [amd64])
";

    #[test]
    fn each_kind_of_change_is_read() {
        let all = parse(TEXT);
        let find = |name: &str| all.iter().find(|change| change.name == name).unwrap();
        assert_eq!(all.len(), 5);
        assert_eq!(find("libssl-dev").action, Action::Upgrade);
        assert!(!find("libssl-dev").security);
        let foreign = find("libssl3");
        assert_eq!((foreign.arch.as_str(), foreign.security), ("i386", true));
        assert_eq!(foreign.origins.len(), 2);
        assert_eq!(find("linux-image-9").action, Action::Install);
        assert_eq!(find("old-thing").action, Action::Remove);
        assert_eq!(find("old-thing").from.as_deref(), Some("1:2"));
        assert_eq!(find("web").action, Action::Downgrade);
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 2000, |bytes| {
            parse(&String::from_utf8_lossy(bytes));
        });
    }
}
