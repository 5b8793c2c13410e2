//! What is respected: holds, pins, agreements, configuration files, and what roll-back promises.

use std::fs;

use patchward_patch::{ApplyOptions, ConfPolicy, Consent, Executor, PatchError};
use patchward_protocol::transaction::{ConfOutcome, KeptReason, WayBack};
use patchward_test_support::ToyPackage;

use crate::lab::{Lab, demo, options, request};

#[test]
fn a_held_and_a_pinned_package_are_kept_back() {
    let Some(lab) = Lab::with_demo("a_held_and_a_pinned_package_are_kept_back") else {
        return;
    };
    lab.publish(&[demo("1.1")]);
    lab.run(&["apt-mark", "hold", "demo"]);
    let held = lab.preview(&["demo"]);
    assert!(held.changes.is_empty());
    assert_eq!(held.kept_back[0].reason, KeptReason::Held);
    lab.run(&["apt-mark", "unhold", "demo"]);
    let pin = "Package: demo\nPin: version 1.0\nPin-Priority: 1000\n";
    fs::write(lab.path("/etc/apt/preferences.d/demo"), pin).unwrap();
    let mut pinned = request(&["demo"]);
    pinned.packages[0].version = "1.1".into();
    let pinned = lab.apt.preview(&lab.machine, &pinned).unwrap();
    assert!(pinned.changes.is_empty());
    assert_eq!(pinned.kept_back[0].reason, KeptReason::Pinned);
}

#[test]
fn new_packages_need_agreement_and_go_again_on_roll_back() {
    let Some(lab) = Lab::with_demo("new_packages_need_agreement_and_go_again_on_roll_back") else {
        return;
    };
    lab.publish(&[
        demo("1.1").depends("demo-lib"),
        ToyPackage::new("demo-lib", "1.0").conffile("/etc/demo-lib.conf", "x\n"),
    ]);
    let (transaction, saved) = lab.ready(&["demo"]);
    assert_eq!(transaction.changes.len(), 2);
    let refused = lab.apt.apply(&lab.machine, &transaction, &options());
    assert!(
        matches!(refused, Err(PatchError::NotAgreed { .. })),
        "{refused:?}"
    );
    assert!(lab.version("demo").starts_with("1.0 "));
    let agreed = ApplyOptions {
        consent: Consent {
            installs: true,
            ..Consent::default()
        },
        ..options()
    };
    let applied = lab.apt.apply(&lab.machine, &transaction, &agreed).unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    let new = applied
        .conf_files
        .iter()
        .find(|one| one.path == "/etc/demo-lib.conf");
    assert_eq!(new.unwrap().outcome, ConfOutcome::New);
    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!(back.failed, [], "{}", back.log);
    assert!(!lab.path("/etc/demo-lib.conf").exists());
    assert!(lab.version("demo").starts_with("1.0 "));
}

#[test]
fn a_change_between_agreement_and_apply_is_refused() {
    let Some(lab) = Lab::with_demo("a_change_between_agreement_and_apply_is_refused") else {
        return;
    };
    lab.publish(&[demo("1.1")]);
    let (transaction, _) = lab.ready(&["demo"]);
    lab.publish(&[
        demo("1.1").depends("demo-more"),
        ToyPackage::new("demo-more", "1"),
    ]);
    let refused = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap_err();
    assert!(refused.to_string().contains("demo-more"), "{refused}");
    assert!(lab.version("demo").starts_with("1.0 "));
}

#[test]
fn a_changed_configuration_file_stays_with_its_difference_recorded() {
    let Some(lab) =
        Lab::with_demo("a_changed_configuration_file_stays_with_its_difference_recorded")
    else {
        return;
    };
    fs::write(lab.path("/etc/demo.conf"), "port 8080\nworkers 2\n").unwrap();
    let mut new = demo("1.1");
    new.conffiles = vec![("/etc/demo.conf".into(), "port 80\nworkers 4\n".into())];
    lab.publish(&[new]);
    let (transaction, saved) = lab.ready(&["demo"]);
    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    let kept = &applied.conf_files[0];
    assert_eq!(kept.outcome, ConfOutcome::Kept);
    assert_eq!(kept.other.as_deref(), Some("/etc/demo.conf.dpkg-dist"));
    assert!(
        kept.diff.contains("-port 8080") && kept.diff.contains("+workers 4"),
        "{}",
        kept.diff
    );
    assert_eq!(lab.read("/etc/demo.conf"), "port 8080\nworkers 2\n");
    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!((back.failed, back.files_different), (vec![], vec![]));
    assert_eq!(lab.read("/etc/demo.conf"), "port 8080\nworkers 2\n");
    assert!(!lab.path("/etc/demo.conf.dpkg-dist").exists());
}

#[test]
fn a_replaced_configuration_file_comes_back_with_the_machines_own_lines() {
    let Some(lab) =
        Lab::with_demo("a_replaced_configuration_file_comes_back_with_the_machines_own_lines")
    else {
        return;
    };
    fs::write(lab.path("/etc/demo.conf"), "mine\n").unwrap();
    let mut new = demo("1.1");
    new.conffiles = vec![("/etc/demo.conf".into(), "theirs\n".into())];
    lab.publish(&[new]);
    let (transaction, saved) = lab.ready(&["demo"]);
    let replace = ApplyOptions {
        conf_files: ConfPolicy::Replace,
        ..options()
    };
    let applied = lab.apt.apply(&lab.machine, &transaction, &replace).unwrap();
    assert_eq!(applied.conf_files[0].outcome, ConfOutcome::Replaced);
    assert_eq!(lab.read("/etc/demo.conf"), "theirs\n");
    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!((back.failed, back.files_different), (vec![], vec![]));
    assert_eq!(lab.read("/etc/demo.conf"), "mine\n");
}

#[test]
fn a_version_that_no_archive_has_is_packed_again_and_comes_back() {
    let Some(lab) = Lab::with_demo("a_version_that_no_archive_has_is_packed_again_and_comes_back")
    else {
        return;
    };
    fs::remove_file(lab.path("/repo/demo_1.0_all.deb")).unwrap();
    lab.run(&["apt-get", "clean"]);
    lab.publish(&[demo("1.1")]);
    let (transaction, saved) = lab.ready(&["demo"]);
    assert_eq!(transaction.changes[0].way_back, WayBack::Repack);
    assert!(transaction.irreversible[0].reason.contains("packed again"));
    assert_eq!(saved.packages[0].way_back, WayBack::Repack);
    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    assert_eq!(lab.run(&["demo"]), "demo 1.1\n");
    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!((back.failed, back.files_different), (vec![], vec![]));
    assert_eq!(lab.run(&["demo"]), "demo 1.0\n");
    let verify = lab.run(&["dpkg", "--verify", "demo"]);
    assert_eq!(verify, "");
}

#[test]
fn a_package_that_was_installed_for_others_stays_so_marked() {
    let Some(lab) = Lab::with_demo("a_package_that_was_installed_for_others_stays_so_marked")
    else {
        return;
    };
    lab.run(&["apt-mark", "auto", "demo"]);
    lab.publish(&[demo("1.1")]);
    let (transaction, _) = lab.ready(&["demo"]);
    lab.apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    assert!(
        lab.run(&["apt-mark", "showauto"])
            .lines()
            .any(|name| name == "demo")
    );
}
