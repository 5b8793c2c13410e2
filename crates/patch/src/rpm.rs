//! What dnf and zypper share: rpm's database, its files, its checks.

use std::collections::BTreeMap;

use patchward_protocol::transaction::PackageChange;

use crate::PatchError;
use crate::dpkg::checksums::Checked;
use crate::flow::Installed;
use crate::machine::{Command, Machine};

/// rpm's names for configuration files that are not in use.
pub const SUFFIXES: &[&str] = &[".rpmnew", ".rpmsave", ".rpmorig"];

const FORMAT: &str = "%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH}\\n";

fn rpm(options: &[String]) -> Command {
    Command::new(["rpm"]).args(options.iter().cloned())
}

/// Every installed package.
pub fn installed(machine: &dyn Machine, options: &[String]) -> Result<Vec<Installed>, PatchError> {
    let command = rpm(options).args(["-qa", "--qf", FORMAT]);
    let outcome = PatchError::check("list packages", &command, machine.run(&command)?)?;
    Ok(parse_installed(&outcome.text()))
}

pub(crate) fn parse_installed(text: &str) -> Vec<Installed> {
    let mut all: Vec<Installed> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, version) = (words.next()?, words.next()?);
            let arch = words.next()?;
            // Keys stand in the database as packages.
            (name != "gpg-pubkey").then(|| Installed {
                name: name.to_owned(),
                arch: arch.to_owned(),
                version: without_zero_epoch(version).to_owned(),
            })
        })
        .collect();
    all.sort_by(|a, b| (&a.name, &a.arch).cmp(&(&b.name, &b.arch)));
    all
}

/// `0:1.2-3` is written as `1.2-3`.
pub fn without_zero_epoch(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}

/// Whether a file name is that of a change's installed version: `name-1.2-3.x86_64.rpm` (rpm leaves the epoch out).
pub fn is_file_of(file: &str, change: &PackageChange) -> bool {
    let Some(from) = &change.from else {
        return false;
    };
    let version = from.split_once(':').map_or(from.as_str(), |(_, rest)| rest);
    file == format!("{}-{version}.{}.rpm", change.name, change.arch)
}

/// `name-1.2-3.x86_64`, as rpm's tools take a package at a version.
pub fn at_version(name: &str, version: &str, arch: &str) -> String {
    let version = if version.is_empty() {
        String::new()
    } else {
        format!("-{version}")
    };
    if arch.is_empty() {
        format!("{name}{version}")
    } else {
        format!("{name}{version}.{arch}")
    }
}

/// Configuration files of packages.
pub fn conf_files(
    machine: &dyn Machine,
    options: &[String],
    names: &[String],
) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    for name in names {
        let command = rpm(options).args(["-qc".to_owned(), name.clone()]);
        let Ok(outcome) = machine.run(&command) else {
            continue;
        };
        let text = outcome.text();
        let found = text
            .lines()
            .filter(|line| outcome.success() && line.starts_with('/'));
        paths.extend(found.map(|path| (path.to_owned(), name.clone())));
    }
    paths
}

/// Compares a package's files by `rpm -V`.
pub fn check(machine: &dyn Machine, options: &[String], name: &str) -> Option<Checked> {
    let list = rpm(options).args(["-ql".to_owned(), name.to_owned()]);
    let files = machine
        .run(&list)
        .ok()
        .filter(|outcome| outcome.success())?
        .text();
    let verify = rpm(options)
        .args(["-V", "--nodeps", "--noscripts"])
        .args([name]);
    let mut checked = parse_verify(&machine.run(&verify).ok()?.text());
    checked.checked = files.lines().filter(|line| line.starts_with('/')).count() as u64;
    Some(checked)
}

/// `S.5....T.  c /etc/x` and `missing     d /usr/share/doc/x`.
pub(crate) fn parse_verify(text: &str) -> Checked {
    let mut checked = Checked::default();
    for line in text.lines() {
        let Some((flags, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        let (kind, path) = match rest.split_once(' ') {
            Some((kind, path)) if kind.len() == 1 => (kind, path.trim_start()),
            _ => ("", rest),
        };
        let path = path.split(" (").next().unwrap_or(path).to_owned();
        match (flags, kind) {
            ("missing", "d") => checked.excluded += 1,
            ("missing", "c") => checked.conf_changed.push(path),
            ("missing", _) => checked.missing.push(path),
            (_, "g") => {}
            (flags, "c") if flags.contains('5') => checked.conf_changed.push(path),
            (flags, _) if flags.contains('5') && flags.len() >= 8 => checked.changed.push(path),
            _ => {}
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_without_a_zero_epoch_and_without_keys() {
        let all = parse_installed(
            "web 0:1.1-1 noarch\nbind 32:9.11-2.el8 x86_64\ngpg-pubkey 0:1-2 (none)\nbad\n",
        );
        let versions: Vec<&str> = all.iter().map(|one| one.version.as_str()).collect();
        assert_eq!(versions, ["32:9.11-2.el8", "1.1-1"]);
    }

    #[test]
    fn the_check_tells_configuration_documents_and_others_apart() {
        let checked = parse_verify(
            "S.5....T.  c /etc/web.conf\n..5....T.    /usr/bin/web\n.......T.    /usr/bin/touched\nmissing   d /usr/share/doc/x\nmissing     /usr/lib/y\n.M.......  g /var/log/z\n",
        );
        assert_eq!(checked.conf_changed, ["/etc/web.conf"]);
        assert_eq!(checked.changed, ["/usr/bin/web"]);
        assert_eq!(checked.missing, ["/usr/lib/y"]);
        assert_eq!(checked.excluded, 1);
    }

    #[test]
    fn file_names_have_no_epoch() {
        let change = PackageChange {
            name: "bind".into(),
            arch: "x86_64".into(),
            from: Some("32:9.11-2".into()),
            ..PackageChange::default()
        };
        assert!(is_file_of("bind-9.11-2.x86_64.rpm", &change));
        assert!(!is_file_of("bind-9.11-20.x86_64.rpm", &change));
        patchward_test_support::mutate(&[b"S.5....T.  c /etc/x\nmissing d /y\n"], 1000, |bytes| {
            parse_verify(&String::from_utf8_lossy(bytes));
            parse_installed(&String::from_utf8_lossy(bytes));
        });
    }
}
