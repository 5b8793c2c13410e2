use super::*;
use patchward_protocol::inventory::Location;

fn finding(id: &str, path: &str) -> Finding {
    let component = Component {
        name: "openssl".into(),
        purl: "pkg:deb/debian/openssl@3.0.1?arch=amd64".into(),
        locations: vec![Location {
            path: path.into(),
            line: None,
        }],
        ..Component::default()
    };
    Finding {
        vulnerability: id.into(),
        component: Box::new(component),
        ..Finding::default()
    }
}

fn rules(text: &str) -> Result<IgnoreRules, IgnoreError> {
    IgnoreRules::parse(text, Path::new("patchward.toml"))
}

const TODAY: Date = Date::constant(2026, 6, 1);

#[test]
fn a_rule_holds_until_the_end_of_its_day() {
    let text = "[[ignore]]\nid = 'CVE-2024-1'\nreason = 'not used'\nexpires = 2026-06-01\n";
    let rules = rules(text).unwrap();
    let found = rules
        .suppression(&finding("CVE-2024-1", "a"), TODAY)
        .unwrap();
    assert_eq!(
        (found.reason.as_str(), found.source.as_str()),
        ("not used", "patchward.toml:1")
    );
    let tomorrow = TODAY.tomorrow().unwrap();
    assert!(
        rules
            .suppression(&finding("CVE-2024-1", "a"), tomorrow)
            .is_none()
    );
    assert_eq!(rules.expired(tomorrow).len(), 1);
}

#[test]
fn every_part_of_a_rule_must_hold() {
    let text = "[[ignore]]\npackage = 'openssl'\npath = 'vendor/**'\nreason = 'r'\nexpires = '2027-01-01'\n";
    let rules = rules(text).unwrap();
    assert!(
        rules
            .suppression(&finding("CVE-2024-1", "vendor/a/lock"), TODAY)
            .is_some()
    );
    assert!(
        rules
            .suppression(&finding("CVE-2024-1", "src/lock"), TODAY)
            .is_none()
    );
}

#[test]
fn a_purl_without_version_means_every_version() {
    let component = finding("x", "a").component;
    assert!(is_package(&component, "pkg:deb/debian/openssl"));
    assert!(is_package(&component, "pkg:deb/debian/openssl@3.0.1"));
    assert!(!is_package(&component, "pkg:deb/debian/open"));
}

#[test]
fn a_name_is_spelt_as_its_ecosystem_spells_it() {
    let mut component = finding("x", "a").component;
    component.name = "Django_Rest.Framework".into();
    component.purl = "pkg:pypi/django-rest-framework@1".into();
    assert!(is_package(&component, "django-rest-framework"));
    assert!(!is_package(&component, "django"));
    component.name = "Left".into();
    component.purl = "pkg:npm/Left@1".into();
    assert!(!is_package(&component, "left"));
}

#[test]
fn a_rule_without_reason_end_or_target_is_refused_with_its_line() {
    for (text, expected) in [
        ("\n[[ignore]]\nid = 'x'\nexpires = '2027-01-01'\n", "reason"),
        ("\n[[ignore]]\nid = 'x'\nreason = 'r'\n", "expires"),
        (
            "\n[[ignore]]\nreason = 'r'\nexpires = '2027-01-01'\n",
            "names an id",
        ),
        (
            "\n[[ignore]]\nid = 'x'\nreason = 'r'\nexpires = 'soon'\n",
            "YYYY-MM-DD",
        ),
        ("\n[[ignore]]\nidd = 'x'\n", "idd"),
    ] {
        let error = rules(text).unwrap_err().to_string();
        assert!(
            error.contains("patchward.toml:") && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn a_fact_needs_no_end_but_a_justification() {
    let text = "[[ignore]]\nid = 'x'\nreason = 'r'\nstatus = 'not-affected'\njustification = 'component_not_present'\n";
    let rules = rules(text).unwrap();
    let found = rules.suppression(&finding("x", "a"), TODAY).unwrap();
    assert_eq!(found.status.as_deref(), Some("not-affected"));
    assert_eq!(found.until, None);
    assert_eq!(
        found.justification.as_deref(),
        Some("component_not_present")
    );
}

#[test]
fn a_status_and_its_justification_go_together() {
    for (fields, expected) in [
        ("status='mitigated'", "expires"),
        ("status='not-affected'", "justification"),
        (
            "status='false-positive'\njustification='no'",
            "expected one of",
        ),
        ("status='gone'", "gone"),
        (
            "expires='2027-01-01'\njustification='component_not_present'",
            "accepted",
        ),
    ] {
        let text = format!("[[ignore]]\nid='x'\nreason='r'\n{fields}\n");
        let error = rules(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_finding_whose_rule_expired_says_so() {
    let text = "[[ignore]]\nid = 'x'\nreason = 'r'\nby = 'Ann'\nexpires = '2026-05-31'\n";
    let rules = rules(text).unwrap();
    assert!(rules.suppression(&finding("x", "a"), TODAY).is_none());
    let lapsed = rules.lapsed(&finding("x", "a"), TODAY).unwrap();
    assert_eq!(lapsed.until.as_deref(), Some("2026-05-31"));
    assert_eq!(lapsed.author.as_deref(), Some("Ann"));
    assert!(rules.lapsed(&finding("y", "a"), TODAY).is_none());
}

#[test]
fn mutated_rules_never_panic_and_each_has_a_reason() {
    let seed = b"[[ignore]]\nid = \"CVE-2024-1\"\npath = \"vendor/**\"\nreason = \"r\"\nexpires = \"2999-01-01\"\n\n[[ignore]]\npackage = \"a\"\nstatus = \"not-affected\"\njustification = \"component_not_present\"\nreason = \"r\"\n";
    patchward_test_support::mutate(&[seed], 2000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(rules) = IgnoreRules::parse(&text, Path::new("patchward.toml")) {
            let finding = finding("CVE-2024-1", "vendor/a/lock");
            let told = rules.suppression(&finding, TODAY);
            assert!(told.is_none_or(|told| !told.reason.trim().is_empty()));
        }
    });
}
