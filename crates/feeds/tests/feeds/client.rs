//! How documents are fetched, told by the catalogue of exploited vulnerabilities: one document, one feed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use patchward_feeds::FeedError;

use crate::memory::Subject;
use crate::mirror::{gzip, kev};
use crate::server::{Answer, Server};

const TAG: &str = "\"one\"";

fn catalogue() -> Vec<u8> {
    kev((1..=500).map(|n| format!("CVE-2026-{n:04}")))
}

/// A feed that reads from a server with this behaviour.
fn subject(server: &Server) -> Subject {
    Subject::new("kev", &server.base)
}

#[test]
fn an_unchanged_document_is_not_sent_again() {
    let server = Server::new(|request, _| Answer::document(request, TAG, &catalogue()));
    let mut kev = subject(&server);
    assert_eq!(kev.sync_well().records, 500);
    kev.is_unchanged();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("if-none-match"), TAG);
    kev.state = Default::default();
    assert_eq!(
        kev.sync_well().records,
        500,
        "without a state all comes again"
    );
}

#[test]
fn a_download_goes_on_where_the_connection_dropped() {
    let half = catalogue().len() / 2;
    let server = Server::new(move |request, before| {
        let answer = Answer::document(request, TAG, &catalogue());
        if before == 0 {
            answer.cut(half)
        } else {
            answer
        }
    });
    let mut kev = subject(&server);
    let outcome = kev.sync_well();
    assert_eq!(outcome.records, 500);
    assert_eq!(
        outcome.bytes,
        catalogue().len() as u64,
        "only the rest was sent"
    );
    let second = &server.requests()[1];
    assert_eq!(second.header("range"), format!("bytes={half}-"));
    assert_eq!(second.header("if-range"), TAG);
}

#[test]
fn a_download_goes_on_after_a_crash() {
    let half = catalogue().len() / 2;
    let dying = Arc::new(AtomicBool::new(true));
    let dies = Arc::clone(&dying);
    let server = Server::new(move |request, _| {
        let answer = Answer::document(request, TAG, &catalogue());
        match dies.load(Ordering::SeqCst) {
            true => answer.cut(half).after(Duration::from_secs(2)),
            false => answer,
        }
    });
    let mut kev = subject(&server);
    kev.config.timeout = Duration::from_secs(1);
    assert!(kev.sync().is_err());
    dying.store(false, Ordering::SeqCst);
    server.forget();
    kev.config.timeout = Duration::from_secs(60);
    let outcome = kev.sync_well();
    assert_eq!(outcome.records, 500);
    assert_eq!(
        server.requests()[0].header("range"),
        format!("bytes={half}-")
    );
    assert_eq!(outcome.bytes, (catalogue().len() - half) as u64);
}

#[test]
fn a_document_that_changed_in_between_comes_whole() {
    let server = Server::new(move |request, before| match before {
        0 => Answer::document(request, TAG, &catalogue()).cut(1000),
        _ => Answer::document(request, "\"two\"", &kev(["CVE-2026-9999".to_owned()])),
    });
    let mut kev = subject(&server);
    assert_eq!(kev.sync_well().records, 1);
    assert_eq!(
        kev.state
            .validators
            .values()
            .next()
            .unwrap()
            .etag
            .as_deref(),
        Some("\"two\"")
    );
}

#[test]
fn a_wrong_piece_is_thrown_away() {
    let server = Server::new(move |request, before| match before {
        0 => Answer::document(request, TAG, &catalogue()).cut(1000),
        1 => Answer {
            status: 206,
            ..Answer::ok(&catalogue()[10..])
        }
        .with("Content-Range", "bytes 10-99/100"),
        _ => Answer::document(request, TAG, &catalogue()),
    });
    let mut kev = subject(&server);
    assert_eq!(kev.sync_well().records, 500);
    assert_eq!(server.requests()[2].header("range"), "");
}

#[test]
fn without_a_strong_tag_nothing_is_resumed() {
    for tag in ["W/\"weak\"", ""] {
        let server = Server::new(move |_, before| {
            let mut answer = Answer::ok(catalogue());
            if !tag.is_empty() {
                answer = answer.with("ETag", tag);
            }
            if before == 0 {
                answer.cut(1000)
            } else {
                answer
            }
        });
        assert_eq!(subject(&server).sync_well().records, 500);
        assert_eq!(server.requests()[1].header("range"), "");
    }
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::new(|_, before| match before {
        0 => Answer::status(429).with("Retry-After", "2"),
        1 => Answer::status(503),
        _ => Answer::ok(catalogue()),
    });
    let start = Instant::now();
    assert_eq!(subject(&server).sync_well().records, 500);
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_server_that_asks_for_an_hour_is_left_alone() {
    let server = Server::new(|_, _| Answer::status(429).with("Retry-After", "3600"));
    let start = Instant::now();
    let error = subject(&server).sync().unwrap_err();
    assert!(error.to_string().contains("3600s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_refusal_is_not_tried_again() {
    for status in [400, 401, 403, 451] {
        let server = Server::new(move |_, _| Answer::status(status));
        assert!(matches!(
            subject(&server).sync(),
            Err(FeedError::Answer { .. })
        ));
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[test]
fn an_oversized_document_is_refused_by_its_length() {
    let server = Server::new(|_, _| Answer::ok("x").with("Content-Length", "99999999999"));
    assert!(matches!(
        subject(&server).sync(),
        Err(FeedError::Limit { .. })
    ));
}

#[test]
fn a_document_without_end_is_cut_off() {
    // Without a length the document ends with the connection.
    let server = Server::new(|_, _| {
        Answer::ok(vec![b' '; 33 << 20])
            .with("Content-Length", "")
            .with("X", "y")
    });
    let mut rss = Subject::new("rss", &server.base);
    rss.config.rss_urls = vec![format!("{}/list.xml", server.base)];
    assert!(rss.sync().is_err());
}

#[test]
fn what_the_server_compresses_is_inflated_within_limits() {
    let server =
        Server::new(|_, _| Answer::ok(gzip(&catalogue())).with("Content-Encoding", "gzip"));
    assert_eq!(subject(&server).sync_well().records, 500);
    assert_eq!(server.requests()[0].header("accept-encoding"), "gzip");

    let bomb = gzip(&vec![b' '; 33 << 20]);
    let server = Server::new(move |_, _| Answer::ok(bomb.clone()).with("Content-Encoding", "gzip"));
    let mut rss = Subject::new("rss", &server.base);
    rss.config.rss_urls = vec![format!("{}/list.xml", server.base)];
    assert!(matches!(rss.sync(), Err(FeedError::Limit { .. })));
}

#[test]
fn a_truncated_gzip_is_an_error_that_names_the_document() {
    let bytes = gzip(&catalogue());
    let server = Server::new(move |_, _| Answer::ok(&bytes[..bytes.len() - 100]));
    let error = subject(&server).sync().unwrap_err();
    assert!(
        error.to_string().contains("/kev/known_exploited"),
        "{error}"
    );
}

#[test]
fn the_time_limit_holds_for_slow_and_stalled_answers() {
    let slow: fn() -> Answer = || Answer::ok(catalogue()).after(Duration::from_secs(20));
    let stalled: fn() -> Answer = || {
        Answer::ok(catalogue())
            .with("ETag", TAG)
            .cut(1000)
            .after(Duration::from_secs(20))
    };
    for answer in [slow, stalled] {
        let server = Server::new(move |_, _| answer());
        let mut kev = subject(&server);
        kev.config.timeout = Duration::from_secs(1);
        let start = Instant::now();
        let error = kev.sync().unwrap_err();
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
        assert!(error.to_string().contains("feeds.timeout"), "{error}");
    }
}

#[test]
fn a_redirection_is_followed_but_never_to_a_file() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/there" => Answer::ok(catalogue()),
        _ => Answer::status(302).with("Location", "/there"),
    });
    assert_eq!(subject(&server).sync_well().records, 500);
    for place in [
        "file:///etc/passwd",
        "/kev/known_exploited_vulnerabilities.json",
    ] {
        let server = Server::new(move |_, _| Answer::status(302).with("Location", place));
        let start = Instant::now();
        assert!(subject(&server).sync().is_err());
        assert!(start.elapsed() < Duration::from_secs(5), "{place}");
    }
}

#[test]
fn a_host_that_is_not_there_is_told_quickly() {
    // Nobody listens on a port that was just given back; the servers of other tests take theirs at 127.0.0.1.
    let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for feed in ["kev", "alpine", "csaf", "osv", "retirejs"] {
        let start = Instant::now();
        let mut subject = Subject::new(feed, &base);
        subject.config.osv_ecosystems = vec!["npm".into(), "Go".into(), "PyPI".into()];
        assert!(matches!(subject.sync(), Err(FeedError::Unreachable { .. })));
        assert!(start.elapsed() < Duration::from_secs(5), "{feed}");
    }
    let start = Instant::now();
    let error = Subject::new("kev", "http://nowhere.invalid")
        .sync()
        .unwrap_err();
    assert!(matches!(error, FeedError::Unreachable { .. }));
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn offline_means_that_nothing_is_asked() {
    let server = Server::new(|_, _| Answer::ok(catalogue()));
    let mut kev = subject(&server);
    kev.config.offline = true;
    assert!(matches!(kev.sync(), Err(FeedError::Offline { .. })));
    assert!(server.requests().is_empty());
}

#[test]
fn a_name_and_password_go_to_the_server_and_into_nothing_that_is_kept_or_told() {
    let works = Arc::new(AtomicBool::new(true));
    let up = Arc::clone(&works);
    let server = Server::new(move |request, _| match up.load(Ordering::Relaxed) {
        true => Answer::document(request, TAG, &catalogue()),
        false => Answer::status(403),
    });
    let base = server.base.replace("http://", "http://user:p%40ss@");
    let mut kev = Subject::new("kev", &base);
    kev.sync_well();
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), "Basic dXNlcjpwQHNz");
    let kept = serde_json::to_string(&kev.state).unwrap();
    works.store(false, Ordering::Relaxed);
    let told = kev.sync().unwrap_err().to_string();
    for text in [kept, told] {
        assert!(
            text.contains("127.0.0.1") && !text.contains("ss@"),
            "{text}"
        );
    }
    // A redirection to another host does not take it along.
    let other = Server::new(|request, _| Answer::document(request, TAG, &catalogue()));
    let place = format!("{}/x.json", other.base.replace("127.0.0.1", "localhost"));
    let sends = Server::new(move |_, _| Answer::status(302).with("Location", &place));
    let mut kev = Subject::new("kev", &sends.base.replace("http://", "http://user:secret@"));
    kev.sync_well();
    assert_eq!(other.requests()[0].header("authorization"), "");
}
