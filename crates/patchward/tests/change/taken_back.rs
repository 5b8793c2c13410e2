//! Patches that do harm: stopped by the rehearsal, or taken back to the same versions, files and answers.

use patchward_protocol::check::{Metric, Verdict};
use patchward_protocol::run::StepResult;
use patchward_protocol::transaction::ConfOutcome;
use patchward_test_support::{ToyPackage, shop};

use super::lab::{Lab, differences, result, step};
use super::toys;

#[test]
fn a_patch_that_breaks_the_site_is_stopped_by_its_rehearsal() {
    let Some(lab) = Lab::toy_site("a_patch_that_breaks_the_site_is_stopped_by_its_rehearsal")
    else {
        return;
    };
    lab.publish(&[toys::broken_shop("1.1")]);
    let (content, page) = (lab.content(), lab.host.page("/"));
    lab.patchward("apply --yes --only shop")
        .ends(1)
        .tells(&["front page"]);
    let rehearsal = lab.newest("rehearsal");
    assert_eq!(rehearsal.state, "failed");
    let StepResult::Checks(patched) = result(&rehearsal, "checks-patched") else {
        panic!()
    };
    assert!(
        patched
            .newly_failed
            .iter()
            .any(|name| name.starts_with("front page")),
        "{patched:#?}"
    );
    let control = step(&rehearsal, "checks-control");
    assert_eq!(control.state, "done", "the control is as the machine is");
    assert!(
        lab.history().iter().all(|run| run.kind != "apply"),
        "it never came to the machine"
    );
    assert_eq!(differences(&content, &lab.content()), Vec::<String>::new());
    assert_eq!(lab.host.page("/"), page);
}

#[test]
fn what_breaks_the_site_on_the_machine_is_taken_back_to_the_byte() {
    let Some(lab) = Lab::toy_site("what_breaks_the_site_on_the_machine_is_taken_back_to_the_byte")
    else {
        return;
    };
    lab.host.write("/etc/shop.conf", "currency = CHF\n");
    lab.publish(&[toys::broken_shop("1.1")]);
    let (content, versions, page) = (lab.content(), lab.versions(), lab.host.page("/"));
    lab.patchward("apply --yes --only shop --no-rehearsal \"to see it fail\"")
        .ends(1);
    let run = lab.newest("apply");
    assert_eq!(run.state, "undone", "{run:#?}");
    assert_eq!(step(&run, "checks-after").state, "failed");
    let back = run.rolled_back_by.unwrap();
    assert_eq!(back.state, "done", "{back:#?}");
    assert_eq!(lab.host.page("/"), page);
    assert_eq!(lab.versions(), versions);
    assert_eq!(differences(&content, &lab.content()), Vec::<String>::new());
    assert_eq!(lab.host.run(["apt-mark", "showhold"]), "shop\n");
    lab.ledger_is_intact();
}

#[test]
fn a_script_that_fails_only_on_the_machine_is_taken_back() {
    let Some(lab) = Lab::toy("a_script_that_fails_only_on_the_machine_is_taken_back") else {
        return;
    };
    // The clone has a fresh /run, so the rehearsal sees nothing of it.
    lab.host.run(["touch", "/run/not-today"]);
    let script = "[ ! -e /run/not-today ] || { echo not today; exit 7; }";
    lab.publish(&[toys::demo("1.1").script("postinst", script)]);
    let (content, versions) = (lab.content(), lab.versions());
    lab.patchward("apply --yes --only demo").ends(1);
    let run = lab.newest("apply");
    assert_eq!(run.state, "undone", "{run:#?}");
    assert!(
        step(&run, "apply")
            .failure
            .as_ref()
            .unwrap()
            .contains("demo"),
        "{run:#?}"
    );
    assert_eq!(run.of.unwrap().state, "done");
    assert_eq!(lab.versions(), versions);
    assert_eq!(differences(&content, &lab.content()), Vec::<String>::new());
    lab.host.run(["apt-get", "-qq", "check"]);
}

#[test]
fn a_script_that_fails_is_stopped_by_the_rehearsal_and_named() {
    let Some(lab) = Lab::toy("a_script_that_fails_is_stopped_by_the_rehearsal_and_named") else {
        return;
    };
    lab.publish(&[toys::demo("1.1").script("postinst", "echo no good; exit 3")]);
    lab.patchward("apply --yes --only demo").ends(1);
    let rehearsal = lab.newest("rehearsal");
    assert!(
        rehearsal.problems.iter().any(|text| text.contains("demo")),
        "{:#?}",
        rehearsal.problems
    );
    assert_eq!(lab.version("demo"), "1.0 installed");
}

#[test]
fn a_changed_configuration_file_stays_and_what_is_offered_is_told() {
    let Some(lab) = Lab::toy("a_changed_configuration_file_stays_and_what_is_offered_is_told")
    else {
        return;
    };
    lab.host.write("/etc/demo.conf", "port 8080\nworkers 2\n");
    let offered = ToyPackage {
        conffiles: vec![(
            "/etc/demo.conf".to_owned(),
            "port 80\nworkers 4\n".to_owned(),
        )],
        ..toys::demo("1.1")
    };
    lab.publish(&[offered]);
    lab.patchward("apply --yes --only demo").ends(0);
    assert_eq!(lab.host.read("/etc/demo.conf"), "port 8080\nworkers 2\n");
    let run = lab.newest("apply");
    let StepResult::Applied(applied) = result(&run, "apply") else {
        panic!()
    };
    let file = &applied.conf_files[0];
    assert_eq!(
        (file.path.as_str(), file.outcome),
        ("/etc/demo.conf", ConfOutcome::Kept)
    );
    assert!(file.diff.contains("+workers 4"), "{}", file.diff);
}

#[test]
fn a_patch_that_makes_the_site_slow_is_told_by_its_rehearsal() {
    let Some(lab) = Lab::toy_site("a_patch_that_makes_the_site_slow_is_told_by_its_rehearsal")
    else {
        return;
    };
    let load = format!(
        "[[load]]\nname = \"front page under load\"\nurl = \"http://{}/\"\nconnections = 2\nduration = \"1s\"\nrequests = 60\nrounds = 5\nthreshold = 0.5\n",
        lab.host.address
    );
    lab.write_checks(&load);
    lab.publish(&[toys::slow_shop("1.1")]);
    lab.patchward("rehearse --only shop").ends(1);
    let rehearsal = lab.newest("rehearsal");
    let StepResult::Compared(compared) = result(&rehearsal, "compare") else {
        panic!()
    };
    let cpu = compared
        .iter()
        .find(|one| one.metric == Metric::CpuPerRequest);
    let latency = compared
        .iter()
        .find(|one| one.metric == Metric::LatencyP50)
        .unwrap();
    assert_eq!(latency.verdict, Verdict::Worse, "{compared:#?}");
    if let Some(cpu) = cpu {
        assert_eq!(cpu.verdict, Verdict::Worse, "{compared:#?}");
    }
    assert!(
        rehearsal
            .problems
            .iter()
            .any(|text| text.contains("front page under load")),
        "{:#?}",
        rehearsal.problems
    );
}

#[test]
fn a_good_patch_of_the_site_goes_in_and_the_site_runs_it() {
    let Some(lab) = Lab::toy_site("a_good_patch_of_the_site_goes_in_and_the_site_runs_it") else {
        return;
    };
    let pid = lab.host.run(["cat", "/run/shop.pid"]);
    lab.publish(&[shop("1.1")]);
    lab.patchward("apply --yes --only kev").ends(0);
    assert_ne!(lab.host.run(["cat", "/run/shop.pid"]), pid);
    let run = lab.newest("apply");
    assert_eq!(run.findings[0].state, "fixed", "{:#?}", run.findings);
    lab.patchward("rollback --yes").ends(0);
    assert_eq!(lab.version("shop"), "1.0 installed");
    assert!(lab.host.page("/").contains("cheese"));
}
