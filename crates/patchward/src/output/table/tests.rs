use super::*;
use patchward_protocol::inventory::{Component, Location, Problem, SourcePackage};
use patchward_protocol::report::{
    Finding, FindingStatus, KevSignal, KnowledgeState, Severity, Summary,
};

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

/// A tree with everything that a row can have.
fn full_tree() -> ScanReport {
    use patchward_protocol::decision::{Deadline, Decision, Priority};
    use patchward_protocol::report::EpssSignal;

    let finding = |id: &str, name: &str, version: &str, upgrade: &str| Finding {
        vulnerability: id.into(),
        component: Box::new(Component {
            purl: format!("pkg:npm/{name}@{version}"),
            name: name.into(),
            version: version.into(),
            locations: vec![Location {
                path: "services/checkout/frontend/package-lock.json".into(),
                line: Some(1024),
            }],
            ..Component::default()
        }),
        upgrade: Some(upgrade.into()),
        severity: Severity {
            level: SeverityLevel::Critical,
            ..Severity::default()
        },
        decision: Some(Box::new(Decision {
            priority: Priority::P1,
            due: Some(Deadline {
                date: "2026-12-15".into(),
                ..Deadline::default()
            }),
            ..Decision::default()
        })),
        ..Finding::default()
    };
    let mut exploited = finding("CVE-2020-26235", "time", "0.1.43", "0.2.23");
    exploited.signals.kev.push(KevSignal {
        added: "2024-02-03".into(),
        ransomware: true,
        ..KevSignal::default()
    });
    exploited.signals.epss = Some(EpssSignal {
        score: 0.94,
        ..EpssSignal::default()
    });
    let scoped = "@organisation/a-rather-long-package-name";
    let target = TargetReport {
        components: 2,
        findings: vec![
            exploited,
            finding("GHSA-6g7w-8wpp-frhj", scoped, "12.0.0-beta.14", "12.0.1"),
        ],
        ..TargetReport::default()
    };
    ScanReport {
        targets: vec![target],
        ..ScanReport::default()
    }
}

fn at_width(report: &ScanReport, width: u16) -> String {
    let style = Style {
        width: Some(width),
        ..Style::default()
    };
    let text = printed(report, &style);
    let rows = text.lines().skip(2).take_while(|line| !line.is_empty());
    rows.map(|row| format!("{row}\n")).collect()
}

#[test]
fn no_id_version_date_or_header_is_broken_and_rows_keep_to_the_terminal() {
    let headers = [
        "PRIORITY",
        "DUE",
        "SEVERITY",
        "VULNERABILITY",
        "PACKAGE",
        "INSTALLED",
        "FIXED IN",
        "SIGNALS",
        "WHERE",
    ];
    let mut report = full_tree();
    for _ in ["with decisions", "without"] {
        for width in 80..=220 {
            let text = at_width(&report, width);
            for whole in ["CVE-2020-26235", "GHSA-6g7w-8wpp-frhj", "0.2.23", "12.0.1"] {
                assert!(text.contains(whole), "{whole} at {width}:\n{text}");
            }
            for line in text.lines() {
                let columns = line.chars().count();
                assert!(columns <= usize::from(width), "{width}: {line}");
            }
            let header = text.lines().next().unwrap_or_default();
            let unknown = headers
                .iter()
                .fold(header.to_owned(), |left, name| left.replacen(name, "", 1));
            assert_eq!(unknown.trim(), "", "{width}");
            for (name, cell) in [
                ("DUE", "2026-12-15"),
                ("INSTALLED", "12.0.0-beta.14"),
                ("SIGNALS", "KEV 2024-02-03"),
                ("SIGNALS", "EPSS 94 %"),
                ("WHERE", "package-lock.json:1024"),
            ] {
                let shown = !header.contains(name) || text.contains(cell);
                let short = name == "WHERE" && text.contains('…');
                assert!(shown || short, "{cell} at {width}:\n{text}");
            }
        }
        for finding in &mut report.targets[0].findings {
            finding.decision = None;
        }
    }
}

#[test]
fn columns_of_low_value_go_first_as_the_room_shrinks() {
    let report = full_tree();
    let header = |width| {
        let text = at_width(&report, width);
        let line = text.lines().next().unwrap_or_default().to_owned();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let all = "PRIORITY DUE SEVERITY VULNERABILITY PACKAGE INSTALLED FIXED IN SIGNALS WHERE";
    assert_eq!(header(200), all);
    assert_eq!(
        header(120),
        "PRIORITY DUE SEVERITY VULNERABILITY PACKAGE INSTALLED FIXED IN SIGNALS"
    );
    assert_eq!(
        header(80),
        "PRIORITY VULNERABILITY PACKAGE INSTALLED FIXED IN"
    );
}

#[test]
fn a_column_in_which_nothing_stands_is_left_out() {
    let mut report = full_tree();
    for finding in &mut report.targets[0].findings {
        finding.signals = Default::default();
        finding.component.locations.clear();
    }
    for style in [
        Style::default(),
        Style {
            width: Some(200),
            ..Style::default()
        },
    ] {
        let text = printed(&report, &style);
        assert!(text.contains("FIXED IN\n"), "{text}");
    }
}

#[test]
fn a_package_without_a_version_has_one_row_whatever_is_said_of_it() {
    let mut report = report();
    let finding = |number: usize| Finding {
        vulnerability: format!("CVE-2024-{number}"),
        component: Box::new(Component {
            name: "django".into(),
            ..Component::default()
        }),
        status: FindingStatus::CannotTell,
        severity: Severity {
            level: match number {
                7 => SeverityLevel::Critical,
                _ => SeverityLevel::Unknown,
            },
            ..Severity::default()
        },
        ..Finding::default()
    };
    report.targets[0].findings = (1..=87).map(finding).collect();
    let text = printed(&report, &Style::default());
    assert_eq!(text.matches("django").count(), 1, "{text}");
    assert!(
        text.contains("critical  87 vulnerabilities  django   version unknown, pin it"),
        "{text}"
    );
    report.targets[0].findings.truncate(1);
    let text = printed(&report, &Style::default());
    assert!(text.contains("CVE-2024-1 "), "{text}");
}

#[test]
fn a_release_that_gets_no_updates_any_more_is_told_below_the_name() {
    use patchward_protocol::report::Support;

    let mut report = report();
    let target = &mut report.targets[0];
    target.support = Some(Support {
        ended: true,
        until: Some("2020-06-30".into()),
        extended_until: None,
    });
    let text = printed(&report, &Style::default());
    let line = text.lines().nth(1).unwrap_or_default();
    assert!(line.starts_with("End of life: no security updates since 2020-06-30."));
    report.targets[0].support = Some(Support::default());
    assert!(!printed(&report, &Style::default()).contains("End of life"));
}
