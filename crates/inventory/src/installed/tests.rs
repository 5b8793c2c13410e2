use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn kind(path: &str) -> Option<Kind> {
    kind_of(path, || false)
}

#[test]
fn paths_tell_the_kind() {
    let check = |path, expected| assert_eq!(kind(path), expected, "{path}");
    check("srv/node_modules/a/package.json", Some(Kind::Node));
    check("srv/package.json", None);
    check(
        "lib/python3/site-packages/a-1.0.dist-info/METADATA",
        Some(Kind::Python),
    );
    check("lib/a.egg-info/PKG-INFO", Some(Kind::Python));
    check("lib/a.egg-info", Some(Kind::Python));
    check("METADATA", None);
    check("gems/specifications/a-1.gemspec", Some(Kind::Gem));
    check("app/vendor/composer/installed.json", Some(Kind::Composer));
    check("opt/app.JAR", Some(Kind::Archive));
    check("opt/App.deps.json", Some(Kind::Dotnet));
    check("opt/conda/conda-meta/a-1-0.json", Some(Kind::Conda));
    check("lib/x.so.1", Some(Kind::Binary));
    check("bin/tool", None);
    assert_eq!(kind_of("bin/tool", || true), Some(Kind::Binary));
    assert_eq!(kind_of("bin/tool.py", || true), None);
}

fn write(root: &std::path::Path, path: &str, content: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn a_root_is_walked_without_leaving_it() {
    let outside = tempfile::tempdir().unwrap();
    write(
        outside.path(),
        "node_modules/out/package.json",
        br#"{"name": "out", "version": "1"}"#,
    );
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        "srv/node_modules/in/package.json",
        br#"{"name": "in", "version": "1.0.0"}"#,
    );
    write(root, "srv/node_modules/bad/package.json", b"{");
    write(
        root,
        "usr/share/specifications/rake-13.0.6.gemspec",
        b"# stub: rake 13.0.6 ruby lib\n",
    );
    write(
        root,
        "proc/node_modules/no/package.json",
        br#"{"name": "no", "version": "1"}"#,
    );
    std::os::unix::fs::symlink(outside.path(), root.join("srv/link")).unwrap();
    std::os::unix::fs::symlink("..", root.join("srv/loop")).unwrap();
    let root = Root::open(root).unwrap();
    let owner = Owner {
        name: "rake".into(),
        version: "13.0.6-2".into(),
    };
    let got = collect(&root, &|path| {
        path.starts_with("usr/").then(|| owner.clone())
    });
    let names: Vec<_> = got.components.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["in", "rake"]);
    assert_eq!(got.components[0].owner, None);
    assert_eq!(
        got.components[0].locations[0].path,
        "srv/node_modules/in/package.json"
    );
    assert_eq!(got.components[1].owner, Some(owner));
    assert_eq!(got.problems.len(), 1);
    assert_eq!(
        got.problems[0].location.path,
        "srv/node_modules/bad/package.json"
    );
}

#[test]
fn programs_are_found_by_their_execute_bit() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bin/tool", b"\x7fELF and nothing more");
    let tool = folder.path().join("bin/tool");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let root = Root::open(folder.path()).unwrap();
    let mut installed = Installed::new(&root, &|_| None);
    installed.visit("bin/tool");
    assert_eq!(installed.finish(), Parsed::default());
}

/// Packages that are really installed on the machine that runs the tests, where there are any.
#[test]
fn an_installed_python_package_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let info = "usr/lib/python3/dist-packages/Example_Pkg-2.0.dist-info/METADATA";
    write(
        folder.path(),
        info,
        b"Metadata-Version: 2.1\nName: Example_Pkg\nVersion: 2.0\n\nText\nName: no\n",
    );
    let root = Root::open(folder.path()).unwrap();
    let got = collect(&root, &|_| None);
    if lockfile::format_named("python-metadata").is_some() {
        assert_eq!(got.components[0].purl, "pkg:pypi/example-pkg@2.0");
    }
}

#[test]
fn a_name_that_is_not_utf8_is_told_where_packages_may_lie_behind_it() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &[u8]| {
        let name = std::ffi::OsStr::from_bytes(name);
        fs::write(folder.path().join(name), "").unwrap();
    };
    put(b"caf\xe9.jpg");
    put(b"caf\xe9.jar");
    let below = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::create_dir(folder.path().join(below)).unwrap();
    let found = collect(&Root::open(folder.path()).unwrap(), &|_| None);
    let told: Vec<&str> = found.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|message| message.ends_with("is not UTF-8: not looked into"))
    );
}
