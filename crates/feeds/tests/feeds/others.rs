//! The feeds that are simpler to follow.

use crate::memory::Subject;
use crate::mirror::{Mirror, gzip, kev};
use crate::server::{Answer, Server};

fn epss(day: &str) -> Vec<u8> {
    gzip(format!("#model_version:v2026.03.14,score_date:{day}T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.5,0.9\n").as_bytes())
}

#[test]
fn epss_fetches_a_month_of_history_once() {
    let mirror = Mirror::new();
    mirror.write("epss/epss_scores-current.csv.gz", epss("2026-11-22"));
    mirror.write("epss/epss_scores-2026-11-01.csv.gz", epss("2026-11-01"));
    let server = Server::of_folder(mirror.path());
    let mut subject = Subject::new("epss", &server.base);
    assert_eq!(subject.sync_well().records, 2);
    assert_eq!(
        server.requests().len(),
        5,
        "28, 21, 14 and 7 days ago, and now"
    );
    server.forget();
    subject.is_unchanged();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_day_that_is_refused_is_a_hole_in_the_history() {
    let server = Server::new(|request, _| match request.target.contains("current") {
        true => Answer::ok(epss("2026-11-22")),
        false => Answer::status(403),
    });
    assert_eq!(Subject::new("epss", &server.base).sync_well().records, 1);
}

#[test]
fn alpine_takes_the_branches_that_are_there() {
    let mirror = Mirror::new();
    let document = |name: &str| {
        format!(
            r#"{{"distroversion": "v3.21", "reponame": "main", "archs": ["x86_64"],
            "packages": [{{"pkg": {{"name": "{name}", "secfixes": {{"1.0-r1": ["CVE-2026-0001"]}}}}}}]}}"#
        )
    };
    mirror.write("alpine/v3.21/main.json", document("widget"));
    mirror.write("alpine/edge/community.json", document("gadget"));
    let server = Server::of_folder(mirror.path());
    for place in [mirror.location(), &server.base] {
        let mut alpine = Subject::new("alpine", place);
        alpine.sync_well();
        assert_eq!(alpine.memory.labels.len(), 2);
        alpine.is_unchanged();
    }
    let empty = Mirror::new();
    assert!(Subject::new("alpine", empty.location()).sync().is_err());
}

#[test]
fn packagist_is_asked_for_what_changed_since() {
    let answer = |id: &str| {
        format!(
            r#"{{"advisories": {{"acme/widget": [{{"advisoryId": "{id}", "packageName": "acme/widget", "title": "flaw",
            "affectedVersions": "<1.2", "reportedAt": "2026-01-01 00:00:00", "sources": []}}]}}}}"#
        )
    };
    let server = Server::new(
        move |request, _| match request.target.ends_with("updatedSince=0") {
            true => Answer::ok(answer("PKSA-1")),
            false => Answer::ok(answer("PKSA-2")),
        },
    );
    let mut packagist = Subject::new("packagist", &server.base);
    packagist.sync_well();
    packagist.sync_well();
    assert_eq!(packagist.memory.keys("packagist"), ["PKSA-1", "PKSA-2"]);
    packagist.sync_well();
    assert_eq!(
        packagist.state.validators.len(),
        1,
        "the state does not grow with every run"
    );
}

const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>list</title><item><title>Widget flaw CVE-2026-0001</title>
<link>https://lists.example/1</link><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate><description>x</description></item></channel></rss>"#;
const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>vendor</title><entry><title>Gadget</title>
<link href="https://vendor.example/2"/><updated>2026-11-22T10:00:00Z</updated><summary>mends CVE-2026-0002</summary></entry></feed>"#;

#[test]
fn rss_and_atom_give_mentions_and_one_that_fails_is_told() {
    let mirror = Mirror::new();
    mirror.write("rss.xml", RSS);
    mirror.write("atom.xml", ATOM);
    mirror.write("bad.xml", "<html><body>no feed</body></html>");
    let server = Server::of_folder(mirror.path());
    let mut subject = Subject::new("rss", mirror.location());
    subject.config.rss_urls = vec![
        format!("{}/rss.xml", server.base),
        mirror.path().join("atom.xml").display().to_string(),
    ];
    subject.sync_well();
    assert_eq!(subject.memory.count("rss"), 2);
    subject.is_unchanged();
    subject
        .config
        .rss_urls
        .push(format!("{}/bad.xml", server.base));
    subject
        .config
        .rss_urls
        .push(format!("{}/none.xml", server.base));
    assert_eq!(subject.sync().unwrap().lost.len(), 2);
    assert_eq!(subject.memory.count("rss"), 2);
}

#[test]
fn without_rss_addresses_there_is_nothing_to_do() {
    assert!(Subject::new("rss", "/nonexistent").sync_well().unchanged);
}

fn nvd_page(start: usize, ids: &[String], total: usize) -> String {
    let entries: Vec<_> = ids
        .iter()
        .map(|id| serde_json::json!({"cve": {"id": id, "published": "2026-01-01T00:00:00.000", "lastModified": "2026-01-01T00:00:00.000",
            "vulnStatus": "Analyzed", "descriptions": [{"lang": "en", "value": "x"}], "metrics": {}, "references": []}}))
        .collect();
    serde_json::json!({"resultsPerPage": ids.len(), "startIndex": start, "totalResults": total, "format": "NVD_CVE",
        "version": "2.0", "timestamp": "2026-11-22T00:00:00.000", "vulnerabilities": entries})
    .to_string()
}

#[test]
fn nvd_is_read_by_years_then_by_windows_and_pages_with_the_key() {
    let archive = gzip(nvd_page(0, &["CVE-2024-0001".to_owned()], 1).as_bytes());
    let server = Server::new(move |request, _| {
        let path = request.path();
        if path.ends_with("nvdcve-2.0-2024.json.gz") {
            return Answer::ok(archive.clone()).with("ETag", "\"a\"");
        }
        if !path.ends_with("/rest/json/cves/2.0") {
            return Answer::status(404);
        }
        let start: usize = request
            .target
            .split("startIndex=")
            .nth(1)
            .and_then(|rest| rest.split('&').next()?.parse().ok())
            .unwrap();
        let end = (start + 2).min(5);
        let ids: Vec<_> = (start..end).map(|n| format!("CVE-2026-{n:04}")).collect();
        Answer::ok(nvd_page(start, &ids, 5))
    });
    let mut nvd = Subject::new("nvd", &server.base);
    nvd.config.nvd_api_key = Some("secret".into());
    nvd.sync_well();
    assert_eq!(nvd.memory.count("nvd"), 6);
    let pages: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|r| r.target.contains("startIndex"))
        .collect();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.header("apikey") == "secret"));
    assert!(pages[0].target.contains(
        "lastModStartDate=2026-11-20T11:45:00.000Z&lastModEndDate=2026-11-22T12:00:00.000Z"
    ));
    assert!(
        !serde_json::to_string(&nvd.state)
            .unwrap()
            .contains("secret")
    );

    // A year later there are four windows, and no archive is asked for.
    server.forget();
    nvd.now = "2027-11-22T12:00:00Z".parse().unwrap();
    nvd.sync_well();
    let requests = server.requests();
    assert_eq!(requests.len(), 4 * 3);
}

#[test]
fn nvd_throttles_with_403_and_redirects_do_not_take_the_key_away() {
    let server = Server::new(
        |request, before| match (request.path().ends_with("/2.0"), before) {
            (false, _) => Answer::status(404),
            (true, _) if request.target.contains("elsewhere") => Answer::ok(nvd_page(0, &[], 0)),
            (true, before) if before % 2 == 0 => Answer::status(403),
            _ => Answer::ok(nvd_page(0, &[], 0)),
        },
    );
    Subject::new("nvd", &server.base).sync_well();
    let other = Server::new(|_, _| Answer::ok(nvd_page(0, &[], 0)));
    let there = format!("{}/2.0", other.base);
    let server = Server::new(move |request, _| match request.path().ends_with("/2.0") {
        false => Answer::status(404),
        true => Answer::status(302).with("Location", &there),
    });
    let mut nvd = Subject::new("nvd", &server.base);
    nvd.config.nvd_api_key = Some("secret".into());
    assert!(nvd.sync().is_err());
    assert!(other.requests().is_empty());
}

#[test]
fn an_archive_of_nvd_is_what_its_digest_says() {
    let page = nvd_page(0, &["CVE-2024-0001".to_owned()], 1);
    let mirror = Mirror::new();
    mirror.write("nvd/real/rest/json/cves/2.0", nvd_page(0, &[], 0));
    let folder = "nvd/derived/feeds/json/cve/2.0";
    mirror.write(
        &format!("{folder}/nvdcve-2.0-2024.json.gz"),
        gzip(page.as_bytes()),
    );
    mirror.write(
        &format!("{folder}/nvdcve-2.0-2024.meta"),
        format!("size:1\r\nsha256:{}\r\n", "0".repeat(64)),
    );
    let error = Subject::new("nvd", mirror.location()).sync().unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
}

#[test]
fn an_entry_that_leaves_the_catalogue_leaves_the_label() {
    let mirror = Mirror::new();
    let path = "kev/known_exploited_vulnerabilities.json";
    mirror.write(
        path,
        kev(["CVE-2026-0001".to_owned(), "CVE-2026-0002".to_owned()]),
    );
    let mut subject = Subject::new("kev", mirror.location());
    subject.sync_well();
    mirror.write(path, kev(["CVE-2026-0002".to_owned()]));
    subject.sync_well();
    assert_eq!(subject.memory.count("kev"), 1);
    mirror.write(path, "<html>maintenance</html>");
    assert!(subject.sync().is_err());
    assert_eq!(subject.memory.count("kev"), 1);
}

#[test]
fn one_list_of_debian_that_fails_does_not_take_the_other_with_it() {
    let mirror = Mirror::new();
    let folder = "debian/security-tracker-team/security-tracker/-/raw/master/data";
    mirror.write(&format!("{folder}/DSA/list"), "[22 Nov 2026] DSA-1-1 widget - security update\n\t{CVE-2026-0001}\n\t[bookworm] - widget 1.0-1\n");
    let mut lists = Subject::new("debian-lists", mirror.location());
    let outcome = lists.sync().unwrap();
    assert_eq!(outcome.records, 1);
    assert!(outcome.lost[0].contains("DLA"), "{outcome:?}");
}

#[test]
fn a_base_of_its_own_may_be_made_of_plain_files() {
    let mirror = Mirror::new();
    mirror.write("end/api/v1/products/full.json", r#"{"result": []}"#);
    let server = Server::of_folder(mirror.path());
    let mut subject = Subject::new("eol", "");
    subject.config.mirror = None;
    let place = format!("{}/end", server.base);
    subject.config.urls = [("eol".to_owned(), place)].into();
    subject.sync().unwrap();
    let asked: Vec<_> = server.requests().into_iter().map(|r| r.target).collect();
    assert_eq!(asked.last().unwrap(), "/end/api/v1/products/full.json");
}
