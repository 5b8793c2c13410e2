use super::*;
use crate::model::{Authority, Records};

fn read(text: &str) -> Records {
    let mut records = Records::default();
    if let Err(error) = visit(text.as_bytes(), "osv/test", &mut records) {
        panic!("{error}: {error:?}");
    }
    records
}

fn one(text: &str) -> Advisory {
    let mut records = read(text);
    assert_eq!(records.problems, Vec::<String>::new());
    records.advisories.pop().unwrap()
}

const GHSA: &str = r#"{"schema_version": "1.7.5", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2024-01-02T00:00:00Z",
    "published": "0001-01-01T00:00:00Z", "aliases": ["CVE-2024-0001", "CVE-2024-0001"], "related": null,
    "summary": "s\n", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
    "affected": [{"package": {"ecosystem": "npm", "name": "x"},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
        "database_specific": {"last_known_affected_version_range": "<= 1.2.3"}},
      {"package": {"ecosystem": "npm", "name": "y"},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0", "fixed": "2"}]}],
        "database_specific": {"last_known_affected_version_range": "< 2"}},
      {"package": {"ecosystem": "npm", "name": "z"}}],
    "references": [{"type": "FIX", "url": "https://a.example"}, {"type": "EVIDENCE", "url": "https://b.example"}],
    "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-79"], "github_reviewed": true}, "new_field": [1, {}]}"#;

#[test]
fn github_closes_open_ranges_with_the_last_known_version() {
    let records = read(GHSA);
    let advisory = &records.advisories[0];
    assert_eq!(
        advisory.affected[0].ranges[0].events,
        [
            Event::Introduced("0".into()),
            Event::LastAffected("1.2.3".into())
        ]
    );
    assert_eq!(advisory.affected[1].ranges[0].events.len(), 2);
    assert_eq!(advisory.affected[2].unread.len(), 1);
    assert_eq!(advisory.aliases, ["CVE-2024-0001"]);
    assert_eq!(advisory.published, None);
    assert_eq!(
        (advisory.publisher.as_str(), advisory.authority),
        ("GitHub", Authority::Ecosystem)
    );
    assert_eq!(advisory.severities[1].value, "high");
    assert_eq!(advisory.cwes, ["CWE-79"]);
    assert_eq!(records.signals.len(), 1);
    assert_eq!(records.signals[0].id, "CVE-2024-0001");
    assert_eq!(records.problems, Vec::<String>::new());
}

#[test]
fn ubuntu_tells_its_channel_and_priority() {
    let of = |ecosystem: &str, availability: &str| {
        let advisory = one(&format!(
            r#"{{"id": "UBUNTU-CVE-2024-0001", "modified": "2024-01-02T00:00:00Z", "upstream": ["CVE-2024-0001"],
                "severity": [{{"type": "Ubuntu", "score": "medium"}}], "affected": [{{"package":
                {{"ecosystem": "{ecosystem}", "name": "x", "purl": "pkg:deb/ubuntu/x@1"}}, "versions": ["1"],
                "ecosystem_specific": {{"availability": "{availability}", "binaries": [{{"binary_name": "b",
                "binary_version": "1"}}, {{"a": "1", "c": "1"}}]}}}}]}}"#
        ));
        assert_eq!(advisory.authority, Authority::Distribution);
        assert_eq!(advisory.affected[0].conditions.parts, ["a", "b", "c"]);
        assert_eq!(advisory.severities[0].kind, SeverityKind::Word);
        advisory.affected[0].conditions.channel.clone()
    };
    assert_eq!(of("Ubuntu:22.04:LTS", "No subscription required"), None);
    assert_eq!(
        of(
            "Ubuntu:Pro:18.04:LTS",
            "Available with Ubuntu Pro (Infra-only)"
        )
        .as_deref(),
        Some("esm-infra")
    );
    assert_eq!(
        of("Ubuntu:Pro:FIPS-updates:20.04:LTS", "").as_deref(),
        Some("fips-updates")
    );
    assert_eq!(of("Ubuntu:Pro:18.04:LTS", "").as_deref(), Some("pro"));
}

#[test]
fn go_symbols_and_rust_functions_are_words_for_the_reason() {
    let advisory = one(
        r#"{"id": "GO-2024-1", "modified": "2024-01-02T00:00:00Z", "affected": [
        {"package": {"ecosystem": "Go", "name": "a.example/m"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
         "ecosystem_specific": {"imports": [{"path": "a.example/m/p", "symbols": ["F", "T.M"]}, {"path": "q", "goos": ["windows"]}]}},
        {"package": {"ecosystem": "crates.io", "name": "c"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
         "ecosystem_specific": {"affects": {"arch": ["x86"], "os": [], "functions": ["c::f"]}},
         "database_specific": {"informational": "unsound"}}]}"#,
    );
    assert_eq!(
        advisory.affected[0].conditions.parts,
        [
            "a.example/m/p#F",
            "a.example/m/p#T.M",
            "q",
            "q (os windows)"
        ]
    );
    assert_eq!(
        advisory.affected[1].conditions.parts,
        ["c::f", "architecture x86"]
    );
    assert_eq!(advisory.tags, ["informational:unsound"]);
}

#[test]
fn malware_and_withdrawal_are_told() {
    let advisory = one(
        r#"{"id": "MAL-2024-1", "modified": "2024-01-02T00:00:00Z", "withdrawn": "2024-01-03T00:00:00Z", "affected": null}"#,
    );
    assert!(advisory.malware && advisory.withdrawn.is_some());
}

#[test]
fn debian_end_of_life_will_not_be_fixed() {
    let advisory = one(
        r#"{"id": "CVE-2024-1013", "modified": "2024-01-02T00:00:00Z", "affected": [{"package": {"ecosystem": "Debian:10",
        "name": "x"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}], "ecosystem_specific": {"urgency": "end-of-life"}}]}"#,
    );
    assert_eq!(advisory.affected[0].status, Status::WontFix);
    assert_eq!(
        (advisory.publisher.as_str(), advisory.authority),
        ("Debian", Authority::Distribution)
    );
}

#[test]
fn what_is_odd_is_told_and_the_rest_stands() {
    let records = read(
        r#"{"id": "X-1", "modified": "soon", "severity": [{"type": "CVSS_V9", "score": "x"}], "database_specific": "text",
        "affected": [{"package": {"ecosystem": "npm", "name": "x"}, "ecosystem_specific": 7, "ranges": [{"type": "ODD", "events": []},
        {"type": "ECOSYSTEM", "events": [{"fixed": "1"}]}]}]}"#,
    );
    assert_eq!(records.advisories.len(), 1);
    assert_eq!(records.problems.len(), 4, "{:?}", records.problems);
    for text in ["", "[]", "{}", r#"{"id": ""}"#, r#"{"id": 1}"#, "\u{feff}"] {
        assert!(
            visit(text.as_bytes(), "x", &mut Records::default()).is_err(),
            "{text}"
        );
    }
    assert!(visit(b"{\"id\": \"\xff\"}", "x", &mut Records::default()).is_err());
    let deep = format!("{{\"id\": \"x\", \"affected\": {}", "[".repeat(100_000));
    assert!(visit(deep.as_bytes(), "x", &mut Records::default()).is_err());
}

#[test]
fn mutated_records_never_panic() {
    patchward_test_support::mutate(&[GHSA.as_bytes()], 3000, |bytes| {
        let mut records = Records::default();
        if visit(bytes, "x", &mut records).is_ok() {
            for affected in records.advisories.iter().flat_map(|a| &a.affected) {
                let _ = crate::affects::compile(affected).judge("1.2.3");
            }
        }
    });
}

#[test]
fn a_record_of_several_distributions_is_in_each_folder_the_word_of_that_one() {
    let text = r#"{"id": "CVE-2024-0001", "modified": "2024-01-02T00:00:00Z", "affected": [
        {"package": {"ecosystem": "Alpine:v3.20", "name": "wget"}, "versions": ["1"]},
        {"package": {"ecosystem": "Debian:12", "name": "wget"}, "versions": ["2"]},
        {"package": {"ecosystem": "Debian:13", "name": "wget"}, "versions": ["3"]}]}"#;
    let of = |feed: &str| {
        let records = crate::format::Format::Osv
            .read(text.as_bytes(), feed)
            .unwrap();
        let advisory = records.advisories.into_iter().next().unwrap();
        let packages = advisory.affected.iter();
        let names: Vec<_> = packages.map(|a| a.package.ecosystem.clone()).collect();
        (advisory.publisher, names.join(" "))
    };
    assert_eq!(
        of("osv/Debian"),
        ("Debian".into(), "Debian:12 Debian:13".into())
    );
    assert_eq!(of("osv/Alpine"), ("Alpine".into(), "Alpine:v3.20".into()));
    assert_eq!(
        of("mirror"),
        ("Alpine".into(), "Alpine:v3.20 Debian:12 Debian:13".into())
    );
}
