//! A knowledge base in one signed file: who may give it, and when it is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::mirror;
use super::world::World;

fn exported() -> World {
    let world = World::new();
    world
        .run("db key new data.key")
        .ends(0)
        .says(&["patchward-data-key-1:"])
        .warns(&["secret"]);
    world
        .run("db export kb.patchward --key data.key")
        .ends(0)
        .warns(&["kb.patchward"]);
    world
}

#[test]
fn a_bundle_goes_to_a_machine_without_network() {
    let world = exported();
    let there = ("PATCHWARD_DATA_DIR", "there");
    world
        .run_with(there, "db import kb.patchward --trust data.key.pub")
        .ends(0)
        .warns(&["10 advisories"]);
    world
        .run_with(there, "scan tree --offline")
        .ends(1)
        .says(&["CVE-2026-90001"]);
    world.run_with(there, "db verify").ends(0);
}

#[test]
fn the_secret_key_is_for_its_owner_and_is_never_overwritten() {
    let world = exported();
    let mode = fs::metadata(world.path("data.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = world.read("data.key");
    world
        .run("db key new data.key")
        .ends(6)
        .warns(&["data.key"]);
    assert_eq!(world.read("data.key"), before);
}

#[test]
fn a_strangers_bundle_is_refused() {
    let world = exported();
    world.run("db key new other.key").ends(0);
    let ran = world
        .run_with(
            ("PATCHWARD_DATA_DIR", "there"),
            "db import kb.patchward --trust other.key.pub",
        )
        .ends(6);
    ran.warns(&["kb.patchward", "not by the key that you trust"]);
    assert!(!world.path("there/knowledge/MANIFEST").exists());
}

#[test]
fn a_changed_or_cut_bundle_is_refused() {
    let world = exported();
    let bytes = fs::read(world.path("kb.patchward")).unwrap();
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    for (bytes, text) in [
        (&changed[..], "signature does not fit"),
        (&bytes[..bytes.len() / 2], "no signature"),
    ] {
        fs::write(world.path("bad.patchward"), bytes).unwrap();
        let ran = world.run_with(
            ("PATCHWARD_DATA_DIR", "there"),
            "db import bad.patchward --trust data.key.pub",
        );
        ran.ends(6).warns(&["bad.patchward", text]);
        assert!(!world.path("there/knowledge/MANIFEST").exists());
    }
}

#[test]
fn an_older_bundle_is_refused_unless_told() {
    let mut world = exported();
    let mirror = world.own_mirror().to_owned();
    mirror::publish(&mirror, mirror::later());
    world.update().ends(0);
    world
        .run("db import kb.patchward --trust data.key.pub")
        .ends(6)
        .warns(&["older", "--allow-older"]);
    assert_eq!(world.run("scan tree --format json").found().len(), 5);
    world
        .run("db import kb.patchward --trust data.key.pub --allow-older")
        .ends(0);
    assert_eq!(world.run("scan tree --format json").found().len(), 4);
}

#[test]
fn the_secret_key_is_not_taken_for_the_public_one() {
    let world = exported();
    world
        .run("db import kb.patchward --trust data.key")
        .ends(6)
        .warns(&["data.key", "patchward-data-key-1:"]);
    world
        .run("db export again.patchward --key data.key.pub")
        .ends(6)
        .warns(&["patchward-data-secret-1:"]);
}
