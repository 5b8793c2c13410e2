//! A machine whose processes live on between commands: nginx runs, is patched, and runs old code until it is restarted.

use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use patchward_patch::machine::run_bounded;
use patchward_patch::restart::{self, RestartRules};
use patchward_patch::{Command, Executor, Machine, MachineError, Outcome};
use patchward_protocol::restart::{RestartAction, ServiceManager};

use crate::lab::{Lab, options};

/// A root with an init of its own in namespaces of its own.
struct Live {
    init: Child,
    root: PathBuf,
    proc: PathBuf,
    pid: String,
}

/// As the machine of a root directory does it, but the root becomes `/`, so that the kernel shows plain paths.
const SETUP: &str = r#"set -e
cd "$1"
mount --make-rprivate /
mount -t proc proc proc
mount -t tmpfs -o mode=755,nosuid dev dev
mknod -m 666 dev/null c 1 3; mknod -m 666 dev/zero c 1 5; mknod -m 666 dev/urandom c 1 9; mknod -m 666 dev/random c 1 8
mount -t tmpfs -o mode=755,nosuid run run
mount --move . /
exec chroot . /bin/sh -c 'echo ready; while :; do sleep 1000; done'
"#;

impl Live {
    fn start(root: &Path) -> Live {
        let mut init = Process::new("unshare")
            .args([
                "--mount",
                "--pid",
                "--net",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
            ])
            .args(["--", "sh", "-c", SETUP, "sh"])
            .arg(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut word = [0; 6];
        std::io::Read::read_exact(init.stdout.as_mut().unwrap(), &mut word).unwrap();
        let children = format!("/proc/{0}/task/{0}/children", init.id());
        let pid = std::fs::read_to_string(children).unwrap().trim().to_owned();
        let root = PathBuf::from(format!("/proc/{pid}/root"));
        Live {
            init,
            proc: root.join("proc"),
            root,
            pid,
        }
    }
}

impl Machine for Live {
    fn run(&self, command: &Command) -> Result<Outcome, MachineError> {
        let mut process = Process::new("nsenter");
        process.args([
            "-t", &self.pid, "-m", "-p", "-n", "-i", "-u", "--root", "--wd=/", "--",
        ]);
        run_bounded(
            {
                process.args(&command.argv);
                process
            },
            command,
        )
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn proc(&self) -> Option<&Path> {
        Some(&self.proc)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.init.kill();
        let _ = self.init.wait();
    }
}

#[test]
fn old_code_that_still_runs_is_found_and_gone_after_the_restart() {
    let Some(lab) = Lab::new("old_code_that_still_runs_is_found_and_gone_after_the_restart") else {
        return;
    };
    // Only the libraries: nginx's own script would renew the running program.
    let names = ["openssl", "libssl3"];
    let (transaction, _) = lab.ready(&names);
    let live = Live::start(lab.root());
    let say = |line: &[&str]| live.run(&Command::new(line.iter().copied())).unwrap();
    assert!(say(&["/etc/init.d/nginx", "start"]).success());
    wait_for(|| live.root().join("run/nginx.pid").exists());
    assert_eq!(restart::stale(&live), []);
    let expected = lab
        .apt
        .preview(&live, &crate::lab::request(&names))
        .unwrap();
    assert_eq!(expected.restarts, ["nginx"]);

    let applied = lab.apt.apply(&live, &transaction, &options()).unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    let verified = lab.apt.verify(&live, &transaction).unwrap();
    assert!(
        verified
            .missing
            .iter()
            .any(|text| text.contains("still runs the old")),
        "{verified:#?}"
    );
    let process = &verified.stale[0];
    assert!(process.program.ends_with("/nginx"), "{process:?}");
    let service = process.service.as_ref().unwrap();
    assert_eq!(
        (service.name.as_str(), service.manager),
        ("nginx", ServiceManager::Sysv)
    );
    let owners: Vec<&str> = process
        .files
        .iter()
        .filter_map(|file| file.package.as_deref())
        .collect();
    assert!(owners.contains(&"libssl3"), "{process:#?}");

    let steps = restart::plan(&live, &verified.stale, &RestartRules::default());
    assert_eq!(steps.len(), 1, "{steps:#?}");
    assert_eq!(steps[0].action, RestartAction::Restart);
    let done = restart::restart(&live, &steps, &RestartRules::default());
    assert_eq!(done[0].failure, None);
    wait_for(|| restart::stale(&live).is_empty());
    let verified = lab.apt.verify(&live, &transaction).unwrap();
    assert_eq!(verified.missing, Vec::<String>::new());
}

fn wait_for(mut met: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !met() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}
