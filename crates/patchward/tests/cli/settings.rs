//! Settings: file < environment < flag, and `config show` tells which one it was.

use serde_json::Value;

use super::run::Ran;
use super::world::World;

fn setting(ran: &Ran, name: &str) -> (String, String) {
    let json = ran.json();
    let rows = json.as_array().unwrap().iter();
    let row = rows.clone().find(|row| row["name"] == name).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&row["value"]), text(&row["origin"]))
}

#[test]
fn every_value_tells_where_it_comes_from() {
    let world = World::new();
    let shown = world.run("config show --format json").ends(0);
    assert_eq!(
        setting(&shown, "scan.fail_on"),
        ("any".into(), "default".into())
    );
    world.put(
        "patchward.toml",
        "offline = true\n\n[scan]\nfail_on = \"high\"\n",
    );
    let shown = world.run("config show --format json").ends(0);
    assert_eq!(
        setting(&shown, "scan.fail_on"),
        ("high".into(), "patchward.toml:4".into())
    );
    let shown = world
        .run_with(
            ("PATCHWARD_FAIL_ON", "critical"),
            "config show --format json",
        )
        .ends(0);
    assert_eq!(
        setting(&shown, "scan.fail_on"),
        ("critical".into(), "environment PATCHWARD_FAIL_ON".into())
    );
    let shown = world
        .run("config show --format json --data-dir elsewhere")
        .ends(0);
    assert_eq!(
        setting(&shown, "data_dir"),
        ("elsewhere".into(), "flag --data-dir".into())
    );
    world
        .run("config show")
        .ends(0)
        .says(&["scan.fail_on = \"high\"  # patchward.toml:4"]);
}

#[test]
fn the_settings_act_and_a_flag_beats_them() {
    let world = World::new();
    world.put("patchward.toml", "[scan]\nfail_on = \"never\"\n");
    world.run("scan tree").ends(0);
    world
        .run_with(("PATCHWARD_FAIL_ON", "any"), "scan tree")
        .ends(1);
    let mut command = world.command(["scan", "tree", "--fail-on", "never"]);
    Ran::from(command.env("PATCHWARD_FAIL_ON", "any").output().unwrap()).ends(0);
}

#[test]
fn the_users_file_is_read_and_the_projects_beats_it() {
    let world = World::new();
    world.put(
        "home/.config/patchward/patchward.toml",
        "[scan]\nfail_on = \"never\"\nmax_age = \"9d\"\n",
    );
    world.run("scan tree").ends(0);
    world.put("patchward.toml", "[scan]\nfail_on = \"any\"\n");
    world.run("scan tree").ends(1);
    let shown = world.run("config show --format json");
    assert_eq!(setting(&shown, "scan.max_age").0, "9d");
}

#[test]
fn a_file_that_is_named_is_the_only_one() {
    let world = World::new();
    world.put("patchward.toml", "[scan]\nfail_on = \"never\"\n");
    world.put("other.toml", "");
    world.run("scan tree --config other.toml").ends(1);
    world
        .run_with(("PATCHWARD_CONFIG", "other.toml"), "scan tree")
        .ends(1);
    world
        .run("scan tree --config missing.toml")
        .ends(6)
        .warns(&["missing.toml"]);
}

#[test]
fn secrets_are_never_shown() {
    let world = World::new();
    for format in ["text", "json"] {
        let flags = format!("config show --format {format}");
        let ran = world
            .run_with(("PATCHWARD_NVD_API_KEY", "hush-hush"), &flags)
            .ends(0);
        ran.says(&["(set)"]).says_nothing_of(&["hush-hush"]);
    }
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_place() {
    let world = World::new();
    world.put("patchward.toml", "[scan]\nfail_onn = \"high\"\n");
    world
        .run("scan tree")
        .ends(1)
        .warns(&["patchward.toml:2", "unknown setting scan.fail_onn"]);
    world.put("patchward.toml", "[scan]\nfail_on = \"sometimes\"\n");
    world
        .run("scan tree")
        .ends(2)
        .warns(&["patchward.toml:2", "sometimes", "critical"]);
    world.put("patchward.toml", "");
    world
        .run_with(("PATCHWARD_MAX_AGE", "soon"), "scan tree")
        .ends(2)
        .warns(&["soon"]);
    world
        .run("scan tree --max-age abc")
        .ends(2)
        .warns(&["abc", "flag --max-age", "7d"]);
    world.put("patchward.toml", "offline = true\nscan = [\n");
    world.run("scan tree").ends(2).warns(&["patchward.toml:"]);
    world.put("patchward.toml", "[feeds]\nwithout = [\"nvdd\"]\n");
    world.run("db update").ends(2).warns(&["nvdd", "nvd"]);
}

#[test]
fn the_password_of_a_url_is_never_shown_and_never_kept() {
    let world = World::new();
    let mirror = (
        "PATCHWARD_MIRROR",
        "http://user:hush-hush@127.0.0.1:1/feeds",
    );
    for format in ["text", "json"] {
        let flags = format!("config show --format {format}");
        world
            .run_with(mirror, &flags)
            .ends(0)
            .says(&["http://***@127.0.0.1:1/feeds"])
            .says_nothing_of(&["hush"]);
    }
    world.put(
        "patchward.toml",
        "[feeds.rss]\nurls = [\"https://a.example\", \"https://u:hush@b.example/x\"]\n",
    );
    world
        .run("config show")
        .says(&["[\"https://a.example\",\"https://***@b.example/x\"]"])
        .says_nothing_of(&["hush"]);
    let ran = world.run_with(mirror, "db update kev").ends(6);
    assert!(
        ran.err.contains("127.0.0.1:1") && !ran.err.contains("hush"),
        "{}",
        ran.err
    );
    world
        .run("db status")
        .says(&["127.0.0.1:1"])
        .says_nothing_of(&["hush"]);
    for entry in std::fs::read_dir(world.path("data/knowledge")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"hush"));
    }
}

#[test]
fn a_value_that_cannot_be_used_is_shown_with_what_was_expected() {
    let world = World::new();
    world.put("patchward.toml", "[scan]\nmax_age = \"soon\"\n");
    let switch = ("PATCHWARD_OFFLINE", "maybe");
    world.run_with(switch, "config show").ends(2).says(&[
        "scan.max_age = \"soon\"  # patchward.toml:2\n    cannot be used: expected a time span",
        "offline = \"maybe\"  # environment PATCHWARD_OFFLINE\n    cannot be used: expected true or false",
    ]);
    let shown = world.run_with(switch, "config show --format json").ends(2);
    let rows = shown.json();
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "offline");
    assert_eq!(row.unwrap()["expected"], "true or false");
}

#[test]
fn values_are_shown_as_they_are_used() {
    let world = World::new();
    let mut command = world.command(["config", "show", "--format", "json", "--quiet"]);
    let ran = Ran::from(command.env_remove("PATCHWARD_DATA_DIR").output().unwrap()).ends(0);
    let rows = ran.json();
    let value = |name: &str| {
        let mut rows = rows.as_array().unwrap().iter();
        rows.find(|row| row["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(
        (value("quiet"), value("offline")),
        (true.into(), false.into())
    );
    assert_eq!(value("feeds.only"), serde_json::json!([]));
    let folder = value("data_dir");
    assert!(folder.as_str().unwrap().ends_with("/patchward"), "{folder}");
    world
        .run("config show")
        .says(&["offline = false  # default"]);
}

#[test]
fn each_base_of_a_feed_can_lie_elsewhere() {
    let world = World::empty();
    let mirror = world.mirror().display().to_string();
    let lists = "debian/security-tracker-team/security-tracker/-/raw/master/data";
    world.put(
        "patchward.toml",
        &format!(
            "[feeds]\nmirror = \"/nowhere\"\n[feeds.urls]\nosv = \"file://{mirror}/osv\"\n\
             debian-lists = \"{mirror}/{lists}\"\nkev = \"http://user:hush@127.0.0.1:1/kev\"\n"
        ),
    );
    let tracker = ("PATCHWARD_URL_DEBIAN_TRACKER", format!("{mirror}/debian"));
    let ran = world
        .run_with(
            (tracker.0, &tracker.1),
            "db update osv debian-lists debian-tracker kev epss",
        )
        .ends(4);
    ran.warns(&[
        "osv             6 new",
        "debian-lists    2 new",
        "debian-tracker  2 new",
        "kev             not updated: reach http://127.0.0.1:1/kev/known",
        "epss            not updated: fetch file:///nowhere/epss",
    ]);
    world
        .run("config show")
        .says(&["feeds.urls.kev = \"http://***@127.0.0.1:1/kev\"  # patchward.toml:6"]);
}
