//! Records for tests.

use jiff::Timestamp;
use patchward_advisory::model::{
    Advisory, Affected, Authority, Conditions, Event, Fact, Kev, Lifecycle, Package, Range,
    RangeKind, Signal, Status,
};

use crate::Record;

pub fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub fn advisory(id: &str, package: &str, fixed: &str) -> Advisory {
    Advisory {
        id: id.into(),
        feed: "osv/npm".into(),
        publisher: "Somebody".into(),
        authority: Authority::Ecosystem,
        aliases: Vec::new(),
        upstream: Vec::new(),
        related: Vec::new(),
        published: Some(time(1)),
        modified: Some(time(2)),
        withdrawn: None,
        summary: format!("{package} is weak"),
        details: "long ".repeat(50),
        severities: Vec::new(),
        cwes: Vec::new(),
        affected: vec![affected("npm", package, "0", fixed)],
        references: Vec::new(),
        malware: false,
        tags: Vec::new(),
        license: String::new(),
    }
}

pub fn affected(ecosystem: &str, name: &str, introduced: &str, fixed: &str) -> Affected {
    Affected {
        package: Package {
            ecosystem: ecosystem.into(),
            name: name.into(),
            purl: None,
        },
        status: Status::Affected,
        ranges: vec![Range {
            kind: RangeKind::Ecosystem,
            events: vec![
                Event::Introduced(introduced.into()),
                Event::Fixed(fixed.into()),
            ],
            repo: None,
        }],
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: Vec::new(),
    }
}

pub fn kev(id: &str) -> Record {
    Record::Signal(Signal {
        id: id.into(),
        feed: "kev".into(),
        at: None,
        fact: Fact::Kev(Kev {
            asserter: "CISA".into(),
            added: "2024-01-01".into(),
            due: None,
            ransomware: None,
            product: "p".into(),
            action: "patch".into(),
            removed: None,
        }),
    })
}

pub fn epss(id: &str, at: i64, score: f64) -> Record {
    Record::Signal(Signal {
        id: id.into(),
        feed: "epss".into(),
        at: Some(time(at)),
        fact: Fact::Epss {
            score,
            percentile: 0.5,
            model: "v1".into(),
        },
    })
}

pub fn lifecycle(product: &str, cycle: &str) -> Record {
    Record::Lifecycle(Lifecycle {
        product: product.into(),
        cycle: cycle.into(),
        until: Some("2028-06-30".into()),
        extended_until: None,
        ended: None,
        latest: None,
        identifiers: Vec::new(),
    })
}
