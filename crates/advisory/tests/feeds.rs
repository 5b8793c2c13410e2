//! Every file of the recorded feeds through the reader of its format: the counts that upstream states, and no problem
//! that is not explained here. `cargo test -p patchward-advisory --release --test feeds -- --nocapture` prints rates.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail loudly too")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patchward_advisory::alias;
use patchward_advisory::format::Format;
use patchward_advisory::format::{Sink, eol};
use patchward_advisory::model::{Advisory, Lifecycle, Records, Signal};

/// Counts records instead of keeping them.
#[derive(Default)]
struct Tally {
    documents: usize,
    bytes: usize,
    time: Duration,
    advisories: usize,
    affected: usize,
    unread: usize,
    signals: usize,
    lifecycles: usize,
    problems: Vec<String>,
}

impl Sink for Tally {
    fn advisory(&mut self, advisory: Advisory) {
        assert!(!advisory.id.is_empty() && !advisory.publisher.is_empty());
        self.advisories += 1;
        self.affected += advisory.affected.len();
        self.unread += advisory
            .affected
            .iter()
            .filter(|a| !a.unread.is_empty())
            .count();
    }
    fn signal(&mut self, _: Signal) {
        self.signals += 1;
    }
    fn lifecycle(&mut self, _: Lifecycle) {
        self.lifecycles += 1;
    }
    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }
}

impl Tally {
    fn read(&mut self, format: Format, bytes: &[u8], name: &str) {
        let start = Instant::now();
        let read = format.visit(bytes, "test", self);
        self.time += start.elapsed();
        self.documents += 1;
        self.bytes += bytes.len();
        if let Err(error) = read {
            let cause = std::error::Error::source(&error)
                .map(|e| e.to_string())
                .unwrap_or_default();
            panic!("{name}: failed to {error}: {cause}");
        }
    }

    fn print(&self, name: &str) {
        let seconds = self.time.as_secs_f64().max(1e-9);
        let records = self.advisories + self.signals + self.lifecycles;
        println!(
            "{name}: {} documents, {:.1} MB, {} advisories ({} statements, {} unread), {} signals, {} life cycles, \
             {} problems; {:.0} records/s, {:.0} MB/s",
            self.documents,
            self.bytes as f64 / 1e6,
            self.advisories,
            self.affected,
            self.unread,
            self.signals,
            self.lifecycles,
            self.problems.len(),
            records as f64 / seconds,
            self.bytes as f64 / 1e6 / seconds,
        );
        for problem in self.problems.iter().take(20) {
            println!("  {problem}");
        }
    }
}

/// Problems must be those that are known, in order.
fn explained(problems: &[String], known: &[&str]) {
    assert_eq!(problems.len(), known.len(), "{problems:#?}");
    for (problem, known) in problems.iter().zip(known) {
        assert!(problem.starts_with(known), "{problem}");
    }
}

/// The folder, or nothing with a word about it.
fn folder() -> Option<PathBuf> {
    let found = patchward_test_support::feeds();
    if found.is_none() {
        println!("skipped: no folder of feeds");
    }
    found
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

fn bytes(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "gz") {
        let mut out = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut out)
            .unwrap();
        return out;
    }
    bytes
}

/// Every JSON file of a zip.
fn zipped(bytes: Vec<u8>, mut each: impl FnMut(&str, Vec<u8>)) {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        if name.ends_with(".json") || name.ends_with(".zip") {
            let mut out = Vec::new();
            file.read_to_end(&mut out).unwrap();
            each(&name, out);
        }
    }
}

#[test]
fn osv_and_go() {
    let Some(feeds) = folder() else { return };
    let mut all = Tally::default();
    let mut counts = BTreeMap::new();
    for path in files(&feeds.join("osv"), "all.zip") {
        let before = all.advisories;
        zipped(bytes(&path), |name, text| {
            all.read(Format::Osv, &text, name)
        });
        let ecosystem = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        counts.insert(ecosystem, all.advisories - before);
    }
    all.print("osv");
    // Those of feeds/README.md.
    assert_eq!(all.advisories, 27_076);
    assert_eq!(
        (counts["npm"], counts["PyPI"], counts["Julia"]),
        (7_464, 5_430, 1_703)
    );
    let mut go = Tally::default();
    zipped(bytes(&feeds.join("govulndb/vulndb.zip")), |name, text| {
        if name.contains("ID/") && !name.contains("index") {
            go.read(Format::Osv, &text, name);
        }
    });
    go.print("govulndb");
    assert_eq!(go.advisories, 4_291);
    let mut derived = Tally::default();
    for path in files(&feeds.join("osv-derived"), "all.zip") {
        zipped(bytes(&path), |name, text| {
            derived.read(Format::Osv, &text, name)
        });
    }
    derived.print("osv-derived");
    assert_eq!(derived.advisories, 7_555 + 1_592 + 1_234 + 467);
    let problems: Vec<_> = all
        .problems
        .iter()
        .chain(&go.problems)
        .chain(&derived.problems)
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn cve_list_and_nvd() {
    let Some(feeds) = folder() else { return };
    let mut base = Tally::default();
    let mut deltas = Tally::default();
    for path in files(&feeds.join("cve5/CVEProject"), ".zip") {
        zipped(bytes(&path), |name, inner| match name {
            "cves.zip" => zipped(inner, |name, text| base.read(Format::Cve5, &text, name)),
            name => deltas.read(Format::Cve5, &inner, name),
        });
    }
    base.print("cve5 baseline");
    deltas.print("cve5 deltas");
    assert_eq!((base.documents, deltas.documents), (12_451, 951));
    assert!(base.problems.is_empty() && deltas.problems.is_empty());
    let mut nvd = Tally::default();
    nvd.read(
        Format::Nvd,
        &bytes(&feeds.join("nvd/real/rest/json/cves/2.0")),
        "nvd",
    );
    nvd.print("nvd real");
    assert_eq!(nvd.advisories, 94);
    // Wrong in the sample itself: a month 14, and colons in a CPE name that nobody escaped.
    explained(
        &nvd.problems,
        &[
            "CVE-2010-1724: lastModified",
            "CVE-2015-8978: read \"cpe:2.3:a:soap::lite",
        ],
    );
    let mut derived = Tally::default();
    for path in files(&feeds.join("nvd/derived"), ".json.gz") {
        derived.read(Format::Nvd, &bytes(&path), &path.to_string_lossy());
    }
    derived.print("nvd yearly");
    assert_eq!(derived.advisories, 3_624 + 7_116);
    // CPE names with colons that their CNA did not escape, or with a name inside the name.
    assert_eq!(derived.problems.len(), 4);
    assert!(
        derived
            .problems
            .iter()
            .all(|problem| problem.contains("more than 11 attributes"))
    );
}

#[test]
fn signals() {
    let Some(feeds) = folder() else { return };
    for (path, format, expected) in [
        (
            "kev/known_exploited_vulnerabilities.json",
            Format::Kev,
            1_662,
        ),
        (
            "kev-prev/known_exploited_vulnerabilities.json",
            Format::Kev,
            1_404,
        ),
        ("epss/epss_scores-current.csv.gz", Format::Epss, 4_677),
    ] {
        let mut tally = Tally::default();
        tally.read(format, &bytes(&feeds.join(path)), path);
        tally.print(path);
        assert_eq!(tally.signals, expected, "{path}");
        assert!(tally.problems.is_empty());
    }
}

#[test]
fn distributions() {
    let Some(feeds) = folder() else { return };
    let lists = feeds.join("debian/security-tracker-team/security-tracker/-/raw/master/data");
    // A line of 2004 has the package's name where its version should be.
    for (name, expected, known) in [("DSA", 5_909, &["DSA-423: "][..]), ("DLA", 4_224, &[])] {
        let mut tally = Tally::default();
        tally.read(
            Format::DebianList,
            &bytes(&lists.join(name).join("list")),
            name,
        );
        tally.print(name);
        assert_eq!(tally.advisories, expected);
        explained(&tally.problems, known);
    }
    for path in [
        "debian/tracker/data/json.gz",
        "debian/tracker/data/json",
        "debian/tracker-real-sample.json",
    ] {
        let mut tally = Tally::default();
        tally.read(Format::DebianTracker, &bytes(&feeds.join(path)), path);
        tally.print(path);
        assert!(tally.problems.is_empty(), "{:?}", tally.problems);
    }
    let mut alpine = Tally::default();
    for path in files(&feeds.join("alpine"), ".json") {
        alpine.read(Format::AlpineSecdb, &bytes(&path), &path.to_string_lossy());
    }
    alpine.print("alpine");
    assert_eq!(alpine.documents, 18);
    // 12,028 fixes; some of them name several ids.
    assert!(alpine.affected >= 12_028);
    assert!(alpine.problems.is_empty(), "{:?}", alpine.problems);
}

#[test]
fn csaf() {
    let Some(feeds) = folder() else { return };
    let mut cisa = Tally::default();
    for path in files(&feeds.join("csaf"), ".json") {
        if path.to_string_lossy().contains("/2024/") {
            cisa.read(Format::Csaf, &bytes(&path), &path.to_string_lossy());
        }
    }
    cisa.print("csaf (CISA)");
    assert_eq!(cisa.documents, 134);
    let mut archive = Tally::default();
    for path in files(&feeds.join("csaf-archive"), ".zip") {
        zipped(bytes(&path), |name, text| {
            let document = name.contains("/white/") && name.contains("/20");
            if document {
                archive.read(Format::Csaf, &text, name);
            }
        });
    }
    archive.print("csaf-archive");
    assert_eq!(archive.documents, 407);
    let mut red_hat = Tally::default();
    for path in files(&feeds.join("csaf-redhat"), ".json") {
        red_hat.read(Format::Csaf, &bytes(&path), &path.to_string_lossy());
    }
    for path in files(&feeds.join("csaf-redhat"), ".tar.zst") {
        let tar = zstd::decode_all(&bytes(&path)[..]).unwrap();
        untar(&tar[..], &mut red_hat);
    }
    red_hat.print("csaf-redhat");
    assert_eq!(red_hat.documents, 19 + 10 + 36);
    let mut suse = Tally::default();
    for path in files(&feeds.join("csaf-suse"), ".tar.bz2") {
        untar(
            bzip2::read::MultiBzDecoder::new(&bytes(&path)[..]),
            &mut suse,
        );
    }
    suse.print("csaf-suse");
    assert_eq!(suse.documents, 5);
    for tally in [&cisa, &archive, &red_hat, &suse] {
        assert!(tally.problems.is_empty(), "{:#?}", tally.problems);
    }
}

fn untar(tar: impl Read, tally: &mut Tally) {
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).unwrap();
            tally.read(Format::Csaf, &text, &name);
        }
    }
}

#[test]
fn packages_and_products() {
    let Some(feeds) = folder() else { return };
    let read = |format: Format, path: &str| {
        let mut tally = Tally::default();
        tally.read(format, &bytes(&feeds.join(path)), path);
        tally.print(path);
        assert!(tally.problems.is_empty(), "{:?}", tally.problems);
        tally
    };
    let folder = feeds.join("packagist/api/security-advisories");
    let packagist = files(&folder, "")[0]
        .strip_prefix(&feeds)
        .unwrap()
        .to_owned();
    assert_eq!(
        read(Format::Packagist, &packagist.to_string_lossy()).advisories,
        1_592
    );
    assert_eq!(
        read(
            Format::WordPress,
            "wordpress/api/intelligence/v2/vulnerabilities/production.json"
        )
        .advisories,
        1_034
    );
    for name in [
        "jsrepository.json",
        "jsrepository-v5.json",
        "npmrepository.json",
    ] {
        assert!(read(Format::RetireJs, &format!("retirejs/{name}")).advisories > 100);
    }
    let full = files(&feeds.join("eol/api/v1/products/full"), "index.json.gz");
    let full = full.first().map(|path| {
        path.strip_prefix(&feeds)
            .unwrap()
            .to_string_lossy()
            .into_owned()
    });
    assert_eq!(read(Format::Eol, &full.unwrap()).lifecycles, 8_351);
    let mut old = Records::default();
    for path in files(&feeds.join("eol/api"), ".json") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.parent() == Some(&feeds.join("eol/api")) && name != "all" {
            eol::visit_v0(&bytes(&path), &name, &mut old).unwrap();
        }
    }
    assert_eq!((old.lifecycles.len(), old.problems.len()), (8_351, 0));
}

#[test]
fn aliases_join_few_flaws_by_mistake() {
    let Some(feeds) = folder() else { return };
    let mut builder = alias::Builder::default();
    let mut count = 0;
    for root in ["osv", "osv-derived"] {
        for path in files(&feeds.join(root), "all.zip") {
            zipped(bytes(&path), |_, text| {
                let records = Format::Osv.read(&text, "test").unwrap();
                records
                    .advisories
                    .iter()
                    .for_each(|advisory| builder.add(advisory));
                count += records.advisories.len();
            });
        }
    }
    let groups = builder.finish();
    let largest = groups
        .all()
        .iter()
        .max_by_key(|group| group.ids.len())
        .unwrap();
    println!(
        "{count} advisories, {} flaws, {} aliases refused, the largest group has {} ids: {:?}",
        groups.all().len(),
        groups.refused().len(),
        largest.ids.len(),
        largest.ids
    );
    for refused in groups.refused().iter().take(10) {
        println!("  {refused:?}");
    }
    // Honest aliases stay: a handful of records name the CVE ids of other software.
    assert!(groups.refused().len() < 100);
}
