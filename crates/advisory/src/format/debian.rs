//! What Debian's feeds share: release names and urgencies.

use crate::model::{Affected, Severity, SeverityKind, Status};

/// Code names of Debian's releases and their numbers (debian.org/releases).
const RELEASES: &[(&str, &str)] = &[
    ("buzz", "1.1"),
    ("rex", "1.2"),
    ("bo", "1.3"),
    ("hamm", "2.0"),
    ("slink", "2.1"),
    ("potato", "2.2"),
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4.0"),
    ("lenny", "5.0"),
    ("squeeze", "6.0"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// The OSV ecosystem of a code name: `bookworm` → `Debian:12`; one without a number keeps its name (`Debian:sid`).
pub fn ecosystem(codename: &str) -> String {
    let number = RELEASES.iter().find(|(name, _)| *name == codename);
    format!("Debian:{}", number.map_or(codename, |(_, number)| number))
}

/// Applies Debian's urgency: `end-of-life` means no fix will come, `unimportant` that nobody hurries; the rest is a word
/// of severity. Stars (`high**`: set by a remote database) do not count.
pub fn apply_urgency(urgency: &str, affected: &mut Affected) {
    let urgency = urgency.trim_end_matches('*');
    match urgency {
        "" | "not yet assigned" => return,
        "end-of-life" if affected.status != Status::NotAffected => {
            affected.status = Status::WontFix
        }
        "unimportant" if affected.status == Status::Affected => affected.status = Status::Deferred,
        _ => {}
    }
    affected.severities.push(Severity {
        kind: SeverityKind::Word,
        value: urgency.to_owned(),
        source: String::new(),
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn code_names_become_numbers() {
        assert_eq!(super::ecosystem("bookworm"), "Debian:12");
        assert_eq!(super::ecosystem("sid"), "Debian:sid");
    }
}
