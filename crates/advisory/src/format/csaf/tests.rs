use super::*;
use crate::model::{Event, Records, Status};

/// A document with this publisher, tree and flaws.
fn document(namespace: &str, id: &str, tree: &str, flaws: &str) -> String {
    format!(
        r#"{{"document": {{"csaf_version": "2.0", "category": "csaf_vex", "title": "t", "publisher": {{"name": "P", "namespace": "{namespace}"}},
        "aggregate_severity": {{"text": "Important"}}, "notes": [{{"category": "summary", "text": "s"}}],
        "tracking": {{"id": "{id}", "initial_release_date": "2024-01-02T00:00:00+00:00", "current_release_date": "2024-01-03T00:00:00Z"}}}},
        "product_tree": {tree}, "vulnerabilities": [{flaws}]}}"#
    )
}

const RED_HAT: &str = r#"{"branches": [{"category": "vendor", "name": "Red Hat", "branches": [
    {"category": "product_name", "name": "RHEL 8", "product": {"name": "RHEL 8", "product_id": "P8", "product_identification_helper": {"cpe": "cpe:/a:redhat:enterprise_linux:8::appstream"}}},
    {"category": "product_version", "name": "m", "product": {"name": "py:3.9", "product_id": "M", "product_identification_helper": {"purl": "pkg:rpmmod/redhat/py@3.9:8060:6a"}}},
    {"category": "product_version", "name": "a", "product": {"name": "a-1.0", "product_id": "a.x86_64", "product_identification_helper": {"purl": "pkg:rpm/redhat/a@1.0-2.el8?arch=x86_64&epoch=1"}}},
    {"category": "product_version", "name": "a", "product": {"name": "a-1.0", "product_id": "a.aarch64", "product_identification_helper": {"purl": "pkg:rpm/redhat/a@1.0-2.el8?arch=aarch64&epoch=1"}}},
    {"category": "product_version", "name": "a", "product": {"name": "a-1.0", "product_id": "a.src", "product_identification_helper": {"purl": "pkg:rpm/redhat/a@1.0-2.el8?arch=src&epoch=1"}}},
    {"category": "product_version", "name": "k", "product": {"name": "kernel", "product_id": "kernel"}}]}],
  "relationships": [
    {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P8:M"}, "product_reference": "M", "relates_to_product_reference": "P8"},
    {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P8:M:a.x86_64"}, "product_reference": "a.x86_64", "relates_to_product_reference": "P8:M"},
    {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P8:M:a.aarch64"}, "product_reference": "a.aarch64", "relates_to_product_reference": "P8:M"},
    {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P8:M:a.src"}, "product_reference": "a.src", "relates_to_product_reference": "P8:M"},
    {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P8:kernel"}, "product_reference": "kernel", "relates_to_product_reference": "P8"},
    {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "loop"}, "product_reference": "loop", "relates_to_product_reference": "loop"}]}"#;

const FLAW: &str = r#"{"cve": "CVE-2024-0001", "cwe": {"id": "CWE-79"}, "product_status": {
    "fixed": ["P8:M", "P8:M:a.x86_64", "P8:M:a.aarch64", "P8:M:a.src"], "known_affected": ["P8:kernel", "loop", "gone"]},
    "remediations": [{"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["P8:kernel"]}],
    "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N"}}], "threats": [{"category": "impact", "details": "Moderate"}]}"#;

fn read(text: &str) -> Records {
    let mut records = Records::default();
    visit(text.as_bytes(), "csaf", &mut records).unwrap();
    records
}

#[test]
fn red_hat_packages_have_platform_module_and_architectures() {
    let records = read(&document(
        "https://www.redhat.com",
        "CVE-2024-0001",
        RED_HAT,
        FLAW,
    ));
    let advisory = &records.advisories[0];
    assert_eq!(
        (advisory.id.as_str(), advisory.upstream.len()),
        ("CVE-2024-0001", 0)
    );
    assert_eq!(advisory.publisher, "Red Hat");
    let [source, binary, kernel] = &advisory.affected[..] else {
        panic!("{:#?}", advisory.affected)
    };
    assert_eq!(
        source.package.ecosystem,
        "Red Hat:enterprise_linux:8::appstream"
    );
    assert!(!source.conditions.binary && binary.conditions.binary);
    assert_eq!(binary.conditions.module.as_deref(), Some("py:3.9"));
    assert_eq!(binary.conditions.arches, ["aarch64", "x86_64"]);
    assert_eq!(
        binary.ranges[0].events,
        [
            Event::Introduced("0".into()),
            Event::Fixed("1:1.0-2.el8".into())
        ]
    );
    assert_eq!(
        (kernel.package.name.as_str(), kernel.status),
        ("kernel", Status::WontFix)
    );
    assert_eq!(
        records.problems,
        ["CVE-2024-0001: 1 product ids are not in the product tree"]
    );
    let words: Vec<_> = advisory
        .severities
        .iter()
        .map(|s| s.value.as_str())
        .collect();
    assert_eq!(words, ["CVSS:3.1/AV:N", "moderate", "important"]);
}

#[test]
fn flaws_with_different_products_are_advisories_of_their_own() {
    let tree = r#"{"branches": [{"category": "vendor", "name": "V", "branches": [{"category": "product_name", "name": "N", "branches": [
        {"category": "product_version_range", "name": "vers:generic/>=1|<2", "product": {"name": "N", "product_id": "1"}},
        {"category": "product_version_range", "name": "all before spring", "product": {"name": "N", "product_id": "2"}},
        {"category": "product_version", "name": "2.0", "product": {"name": "N", "product_id": "3"}}]}]}]}"#;
    let flaw = |cve: &str, affected: &str| {
        format!(
            r#"{{"cve": "{cve}", "product_status": {{"known_affected": {affected}, "fixed": ["3"]}}}}"#
        )
    };
    let flaws = [
        flaw("CVE-2024-0001", r#"["1"]"#),
        flaw("CVE-2024-0002", r#"["2"]"#),
        flaw("CVE-2024-0003", r#"["1"]"#),
    ];
    let records = read(&document(
        "https://v.example",
        "V-1",
        tree,
        &flaws.join(","),
    ));
    let seen: Vec<_> = records
        .advisories
        .iter()
        .map(|a| (a.id.as_str(), a.upstream.len(), a.related.len()))
        .collect();
    assert_eq!(
        seen,
        [("V-1/CVE-2024-0001", 2, 1), ("V-1/CVE-2024-0002", 1, 1)]
    );
    let affected = &records.advisories[0].affected;
    assert_eq!(affected[0].package.name, "V:N");
    assert!(
        affected
            .iter()
            .any(|a| a.status == Status::NotAffected && a.versions == ["2.0"])
    );
    assert!(
        records.advisories[1]
            .affected
            .iter()
            .any(|a| a.unread == ["all before spring"])
    );
}

#[test]
fn suse_recommends_the_fixed_build() {
    let tree = r#"{"full_product_names": [{"name": "SUSE Linux Enterprise Server 12 SP1", "product_id": "P"},
        {"name": "bind-9.9.4P2-0.6.1.i586", "product_id": "b"}, {"name": "libx", "product_id": "l"}],
        "relationships": [{"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P:b"}, "product_reference": "b", "relates_to_product_reference": "P"},
        {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "P:l"}, "product_reference": "l", "relates_to_product_reference": "P"}]}"#;
    let flaw = r#"{"cve": "CVE-2024-0001", "product_status": {"recommended": ["P:b"], "known_not_affected": ["P:l"]}}"#;
    let records = read(&document(
        "https://www.suse.com/",
        "SUSE-SU-2024:1-1",
        tree,
        flaw,
    ));
    let advisory = &records.advisories[0];
    assert_eq!(advisory.upstream, ["CVE-2024-0001"]);
    let seen: Vec<_> = advisory
        .affected
        .iter()
        .map(|a| {
            (
                a.package.ecosystem.as_str(),
                a.package.name.as_str(),
                a.status,
                a.ranges.len(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (
                "SUSE:Linux Enterprise Server 12 SP1",
                "bind",
                Status::Affected,
                1
            ),
            (
                "SUSE:Linux Enterprise Server 12 SP1",
                "libx",
                Status::NotAffected,
                0
            )
        ]
    );
}

#[test]
fn other_documents_are_refused() {
    for text in [
        "{}",
        r#"{"document": {"csaf_version": "1.2", "tracking": {"id": "x"}}}"#,
        "[]",
    ] {
        assert!(visit(text.as_bytes(), "csaf", &mut Records::default()).is_err());
    }
    let deep = format!(
        r#"{{"document": {{"csaf_version": "2.0", "tracking": {{"id": "x"}}}}, "product_tree": {{"branches": {}"#,
        r#"[{"branches": "#.repeat(50_000)
    );
    assert!(visit(deep.as_bytes(), "csaf", &mut Records::default()).is_err());
}

#[test]
fn mutated_documents_never_panic() {
    let seed = document("https://www.redhat.com", "RHSA-2024:1", RED_HAT, FLAW);
    patchward_test_support::mutate(&[seed.as_bytes()], 1200, |bytes| {
        let _ = visit(bytes, "x", &mut Records::default());
    });
}
