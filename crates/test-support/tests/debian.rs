//! The shared Debian root is what its documentation says.

use std::process::Command;

#[test]
fn the_root_has_security_updates_pending() {
    let Some(root) = patchward_test_support::debian_root() else {
        return;
    };
    let output = Command::new("chroot")
        .arg(&root)
        .args(["apt-get", "-s", "dist-upgrade"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let security = text
        .lines()
        .filter(|line| line.starts_with("Inst ") && line.contains("Debian-Security"))
        .count();
    assert!(
        security > 0,
        "no security update is pending in {}:\n{text}",
        root.display()
    );
}
