//! Certificates and proxies from the environment. Each case runs this program again with its own environment.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::memory::Subject;
use crate::mirror::kev;
use crate::server::{Answer, Server};

const MIRROR: &str = "PATCHWARD_TEST_MIRROR";

/// Not a test of its own: what the others run, with the mirror that the environment names.
#[test]
fn child() {
    let Ok(mirror) = std::env::var(MIRROR) else {
        return;
    };
    let mut subject = Subject::new("kev", &mirror);
    subject.config.timeout = Duration::from_secs(20);
    match subject.sync() {
        Ok(outcome) => println!("outcome: {} records", outcome.records),
        Err(error) => println!("outcome: {error}"),
    }
}

/// The outcome of a feed from `mirror` in this environment.
fn outcome(mirror: &str, environment: &[(&str, &str)]) -> String {
    let environment = [environment, &[(MIRROR, mirror)]].concat();
    let lines = lines_of("tls::child", &environment);
    let line = lines.iter().find_map(|line| line.split_once("outcome: "));
    line.map(|(_, outcome)| outcome.to_owned())
        .unwrap_or_default()
}

/// What a test of this program prints in this environment, without the machine's own proxies and certificates.
pub fn lines_of(test: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    for name in [
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "SSL_CERT_DIR",
    ] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.envs(environment.iter().copied());
    let output = command.stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::to_owned).collect()
}

/// Writes `cert.pem` and `key.pem` of a server with these names; tells where openssl cannot.
pub fn certificate(folder: &Path, names: &str) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "3"])
        .args([
            "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=test",
        ])
        .args(["-addext", &format!("subjectAltName={names}")])
        .args(["-addext", "extendedKeyUsage=serverAuth"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status();
    let made = made.is_ok_and(|status| status.success());
    if !made {
        println!("skipped: openssl is not installed");
    }
    made
}

/// A server with a certificate of its own.
struct Tls {
    folder: TempDir,
    base: String,
    child: Child,
}

impl Tls {
    fn start() -> Option<Tls> {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir_all(folder.path().join("kev")).unwrap();
        let document = kev(["CVE-2026-0001".to_owned()]);
        std::fs::write(
            folder
                .path()
                .join("kev/known_exploited_vulnerabilities.json"),
            document,
        )
        .unwrap();
        if !certificate(folder.path(), "DNS:localhost,IP:127.0.0.1") {
            return None;
        }
        let mut child = Command::new("openssl")
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                "cert.pem",
                "-key",
                "key.pem",
                "-WWW",
            ])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let lines = BufReader::new(child.stdout.take()?)
            .lines()
            .map_while(Result::ok);
        let place = lines
            .into_iter()
            .find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
        let Some(place) = place else {
            println!("skipped: openssl s_server does not tell its port");
            return None;
        };
        Some(Tls {
            base: format!("https://{place}"),
            folder,
            child,
        })
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_certificate_is_trusted_only_if_the_environment_says_so() {
    let Some(server) = Tls::start() else { return };
    let certificate = server.folder.path().join("cert.pem");
    let own = [("SSL_CERT_FILE", certificate.to_str().unwrap())];
    assert_eq!(outcome(&server.base, &own), "1 records");
    let refused = outcome(&server.base, &[]);
    assert!(refused.starts_with("reach https://"), "{refused}");
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let refusing = "http://someone:secret@127.0.0.1:1";
    let failed = outcome("https://feeds.example", &[("HTTPS_PROXY", refusing)]);
    assert!(
        failed.contains("refused") && failed.contains("by the proxy 127.0.0.1:1"),
        "{failed}"
    );
    assert!(!failed.contains("secret"), "{failed}");
}

#[test]
fn a_proxy_is_used_where_the_environment_names_one() {
    let proxy = Server::new(|_, _| Answer::status(418));
    for name in ["HTTPS_PROXY", "ALL_PROXY"] {
        proxy.forget();
        let failed = outcome("https://feeds.example", &[(name, &proxy.base)]);
        let named = format!("by the proxy {}", proxy.base.replace("http://", ""));
        assert!(
            failed.starts_with("reach") && failed.contains(&named),
            "{failed}"
        );
        let asked: Vec<_> = proxy.requests().into_iter().map(|r| r.target).collect();
        assert!(
            !asked.is_empty() && asked.iter().all(|t| t == "feeds.example:443"),
            "{asked:?}"
        );
    }
    let direct = Server::new(|_, _| Answer::ok(kev(["CVE-2026-0001".to_owned()])));
    proxy.forget();
    let environment = [
        ("ALL_PROXY", proxy.base.as_str()),
        ("NO_PROXY", "127.0.0.1"),
    ];
    assert_eq!(outcome(&direct.base, &environment), "1 records");
    assert!(proxy.requests().is_empty());
}
