use std::io::Write;

use patchward_test_support::mutate;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn pom(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    format!("#made by a test\ngroupId={group}\nartifactId={artifact}\nversion={version}\n")
        .into_bytes()
}

fn read_jar(bytes: &[u8], limits: &Limits) -> Parsed {
    read("app.war", Cursor::new(bytes), limits).unwrap()
}

fn purls(parsed: &Parsed) -> Vec<&str> {
    parsed.components.iter().map(|c| c.purl.as_str()).collect()
}

#[test]
fn inner_jars_are_read_and_tell_their_place() {
    let one = pom("g", "a", "1.0");
    let inner = jar(&[("META-INF/maven/g/a/pom.properties", &one)]);
    let plain = jar(&[(
        "META-INF/MANIFEST.MF",
        b"Implementation-Vendor-Id: org.example\n",
    )]);
    let war = jar(&[
        ("WEB-INF/lib/a-1.0.jar", &inner),
        ("WEB-INF/lib/plain-2.5.jar", &plain),
        ("WEB-INF/classes/X.class", b"x"),
    ]);
    let got = read_jar(&war, &Limits::default());
    assert_eq!(
        purls(&got),
        ["pkg:maven/g/a@1.0", "pkg:maven/org.example/plain@2.5"]
    );
    assert_eq!(
        got.components[0].locations[0].path,
        "app.war!/WEB-INF/lib/a-1.0.jar"
    );
    assert_eq!(got.components[1].properties["evidence"], "manifest");
    assert!(got.components[1].properties["integrity"].starts_with("sha1:"));
    assert!(got.problems.is_empty());
}

#[test]
fn a_jar_with_the_classes_of_several_packages_is_all_of_them() {
    let (a, b) = (pom("g", "a", "1"), pom("h", "b", "2"));
    let shaded = jar(&[
        ("META-INF/maven/g/a/pom.properties", &a),
        ("META-INF/maven/h/b/pom.properties", &b),
    ]);
    assert_eq!(
        purls(&read_jar(&shaded, &Limits::default())),
        ["pkg:maven/g/a@1", "pkg:maven/h/b@2"]
    );
}

#[test]
fn nesting_is_limited() {
    let mut bytes = jar(&[("META-INF/maven/g/a/pom.properties", &pom("g", "a", "1"))]);
    for _ in 0..6 {
        bytes = jar(&[("inner.jar", &bytes)]);
    }
    let got = read_jar(&bytes, &Limits::default());
    assert!(got.components.is_empty());
    assert!(got.problems[0].message.contains("nested deeper than 4"));
}

#[test]
fn a_bomb_ends_with_a_problem_and_the_rest_stays() {
    let zeros = vec![0; 8 << 20];
    let one = pom("g", "a", "1.0");
    let inner = jar(&[("META-INF/maven/g/a/pom.properties", &one)]);
    let war = jar(&[("bomb.jar", &zeros), ("good.jar", &inner)]);
    let got = read_jar(&war, &Limits::default());
    assert_eq!(purls(&got), ["pkg:maven/g/a@1.0"]);
    assert!(
        got.problems[0].message.contains("inflates to more than"),
        "{:?}",
        got.problems
    );
}

#[test]
fn entries_and_all_inflated_bytes_are_limited() {
    let one = pom("g", "a", "1.0");
    let inner = jar(&[("META-INF/maven/g/a/pom.properties", &one)]);
    let war = jar(&[("a.jar", &inner), ("b.jar", &inner)]);
    let tight = Limits {
        entries: 3,
        ..Limits::default()
    };
    let got = read_jar(&war, &tight);
    assert_eq!((got.components.len(), got.problems.len()), (1, 1));
    let tight = Limits {
        inflated: inner.len() as u64 + 100,
        ..Limits::default()
    };
    let got = read_jar(&war, &tight);
    assert_eq!((got.components.len(), got.problems.len()), (1, 1));
}

#[test]
fn the_same_file_elsewhere_is_what_a_repository_calls_it() {
    let bytes = jar(&[("X.class", b"x")]);
    let other = jar(&[("Y.class", b"y")]);
    let war = jar(&[("WEB-INF/lib/renamed.jar", &bytes), ("other.jar", &other)]);
    let mut components = Vec::new();
    for (path, bytes) in [
        ("srv/app.war", &war),
        ("root/.m2/repository/org/example/a/1.0/a-1.0.jar", &bytes),
    ] {
        let parsed = read(path, Cursor::new(bytes), &Limits::default()).unwrap();
        components.extend(parsed.components);
    }
    name_by_hash(&mut components);
    let got: Vec<_> = components
        .iter()
        .map(|c| (c.purl.as_str(), c.properties["evidence"].as_str()))
        .collect();
    let purl = "pkg:maven/org.example/a@1.0";
    assert_eq!(
        got,
        [
            (purl, BY_HASH),
            ("pkg:maven/other/other", "file name"),
            (purl, BY_PLACE)
        ]
    );
}

#[test]
fn what_is_no_archive_is_an_error() {
    assert!(read("a.jar", Cursor::new(b"text"), &Limits::default()).is_err());
}

#[test]
fn mutations_never_panic() {
    let one = pom("g", "a", "1.0");
    let inner = jar(&[("META-INF/maven/g/a/pom.properties", &one)]);
    let war = jar(&[("a.jar", &inner), ("META-INF/MANIFEST.MF", b"A: b\n c\n")]);
    mutate(&[&war, &inner], 1500, |bytes| {
        let _ = read("x.jar", Cursor::new(bytes), &Limits::default());
    });
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn every_library_that_an_archive_names_is_found(
        libraries in proptest::collection::btree_set(
            ("[a-z]{1,6}(\\.[a-z]{1,6})?", "[a-z][a-z0-9-]{0,8}"), 0..8,
        ),
        version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,2}",
    ) {
        let poms: Vec<(String, Vec<u8>)> = libraries
            .iter()
            .map(|(group, artifact)| {
                let path = format!("META-INF/maven/{group}/{artifact}/pom.properties");
                (path, pom(group, artifact, &version))
            })
            .collect();
        let mut entries: Vec<(&str, &[u8])> = poms.iter().map(|(p, b)| (p.as_str(), &b[..])).collect();
        entries.push(("X.class", b"x"));
        let found = read_jar(&jar(&entries), &Limits::default());
        for (group, artifact) in &libraries {
            let purl = format!("pkg:maven/{group}/{artifact}@{version}");
            proptest::prop_assert!(purls(&found).contains(&purl.as_str()), "{purl} {:?}", purls(&found));
        }
    }
}
