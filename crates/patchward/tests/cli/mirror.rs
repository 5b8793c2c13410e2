//! A mirror of the feeds with a handful of invented advisories, in the publishers' layout.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The feeds that the mirror holds.
pub const FEEDS: [&str; 5] = ["kev", "epss", "debian-tracker", "debian-lists", "osv"];

const CRITICAL: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const HIGH: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
const MEDIUM: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N";
const LOW: &str = "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N";

/// A record in OSV's format.
pub struct Osv {
    ecosystem: &'static str,
    record: Value,
}

impl Osv {
    /// A flaw of all versions of a package.
    pub fn new(id: &str, ecosystem: &'static str, package: &str, summary: &str) -> Osv {
        Osv {
            ecosystem,
            record: json!({
                "schema_version": "1.6.0", "id": id, "summary": summary, "details": format!("{summary}, at length."),
                "published": "2026-05-01T00:00:00Z", "modified": "2026-05-02T00:00:00Z",
                "affected": [{
                    "package": {"ecosystem": ecosystem, "name": package},
                    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
                }],
                "references": [{"type": "ADVISORY", "url": format!("https://advisories.example/{id}")}],
            }),
        }
    }

    /// It has these other ids.
    pub fn alias(mut self, id: &str) -> Osv {
        self.record["aliases"] = json!([id]);
        self
    }

    /// The version that mends it.
    pub fn fixed(mut self, version: &str) -> Osv {
        self.record["affected"][0]["ranges"][0]["events"] =
            json!([{"introduced": "0"}, {"fixed": version}]);
        self
    }

    /// How severe it is.
    pub fn severity(mut self, vector: &str) -> Osv {
        self.record["severity"] = json!([{"type": "CVSS_V3", "score": vector}]);
        self
    }

    /// Its publisher took it back.
    pub fn withdrawn(mut self) -> Osv {
        self.record["withdrawn"] = json!("2026-05-02T00:00:00Z");
        self
    }

    /// When it last changed.
    pub fn modified(mut self, time: &str) -> Osv {
        self.record["modified"] = json!(time);
        self
    }

    fn text(&self, field: &str) -> &str {
        self.record[field].as_str().unwrap()
    }
}

fn records() -> Vec<Osv> {
    let cargo = "crates.io";
    vec![
        Osv::new(
            "TEST-2026-1",
            cargo,
            "pocketwatch",
            "The watch shows its memory to strangers",
        )
        .alias("CVE-2026-90001")
        .fixed("1.2.3")
        .severity(CRITICAL),
        Osv::new(
            "TEST-2026-2",
            "npm",
            "leftish-pad",
            "Padding that is too long is run as a script",
        )
        .alias("CVE-2026-90002")
        .fixed("2.0.0")
        .severity(MEDIUM),
        Osv::new("TEST-2026-3", "npm", "no-remedy", "Nobody mends this").severity(LOW),
        Osv::new(
            "TEST-2026-4",
            "npm",
            "dev-gadget",
            "The gadget stops for ever",
        )
        .fixed("1.1.0")
        .severity(HIGH),
        Osv::new("TEST-2026-5", cargo, "pocketwatch", "It was no flaw")
            .fixed("9.0.0")
            .severity(HIGH)
            .withdrawn(),
        Osv::new("TEST-2026-6", cargo, "elsewhere", "In nothing that we have")
            .fixed("1.0.0")
            .severity(HIGH),
    ]
}

/// An advisory that comes later, on a package that the tree has.
pub fn later() -> Osv {
    Osv::new(
        "TEST-2026-7",
        "npm",
        "leftish-pad",
        "A second hole in the padding",
    )
    .fixed("2.1.0")
    .severity(HIGH)
    .modified("2026-06-01T00:00:00Z")
}

/// Writes the whole mirror.
pub fn write(folder: &Path) {
    write_osv(folder, &records());
    put(folder, "kev/known_exploited_vulnerabilities.json", json!({
        "title": "Catalogue", "catalogVersion": "2026.05.03", "dateReleased": "2026-05-03T00:00:00Z", "count": 1,
        "vulnerabilities": [{
            "cveID": "CVE-2026-90001", "vendorProject": "Watches", "product": "Pocketwatch",
            "vulnerabilityName": "Pocketwatch memory", "dateAdded": "2026-05-03", "shortDescription": "x",
            "requiredAction": "Upgrade", "dueDate": "2026-05-24", "knownRansomwareCampaignUse": "Known", "notes": "",
        }],
    }).to_string().as_bytes());
    let scores = "#model_version:v2025.03.14,score_date:2026-05-04T12:00:00Z\ncve,epss,percentile\n\
                  CVE-2026-90001,0.91000,0.99000\nCVE-2026-90002,0.02000,0.40000\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(scores.as_bytes()).unwrap();
    put(
        folder,
        "epss/epss_scores-current.csv.gz",
        &gzip.finish().unwrap(),
    );
    put(folder, "debian/tracker/data/json", json!({"libmaple": {
        "CVE-2026-90010": {"description": "libmaple reads behind its leaf", "releases": {"bookworm": {
            "status": "resolved", "repositories": {"bookworm": "1.0-2", "bookworm-security": "1.0-2+deb12u1"},
            "fixed_version": "1.0-2+deb12u1", "urgency": "not yet assigned",
        }}},
        "CVE-2026-90011": {"description": "libmaple is slow in autumn", "releases": {"bookworm": {
            "status": "open", "repositories": {"bookworm": "1.0-2"}, "urgency": "unimportant",
        }}},
    }}).to_string().as_bytes());
    let lists = "debian/security-tracker-team/security-tracker/-/raw/master/data";
    let dsa = "[04 May 2026] DSA-9001-1 libmaple - security update\n\t{CVE-2026-90010}\n\
               \t[bookworm] - libmaple 1.0-2+deb12u1\n";
    put(folder, &format!("{lists}/DSA/list"), dsa.as_bytes());
    let dla = "[02 Apr 2020] DLA-9001-1 oldtown - security update\n\t[jessie] - oldtown 3.1-1\n";
    put(folder, &format!("{lists}/DLA/list"), dla.as_bytes());
}

/// Adds one more record to the OSV bucket, as its publisher does.
pub fn publish(folder: &Path, record: Osv) {
    publish_all(folder, vec![record]);
}

/// Adds more records to the OSV bucket.
pub fn publish_all(folder: &Path, more: Vec<Osv>) {
    let mut all = records();
    all.extend(more);
    write_osv(folder, &all);
}

fn write_osv(folder: &Path, records: &[Osv]) {
    let mut ecosystems: Vec<&str> = records.iter().map(|record| record.ecosystem).collect();
    ecosystems.sort_unstable();
    ecosystems.dedup();
    put(
        folder,
        "osv/ecosystems.txt",
        ecosystems.join("\n").as_bytes(),
    );
    for ecosystem in ecosystems {
        let of_it: Vec<&Osv> = records
            .iter()
            .filter(|record| record.ecosystem == ecosystem)
            .collect();
        let base = format!("osv/{ecosystem}");
        let path = made(folder, &format!("{base}/all.zip"));
        let mut zip = ZipWriter::new(File::create(path).unwrap());
        for record in &of_it {
            let id = record.text("id");
            zip.start_file(format!("{id}.json"), SimpleFileOptions::default())
                .unwrap();
            zip.write_all(record.record.to_string().as_bytes()).unwrap();
            put(
                folder,
                &format!("{base}/{id}.json"),
                record.record.to_string().as_bytes(),
            );
        }
        zip.finish().unwrap();
        let mut rows: Vec<String> = of_it
            .iter()
            .map(|record| format!("{},{}", record.text("modified"), record.text("id")))
            .collect();
        rows.sort_by(|a, b| b.cmp(a));
        put(
            folder,
            &format!("{base}/modified_id.csv"),
            (rows.join("\n") + "\n").as_bytes(),
        );
    }
}

/// Records enough that an update takes a while: an ecosystem of `count` packages with a flaw each.
pub fn write_large(folder: &Path, count: usize) {
    put(folder, "osv/ecosystems.txt", b"PyPI\ncrates.io\nnpm\n");
    let path = made(folder, "osv/PyPI/all.zip");
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let mut rows = String::new();
    for number in 0..count {
        let mut osv = Osv::new(
            &format!("TEST-2026-{}", 10_000 + number),
            "PyPI",
            "",
            "One of many",
        )
        .fixed("1.0.0");
        osv.record["affected"][0]["package"]["name"] = json!(format!("many-{number}"));
        zip.start_file(format!("{number}.json"), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(osv.record.to_string().as_bytes()).unwrap();
        rows += &format!("2026-05-02T00:00:00Z,{}\n", osv.text("id"));
    }
    zip.finish().unwrap();
    put(folder, "osv/PyPI/modified_id.csv", rows.as_bytes());
}

fn made(folder: &Path, path: &str) -> PathBuf {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

fn put(folder: &Path, path: &str, bytes: &[u8]) {
    fs::write(made(folder, path), bytes).unwrap();
}
