use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::load;

/// A server that gives the answers in turn (the last for ever), one connection after the other.
fn server(answers: &'static [&'static [u8]]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let next = AtomicUsize::new(0);
        for mut stream in listener.incoming().flatten() {
            let at = next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            let mut request = [0; 4096];
            stream
                .set_read_timeout(Some(Duration::from_millis(300)))
                .unwrap();
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answers[at]);
        }
    });
    address
}

fn results(text: &str) -> Vec<CheckResult> {
    let head = "retries = 1\npause = \"1ms\"\ntimeout = \"2s\"\n";
    let file = ChecksFile::parse("t", format!("{head}{text}").as_bytes()).unwrap();
    let mut told = Vec::new();
    let results = run(&file, &Place::here(), |result| told.push(result.clone()));
    assert_eq!(told, results);
    results
}

fn one(text: &str) -> (CheckOutcome, String) {
    let result = results(text).remove(0);
    (result.outcome, result.found)
}

/// An `http` check of this server with these lines.
fn http(answers: &'static [&'static [u8]], lines: &str) -> (CheckOutcome, String) {
    let address = server(answers);
    one(&format!(
        "[[http]]\nname = \"a\"\nurl = \"http://{address}/x\"\n{lines}"
    ))
}

const PAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\nWelcome";
const BROKEN: &[u8] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
const JSON: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{\"a\":[{\"n\":3}],\"status\":\"ok\"}";

#[test]
fn an_answer_is_compared_with_what_is_expected() {
    use CheckOutcome::{Failed, Passed};
    assert_eq!(
        http(
            &[PAGE],
            "contains = [\"Welcome\"]\nexpect-headers = { content-type = \"html\" }\n"
        )
        .0,
        Passed
    );
    for (lines, found) in [
        ("status = [404]", "status 200"),
        ("contains = [\"Hello\"]", "no \"Hello\" in the body"),
        ("lacks = [\"Welcome\"]", "\"Welcome\" in the body"),
        ("expect-headers = { x-a = \"b\" }", "no header x-a"),
        (
            "expect-headers = { content-type = \"json\" }",
            "content-type: text/html",
        ),
        ("json = { \"$.a\" = 1 }", "the body is no JSON"),
    ] {
        assert_eq!(http(&[PAGE], lines), (Failed, found.to_owned()));
    }
    assert_eq!(
        http(
            &[JSON],
            "json = { \"$.a[0].n\" = 3, \"$.status\" = \"ok\" }"
        )
        .0,
        Passed
    );
    assert_eq!(
        http(&[JSON], "json = { \"$.status\" = \"bad\" }").1,
        "$.status = \"ok\""
    );
}

#[test]
fn flaky_is_told_apart_from_failed_and_passed() {
    let (outcome, found) = http(&[BROKEN, PAGE], "");
    assert_eq!(outcome, CheckOutcome::Flaky);
    assert_eq!(found, "status 200, 7 bytes; before: status 503");
    assert_eq!(
        http(&[BROKEN], ""),
        (CheckOutcome::Failed, "status 503".to_owned())
    );
}

#[test]
fn redirections_are_followed_as_far_as_allowed() {
    const MOVED: &[u8] = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        http(&[MOVED, PAGE], "redirects = 1\nstatus = [200]").0,
        CheckOutcome::Passed
    );
    assert_eq!(
        http(&[MOVED], "redirects = 3\nstatus = [200]").1,
        "status 302"
    );
    assert_eq!(http(&[MOVED], "").0, CheckOutcome::Passed);
}

#[test]
fn a_server_that_hangs_or_talks_nonsense_costs_no_more_than_the_time() {
    // An address of its own: when the port is given back, no other test's server takes it.
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = listener.local_addr().unwrap();
    let begun = Instant::now();
    let hang = format!(
        "retries = 0\n[[http]]\nname = \"a\"\nurl = \"http://{address}/\"\ntimeout = \"100ms\"\n"
    );
    let file = ChecksFile::parse("t", hang.as_bytes()).unwrap();
    let result = run(&file, &Place::here(), |_| {}).remove(0);
    assert_eq!(
        (result.outcome, result.found.as_str()),
        (CheckOutcome::Failed, "no answer in time")
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
    drop(listener);
    let refused = one(&format!("[[tcp]]\nname = \"a\"\naddress = \"{address}\"\n"));
    assert_eq!(
        refused,
        (CheckOutcome::Failed, "the connection is refused".to_owned())
    );
    assert_eq!(
        http(&[b"SSH-2.0-OpenSSH\r\n\r\n"], "").1,
        "this is no answer of HTTP"
    );
}

#[test]
fn a_server_that_drips_has_one_end_for_all_of_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // The head of an answer of PostgreSQL, and then a byte now and then.
                let _ = stream.write_all(b"E\0\0\x1f\0");
                while stream.write_all(b"C").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        }
    });
    let begun = Instant::now();
    for check in [
        format!("[[sql]]\nname = \"a\"\naddress = \"{address}\"\ndatabase = \"postgresql\"\n"),
        format!("[[tcp]]\nname = \"a\"\naddress = \"{address}\"\ncontains = \"never\"\n"),
        format!("[[http]]\nname = \"a\"\nurl = \"http://{address}/\"\n"),
        format!("[[http]]\nname = \"a\"\nurl = \"https://{address}/\"\n"),
    ] {
        assert_eq!(
            one(&format!("{check}timeout = \"200ms\"\n")).0,
            CheckOutcome::Failed
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn tcp_and_sql_servers_are_known_by_their_first_words() {
    let check = |answer: &'static [&'static [u8]], lines: &str| {
        let address = server(answer);
        one(&lines.replace("ADDRESS", &address.to_string()))
    };
    let tcp = "[[tcp]]\nname = \"a\"\naddress = \"ADDRESS\"\ncontains = \"SSH-2\"\n";
    assert_eq!(check(&[b"SSH-2.0-x\r\n"], tcp).0, CheckOutcome::Passed);
    assert_eq!(
        check(&[b"nothing"], tcp),
        (CheckOutcome::Failed, "nothing".to_owned())
    );
    let postgresql = "[[sql]]\nname = \"a\"\naddress = \"ADDRESS\"\ndatabase = \"postgresql\"\n";
    assert_eq!(
        check(&[b"R\0\0\0\x08\0\0\0\0"], postgresql).0,
        CheckOutcome::Passed
    );
    assert_eq!(
        check(&[b"E\0\0\0\x13C28000\0Mno user\0\0"], postgresql).0,
        CheckOutcome::Passed
    );
    let starting = check(&[b"E\0\0\0\x14C57P03\0Mstarting\0\0"], postgresql);
    assert_eq!(
        starting,
        (CheckOutcome::Failed, "starting (57P03)".to_owned())
    );
    assert_eq!(check(&[PAGE], postgresql).0, CheckOutcome::Failed);
    let mysql = "[[sql]]\nname = \"a\"\naddress = \"ADDRESS\"\ndatabase = \"mysql\"\n";
    let found = check(&[b"\x0b\0\0\0\x0a8.0.36\0\0\0\0"], mysql);
    assert_eq!(found, (CheckOutcome::Passed, "version 8.0.36".to_owned()));
    assert_eq!(
        check(&[b"\x0b\0\0\0\xff\x10\x04too many"], mysql).1,
        "too many"
    );
}

#[test]
fn a_name_server_is_asked() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            let mut answer = query[..length].to_vec();
            (answer[2], answer[7]) = (0x81, 1);
            answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1]);
            socket.send_to(&answer, from).unwrap();
        }
    });
    let check = |expect: &str| {
        one(&format!(
            "[[dns]]\nname = \"a\"\nserver = \"{address}\"\nquery = \"shop.example\"\nexpect = [\"{expect}\"]\n"
        ))
    };
    assert_eq!(
        check("192.0.2.1"),
        (CheckOutcome::Passed, "192.0.2.1".to_owned())
    );
    assert_eq!(check("192.0.2.2").0, CheckOutcome::Failed);
}

#[test]
fn commands_are_judged_bounded_and_killed_with_their_children() {
    let check =
        |run: &str, lines: &str| one(&format!("[[command]]\nname = \"a\"\nrun = {run}\n{lines}"));
    assert_eq!(check("['true']", "").0, CheckOutcome::Passed);
    assert_eq!(check("['false']", "exit = 1").0, CheckOutcome::Passed);
    assert_eq!(
        check("['sh', '-c', 'echo so; exit 3']", "").1,
        "exit status: 3: so"
    );
    assert_eq!(
        check("['echo', 'ready']", "contains = 'ready'").0,
        CheckOutcome::Passed
    );
    assert_eq!(
        check("['echo', 'error']", "lacks = 'error'").0,
        CheckOutcome::Failed
    );
    assert_eq!(
        check("['/no/such/program']", "").1,
        "there is no such program"
    );
    let begun = Instant::now();
    let hangs = check("['sh', '-c', 'sleep 60 & sleep 60']", "timeout = '100ms'");
    assert_eq!(hangs.1, "it did not end in time and was killed");
    assert_eq!(
        check("['sh', '-c', 'sleep 60 & echo done']", "contains = 'done'").0,
        CheckOutcome::Passed
    );
    let flood = check(
        "['sh', '-c', 'yes | head -c 20000000; echo end']",
        "lacks = 'end'\ntimeout = '10s'",
    );
    assert_eq!(
        flood.0,
        CheckOutcome::Passed,
        "what is beyond the limit is dropped"
    );
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn files_are_looked_at_within_the_root_of_the_place() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("a"), "hello").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.path().join("out")).unwrap();
    let place = Place {
        root: root.path().to_owned(),
        ..Place::here()
    };
    let check = |lines: &str| {
        let text = format!("retries = 0\n[[file]]\nname = \"a\"\n{lines}");
        let file = ChecksFile::parse("t", text.as_bytes()).unwrap();
        let result = run(&file, &place, |_| {}).remove(0);
        (result.outcome, result.found)
    };
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(
        check(&format!("path = '/a'\nsha256 = '{hash}'\ncontains = 'ell'")).0,
        CheckOutcome::Passed
    );
    assert_eq!(
        check("path = '/a'\ncontains = 'world'").1,
        "no \"world\" in it"
    );
    assert_eq!(check("path = '/a'\nmode = '0777'").0, CheckOutcome::Failed);
    assert_eq!(check("path = '/a'\nexists = false").1, "it is there");
    assert_eq!(check("path = '/b'\nexists = false").0, CheckOutcome::Passed);
    assert_eq!(
        check("path = '/../../etc/passwd'").1,
        "there is no such file"
    );
    assert_eq!(check("path = '/out'").1, "there is no such file");
}

#[test]
fn processes_are_counted_by_name() {
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let found = one("[[service]]\nname = \"a\"\nprocess = \"sleep\"\n");
    let none = one("[[service]]\nname = \"a\"\nprocess = \"no-such-process\"\n");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(found.0, CheckOutcome::Passed);
    assert_eq!(none.1, "0 processes named no-such-process");
}

#[test]
fn a_load_is_bounded_and_measured() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while let Ok(1..) = stream.read(&mut request) {
                    let _ = stream.write_all(PAGE);
                }
            });
        }
    });
    let text = format!(
        "[[load]]\nname = \"a\"\nurl = \"http://{address}/\"\nrequests = 500\nduration = \"10s\"\n"
    );
    let file = ChecksFile::parse("t", text.as_bytes()).unwrap();
    let sample = load::generate(&file.load[0]);
    assert_eq!(
        (sample.requests, sample.errors, sample.latencies.len()),
        (500, 0, 500)
    );
    assert!(sample.quantile(0.5) <= sample.quantile(0.99) && sample.throughput() > 0.0);
    let nobody = text.replace(&address.to_string(), "127.0.0.1:1");
    let file = ChecksFile::parse("t", nobody.as_bytes()).unwrap();
    let sample = load::generate(&file.load[0]);
    assert_eq!((sample.requests, sample.quantile(0.5)), (0, None));
    assert!(sample.errors <= 40);
}

/// The same real server on both sides: every metric is measured in every round, and judged.
#[test]
fn a_real_web_server_is_checked_loaded_and_compared_with_itself() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "Welcome").unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Command::new("python3")
        .args([
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            &port.to_string(),
        ])
        .current_dir(folder.path())
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn();
    let Ok(mut server) = server else {
        println!("skipped: no python3");
        return;
    };
    let url = format!("http://127.0.0.1:{port}/");
    let text = format!(
        "retries = 20\npause = '250ms'\n[[http]]\nname = 'a'\nurl = '{url}'\ncontains = ['Welcome']\n[[load]]\nname = 'b'\nurl = '{url}'\nrequests = 50\nduration = '1s'\n"
    );
    let file = ChecksFile::parse("t", text.as_bytes()).unwrap();
    let page = run(&file, &Place::here(), |_| {}).remove(0);
    let pids = [server.id()];
    let cpu = || Some(crate::cpu::of_processes(&Place::here(), &pids));
    let (mut one, mut two) = (load::generate, load::generate);
    let mut control = crate::Side {
        load: &mut one,
        cpu: &cpu,
    };
    let mut patched = crate::Side {
        load: &mut two,
        cpu: &cpu,
    };
    let compared = crate::compare(&file.load[0], &mut control, &mut patched, 7);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_ne!(page.outcome, CheckOutcome::Failed, "{}", page.found);
    assert_eq!(compared.len(), 4);
    for one in &compared {
        assert_eq!((one.control.len(), one.patched.len()), (5, 5), "{one:?}");
        assert!(one.low <= one.effect && one.effect <= one.high, "{one:?}");
    }
}

/// A server with a certificate for shop.example, made by openssl for a day.
#[test]
fn a_certificate_is_checked_for_name_time_and_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (folder.path().join("key"), folder.path().join("cert"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "10",
        ])
        .args([
            "-subj",
            "/CN=shop.example",
            "-addext",
            "subjectAltName=DNS:shop.example",
            "-keyout",
        ])
        .args([&key, std::path::Path::new("-out"), &certificate])
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        println!("skipped: openssl cannot make a certificate");
        return;
    }
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut server = Command::new("openssl")
        .args([
            "s_server",
            "-quiet",
            "-www",
            "-accept",
            &format!("127.0.0.1:{port}"),
            "-key",
        ])
        .args([&key, std::path::Path::new("-cert"), &certificate])
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(5);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let check = |host: &str, lines: &str| {
        one(&format!(
            "[[http]]\nname = \"a\"\nurl = \"https://127.0.0.1:{port}/\"\nhost = \"{host}\"\n{lines}"
        ))
    };
    let right = check("shop.example", "trusted = false\ndays-left = 5");
    let other = check("bank.example", "trusted = false");
    let soon = check("shop.example", "trusted = false\ndays-left = 20");
    let issuer = check("shop.example", "");
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(right.0, CheckOutcome::Passed, "{}", right.1);
    assert!(other.1.contains("certificate"), "{}", other.1);
    assert!(soon.1.contains("more days only"), "{}", soon.1);
    assert!(issuer.1.contains("certificate"), "{}", issuer.1);
    assert!([other.0, soon.0, issuer.0] == [CheckOutcome::Failed; 3]);
}
