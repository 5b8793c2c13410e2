use std::fs;
use std::io::Write;

use tempfile::TempDir;

use super::*;

const UPDATES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<updates>
 <update from="x" status="final" type="security" version="2">
  <id>RHSA-2024:0001</id><title>tool &amp; more</title>
  <references><reference href="h" id="CVE-2024-0002" type="cve"/><reference id="CVE-2024-0001" type="cve"/>
   <reference id="RHSA-2024:0001" type="self"/></references>
  <pkglist><collection short="a"><name>a</name>
   <package name="tool" version="1.0" release="2.el9" epoch="0" arch="x86_64" src="s"><filename>f</filename></package>
   <package name="tool" version="1.0" release="2.el9" epoch="0" arch="i686"/>
  </collection></pkglist>
 </update>
 <update type="bugfix"><id>RHBA-2024:0002</id>
  <pkglist><collection><package name="tool" version="1.0" release="3.el9" epoch="0" arch="x86_64"/></collection></pkglist>
 </update>
 <update type="security"><id>RHSA-2024:0003</id>
  <references><reference id="CVE-2024-0003" type="cve"/></references>
  <pkglist><collection><module name="nodejs" stream="20" version="9" context="c" arch="x86_64"/>
   <package name="nodejs" version="20.1" release="1" epoch="1" arch="x86_64"/></collection></pkglist>
 </update>
</updates>
"#;

fn package(name: &str, version: &str, module: Option<&str>) -> Component {
    Component {
        purl: format!("pkg:rpm/redhat/{name}@{version}"),
        name: name.into(),
        version: version.into(),
        arch: Some("x86_64".into()),
        module: module.map(str::to_owned),
        ..Component::default()
    }
}

/// One line per pending patch, with the updates in a file of this name.
fn found(file: &str, packed: &[u8], packages: &[Component]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let cache = folder.path().join("var/cache/dnf/baseos-0123/repodata");
    fs::create_dir_all(&cache).unwrap();
    fs::write(cache.join(file), packed).unwrap();
    let root = Root::open(folder.path()).unwrap();
    let pending = find(&root, packages, &Options::default());
    assert_eq!(pending.problems, []);
    let line = |p: &PendingPatch| {
        let advisory = p.advisory.as_deref().unwrap_or("-");
        format!(
            "{} {} {advisory} {} {}",
            p.package,
            p.candidate,
            p.cves.join(","),
            p.origins.join(",")
        )
    };
    pending.patches.iter().map(line).collect()
}

#[test]
fn the_newest_brings_what_the_advisories_between_bring() {
    let packages = [package("tool", "1.0-1.el9", None)];
    let expected = ["tool 1.0-3.el9 RHSA-2024:0001 CVE-2024-0001,CVE-2024-0002 baseos"];
    assert_eq!(
        found("0-updateinfo.xml", UPDATES.as_bytes(), &packages),
        expected
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(UPDATES.as_bytes()).unwrap();
    assert_eq!(
        found("0-updateinfo.xml.gz", &gz.finish().unwrap(), &packages),
        expected
    );
    let zst = zstd::encode_all(UPDATES.as_bytes(), 0).unwrap();
    assert_eq!(found("0-updateinfo.xml.zst", &zst, &packages), expected);
}

#[test]
fn what_is_installed_already_is_not_pending() {
    assert!(
        found(
            "updateinfo.xml",
            UPDATES.as_bytes(),
            &[package("tool", "1.0-3.el9", None)]
        )
        .is_empty()
    );
}

#[test]
fn a_module_counts_in_its_own_stream() {
    let stream = |stream| [package("nodejs", "1:18.0-1", stream)];
    assert!(
        found(
            "updateinfo.xml",
            UPDATES.as_bytes(),
            &stream(Some("nodejs:18:9:c"))
        )
        .is_empty()
    );
    assert!(found("updateinfo.xml", UPDATES.as_bytes(), &stream(None)).is_empty());
    assert_eq!(
        found(
            "updateinfo.xml",
            UPDATES.as_bytes(),
            &stream(Some("nodejs:20:9:c"))
        ),
        ["nodejs 1:20.1-1 RHSA-2024:0003 CVE-2024-0003 baseos"]
    );
}

#[test]
fn mutated_files_never_panic() {
    patchward_test_support::mutate(&[UPDATES.as_bytes()], 500, |bytes| {
        let _ = updateinfo::each(bytes, &mut |_| ());
    });
}

#[test]
fn a_locked_package_is_pending_but_held() {
    let folder = TempDir::new().unwrap();
    let cache = folder.path().join("var/cache/dnf/baseos-0123/repodata");
    fs::create_dir_all(&cache).unwrap();
    fs::write(cache.join("updateinfo.xml"), UPDATES).unwrap();
    let held = || {
        let root = Root::open(folder.path()).unwrap();
        let installed = [package("tool", "1.0-1.el9", None)];
        let pending = find(&root, &installed, &Options::default());
        let patches = pending.patches.iter();
        patches.map(|patch| patch.held).collect::<Vec<_>>()
    };
    assert_eq!(held(), [false]);
    let plugins = folder.path().join("etc/dnf/plugins");
    fs::create_dir_all(&plugins).unwrap();
    fs::write(plugins.join("versionlock.list"), "tool-0:1.0-1.el9.*\n").unwrap();
    assert_eq!(held(), [true]);
}
