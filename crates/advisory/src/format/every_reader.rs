//! Every reader of feeds meets broken and hostile content: mutations of a seed, arbitrary bytes, and the words of the
//! formats in any order. A format without a seed does not compile, so that a new reader cannot be forgotten.

use patchward_test_support::mutate;
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::csaf::provider;
use super::{Format, go_vulndb, statement};

/// Mutations of each seed; readers with surprises of their own have more beside them.
const ROUNDS: usize = 300;

const ALL: &[Format] = &[
    Format::Osv,
    Format::Cve5,
    Format::Nvd,
    Format::Kev,
    Format::Epss,
    Format::DebianTracker,
    Format::DebianList,
    Format::AlpineSecdb,
    Format::Csaf,
    Format::Packagist,
    Format::RetireJs,
    Format::WordPress,
    Format::Eol,
    Format::Rss,
];

/// A small document that yields something. A format that is new here also goes into [`ALL`].
fn seed(format: Format) -> &'static str {
    match format {
        Format::Osv => {
            r#"{"id": "GHSA-1", "modified": "2024-01-01T00:00:00Z", "aliases": ["CVE-2024-1"], "affected": [{"package": {"ecosystem": "npm", "name": "a"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}], "versions": ["1.0.0"]}], "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}"#
        }
        // With Vulnrichment's container.
        Format::Cve5 => {
            r#"{"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": {"cveId": "CVE-2024-0001", "state": "PUBLISHED", "assignerShortName": "x"}, "containers": {"cna": {"providerMetadata": {"shortName": "x"}, "descriptions": [{"lang": "en", "value": "text"}], "affected": [{"vendor": "v", "product": "p", "versions": [{"version": "0", "lessThan": "1.2", "status": "affected", "versionType": "semver"}]}]}, "adp": [{"title": "CISA ADP Vulnrichment", "providerMetadata": {"shortName": "CISA-ADP"}, "metrics": [{"other": {"type": "ssvc", "content": {"timestamp": "2024-06-01T00:00:00Z", "options": [{"Exploitation": "poc"}, {"Automatable": "yes"}, {"Technical Impact": "total"}]}}}, {"other": {"type": "kev", "content": {"dateAdded": "2024-06-02"}}}]}]}}"#
        }
        Format::Nvd => {
            r#"{"format": "NVD_CVE", "version": "2.0", "vulnerabilities": [{"cve": {"id": "CVE-2024-0001", "published": "2024-01-01T00:00:00.000", "lastModified": "2024-01-02T00:00:00.000", "vulnStatus": "Analyzed", "descriptions": [{"lang": "en", "value": "text"}], "configurations": [{"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [{"vulnerable": true, "criteria": "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*", "versionEndExcluding": "1.2"}]}]}]}}]}"#
        }
        Format::Kev => {
            r#"{"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2024-0001", "vendorProject": "v", "product": "p", "dateAdded": "2024-01-01", "dueDate": "2024-01-22", "requiredAction": "patch", "knownRansomwareCampaignUse": "Known"}]}"#
        }
        Format::Epss => {
            "#model_version:v2025.03.14,score_date:2025-07-05T00:00:00+0000\ncve,epss,percentile\nCVE-2024-0001,0.5,0.9\n"
        }
        Format::DebianTracker => {
            r#"{"openssl": {"CVE-2024-0001": {"description": "text", "scope": "remote", "releases": {"bookworm": {"status": "resolved", "repositories": {"bookworm": "3.0.1-1"}, "fixed_version": "3.0.1-1", "urgency": "high"}}}}}"#
        }
        Format::DebianList => {
            "[01 Jan 2024] DSA-5590-1 openssl - security update\n\t{CVE-2024-0001}\n\t[bookworm] - openssl 3.0.1-1\n"
        }
        Format::AlpineSecdb => {
            r#"{"distroversion": "v3.20", "reponame": "main", "packages": [{"pkg": {"name": "openssl", "secfixes": {"3.1.4-r5": ["CVE-2024-0001"], "0": ["CVE-2024-0002"]}}}]}"#
        }
        Format::Csaf => {
            r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "x", "namespace": "https://x.example", "category": "vendor"}, "title": "t", "tracking": {"id": "X-1", "version": "1", "status": "final", "initial_release_date": "2024-01-01T00:00:00Z", "current_release_date": "2024-01-01T00:00:00Z"}}, "product_tree": {"full_product_names": [{"product_id": "P", "name": "p 1.0", "product_identification_helper": {"purl": "pkg:npm/a@1.0.0"}}]}, "vulnerabilities": [{"cve": "CVE-2024-0001", "product_status": {"known_affected": ["P"]}}]}"#
        }
        Format::Packagist => {
            r#"{"advisories": {"v/a": [{"advisoryId": "PKSA-1", "packageName": "v/a", "remoteId": "GHSA-1", "title": "t", "cve": "CVE-2024-0001", "affectedVersions": ">=1.0,<1.2|>=2.0,<2.1", "reportedAt": "2024-01-01 00:00:00"}]}}"#
        }
        Format::RetireJs => {
            r#"{"jquery": {"npmname": "jquery", "vulnerabilities": [{"atOrAbove": "1.0", "below": "1.9.0", "severity": "medium", "identifiers": {"CVE": ["CVE-2024-0001"], "summary": "t"}, "info": ["https://x.example"]}]}}"#
        }
        Format::WordPress => {
            r#"{"1a": {"id": "1a", "title": "t", "software": [{"type": "plugin", "name": "A", "slug": "a", "affected_versions": {"* - 1.2": {"from_version": "*", "from_inclusive": true, "to_version": "1.2", "to_inclusive": true}}, "patched": true, "patched_versions": ["1.3"]}], "cve": "CVE-2024-0001", "references": []}}"#
        }
        Format::Eol => {
            r#"{"result": {"name": "debian", "identifiers": [{"id": "cpe:/o:debian", "type": "cpe"}], "releases": [{"name": "8", "isEol": true, "eolFrom": "2018-06-17", "latest": {"name": "8.11"}}]}}"#
        }
        Format::Rss => {
            "<rss version=\"2.0\"><channel><title>x</title><item><title>CVE-2024-0001 in a</title><link>https://x.example/1</link><pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate></item></channel></rss>"
        }
    }
}

/// A reader of what a feed has beside its records, and a seed that it takes.
type Listing = (&'static str, fn(&[u8]) -> bool, &'static str);

const LISTINGS: &[Listing] = &[
    (
        "CSAF provider metadata",
        |bytes| provider::metadata(bytes).is_ok(),
        r#"{"canonical_url": "https://a.example/p.json", "role": "csaf_provider", "distributions": [{"directory_url": "https://a.example/white/"}, {"rolie": {"feeds": [{"url": "https://a.example/f.json", "tlp_label": "WHITE"}]}}], "public_openpgp_keys": [{"fingerprint": "ab", "url": "https://a.example/k"}]}"#,
    ),
    (
        "ROLIE",
        |bytes| provider::rolie(bytes).is_ok_and(|list| !list.documents.is_empty()),
        r#"{"feed": {"entry": [{"id": "x", "updated": "2024-10-24T06:00:00Z", "content": {"src": "https://a.example/x.json"}, "link": [{"rel": "hash", "href": "https://a.example/x.json.sha512"}]}]}}"#,
    ),
    (
        "changes.csv",
        |bytes| provider::changes(bytes).is_ok_and(|list| !list.documents.is_empty()),
        "\"2024/cve-2024-1.json\",\"2025-01-07T02:35:49+00:00\"\r\n\"../../x.json\",\"2025-01-07T02:35:49Z\"\n",
    ),
    (
        "index.txt",
        |bytes| provider::index(bytes).is_ok_and(|list| !list.documents.is_empty()),
        "a/b.json\n/abs.json\na\\b.json\n.x.json\n",
    ),
    (
        "vuln.go.dev: when it changed",
        |bytes| go_vulndb::modified(bytes).is_ok(),
        r#"{"modified": "2026-08-21T20:38:00Z"}"#,
    ),
    (
        "vuln.go.dev: list",
        |bytes| go_vulndb::vulns(bytes).is_ok_and(|list| !list.is_empty()),
        r#"[{"id": "GO-1", "modified": "2026-08-21T20:38:00Z", "aliases": ["CVE-2024-0001"]}]"#,
    ),
    (
        "vuln.go.dev: modules",
        |bytes| go_vulndb::modules(bytes).is_ok_and(|list| !list.is_empty()),
        r#"[{"path": "a.b/c", "vulns": [{"id": "GO-1", "modified": "x", "fixed": "1.0"}]}]"#,
    ),
];

/// Words that the formats use, so that arbitrary texts come deep into the readers.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\n",
    "\t",
    " ",
    "<",
    ">",
    "</",
    "\"id\"",
    "\"affected\"",
    "\"vulnerabilities\"",
    "\"versions\"",
    "\"events\"",
    "\"CVE-2024-0001\"",
    "CVE-2024-0001",
    "\"1.0\"",
    "1",
    "-1",
    "1e999",
    "99999999999999999999",
    "null",
    "true",
    "<rss>",
    "<item>",
    "DSA-1-1",
    "[01 Jan 2024]",
    "- a",
    "../x.json",
    "é",
    "\u{0}",
];

fn read_all(bytes: &[u8]) {
    for format in ALL {
        drop(format.read(bytes, "test"));
    }
    for (_, read, _) in LISTINGS {
        read(bytes);
    }
    drop(statement::read(&String::from_utf8_lossy(bytes)));
}

#[test]
fn every_format_of_feeds_takes_its_seed_and_survives_mutations_of_it() {
    for format in ALL {
        let bytes = seed(*format).as_bytes();
        let found = format
            .read(bytes, "test")
            .unwrap_or_else(|error| panic!("{format:?}: {error}"));
        let count = found.advisories.len() + found.signals.len() + found.lifecycles.len();
        assert!(count > 0, "{format:?}: {:?}", found.problems);
        mutate(&[bytes], ROUNDS, |bytes| drop(format.read(bytes, "test")));
    }
}

#[test]
fn every_listing_of_a_feed_takes_its_seed_and_survives_mutations_of_it() {
    for (name, read, seed) in LISTINGS {
        assert!(read(seed.as_bytes()), "{name}");
        mutate(&[seed.as_bytes()], ROUNDS, |bytes| {
            read(bytes);
        });
    }
}

proptest! {
    #![proptest_config(Config { cases: 128, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_reader_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn no_reader_panics_on_any_order_of_the_words_of_the_formats(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60),
    ) {
        read_all(words.concat().as_bytes());
    }
}
