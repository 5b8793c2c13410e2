use super::*;
use patchward_protocol::inventory::{Component, Location, Problem, SourcePackage};
use patchward_protocol::report::{Finding, KevSignal, KnowledgeState, Severity, Summary};

fn report() -> ScanReport {
    let component = |name: &str| Component {
        purl: format!("pkg:deb/debian/{name}@3.0.1-1"),
        name: name.into(),
        version: "3.0.1-1".into(),
        source: Some(SourcePackage {
            name: "openssl".into(),
            version: "3.0.1-1".into(),
        }),
        locations: vec![Location {
            path: "var/lib/dpkg/status".into(),
            line: Some(7),
        }],
        ..Component::default()
    };
    let mut findings = Vec::new();
    for name in ["libssl3", "openssl"] {
        let mut finding = Finding {
            vulnerability: "CVE-2024-1".into(),
            component: Box::new(component(name)),
            upgrade: Some("3.0.2-1".into()),
            severity: Severity {
                level: SeverityLevel::High,
                ..Severity::default()
            },
            ..Finding::default()
        };
        finding.signals.kev.push(KevSignal {
            added: "2024-02-03".into(),
            ..KevSignal::default()
        });
        findings.push(finding);
    }
    let place = Location {
        path: "a\u{1b}[2J".into(),
        line: Some(3),
    };
    let target = TargetReport {
        components: 2,
        findings,
        problems: vec![Problem {
            location: place,
            message: "odd".into(),
        }],
        ..TargetReport::default()
    };
    let summary = Summary {
        components: 2,
        findings: 2,
        by_severity: [(SeverityLevel::High, 2)].into_iter().collect(),
        fixable: 2,
        kev: 2,
        ..Summary::default()
    };
    let updated = Some(Timestamp::constant(0, 0));
    let knowledge = KnowledgeState {
        records: 5,
        updated,
        ..KnowledgeState::default()
    };
    ScanReport {
        targets: vec![target],
        summary,
        knowledge: Some(knowledge),
        ..ScanReport::default()
    }
}

fn printed(report: &ScanReport, style: &Style) -> String {
    let mut out = Vec::new();
    write(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn binaries_of_one_source_share_a_row_and_hostile_text_is_shown_not_sent() {
    let style = Style {
        now: Timestamp::constant(7_200, 0),
        ..Style::default()
    };
    let text = printed(&report(), &style);
    assert!(text.contains("libssl3, openssl"), "{text}");
    assert_eq!(text.matches("CVE-2024-1").count(), 1, "{text}");
    assert!(text.contains("KEV 2024-02-03"), "{text}");
    assert!(text.contains(r"a\u{1b}[2J:3: odd"), "{text}");
    assert!(
        text.contains("2 findings (2 high), 2 with a fix, 2 known to be exploited."),
        "{text}"
    );
    assert!(text.contains("5 records, updated 2 hours ago."), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn colours_come_only_when_asked_for() {
    let style = Style {
        colour: true,
        ..Style::default()
    };
    assert!(printed(&report(), &style).contains("\u{1b}["));
}

#[test]
fn nothing_found_says_so_and_missing_knowledge_says_what_to_do() {
    let target = TargetReport {
        components: 1,
        ..TargetReport::default()
    };
    let mut report = ScanReport::default();
    let text = printed(&report, &Style::default());
    assert!(text.contains("Nothing was there to scan."), "{text}");
    report.targets = vec![target];
    report.summary.components = 1;
    let text = printed(&report, &Style::default());
    assert!(!text.contains("No known vulnerabilities"), "{text}");
    assert!(text.contains("patchward db update"), "{text}");
    report.knowledge = Some(KnowledgeState::default());
    let text = printed(&report, &Style::default());
    assert!(
        text.contains("No known vulnerabilities in 1 component."),
        "{text}"
    );
}
