use super::*;
use patchward_test_support::mutate;

const THREE: &str = r#"{
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "dependencies": {"a": "1"}, "devDependencies": {"d": "1"}, "workspaces": ["w"]},
    "w": {"version": "0.1.0", "dependencies": {"b": "2"}},
    "node_modules/w": {"resolved": "w", "link": true},
    "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1"}, "license": {"type": "MIT"}},
    "node_modules/a/node_modules/b": {"version": "1.0.0", "license": "MIT"},
    "node_modules/b": {"name": "@real/b", "version": "2.0.0"},
    "node_modules/d": {"version": "1.0.0", "dev": true, "resolved": "git+ssh://git@git.example/d.git#abc"}
  }
}"#;

const ONE: &str = r#"{"lockfileVersion": 1, "dependencies": {
  "a": {"version": "1.0.0", "requires": {"b": "1"}, "dependencies": {"b": {"version": "1.0.0", "dev": true}}},
  "b": {"version": "npm:@real/b@2.0.0", "requires": true},
  "f": {"version": "file:../f"}
}}"#;

fn read(text: &str) -> Result<Parsed, ParseError> {
    parse(&Input {
        path: "package-lock.json",
        bytes: text.as_bytes(),
        open: &|_| None,
    })
}

fn names(parsed: &Parsed) -> Vec<String> {
    let names = parsed.components.iter();
    names.map(|c| format!("{}@{}", c.name, c.version)).collect()
}

#[test]
fn folders_give_names_aliases_members_and_the_graph() {
    let got = read(THREE).unwrap();
    assert_eq!(
        names(&got),
        ["w@0.1.0", "a@1.0.0", "b@1.0.0", "@real/b@2.0.0", "d@1.0.0"]
    );
    let [w, a, b, real, d] = &got.components[..] else {
        panic!()
    };
    assert!(w.own);
    assert_eq!((a.direct, b.direct), (Some(true), Some(false)));
    assert_eq!(b.path, ["a@1.0.0"]);
    assert_eq!(b.locations[0].line, Some(8));
    assert_eq!(real.direct, Some(true));
    assert_eq!(d.development, Some(true));
    assert_eq!(d.properties["commit"], "abc");
}

#[test]
fn version_one_is_read_level_by_level() {
    let got = read(ONE).unwrap();
    assert_eq!(names(&got), ["a@1.0.0", "@real/b@2.0.0", "f@", "b@1.0.0"]);
    assert_eq!(got.components[3].development, Some(true));
    assert_eq!(got.components[2].properties["origin"], "file:../f");
}

#[test]
fn what_is_not_a_lockfile_is_an_error_with_its_line() {
    assert!(read("null").is_err());
    assert_eq!(read("{\"packages\":\n 3}").unwrap_err().line, Some(2));
}

#[test]
fn unknown_versions_are_a_problem() {
    let got = read("{\"lockfileVersion\": 7}").unwrap();
    assert!(got.problems[0].message.contains("known: 1 to 3"));
}

#[test]
fn mutations_never_panic() {
    mutate(&[THREE.as_bytes(), ONE.as_bytes()], 500, |bytes| {
        let _ = read(&String::from_utf8_lossy(bytes));
    });
}
