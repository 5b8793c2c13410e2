use super::*;
use crate::model::{Event, Records};

const SEED: &str = r#"{"resultsPerPage": 1, "startIndex": 0, "totalResults": 3, "format": "NVD_CVE", "vulnerabilities": [{"cve":
  {"id": "CVE-2024-0001", "published": "2024-01-02T03:04:05.123", "lastModified": "2025-14-11T00:00:00.000", "vulnStatus": "Analyzed",
   "cveTags": [{"sourceIdentifier": "x", "tags": ["disputed"]}], "descriptions": [{"lang": "es", "value": "h"}, {"lang": "en", "value": "d"}],
   "metrics": {"cvssMetricV31": [{"source": "nvd@nist.gov", "type": "Primary", "cvssData": {"vectorString": "CVSS:3.1/AV:N"}},
      {"source": "cna@x.example", "type": "Secondary", "cvssData": {"vectorString": "CVSS:3.1/AV:L"}}],
      "ssvcV203": [{"ssvcData": {"timestamp": "2025-02-04T14:25:34Z", "options": [{"exploitation": "active"}, {"automatable": "yes"}, {"technicalImpact": "total"}]}}]},
   "weaknesses": [{"description": [{"lang": "en", "value": "CWE-79"}, {"lang": "en", "value": "NVD-CWE-Other"}]}],
   "configurations": [{"operator": "AND", "nodes": [
       {"operator": "OR", "negate": false, "cpeMatch": [
          {"vulnerable": true, "criteria": "cpe:2.3:o:v:fw:*:*:*:*:*:*:*:*", "versionStartExcluding": "1.0", "versionEndExcluding": "2.0"},
          {"vulnerable": true, "criteria": "cpe:2.3:o:v:fw:3.1:beta:*:*:*:*:*:*"}]},
       {"operator": "OR", "cpeMatch": [{"vulnerable": false, "criteria": "cpe:2.3:h:v:hw:-:*:*:*:*:*:*:*"}]}]},
     {"nodes": [{"negate": true, "cpeMatch": []}]}, {"nodes": [{"cpeMatch": [{"vulnerable": true, "criteria": "odd"}]}]}],
   "cisaExploitAdd": "2024-02-01", "cisaActionDue": "2024-02-22", "cisaRequiredAction": "Patch.", "cisaVulnerabilityName": "n",
   "references": [{"url": "https://x.example", "tags": ["Exploit", "Third Party Advisory"]}]}}, {"cve": 7}]}"#;

#[test]
fn configurations_keep_bounds_and_what_they_run_on() {
    let mut records = Records::default();
    visit(SEED.as_bytes(), "nvd", &mut records).unwrap();
    let advisory = &records.advisories[0];
    let [range, version, odd] = &advisory.affected[..] else {
        panic!("{:?}", advisory.affected)
    };
    assert_eq!(range.package.name, "cpe:2.3:o:v:fw:*:*:*:*:*:*:*:*");
    assert_eq!(
        range.ranges[0].events,
        [Event::After("1.0".into()), Event::Fixed("2.0".into())]
    );
    assert_eq!(
        range.conditions.running_on,
        ["cpe:2.3:h:v:hw:-:*:*:*:*:*:*:*"]
    );
    assert_eq!(version.package.name, "cpe:2.3:o:v:fw:*:beta:*:*:*:*:*:*");
    assert_eq!(version.versions, ["3.1"]);
    assert_eq!((odd.package.name.as_str(), odd.unread.len()), ("odd", 1));
    assert_eq!(advisory.details, "d");
    assert_eq!(advisory.cwes, ["CWE-79"]);
    assert_eq!(advisory.severities[1].source, "cna@x.example");
    assert_eq!(advisory.tags, ["disputed"]);
    // Exploit, SSVC and KEV; the bad date, the negated and the odd configuration, and the entry 7.
    assert_eq!(
        (records.signals.len(), records.problems.len()),
        (3, 4),
        "{:?}",
        records.problems
    );
}

#[test]
fn pages_tell_where_the_next_begins() {
    assert_eq!(next_page(SEED.as_bytes()).unwrap(), Some(1));
    let last =
        br#"{"resultsPerPage": 2, "startIndex": 2, "totalResults": 4, "vulnerabilities": []}"#;
    assert_eq!(next_page(last).unwrap(), None);
    let empty = br#"{"resultsPerPage": 0, "startIndex": 2, "totalResults": 4}"#;
    assert_eq!(next_page(empty).unwrap(), None);
    assert!(visit(empty, "nvd", &mut Records::default()).is_err());
}

#[test]
fn a_rejected_record_is_withdrawn() {
    let text = br#"{"vulnerabilities": [{"cve": {"id": "CVE-2024-0001", "vulnStatus": "Rejected", "lastModified": "2024-01-02T00:00:00"}}]}"#;
    let mut records = Records::default();
    visit(text, "nvd", &mut records).unwrap();
    assert!(records.advisories[0].withdrawn.is_some());
}

#[test]
fn mutated_pages_never_panic() {
    patchward_test_support::mutate(&[SEED.as_bytes()], 1500, |bytes| {
        let _ = visit(bytes, "x", &mut Records::default());
        let _ = next_page(bytes);
    });
}

#[test]
fn an_organisation_is_named_by_its_short_name() {
    let text = r#"{"format": "NVD_CVE", "version": "2.0", "vulnerabilities": [{"cve": {"id": "CVE-2024-0001",
        "metrics": {"cvssMetricV31": [
            {"source": "134c704f-9b21-4f2e-91b3-4a467353bcc0", "cvssData": {"vectorString": "CVSS:3.1/AV:N"}},
            {"source": "cna@x.example", "cvssData": {"vectorString": "CVSS:3.1/AV:L"}}]}}}]}"#;
    let records = crate::format::Format::Nvd
        .read(text.as_bytes(), "nvd")
        .unwrap();
    let severities = &records.advisories[0].severities;
    let sources: Vec<&str> = severities.iter().map(|s| s.source.as_str()).collect();
    assert_eq!(sources, ["CISA-ADP", "cna@x.example"]);
}
