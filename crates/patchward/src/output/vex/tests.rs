//! What we write, our own reader takes: the same findings are suppressed. And the documents are valid.

use patchward_core::vex::Vex;
use patchward_protocol::report::{Finding, ScanReport, Suppression};
use serde_json::Value;

use super::*;
use crate::output::sample;

const FORMATS: [VexFormat; 3] = [VexFormat::Openvex, VexFormat::Csaf, VexFormat::Cyclonedx];

fn publication() -> Publication {
    Publication {
        author: Some("Shop".to_owned()),
        namespace: Some("https://shop.example".to_owned()),
        version: 3,
    }
}

/// The sample, with a finding decided in each of the ways.
fn decided() -> ScanReport {
    let mut report = sample::report();
    let target = report.targets.last_mut().unwrap();
    let template = target.findings.first().unwrap().clone();
    let rule = |number: u32, status: &str, justification: Option<&str>| Finding {
        id: format!("decided-{number}"),
        vulnerability: format!("CVE-2026-200{number}"),
        suppressed: Some(Box::new(Suppression {
            by: "ignore rule".to_owned(),
            reason: "looked at it".to_owned(),
            status: Some(status.to_owned()),
            justification: justification.map(str::to_owned),
            author: Some("Ann".to_owned()),
            ..Suppression::default()
        })),
        ..template.clone()
    };
    target.findings.extend([
        rule(1, "accepted", None),
        rule(2, "mitigated", None),
        rule(3, "not-affected", Some("component_not_present")),
        rule(4, "false-positive", None),
    ]);
    report
}

fn written(report: &ScanReport, format: VexFormat) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vex.json");
    write(report, format, &publication(), Some(&file)).unwrap();
    std::fs::read(&file).unwrap()
}

fn is_not_affected(finding: &Finding) -> bool {
    let by = finding.suppressed.as_ref();
    by.is_some_and(|by| match by.status.as_deref() {
        Some(status) => matches!(status, "not-affected" | "false-positive"),
        None => by.by == "VEX",
    })
}

#[test]
fn our_own_reader_suppresses_exactly_what_is_not_affected() {
    let report = decided();
    let findings = || report.targets.iter().flat_map(|target| &target.findings);
    for format in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vex.json");
        write(&report, format, &publication(), Some(&file)).unwrap();
        let (vex, problems) = Vex::read(&[file]).unwrap();
        assert_eq!(problems, Vec::<String>::new(), "{format:?}");
        for finding in findings().filter(|finding| !finding.component.purl.is_empty()) {
            let told = vex.suppression(finding, None);
            let what = (format, &finding.vulnerability, &told);
            assert_eq!(told.is_some(), is_not_affected(finding), "{what:?}");
        }
        assert_eq!(findings().filter(|f| is_not_affected(f)).count(), 3);
    }
}

#[test]
fn a_justification_comes_back_as_it_was_given() {
    let report = decided();
    for format in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vex.json");
        write(&report, format, &publication(), Some(&file)).unwrap();
        let (vex, _) = Vex::read(&[file]).unwrap();
        let all = report.targets.iter().flat_map(|target| &target.findings);
        let justified = all.filter(|finding| finding.vulnerability == "CVE-2026-2003");
        for finding in justified {
            let told = vex.suppression(finding, None).unwrap();
            assert_eq!(told.justification.as_deref(), Some("component_not_present"));
            assert!(told.reason.contains("looked at it"), "{}", told.reason);
        }
    }
}

#[test]
fn csaf_passes_its_own_validation() {
    let empty = ScanReport {
        started: sample::report().started,
        ..ScanReport::default()
    };
    for report in [sample::report(), decided(), empty] {
        let bytes = written(&report, VexFormat::Csaf);
        assert_eq!(patchward_core::csaf::validate(&bytes).unwrap(), Vec::new());
    }
}

/// OpenVEX 0.2.0, section "Statement": required fields, the words, and what each status asks for.
#[test]
fn openvex_follows_the_rules_of_its_specification() {
    let document: Value = serde_json::from_slice(&written(&decided(), VexFormat::Openvex)).unwrap();
    assert_eq!(document["@context"], "https://openvex.dev/ns/v0.2.0");
    assert_eq!(
        (&document["author"], &document["version"]),
        (&"Shop".into(), &3.into())
    );
    assert!(document["@id"].as_str().unwrap().starts_with("urn:uuid:"));
    assert!(document["timestamp"].as_str().unwrap().ends_with('Z'));
    let statements = document["statements"].as_array().unwrap();
    let mut twice = decided();
    let again = twice.targets.clone();
    twice.targets.extend(again); // one package in two lockfiles
    let twice: Value = serde_json::from_slice(&written(&twice, VexFormat::Openvex)).unwrap();
    assert_eq!(twice["statements"].as_array(), Some(statements));
    for statement in statements {
        assert!(
            !statement["vulnerability"]["name"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        let products = statement["products"].as_array().unwrap();
        assert!(products.iter().all(|product| product["@id"].is_string()));
        let has = |key: &str| statement[key].as_str().is_some_and(|text| !text.is_empty());
        match statement["status"].as_str().unwrap() {
            // One published form of the schema allows only one of the two.
            "not_affected" => assert!(has("justification") != has("impact_statement")),
            "affected" => assert!(has("action_statement") && !has("justification")),
            "fixed" | "under_investigation" => assert!(!has("justification")),
            other => panic!("{other}"),
        }
    }
}

/// CycloneDX 1.6, `vulnerabilities[]`: the words of `analysis`, and references that resolve.
#[test]
fn cyclonedx_follows_the_rules_of_its_standard() {
    const STATES: [&str; 6] = [
        "resolved",
        "resolved_with_pedigree",
        "exploitable",
        "in_triage",
        "false_positive",
        "not_affected",
    ];
    let document: Value =
        serde_json::from_slice(&written(&decided(), VexFormat::Cyclonedx)).unwrap();
    assert_eq!(
        (&document["bomFormat"], &document["specVersion"]),
        (&"CycloneDX".into(), &"1.6".into())
    );
    assert_eq!(document["metadata"]["authors"][0]["name"], "Shop");
    let text = document["components"].to_string();
    for vulnerability in document["vulnerabilities"].as_array().unwrap() {
        let analysis = &vulnerability["analysis"];
        let state = analysis["state"].as_str().unwrap();
        assert!(STATES.contains(&state), "{state}");
        assert!(analysis["justification"].is_null() || state == "not_affected");
        for affects in vulnerability["affects"].as_array().unwrap() {
            let reference = format!("\"bom-ref\":{}", affects["ref"]);
            assert!(text.contains(&reference), "{reference}");
        }
    }
}
