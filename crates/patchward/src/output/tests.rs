use std::collections::BTreeSet;

use patchward_protocol::report::TargetReport;
use serde_json::Value;

use super::sample::{self, HOSTILE};
use super::*;

fn written(format: Format, report: &ScanReport) -> String {
    let mut out = Vec::new();
    write_format(format, report, &table::Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json_of(format: Format) -> Value {
    serde_json::from_str(&written(format, &sample::report())).unwrap()
}

fn one_target(number: usize) -> ScanReport {
    let mut report = sample::report();
    let target = report.targets.remove(number);
    report.targets = vec![target];
    report
}

macro_rules! snapshots {
    ($($test:ident: $format:ident),* $(,)?) => {$(
        #[test]
        fn $test() {
            insta::assert_snapshot!(written(Format::$format, &sample::report()));
        }
    )*};
}

snapshots! {
    jsonl: Jsonl, csv: Csv, sarif: Sarif, cyclonedx: CycloneDx, spdx: Spdx, openvex: OpenVex, csaf: Csaf,
    gitlab: Gitlab, junit: Junit, markdown: Markdown, html: Html,
}

#[test]
fn every_format_can_be_asked_for_by_name() {
    for (name, format) in FORMATS {
        assert_eq!(name.parse::<Sink>().unwrap().format, *format);
    }
}

#[test]
fn nothing_that_a_terminal_acts_on_is_written_in_any_format() {
    for (name, format) in FORMATS {
        let text = written(*format, &sample::report());
        let hostile = text
            .chars()
            .find(|c| clean::is_hostile(*c) && !matches!(c, '\n' | '\r'));
        assert_eq!(hostile, None, "{name}");
    }
}

#[test]
fn every_format_copes_with_an_empty_report() {
    for (name, format) in FORMATS {
        assert!(
            !written(*format, &ScanReport::default()).is_empty() || *name == "jsonl",
            "{name}"
        );
    }
}

#[test]
fn json_reads_back_as_the_same_report() {
    let report = sample::report();
    let text = written(Format::Json, &report);
    assert_eq!(serde_json::from_str::<ScanReport>(&text).unwrap(), report);
}

#[test]
fn markup_of_names_stays_text() {
    for format in [Format::Html, Format::Junit, Format::Markdown] {
        let text = written(format, &sample::report());
        let body = text.split("<body>").last().unwrap_or_default();
        assert!(
            !body.replace("<script>\n", "").contains("<script>"),
            "{format:?}"
        );
        assert!(!text.contains("javascript:alert"), "{format:?}");
    }
}

#[test]
fn html_has_no_outside_resources() {
    let text = written(Format::Html, &one_target(1));
    for mark in ["src=", "url(", "@import", "<link"] {
        assert!(!text.contains(mark), "{mark}");
    }
}

#[test]
fn xml_of_junit_is_well_formed_and_counts() {
    let text = written(Format::Junit, &sample::report());
    assert_eq!(text.matches("<testcase").count(), 6);
    assert_eq!(text.matches("<failure").count(), 3);
    assert_eq!(text.matches("<skipped").count(), 2);
    assert_eq!(text.matches("<error").count(), 1);
}

#[test]
fn sarif_has_a_rule_for_each_result() {
    let run = &json_of(Format::Sarif)["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[rule]["id"], result["ruleId"]);
    }
    assert_eq!(rules[0]["properties"]["security-severity"], "9.8");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn references_of_cyclonedx_are_unique_and_resolve() {
    let document = json_of(Format::CycloneDx);
    let mut references = Vec::new();
    collect(&document["components"], &mut references);
    let count = references.len();
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), count);
    for vulnerability in document["vulnerabilities"].as_array().unwrap() {
        for affects in vulnerability["affects"].as_array().unwrap() {
            assert!(
                references.contains(&affects["ref"].as_str().unwrap()),
                "{affects}"
            );
        }
    }
}

fn collect<'a>(components: &'a Value, references: &mut Vec<&'a str>) {
    for component in components.as_array().into_iter().flatten() {
        references.push(component["bom-ref"].as_str().unwrap());
        collect(&component["components"], references);
    }
}

#[test]
fn csaf_says_what_the_profile_asks_for() {
    let document = json_of(Format::Csaf);
    for vulnerability in document["vulnerabilities"].as_array().unwrap() {
        let status = &vulnerability["product_status"];
        assert!(vulnerability["cve"].is_string() || vulnerability["ids"].is_array());
        assert!(vulnerability["notes"].is_array());
        assert_eq!(
            status["known_affected"].is_array(),
            vulnerability["remediations"].is_array()
        );
        let reasons = vulnerability["flags"].is_array() || vulnerability["threats"].is_array();
        assert_eq!(status["known_not_affected"].is_array(), reasons);
    }
}

#[test]
fn a_source_tree_is_dependency_scanning_and_a_host_container_scanning() {
    let of = |number| -> Value {
        serde_json::from_str(&written(Format::Gitlab, &one_target(number))).unwrap()
    };
    assert_eq!(of(0)["scan"]["type"], "dependency_scanning");
    assert_eq!(of(0)["dependency_files"][0]["package_manager"], "other");
    assert_eq!(of(1)["scan"]["type"], "container_scanning");
    assert_eq!(
        of(1)["vulnerabilities"][0]["location"]["operating_system"],
        "debian:12"
    );
}

#[test]
fn an_accepted_risk_is_still_affected_for_others() {
    let document = json_of(Format::OpenVex);
    let statements = document["statements"].as_array().unwrap();
    let of = |id: &str| {
        statements
            .iter()
            .find(|s| s["vulnerability"]["name"] == id)
            .unwrap()
    };
    assert_eq!(of("CVE-2026-1004")["status"], "not_affected");
    assert_eq!(
        of("CVE-2026-1004")["justification"],
        "vulnerable_code_not_in_execute_path"
    );
    assert_eq!(of("CVE-2026-1005")["status"], "affected");
    assert_eq!(of("CVE-2026-1003")["status"], "under_investigation");
}

/// OpenVEX specification 0.2.0: required fields, the two lists of words, and what a status needs or excludes.
#[test]
fn openvex_follows_its_specification() {
    const JUSTIFICATIONS: [&str; 5] = [
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    ];
    let document = json_of(Format::OpenVex);
    assert_eq!(document["@context"], "https://openvex.dev/ns/v0.2.0");
    assert!(document["@id"].as_str().unwrap().starts_with("urn:uuid:"));
    assert!(!document["author"].as_str().unwrap().is_empty());
    document["timestamp"]
        .as_str()
        .unwrap()
        .parse::<jiff::Timestamp>()
        .unwrap();
    assert!(document["version"].as_u64().unwrap() >= 1);
    let statements = document["statements"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for statement in statements {
        let says = |key: &str| {
            statement
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let status = says("status");
        seen.insert(status);
        assert!(
            !statement["vulnerability"]["name"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        let products = statement["products"].as_array().unwrap();
        assert!(products.iter().all(|product| product["@id"].is_string()) && !products.is_empty());
        let justified = JUSTIFICATIONS.contains(&says("justification"));
        let (impact, action) = (says("impact_statement"), says("action_statement"));
        match status {
            "affected" => assert!(!action.is_empty() && !justified && impact.is_empty()),
            "not_affected" => assert!((justified || !impact.is_empty()) && action.is_empty()),
            "fixed" | "under_investigation" => {
                assert!(!justified && impact.is_empty() && action.is_empty());
            }
            other => panic!("{other} is no status"),
        }
    }
    assert!(
        ["affected", "not_affected", "under_investigation"]
            .iter()
            .all(|status| seen.contains(status))
    );
}

#[test]
fn spreadsheets_get_no_formula() {
    let text = written(Format::Csv, &sample::report());
    assert!(text.contains("'=cmd"));
    assert!(!text.contains(",=cmd"));
    assert!(!text.contains(HOSTILE));
}

#[test]
fn only_a_scan_without_problems_succeeded() {
    let target = TargetReport::default();
    let report = ScanReport {
        targets: vec![target],
        ..ScanReport::default()
    };
    let text = written(Format::Sarif, &report);
    assert!(text.contains("\"executionSuccessful\": true"));
}

#[test]
fn csaf_follows_the_published_schema() {
    let Some(corpus) = patchward_test_support::corpus() else {
        println!("skipped: no corpus");
        return;
    };
    let schema = std::fs::read(corpus.join("csaf/schema-2.0/csaf_json_schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    for report in [sample::report(), one_target(1), ScanReport::default()] {
        let document = serde_json::from_str(&written(Format::Csaf, &report)).unwrap();
        assert_eq!(
            patchward_test_support::violations(&schema, &document),
            Vec::<String>::new()
        );
    }
}

/// Two trees that hold the same lockfile.
fn twins() -> ScanReport {
    let mut report = one_target(0);
    let mut other = report.targets[0].clone();
    report.targets[0].asset.name = "services/api".into();
    other.asset.name = "services/web".into();
    report.targets.push(other);
    report
}

fn strings<'a>(values: &'a Value, pointer: &str) -> Vec<&'a str> {
    let all = values.as_array().into_iter().flatten();
    all.filter_map(|value| value.pointer(pointer)?.as_str())
        .collect()
}

fn all_differ(texts: &[&str]) -> bool {
    let set: std::collections::BTreeSet<_> = texts.iter().collect();
    !texts.is_empty() && set.len() == texts.len()
}

#[test]
fn formats_of_build_servers_have_paths_as_seen_from_the_working_directory() {
    let path = "services/api/app/package-lock.json";
    let report = twins();
    let problem = "services/web/app/yarn.lock";
    for (format, has_problems) in [
        (Format::Sarif, true),
        (Format::Gitlab, true),
        (Format::Junit, true),
        (Format::CycloneDx, false),
        (Format::Spdx, false),
    ] {
        let text = written(format, &report);
        let bare = text.matches("app/package-lock.json").count();
        let seen = text.matches("services/api/app/package-lock.json").count()
            + text.matches("services/web/app/package-lock.json").count();
        assert!(text.contains(path), "{format:?}");
        assert_eq!(bare, seen, "{format:?}");
        assert_eq!(text.contains(problem), has_problems, "{format:?}");
    }
}

#[test]
fn the_same_lockfile_in_two_targets_makes_two_findings_for_build_servers() {
    let report = twins();
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &report)).unwrap();
    let prints = strings(
        &sarif["runs"][0]["results"],
        "/partialFingerprints/patchwardFinding~1v1",
    );
    assert!(all_differ(&prints), "{prints:?}");
    let gitlab: Value = serde_json::from_str(&written(Format::Gitlab, &report)).unwrap();
    let ids = strings(&gitlab["vulnerabilities"], "/id");
    assert!(all_differ(&ids), "{ids:?}");
    for file in gitlab["dependency_files"].as_array().unwrap() {
        assert!(all_differ(&strings(&file["dependencies"], "/package/name")));
    }
}

#[test]
fn one_target_keeps_its_fingerprints() {
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &one_target(0))).unwrap();
    let first = &sarif["runs"][0]["results"][0]["partialFingerprints"];
    assert_eq!(first["patchwardFinding/v1"], "finding-1");
}

#[test]
fn spdx_names_an_address_once_and_the_flaws_that_it_tells_of() {
    let mut report = one_target(0);
    let target = &mut report.targets[0];
    let mut finding = target.findings[0].clone();
    let list = "https://lists.example/announce";
    finding.references = vec![list.into()];
    target.findings.clear();
    for number in 1..=3 {
        finding.vulnerability = format!("CVE-2026-100{number}");
        finding.aliases.clear();
        target.findings.push(finding.clone());
    }
    let last = target.findings.last_mut().unwrap();
    last.references
        .push("https://advisories.example/CVE-2026-1003".into());
    let document: Value = serde_json::from_str(&written(Format::Spdx, &report)).unwrap();
    let packages = document["packages"].as_array().unwrap();
    let references = packages
        .iter()
        .flat_map(|package| package["externalRefs"].as_array().into_iter().flatten());
    let advisories: Vec<(&str, &str)> = references
        .filter(|reference| reference["referenceType"] == "advisory")
        .filter_map(|reference| {
            Some((
                reference["referenceLocator"].as_str()?,
                reference["comment"].as_str()?,
            ))
        })
        .collect();
    let expected = [
        (list, "CVE-2026-1001, CVE-2026-1002"),
        ("https://advisories.example/CVE-2026-1003", "CVE-2026-1003"),
    ];
    assert_eq!(advisories, expected);
}
