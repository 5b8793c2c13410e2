use super::*;
use crate::decision::{Asset, Decider, FindingFacts, Priority};
use jiff::civil::date;
use proptest::prelude::*;

fn faults(text: &str) -> Vec<String> {
    let faults = Policy::parse("policy.toml", text).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn every_preset_loads_and_profiles_are_there() {
    for preset in PRESETS {
        let text = format!("extends = ['{}']", preset.name);
        let policy = Policy::parse("policy.toml", &text);
        assert!(policy.is_ok(), "{}: {:?}", preset.name, policy.err());
        assert!(Policy::of_preset(preset.name).is_some());
    }
    let names: Vec<_> = crate::context::profiles()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names.len(), 7, "{names:?}");
}

#[test]
fn faults_name_line_column_and_what_was_expected() {
    for (text, expected) in [
        (
            "[[priority]]\nname = 'a'\nwhen = 'signals.kevv'\nset = 'P1'\n",
            "policy.toml:3:9: unknown field \"kevv\" of signals: expected one of kev, exploited",
        ),
        (
            "[[priority]]\nname = 'a'\nwhen = 'signals.kev && signal.epss > 1'\nset = 'P1'\n",
            "policy.toml:3:24: unknown variable \"signal\": expected one of finding",
        ),
        (
            "[[priority]]\nname = 'a'\nwhen = '''\n  finding.cvss > \"high\"\n'''\nset = 'P1'\n",
            "policy.toml:4:18: found a text, expected a number as on the left",
        ),
        (
            "[[priority]]\nname = 'a'\nwhen = 'true'\nset = 'P9'\n",
            "policy.toml:4:8: expected one of P1",
        ),
        (
            "[[priority]]\nname = 'a'\nset = 'P1'\n",
            "policy.toml:1:1: this rule needs a condition",
        ),
        (
            "extends = ['none']\n",
            "policy.toml:1:13: unknown preset \"none\": expected one of balanced",
        ),
        ("[routs]\n", "policy.toml:1:2: unknown key \"routs\""),
        (
            "[calendar]\ntime_zone = 'Mars/Base'\n",
            "policy.toml:2:14: unknown time zone",
        ),
        (
            "[[deadline]]\nname = 'a'\nwhen = 'true'\nlimit = 'soon'\n",
            "policy.toml:4:10: limit \"soon\": expected such as \"3 days\"",
        ),
        (
            "[[notify]]\nname = 'a'\nwhen = 'true'\nroute = 'x'\n",
            "policy.toml:4:10: unknown route \"x\"",
        ),
        (
            "[[priority]]\nname = 'a'\nwhen = 'decision.priority == \"P1\"'\nset = 'P1'\n",
            "decision.priority is not known in a rule that sets it",
        ),
        (
            "[unknown]\nepss = 0\n",
            "policy.toml:2:8: epss in [unknown]: expected a number from 0.001 to 1",
        ),
    ] {
        let found = faults(text);
        assert!(
            found.iter().any(|fault| fault.contains(expected)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn circles_are_told_with_their_place() {
    let found = faults("[values]\na = 'b'\nb = '!a'\nc = 'true'\n");
    assert_eq!(
        found,
        ["policy.toml:2:1: values use each other in a circle: a, b"]
    );
    let services = "[context.service.a]\nneeds = ['b']\n[context.service.b]\nneeds = ['c']\n[context.service.c]\nneeds = ['b']\n";
    let found = faults(services);
    assert!(
        found
            .iter()
            .any(|f| f.starts_with("policy.toml:4:11:") && f.contains("in a circle: b → c → b")),
        "{found:?}"
    );
}

#[test]
fn values_may_use_each_other_in_any_order() {
    let text = "[values]\nurgent = 'exposed && signals.kev'\nexposed = 'asset.exposure == \"internet\"'\n[[priority]]\nname = 'a'\nwhen = 'urgent'\nset = 'P1'\n";
    let policy = Policy::parse("p", text).unwrap();
    let fields = policy.priorities[0].rule.when.fields();
    assert_eq!(fields.len(), 2);
}

#[test]
fn values_that_grow_by_using_each_other_are_refused() {
    let mut text =
        String::from("[values]\nv0 = 'asset.tags.all(t, asset.tags.exists(u, t == u))'\n");
    for n in 1..60 {
        text.push_str(&format!("v{n} = 'v{} && v{}'\n", n - 1, n - 1));
    }
    let found = faults(&text);
    assert!(
        found.iter().any(|f| f.contains("more than 100000 steps")),
        "{found:?}"
    );
}

#[test]
fn a_failed_example_tells_what_came() {
    let text = "extends = ['balanced']\n[[test]]\nname = 'ok'\nfinding = { severity = 'low', epss = 0.01 }\nexpect = { priority = 'P4' }\n\
                [[test]]\nname = 'wrong'\nfinding = { kev = 2026-01-01 }\nexpect = { priority = 'P3', due = 2026-01-01 }\n";
    let policy = Policy::parse("p", text).unwrap();
    let results = run(&policy);
    assert_eq!(
        results[0].differences,
        Vec::<String>::new(),
        "{:?}",
        results[0].decision
    );
    assert_eq!(results[1].differences.len(), 2, "{:?}", results[1]);
    assert!(results[1].differences[0].contains("expected P3, came P"));
}

#[test]
fn signals_that_cannot_be_are_faults_of_an_example() {
    for (finding, expected) in [
        ("epss = 1.5", "1.5 is not between 0 and 1"),
        ("kev = 2030-01-01", "is in the future"),
    ] {
        let text = format!("[[test]]\nname = 't'\nfinding = {{ {finding} }}\nexpect = {{}}\n");
        let found = faults(&text);
        assert!(found.iter().any(|f| f.contains(expected)), "{found:?}");
    }
}

#[test]
fn the_row_that_names_most_counts_and_the_earliest_deadline_binds() {
    let text = "extends = ['balanced', 'pci-dss-4.0.1']\n\
                [[sla]]\nP3 = '60 days'\nclock = 'published'\n\
                [[sla]]\nscope = 'pci'\nP3 = '50 days'\nclock = 'published'\n\
                [context.default]\nscopes = ['pci']\n";
    let policy = Policy::parse("p", text).unwrap();
    let context = policy.contexts.of(
        crate::context::AssetName {
            name: "a",
            kind: "host",
        },
        None,
    );
    let finding = FindingFacts {
        severity: Some(crate::cvss::Severity::High),
        cvss: Some(8.0),
        published: Some(date(2026, 1, 1)),
        fixed: Some(date(2025, 11, 10)),
        ..FindingFacts::default()
    };
    let decision = Decider::new(&policy, Asset::new(context), date(2026, 1, 5)).decide(&finding);
    let dates: Vec<_> = decision
        .deadlines
        .iter()
        .map(|d| (d.date, &*d.rule))
        .collect();
    assert_eq!(
        dates,
        [
            (date(2026, 2, 10), "pci-dss-4.0.1/6.3.3-other"),
            (date(2026, 2, 20), "sla pci")
        ],
        "{decision:?}"
    );
    assert_eq!(decision.priority, Priority::P3);
}

#[test]
fn an_acceptance_ends_on_its_day() {
    let text = "extends = ['balanced']\n[[accept]]\nname = 'a'\nwhen = 'finding.id == \"CVE-2026-1\"'\nreason = 'r'\nby = 'b'\nuntil = 2026-01-10\n";
    let policy = Policy::parse("p", text).unwrap();
    let finding = FindingFacts {
        id: "CVE-2026-1".into(),
        ..FindingFacts::default()
    };
    let on = |day| {
        Decider::new(&policy, Asset::default(), day)
            .decide(&finding)
            .accepted
    };
    assert!(on(date(2026, 1, 10)).is_some_and(|accepted| accepted.place == "p:2"));
    assert_eq!(on(date(2026, 1, 11)), None);
    assert_eq!(policy.expired(date(2026, 1, 11)).count(), 1);
}

#[test]
fn a_mutated_policy_is_read_or_refused_and_never_more() {
    let text = "extends = ['balanced']\n[values]\nv = 'signals.epss > 0.5'\n[context.default]\nprofile = 'shop'\n\
                [context.service.a]\nneeds = ['b']\n[context.service.b]\nassets = ['*']\n[[priority]]\nname = 'n'\n\
                when = 'v && finding.cwes.exists(c, c in [\"CWE-79\"]) ? true : finding.id.matches(\"^CVE\")'\nset = 'P1'\n\
                [[sla]]\nP1 = '3 days'\n[[test]]\nname = 't'\nfinding = { epss = 0.7 }\nexpect = { priority = 'P2' }\n";
    assert!(Policy::parse("p", text).is_ok(), "{:?}", faults(text));
    patchward_test_support::mutate(&[text.as_bytes()], 600, |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(policy) = Policy::parse("p", text)
        {
            run(&policy);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Policy::parse("p", &text);
        let _ = expression::check(&text, &expression::Names::default());
    }
}

#[test]
fn an_example_may_have_the_words_of_publishers() {
    let text = "[[priority]]\nname = 'called-high'\nwhen = '\"high\" in finding.severity_words'\nset = 'P1'\n\
                [[test]]\nname = 'said'\nfinding = { severity = 'medium', severity_words = ['low', 'high'] }\n\
                expect = { rule = 'called-high' }\n\
                [[test]]\nname = 'unsaid'\nfinding = { severity = 'high' }\nexpect = { rule = 'called-high' }\n";
    let results = run(&Policy::parse("p", text).unwrap());
    assert_eq!(results[0].differences, Vec::<String>::new());
    assert_eq!(results[1].differences.len(), 1, "{:?}", results[1]);
    let wrong = text.replace("'low', 'high'", "'important'");
    let fault = &faults(&wrong)[0];
    assert!(fault.contains("policy.toml:7:"), "{fault}");
    assert!(fault.contains("expected critical, high, medium"), "{fault}");
}

#[test]
fn an_example_may_have_an_epss_score_that_rises_and_expect_the_outcome_of_a_table() {
    let text = "extends = ['balanced']\n[ssvc]\ntable = 'cisa'\n[[priority]]\nname = 'rising'\nwhen = 'signals.trend > 0.2'\nset = 'P1'\n\
                [[test]]\nname = 'rises'\nfinding = { epss = 0.5, epss_before = 0.1, exploitation = 'active' }\n\
                expect = { priority = 'P1', rule = 'rising', table = 'attend' }\n\
                [[test]]\nname = 'no history'\nfinding = { epss = 0.5 }\nexpect = { rule = 'rising' }\n";
    let policy = Policy::parse("p", text).unwrap();
    let results = run(&policy);
    assert_eq!(results[0].differences, Vec::<String>::new());
    assert_eq!(results[1].differences.len(), 1, "{:?}", results[1]);
}
