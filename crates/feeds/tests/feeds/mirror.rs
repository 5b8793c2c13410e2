//! A small mirror of our own, written by the test.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// A folder laid out as the publishers' hosts are.
pub struct Mirror {
    folder: TempDir,
}

impl Mirror {
    pub fn new() -> Mirror {
        Mirror {
            folder: TempDir::new().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn location(&self) -> &str {
        self.path().to_str().unwrap()
    }

    /// Writes a document.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Removes a document.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path().join(path)).unwrap();
    }

    /// An OSV ecosystem: its archive, its list, and each record (id, time of the change).
    pub fn osv(&self, ecosystem: &str, records: &[(&str, &str)]) {
        let files: Vec<_> = records
            .iter()
            .map(|(id, modified)| (format!("{id}.json"), osv_record(id, modified)))
            .collect();
        for (name, record) in &files {
            self.write(&format!("osv/{ecosystem}/{name}"), record);
        }
        self.write(&format!("osv/{ecosystem}/all.zip"), zip(&files));
        let mut list = records.to_vec();
        list.sort_by(|a, b| b.1.cmp(a.1));
        let list: String = list
            .iter()
            .map(|(id, modified)| format!("{modified},{id}\n"))
            .collect();
        self.write(&format!("osv/{ecosystem}/modified_id.csv"), list);
    }
}

/// A catalogue of exploited vulnerabilities, long enough to be cut.
pub fn kev(ids: impl IntoIterator<Item = String>) -> Vec<u8> {
    let entries: Vec<Value> = ids
        .into_iter()
        .map(|id| {
            json!({"cveID": id, "vendorProject": "Example", "product": "Widget", "vulnerabilityName": "flaw",
                   "dateAdded": "2026-01-02", "shortDescription": "x".repeat(200), "requiredAction": "update",
                   "dueDate": "2026-01-23", "knownRansomwareCampaignUse": "Unknown", "notes": ""})
        })
        .collect();
    json!({"title": "catalogue", "catalogVersion": "2026.01.02", "dateReleased": "2026-01-02T00:00:00Z",
           "count": entries.len(), "vulnerabilities": entries})
    .to_string()
    .into_bytes()
}

/// An OSV record of an npm package.
pub fn osv_record(id: &str, modified: &str) -> String {
    json!({"schema_version": "1.7.0", "id": id, "modified": modified, "summary": format!("changed {modified}"),
           "affected": [{"package": {"ecosystem": "npm", "name": "widget"},
                         "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}]}]})
    .to_string()
}

/// A CVE record.
pub fn cve_record(id: &str, title: &str) -> String {
    json!({"dataType": "CVE_RECORD", "dataVersion": "5.1",
           "cveMetadata": {"cveId": id, "state": "PUBLISHED", "assignerShortName": "example"},
           "containers": {"cna": {"title": title, "providerMetadata": {"orgId": "0", "shortName": "example"},
                          "descriptions": [{"lang": "en", "value": title}], "affected": []}}})
    .to_string()
}

/// A CSAF document.
pub fn csaf(id: &str, title: &str) -> String {
    json!({"document": {"category": "csaf_vex", "csaf_version": "2.0", "title": title,
                        "publisher": {"category": "vendor", "name": "Example", "namespace": "https://vendor.example"},
                        "tracking": {"id": id, "status": "final", "version": "1",
                                     "initial_release_date": "2026-01-01T00:00:00Z",
                                     "current_release_date": "2026-01-01T00:00:00Z",
                                     "revision_history": []}},
           "product_tree": {"full_product_names": [{"product_id": "P", "name": "Widget",
                            "product_identification_helper": {"purl": "pkg:rpm/example/widget@1.0"}}]},
           "vulnerabilities": [{"cve": "CVE-2026-0001", "product_status": {"known_affected": ["P"]}}]})
    .to_string()
}

/// A zip of files.
pub fn zip<N: AsRef<str>, C: AsRef<[u8]>>(files: &[(N, C)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(name.as_ref(), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_ref()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Compressed with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
