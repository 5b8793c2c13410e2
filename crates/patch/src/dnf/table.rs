//! dnf's table of a transaction.

use patchward_protocol::transaction::{Action, PackageChange};

use crate::flow::Simulated;
use crate::rpm::without_zero_epoch;

/// Reads the table; `None` when the text has none.
///
/// A row that is too wide for the terminal has its name on a line of its own, and the rest on the next.
pub fn parse(text: &str) -> Option<Simulated> {
    let mut simulated = Simulated::default();
    let mut section = None;
    let mut begun = false;
    let mut row: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.starts_with("Transaction Summary") {
            begun = true;
            section = None;
        } else if let Some(found) = heading(line) {
            section = found;
            begun = true;
            row.clear();
        } else if let (Some(action), true) = (section, line.starts_with(' ')) {
            row.extend(line.split_whitespace());
            if let Some(change) = change(action, &row) {
                simulated.changes.push(change);
                row.clear();
            } else if row.len() > 12 {
                row.clear();
            }
        } else if let Some(size) = line
            .strip_prefix("Total download size: ")
            .or_else(|| line.strip_prefix("Total size: "))
        {
            simulated.download_bytes = bytes(size).unwrap_or(0);
        } else if let Some(size) = line.strip_prefix("Installed size: ") {
            simulated.disk_bytes = bytes(size)
                .and_then(|size| i64::try_from(size).ok())
                .unwrap_or(0);
        }
    }
    begun.then_some(simulated)
}

/// A line that begins a section; inside is what its rows do, or nothing for one whose rows do not count.
fn heading(line: &str) -> Option<Option<Action>> {
    let title = line
        .strip_suffix(':')
        .filter(|title| !title.starts_with(' '))?;
    Some(match title {
        "Installing" | "Installing dependencies" | "Installing weak dependencies" => {
            Some(Action::Install)
        }
        "Upgrading" => Some(Action::Upgrade),
        "Downgrading" => Some(Action::Downgrade),
        "Reinstalling" => Some(Action::Reinstall),
        "Removing"
        | "Removing dependent packages"
        | "Removing unused dependencies"
        | "Removing dependencies" => Some(Action::Remove),
        _ => None,
    })
}

/// ` name  arch  version  repository  size unit`
fn change(action: Action, row: &[&str]) -> Option<PackageChange> {
    let [name, arch, version, repository, size, unit] = row else {
        return None;
    };
    let version = without_zero_epoch(version).to_owned();
    let (from, to) = match action {
        Action::Remove => (Some(version), None),
        _ => (None, Some(version)),
    };
    Some(PackageChange {
        name: (*name).to_owned(),
        arch: (*arch).to_owned(),
        action,
        from,
        to,
        origins: vec![repository.trim_start_matches('@').to_owned()],
        download_bytes: bytes(&format!("{size} {unit}")).unwrap_or(0),
        ..PackageChange::default()
    })
}

/// `7.1 k`, `3 M`, `120`.
fn bytes(text: &str) -> Option<u64> {
    let mut words = text.split_whitespace();
    let number: f64 = words.next()?.parse().ok()?;
    let factor = match words.next().unwrap_or("") {
        "k" => 1024.0,
        "M" => 1024.0 * 1024.0,
        "G" => 1024.0 * 1024.0 * 1024.0,
        _ => 1.0,
    };
    Some((number * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Dependencies resolved.
================================================================================
 Package              Architecture   Version           Repository          Size
================================================================================
Upgrading:
 toyhttpd             noarch         1.1-1             toy                7.1 k
 a-package-with-a-name-that-is-far-too-long-for-its-column
                      x86_64         32:9.11-2.el8     updates            2.0 M
Installing dependencies:
 toylib               noarch         2.0-1             toy                6.0 k
Removing unused dependencies:
 old                  noarch         1.0-1             @toy               0  

Transaction Summary
================================================================================
Install  1 Package

Total download size: 2.0 M
Operation aborted.
";

    #[test]
    fn rows_are_read_by_section_and_wide_ones_too() {
        let simulated = parse(TEXT).unwrap();
        let names: Vec<(&str, Action)> = simulated
            .changes
            .iter()
            .map(|one| (one.name.as_str(), one.action))
            .collect();
        assert_eq!(names[0], ("toyhttpd", Action::Upgrade));
        assert!(names[1].0.starts_with("a-package"));
        assert_eq!(simulated.changes[1].to.as_deref(), Some("32:9.11-2.el8"));
        assert_eq!(names[2], ("toylib", Action::Install));
        assert_eq!(simulated.download_bytes, 2 << 20);
        assert_eq!(parse("Nothing to do.\nComplete!\n"), None);
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 2000, |bytes| {
            parse(&String::from_utf8_lossy(bytes));
        });
    }
}
