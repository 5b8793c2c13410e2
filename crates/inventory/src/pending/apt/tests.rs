use patchward_protocol::inventory::SourcePackage;

use super::*;

const SIMULATION: &str = "\
Reading package lists...
Calculating upgrade...
The following upgrades have been deferred due to phasing:
  systemd
The following packages have been kept back:
  nginx
  systemd
The following packages will be upgraded:
  libpng16-16 perl
2 upgraded, 1 newly installed, 0 to remove and 2 not upgraded.
Inst perl [5.36.0-7+deb12u2] (5.36.0-7+deb12u3 Debian:12.14/oldstable [amd64]) []
Inst libpng16-16:i386 [1.6.39-2+deb12u4] (1.6.39-2+deb12u5 Debian:12.14/oldstable, Debian-Security:12/oldstable-security [i386]) [a:amd64 ]
Inst linux-image-6.1.0-22-amd64 (6.1.94-1 Debian-Security:12/oldstable-security [amd64])
Conf perl (5.36.0-7+deb12u3 Debian:12.14/oldstable [amd64])
";

const POLICY: &str = "\
nginx:
  Installed: 1.22.1-9
  Candidate: 1.22.1-9+deb12u1
  Version table:
     1.22.1-9+deb12u1 500
        500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
 *** 1.22.1-9 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
perl:
  Installed: 5.36.0-7+deb12u2
  Candidate: 5.36.0-7+deb12u3
  Version table:
     5.36.0-7+deb12u3 500 (phased 10%)
        500 http://mirror.example/debian bookworm/main amd64 Packages
 *** 5.36.0-7+deb12u2 500
        500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
        100 /var/lib/dpkg/status
systemd:
  Installed: 252-1
  Candidate: 252-2
  Version table:
     252-2 500
        500 http://mirror.example/debian bookworm-updates/main amd64 Packages
 *** 252-1 100
        100 /var/lib/dpkg/status
";

fn package(name: &str, held: bool) -> Component {
    Component {
        name: name.into(),
        arch: Some("amd64".into()),
        source: Some(SourcePackage {
            name: format!("{name}-source"),
            version: "1".into(),
        }),
        held,
        ..Component::default()
    }
}

#[test]
fn simulation_and_policy_together_are_the_pending_patches() {
    let simulation = simulation::parse(SIMULATION);
    assert_eq!(
        simulation.names(),
        ["perl", "libpng16-16:i386", "systemd", "nginx"]
    );
    let packages = [package("perl", false), package("nginx", true)];
    let patches = patches(&simulation, &policy::parse(POLICY), &packages);
    let lines: Vec<String> = patches
        .iter()
        .map(|p| {
            let flags = [
                (p.security, "security"),
                (p.held, "held"),
                (p.phased, "phased"),
            ];
            let flags: Vec<&str> = flags
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, word)| *word)
                .collect();
            format!(
                "{} {} {} {} {}",
                p.package,
                p.source,
                p.arch,
                p.candidate,
                flags.join(",")
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "perl perl-source amd64 5.36.0-7+deb12u3 ",
            "libpng16-16 libpng16-16 i386 1.6.39-2+deb12u5 security",
            "systemd systemd  252-2 phased",
            "nginx nginx-source amd64 1.22.1-9+deb12u1 security,held",
        ]
    );
    assert_eq!(patches[3].origins, ["bookworm-security/main"]);
}

#[test]
fn security_suites_have_several_names() {
    for place in [
        "Debian-Security:12/oldstable-security",
        "http://x jammy-security/main amd64 Packages",
        "UbuntuESM:22.04/jammy-infra-security",
        "http://x buster/updates/main amd64 Packages",
    ] {
        assert!(policy::is_security(place), "{place}");
    }
    for place in [
        "Debian:12.14/oldstable",
        "http://x bookworm-updates/main amd64 Packages",
        "http://security.example/x stable/main",
    ] {
        assert!(!policy::is_security(place), "{place}");
    }
}

const CHANGELOG: &str = "\
tool (2:1.0-3) bookworm-security; urgency=high

  * Fix CVE-2024-0003, cve-2024-10004 and CVE-20-1, CVE-2024-12.

 -- A <a@b.example>  Fri, 03 Apr 2026 14:29:32 +0200

other (9) x; urgency=low

  * CVE-2024-0009

tool (2:1.0-2) bookworm; urgency=medium

  * (CVE-2024-0002)

tool (2:1.0-1) bookworm; urgency=medium

  * CVE-2024-0001
";

#[test]
fn only_entries_above_the_installed_version_count() {
    let found = |installed| {
        changelog::cves(CHANGELOG, "tool", installed)
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(found("2:1.0-2"), ["CVE-2024-0003", "CVE-2024-10004"]);
    assert_eq!(
        found("2:1.0-1"),
        ["CVE-2024-0002", "CVE-2024-0003", "CVE-2024-10004"]
    );
    assert_eq!(found("2:1.0-3"), [""; 0]);
}

#[test]
fn mutated_outputs_never_panic() {
    let seeds = [
        SIMULATION.as_bytes(),
        POLICY.as_bytes(),
        CHANGELOG.as_bytes(),
    ];
    patchward_test_support::mutate(&seeds, 500, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = (
            simulation::parse(&text),
            policy::parse(&text),
            changelog::cves(&text, "tool", "1"),
        );
    });
}

/// Slow and needs apt's lists, so only on request: `cargo test -- --ignored this_machine`.
#[test]
#[ignore = "asks the apt of this machine"]
fn this_machine_tells_its_pending_patches() {
    let root = crate::root::Root::open("/".as_ref()).unwrap();
    let inventory = crate::host::inventory(&root, crate::host::Live::Host, "here");
    let cache = tempfile::TempDir::new().unwrap();
    let options = Options {
        changelogs: Some(super::super::Changelogs {
            cache: cache.path().to_owned(),
            network: true,
            limit: 64 << 20,
        }),
        ..Options::default()
    };
    let started = std::time::Instant::now();
    let pending = super::super::find(&root, &inventory.components, &options);
    for patch in &pending.patches {
        let cves = patch.cves.join(" ");
        println!(
            "{} {} -> {} {} {cves}",
            patch.package, patch.installed, patch.candidate, patch.security
        );
    }
    println!("{:?} {:?}", pending.problems, started.elapsed());
}

#[test]
fn without_lists_nothing_is_known_of_pending_patches() {
    let status =
        "Package files:\n 100 /var/lib/dpkg/status\n     release a=now\nPinned packages:\n";
    assert!(!policy::has_lists(status));
    let list = " 500 http://deb.example/debian bookworm/main amd64 Packages\n";
    assert!(policy::has_lists(&format!("{status}{list}")));
}

proptest::proptest! {
    #[test]
    fn every_upgrade_that_apt_prints_is_read(
        upgrades in proptest::collection::vec(
            ("[a-z][a-z0-9+.-]{1,12}", "[0-9][0-9a-z.+~-]{0,8}", "[0-9][0-9a-z.+~-]{0,8}"), 0..12,
        ),
    ) {
        let line = |(name, old, new): &(String, String, String)| {
            format!("Inst {name} [{old}] ({new} Debian:12.14/oldstable [amd64])\n")
        };
        let text: String = upgrades.iter().map(line).collect();
        let read = simulation::parse(&text);
        let read: Vec<(String, String, String)> = read
            .upgrades
            .into_iter()
            .map(|upgrade| (upgrade.name, upgrade.old, upgrade.new))
            .collect();
        proptest::prop_assert_eq!(read, upgrades);
    }
}
