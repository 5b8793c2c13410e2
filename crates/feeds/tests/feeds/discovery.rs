//! A CSAF provider is found by its bare domain: real TLS, with a proxy of our own in place of the name service.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use tempfile::TempDir;

use crate::memory::Subject;
use crate::mirror::{Mirror, csaf};
use crate::tls::{certificate, lines_of};

const PRESETS: &str = "PATCHWARD_TEST_PRESETS";
const DOMAIN: &str = "vendor.example";
const WELL_KNOWN: &str = "vendor.example/.well-known/csaf/provider-metadata.json";
const SECURITY_TXT: &str = "vendor.example/.well-known/security.txt";
const BY_DNS: &str = "csaf.data.security.vendor.example/";

/// Not a test of its own: what the others run, with the folder of presets that the environment names.
#[test]
fn child() {
    let Ok(presets) = std::env::var(PRESETS) else {
        return;
    };
    let mut subject = Subject::new("csaf", "/nonexistent");
    subject.config.mirror = Some(presets.clone());
    subject.config.csaf_providers = vec![DOMAIN.to_owned()];
    let outcome = subject.sync().unwrap();
    for problem in outcome.lost.into_iter().chain(outcome.problems) {
        if !problem.contains(&presets) {
            println!("problem: {problem}");
        }
    }
    println!(
        "records: {}",
        subject.memory.count(&format!("csaf/{DOMAIN}/white"))
    );
}

/// What answers for every host: pages by `host/path`, through a proxy that ends the TLS itself.
struct Web {
    proxy: String,
    asked: Arc<Mutex<Vec<String>>>,
}

type Pages = Vec<(String, String)>;

impl Web {
    fn start(folder: &Path, pages: Pages) -> Web {
        let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(stream, &config, &pages, &log);
            }
        });
        Web { proxy, asked }
    }
}

/// Answers one `CONNECT` and one request in it.
fn serve(
    mut stream: TcpStream,
    config: &Arc<ServerConfig>,
    pages: &Pages,
    log: &Mutex<Vec<String>>,
) -> Option<()> {
    let host = target(&mut stream)?.strip_suffix(":443")?.to_owned();
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let connection = ServerConnection::new(Arc::clone(config)).ok()?;
    let mut inside = StreamOwned::new(connection, stream);
    let place = host + &target(&mut inside)?;
    log.lock().ok()?.push(place.clone());
    let page = pages.iter().find(|(at, _)| *at == place);
    let (status, body) = page.map_or((404, ""), |(_, body)| (200, body));
    let head = format!(
        "HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    inside.write_all(head.as_bytes()).ok()?;
    inside.write_all(body.as_bytes()).ok()?;
    inside.conn.send_close_notify();
    inside.flush().ok()
}

/// The target of a request; its headers are read and forgotten.
fn target(stream: &mut impl Read) -> Option<String> {
    // One byte at a time: nothing of what follows the headers may be taken.
    let mut lines = BufReader::with_capacity(1, stream).lines();
    let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    lines
        .map_while(Result::ok)
        .find(String::is_empty)
        .map(|_| target)
}

fn metadata() -> String {
    json!({"canonical_url": "https://vendor.example/pmd.json", "metadata_version": "2.0", "last_updated": "2026-01-01T00:00:00Z",
        "distributions": [{"directory_url": "https://vendor.example/white/"}], "role": "csaf_provider",
        "publisher": {"category": "vendor", "name": "Example", "namespace": "https://vendor.example"}})
    .to_string()
}

/// What a run prints where the metadata lies at these places, and which places it asked for.
fn found(metadata_at: &[&str], security_txt: Option<&str>) -> Option<(Vec<String>, Vec<String>)> {
    let folder = TempDir::new().unwrap();
    if !certificate(
        folder.path(),
        "DNS:vendor.example,DNS:csaf.data.security.vendor.example",
    ) {
        return None;
    }
    let presets = Mirror::new();
    presets.write("csaf-redhat/data/csaf/v2/vex/changes.csv", "");
    let mut pages = vec![
        (
            "vendor.example/white/changes.csv".to_owned(),
            "\"a.json\",\"2026-01-01T00:00:00Z\"\n".to_owned(),
        ),
        ("vendor.example/white/a.json".to_owned(), csaf("A", "first")),
    ];
    pages.extend(metadata_at.iter().map(|at| (at.to_string(), metadata())));
    pages.extend(security_txt.map(|text| (SECURITY_TXT.to_owned(), text.to_owned())));
    let web = Web::start(folder.path(), pages);
    let certificate = folder.path().join("cert.pem");
    let lines = lines_of(
        "discovery::child",
        &[
            (PRESETS, presets.location()),
            ("HTTPS_PROXY", &web.proxy),
            ("SSL_CERT_FILE", certificate.to_str().unwrap()),
        ],
    );
    let told = |line: &String| line.starts_with("problem: ") || line.starts_with("records: ");
    let asked = web.asked.lock().unwrap().clone();
    Some((lines.into_iter().filter(told).collect(), asked))
}

#[test]
fn a_provider_is_found_by_its_domain_under_well_known() {
    let Some((told, asked)) = found(&[WELL_KNOWN], None) else {
        return;
    };
    assert_eq!(told, ["records: 1"]);
    assert_eq!(asked[0], WELL_KNOWN);
    assert!(!asked.contains(&BY_DNS.to_owned()), "{asked:?}");
}

#[test]
fn a_provider_is_found_by_security_txt() {
    let text = "Contact: mailto:security@vendor.example\nCSAF: https://vendor.example/pmd.json\n";
    let Some((told, asked)) = found(&["vendor.example/pmd.json"], Some(text)) else {
        return;
    };
    assert_eq!(told, ["records: 1"]);
    assert_eq!(
        asked[..3],
        [WELL_KNOWN, SECURITY_TXT, "vendor.example/pmd.json"]
    );
}

#[test]
fn a_provider_is_found_by_its_dns_name_last() {
    let Some((told, asked)) = found(&[BY_DNS], None) else {
        return;
    };
    assert_eq!(told, ["records: 1"]);
    assert_eq!(asked[..3], [WELL_KNOWN, SECURITY_TXT, BY_DNS]);
}

#[test]
fn a_domain_without_a_provider_is_told() {
    let Some((told, asked)) = found(&[], None) else {
        return;
    };
    assert!(
        told.len() == 2 && told[0].contains("no provider-metadata.json"),
        "{told:?}"
    );
    assert_eq!(asked, [WELL_KNOWN, SECURITY_TXT, BY_DNS]);
}
