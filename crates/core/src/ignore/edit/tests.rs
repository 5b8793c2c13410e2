use super::*;

const FILE: &str = "# our settings\noffline = true\n\n[[ignore]] # old\nid = 'CVE-2024-1'\nreason = 'not used'\nexpires = 2027-01-01\n\n# the scanner\n[scan]\nfail_on = 'high'\n";

fn path() -> &'static Path {
    Path::new("patchward.toml")
}

fn decision(id: &str) -> Decision {
    Decision {
        id: Some(id.to_owned()),
        reason: "behind \"the\" proxy\nuntil the move".to_owned(),
        by: "Ann".to_owned(),
        created: Some(Date::constant(2026, 6, 1)),
        expires: Some(Date::constant(2026, 12, 31)),
        ..Decision::default()
    }
}

#[test]
fn a_rule_is_added_and_taken_away_and_the_rest_stays() {
    let (text, _) = add(FILE, path(), &decision("CVE-2024-2")).unwrap();
    assert!(text.starts_with(FILE));
    let rules = IgnoreRules::parse(&text, path()).unwrap();
    let rule = &rules.rules()[1];
    assert_eq!(rule.reason, "behind \"the\" proxy\nuntil the move");
    assert_eq!(rule.by.as_deref(), Some("Ann"));
    let (text, removed) = remove(&text, path(), &decision("cve-2024-2")).unwrap();
    assert_eq!((text.trim_end(), removed.len()), (FILE.trim_end(), 1));
    let (text, _) = remove(FILE, path(), &decision("CVE-2024-1")).unwrap();
    assert_eq!(
        text,
        "# our settings\noffline = true\n\n# the scanner\n[scan]\nfail_on = 'high'\n"
    );
}

#[test]
fn a_second_rule_for_the_same_is_refused_and_names_the_first() {
    let error = add(FILE, path(), &decision("CVE-2024-1"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("patchward.toml:4") && error.contains("until 2027-01-01"),
        "{error}"
    );
    assert!(remove(FILE, path(), &decision("CVE-2024-9")).is_err());
}

#[test]
fn a_decision_that_is_no_rule_is_refused() {
    let refused = |decision: &Decision| add("", path(), decision).unwrap_err().to_string();
    let endless = Decision {
        expires: None,
        ..decision("CVE-2024-3")
    };
    assert!(refused(&endless).contains("end"));
    let unjustified = Decision {
        status: RuleStatus::NotAffected,
        ..endless
    };
    assert!(refused(&unjustified).contains("justification"));
}

#[test]
fn rules_in_one_line_are_left_to_a_person() {
    let text = "ignore = [{id = 'CVE-2024-1', reason = 'r', expires = '2027-01-01'}]\n";
    let added = add(text, path(), &decision("CVE-2024-2"));
    assert!(matches!(added, Err(EditError::Inline { .. })));
    let removed = remove(text, path(), &decision("CVE-2024-1"));
    assert!(matches!(removed, Err(EditError::Inline { .. })));
}

#[test]
fn any_reason_reads_back_as_it_was_given() {
    let seeds: [&[u8]; 2] = [
        b"a \"b\" 'c' \\ #d\n[[ignore]]\nid='x'",
        b"\x01\x1f\x7f\"\"\"'''",
    ];
    patchward_test_support::mutate(&seeds, 300, |bytes| {
        let reason = String::from_utf8_lossy(bytes).into_owned();
        let given = Decision {
            reason: reason.clone(),
            ..decision("CVE-2024-2")
        };
        match add(FILE, path(), &given) {
            Ok((text, _)) => {
                let rules = IgnoreRules::parse(&text, path()).unwrap();
                assert_eq!(rules.rules()[1].reason, reason);
            }
            Err(_) => assert!(reason.trim().is_empty(), "{reason:?}"),
        }
    });
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("patchward.toml");
    std::fs::write(&file, "a").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    replace(&file, "b = 1\n").unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "b = 1\n");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
