//! The exit codes, each by its own cause.

use super::targets::PACKAGE_LOCK;
use super::world::World;

#[test]
fn nothing_found_is_0() {
    let world = World::new();
    world.put(
        "sound/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sound\"\nversion = \"1.0.0\"\n",
    );
    world
        .run("scan sound")
        .ends(0)
        .says(&["No known vulnerabilities in 1 component."]);
}

#[test]
fn something_found_is_1() {
    World::new().run("scan tree").ends(1);
}

#[test]
fn a_wrong_command_line_is_2() {
    let world = World::new();
    world.run("scan --no-such-flag").ends(2);
    world
        .run("scan --format yaml")
        .ends(2)
        .warns(&["unknown format yaml", "sarif"]);
    world.run("scan --fail-on sometimes").ends(2);
    world.run("db").ends(2);
    world.run("").ends(2);
}

#[test]
fn nothing_to_scan_is_3_and_says_what_is_looked_for() {
    let world = World::new();
    world.put("bare/readme.txt", "hello");
    world
        .run("scan bare")
        .ends(3)
        .warns(&["nothing to scan", "lockfile"]);
}

#[test]
fn a_part_that_cannot_be_read_is_4_when_the_rest_is_clean() {
    let world = World::new();
    world.put(
        "half/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sound\"\nversion = \"1.0.0\"\n",
    );
    world.put("half/web/package-lock.json", &PACKAGE_LOCK[..100]);
    world
        .run("scan half")
        .ends(4)
        .says(&["incomplete: web/package-lock.json"]);
}

#[test]
fn what_was_found_counts_before_what_could_not_be_read() {
    let world = World::new();
    world.put("tree/other/package-lock.json", "{");
    world
        .run("scan tree")
        .ends(1)
        .says(&["incomplete: other/package-lock.json"]);
    world.run("scan tree --fail-on never").ends(4);
}

#[test]
fn data_that_is_too_old_is_5_and_the_report_is_written_all_the_same() {
    let world = World::new();
    world
        .run("scan tree --max-age 0s")
        .ends(5)
        .warns(&["data too old", "patchward db update"])
        .says(&["CVE-2026-90001"]);
    world.run("scan tree --max-age 7d").ends(1);
    let stale = |arguments: &str| world.run(arguments).json()["knowledge"]["stale"].clone();
    let old = stale("scan tree --max-age 0s --format json");
    assert!(old.as_array().unwrap().contains(&"osv".into()), "{old}");
    let fresh = stale("scan tree --max-age 7d --format json");
    assert_eq!(fresh, serde_json::json!([]));
}

#[test]
fn a_failure_is_6_and_says_at_what() {
    let world = World::new();
    world
        .run("scan no/such/path")
        .ends(6)
        .warns(&["failed to", "no/such/path"]);
    world
        .run("scan tree --baseline none.json")
        .ends(6)
        .warns(&["none.json"]);
    world
        .run("scan tree --format json=no/such/folder/a.json")
        .ends(6)
        .warns(&["no/such/folder/a.json"]);
}

#[test]
fn each_level_of_fail_on_draws_its_line() {
    let world = World::new();
    let npm = "scan tree/web/package-lock.json --fail-on";
    for (which, code) in [
        ("any", 1),
        ("low", 1),
        ("high", 1),
        ("critical", 0),
        ("kev", 0),
        ("fixable", 1),
        ("never", 0),
    ] {
        world.run(&format!("{npm} {which}")).ends(code);
    }
    let cargo = "scan tree/Cargo.lock --fail-on";
    for which in ["critical", "kev"] {
        world.run(&format!("{cargo} {which}")).ends(1);
    }
    world
        .run("scan tree/web/package-lock.json --package no-remedy --fail-on fixable")
        .ends(0);
    world
        .run("scan tree/web/package-lock.json --package no-remedy --fail-on medium")
        .ends(0);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    use std::io::Read;
    use std::process::Stdio;
    let world = World::new();
    let mut child = world
        .command(["scan", "tree", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut one = [0];
    child.stdout.take().unwrap().read_exact(&mut one).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    assert!(code == 0 || code == 1, "{code}");
}

#[test]
fn what_standard_output_does_not_take_is_told_and_a_closed_pipe_is_not() {
    let world = World::new();
    let shell = |line: &str| {
        let mut command = world.command([""; 0]);
        let line = line.replace("patchward", &command.get_program().to_string_lossy());
        let mut shell = std::process::Command::new("sh");
        let environment = command
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?)));
        shell.env_clear().envs(environment).args(["-c", &line]);
        command.stdin(std::process::Stdio::null());
        super::run::Ran::from(shell.current_dir(world.path("")).output().unwrap())
    };
    for arguments in [
        "scan tree",
        "scan tree --format json",
        "db status",
        "config show",
        "completions bash",
    ] {
        if !std::path::Path::new("/dev/full").exists() {
            println!("skipped: no /dev/full");
            break;
        }
        shell(&format!("patchward {arguments} > /dev/full"))
            .ends(6)
            .warns(&["standard output: No space left on device"]);
    }
    let ran = shell("patchward config show | true; patchward db status | head -n 1");
    assert_eq!(ran.err, "");
}
