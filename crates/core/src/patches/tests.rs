use super::*;
use patchward_protocol::inventory::{Location, SourcePackage};

fn component(purl: &str, name: &str, version: &str, source: Option<&str>) -> Component {
    Component {
        purl: purl.into(),
        name: name.into(),
        version: version.into(),
        source: source.map(|name| SourcePackage {
            name: name.into(),
            version: version.into(),
        }),
        locations: vec![Location {
            path: "Cargo.lock".into(),
            line: Some(1),
        }],
        ..Component::default()
    }
}

fn finding(id: &str, component: &Component, upgrade: &str) -> Finding {
    Finding {
        id: format!("{id}/{}", component.name),
        vulnerability: id.into(),
        component: Box::new(component.clone()),
        upgrade: Some(upgrade.into()),
        ..Finding::default()
    }
}

#[test]
fn binaries_of_one_source_become_one_patch_with_the_managers_own_candidates() {
    let library = component(
        "pkg:deb/debian/libssl3@3.0.1-1",
        "libssl3",
        "3.0.1-1",
        Some("openssl"),
    );
    let tool = component(
        "pkg:deb/debian/openssl@3.0.1-1",
        "openssl",
        "3.0.1-1",
        Some("openssl"),
    );
    let findings = [
        finding("CVE-2024-1", &library, "3.0.2-1"),
        finding("CVE-2024-1", &tool, "3.0.2-1"),
        finding("CVE-2024-2", &tool, "3.0.2-1"),
    ];
    let pending: Vec<_> = ["libssl3", "openssl"]
        .map(|package| PendingPatch {
            package: package.into(),
            candidate: "3.0.3-1".into(),
            ..PendingPatch::default()
        })
        .into();
    let patches = patches(&findings, &pending, None);
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0].package, "openssl");
    assert_eq!(
        patches[0].command,
        "apt-get install --only-upgrade libssl3=3.0.3-1 openssl=3.0.3-1"
    );
    assert_eq!(patches[0].vulnerabilities, ["CVE-2024-1", "CVE-2024-2"]);
    assert!(patches[0].pending && !patches[0].major);
}

#[test]
fn two_versions_of_one_library_are_two_patches() {
    let old = component("pkg:cargo/time@0.1.0", "time", "0.1.0", None);
    let new = component("pkg:cargo/time@0.3.0", "time", "0.3.0", None);
    let findings = [
        finding("RUSTSEC-1", &old, "0.2.23"),
        finding("RUSTSEC-2", &new, "0.3.47"),
    ];
    let patches = patches(&findings, &[], None);
    assert_eq!(patches.len(), 2);
    assert_eq!(
        patches[0].command,
        "cargo update -p time@0.1.0 --precise 0.2.23"
    );
}

#[test]
fn malware_and_suppressed_findings_give_no_patch() {
    let bad = component("pkg:npm/evil@1.0.0", "evil", "1.0.0", None);
    let mut malware = finding("MAL-1", &bad, "2.0.0");
    malware.malware = true;
    let mut ignored = finding("CVE-2024-1", &bad, "2.0.0");
    ignored.suppressed = Some(Default::default());
    assert!(patches(&[malware, ignored], &[], None).is_empty());
}

#[test]
fn the_step_within_the_compatible_line_is_a_patch_of_its_own_and_the_breaking_one_goes_on_from_it()
{
    let h2 = component("pkg:cargo/h2@0.3.3", "h2", "0.3.3", None);
    let findings = [
        finding("CVE-1", &h2, "0.4.16"),
        finding("CVE-2", &h2, "0.3.27"),
        finding("CVE-3", &h2, "0.3.27"),
    ];
    let patches = patches(&findings, &[], None);
    let steps: Vec<_> = patches
        .iter()
        .map(|patch| (patch.command.as_str(), patch.major, patch.resolves.len()))
        .collect();
    assert_eq!(
        steps,
        [
            ("cargo update -p h2@0.3.3 --precise 0.3.27", false, 2),
            ("cargo update -p h2@0.3.27 --precise 0.4.16", true, 1),
        ]
    );
}

#[test]
fn what_breaks_follows_the_ecosystem() {
    let npm = component("pkg:npm/a@0.3.1", "a", "0.3.1", None);
    let python = component("pkg:pypi/a@0.3.1", "a", "0.3.1", None);
    let breaks = |component: &Component| {
        let found = patches(&[finding("CVE-1", component, "0.4.0")], &[], None);
        found[0].major
    };
    assert!(breaks(&npm) && !breaks(&python));
}
