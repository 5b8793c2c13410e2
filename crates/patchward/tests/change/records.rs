//! What is written down of a change, and what is refused.

use super::lab::Lab;
use super::toys;

#[test]
fn every_run_is_told_in_the_history_and_proved_by_the_ledger() {
    let Some(lab) = Lab::toy("every_run_is_told_in_the_history_and_proved_by_the_ledger") else {
        return;
    };
    lab.patchward("apply --yes --only demo").ends(3);
    lab.publish(&[toys::demo("1.1")]);
    lab.patchward("rehearse --only demo").ends(0);
    assert_eq!(lab.version("demo"), "1.0 installed");
    lab.patchward("apply --yes --only demo").ends(0);
    assert_eq!(lab.version("demo"), "1.1 installed");
    lab.patchward("verify").ends(0);
    lab.patchward("rollback --yes").ends(0);
    assert_eq!(lab.version("demo"), "1.0 installed");

    let history = lab.history();
    let mut kinds: Vec<(&str, &str)> = history
        .iter()
        .map(|run| (run.kind.as_str(), run.state.as_str()))
        .collect();
    kinds.reverse();
    let wanted = [
        ("rehearsal", "done"),
        ("rehearsal", "done"),
        ("apply", "undone"),
        ("verification", "done"),
        ("roll-back", "done"),
    ];
    assert_eq!(kinds, wanted);
    let change = lab.newest("apply");
    assert!(change.rolled_back_by.is_some());
    assert_eq!(change.plan.patches[0].vulnerabilities, ["CVE-2026-91001"]);
    let proof = change.ledger.unwrap();
    assert!(
        proof.entries.len() > 10 && !proof.checkpoint.is_empty(),
        "{proof:?}"
    );
    // Held: the next automatic update does not bring it in again, and neither do we.
    assert_eq!(lab.host.run(["apt-mark", "showhold"]), "demo\n");
    lab.patchward("apply --yes --only demo").ends(3);
    lab.ledger_is_intact();

    // One byte of the evidence is another: it is found.
    lab.host.shell("f=$(ls /var/lib/patchward/ledger/entries-*.log | head -1); sed -i 's/run.planned/run.plannee/' $f");
    assert_ne!(lab.patchward("ledger verify").code, Some(0));
}

#[test]
fn only_what_is_exploited_is_patched_when_only_that_is_asked_for() {
    let Some(lab) = Lab::toy("only_what_is_exploited_is_patched_when_only_that_is_asked_for")
    else {
        return;
    };
    lab.publish(&toys::all("1.1"));
    lab.patchward("apply --yes --only kev --no-rehearsal \"a test\"")
        .ends(0);
    assert_eq!(lab.version("shop"), "1.1 installed");
    assert_eq!(lab.version("demo"), "1.0 installed");
    let change = lab.newest("apply");
    assert_eq!(change.plan.no_rehearsal.as_deref(), Some("a test"));
    assert_eq!(change.plan.patches[0].exploited, 1);
}
