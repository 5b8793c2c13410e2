//! A web host does its work and has real security updates pending, without any network.

use patchward_test_support::{Host, Init, no_hosts, place, web_root};

#[test]
fn the_site_answers_and_real_security_updates_are_pending_and_can_be_fetched() {
    let Some(base) = web_root() else { return };
    for init in [Init::Scripts, Init::Systemd] {
        if let Some(reason) = no_hosts(init) {
            println!("skipped: {init:?} hosts: {reason}");
            continue;
        }
        let host = Host::start(&base, &[], init).unwrap();
        host.start_site();
        let page = host.page("/");
        assert!(page.contains("<li>cheese: 9</li>"), "{page}");
        assert_eq!(host.page("/health"), "{\"status\": \"ok\"}\n");

        let pending = host.run(["apt-get", "-s", "dist-upgrade"]);
        for name in ["nginx", "libssl3", "postgresql-15"] {
            let line = pending
                .lines()
                .find(|line| line.starts_with(&format!("Inst {name} [")));
            assert!(
                line.is_some_and(|line| line.contains("Debian-Security")),
                "{pending}"
            );
        }
        host.run(["apt-get", "-qq", "update"]);
        host.run(["apt-get", "-qq", "-y", "-d", "install", "nginx-light"]);
        assert!(host.read(place::PENDING).contains("nginx-light "));
        let feeds = host.read(&format!("{}/debian/tracker/data/json", place::FEEDS));
        assert!(feeds.contains("\"nginx\":{\"CVE-"), "{feeds}");
    }
}
