//! apt and dpkg killed at many instants: what follows ends well each time.

use std::time::Duration;

use patchward_patch::{ApplyOptions, Executor};
use patchward_test_support::ToyPackage;

use crate::lab::{Lab, options};

const NAMES: [&str; 3] = ["first", "second", "third"];

fn packages(version: &str) -> Vec<ToyPackage> {
    let package = |name: &&str| {
        let mut package = ToyPackage::new(name, version)
            .conffile(&format!("/etc/{name}.conf"), &format!("for {version}\n"))
            .script("postinst", "sleep 0.1")
            .script("prerm", "sleep 0.05");
        for number in 0..20 {
            let path = format!("/usr/share/{name}/file{number}");
            package = package.file(&path, &format!("{name} {version} {number}\n"));
        }
        package
    };
    NAMES.iter().map(package).collect()
}

#[test]
fn whenever_it_is_killed_the_old_versions_come_back_or_the_new_go_in() {
    let Some(lab) =
        Lab::with_demo("whenever_it_is_killed_the_old_versions_come_back_or_the_new_go_in")
    else {
        return;
    };
    lab.publish(&packages("1.0"));
    lab.run(&[&["apt-get", "install", "-y", "-q"][..], &NAMES].concat());
    lab.publish(&packages("1.1"));
    let folders = ["/etc", "/usr/share"];
    let before = lab.content(&folders);
    let (transaction, saved) = lab.ready(&NAMES);
    let mut cut = 0;
    for round in 0..8_u32 {
        let killed = ApplyOptions {
            timeout: Duration::from_millis(300 + u64::from(round) * 350),
            ..options()
        };
        let applied = lab.apt.apply(&lab.machine, &transaction, &killed).unwrap();
        cut += u32::from(applied.failure.is_some_and(|failure| failure.cut));
        let back = lab
            .apt
            .roll_back(&lab.machine, &transaction, &saved, &options())
            .unwrap();
        assert_eq!(
            (back.failed, back.files_different),
            (vec![], vec![]),
            "{}",
            back.log
        );
        assert_eq!(lab.content(&folders), before, "round {round}");
        lab.run(&["apt-get", "check"]);
        lab.run(&[&["apt-mark", "unhold"][..], &NAMES].concat());
    }
    println!("killed in {cut} of 8 rounds before it was done");
    for millis in [900, 1800] {
        let killed = ApplyOptions {
            timeout: Duration::from_millis(millis),
            ..options()
        };
        lab.apt.apply(&lab.machine, &transaction, &killed).unwrap();
        lab.apt.repair(&lab.machine, &options()).unwrap();
        let rest = lab.preview(&NAMES);
        lab.apt.download(&lab.machine, &rest, &options()).unwrap();
        let applied = lab.apt.apply(&lab.machine, &rest, &options()).unwrap();
        assert_eq!(applied.failure, None, "{}", applied.log);
        let verified = lab.apt.verify(&lab.machine, &transaction).unwrap();
        assert_eq!(verified.missing, Vec::<String>::new());
        lab.apt
            .roll_back(&lab.machine, &transaction, &saved, &options())
            .unwrap();
        lab.run(&[&["apt-mark", "unhold"][..], &NAMES].concat());
    }
}
