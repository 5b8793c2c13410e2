//! What a decision is made of, on real things: what the policy says of an asset, and what processes of this machine do.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::world::World;

const POLICY: &str = "\
extends = ['balanced']
[context.group.clinic]
profile = 'ehr'
tags = ['dmz']
[[context.tag]]
has = ['dmz']
controls = ['waf']
[[context.asset]]
name = 'tree'
group = 'clinic'
exposure = 'isolated'
[context.service.portal]
needs = ['records']
exposure = 'internet'
criticality = 5
assets = ['portal-*']
[context.service.records]
assets = ['tree']
";

#[test]
fn an_asset_has_what_its_group_its_tags_and_the_services_that_depend_on_it_say() {
    let world = World::new();
    world.put("policy.toml", POLICY);
    let policy = world.path("policy.toml").display().to_string();
    let shown = world.run_with(("PATCHWARD_POLICY", &policy), "context show tree");
    shown
        .ends(0)
        .says(&["clinic", "dmz", "waf", "inherited from service portal"]);
    let report = world
        .run_with(("PATCHWARD_POLICY", &policy), "scan tree --format json")
        .json();
    let reasons = reasons(&report["targets"][0]["findings"][0]);
    let told = |part: &str| reasons.iter().any(|reason| reason.contains(part));
    assert!(
        told("internet-facing"),
        "an isolated asset serves one on the internet: {reasons:?}"
    );
    assert!(told("criticality 5") && told("health data"), "{reasons:?}");
    assert!(told("waf in place"), "{reasons:?}");
}

#[test]
fn a_policy_gives_ssvc_values_and_every_value_tells_where_it_comes_from() {
    let world = World::new();
    let rules =
        "extends = ['balanced']\n[ssvc]\ntable = 'cisa'\n[ssvc.points]\nSI = 'catastrophic'\n";
    world.put("policy.toml", rules);
    let scan = "scan tree --format json --policy policy.toml";
    let decision = world.run(scan).json()["targets"][0]["findings"][0]["decision"].clone();
    let impact = &decision["ssvc"]["points"][3];
    assert_eq!(impact["value"], "very high");
    let source = impact["source"].as_str().unwrap();
    assert!(
        source.starts_with("policy: safety impact catastrophic, policy.toml:5"),
        "{source}"
    );
    let vector = decision["ssvc"]["vector"].as_str().unwrap();
    assert!(
        vector.starts_with("SSVCv2/E:") && vector.contains("/HI:VH/") && vector.ends_with("Z/"),
        "{vector}"
    );
    assert_eq!(decision["table"]["table"], "cisa:DT_CO:2.0.3");
    world
        .run("explain CVE-2026-90001 tree --policy policy.toml")
        .says(&[
            "human impact very high (policy: safety impact catastrophic",
            "cisa:DT_CO:2.0.3 →",
        ]);
    world.put("policy.toml", "[ssvc.points]\nSI = 'much'\n");
    world.run("policy check policy.toml").ends(6).warns(&[
        "policy.toml:2:7",
        "Safety Impact",
        "Catastrophic",
    ]);
}

#[test]
fn a_dependency_for_development_only_is_told_so_and_not_hidden() {
    let report = World::new().run("scan tree --format json").json();
    let findings = report["targets"][0]["findings"].as_array().unwrap();
    let developing = findings
        .iter()
        .find(|finding| finding["component"]["development"] == true);
    let developing = developing.expect("the tree has one");
    assert!(developing["suppressed"].is_null());
    assert!(reasons(developing).contains(&"used for development only".to_owned()));
}

/// This test is itself the process that has the C library loaded and listens.
#[test]
fn code_that_a_listening_process_of_this_machine_has_loaded_is_told_so() {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field = |name: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    let (Some("debian"), Some(codename)) = (field("ID=").as_deref(), field("VERSION_CODENAME="))
    else {
        println!("skipped: this machine is no Debian whose release has a name");
        return;
    };
    let mut world = World::new();
    world.own_mirror();
    let open =
        json!({"status": "open", "repositories": {codename.as_str(): "1"}, "urgency": "high"});
    let tracker = json!({"glibc": {"CVE-2026-90020": {
        "description": "An invented hole", "releases": {codename.as_str(): open},
    }}});
    world.put("mirror/debian/tracker/data/json", &tracker.to_string());
    world.update().ends(0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let report = world.run("scan --format json").json();
    drop(listener);
    let findings = report["targets"][0]["findings"].as_array().unwrap();
    let library = findings.iter().find(|finding| {
        finding["vulnerability"] == "CVE-2026-90020" && finding["component"]["name"] == "libc6"
    });
    let reasons = reasons(library.expect("every Debian has the C library"));
    let expected = "its code is loaded by a running process that listens on the network";
    assert!(
        reasons.iter().any(|reason| reason == expected),
        "{reasons:?}"
    );
}

fn reasons(finding: &Value) -> Vec<String> {
    let reasons = finding["decision"]["reasons"].as_array().unwrap();
    reasons
        .iter()
        .map(|reason| reason.as_str().unwrap().to_owned())
        .collect()
}
