use super::*;
use crate::affects::{Verdict, compile};
use crate::model::{Records, Status};

const SEED: &str = r#"{"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": {"cveId": "CVE-2024-0001",
    "state": "PUBLISHED", "assignerShortName": "acme", "datePublished": "2024-01-02T00:00:00.000Z", "dateUpdated": "2024-01-03T00:00:00"},
  "containers": {"cna": {"providerMetadata": {"orgId": "x", "shortName": "acme"}, "title": "t", "tags": ["disputed"],
    "descriptions": [{"lang": "es", "value": "hola"}, {"lang": "en", "value": "d"}],
    "affected": [{"vendor": "a", "product": "b", "collectionURL": "https://www.npmjs.com/", "packageName": "b", "defaultStatus": "unaffected",
       "versions": [{"version": "1.0.0", "lessThan": "1.2.0", "status": "affected", "versionType": "semver",
                     "changes": [{"at": "1.1.0", "status": "unaffected"}, {"at": "1.1.5", "status": "affected"}]}]},
      {"vendor": "a", "product": "c", "versions": [{"version": "< 2.0", "status": "affected"}, {"version": "n/a", "status": "affected"}]},
      {"vendor": "Linux", "product": "Linux", "defaultStatus": "affected", "versions": [
         {"version": "4.2", "status": "affected"}, {"version": "0", "lessThan": "4.2", "status": "unaffected", "versionType": "semver"},
         {"version": "4.19.318", "lessThanOrEqual": "4.19.*", "status": "unaffected", "versionType": "semver"},
         {"version": "6.10", "lessThanOrEqual": "*", "status": "unaffected", "versionType": "original_commit_for_fix"}]}],
    "metrics": [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N", "baseScore": 9}}, {"other": {"type": "x", "content": {"value": "Moderate", "namespace": "n"}}}],
    "problemTypes": [{"descriptions": [{"cweId": "CWE-79", "type": "CWE"}]}],
    "references": [{"url": "https://x.example", "tags": ["exploit"]}]},
   "adp": [{"providerMetadata": {"shortName": "CISA-ADP"}, "title": "CISA ADP Vulnrichment", "metrics": [
      {"other": {"type": "ssvc", "content": {"timestamp": "2024-01-04T00:00:00Z", "options": [{"Exploitation": "poc"}, {"Automatable": "yes"}, {"Technical Impact": "total"}]}}},
      {"other": {"type": "kev", "content": {"dateAdded": "2024-01-05", "reference": "r"}}},
      {"cvssV3_1": {"vectorString": "CVSS:3.1/AV:L"}}]},
     {"providerMetadata": {"shortName": "redhat-ADP"}, "title": "Red Hat's words", "affected": [{"vendor": "Red Hat", "product": "Red Hat Enterprise Linux 8",
       "collectionURL": "https://access.redhat.com/downloads/content/package-browser/", "packageName": "nodejs:18/nodejs",
       "cpes": ["cpe:/a:redhat:enterprise_linux:8::appstream"], "defaultStatus": "affected",
       "versions": [{"version": "0:1.0-1.el8", "lessThan": "*", "status": "unaffected", "versionType": "rpm"}]}]}]}}"#;

fn read(text: &str) -> Records {
    let mut records = Records::default();
    visit(text.as_bytes(), "cve5", &mut records).unwrap();
    records
}

/// One product entry as JSON → affected, not affected, unknown for a version.
fn verdict(product: &str, version: &str) -> &'static str {
    let records = read(&format!(
        r#"{{"cveMetadata": {{"cveId": "CVE-2024-0001"}}, "containers": {{"cna": {{"affected": [{product}]}}}}}}"#
    ));
    let affected = &records.advisories[0].affected[0];
    match (compile(affected).judge(version), affected.status) {
        (Verdict::Named(_), Status::Affected) => "affected",
        (Verdict::Named(_), Status::NotAffected) => "not affected",
        (Verdict::NotNamed, _) => "not named",
        _ => "unknown",
    }
}

#[test]
fn each_container_keeps_its_word() {
    let records = read(SEED);
    let publishers: Vec<_> = records
        .advisories
        .iter()
        .map(|a| a.publisher.as_str())
        .collect();
    assert_eq!(publishers, ["acme", "redhat-ADP"]);
    let cna = &records.advisories[0];
    assert_eq!(cna.details, "d");
    let summaries: Vec<_> = records.advisories.iter().map(|a| &*a.summary).collect();
    assert_eq!(summaries, ["t", ""]);
    let severities: Vec<_> = cna
        .severities
        .iter()
        .map(|s| (s.value.as_str(), s.source.as_str()))
        .collect();
    assert_eq!(
        severities,
        [
            ("CVSS:3.1/AV:N", ""),
            ("moderate", ""),
            ("CVSS:3.1/AV:L", "CISA-ADP")
        ]
    );
    assert_eq!(cna.tags, ["disputed"]);
    let red_hat = &records.advisories[1].affected[0];
    assert_eq!(
        red_hat.package.ecosystem,
        "Red Hat:enterprise_linux:8::appstream"
    );
    assert_eq!(red_hat.package.name, "nodejs");
    assert!(matches!(
        compile(red_hat).judge("0:0.9-1.el8"),
        Verdict::Named(_)
    ));
    assert_eq!(compile(red_hat).judge("0:1.0-1.el8"), Verdict::NotNamed);
    let facts: Vec<_> = records.signals.iter().map(|s| &s.fact).collect();
    assert!(matches!(
        facts[..],
        [Fact::Exploit { .. }, Fact::Ssvc { .. }, Fact::Kev(_)]
    ));
    let said = |fact: &Fact| match fact {
        Fact::Exploit { source, .. } | Fact::Ssvc { source, .. } => source.clone(),
        _ => String::new(),
    };
    assert_eq!([said(facts[0]), said(facts[1])], ["acme", "CISA"]);
}

#[test]
fn changes_flip_the_status_inside_a_range() {
    let records = read(SEED);
    let npm = &records.advisories[0].affected[0];
    assert_eq!(
        (npm.package.ecosystem.as_str(), npm.package.name.as_str()),
        ("npm", "b")
    );
    let compiled = compile(npm);
    for (version, named) in [
        ("0.9.0", false),
        ("1.0.0", true),
        ("1.1.0", false),
        ("1.1.5", true),
        ("1.2.0", false),
    ] {
        assert_eq!(
            matches!(compiled.judge(version), Verdict::Named(_)),
            named,
            "{version}"
        );
    }
}

#[test]
fn words_are_kept_and_never_mean_not_affected() {
    let records = read(SEED);
    let prose = &records.advisories[0].affected[1];
    assert_eq!(prose.package.name, "a:c");
    assert_eq!(
        (prose.ranges.len(), prose.unread.as_slice()),
        (1, ["n/a".to_owned()].as_slice())
    );
    let product = |rest: &str| {
        format!(r#"{{"vendor": "a", "cpes": ["cpe:2.3:a:a:b:*:*:*:*:*:*:*:*"], {rest}}}"#)
    };
    let check = |rest: &str, version: &str, expected: &str| {
        assert_eq!(
            verdict(&product(rest), version),
            expected,
            "{rest} {version}"
        );
    };
    check(
        r#""versions": [{"version": "n/a", "status": "affected"}]"#,
        "1.0",
        "unknown",
    );
    check(
        r#""versions": [{"version": "1.0 through 1.4", "status": "affected"}]"#,
        "1.2",
        "affected",
    );
    check(
        r#""versions": [{"version": "*", "status": "affected"}]"#,
        "1.2",
        "affected",
    );
    check(
        r#""versions": [{"version": "0", "lessThanOrEqual": "*", "status": "affected"}]"#,
        "1.2",
        "affected",
    );
    check(
        r#""versions": [{"version": "1.2", "status": "affected"}]"#,
        "1.3",
        "not named",
    );
    check(
        r#""versions": [{"version": "0", "lessThan": "next build", "status": "affected"}]"#,
        "1.3",
        "unknown",
    );
    check(
        r#""versions": [{"version": "1.2", "status": "unaffected"}]"#,
        "1.3",
        "unknown",
    );
    check(
        r#""defaultStatus": "unaffected", "versions": []"#,
        "1.3",
        "not affected",
    );
    check(r#""defaultStatus": "affected""#, "1.3", "affected");
    check(r#""defaultStatus": "unknown""#, "1.3", "unknown");
    let but = r#""defaultStatus": "affected", "versions": [{"version": "2.0", "lessThanOrEqual": "2.5", "status": "unaffected"}]"#;
    check(but, "1.9", "affected");
    check(but, "2.5", "not named");
    check(but, "2.6", "affected");
}

#[test]
fn a_rejected_record_is_withdrawn() {
    let records = read(
        r#"{"cveMetadata": {"cveId": "CVE-2024-0001", "state": "REJECTED", "dateUpdated": "2024-01-03T00:00:00Z"},
        "containers": {"cna": {"rejectedReasons": [{"lang": "en", "value": "dup"}]}}}"#,
    );
    assert!(records.advisories[0].withdrawn.is_some());
    assert_eq!(records.advisories[0].details, "dup");
    for text in [
        "{}",
        r#"{"cveMetadata": {"cveId": "x"}, "containers": {"cna": {}}}"#,
    ] {
        assert!(visit(text.as_bytes(), "cve5", &mut Records::default()).is_err());
    }
}

#[test]
fn versions_times_names_cannot_explode() {
    let versions = r#"{"version": "1", "status": "affected"},"#.repeat(3000);
    let cpes: Vec<String> = (0..3000)
        .map(|n| format!(r#""cpe:2.3:a:v:p{n}""#))
        .collect();
    let mut records = Records::default();
    let text = format!(
        r#"{{"cveMetadata": {{"cveId": "CVE-2024-0001"}}, "containers": {{"cna": {{"affected": [{{"cpes": [{}], "versions": [{}]}}]}}}}}}"#,
        cpes.join(","),
        versions.trim_end_matches(',')
    );
    visit(text.as_bytes(), "cve5", &mut records).unwrap();
    assert_eq!(records.problems.len(), 1);
}

#[test]
fn mutated_records_never_panic() {
    patchward_test_support::mutate(&[SEED.as_bytes()], 1500, |bytes| {
        let _ = visit(bytes, "x", &mut Records::default());
    });
}
