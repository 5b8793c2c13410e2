//! Real, pending security updates.

use std::time::Instant;

use patchward_patch::Executor;
use patchward_protocol::transaction::{Action, WayBack};

use crate::lab::{Lab, options};

const ACTORS: [&str; 4] = ["nginx-light", "nginx-common", "openssl", "libssl3"];

/// Where packages and the administrator have their files.
const FOLDERS: [&str; 4] = ["/etc", "/usr", "/opt", "/srv"];

#[test]
fn real_updates_go_in_are_proved_and_come_out_again() {
    let Some(lab) = Lab::new("real_updates_go_in_are_proved_and_come_out_again") else {
        return;
    };
    let before: Vec<String> = ACTORS.map(|name| lab.version(name)).into();
    let content = lab.content(&FOLDERS);
    let timed = Instant::now();
    let transaction = lab.preview(&ACTORS);
    let preview = timed.elapsed();
    assert!(transaction.changes.len() >= 2, "{transaction:#?}");
    let upgrade =
        |one: &patchward_protocol::transaction::PackageChange| one.action == Action::Upgrade;
    assert!(transaction.changes.iter().all(upgrade));
    assert!(
        transaction.changes.iter().all(|one| one.security),
        "{transaction:#?}"
    );
    assert!(transaction.changes.iter().all(|one| one.sha256.is_some()));
    assert!(
        transaction
            .changes
            .iter()
            .all(|one| one.way_back != WayBack::None)
    );

    let timed = Instant::now();
    let saved = lab.apt.save(&lab.machine, &transaction).unwrap();
    let save = timed.elapsed();
    let timed = Instant::now();
    lab.apt
        .download(&lab.machine, &transaction, &options())
        .unwrap();
    let download = timed.elapsed();

    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    assert_eq!(applied.changed.len(), transaction.changes.len());
    let timed = Instant::now();
    let verified = lab.apt.verify(&lab.machine, &transaction).unwrap();
    let verify = timed.elapsed();
    assert_eq!(verified.missing, Vec::<String>::new());
    assert!(
        verified
            .packages
            .iter()
            .all(|one| one.at_or_past && one.files_checked > 0)
    );

    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!(back.failed, [], "{}", back.log);
    assert_eq!(back.files_different, Vec::<String>::new());
    let after: Vec<String> = ACTORS.map(|name| lab.version(name)).into();
    assert_eq!(after, before);
    let now = lab.content(&FOLDERS);
    let other: Vec<&String> = now.iter().filter(|line| !content.contains(line)).collect();
    assert_eq!(other, Vec::<&String>::new());
    assert_eq!(now.len(), content.len());
    assert_eq!(back.held.len(), transaction.changes.len());
    lab.run(&["apt-get", "check"]);
    lab.run(&["nginx", "-t"]);

    // What was rolled back is held: nothing puts it in again unasked.
    let again = lab.preview(&ACTORS);
    assert!(again.changes.is_empty() && again.kept_back.len() == ACTORS.len());
    println!(
        "preview {preview:?}, save {save:?}, download {download:?}, apply {} ms of which apt {} ms, verify {verify:?}, roll back {} ms of which dpkg {} ms",
        applied.total_millis, applied.manager_millis, back.total_millis, back.manager_millis
    );
}
