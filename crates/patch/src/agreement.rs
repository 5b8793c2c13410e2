//! What was agreed, compared with what would happen or did.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{Action, PackageChange, Transaction};

use crate::PatchError;
use crate::executor::Consent;

/// Refuses a transaction that does more than upgrade, unless that was agreed.
///
/// # Errors
/// [`PatchError::NotAgreed`].
pub fn refuse_unagreed(transaction: &Transaction, consent: Consent) -> Result<(), PatchError> {
    let rules = [
        (Action::Install, consent.installs, "installs"),
        (Action::Remove, consent.removals, "removes"),
        (Action::Downgrade, consent.downgrades, "downgrades"),
    ];
    for (action, agreed, what) in rules {
        let packages: Vec<String> = transaction
            .changes
            .iter()
            .filter(|change| change.action == action && !agreed)
            .map(|change| change.name.clone())
            .collect();
        if !packages.is_empty() {
            return Err(PatchError::NotAgreed { what, packages });
        }
    }
    Ok(())
}

/// Where two lists of changes differ, in words. Sizes and origins do not count.
pub fn differences(agreed: &[PackageChange], now: &[PackageChange]) -> Vec<String> {
    let table = |changes: &[PackageChange]| -> BTreeMap<(String, String), String> {
        let text = |change: &PackageChange| {
            let from = change.from.as_deref().unwrap_or("nothing");
            format!("{from} → {}", change.to.as_deref().unwrap_or("nothing"))
        };
        let key = |change: &PackageChange| (change.name.clone(), change.arch.clone());
        changes
            .iter()
            .map(|change| (key(change), text(change)))
            .collect()
    };
    let (old, new) = (table(agreed), table(now));
    let mut found = Vec::new();
    for (key, text) in &old {
        match new.get(key) {
            Some(same) if same == text => {}
            Some(other) => found.push(format!("{} was agreed as {text} and is now {other}", key.0)),
            None => found.push(format!("{} ({text}) would not change any more", key.0)),
        }
    }
    let more = new.iter().filter(|(key, _)| !old.contains_key(*key));
    found.extend(more.map(|(key, text)| format!("{} ({text}) was not agreed", key.0)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, action: Action, from: Option<&str>, to: Option<&str>) -> PackageChange {
        PackageChange {
            name: name.into(),
            arch: "all".into(),
            action,
            from: from.map(Into::into),
            to: to.map(Into::into),
            ..PackageChange::default()
        }
    }

    #[test]
    fn what_nobody_agreed_to_is_refused() {
        let mut transaction = Transaction {
            changes: vec![change("a", Action::Upgrade, Some("1"), Some("2"))],
            ..Transaction::default()
        };
        assert!(refuse_unagreed(&transaction, Consent::default()).is_ok());
        transaction
            .changes
            .push(change("b", Action::Remove, Some("1"), None));
        let error = refuse_unagreed(&transaction, Consent::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "go on without agreement: the transaction removes b"
        );
        let consent = Consent {
            removals: true,
            ..Consent::default()
        };
        assert!(refuse_unagreed(&transaction, consent).is_ok());
    }

    #[test]
    fn differences_are_told_in_words() {
        let agreed = [
            change("a", Action::Upgrade, Some("1"), Some("2")),
            change("b", Action::Upgrade, Some("1"), Some("2")),
        ];
        let now = [
            change("a", Action::Upgrade, Some("1"), Some("3")),
            change("c", Action::Install, None, Some("1")),
        ];
        assert_eq!(
            differences(&agreed, &now),
            [
                "a was agreed as 1 → 2 and is now 1 → 3",
                "b (1 → 2) would not change any more",
                "c (nothing → 1) was not agreed",
            ]
        );
        assert!(differences(&agreed, &agreed).is_empty());
    }
}
