//! Input that is broken, hostile or huge: a clear error with file and place, the rest goes on, and the end says so.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use super::targets::{CARGO_LOCK, PACKAGE_LOCK};
use super::world::World;

/// Scans a tree that holds one clean lockfile and whatever the test puts beside it.
fn scan_with(prepare: impl FnOnce(&World)) -> super::run::Ran {
    let world = World::new();
    world.put(
        "t/sound/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sound\"\nversion = \"1.0.0\"\n",
    );
    prepare(&world);
    let begun = Instant::now();
    let ran = world.run("scan t");
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "took {:?}",
        begun.elapsed()
    );
    ran.says(&["t: "])
}

#[test]
fn a_truncated_lockfile_is_named() {
    let ran = scan_with(|world| world.put("t/web/package-lock.json", &PACKAGE_LOCK[..200]));
    ran.ends(4).says(&["incomplete: web/package-lock.json"]);
}

#[test]
fn a_broken_toml_is_named_with_its_line() {
    let ran = scan_with(|world| {
        world.put(
            "t/app/Cargo.lock",
            &CARGO_LOCK.replace("version = \"1.2.0\"", "version = \"1.2.0"),
        )
    });
    ran.ends(4).says(&["incomplete: app/Cargo.lock:"]);
}

#[test]
fn a_lockfile_of_two_gibibytes_is_refused_without_being_read() {
    let ran = scan_with(|world| {
        world.put("t/big/package-lock.json", "");
        let file = File::options()
            .write(true)
            .open(world.path("t/big/package-lock.json"))
            .unwrap();
        file.set_len(2 << 30).unwrap();
    });
    ran.ends(4).says(&[
        "incomplete: big/package-lock.json: larger than the limit",
        "1 component",
    ]);
}

#[test]
fn json_that_is_too_deep_is_refused() {
    let objects = "{\"dependencies\": {\"a\": ".repeat(50_000);
    let deep = format!("{objects}1{}", "}}".repeat(50_000));
    let lists = format!(
        "{{\"packages\": {}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let ran = scan_with(|world| {
        world.put("t/deep/package-lock.json", &deep);
        world.put("t/deep/composer.lock", &lists);
        world.put(
            "t/deep/a.cdx.json",
            &format!(
                "{{\"bomFormat\": \"CycloneDX\", \"components\": {}",
                "[{\"components\":".repeat(50_000)
            ),
        );
    });
    ran.ends(4).says(&[
        "incomplete: deep/package-lock.json",
        "incomplete: deep/composer.lock",
        "incomplete: deep/a.cdx.json",
    ]);
}

#[test]
fn a_loop_of_symbolic_links_ends() {
    let ran = scan_with(|world| {
        symlink("..", world.path("t/sound/up")).unwrap();
        symlink("self", world.path("t/self")).unwrap();
    });
    ran.ends(0);
}

#[test]
fn a_root_with_a_loop_of_symbolic_links_ends() {
    let world = World::new();
    symlink("..", world.path("root/var/lib/up")).unwrap();
    fs::remove_file(world.path("root/etc/os-release")).unwrap();
    symlink("os-release", world.path("root/etc/os-release")).unwrap();
    let ran = world.run("scan --root root --format json");
    assert!(matches!(ran.code, Some(0 | 1 | 4)), "{ran:?}");
    assert_eq!(ran.json()["targets"][0]["components"], 2);
}

#[test]
fn a_path_that_climbs_out_of_a_root_reads_nothing_outside() {
    let world = World::new();
    world.put(
        "outside/status",
        "Package: stolen\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n",
    );
    fs::remove_file(world.path("root/var/lib/dpkg/status")).unwrap();
    symlink(
        "../../../../outside/status",
        world.path("root/var/lib/dpkg/status"),
    )
    .unwrap();
    world
        .run("scan --root root --format json --all-components")
        .says_nothing_of(&["stolen"]);
    fs::remove_file(world.path("root/var/lib/dpkg/status")).unwrap();
    symlink(
        world.path("outside/status"),
        world.path("root/var/lib/dpkg/status"),
    )
    .unwrap();
    world
        .run("scan --root root --format json --all-components")
        .says_nothing_of(&["stolen"]);
}

#[test]
fn a_requirements_file_that_climbs_out_of_the_tree_reads_nothing_outside() {
    let world = World::new();
    world.put("secret.txt", "stolen==1.0\n");
    world.put("t/requirements.txt", "-r ../secret.txt\nours==1.0\n");
    let ran = world.run("scan t --format json --all-components");
    ran.says(&["pkg:pypi/ours@1.0"])
        .says_nothing_of(&["stolen"]);
}

#[test]
fn other_encodings_are_told_and_not_guessed() {
    let world = World::new();
    world.put(
        "t/sound/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sound\"\nversion = \"1.0.0\"\n",
    );
    world.put("t/bytes/package-lock.json", "");
    fs::write(
        world.path("t/bytes/package-lock.json"),
        b"{\"packages\": {\"\xff\xfe\": 1}}",
    )
    .unwrap();
    let wide: Vec<u8> = PACKAGE_LOCK
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    world.put("t/wide/package-lock.json", "");
    fs::write(world.path("t/wide/package-lock.json"), wide).unwrap();
    world.run("scan t").ends(4).says(&[
        "incomplete: bytes/package-lock.json",
        "incomplete: wide/package-lock.json",
    ]);
}

#[test]
fn a_byte_order_mark_is_no_other_encoding() {
    let ran = scan_with(|world| {
        world.put(
            "t/web/package-lock.json",
            &format!("\u{feff}{PACKAGE_LOCK}"),
        )
    });
    ran.ends(1).says(&["CVE-2026-90002"]);
}

#[test]
fn one_target_that_cannot_be_read_does_not_stop_the_others() {
    let world = World::new();
    world.run("scan missing.lock sbom.json").ends(1).says(&[
        "incomplete: ",
        "missing.lock",
        "CVE-2026-90002",
    ]);
    world.put("none.json", "{\"neither\": 1}");
    world
        .run("scan none.json")
        .ends(6)
        .warns(&["none.json", "--kind"]);
    world
        .run_on("no sbom at all", "scan -")
        .ends(6)
        .warns(&["sbom"]);
}

#[test]
fn a_broken_file_ends_alike_alone_and_among_others() {
    let world = World::new();
    world.put("web/package-lock.json", &PACKAGE_LOCK[..200]);
    let broken = "{\"bomFormat\": \"CycloneDX\", \"components\": [{\"name\": 1";
    world.put("broken.cdx.json", broken);
    world.put("sound/Cargo.lock", "version = 4\n");
    for broken in ["web/package-lock.json", "broken.cdx.json"] {
        let alone = format!("scan {broken}");
        let told = format!("incomplete: {}", broken.rsplit('/').next().unwrap());
        world.run(&alone).ends(4).says(&[&told]);
        world
            .run(&format!("{alone} sound/Cargo.lock"))
            .ends(4)
            .says(&[&told]);
    }
    world
        .run_on(broken, "scan -")
        .ends(4)
        .says(&["incomplete: standard input"]);
}

#[test]
fn a_folder_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let ran = scan_with(|world| {
        world.put("t/closed/Cargo.lock", CARGO_LOCK);
        fs::set_permissions(world.path("t/closed"), fs::Permissions::from_mode(0o000)).unwrap();
    });
    match fs::read_dir("/proc/1/fd") {
        Ok(_) => println!("skipped: the superuser may read everything"),
        Err(_) => drop(ran.ends(4).says(&["incomplete: "])),
    }
}

#[test]
fn a_target_among_others_that_cannot_be_read_is_named_once() {
    let world = World::new();
    world
        .run("scan missing.lock tree")
        .ends(1)
        .says(&["incomplete: missing.lock: No such file"])
        .says_nothing_of(&["incomplete: :"]);
    world.put("file", "");
    world
        .run("scan --root file")
        .ends(6)
        .warns(&["failed to read file: not a folder\n"]);
    world.put("r/etc/os-release", "ID=own\nVERSION_ID=3\n");
    world.run("scan --root r").says(&["r (own 3)"]);
}
