mod ways;

use proptest::prelude::*;

use patchward_protocol::decision::{Deadline, Decision, Priority};
use patchward_protocol::inventory::{
    Asset, AssetKind, Component, Location, Need, PendingPatch, SourcePackage,
};
use patchward_protocol::plan::{PlanLimits, RouteKind};
use patchward_protocol::report::{
    EpssSignal, Finding, FindingStatus, KevSignal, PackageUpgrade, SeverityLevel, TargetReport,
};

use super::*;
use crate::patches::patches;

fn package(name: &str, source: &str) -> Component {
    Component {
        purl: format!("pkg:deb/debian/{name}@1.0-1"),
        name: name.into(),
        version: "1.0-1".into(),
        source: Some(SourcePackage {
            name: source.into(),
            version: "1.0-1".into(),
        }),
        ..Component::default()
    }
}

fn library(name: &str, version: &str) -> Component {
    Component {
        purl: format!("pkg:npm/{name}@{version}"),
        name: name.into(),
        version: version.into(),
        locations: vec![Location {
            path: "web/package-lock.json".into(),
            line: None,
        }],
        ..Component::default()
    }
}

fn finding(
    id: &str,
    component: &Component,
    upgrade: Option<&str>,
    level: SeverityLevel,
) -> Finding {
    let mut finding = Finding {
        id: format!("{id}/{}/{}", component.name, component.version),
        vulnerability: id.into(),
        component: Box::new(component.clone()),
        upgrade: upgrade.map(Into::into),
        status: upgrade.map_or(FindingStatus::NoFix, |_| FindingStatus::Fixable),
        ..Finding::default()
    };
    finding.severity.level = level;
    finding
}

fn report(findings: Vec<Finding>, pending: Vec<PendingPatch>) -> ScanReport {
    let target = TargetReport {
        asset: Asset {
            kind: AssetKind::Host,
            name: "host".into(),
        },
        components: findings.len() as u64,
        patches: patches(&findings, &pending, None),
        findings,
        pending,
        ..TargetReport::default()
    };
    ScanReport {
        targets: vec![target],
        ..ScanReport::default()
    }
}

fn all(report: &ScanReport) -> PlanReport {
    plan(report, &PlanLimits::default())
}

#[test]
fn binaries_of_one_source_are_one_step_and_their_risk_counts_once() {
    let one = finding(
        "CVE-1",
        &package("libssl3", "openssl"),
        Some("1.1-1"),
        SeverityLevel::High,
    );
    let two = finding(
        "CVE-1",
        &package("openssl", "openssl"),
        Some("1.1-1"),
        SeverityLevel::High,
    );
    let risk = risk::points(&one) as f64 / UNIT;
    let plan = all(&report(vec![one, two], Vec::new()));
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].packages, ["libssl3", "openssl"]);
    assert_eq!(plan.steps[0].findings, 2);
    assert_eq!(plan.summary.risk, risk);
    assert_eq!(plan.summary.risk_left, 0.0);
}

#[test]
fn the_restart_of_what_has_several_packages_loaded_counts_once() {
    let loaded = |id: &str, name: &str, by: &[&str]| {
        let component = Component {
            loaded_by: by.iter().map(|name| (*name).to_owned()).collect(),
            ..package(name, name)
        };
        finding(id, &component, Some("1.1-1"), SeverityLevel::High)
    };
    let made = all(&report(
        vec![
            loaded("CVE-1", "libxml2", &["shop"]),
            loaded("CVE-2", "libexpat1", &["shop", "mail"]),
        ],
        Vec::new(),
    ));
    let what: Vec<_> = made
        .steps
        .iter()
        .map(|step| &step.disruption.what)
        .collect();
    assert_eq!(
        what,
        [
            &vec!["shop".to_owned()],
            &vec!["mail".to_owned(), "shop".to_owned()]
        ]
    );
    assert_eq!(made.summary.downtime_seconds, 2 * disruption::RESTART);
}

#[test]
fn a_flaw_of_two_versions_of_a_library_goes_with_the_last_of_them() {
    let one = finding(
        "CVE-1",
        &library("a", "1.0.0"),
        Some("1.0.1"),
        SeverityLevel::High,
    );
    let two = finding(
        "CVE-1",
        &library("a", "2.0.0"),
        Some("2.0.1"),
        SeverityLevel::High,
    );
    let plan = all(&report(vec![one, two], Vec::new()));
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(plan.steps[0].risk_removed, 0.0);
    assert_eq!(plan.steps[1].risk_removed, plan.summary.risk);
    assert_eq!(plan.steps[1].price_per_day, plan.summary.price_per_day);
    // The application is deployed once.
    assert_eq!(plan.summary.downtime_seconds, disruption::REDEPLOY);
}

#[test]
fn patches_that_share_a_reboot_stay_together_and_it_counts_once() {
    let findings = ["linux-image-6.1", "libc6", "systemd"].map(|name| {
        finding(
            &format!("CVE-{name}"),
            &package(name, name),
            Some("1.1-1"),
            SeverityLevel::High,
        )
    });
    let cheap = finding(
        "CVE-9",
        &package("curl", "curl"),
        Some("1.1-1"),
        SeverityLevel::Medium,
    );
    let plan = all(&report(
        findings.into_iter().chain([cheap]).collect(),
        Vec::new(),
    ));
    assert_eq!(plan.steps[0].patch.package, "curl");
    assert_eq!(plan.summary.reboots, 1);
    assert_eq!(plan.summary.downtime_seconds, disruption::REBOOT);
}

#[test]
fn what_is_exploited_comes_before_what_is_severe() {
    let severe = finding(
        "CVE-1",
        &package("curl", "curl"),
        Some("1.1-1"),
        SeverityLevel::Critical,
    );
    let mut exploited = finding(
        "CVE-2",
        &package("vim", "vim"),
        Some("1.1-1"),
        SeverityLevel::Medium,
    );
    exploited.signals.kev.push(KevSignal::default());
    let plan = all(&report(vec![severe, exploited], Vec::new()));
    assert_eq!(plan.steps[0].patch.package, "vim");
    assert_eq!(plan.steps[0].exploited, 1);
}

#[test]
fn what_has_no_patch_is_listed_with_its_reason_and_what_a_source_says_helps() {
    let mut open = finding("CVE-1", &package("curl", "curl"), None, SeverityLevel::High);
    open.mitigations = vec!["https://vendor.example/workaround".into()];
    let mut ignored = finding("CVE-2", &package("vim", "vim"), None, SeverityLevel::High);
    ignored.suppressed = Some(Box::default());
    let plan = all(&report(vec![open, ignored], Vec::new()));
    assert!(plan.steps.is_empty());
    assert_eq!(plan.unpatched.len(), 1);
    assert_eq!(plan.unpatched[0].why, "nobody names a fixed version yet");
    assert_eq!(
        plan.unpatched[0].mitigations[0].text,
        "https://vendor.example/workaround"
    );
    assert_eq!(plan.summary.risk_left, plan.summary.risk_unpatched);
    assert!(plan.summary.risk_unpatched > 0.0);
}

#[test]
fn holds_phases_and_offers_that_fall_short_are_told() {
    let mut held = package("curl", "curl");
    held.held = true;
    let pending = PendingPatch {
        package: "curl".into(),
        candidate: "1.0-2".into(),
        phased: true,
        ..PendingPatch::default()
    };
    let plan = all(&report(
        vec![finding("CVE-1", &held, Some("1.1-1"), SeverityLevel::High)],
        vec![pending],
    ));
    let step = &plan.steps[0];
    assert!(step.held && !step.patch.pending);
    let notes = step.notes.join("\n");
    assert!(notes.contains("apt-mark unhold curl"), "{notes}");
    assert!(notes.contains("phased"), "{notes}");
    assert!(
        notes.contains("offers curl 1.0-2 now, and 1.1-1 is needed"),
        "{notes}"
    );
}

#[test]
fn the_note_of_a_hold_names_the_packages_that_are_held() {
    let mut held = package("libssl3", "openssl");
    held.held = true;
    let free = package("openssl", "openssl");
    let findings = [&held, &free]
        .map(|component| finding("CVE-1", component, Some("1.1-1"), SeverityLevel::High));
    let plan = all(&report(findings.into(), Vec::new()));
    assert_eq!(
        plan.steps[0].notes,
        ["libssl3 is held by the package manager: `apt-mark unhold libssl3` releases it"]
    );
}

#[test]
fn a_breaking_step_comes_after_the_step_within_the_line_and_clears_nothing_without_it() {
    let h2 = library("h2", "0.3.3");
    let findings = vec![
        finding("CVE-1", &h2, Some("0.4.16"), SeverityLevel::Critical),
        finding("CVE-2", &h2, Some("0.3.27"), SeverityLevel::Low),
    ];
    let report = report(findings, Vec::new());
    let made = all(&report);
    let steps: Vec<_> = made
        .steps
        .iter()
        .map(|step| (step.patch.from.as_str(), step.patch.to.as_str()))
        .collect();
    assert_eq!(steps, [("0.3.3", "0.3.27"), ("0.3.27", "0.4.16")]);
    assert_eq!(made.summary.risk_left, 0.0);
    let one = PlanLimits {
        budget: Some(1),
        ..PlanLimits::default()
    };
    let made = plan(&report, &one);
    assert_eq!(made.steps[0].patch.to, "0.3.27");
    assert_eq!(made.later[0].patch.to, "0.4.16");
}

#[test]
fn a_budget_of_one_takes_the_one_that_removes_most() {
    let findings = vec![
        finding(
            "CVE-1",
            &package("a", "a"),
            Some("1.1-1"),
            SeverityLevel::Low,
        ),
        finding(
            "CVE-2",
            &package("b", "b"),
            Some("1.1-1"),
            SeverityLevel::Critical,
        ),
    ];
    let limits = PlanLimits {
        budget: Some(1),
        ..PlanLimits::default()
    };
    let plan = plan(&report(findings, Vec::new()), &limits);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].patch.package, "b");
    assert_eq!(plan.choice.method, ChoiceMethod::Optimal);
    assert_eq!(
        plan.later[0].later.as_deref(),
        Some("does not fit into the limits")
    );
}

#[test]
fn the_plan_stops_when_little_enough_is_left() {
    let findings: Vec<Finding> = (0..10)
        .map(|at| {
            let name = format!("p{at}");
            finding(
                &format!("CVE-{at}"),
                &package(&name, &name),
                Some("1.1-1"),
                SeverityLevel::High,
            )
        })
        .collect();
    let limits = PlanLimits {
        until_risk: Some(0.2),
        ..PlanLimits::default()
    };
    let plan = plan(&report(findings, Vec::new()), &limits);
    assert_eq!((plan.steps.len(), plan.later.len()), (8, 2));
    assert!(plan.summary.risk_left <= 0.2 * plan.summary.risk + 0.001);
}

#[test]
fn nothing_to_patch_is_a_plan_too() {
    let plan = all(&ScanReport::default());
    assert_eq!(plan.schema, SCHEMA);
    assert_eq!(plan.summary, PlanSummary::default());
    assert_eq!(plan.choice.method, ChoiceMethod::All);
}

/// Findings on a few packages with all kinds of severities, fixes, sources and doubles.
fn reports() -> impl Strategy<Value = ScanReport> {
    let one = (
        0..9usize,
        0..14usize,
        0..6usize,
        prop::option::of(0.0..1.0f64),
        any::<bool>(),
    );
    prop::collection::vec(one, 0..40).prop_map(|rows| {
        let names = [
            "curl",
            "libssl3",
            "openssl",
            "nginx",
            "libc6",
            "linux-image-6.1",
            "vim",
            "libxml2",
            "a",
            "a",
            "b",
            "c",
            "postfix",
            "ssh",
        ];
        let levels = [
            SeverityLevel::Unknown,
            SeverityLevel::None,
            SeverityLevel::Low,
            SeverityLevel::Medium,
            SeverityLevel::High,
            SeverityLevel::Critical,
        ];
        let mut findings: Vec<Finding> = Vec::new();
        for (cve, name, level, epss, fixed) in rows {
            let component = match name {
                8 => library("a", "1.0.0"),
                9 => library("a", "2.0.0"),
                10..=11 => library(names[name], "1.0.0"),
                1 | 2 => package(names[name], "openssl"),
                name => package(names[name], names[name]),
            };
            let upgrade = if component.source.is_some() {
                "1.1-1"
            } else {
                "3.0.0"
            };
            let mut one = finding(
                &format!("CVE-{cve}"),
                &component,
                fixed.then_some(upgrade),
                levels[level],
            );
            one.signals.epss = epss.map(|score| EpssSignal {
                score,
                ..EpssSignal::default()
            });
            if !findings.iter().any(|known| known.id == one.id) {
                findings.push(one);
            }
        }
        report(findings, Vec::new())
    })
}

fn limits() -> impl Strategy<Value = PlanLimits> {
    (
        prop::option::of(0..6u64),
        prop::option::of(0..700u64),
        prop::option::of(0..900u64),
        prop::option::of(0.0..1.0f64),
    )
        .prop_map(|(budget, downtime, window, until)| PlanLimits {
            budget,
            max_downtime_seconds: downtime,
            window_seconds: window,
            until_risk: until,
            ..PlanLimits::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_resolvable_finding_is_cleared_and_the_rest_is_listed(report in reports()) {
        let plan = all(&report);
        let cleared: usize = plan.steps.iter().map(|step| step.patch.resolves.len()).sum();
        let fixable = report.targets[0].findings.iter().filter(|finding| finding.upgrade.is_some());
        prop_assert_eq!(cleared, fixable.count());
        prop_assert_eq!(plan.summary.cleared + plan.summary.unpatched, plan.summary.findings);
        prop_assert!((plan.summary.risk_left - plan.summary.risk_unpatched).abs() < 1e-6);
    }

    #[test]
    fn risk_left_falls_and_is_never_negative(report in reports(), limits in limits()) {
        let plan = plan(&report, &limits);
        let mut before = plan.summary.risk;
        for step in plan.steps.iter().chain(&plan.later) {
            prop_assert!(step.risk_left <= before + 1e-9 && step.risk_left >= 0.0);
            prop_assert!((before - step.risk_removed - step.risk_left).abs() < 1e-6);
            prop_assert!(step.price_per_day >= 0.0);
            before = step.risk_left;
        }
    }

    #[test]
    fn a_plan_keeps_its_limits(report in reports(), limits in limits()) {
        let plan = plan(&report, &limits);
        let summary = &plan.summary;
        prop_assert!(limits.budget.is_none_or(|budget| plan.steps.len() as u64 <= budget));
        prop_assert!(limits.max_downtime_seconds.is_none_or(|most| summary.downtime_seconds <= most));
        let window = summary.downtime_seconds + summary.work_seconds;
        prop_assert!(limits.window_seconds.is_none_or(|most| window <= most));
        prop_assert!(plan.choice.bound >= plan.choice.removes);
    }

    #[test]
    fn the_same_report_gives_the_same_plan_in_whatever_order_findings_come(report in reports(), limits in limits()) {
        let one = plan(&report, &limits);
        prop_assert_eq!(&one, &plan(&report, &limits));
        let mut turned = report.clone();
        turned.targets[0].findings.reverse();
        let mut other = plan(&turned, &limits);
        // Floating-point sums of prices may differ in the last digit.
        other.summary.price_per_day = one.summary.price_per_day;
        other.summary.price_per_day_left = one.summary.price_per_day_left;
        prop_assert_eq!(one.steps.len(), other.steps.len());
        prop_assert_eq!(one.summary, other.summary);
    }
}

#[test]
fn a_patch_has_the_priority_and_reason_of_its_worst_finding_and_the_earliest_date_of_all() {
    let libc = package("libc6", "glibc");
    let decided = |id: &str, priority, score, due: &str, class: &str| {
        let mut found = finding(id, &libc, Some("1.1-1"), SeverityLevel::High);
        found.decision = Some(Box::new(Decision {
            priority,
            score,
            due: Some(Deadline {
                date: due.into(),
                ..Deadline::default()
            }),
            approval: Some(class.into()),
            notify: vec!["on-call".into()],
            reasons: vec![format!("because of {id}"), "other".into()],
            ..Decision::default()
        }));
        found
    };
    let made = plan(
        &report(
            vec![
                decided("CVE-1", Priority::P2, 90.0, "2026-01-01", "normal"),
                decided("CVE-2", Priority::P1, 60.0, "2026-02-01", "emergency"),
                decided("CVE-3", Priority::P1, 70.0, "2026-03-01", "emergency"),
            ],
            Vec::new(),
        ),
        &PlanLimits::default(),
    );
    let urgency = made.steps[0].urgency.clone().unwrap();
    assert_eq!(urgency.priority, Priority::P1);
    assert_eq!(
        (
            urgency.due.unwrap().date,
            urgency.due_vulnerability.as_str()
        ),
        ("2026-01-01".into(), "CVE-1")
    );
    assert_eq!(
        (urgency.vulnerability.as_str(), urgency.reason.as_str()),
        ("CVE-3", "because of CVE-3")
    );
    assert_eq!(urgency.approvals, ["emergency", "normal"]);
    assert_eq!(urgency.notify, ["on-call"]);
}
