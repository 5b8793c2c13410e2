use super::matching::{Match, Subject, effective, matches};
use super::*;
use patchward_test_support::mutate;

const OPENVEX: &str = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.test/vex/1", "author": "Shop",
 "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [
 {"vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-aaaa"]}, "products": [{"@id": "pkg:npm/a@1.0.0"}],
  "status": "not_affected", "justification": "vulnerable_code_not_present", "impact_statement": "never called"},
 {"vulnerability": "CVE-2026-2", "timestamp": "2026-02-01T00:00:00Z", "products": ["pkg:npm/a"], "status": "fixed"},
 {"vulnerability": {"name": "CVE-2026-3"}, "status": "affected", "action_statement": "wait",
  "products": [{"@id": "pkg:oci/shop@sha256:00", "subcomponents": [{"@id": "pkg:deb/debian/openssl@3.0-1"}]}]},
 {"vulnerability": {"name": "CVE-2026-4"}, "products": [], "status": "nonsense"}]}"#;

const CSAF: &str = r#"{"document": {"csaf_version": "2.0", "category": "csaf_vex", "publisher": {"name": "Vendor", "category": "vendor"},
  "tracking": {"id": "V-1", "current_release_date": "2026-03-01T00:00:00Z"}},
 "product_tree": {"branches": [{"category": "vendor", "name": "Vendor", "branches": [
    {"category": "product_name", "name": "OS 9", "product": {"product_id": "os9", "product_identification_helper": {"cpe": "cpe:/o:vendor:os:9"}}},
    {"category": "product_version", "name": "openssl-3.0", "product": {"product_id": "ssl", "product_identification_helper": {"purl": "pkg:rpm/vendor/openssl@3.0-1?arch=x86_64"}}},
    {"category": "product_version_range", "name": "vers:npm/<2.0.0", "product": {"product_id": "old", "product_identification_helper": {"purl": "pkg:npm/b"}}},
    {"category": "product_name", "name": "c", "product": {"product_id": "c", "product_identification_helper": {"purl": "pkg:npm/c"}}}]}],
  "product_groups": [{"group_id": "g", "product_ids": ["old"]}],
  "relationships": [{"category": "default_component_of", "product_reference": "ssl", "relates_to_product_reference": "os9",
    "full_product_name": {"product_id": "os9:ssl", "name": "openssl of OS 9"}}]},
 "vulnerabilities": [{"cve": "CVE-2026-5", "ids": [{"system_name": "x", "text": "X-5"}],
   "product_status": {"known_not_affected": ["os9:ssl", "old", "c"], "recommended": ["c"]},
   "flags": [{"label": "vulnerable_code_not_present", "group_ids": ["g"]}],
   "threats": [{"category": "impact", "details": "not built in", "product_ids": ["c"]}]}]}"#;

const CYCLONEDX: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:1",
 "metadata": {"timestamp": "2026-01-01T00:00:00Z", "supplier": {"name": "Maker"}},
 "components": [{"bom-ref": "x", "type": "library", "name": "x", "purl": "pkg:pypi/x@1.0"}],
 "vulnerabilities": [
  {"id": "CVE-2026-6", "analysis": {"state": "false_positive", "justification": "code_not_reachable", "detail": "dead code"},
   "affects": [{"ref": "x"}, {"ref": "urn:cdx:00000000-0000-0000-0000-000000000000/1#pkg:pypi/y@2.0"}]},
  {"id": "CVE-2026-7", "analysis": {"state": "exploitable", "response": ["update"]},
   "affects": [{"ref": "x", "versions": [{"range": "vers:pypi/<1.5", "status": "affected"}, {"version": "2.0", "status": "unaffected"}]}]},
  {"id": "CVE-2026-8"}]}"#;

fn document(text: &str) -> VexDocument {
    read(text.as_bytes()).unwrap()
}

fn check(statement: &VexStatement, purl: &str, expected: Match) {
    let purl: Purl = purl.parse().unwrap();
    let os = ["cpe:2.3:o:vendor:os:9:*:*:*:*:*:*:*".to_owned()];
    let subject = Subject {
        purl: Some(&purl),
        version: purl.version().unwrap_or_default(),
        cpes: &[],
        asset: &["pkg:oci/shop@sha256:00?arch=amd64".parse().unwrap()],
        asset_cpes: &os,
    };
    assert_eq!(matches(statement, &subject), expected, "{purl}");
}

#[test]
fn openvex_statements_are_read_and_unknown_words_told() {
    let document = document(OPENVEX);
    assert_eq!(document.author, "Shop");
    assert_eq!(document.statements.len(), 3);
    assert_eq!(
        document.problems,
        ["statement 4: unknown status `nonsense`"]
    );
    let first = &document.statements[0];
    assert_eq!(first.vulnerabilities, ["CVE-2026-1", "GHSA-aaaa"]);
    assert_eq!(first.status, VexStatus::NotAffected);
    assert_eq!(
        first.justification.as_deref(),
        Some("vulnerable_code_not_present")
    );
    let times: Vec<_> = document
        .statements
        .iter()
        .map(|s| s.timestamp.unwrap().to_string())
        .collect();
    assert_eq!(times[..2], ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]);
}

#[test]
fn a_purl_matches_its_version_and_a_subset_of_qualifiers() {
    let document = document(OPENVEX);
    check(&document.statements[0], "pkg:npm/a@1.0.0", Match::Yes);
    check(
        &document.statements[0],
        "pkg:npm/a@1.0.0?vcs_url=x",
        Match::Yes,
    );
    check(&document.statements[0], "pkg:npm/a@1.0.1", Match::No);
    check(&document.statements[0], "pkg:npm/b@1.0.0", Match::No);
    check(
        &document.statements[1],
        "pkg:npm/a@1.0.0",
        Match::VersionOpen,
    );
}

#[test]
fn subcomponents_match_inside_their_product_only() {
    let mut document = document(OPENVEX);
    check(
        &document.statements[2],
        "pkg:deb/debian/openssl@3.0-1?arch=amd64",
        Match::Yes,
    );
    check(
        &document.statements[2],
        "pkg:deb/debian/openssl@3.1-1",
        Match::No,
    );
    document.statements[2].products[0].purl = "pkg:oci/other".parse().ok();
    check(
        &document.statements[2],
        "pkg:deb/debian/openssl@3.0-1",
        Match::No,
    );
}

#[test]
fn csaf_products_are_resolved_through_branches_groups_and_relationships() {
    let document = document(CSAF);
    assert_eq!(
        (document.id.as_str(), document.author.as_str()),
        ("V-1", "Vendor")
    );
    let of = |id: &str| {
        let found = document
            .statements
            .iter()
            .find(|s| s.products.iter().any(|p| p.id == id));
        found.unwrap()
    };
    assert_eq!(
        of("old").justification.as_deref(),
        Some("vulnerable_code_not_present")
    );
    assert_eq!(of("c").impact, "not built in");
    assert_eq!(of("c").vulnerabilities, ["CVE-2026-5", "X-5"]);
    assert!(of("c").supplier);
    check(
        of("os9:ssl"),
        "pkg:rpm/vendor/openssl@3.0-1?arch=x86_64&epoch=1",
        Match::Yes,
    );
    check(
        of("os9:ssl"),
        "pkg:rpm/vendor/openssl@3.0-1?arch=aarch64",
        Match::No,
    );
    check(of("old"), "pkg:npm/b@1.9.9", Match::Yes);
    check(of("old"), "pkg:npm/b@2.0.0", Match::No);
    check(of("c"), "pkg:npm/c@7", Match::Yes);
}

#[test]
fn a_platforms_statement_holds_only_there() {
    let document = document(&CSAF.replace("cpe:/o:vendor:os:9", "cpe:/o:vendor:os:8"));
    let all = &document.statements;
    let ssl = all
        .iter()
        .find(|s| s.products.iter().any(|p| p.id == "os9:ssl"))
        .unwrap();
    check(ssl, "pkg:rpm/vendor/openssl@3.0-1?arch=x86_64", Match::No);
}

#[test]
fn cyclonedx_analyses_are_read_with_links_and_ranges() {
    let document = document(CYCLONEDX);
    assert_eq!(document.statements.len(), 2);
    let first = &document.statements[0];
    assert_eq!(
        (first.status, first.original_status.as_str()),
        (VexStatus::NotAffected, "false_positive")
    );
    assert_eq!(
        first.justification.as_deref(),
        Some("vulnerable_code_not_in_execute_path")
    );
    check(first, "pkg:pypi/x@1.0", Match::Yes);
    check(first, "pkg:pypi/y@2.0", Match::Yes);
    check(&document.statements[1], "pkg:pypi/x@1.4", Match::Yes);
    check(&document.statements[1], "pkg:pypi/x@1.5", Match::No);
    check(&document.statements[1], "pkg:pypi/x@2.0", Match::No);
}

#[test]
fn the_supplier_goes_first_then_the_latest() {
    let base = document(OPENVEX).statements.remove(0);
    let said = |author: &str, supplier: bool, day: &str, status: VexStatus| VexStatement {
        author: author.into(),
        supplier,
        timestamp: instant(Some(&format!("2026-01-{day}T00:00:00Z"))),
        status,
        ..base.clone()
    };
    let all = [
        said("vendor", true, "01", VexStatus::NotAffected),
        said("vendor", true, "03", VexStatus::Affected),
        said("third", false, "09", VexStatus::Fixed),
    ];
    assert_eq!(effective(&all).unwrap().status, VexStatus::Affected);
    assert_eq!(effective(&all[2..]).unwrap().status, VexStatus::Fixed);
    assert_eq!(effective(&[]), None);
}

#[test]
fn what_is_no_vex_is_refused() {
    assert_eq!(read(b"{}").unwrap_err(), VexError::Unknown);
    assert!(matches!(
        read(b"nothing").unwrap_err(),
        VexError::Malformed(_)
    ));
    let deep = format!(
        "{{\"document\":{{\"csaf_version\":\"2.0\"}},\"product_tree\":{}",
        "{\"branches\":[".repeat(10_000)
    );
    assert!(read(deep.as_bytes()).is_err());
}

#[test]
fn mutated_documents_never_panic() {
    mutate(
        &[OPENVEX.as_bytes(), CSAF.as_bytes(), CYCLONEDX.as_bytes()],
        400,
        |bytes| {
            let _ = read(bytes);
        },
    );
}

#[test]
fn the_corpus_of_csaf_documents_is_read() {
    let Some(corpus) = patchward_test_support::corpus() else {
        println!("skipped: no corpus");
        return;
    };
    let folders = ["mandatory", "optional", "informative"];
    let mut read_well = 0;
    for folder in folders {
        for entry in
            std::fs::read_dir(corpus.join("csaf/oasis-2.0/documents").join(folder)).unwrap()
        {
            read_well += usize::from(read(&std::fs::read(entry.unwrap().path()).unwrap()).is_ok());
        }
    }
    assert!(read_well > 100, "{read_well}");
}

proptest::proptest! {
    #[test]
    fn every_statement_of_a_document_is_read_with_its_id(
        ids in proptest::collection::vec("CVE-20[0-9]{2}-[0-9]{4,7}", 0..12),
    ) {
        let statement = |id: &String| {
            serde_json::json!({
                "vulnerability": {"name": id}, "products": [{"@id": "pkg:npm/a@1.0.0"}], "status": "fixed",
            })
        };
        let statements: Vec<_> = ids.iter().map(statement).collect();
        let document = serde_json::json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:x:1", "author": "Team", "version": 1,
            "timestamp": "2026-01-01T00:00:00Z", "statements": statements,
        });
        let read = read(document.to_string().as_bytes()).unwrap();
        let found: Vec<&String> = read.statements.iter().flat_map(|s| &s.vulnerabilities).collect();
        proptest::prop_assert_eq!(found, ids.iter().collect::<Vec<_>>());
    }
}
