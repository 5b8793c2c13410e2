use super::*;
use patchward_protocol::inventory::Component;
use patchward_test_support::mutate;

const SMALL: &str = r#"version = 1

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "a" }]

[package.dev-dependencies]
dev = [{ name = "d" }]

[[package]]
name = "a"
version = "1.0"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "b", version = "2.0" }]

[[package]]
name = "b"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "b"
version = "2.0"
source = { git = "https://git.example/b?tag=2#abc" }

[[package]]
name = "d"
version = "1.0"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "b", version = "1.0" }]
"#;

fn read(text: &str) -> Result<Parsed, ParseError> {
    parse(&Input {
        path: "uv.lock",
        bytes: text.as_bytes(),
        open: &|_| None,
    })
}

#[test]
fn the_graph_tells_direct_development_and_path() {
    let got = read(SMALL).unwrap().components;
    let [app, a, b1, b2, d] = &got[..] else {
        panic!()
    };
    assert!(app.own);
    assert_eq!((a.direct, a.development), (Some(true), Some(false)));
    assert_eq!(
        (b1.development, &b1.path[..]),
        (Some(true), &["d@1.0".to_owned()][..])
    );
    assert_eq!((b2.development, b2.direct), (Some(false), Some(false)));
    assert_eq!(b2.properties["commit"], "abc");
    assert_eq!(d.development, Some(true));
    assert_eq!(d.locations[0].line, Some(28));
}

/// As uv 0.13 writes it.
const WORKSPACE: &str = r#"version = 1

[manifest]
members = ["app", "lib"]
overrides = [{ name = "o", specifier = "==2.0" }]

[manifest.dependency-groups]
docs = [{ name = "s", specifier = ">=1" }]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "a" },
    { name = "f", version = "1.0", marker = "python_full_version < '3.12'" },
    { name = "f", version = "2.0", marker = "python_full_version >= '3.12'" },
    { name = "lib" },
    { name = "o" },
]

[package.optional-dependencies]
web = [{ name = "w" }, { name = "x" }]

[package.dev-dependencies]
dev = [{ name = "a" }, { name = "d" }, { name = "x" }]

[package.metadata]
requires-dist = [
    { name = "a", specifier = ">=1,<2" },
    { name = "f", marker = "python_full_version < '3.12'", specifier = "<2" },
    { name = "f", marker = "python_full_version >= '3.12'", specifier = "<3" },
    { name = "lib", editable = "lib" },
    { name = "o", specifier = "<2" },
    { name = "w", marker = "extra == 'web'" },
]

[package.metadata.requires-dev]
dev = [{ name = "a", specifier = "~=1.4" }, { name = "d", git = "https://git.example/d" }]

[[package]]
name = "lib"
version = "0.2.0"
source = { directory = "lib" }
dependencies = [{ name = "w" }]

[package.metadata]
requires-dist = [{ name = "w", specifier = "!=1.5" }]

[[package]]
name = "a"
version = "1.5"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "o" }]

[[package]]
name = "d"
version = "1.0"
source = { git = "https://git.example/d#abc" }

[[package]]
name = "f"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "f"
version = "2.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "o"
version = "2.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "s"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "w"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "x"
version = "1.0"
source = { registry = "https://registry.example/simple" }
"#;

#[test]
fn the_project_asks_with_ranges_and_groups() {
    let got = read(WORKSPACE).unwrap().components;
    let [app, lib, a, d, f1, f2, o, s, w, x] = &got[..] else {
        panic!()
    };
    assert!(app.own && lib.own);
    let asked = |component: &Component| -> Vec<String> {
        let own = component.needed_by.iter();
        let own = own.filter(|need| need.package.is_empty());
        own.map(|need| need.range.clone().unwrap_or_default())
            .collect()
    };
    assert_eq!(asked(a), [">=1,<2", "~=1.4"]);
    assert_eq!(asked(d), [""]);
    // For older Pythons only the older fork; for newer ones only the newer.
    assert_eq!(asked(f1), ["<2", "<3"]);
    assert_eq!(asked(f2), ["<3"]);
    // The override takes the place of what the project asks for.
    assert_eq!(asked(o), ["==2.0"]);
    assert_eq!(o.needed_by[1].package, "a@1.5");
    assert_eq!(asked(s), [">=1"]);
    // Any version for one package of the workspace, not all for the other.
    assert_eq!(asked(w), [">=0", "!=1.5"]);
    for component in [a, d, f1, f2, o, s, w, x] {
        assert_eq!(component.direct, Some(true), "{}", component.name);
        let development = ["d", "s"].contains(&component.name.as_str());
        assert_eq!(component.development, Some(development));
    }
    assert_eq!(d.properties["groups"], "dev");
    assert_eq!(s.properties["groups"], "docs");
    // What an extra asks for is no development, though a group for that asks, too.
    assert_eq!(x.properties["groups"], "web");
    assert!(!a.properties.contains_key("groups"));
    assert!(!w.properties.contains_key("groups"));
}

#[test]
fn unknown_versions_are_a_problem() {
    assert!(
        read("version = 2").unwrap().problems[0]
            .message
            .contains("known: 1")
    );
}

#[test]
fn mutations_never_panic() {
    mutate(&[SMALL.as_bytes(), WORKSPACE.as_bytes()], 500, |bytes| {
        let _ = read(&String::from_utf8_lossy(bytes));
    });
}
