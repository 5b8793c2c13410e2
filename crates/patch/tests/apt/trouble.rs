//! What goes wrong, and that it is bounded and named.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use patchward_patch::{ApplyOptions, Command, Executor, Machine, PatchError};

use crate::lab::{Lab, demo, options};

#[test]
fn a_failing_script_is_named_and_the_old_version_comes_back() {
    let Some(lab) = Lab::with_demo("a_failing_script_is_named_and_the_old_version_comes_back")
    else {
        return;
    };
    lab.publish(&[demo("1.1").script("postinst", "echo no good; exit 3")]);
    let (transaction, saved) = lab.ready(&["demo"]);
    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    let failure = applied.failure.unwrap();
    assert_eq!(failure.packages, ["demo"]);
    assert!(
        failure.message.contains("status 3") && !failure.lied,
        "{failure:?}"
    );
    let verified = lab.apt.verify(&lab.machine, &transaction).unwrap();
    assert!(!verified.missing.is_empty());
    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!((back.failed, back.files_different), (vec![], vec![]));
    assert_eq!(lab.version("demo"), "1.0 installed");
}

#[test]
fn a_hang_is_cut_and_what_it_left_is_repaired() {
    let Some(lab) = Lab::with_demo("a_hang_is_cut_and_what_it_left_is_repaired") else {
        return;
    };
    fs::write(lab.path("/var/hang"), "").unwrap();
    lab.publish(&[demo("1.1").script("postinst", "if [ -e /var/hang ]; then sleep 600; fi")]);
    let (transaction, _) = lab.ready(&["demo"]);
    let short = ApplyOptions {
        timeout: Duration::from_secs(4),
        ..options()
    };
    let applied = lab.apt.apply(&lab.machine, &transaction, &short).unwrap();
    let failure = applied.failure.unwrap();
    assert!(
        failure.cut && failure.message.contains("4 s"),
        "{failure:?}"
    );
    assert!(lab.preview(&["demo"]).interrupted);
    fs::remove_file(lab.path("/var/hang")).unwrap();
    let done = lab.apt.repair(&lab.machine, &options()).unwrap();
    assert!(done[0].contains("demo"), "{done:?}");
    assert_eq!(lab.version("demo"), "1.1 installed");
    assert_eq!(
        lab.apt.repair(&lab.machine, &options()).unwrap(),
        Vec::<String>::new()
    );
}

#[test]
fn a_kill_in_the_middle_of_unpacking_is_repaired_from_our_own_file() {
    let Some(lab) =
        Lab::with_demo("a_kill_in_the_middle_of_unpacking_is_repaired_from_our_own_file")
    else {
        return;
    };
    lab.publish(&[demo("1.1")]);
    let (_, _) = lab.ready(&["demo"]);
    // What kill -9 leaves behind: dpkg calls the package "in a mess" and `--configure -a` does not cure it.
    let status = lab.read("/var/lib/dpkg/status");
    let broken = status.replacen(
        "Package: demo\nStatus: install ok installed",
        "Package: demo\nStatus: install reinstreq half-installed",
        1,
    );
    assert_ne!(status, broken);
    fs::write(lab.path("/var/lib/dpkg/status"), broken).unwrap();
    let done = lab.apt.repair(&lab.machine, &options()).unwrap();
    assert!(
        done.iter().any(|line| line.contains("from its file")),
        "{done:?}"
    );
    assert!(lab.version("demo").ends_with(" installed"));
}

#[test]
fn a_flood_is_cut() {
    let Some(lab) = Lab::with_demo("a_flood_is_cut") else {
        return;
    };
    lab.publish(&[demo("1.1").script("postinst", "yes")]);
    let (transaction, saved) = lab.ready(&["demo"]);
    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    let failure = applied.failure.unwrap();
    assert!(
        failure.cut && failure.message.contains("too much"),
        "{failure:?}"
    );
    assert!(applied.log.len() < 300 << 10);
    let back = lab
        .apt
        .roll_back(&lab.machine, &transaction, &saved, &options())
        .unwrap();
    assert_eq!((back.failed, back.files_different), (vec![], vec![]));
}

#[test]
fn a_package_manager_that_lies_is_found_out() {
    let Some(lab) = Lab::with_demo("a_package_manager_that_lies_is_found_out") else {
        return;
    };
    lab.publish(&[demo("1.1")]);
    let (transaction, _) = lab.ready(&["demo"]);
    fs::rename(
        lab.path("/usr/bin/apt-get"),
        lab.path("/usr/bin/apt-get.real"),
    )
    .unwrap();
    let liar = "#!/bin/sh\ncase \" $* \" in *\" --no-download \"*) echo all is well; exit 0;; esac\nexec apt-get.real \"$@\"\n";
    fs::write(lab.path("/usr/bin/apt-get"), liar).unwrap();
    Process::new("chmod")
        .arg("755")
        .arg(lab.path("/usr/bin/apt-get"))
        .status()
        .unwrap();
    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    let failure = applied.failure.unwrap();
    assert!(failure.lied, "{failure:?}");
    assert!(
        failure.message.contains("demo is at 1.0, not 1.1"),
        "{failure:?}"
    );
}

#[test]
fn a_lock_is_waited_for_and_its_holder_named() {
    let Some(lab) = Lab::with_demo("a_lock_is_waited_for_and_its_holder_named") else {
        return;
    };
    lab.publish(&[demo("1.1")]);
    let (transaction, _) = lab.ready(&["demo"]);
    let slow = patchward_test_support::ToyPackage::new("slow", "1").script("postinst", "sleep 4");
    let folder = lab.path("/slow");
    fs::create_dir(&folder).unwrap();
    slow.build(&folder).unwrap();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let line = ["apt-get", "-y", "install", "/slow/slow_1_all.deb"];
            lab.machine.run(&Command::new(line)).unwrap()
        });
        let holder = wait_for(|| lab.apt.holder(&lab.machine).unwrap());
        assert!(holder.command.contains("apt-get"), "{holder:?}");
        assert!(holder.pid.is_some());
        let impatient = ApplyOptions {
            lock_wait: Duration::from_millis(200),
            ..options()
        };
        let error = lab
            .apt
            .apply(&lab.machine, &transaction, &impatient)
            .unwrap_err();
        assert!(error.to_string().contains("apt-get"), "{error}");
        // With patience it comes to its turn.
        let applied = lab
            .apt
            .apply(&lab.machine, &transaction, &options())
            .unwrap();
        assert_eq!(applied.failure, None, "{}", applied.log);
        assert!(other.join().unwrap().success());
    });
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "nobody took the lock"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_disk_that_is_too_small_is_told_before_anything_is_fetched() {
    let Some(lab) = Lab::with_demo("a_disk_that_is_too_small_is_told_before_anything_is_fetched")
    else {
        return;
    };
    lab.publish(&[demo("1.1")]);
    let transaction = lab.preview(&["demo"]);
    let place = lab.path("/var/lib/patchward");
    fs::create_dir_all(&place).unwrap();
    let mounted = Process::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "patchward-test"])
        .arg(&place)
        .status()
        .unwrap();
    assert!(mounted.success());
    let error = lab
        .apt
        .download(&lab.machine, &transaction, &options())
        .unwrap_err();
    Process::new("umount").arg(&place).status().unwrap();
    assert!(matches!(error, PatchError::NoSpace { .. }), "{error}");
    assert!(error.to_string().contains("bytes are needed"));
}

#[test]
fn a_repository_that_breaks_in_mid_download_changes_nothing_and_goes_on_later() {
    let Some(lab) = Lab::with_demo(
        "a_repository_that_breaks_in_mid_download_changes_nothing_and_goes_on_later",
    ) else {
        return;
    };
    lab.publish(&[demo("1.1").file("/usr/share/demo/large", &noise(200_000))]);
    let server = Server::start(lab.root().join("repo"));
    let line = format!("deb [trusted=yes] http://127.0.0.1:{}/ ./\n", server.port);
    fs::write(lab.path("/etc/apt/sources.list"), line).unwrap();
    lab.run(&["apt-get", "update", "-q"]);
    let transaction = lab.preview(&["demo"]);
    server.broken.store(true, Ordering::SeqCst);
    let error = lab
        .apt
        .download(&lab.machine, &transaction, &options())
        .unwrap_err();
    assert!(matches!(error, PatchError::Download { .. }), "{error}");
    let refused = lab.apt.apply(&lab.machine, &transaction, &options());
    assert!(
        matches!(refused, Err(PatchError::Download { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.version("demo"), "1.0 installed");
    server.broken.store(false, Ordering::SeqCst);
    lab.apt
        .download(&lab.machine, &transaction, &options())
        .unwrap();
    let applied = lab
        .apt
        .apply(&lab.machine, &transaction, &options())
        .unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
}

/// Text that does not compress away.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'!' + u8::try_from(state >> 58).unwrap())
        })
        .collect()
}

/// A web server that can be told to break off in the middle of package files.
struct Server {
    port: u16,
    broken: Arc<AtomicBool>,
}

impl Server {
    fn start(folder: PathBuf) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let broken = Arc::new(AtomicBool::new(false));
        let breaks = Arc::clone(&broken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &folder, breaks.load(Ordering::SeqCst));
            }
        });
        Server { port, broken }
    }
}

fn answer(mut stream: TcpStream, folder: &Path, broken: bool) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0; 1];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        request.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text
        .split(' ')
        .nth(1)
        .unwrap_or("/")
        .trim_start_matches(['/', '.']);
    let Ok(body) = fs::read(folder.join(path)) else {
        return stream.write_all(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    let until = if broken && path.ends_with(".deb") {
        body.len() / 2
    } else {
        body.len()
    };
    stream.write_all(&body[..until])
}
