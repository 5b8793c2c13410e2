//! A small report with everything that formats must cope with: two targets, hostile names, suppressed findings.

use patchward_protocol::inventory::{
    Asset, AssetKind, Component, Location, OperatingSystem, Problem, SourcePackage,
};
use patchward_protocol::report::{
    EpssSignal, Finding, FindingStatus, KevSignal, Patch, SCHEMA, ScanReport, Severity,
    SeverityLevel, Signals, StatedSeverity, Statement, Summary, Suppression, TargetReport,
};

/// A name as an attacker would choose it: terminal escapes, a formula, markup, a line end, a direction override.
pub const HOSTILE: &str = "=cmd|'/c x'\u{1b}[31m<script>\"\n\u{202e}\u{9b}";

/// The report.
pub fn report() -> ScanReport {
    ScanReport {
        schema: SCHEMA.into(),
        tool_version: "0.1.0".into(),
        started: "2026-01-02T03:04:05Z".parse().unwrap(),
        knowledge: None,
        targets: vec![tree(), host()],
        summary: Summary {
            components: 4,
            findings: 3,
            by_severity: [(SeverityLevel::Critical, 1), (SeverityLevel::Unknown, 2)].into(),
            fixable: 1,
            kev: 1,
            suppressed: 2,
            problems: 1,
            ..Summary::default()
        },
    }
}

fn component(purl: &str, name: &str, version: &str, path: &str, line: Option<u32>) -> Component {
    Component {
        purl: purl.into(),
        name: name.into(),
        version: version.into(),
        locations: vec![Location {
            path: path.into(),
            line,
        }],
        ..Component::default()
    }
}

fn tree() -> TargetReport {
    let web = Component {
        direct: Some(true),
        ..component(
            "pkg:npm/%40scope/web@1.0.0",
            "@scope/web",
            "1.0.0",
            "app/package-lock.json",
            Some(12),
        )
    };
    let hostile = component("", HOSTILE, "1", "a b/\u{1b}lock", None);
    TargetReport {
        asset: Asset {
            kind: AssetKind::Tree,
            name: "shop".into(),
        },
        components: 3,
        inventory: vec![
            web.clone(),
            hostile.clone(),
            component(
                "pkg:npm/%40scope/web@1.0.0",
                "@scope/web",
                "1.0.0",
                "other/package-lock.json",
                None,
            ),
        ],
        findings: vec![exploited(web), malformed(hostile)],
        patches: vec![Patch {
            manager: "npm".into(),
            package: "@scope/web".into(),
            from: "1.0.0".into(),
            to: "1.2.3".into(),
            command: "npm install @scope/web@1.2.3".into(),
            location: "app/package-lock.json".into(),
            resolves: vec!["finding-1".into()],
            vulnerabilities: vec!["CVE-2026-1001".into()],
            severity: SeverityLevel::Critical,
            ..Patch::default()
        }],
        problems: vec![Problem {
            location: Location {
                path: "app/yarn.lock".into(),
                line: Some(3),
            },
            message: format!("expected a version after {HOSTILE}"),
        }],
        ..TargetReport::default()
    }
}

fn exploited(component: Component) -> Finding {
    Finding {
        id: "finding-1".into(),
        vulnerability: "CVE-2026-1001".into(),
        aliases: vec!["GHSA-aaaa-bbbb-cccc".into()],
        summary: "Requests are smuggled past the guard".into(),
        component: component.into(),
        status: FindingStatus::Fixable,
        severity: Severity {
            level: SeverityLevel::Critical,
            score: Some(9.8),
            vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into()),
            source: "GitHub".into(),
        },
        severities: vec![StatedSeverity {
            source: "NVD".into(),
            value: "high".into(),
            score: None,
        }],
        statements: vec![Statement {
            advisory: "GHSA-aaaa-bbbb-cccc".into(),
            publisher: "GitHub".into(),
            verdict: "affected".into(),
            decides: true,
            ..Statement::default()
        }],
        fixed_versions: vec!["1.2.3".into()],
        upgrade: Some("1.2.3".into()),
        signals: Signals {
            kev: vec![KevSignal {
                asserter: "CISA".into(),
                added: "2026-01-01".into(),
                ..KevSignal::default()
            }],
            epss: Some(EpssSignal {
                score: 0.5,
                percentile: 0.9,
                date: "2026-01-01".into(),
            }),
            ..Signals::default()
        },
        cwes: vec!["CWE-444".into()],
        references: vec![
            "javascript:alert(1)".into(),
            "https://advisories.example/CVE-2026-1001".into(),
        ],
        published: "2025-12-31T00:00:00Z".parse().ok(),
        ..Finding::default()
    }
}

fn malformed(component: Component) -> Finding {
    Finding {
        id: "finding-2".into(),
        vulnerability: "GHSA-dddd-eeee-ffff".into(),
        summary: HOSTILE.into(),
        component: component.into(),
        status: FindingStatus::NoFix,
        ..Finding::default()
    }
}

fn host() -> TargetReport {
    let ssl = Component {
        source: Some(SourcePackage {
            name: "openssl".into(),
            version: "3.0.1-1".into(),
        }),
        ..component(
            "pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12",
            "libssl3",
            "3.0.1-1",
            "var/lib/dpkg/status",
            Some(40),
        )
    };
    let finding = |number: u32, suppressed: Option<Suppression>| Finding {
        id: format!("finding-{number}"),
        vulnerability: format!("CVE-2026-100{number}"),
        component: Box::new(ssl.clone()),
        status: FindingStatus::UnderInvestigation,
        suppressed: suppressed.map(Box::new),
        ..Finding::default()
    };
    let by = |by: &str, justification: Option<&str>| Suppression {
        by: by.into(),
        reason: "not called".into(),
        until: Some("2026-06-01".into()),
        justification: justification.map(str::to_owned),
        source: "patchward.toml:3".into(),
        ..Suppression::default()
    };
    TargetReport {
        asset: Asset {
            kind: AssetKind::Host,
            name: "web1".into(),
        },
        os: Some(OperatingSystem {
            id: "debian".into(),
            version_id: "12".into(),
            pretty_name: "Debian GNU/Linux 12".into(),
            ..OperatingSystem::default()
        }),
        components: 1,
        inventory: vec![ssl.clone()],
        findings: vec![
            finding(3, None),
            finding(
                4,
                Some(by("VEX", Some("vulnerable_code_not_in_execute_path"))),
            ),
            finding(5, Some(by("ignore rule", None))),
        ],
        ..TargetReport::default()
    }
}
