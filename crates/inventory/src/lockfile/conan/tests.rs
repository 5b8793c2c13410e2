use super::*;
use patchward_test_support::mutate;

const V1: &str = r#"{ "graph_lock": { "nodes": {
 "0": { "ref": "app/1.0", "path": "conanfile.py", "requires": ["1"], "build_requires": ["3"] },
 "1": { "ref": "png/1.6@u/stable#r1", "requires": ["2"] },
 "2": { "pref": "zlib/1.2.11#aa:19729b#58846c" },
 "3": { "ref": "ninja/1.11" } } }, "version": "0.4" }"#;

const V2: &str = r#"{ "version": "0.5",
 "requires": ["zlib/1.2.11#ffa7%1667396813.184", "1.2.3#x"],
 "build_requires": ["cmake/3.25"] }"#;

fn read(text: &[u8]) -> Result<Parsed, ParseError> {
    parse(&Input {
        path: "conan.lock",
        bytes: text,
        open: &|_| None,
    })
}

#[test]
fn the_graph_of_conan_1_tells_direct_path_and_development() {
    let got = read(V1.as_bytes()).unwrap().components;
    assert!(got[0].own);
    assert_eq!(got[1].direct, Some(true));
    assert_eq!(got[1].properties["channel"], "stable");
    assert_eq!(
        (&*got[2].version, got[2].path[0].as_str()),
        ("1.2.11", "png@1.6")
    );
    assert_eq!(got[3].development, Some(true));
    assert_eq!(got[2].locations[0].line, Some(4));
}

#[test]
fn the_lists_of_conan_2_are_read_and_nameless_references_told() {
    let got = read(V2.as_bytes()).unwrap();
    assert_eq!(got.components[0].purl, "pkg:conan/zlib@1.2.11");
    assert_eq!(got.components[0].properties["revision"], "ffa7");
    assert_eq!(got.components[1].development, Some(true));
    assert_eq!(got.problems.len(), 1);
}

#[test]
fn a_conanfile_lists_exact_versions_only() {
    let text =
        "[requires]\nzlib/1.3 # c\npoco/[>1.0]\n[tool_requires]\ncmake/3.22\n[options]\na/b\n";
    let got = parse_conanfile(&Input {
        path: "conanfile.txt",
        bytes: text.as_bytes(),
        open: &|_| None,
    })
    .unwrap();
    let names: Vec<_> = got.components.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["zlib", "cmake"]);
    assert_eq!(got.problems[0].location.line, Some(3));
}

#[test]
fn requirements_of_old_files_are_tables() {
    let text = r#"{"graph_lock": {"nodes": {"a": {"requires": {"zlib/1": "b"}}, "b": {"pref": "zlib/1"}}}}"#;
    let got = read(text.as_bytes()).unwrap().components;
    assert_eq!(got[0].direct, Some(true));
}

#[test]
fn mutations_never_panic() {
    mutate(&[V1.as_bytes(), V2.as_bytes()], 500, |bytes| {
        drop(read(bytes))
    });
}
