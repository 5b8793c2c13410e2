//! Real, pending security updates on a web host: rehearsed, put in, proved.

use patchward_protocol::run::{RunReport, StepResult};
use patchward_test_support::{Init, place};

use super::lab::{Lab, result, step};

fn pid_of_nginx(lab: &Lab) -> String {
    lab.host.run(["cat", "/run/nginx.pid"])
}

/// The new version of a package that is pending.
fn new_version(lab: &Lab, name: &str) -> String {
    let pending = lab.host.read(place::PENDING);
    let line = pending
        .lines()
        .find(|line| line.split(' ').next() == Some(name))
        .unwrap();
    line.rsplit(' ').next().unwrap().to_owned()
}

/// A restart of these would end sessions, or everything: their old code is told, and waits for a reboot.
fn needs_a_reboot(missing: &str) -> bool {
    missing.contains("/usr/lib/systemd/systemd")
}

fn real_updates_are_rehearsed_put_in_and_proved(test: &str, init: Init) {
    let Some(lab) = Lab::real(test, init) else {
        return;
    };
    let (page, nginx) = (lab.host.page("/"), pid_of_nginx(&lab));
    // systemd itself maps libssl: what only a reboot renews is done and not proved.
    let code = match init {
        Init::Scripts => 0,
        Init::Systemd => 4,
    };

    lab.patchward("apply --yes --only nginx --only openssl --report /root/r.json")
        .ends(code);

    assert_eq!(lab.host.page("/"), page);
    for name in ["nginx", "libssl3"] {
        assert_eq!(
            lab.version(name),
            format!("{} installed", new_version(&lab, name))
        );
    }
    assert_ne!(pid_of_nginx(&lab), nginx, "it runs the new code");
    let run: RunReport = serde_json::from_str(&lab.host.read("/root/r.json")).unwrap();
    assert_eq!(run.state, "done");
    assert!(run.findings.len() > 10, "{:#?}", run.findings);
    for proof in &run.findings {
        match proof.state.as_str() {
            "fixed" => assert!(
                proof.missing.is_empty() && proof.evidence.len() >= 3,
                "{proof:#?}"
            ),
            _ => assert!(
                code == 4 && proof.missing.iter().all(|text| needs_a_reboot(text)),
                "{proof:#?}"
            ),
        }
    }
    assert!(run.findings.iter().any(|proof| proof.state == "fixed"));
    let StepResult::Restarted(restarted) = result(&run, "restart") else {
        panic!()
    };
    let names: Vec<&str> = restarted
        .services
        .iter()
        .map(|one| one.step.service.name.as_str())
        .collect();
    for service in ["postgresql", "shop"] {
        assert!(
            names.iter().any(|name| name.starts_with(service)),
            "{names:?}"
        );
    }
    assert!(
        restarted
            .left
            .iter()
            .all(|process| needs_a_reboot(&process.program)),
        "{:#?}",
        restarted.left
    );

    let rehearsal = run.of.as_ref().unwrap();
    assert_eq!(
        (rehearsal.kind.as_str(), rehearsal.state.as_str()),
        ("rehearsal", "done")
    );
    let StepResult::Discarded(discarded) = result(rehearsal, "discard") else {
        panic!()
    };
    assert_eq!(discarded.host_differences, Vec::<String>::new());
    let StepResult::BlastRadius(blast) = result(rehearsal, "blast-radius") else {
        panic!()
    };
    assert!(
        blast
            .by_owner
            .keys()
            .any(|owner| owner.starts_with("nginx")),
        "{:?}",
        blast.by_owner
    );
    assert_eq!(
        step(rehearsal, "roll-back").state,
        "done",
        "the way back was rehearsed too"
    );

    assert_eq!(
        lab.newest("apply"),
        run,
        "the report is what the records hold"
    );
    lab.patchward("verify").ends(code);
    lab.ledger_is_intact();
    // Nothing is left to do for these.
    lab.patchward("apply --yes --only nginx --only openssl")
        .ends(3);
}

#[test]
fn real_updates_are_rehearsed_put_in_and_proved_without_systemd() {
    let test = "real_updates_are_rehearsed_put_in_and_proved_without_systemd";
    real_updates_are_rehearsed_put_in_and_proved(test, Init::Scripts);
}

#[test]
fn real_updates_are_rehearsed_put_in_and_proved_with_systemd() {
    let test = "real_updates_are_rehearsed_put_in_and_proved_with_systemd";
    real_updates_are_rehearsed_put_in_and_proved(test, Init::Systemd);
}

#[test]
fn everything_that_is_pending_goes_in_and_comes_out_again() {
    let test = "everything_that_is_pending_goes_in_and_comes_out_again";
    let Some(lab) = Lab::real(test, Init::Scripts) else {
        return;
    };
    let (page, versions) = (lab.host.page("/"), lab.versions());
    // The rehearsal of each part is tested above.
    let ran = lab.patchward("apply --yes --no-rehearsal \"the lab is thrown away\"");
    assert!(matches!(ran.code, Some(0 | 4)), "{ran:#?}");
    let pending = lab.host.run(["apt-get", "-qq", "-s", "dist-upgrade"]);
    assert!(!pending.contains("\nInst "), "{pending}");
    assert_eq!(lab.host.page("/"), page);

    lab.patchward("rollback --yes").ends(0);
    assert_eq!(lab.versions(), versions);
    assert_eq!(lab.host.page("/"), page);
    lab.ledger_is_intact();
}
