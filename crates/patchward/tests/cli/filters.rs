//! Filters and orders.

use super::world::World;

fn found(flags: &str) -> Vec<String> {
    let ran = World::new().run(&format!("scan tree --format json {flags}"));
    ran.found()
}

fn sorted(flags: &str) -> Vec<String> {
    let mut ids = found(flags);
    ids.sort();
    ids
}

#[test]
fn severity_keeps_what_is_at_least_that_severe() {
    assert_eq!(sorted("--severity critical"), ["CVE-2026-90001"]);
    assert_eq!(sorted("--severity high"), ["CVE-2026-90001", "TEST-2026-4"]);
    assert_eq!(sorted("--severity low").len(), 4);
}

#[test]
fn fixable_leaves_out_what_nobody_mends() {
    assert_eq!(
        sorted("--fixable"),
        ["CVE-2026-90001", "CVE-2026-90002", "TEST-2026-4"]
    );
    assert_eq!(sorted("--fixed-only"), sorted("--fixable"));
}

#[test]
fn direct_leaves_out_what_others_bring_in() {
    assert_eq!(
        sorted("--direct"),
        ["CVE-2026-90001", "CVE-2026-90002", "TEST-2026-4"]
    );
}

#[test]
fn runtime_leaves_out_what_only_developers_use() {
    assert_eq!(
        sorted("--runtime"),
        ["CVE-2026-90001", "CVE-2026-90002", "TEST-2026-3"]
    );
}

#[test]
fn kev_keeps_what_is_known_to_be_exploited() {
    assert_eq!(found("--kev"), ["CVE-2026-90001"]);
}

#[test]
fn a_package_is_named_by_name_or_purl() {
    for name in [
        "leftish-pad",
        "pkg:npm/leftish-pad",
        "pkg:npm/leftish-pad@1.3.0",
    ] {
        assert_eq!(
            found(&format!("--package {name}")),
            ["CVE-2026-90002"],
            "{name}"
        );
    }
    assert_eq!(sorted("--package leftish-pad --package no-remedy").len(), 2);
}

#[test]
fn a_vulnerability_is_named_by_any_of_its_ids() {
    for id in ["CVE-2026-90002", "TEST-2026-2", "test-2026-2"] {
        assert_eq!(found(&format!("--id {id}")), ["CVE-2026-90002"], "{id}");
    }
}

#[test]
fn a_filter_that_leaves_nothing_is_clean() {
    World::new().run("scan tree --id CVE-1999-1").ends(0);
}

#[test]
fn the_orders_are_risk_severity_package_and_id() {
    assert_eq!(found("").first().unwrap(), "CVE-2026-90001");
    assert_eq!(
        found("--sort severity"),
        [
            "CVE-2026-90001",
            "TEST-2026-4",
            "CVE-2026-90002",
            "TEST-2026-3"
        ]
    );
    let packages = [
        "TEST-2026-4",
        "CVE-2026-90002",
        "TEST-2026-3",
        "CVE-2026-90001",
    ];
    assert_eq!(found("--sort package"), packages);
    let ids = found("--sort id");
    assert!(
        ids.iter().position(|id| id == "CVE-2026-90002")
            < ids.iter().position(|id| id == "CVE-2026-90001")
    );
}
