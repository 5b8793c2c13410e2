use jiff::civil::date;

use super::*;
use crate::calendar::Limit;
use crate::context::{AssetContext, Profile};
use crate::cvss::Severity;
use crate::decision::{Asset, Decider, Decision, FindingFacts};
use crate::policy::{Policy, run};

const PAGE: &str = include_str!("../../../../../docs/policy.md");

fn decide(policy: &Policy, scopes: &[&str], finding: &FindingFacts) -> Decision {
    let context = AssetContext {
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..AssetContext::default()
    };
    Decider::new(policy, Asset::new(context), date(2026, 1, 15)).decide(finding)
}

fn medium() -> FindingFacts {
    FindingFacts {
        cvss: Some(5.0),
        severity: Some(Severity::Medium),
        published: Some(date(2026, 1, 2)),
        fixable: true,
        ..FindingFacts::default()
    }
}

#[test]
fn a_preset_by_name_sets_its_own_dates_and_no_other() {
    for known in PRESETS {
        let policy = Policy::of_preset(known.name).unwrap();
        let scopes: Vec<&str> = known.scope.into_iter().collect();
        let decision = decide(&policy, &scopes, &medium());
        let own = format!("{}/", known.name);
        for deadline in &decision.deadlines {
            assert!(
                deadline.rule.starts_with(&own),
                "{}: {deadline:?}",
                known.name
            );
        }
        let dated = matches!(
            known.name,
            "balanced" | "cisa-bod-26-04" | "pci-dss-4.0.1" | "mas-style"
        );
        assert_eq!(!decision.deadlines.is_empty(), dated, "{}", known.name);
        let mut reasons = decision.reasons.iter();
        let told = reasons.any(|reason| reason.starts_with("no due date"));
        assert_eq!(!told, dated, "{}", known.name);
        assert!(decision.approval.is_some(), "{}", known.name);
    }
}

#[test]
fn with_balanced_before_it_a_preset_adds_to_its_dates() {
    let text = "extends = ['balanced', 'cisa-bod-22-01']";
    let policy = Policy::parse("policy.toml", text).unwrap();
    assert_eq!(decide(&policy, &[], &medium()).deadlines.len(), 1);
}

#[test]
fn balanced_gives_every_priority_a_date_everywhere() {
    for sla in &Policy::default().slas {
        assert!(sla.limits.iter().all(Option::is_some), "{sla:?}");
    }
}

#[test]
fn a_preset_whose_scope_nobody_has_is_idle() {
    let asset = |scope: &str| AssetContext {
        scopes: vec![scope.to_owned()],
        ..AssetContext::default()
    };
    let idle = |policy: &Policy, assets: &[AssetContext]| {
        let idle = policy.idle_presets(assets);
        idle.into_iter().map(|(_, scope)| scope).collect::<Vec<_>>()
    };
    for (name, scope) in [
        ("pci-dss-4.0.1", "pci"),
        ("mas-style", "mas"),
        ("hipaa-proposed", "hipaa"),
    ] {
        let policy = Policy::of_preset(name).unwrap();
        assert_eq!(idle(&policy, &[asset("other")]), [scope]);
        assert!(idle(&policy, &[asset("other"), asset(scope)]).is_empty());
        assert!(
            preset(name)
                .unwrap()
                .text
                .contains(&format!("\"{scope}\" in"))
        );
    }
    let text = "extends = ['pci-dss-4.0.1']\n[context.group.tills]\nprofile = 'shop'\n";
    let policy = Policy::parse("policy.toml", text).unwrap();
    assert!(idle(&policy, &[asset("other")]).is_empty());
    assert!(idle(&Policy::default(), &[]).is_empty());
}

#[test]
fn what_is_shown_of_presets_and_profiles_is_a_policy() {
    for known in PRESETS {
        let read = Policy::parse("shown.toml", known.text);
        assert!(read.is_ok(), "{}: {:?}", known.name, read.err());
    }
    let own = "[context.profile.\"a \\\"b\\\"\"]\ncriticality = 2\nowner = \"x\\ny'z\"\n\
        tags = ['t']\ncontrols = ['waf', 'sandbox']\nmetrics = ['MAV:A']\n";
    let policy = Policy::parse("policy.toml", own).unwrap();
    let profiles = policy.contexts.profiles();
    assert_eq!(profiles.len(), 8);
    for (name, profile) in profiles {
        let shown = profile.to_toml(name);
        let again = Policy::parse("shown.toml", &shown);
        let again = again.unwrap_or_else(|faults| panic!("{shown}\n{faults:?}"));
        let again: &Profile = again.contexts.profiles()[name];
        assert_eq!(again.to_toml(name), shown);
        assert_eq!(again, profile);
    }
}

#[test]
fn every_policy_of_the_page_loads_and_its_examples_come_out() {
    let blocks: Vec<&str> = PAGE
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 3);
    let mut examples = 0;
    for block in blocks {
        let policy = Policy::parse("docs/policy.md", block);
        let policy = policy.unwrap_or_else(|faults| panic!("{faults:?}"));
        for result in run(&policy) {
            examples += 1;
            assert!(result.differences.is_empty(), "{result:?}");
        }
    }
    assert_eq!(examples, 1);
}

#[test]
fn cyber_essentials_counts_the_vendors_word_as_well_as_the_score() {
    let policy = Policy::of_preset("cyber-essentials").unwrap();
    let dated = |severity: Option<Severity>, cvss: Option<f64>, words: &[&str]| {
        let finding = FindingFacts {
            severity,
            cvss,
            severity_words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..FindingFacts::default()
        };
        let decision = decide(&policy, &[], &finding);
        decision
            .deadlines
            .iter()
            .any(|due| due.limit == Some(Limit::Days(14)))
    };
    assert!(dated(
        Some(Severity::Medium),
        Some(6.5),
        &["medium", "high"]
    ));
    assert!(!dated(Some(Severity::Medium), Some(6.5), &["low"]));
    assert!(dated(Some(Severity::High), Some(7.0), &[]));
    assert!(dated(None, None, &[]));
}
