//! CSAF providers: by folder and by ROLIE, with hashes and signatures, and with bad intentions.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;
use sha2::{Digest, Sha512};
use tempfile::TempDir;

use crate::memory::Subject;
use crate::mirror::{Mirror, csaf};
use crate::server::{Answer, Server, from_folder};

const DAY: &str = "2026-01-01T00:00:00Z";

/// A provider's folder and the server of it; `@BASE@` in documents is the server's address.
struct Provider {
    mirror: Mirror,
    server: Server,
}

impl Provider {
    fn new() -> Provider {
        let mirror = Mirror::new();
        let root = mirror.path().to_owned();
        let base = Arc::new(Mutex::new(String::new()));
        let known = Arc::clone(&base);
        let server = Server::new(move |request, _| {
            let mut answer = from_folder(&root, request);
            if let Ok(text) = String::from_utf8(answer.body.clone()) {
                answer.body = text.replace("@BASE@", &known.lock().unwrap()).into_bytes();
            }
            answer
        });
        base.lock().unwrap().push_str(&server.base);
        Provider { mirror, server }
    }

    fn metadata(&self, distributions: serde_json::Value, keys: serde_json::Value) {
        let metadata = json!({"canonical_url": "@BASE@/pmd.json", "distributions": distributions, "last_updated": DAY,
            "metadata_version": "2.0", "public_openpgp_keys": keys, "role": "csaf_trusted_provider",
            "publisher": {"category": "vendor", "name": "Example", "namespace": "https://vendor.example"}});
        self.mirror.write("pmd.json", metadata.to_string());
    }

    fn document(&self, path: &str, id: &str, title: &str) -> String {
        let document = csaf(id, title);
        self.mirror.write(path, &document);
        self.mirror.write(
            &format!("{path}.sha512"),
            format!("{}  x\n", hex(&document)),
        );
        document
    }

    fn changes(&self, rows: &[(&str, &str)]) {
        let rows: String = rows
            .iter()
            .map(|(path, time)| format!("\"{path}\",\"{time}\"\n"))
            .collect();
        self.mirror.write("white/changes.csv", rows);
    }

    /// The feed with this provider.
    fn subject(&self) -> Subject {
        let mut subject = Subject::new("csaf", "/nonexistent");
        subject.config.csaf_providers = vec![format!("{}/pmd.json", self.server.base)];
        subject
    }

    fn label(&self) -> String {
        format!(
            "csaf/{}/white",
            self.server.base.trim_start_matches("http://")
        )
    }
}

fn hex(text: &str) -> String {
    Sha512::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The problems of the provider. Of the presets one has an empty list and the others nothing.
fn problems(subject: &mut Subject) -> Vec<String> {
    let presets = Mirror::new();
    presets.write("csaf-redhat/data/csaf/v2/vex/changes.csv", "");
    subject.config.mirror = Some(presets.location().to_owned());
    let preset = presets.location();
    let outcome = subject.sync().unwrap();
    let told = outcome.lost.into_iter().chain(outcome.problems);
    told.filter(|problem| !problem.contains(preset)).collect()
}

fn folder() -> Provider {
    let provider = Provider::new();
    provider.metadata(json!([{"directory_url": "@BASE@/white/"}]), json!([]));
    provider.document("white/2026/a.json", "A", "first");
    provider.changes(&[("2026/a.json", DAY)]);
    provider
}

#[test]
fn a_folder_is_followed_by_its_changes() {
    let provider = folder();
    let mut subject = provider.subject();
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.keys(&provider.label()), ["A"]);
    provider.server.forget();
    assert!(problems(&mut subject).is_empty());
    assert_eq!(
        provider.server.requests().len(),
        3,
        "metadata, deletions and changes"
    );

    provider.document("white/2026/b.json", "B", "second");
    provider.changes(&[("2026/b.json", DAY), ("2026/a.json", DAY)]);
    assert!(problems(&mut subject).is_empty());
    assert_eq!(
        subject.memory.keys(&provider.label()),
        ["A", "B"],
        "the same second is not lost"
    );
}

#[test]
fn a_wrong_hash_is_refused_until_it_is_mended() {
    let provider = folder();
    provider
        .mirror
        .write("white/2026/a.json", csaf("A", "forged"));
    let mut subject = provider.subject();
    for _ in 0..2 {
        let told = problems(&mut subject);
        assert!(
            told.len() == 1 && told[0].contains("its hash is"),
            "{told:?}"
        );
        assert_eq!(subject.memory.total(), 0);
    }
    provider.document("white/2026/a.json", "A", "mended");
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.keys(&provider.label()), ["A"]);
}

#[test]
fn what_was_done_counts_when_the_server_dies() {
    let provider = folder();
    provider.document("white/2026/b.json", "B", "second");
    provider.changes(&[
        ("2026/b.json", "2026-01-02T00:00:00Z"),
        ("2026/a.json", DAY),
    ]);
    let root = provider.mirror.path().to_owned();
    let dying = Arc::new(Mutex::new(true));
    let dies = Arc::clone(&dying);
    let server = Server::new(move |request, _| {
        match request.target.ends_with("b.json") && *dies.lock().unwrap() {
            true => Answer::status(429).with("Retry-After", "3600"),
            false => from_folder(&root, request),
        }
    });
    provider.metadata(
        json!([{"directory_url": format!("{}/white/", server.base)}]),
        json!([]),
    );
    let mut subject = provider.subject();
    assert_eq!(problems(&mut subject).len(), 1);
    assert_eq!(subject.memory.total(), 1);
    *dying.lock().unwrap() = false;
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.total(), 2);
}

#[test]
fn a_document_that_the_provider_took_away_is_gone_until_it_comes_back() {
    let provider = folder();
    provider.document("white/2026/b.json", "B", "second");
    provider.changes(&[("2026/b.json", DAY), ("2026/a.json", DAY)]);
    let mut subject = provider.subject();
    assert!(problems(&mut subject).is_empty());
    let label = provider.label();
    assert_eq!(subject.memory.keys(&label), ["A", "B"]);

    let deletions = |rows: &str| provider.mirror.write("white/deletions.csv", rows);
    deletions("\"2026/a.json\",\"2026-01-02T00:00:00Z\"\n");
    provider.changes(&[("2026/b.json", DAY)]);
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.keys(&label), ["B"]);

    let later = "2026-01-03T00:00:00Z";
    provider.changes(&[("2026/a.json", later), ("2026/b.json", DAY)]);
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.keys(&label), ["A", "B"]);
    // A later deletion does not repeat the earlier one.
    deletions(
        "\"2026/b.json\",\"2026-01-04T00:00:00Z\"\n\"2026/a.json\",\"2026-01-02T00:00:00Z\"\n",
    );
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.keys(&label), ["A"]);
}

#[test]
fn a_preset_is_checked_by_the_keys_that_its_metadata_names() {
    if !have("gpgv") {
        return;
    }
    let provider = Provider::new();
    let base = "csaf-redhat/data/csaf/v2";
    provider.document(&format!("{base}/vex/2026/a.json"), "A", "unsigned");
    let changes = format!("\"2026/a.json\",\"{DAY}\"\n");
    provider
        .mirror
        .write(&format!("{base}/vex/changes.csv"), changes);
    let metadata = |keys| {
        json!({"canonical_url": "@BASE@/pmd.json", "distributions": [], "last_updated": DAY,
            "metadata_version": "2.0", "public_openpgp_keys": keys, "role": "csaf_trusted_provider",
            "publisher": {"category": "vendor", "name": "Example", "namespace": "https://vendor.example"}})
    };
    let place = format!("{base}/provider-metadata.json");
    let key =
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\naGVsbG8=\n-----END PGP PUBLIC KEY BLOCK-----\n";
    provider.mirror.write("key.asc", key);
    let named = metadata(json!([{"url": "@BASE@/key.asc"}]));
    provider.mirror.write(&place, named.to_string());
    let mut subject = Subject::new("csaf", &provider.server.base);
    let told = subject.sync().unwrap().problems;
    assert!(
        told.iter().any(|told| told.contains("a.json.asc")),
        "the signature is asked for: {told:?}"
    );
    assert_eq!(subject.memory.total(), 0);

    provider
        .mirror
        .write(&place, metadata(json!([])).to_string());
    subject.sync().unwrap();
    assert_eq!(subject.memory.total(), 1, "without keys the hash counts");
}

fn rolie(provider: &Provider, entries: serde_json::Value) {
    provider.metadata(
        json!([{"rolie": {"feeds": [
        {"url": "@BASE@/white/feed.json", "tlp_label": "WHITE"},
        {"url": "@BASE@/amber/feed.json", "tlp_label": "AMBER"}]}},
        {"directory_url": "@BASE@/white/"}]),
        json!([]),
    );
    provider.mirror.write(
        "white/feed.json",
        json!({"feed": {"id": "f", "entry": entries}}).to_string(),
    );
}

fn entry(address: &str) -> serde_json::Value {
    json!({"id": address, "updated": DAY, "content": {"src": address, "type": "application/json"},
           "link": [{"rel": "self", "href": address}, {"rel": "hash", "href": format!("{address}.sha512")}]})
}

#[test]
fn a_rolie_feed_is_preferred_and_closed_ones_left_alone() {
    let provider = folder();
    provider.document("white/2026/b.json", "B", "second");
    rolie(&provider, json!([entry("@BASE@/white/2026/b.json")]));
    let mut subject = provider.subject();
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.total(), 1);
    let asked = provider.server.requests();
    assert!(
        !asked
            .iter()
            .any(|r| r.target.contains("amber") || r.target.contains("changes"))
    );
}

#[test]
fn a_provider_never_makes_us_read_files() {
    let provider = folder();
    let secret = TempDir::new().unwrap();
    let path = secret.path().join("secret.json");
    std::fs::write(&path, csaf("SECRET", "ours")).unwrap();
    let file = format!("file://{}", path.display());
    let plain = path.display().to_string();
    rolie(
        &provider,
        json!([entry(&file), entry(&plain), entry("../../../../etc/passwd")]),
    );
    let mut subject = provider.subject();
    assert_eq!(problems(&mut subject).len(), 3);
    assert_eq!(subject.memory.total(), 0);
    for place in [&file, &plain] {
        provider.metadata(json!([{"directory_url": place}]), json!([]));
        let told = problems(&mut provider.subject());
        assert!(told[0].contains("begin with https"), "{told:?}");
        provider.metadata(
            json!([{"rolie": {"feeds": [{"url": place, "tlp_label": "WHITE"}]}}]),
            json!([]),
        );
        assert_eq!(problems(&mut provider.subject()).len(), 1);
    }
    provider.metadata(json!([{"directory_url": "@BASE@/white/"}]), json!([]));
    provider.changes(&[
        ("../../../../../etc/passwd.json", DAY),
        ("/etc/x.json", DAY),
    ]);
    assert_eq!(problems(&mut provider.subject()).len(), 2);
}

fn have(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

fn gpg(home: &Path, arguments: &[&str]) {
    let run = Command::new("gpg")
        .args([
            "--homedir",
            home.to_str().unwrap(),
            "--batch",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

/// The fingerprint of the one key in a keyring.
fn fingerprint(home: &Path) -> String {
    let listed = Command::new("gpg")
        .args(["--homedir", home.to_str().unwrap(), "--with-colons"])
        .arg("--list-keys")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("fpr:")).unwrap();
    line.split(':').nth(9).unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn a_signature_must_be_of_a_key_that_the_provider_names() {
    use std::os::unix::fs::PermissionsExt;
    if !have("gpg") || !have("gpgv") {
        return;
    }
    let provider = folder();
    let root = provider.mirror.path();
    let homes: Vec<_> = ["good@vendor.example", "evil@vendor.example"]
        .iter()
        .map(|name| {
            let home = TempDir::new().unwrap();
            std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
            gpg(
                home.path(),
                &["--quick-generate-key", name, "ed25519", "sign", "never"],
            );
            home
        })
        .collect();
    let key = root.join("key.asc");
    gpg(
        homes[0].path(),
        &[
            "--armor",
            "--yes",
            "--output",
            key.to_str().unwrap(),
            "--export",
        ],
    );
    let keys = json!([{"url": "@BASE@/key.asc"}]);
    provider.metadata(json!([{"directory_url": "@BASE@/white/"}]), keys);
    let document = root.join("white/2026/a.json");
    let sign = |home: &Path| {
        gpg(
            home,
            &[
                "--armor",
                "--yes",
                "--detach-sign",
                document.to_str().unwrap(),
            ],
        );
    };

    let told = problems(&mut provider.subject());
    assert!(
        told.len() == 1 && told[0].contains("404"),
        "no signature: {told:?}"
    );
    sign(homes[1].path());
    let told = problems(&mut provider.subject());
    assert!(
        told.len() == 1 && told[0].contains("signature is not good"),
        "{told:?}"
    );
    sign(homes[0].path());
    let mut subject = provider.subject();
    assert!(problems(&mut subject).is_empty());
    assert_eq!(subject.memory.total(), 1);
    let keys = json!([{"fingerprint": fingerprint(homes[1].path()), "url": "@BASE@/key.asc"}]);
    provider.metadata(json!([{"directory_url": "@BASE@/white/"}]), keys);
    let told = problems(&mut provider.subject());
    assert!(
        told.len() == 1 && told[0].contains("metadata names"),
        "{told:?}"
    );
    let keys = json!([{"fingerprint": fingerprint(homes[0].path()), "url": "@BASE@/key.asc"}]);
    provider.metadata(json!([{"directory_url": "@BASE@/white/"}]), keys);
    assert!(problems(&mut provider.subject()).is_empty());
    for home in &homes {
        let _ = Command::new("gpgconf")
            .args(["--homedir", home.path().to_str().unwrap(), "--kill", "all"])
            .status();
    }
}
