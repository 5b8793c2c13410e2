//! Ways through a lockfile: what is counted as done, and what is told to do.

use super::*;

#[test]
fn a_patch_without_a_way_in_is_not_counted_as_done() {
    let mut child = library("child", "1.0.0");
    child.needed_by = vec![Need {
        package: "parent@1.0.0".into(),
        range: Some("~1.0.0".into()),
    }];
    let findings = vec![
        finding("CVE-1", &child, Some("1.1.0"), SeverityLevel::High),
        finding(
            "CVE-2",
            &library("b", "1.0.0"),
            Some("1.0.1"),
            SeverityLevel::High,
        ),
    ];
    let report = report(findings, Vec::new());
    let made = all(&report);
    assert_eq!((made.steps.len(), made.summary.cleared), (1, 1));
    assert!(made.summary.risk_left > 0.0);
    assert_eq!(made.choice.method, ChoiceMethod::All);
    assert_eq!(made.choice.removes, made.steps[0].risk_removed);
    let why = made.later[0].later.as_deref().unwrap();
    assert!(why.contains("needs a release of parent@1.0.0"), "{why}");

    let refused = tried::Refused {
        target: 0,
        patch: 1,
        why: "no".into(),
    };
    let tried = Tried {
        refused: vec![refused],
        ..Tried::default()
    };
    let made = plan_with(&report, &tried, &PlanLimits::default());
    assert_eq!((made.steps.len(), made.summary.cleared), (0, 0));
    assert_eq!(made.summary.risk_left, made.summary.risk);
    let later = made.later.iter();
    let mut whys = later.filter_map(|step| step.later.as_deref());
    assert!(whys.any(|why| why == "tried in a copy without success: no"));
}

#[test]
fn what_the_project_itself_asks_for_is_told_where_the_package_manager_could_not_change_it() {
    let component = Component {
        direct: Some(true),
        needed_by: vec![Need {
            package: String::new(),
            range: Some("1.0.0".into()),
        }],
        ..library("a", "1.0.0")
    };
    let found = finding("CVE-1", &component, Some("1.0.1"), SeverityLevel::High);
    let report = report(vec![found], Vec::new());
    let made = all(&report);
    assert_eq!(
        made.steps[0].route.as_ref().unwrap().kind,
        RouteKind::Manifest
    );
    let refused = vec![tried::Refused {
        target: 0,
        patch: 0,
        why: "no".into(),
    }];
    let tried = Tried {
        refused,
        ..Tried::default()
    };
    let made = plan_with(&report, &tried, &PlanLimits::default());
    assert_eq!(made.summary.cleared, 0);
    assert_eq!(
        made.later[0].later.as_deref(),
        Some(
            "the project itself asks for a 1.0.0: change that in package.json to allow 1.0.1; \
             tried in a copy without success: no"
        )
    );
}

#[test]
fn a_step_within_the_line_goes_before_the_breaking_one_that_was_tried() {
    let of = |name: &str, to: &str| {
        let component = Component {
            direct: Some(true),
            ..library(name, "1.0.0")
        };
        finding("CVE-1", &component, Some(to), SeverityLevel::High)
    };
    // The child stands first in the report, and the upgrade of its parent takes its place.
    let mut report = report(
        vec![of("child", "2.0.0"), of("parent", "1.0.1")],
        Vec::new(),
    );
    report.targets[0]
        .patches
        .sort_by(|a, b| a.package.cmp(&b.package));
    let mut tried = Tried::default();
    tried.add(tried::Upgrade {
        manager: "npm".into(),
        location: "web/package-lock.json".into(),
        named: vec![PackageUpgrade {
            name: "parent".into(),
            from: "1.0.0".into(),
            to: "2.0.0".into(),
        }],
        breaks: true,
        patches: vec![0],
        ..tried::Upgrade::default()
    });
    let made = plan_with(&report, &tried, &PlanLimits::default());
    let steps = made.steps.iter().map(|step| &step.patch);
    let steps: Vec<(&str, &str)> = steps
        .map(|patch| (patch.package.as_str(), patch.to.as_str()))
        .collect();
    assert_eq!(steps, [("parent", "1.0.1"), ("parent", "2.0.0")]);
}

#[test]
fn a_direct_dependency_has_a_route() {
    let mut direct = library("a", "1.0.0");
    direct.direct = Some(true);
    let plan = all(&report(
        vec![finding(
            "CVE-1",
            &direct,
            Some("1.0.1"),
            SeverityLevel::High,
        )],
        Vec::new(),
    ));
    assert_eq!(
        plan.steps[0].route.as_ref().unwrap().kind,
        RouteKind::Unknown
    );
}

#[test]
fn a_breaking_step_behind_parents_that_nobody_knows_does_not_count_as_done() {
    let planned = |direct: bool, to: &str| {
        let component = Component {
            direct: Some(direct),
            path: vec!["parent@1.0.0".into()],
            ..library("a", "0.3.0")
        };
        let found = finding("CVE-1", &component, Some(to), SeverityLevel::High);
        all(&report(vec![found], Vec::new()))
    };
    assert_eq!(planned(false, "0.3.1").steps.len(), 1);
    let shut = planned(false, "0.4.0");
    assert_eq!((shut.steps.len(), shut.later.len()), (0, 1));
    assert_eq!(shut.summary.risk_left, shut.summary.risk);
    let why = shut.later[0].later.as_deref().unwrap();
    assert!(
        why.contains("a parent that allows 0.4.0 has to come first"),
        "{why}"
    );
    let own = planned(true, "0.4.0");
    assert_eq!(own.steps.len(), 1);
    let advice = &own.steps[0].route.as_ref().unwrap().advice;
    assert_eq!(
        advice,
        "the project asks for it itself: its requirement in package.json has to allow 0.4.0"
    );
    assert_eq!(
        own.steps[0].notes,
        ["leaves the compatible line: read what breaks"]
    );
}

#[test]
fn what_others_ask_for_too_is_not_done_by_the_projects_own_requirement() {
    let planned = |to: &str| {
        let need = |package: &str, range: Option<&str>| Need {
            package: package.into(),
            range: range.map(Into::into),
        };
        let component = Component {
            direct: Some(true),
            needed_by: vec![need("", Some("0.3.0")), need("other@1.0.0", None)],
            ..library("a", "0.3.0")
        };
        let found = finding("CVE-1", &component, Some(to), SeverityLevel::High);
        all(&report(vec![found], Vec::new()))
    };
    assert_eq!(planned("0.3.1").steps.len(), 1);
    let shut = planned("0.4.0");
    assert_eq!(shut.steps.len(), 0);
    assert_eq!(
        shut.later[0].later.as_deref(),
        Some(
            "the project itself asks for a 0.3.0: change that in package.json to allow 0.4.0; \
             nobody tells whether other@1.0.0 can do without 0.3.0"
        )
    );
}
