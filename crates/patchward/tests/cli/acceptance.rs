//! Decisions: added, shown, taken away, lapsed; written as VEX documents that our own reader takes.

use super::world::World;

const ACCEPT: &str =
    "accept CVE-2026-90001 --reason on-the-wall --by Ann --file tree/patchward.toml";

#[test]
fn an_accepted_risk_no_longer_counts_and_can_be_taken_back() {
    let world = World::new();
    world.put("tree/patchward.toml", "# ours\n");
    world
        .run(&format!("{ACCEPT} --until 2999-12-31"))
        .ends(0)
        .says(&[
            "id = \"CVE-2026-90001\"",
            "by = \"Ann\"",
            "expires = 2999-12-31",
        ]);
    assert!(world.read("tree/patchward.toml").starts_with("# ours\n"));
    let ran = world.run("scan tree/ --format json").ends(1);
    assert_eq!(ran.found().len(), 3);
    world
        .run("scan tree/ --show-suppressed")
        .says(&["accepted (ignore rule) until 2999-12-31: on-the-wall"]);
    world
        .run(&format!("{ACCEPT} --until 2999-12-31"))
        .ends(6)
        .warns(&["tree/patchward.toml:3", "accept remove"]);
    world
        .run("accept remove CVE-2026-90001 --file tree/patchward.toml")
        .ends(0);
    assert_eq!(world.run("scan tree/ --format json").found().len(), 4);
    assert_eq!(world.read("tree/patchward.toml").trim_end(), "# ours");
}

#[test]
fn a_risk_without_an_end_and_a_fact_without_a_justification_are_refused() {
    let world = World::new();
    world.run(ACCEPT).ends(6).warns(&["has an end"]);
    world
        .run(&format!("{ACCEPT} --until 2020-01-01"))
        .ends(6)
        .warns(&["has passed"]);
    world
        .run(&format!("{ACCEPT} --status not-affected"))
        .ends(6)
        .warns(&["justification", "component_not_present"]);
    world
        .run("accept CVE-2026-90001 --until 90d")
        .ends(2)
        .warns(&["--reason"]);
    assert!(!world.path("tree/patchward.toml").exists());
}

#[test]
fn a_dry_run_writes_nothing() {
    let world = World::new();
    world
        .run(&format!("{ACCEPT} --until 30d --dry-run"))
        .ends(0)
        .says(&["[[ignore]]"])
        .warns(&["nothing was written"]);
    assert!(!world.path("tree/patchward.toml").exists());
}

#[test]
fn the_list_tells_what_has_expired_and_what_covers_nothing() {
    let world = World::new();
    let rule = |id: &str, end: &str| {
        format!("[[ignore]]\nid = \"{id}\"\nreason = \"r\"\nexpires = {end}\n")
    };
    let rules = rule("CVE-2026-90001", "2020-01-01") + &rule("CVE-1999-1", "2999-01-01");
    world.put("tree/patchward.toml", &rules);
    world.run("accept list tree").ends(0).says(&[
        "EXPIRED, counts again: CVE-2026-90001",
        "1 finding here",
        "CVE-1999-1: accepted until 2999-01-01",
        "UNUSED here",
    ]);
    world
        .run("scan tree")
        .ends(1)
        .says(&["was accepted until 2020-01-01, counts again"]);
}

#[test]
fn a_document_of_each_format_suppresses_the_same_finding_elsewhere() {
    let world = World::new();
    world
        .run(&format!(
            "{ACCEPT} --status not-affected --justification component_not_present"
        ))
        .ends(0);
    for format in ["openvex", "csaf", "cyclonedx"] {
        world
            .run(&format!(
                "vex tree --format {format} --decided --author Shop --namespace https://shop.example -o ours.json"
            ))
            .ends(0);
        let rules = world.read("tree/patchward.toml");
        world.put("tree/patchward.toml", "");
        let ran = world.run("scan tree --vex ours.json --format json").ends(1);
        assert_eq!(ran.found().len(), 3, "{format}: {}", ran.out);
        world.put("tree/patchward.toml", &rules);
    }
    world.run("vex tree --format csaf -o all.json").ends(0);
    world
        .run("vex validate all.json")
        .ends(0)
        .says(&["all.json: valid"]);
}

#[test]
fn an_invalid_csaf_document_is_told_with_test_and_place() {
    let world = World::new();
    world.run("vex tree --format csaf -o all.json").ends(0);
    let broken = world
        .read("all.json")
        .replace("\"status\": \"final\"", "\"status\": \"done\"");
    world.put("broken.json", &broken);
    world
        .run("vex validate broken.json")
        .ends(1)
        .says(&["broken.json: schema /document/tracking/status: expected one of"]);
    world.put("other.json", "{}");
    world
        .run("vex validate other.json")
        .ends(6)
        .warns(&["other.json", "csaf_version"]);
}

const POLICY: &str = "\
extends = ['balanced']
[[accept]]
name = 'walled'
when = 'finding.id == \"CVE-2026-90001\"'
reason = 'on the wall'
by = 'Ann'
until = 2999-12-31
";

#[test]
fn what_the_policy_accepts_is_in_every_vex_document_and_in_the_list() {
    let world = World::new();
    world.put("policy.toml", POLICY);
    let accepted = "Accepted until 2999-12-31: on the wall (accepted by Ann)";
    for format in ["openvex", "csaf"] {
        world
            .run(&format!(
                "vex tree --decided --policy policy.toml --format {format}"
            ))
            .ends(0)
            .says(&["CVE-2026-90001", accepted])
            .says_nothing_of(&["CVE-2026-90002"]);
    }
    world
        .run("vex tree --decided --policy policy.toml --format cyclonedx")
        .ends(0)
        .says(&["will_not_fix", "on the wall (accepted by Ann)"]);
    let whole = world.run("vex tree --policy policy.toml").ends(0).json();
    let statements = whole["statements"].as_array().unwrap();
    // With the one that its publisher withdrew.
    assert_eq!(statements.len(), 5);
    let ours = |s: &&serde_json::Value| s["vulnerability"]["name"] == "CVE-2026-90001";
    let ours = statements.iter().find(ours).unwrap();
    assert_eq!(ours["action_statement"], accepted);

    let rule = "policy rule walled, finding.id == \"CVE-2026-90001\": accepted until 2999-12-31 by Ann: on the wall [policy.toml:2";
    let list = "accept list --policy policy.toml";
    world.run(list).ends(0).says(&[&format!("{rule}]")]);
    world
        .run(&format!("{list} tree"))
        .ends(0)
        .says(&[&format!("{rule}; 1 finding here]")]);
    let listed = world.run(&format!("{list} tree --format json")).json();
    assert_eq!(listed[0]["rule"], "walled");
    assert_eq!(
        (&listed[0]["state"], &listed[0]["findings"]),
        (&"holds".into(), &1.into())
    );
}

#[test]
fn a_finding_tells_that_the_policy_accepted_it_until_a_day_that_has_passed() {
    let world = World::new();
    world.put("policy.toml", &POLICY.replace("2999-12-31", "2020-01-01"));
    world
        .run("scan tree --policy policy.toml")
        .ends(1)
        .says(&["was accepted until 2020-01-01, counts again"])
        .warns(&["policy.toml:2: the acceptance walled expired on 2020-01-01"]);
    world
        .run("accept list tree --policy policy.toml")
        .ends(0)
        .says(&[
            "EXPIRED, counts again: policy rule walled",
            "1 finding here",
        ]);
}

#[test]
fn a_vex_document_without_a_statement_is_not_written() {
    let world = World::new();
    // An npm project: what its publisher withdrew, which is decided, is of another ecosystem.
    world.put(
        "open/package-lock.json",
        r#"{"name":"open","lockfileVersion":3,"packages":{"":{"name":"open","dependencies":{"no-remedy":"1"}},
            "node_modules/no-remedy":{"version":"1.0.0"}}}"#,
    );
    world
        .run("vex open --decided -o ours.json")
        .ends(3)
        .warns(&["no document was written: no finding of these targets is decided"]);
    world.put(
        "clean/Cargo.lock",
        "version = 4\n[[package]]\nname = \"harmless\"\nversion = \"1.0.0\"\n",
    );
    world.put("ours.json", "older");
    world
        .run("vex clean -o ours.json")
        .ends(3)
        .warns(&["at least one statement; ours.json is left as it was"]);
    assert_eq!(world.read("ours.json"), "older");
    world
        .run("scan clean --format openvex=scan.json")
        .ends(0)
        .warns(&["nothing is written to scan.json: an OpenVEX document has at least one"]);
    assert!(!world.path("scan.json").exists());
    world
        .run("vex clean --format csaf")
        .ends(0)
        .says(&["csaf_base"]);
}
