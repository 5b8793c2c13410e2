use super::*;
use patchward_test_support::mutate;

const FIVE: &str = "lockfileVersion: 5.4
dependencies:
  a: 1.0.0
devDependencies:
  '@s/d': 1.0.0_a@1.0.0
packages:
  /a/1.0.0:
    resolution: {integrity: sha512-x==}
    dependencies: {b: 2.0.0}
    dev: false
  /b/2.0.0:
    dev: false
  /@s/d/1.0.0_a@1.0.0:
    dev: true
  file:../own:
    name: own
    version: 0.1.0
  nonsense:
    dev: false
";

const NINE: &str = "lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(p@1.0.0)
    devDependencies:
      alias:
        specifier: npm:real@^3.0.0
        version: real@3.0.0
packages:
  a@1.0.0:
    resolution: {integrity: sha512-x==}
  p@1.0.0: {}
  real@3.0.0:
    resolution: {tarball: https://codeload.github.com/x/real/tar.gz/abc}
snapshots:
  a@1.0.0(p@1.0.0):
    dependencies:
      p: 1.0.0
  p@1.0.0: {}
  real@3.0.0: {}
";

fn read_text(text: &str) -> Result<Parsed, ParseError> {
    parse(&Input {
        path: "pnpm-lock.yaml",
        bytes: text.as_bytes(),
        open: &|_| None,
    })
}

#[test]
fn version_five_states_development_itself() {
    let got = read_text(FIVE).unwrap();
    let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
    assert_eq!(
        purls,
        [
            "pkg:npm/a@1.0.0",
            "pkg:npm/b@2.0.0",
            "pkg:npm/%40s/d@1.0.0",
            "pkg:npm/own@0.1.0"
        ]
    );
    let [a, b, d, _] = &got.components[..] else {
        panic!()
    };
    assert_eq!(a.direct, Some(true));
    assert_eq!(b.path, ["a@1.0.0"]);
    assert_eq!((d.direct, d.development), (Some(true), Some(true)));
    assert_eq!(b.locations[0].line, Some(11));
    assert_eq!(got.problems[0].location.line, Some(18));
}

#[test]
fn version_nine_is_told_by_its_graph() {
    let got = read_text(NINE).unwrap().components;
    let [a, p, real] = &got[..] else { panic!() };
    assert_eq!((a.direct, a.development), (Some(true), Some(false)));
    assert_eq!(p.path, ["a@1.0.0"]);
    assert_eq!((real.direct, real.development), (Some(true), Some(true)));
    assert_eq!(real.properties["commit"], "abc");
}

#[test]
fn the_document_of_the_package_manager_is_marked() {
    let first = "lockfileVersion: '9.0'
importers:
  .:
    packageManagerDependencies:
      pnpm: {specifier: 11, version: 11.0.0}
packages:
  pnpm@11.0.0: {}
snapshots:
  pnpm@11.0.0: {}
---
";
    let got = read_text(&format!("{first}{NINE}")).unwrap().components;
    assert_eq!(got[0].properties["groups"], "package-manager");
    assert_eq!(got.len(), 4);
}

#[test]
fn unknown_versions_are_a_problem_and_prose_an_error() {
    let got = read_text("lockfileVersion: '12.0'\n").unwrap();
    assert!(got.problems[0].message.contains("known: 5 to 9"));
    assert!(read_text("this is prose").is_err());
    assert!(read_text("").unwrap().components.is_empty());
}

#[test]
fn mutations_never_panic() {
    mutate(&[FIVE.as_bytes(), NINE.as_bytes()], 400, |bytes| {
        let _ = read_text(&String::from_utf8_lossy(bytes));
    });
}
