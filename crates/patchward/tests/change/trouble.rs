//! What stands in the way: holds, locks, broken repositories, full disks, a package manager that lies, hangs or floods.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::lab::{Lab, differences};
use super::toys;

#[test]
fn a_held_package_stays_and_the_reason_is_told() {
    let Some(lab) = Lab::toy("a_held_package_stays_and_the_reason_is_told") else {
        return;
    };
    lab.publish(&toys::all("1.1"));
    lab.host.run(["apt-mark", "hold", "first"]);
    lab.patchward("apply --yes --only first")
        .ends(3)
        .tells(&["first", "held"]);
    lab.patchward("apply --yes --only first --only second --no-rehearsal \"a test\"")
        .tells(&["first", "held"]);
    assert_eq!(lab.version("first"), "1.0 installed");
    assert_eq!(lab.version("second"), "1.1 installed");
}

#[test]
fn a_repository_that_breaks_in_the_middle_of_a_download_changes_nothing() {
    let Some(lab) =
        Lab::toy("a_repository_that_breaks_in_the_middle_of_a_download_changes_nothing")
    else {
        return;
    };
    let large: String = (0..200_000).map(|number| format!("{number}\n")).collect();
    lab.publish(&[toys::demo("1.1").file("/usr/share/demo/large", &large)]);
    lab.host.write("/srv/breaks.py", BREAKS);
    lab.host.shell("rm /etc/apt/sources.list.d/toy.list; echo 'deb [trusted=yes] http://127.0.0.1:8082/ ./' > /etc/apt/sources.list
        setsid python3 /srv/breaks.py >/dev/null 2>&1 </dev/null &
        for try in $(seq 50); do curl -fsS http://127.0.0.1:8082/Release >/dev/null && break; sleep 0.1; done
        apt-get -qq update");
    let content = lab.content();
    lab.patchward("apply --yes --only demo --no-rehearsal \"a test\"")
        .ends(1);
    let run = lab.newest("apply");
    assert_eq!(
        (run.state.as_str(), run.rolled_back_by.is_some()),
        ("failed", false),
        "{run:#?}"
    );
    assert!(
        run.summary.contains("before anything was changed"),
        "{}",
        run.summary
    );
    assert_eq!(lab.version("demo"), "1.0 installed");
    assert_eq!(differences(&content, &lab.content()), Vec::<String>::new());
}

/// Serves the toy repository, and hangs up in the middle of each package.
const BREAKS: &str = r#"
import http.server, os
class Breaks(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if not self.path.endswith(".deb"):
            return super().do_GET()
        data = open(self.translate_path(self.path), "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
os.chdir("/srv/toy")
http.server.ThreadingHTTPServer(("127.0.0.1", 8082), Breaks).serve_forever()
"#;

#[test]
fn a_disk_that_is_too_full_is_told_before_anything_changes() {
    let Some(lab) = Lab::toy("a_disk_that_is_too_full_is_told_before_anything_changes") else {
        return;
    };
    let large: String = (0..3_000_000).map(|number| format!("{number}\n")).collect();
    let package = toys::demo("1.1").file("/opt/demo/large", &large);
    lab.publish(&[package]);
    lab.host.shell(
        "mkdir -p /opt/demo; mount -t tmpfs -o size=4m small /opt/demo || python3 -c '
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(libc.mount(b\"small\", b\"/opt/demo\", b\"tmpfs\", 0, b\"size=4m\"))'",
    );
    lab.patchward("apply --yes --only demo --no-rehearsal \"a test\"")
        .ends(1);
    let run = lab.newest("apply");
    assert!(
        ["failed", "undone"].contains(&run.state.as_str()),
        "{run:#?}"
    );
    assert_eq!(lab.version("demo"), "1.0 installed");
    lab.host.run(["apt-get", "-qq", "check"]);
}

#[test]
fn an_unattended_upgrade_that_holds_the_lock_is_named() {
    let Some(lab) = Lab::toy("an_unattended_upgrade_that_holds_the_lock_is_named") else {
        return;
    };
    lab.publish(&toys::all("1.1"));
    lab.host.write(
        "/usr/local/bin/unattended-upgrades",
        "#!/usr/bin/python3
import fcntl, time
lock = open('/var/lib/dpkg/lock-frontend', 'w')
fcntl.lockf(lock, fcntl.LOCK_EX)
open('/run/locked', 'w').close()
time.sleep(12)
",
    );
    lab.host
        .shell("chmod 755 /usr/local/bin/unattended-upgrades");
    let mut holder = lab.host.command(["unattended-upgrades"]).spawn().unwrap();
    lab.host
        .shell("until [ -e /run/locked ]; do sleep 0.05; done");
    let apply = "apply --yes --only demo --no-rehearsal \"a test\"";
    lab.host.write(
        "/etc/patchward/patchward.toml",
        "[change]\nlock_wait = \"1s\"\n",
    );
    lab.patchward(apply).ends(1).tells(&["unattended-upgrades"]);
    assert_eq!(lab.version("demo"), "1.0 installed");
    // With more patience it waits until the lock is free, and goes on.
    lab.host.write(
        "/etc/patchward/patchward.toml",
        "[change]\nlock_wait = \"60s\"\n",
    );
    lab.patchward(apply).ends(0);
    assert!(holder.try_wait().unwrap().is_some(), "it did not wait");
    assert_eq!(lab.version("demo"), "1.1 installed");
}

#[test]
fn a_package_manager_that_lies_is_found_out() {
    let Some(lab) = Lab::toy("a_package_manager_that_lies_is_found_out") else {
        return;
    };
    lab.publish(&[toys::demo("1.1")]);
    lab.host.shell("mv /usr/bin/apt-get /usr/bin/apt-get.real; cat > /usr/bin/apt-get <<'E'
#!/bin/sh
case \" $* \" in *\" -s \"*|*\" --simulate \"*|*\" --download-only \"*|*\" update \"*) ;; *\" --no-download \"*) echo all is well; exit 0 ;; esac
exec apt-get.real \"$@\"
E
chmod 755 /usr/bin/apt-get");
    let content = lab.content();
    lab.patchward("apply --yes --only demo --no-rehearsal \"a test\"")
        .ends(1)
        .tells(&["demo"]);
    let run = lab.newest("apply");
    assert_ne!(run.state, "done", "{run:#?}");
    assert!(
        run.problems.iter().any(|text| text.contains("1.0")),
        "{:#?}",
        run.problems
    );
    assert_eq!(differences(&content, &lab.content()), Vec::<String>::new());
}

#[test]
fn a_script_that_floods_is_cut_in_the_rehearsal() {
    let Some(lab) = Lab::toy("a_script_that_floods_is_cut_in_the_rehearsal") else {
        return;
    };
    lab.publish(&[toys::demo("1.1").script("postinst", "yes")]);
    let begun = Instant::now();
    lab.patchward("apply --yes --only demo").ends(1);
    assert!(begun.elapsed() < Duration::from_secs(120));
    assert_eq!(lab.version("demo"), "1.0 installed");
    let left = lab.host.output(["pgrep", "-x", "yes"]);
    assert!(!left.status.success(), "{left:?}");
}

#[test]
fn two_runs_at_once_are_refused_with_the_name_of_the_first() {
    let Some(lab) = Lab::toy("two_runs_at_once_are_refused_with_the_name_of_the_first") else {
        return;
    };
    lab.publish(&[
        toys::demo("1.1").script("postinst", "sleep 6"),
        toys::several("first", "1.1"),
    ]);
    let mut first = lab
        .command("apply --yes --only demo --no-rehearsal \"a test\"")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    lab.host.shell("for try in $(seq 300); do pgrep -f '[d]emo.postinst' >/dev/null && exit; sleep 0.1; done; exit 1");
    let second = lab.patchward("apply --yes --only first --no-rehearsal \"a test\"");
    assert_eq!(second.code, Some(6), "{second:#?}");
    second.tells(&["another one is at work"]);
    assert!(first.wait().unwrap().success());
    assert_eq!(lab.version("demo"), "1.1 installed");
    assert_eq!(lab.version("first"), "1.0 installed");
}
