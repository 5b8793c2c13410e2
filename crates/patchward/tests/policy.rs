//! End-to-end tests of `policy`, `context` and of decisions in `scan`, on the program itself.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail loudly too")]

use std::path::Path;
use std::process::{Command, Output};

const POLICY: &str = "\
name = 'shop policy'
extends = ['balanced', 'pci-dss-4.0.1']

[calendar]
time_zone = 'Asia/Singapore'

[[priority]]
name = 'pay-first'
when = 'finding.package == \"left-pay\" && asset.data == \"payment\"'
set = 'P1'
because = 'it handles cards'

[[test]]
name = 'payments come first'
finding = { package = 'left-pay', severity = 'low', epss = 0.001, published = 2026-01-10 }
asset = { profile = 'shop' }
expect = { priority = 'P1', due = 2026-01-13, rule = 'pay-first', approval = 'emergency' }
";

fn patchward(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_patchward"))
        .args(arguments)
        .args(["--data-dir", &folder.join("data").display().to_string()])
        .current_dir(folder)
        .env_remove("PATCHWARD_POLICY")
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder(policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.toml"), policy).unwrap();
    folder
}

#[test]
fn a_good_policy_passes_its_check_and_its_tests() {
    let folder = folder(POLICY);
    let checked = patchward(folder.path(), &["policy", "check", "policy.toml"]);
    assert_eq!(checked.status.code(), Some(0), "{}", err(&checked));
    assert!(
        out(&checked).starts_with("policy.toml: good."),
        "{}",
        out(&checked)
    );
    let tested = patchward(folder.path(), &["policy", "test", "policy.toml"]);
    assert_eq!(tested.status.code(), Some(0), "{}", out(&tested));
    assert!(out(&tested).contains("1 of 1 tests as expected"));
}

#[test]
fn a_test_that_fails_tells_what_came_and_why() {
    let folder = folder(&POLICY.replace("2026-01-13", "2026-01-14"));
    let tested = patchward(folder.path(), &["policy", "test", "policy.toml"]);
    assert_eq!(tested.status.code(), Some(1));
    let said = out(&tested);
    assert!(
        said.contains("due: expected 2026-01-14, came 2026-01-13"),
        "{said}"
    );
    assert!(
        said.contains("policy rule pay-first → P1 (it handles cards)"),
        "{said}"
    );
}

#[test]
fn a_faulty_policy_names_line_and_column() {
    let folder = folder(&POLICY.replace("asset.data", "asset.dada"));
    let checked = patchward(folder.path(), &["policy", "check", "policy.toml"]);
    assert_eq!(checked.status.code(), Some(6));
    let said = err(&checked);
    assert!(
        said.contains(
            "policy.toml:9:42: unknown field \"dada\" of asset: expected one of name, kind"
        ),
        "{said}"
    );
}

#[test]
fn the_last_good_policy_decides_where_the_file_is_faulty_and_it_is_said_loudly() {
    let folder = folder(POLICY);
    let shown = patchward(
        folder.path(),
        &[
            "policy",
            "explain",
            "CVE-2021-44228",
            "--policy",
            "policy.toml",
        ],
    );
    drop(shown);
    let first = patchward(
        folder.path(),
        &["policy", "show", "--policy", "policy.toml"],
    );
    assert!(
        out(&first).starts_with("policy shop policy from policy.toml"),
        "{}",
        out(&first)
    );
    std::fs::write(folder.path().join("policy.toml"), "[[priority]\n").unwrap();
    let second = patchward(
        folder.path(),
        &["policy", "show", "--policy", "policy.toml"],
    );
    assert!(
        out(&second).starts_with("policy shop policy from "),
        "{}",
        out(&second)
    );
    assert!(
        err(&second).contains("ITS LAST GOOD COPY DECIDES INSTEAD"),
        "{}",
        err(&second)
    );
}

#[test]
fn presets_profiles_and_fields_can_be_read() {
    let folder = folder(POLICY);
    let list = out(&patchward(
        folder.path(),
        &["policy", "show", "--preset", "list"],
    ));
    for name in [
        "balanced",
        "cisa-bod-26-04",
        "cisa-bod-22-01",
        "pci-dss-4.0.1",
        "cyber-essentials",
        "mas-style",
    ] {
        assert!(list.contains(name), "{list}");
        let preset = patchward(folder.path(), &["policy", "show", "--preset", name]);
        assert!(out(&preset).contains(&format!("name = \"{name}\"")));
    }
    let profile = out(&patchward(
        folder.path(),
        &["policy", "show", "--profile", "patient-portal"],
    ));
    assert!(profile.contains("data = \"health\""), "{profile}");
    for (flag, list) in [
        ("--profile", "ehr shop development"),
        ("--preset", "mas-style"),
    ] {
        for name in list.split(' ') {
            let shown = out(&patchward(folder.path(), &["policy", "show", flag, name]));
            std::fs::write(folder.path().join("shown.toml"), shown).unwrap();
            let checked = patchward(folder.path(), &["policy", "check", "shown.toml"]);
            assert_eq!(checked.status.code(), Some(0), "{}", err(&checked));
        }
    }
    let fields = out(&patchward(folder.path(), &["policy", "show", "--fields"]));
    assert!(fields.contains("signals.epss"), "{fields}");
}

#[test]
fn a_tree_tells_its_context_in_its_own_file() {
    let folder = folder(POLICY);
    let tree = folder.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    std::fs::write(
        tree.join("patchward.toml"),
        "[context]\nprofile = 'ehr'\nowner = 'clinic'\n",
    )
    .unwrap();
    let shown = out(&patchward(folder.path(), &["context", "show", "tree"]));
    assert!(
        shown.contains("exposure     internal       profile ehr"),
        "{shown}"
    );
    assert!(
        shown.contains("clinic") && shown.contains("tree/patchward.toml:3"),
        "{shown}"
    );
}

#[test]
fn the_page_on_policy_names_every_field_preset_and_profile() {
    let page = include_str!("../../../docs/policy.md");
    let folder = folder(POLICY);
    for (flag, name) in [("--preset", "list"), ("--profile", "list")] {
        let list = out(&patchward(folder.path(), &["policy", "show", flag, name]));
        for line in list.lines() {
            let name = line.split_whitespace().next().unwrap();
            assert!(
                page.contains(&format!("`{name}`")),
                "docs/policy.md does not name {name}"
            );
        }
    }
    let fields = out(&patchward(folder.path(), &["policy", "show", "--fields"]));
    for line in fields.lines() {
        let name = line.split_whitespace().next().unwrap();
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/policy.md does not name {name}"
        );
    }
}

#[test]
fn every_fault_has_a_line_of_its_own_or_an_entry_in_json() {
    let folder = folder("[[priority]]\nname = 'a'\nwhen = 'signals.kevv'\nset = 'P9'\n");
    let checked = patchward(folder.path(), &["policy", "check", "policy.toml"]);
    assert_eq!(checked.status.code(), Some(6));
    let said = err(&checked);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0],
        "patchward: failed to use the policy policy.toml: 2 faults"
    );
    assert!(
        lines[1].starts_with("policy.toml:3:9: unknown field \"kevv\" of signals: expected"),
        "{said}"
    );
    assert_eq!(
        lines[2],
        "policy.toml:4:8: expected one of P1, P2, P3, P4, P5"
    );
    let json = ["policy", "check", "policy.toml", "--format", "json"];
    let checked = patchward(folder.path(), &json);
    assert_eq!(checked.status.code(), Some(6));
    let told: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(told["good"], false);
    let fault = &told["faults"][1];
    assert_eq!((&fault["line"], &fault["column"]), (&4.into(), &8.into()));
    std::fs::write(folder.path().join("policy.toml"), POLICY).unwrap();
    let checked = patchward(folder.path(), &json);
    assert_eq!(checked.status.code(), Some(0), "{}", err(&checked));
    let told: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(
        (&told["good"], &told["rules"]["test"]),
        (&true.into(), &1.into())
    );
    let warning = told["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("no asset has the scope pci") && warning.contains("[context.default]"),
        "{told}"
    );
}

#[test]
fn a_policy_that_is_not_there_is_refused_though_another_has_a_good_copy() {
    let folder = folder(POLICY);
    let show = |name: &str| patchward(folder.path(), &["policy", "show", "--policy", name]);
    assert_eq!(show("policy.toml").status.code(), Some(0));
    let typo = show("polciy.toml");
    assert_eq!(typo.status.code(), Some(6), "{}", out(&typo));
    assert!(
        err(&typo).contains("failed to read the policy polciy.toml"),
        "{}",
        err(&typo)
    );
    let from_elsewhere = folder.path().join("policy.toml").display().to_string();
    std::fs::remove_file(&from_elsewhere).unwrap();
    let gone = show(&from_elsewhere);
    assert_eq!(gone.status.code(), Some(0), "{}", err(&gone));
    assert!(err(&gone).contains("ITS LAST GOOD COPY DECIDES INSTEAD"));
}

#[test]
fn a_preset_for_a_scope_that_no_asset_has_says_so_once() {
    let folder = folder(POLICY);
    let tree = folder.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    let context = |preset: &str| {
        let shown = patchward(
            folder.path(),
            &["context", "show", "tree", "--policy", preset],
        );
        assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
        err(&shown)
    };
    for (preset, scope) in [
        ("pci-dss-4.0.1", "pci"),
        ("mas-style", "mas"),
        ("hipaa-proposed", "hipaa"),
    ] {
        let said = context(preset);
        let warning = format!("warning: no asset has the scope {scope}, so the preset {preset}");
        assert_eq!(said.matches(&warning).count(), 1, "{said}");
    }
    assert_eq!(context("balanced"), "");
    std::fs::write(
        tree.join("patchward.toml"),
        "[context]\nscopes = ['mas']\nprofile = 'shpo'\n",
    )
    .unwrap();
    let said = context("mas-style");
    assert!(!said.contains("no asset has the scope"), "{said}");
    assert!(said.contains("unknown profile \"shpo\""), "{said}");
}
