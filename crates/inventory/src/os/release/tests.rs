use std::fs;

use tempfile::TempDir;

use super::*;

fn detected(files: &[(&str, &str)]) -> Option<OperatingSystem> {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    detect(&Root::open(folder.path()).unwrap()).0
}

/// Id, version and ecosystem of what a root with these files holds.
fn check(files: &[(&str, &str)], id: &str, version: &str, ecosystem: &str) {
    let os = detected(files).unwrap_or_default();
    let found = (
        os.id.as_str(),
        os.version_id.as_str(),
        os.ecosystem.as_deref().unwrap_or(""),
    );
    assert_eq!(found, (id, version, ecosystem));
}

#[test]
fn a_system_without_a_pretty_name_is_called_by_its_name_or_id() {
    let called = |text: &str| parse(text.as_bytes()).unwrap().pretty_name;
    assert_eq!(
        called("ID=own\nNAME=\"Our Own\"\nVERSION_ID=3\n"),
        "Our Own 3"
    );
    assert_eq!(called("ID=own\n"), "own");
    assert_eq!(called("ID=own\nPRETTY_NAME=\"It is ours\"\n"), "It is ours");
}

#[test]
fn values_are_read_as_the_shell_does() {
    let os = parse(
        b"# c\n\tID='a\\b'\nVERSION_ID=\"1\\\"2\" # x\nID_LIKE=\"b  c\"\nCPE_NAME=\nnothing\n",
    )
    .unwrap();
    assert_eq!(os.id, "a\\b");
    assert_eq!(os.version_id, "1\"2");
    assert_eq!(os.id_like, ["b", "c"]);
    assert_eq!(os.cpe, None);
    assert_eq!(parse(b"NAME=x\n"), None);
}

#[test]
fn etc_comes_before_usr_lib() {
    let usr = ("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    check(&[usr], "debian", "12", "Debian:12");
    let etc = ("etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\n");
    check(&[usr, etc], "ubuntu", "22.04", "Ubuntu:22.04:LTS");
}

#[test]
fn debian_without_a_number_has_its_codename() {
    let files = [
        ("etc/os-release", "ID=debian\n"),
        ("etc/debian_version", "trixie/sid\n"),
    ];
    let os = detected(&files).unwrap();
    assert_eq!(
        (os.version_id.as_str(), os.codename.as_str()),
        ("", "trixie")
    );
    assert_eq!(os.ecosystem.as_deref(), Some("Debian:13"));
}

#[test]
fn the_older_files_still_tell() {
    check(
        &[("etc/alpine-release", "3.12.1\n")],
        "alpine",
        "3.12.1",
        "Alpine:v3.12",
    );
    check(
        &[("etc/debian_version", "6.0.10\n")],
        "debian",
        "6",
        "Debian:6",
    );
    let centos = ("etc/centos-release", "CentOS release 6.10 (Final)\n");
    let redhat = ("etc/redhat-release", "CentOS release 6.10 (Final)\n");
    check(
        &[centos, redhat],
        "centos",
        "6.10",
        "Red Hat:enterprise_linux:6::server",
    );
    let rhel = "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n";
    check(
        &[("etc/redhat-release", rhel)],
        "rhel",
        "7.9",
        "Red Hat:enterprise_linux:7::server",
    );
    let suse = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n";
    check(
        &[("etc/SuSE-release", suse)],
        "sles",
        "11.4",
        "SUSE:Linux Enterprise Server 11 SP4",
    );
    assert_eq!(detected(&[]), None);
}

#[test]
fn a_derivative_is_known_by_what_it_is_made_of() {
    let mint =
        "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"21.3\"\nUBUNTU_CODENAME=jammy\n";
    check(
        &[("etc/os-release", mint)],
        "linuxmint",
        "21.3",
        "Ubuntu:22.04:LTS",
    );
    let lmde = "ID=linuxmint\nID_LIKE=debian\nVERSION_ID=\"6\"\nDEBIAN_CODENAME=bookworm\n";
    check(&[("etc/os-release", lmde)], "linuxmint", "6", "Debian:12");
    let raspbian = "ID=raspbian\nID_LIKE=debian\nVERSION_ID=\"11\"\nVERSION_CODENAME=bullseye\n";
    check(
        &[("etc/os-release", raspbian)],
        "raspbian",
        "11",
        "Debian:11",
    );
    let kali = "ID=kali\nID_LIKE=debian\nVERSION_ID=\"2024.1\"\nVERSION_CODENAME=kali-rolling\n";
    check(&[("etc/os-release", kali)], "kali", "2024.1", "");
}

#[test]
fn mutated_files_never_panic() {
    let seed: &[u8] =
        b"ID=\"debian\"\nVERSION_ID='12'\nPRETTY_NAME=\"Debian \\\"12\\\"\"\nID_LIKE=a\n";
    patchward_test_support::mutate(&[seed], 2000, |bytes| {
        let _ = parse(bytes);
    });
}

#[test]
fn mutated_files_from_before_os_release_never_panic() {
    let files: [(&str, &[u8]); 4] = [
        (
            "etc/redhat-release",
            b"CentOS Linux release 7.9.2009 (Core)\n",
        ),
        (
            "etc/SuSE-release",
            b"openSUSE 13.1 (x86_64)\nVERSION = 13.1\n",
        ),
        ("etc/alpine-release", b"3.18.4\n"),
        ("etc/debian_version", b"bookworm/sid\n"),
    ];
    for (path, seed) in files {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("etc")).unwrap();
        let root = crate::root::Root::open(folder.path()).unwrap();
        let mut known = 0;
        patchward_test_support::mutate(&[seed], 300, |bytes| {
            std::fs::write(folder.path().join(path), bytes).unwrap();
            known += usize::from(super::before::detect(&root).is_some());
        });
        assert!(known > 0, "{path}");
    }
}

proptest::proptest! {
    #[test]
    fn id_and_version_are_read_however_they_are_quoted(
        id in "[a-z][a-z0-9._-]{0,10}",
        version in "[0-9]{1,3}(\\.[0-9]{1,3})?",
        quote in "|'|\"",
        other in "[A-Z_]{1,8}=[^\r\n\"'`$\\\\]{0,12}",
    ) {
        let text = format!("# x\nX{other}\nID={quote}{id}{quote}\nVERSION_ID={quote}{version}{quote}\n");
        let os = super::parse(text.as_bytes()).unwrap();
        proptest::prop_assert_eq!((os.id, os.version_id), (id, version));
    }
}
