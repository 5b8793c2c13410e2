use super::*;
use crate::machine::LocalMachine;

/// A toy whose installed version is a line in a file.
struct Toy {
    folder: tempfile::TempDir,
    commands: UserCommands,
}

fn toy(apply: &str) -> Toy {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("version");
    std::fs::write(&state, "1.0\n").unwrap();
    let state = state.display();
    let sh = |script: String| vec!["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()];
    let commands = UserCommands {
        preview: sh(format!("echo web $(cat {state}) ${{1#web=}}")),
        save: sh(format!("cp {state} $1/old")),
        apply: sh(apply.replace("STATE", &state.to_string())),
        verify: sh(format!("echo web $(cat {state})")),
        roll_back: sh(format!("cp $1/old {state}")),
        folder: folder.path().join("saved").display().to_string(),
    };
    Toy { folder, commands }
}

fn request() -> Request {
    Request {
        packages: vec![PackageVersion {
            name: "web".into(),
            version: "1.1".into(),
        }],
        install: Vec::new(),
    }
}

#[test]
fn the_five_verbs_make_the_loop() {
    let toy = toy("echo ${1#web=} > STATE");
    let options = ApplyOptions::default();
    let transaction = toy.commands.preview(&LocalMachine, &request()).unwrap();
    assert_eq!(transaction.changes[0].from.as_deref(), Some("1.0"));
    let saved = toy.commands.save(&LocalMachine, &transaction).unwrap();
    let applied = toy
        .commands
        .apply(&LocalMachine, &transaction, &options)
        .unwrap();
    assert_eq!(applied.failure, None);
    let verified = toy.commands.verify(&LocalMachine, &transaction).unwrap();
    assert_eq!(verified.missing, Vec::<String>::new());
    let back = toy
        .commands
        .roll_back(&LocalMachine, &transaction, &saved, &options)
        .unwrap();
    assert!(back.failed.is_empty());
    let version = std::fs::read_to_string(toy.folder.path().join("version")).unwrap();
    assert_eq!(version, "1.0\n");
}

#[test]
fn a_command_that_lies_is_found() {
    let toy = toy("echo all done");
    let transaction = toy.commands.preview(&LocalMachine, &request()).unwrap();
    let applied = toy
        .commands
        .apply(&LocalMachine, &transaction, &ApplyOptions::default())
        .unwrap();
    let failure = applied.failure.unwrap();
    assert!(failure.lied && failure.message.contains("reports success"));
}

#[test]
fn a_command_that_hangs_or_floods_is_cut() {
    let toy_hangs = toy("sleep 60");
    let transaction = toy_hangs
        .commands
        .preview(&LocalMachine, &request())
        .unwrap();
    let options = ApplyOptions {
        timeout: Duration::from_millis(200),
        ..ApplyOptions::default()
    };
    let applied = toy_hangs
        .commands
        .apply(&LocalMachine, &transaction, &options)
        .unwrap();
    assert!(applied.failure.unwrap().cut);
    let floods = toy("yes");
    let applied = floods
        .commands
        .apply(&LocalMachine, &transaction, &ApplyOptions::default())
        .unwrap();
    let failure = applied.failure.unwrap();
    assert_eq!(failure.message, "it printed too much and was ended");
    assert!(applied.log.len() < 300 << 10);
}

#[test]
fn a_preview_that_is_no_list_is_refused() {
    assert!(parse_changes("web 1 2\n\nlib - 3\nold 1 -\n").is_ok_and(|all| all.len() == 3));
    assert!(parse_changes("Traceback (most recent call last):").is_err());
}
