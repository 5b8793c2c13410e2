use std::fs;

use jiff::Timestamp;
use patchward_protocol::decision::{Decision, Priority};
use patchward_protocol::inventory::{Asset, AssetKind, Component, Inventory, Location};
use patchward_protocol::report::Finding;
use serde_json::json;

use super::*;
use crate::migrate::{STEPS, VERSION, step};
use crate::{AssetId, Because, FindingId, FindingState, StoredDecision, Times};

fn at(second: i64) -> Times {
    Times {
        at: Timestamp::from_second(second).unwrap(),
        learnt: Timestamp::from_second(second + 1).unwrap(),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("data/store.db")).unwrap();
    (folder, store)
}

fn host(store: &Store, name: &str) -> AssetId {
    let asset = Asset {
        kind: AssetKind::Host,
        name: name.into(),
    };
    store.asset(&asset, at(1)).unwrap()
}

fn component(name: &str, version: &str) -> Component {
    Component {
        purl: format!("pkg:deb/debian/{name}@{version}"),
        name: name.into(),
        version: version.into(),
        arch: Some("amd64".into()),
        locations: vec![Location {
            path: "var/lib/dpkg/status".into(),
            line: Some(7),
        }],
        ..Component::default()
    }
}

fn finding(id: &str, vulnerability: &str) -> Finding {
    Finding {
        id: id.into(),
        vulnerability: vulnerability.into(),
        component: Box::new(component("nginx", "1.22.1-9")),
        ..Finding::default()
    }
}

fn because(reason: &str) -> Because<'_> {
    Because {
        actor: "test",
        reason,
        evidence: json!({"proof": 1}),
        ledger_entry: Some(7),
    }
}

fn count(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    store
        .connection()
        .query_row(&sql, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn an_asset_has_one_number_and_keeps_its_context() {
    let (_folder, store) = store();
    let id = host(&store, "web-1");
    assert_eq!(host(&store, "web-1"), id);
    assert_ne!(host(&store, "web-2"), id);
    store
        .set_context(id, &json!({"exposure": "internet"}))
        .unwrap();
    let stored = store.asset_by_id(id).unwrap();
    assert_eq!(stored.context["exposure"], "internet");
    assert_eq!((stored.asset.name.as_str(), stored.times), ("web-1", at(1)));
    assert_eq!(store.assets().unwrap().len(), 2);
    let none = store.set_context(AssetId(99), &json!({}));
    assert!(matches!(none, Err(StoreError::Missing { .. })));
}

#[test]
fn an_inventory_comes_back_as_it_was_and_is_stored_once() {
    let (_folder, store) = store();
    let (one, two) = (host(&store, "web-1"), host(&store, "web-2"));
    let mut inventory = Inventory {
        components: vec![
            component("nginx", "1.22.1-9"),
            component("zlib1g", "1.2.13"),
        ],
        sources: vec!["var/lib/dpkg/status".into()],
        ..Inventory::default()
    };
    let first = store.record_inventory(one, &inventory, at(10)).unwrap();
    assert_eq!(
        store.record_inventory(one, &inventory, at(20)).unwrap(),
        first
    );
    assert_eq!(
        store.record_inventory(two, &inventory, at(20)).unwrap(),
        first
    );
    assert_eq!(store.inventory(first).unwrap(), inventory);
    let purl = inventory.components[0].purl.clone();
    assert_eq!(store.assets_with(&purl).unwrap(), [one, two]);

    inventory.components[0] = component("nginx", "1.22.1-9+deb12u1");
    let second = store.record_inventory(one, &inventory, at(30)).unwrap();
    assert_eq!(store.inventory(second).unwrap(), inventory);
    assert_eq!(store.assets_with(&purl).unwrap(), [two]);
    assert_eq!(
        (
            count(&store, "component"),
            count(&store, "component_detail")
        ),
        (3, 1)
    );
    let history: Vec<_> = store.inventories(one, 9).unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|state| (state.id, state.times))
        .collect();
    assert_eq!(
        history,
        [(second, at(30)), (first, at(20)), (first, at(10))]
    );
}

#[test]
fn findings_live_and_are_never_deleted() {
    use FindingState::{Accepted, Fixed, Open, Reopened};
    let (_folder, store) = store();
    let asset = host(&store, "web-1");
    let (a, b) = (finding("a", "CVE-2024-1"), finding("b", "CVE-2024-2"));
    let scan = |findings: &[Finding], second| {
        store
            .record_findings(asset, findings, at(second), "scan")
            .unwrap()
    };
    let first = scan(&[a.clone(), b.clone()], 10);
    assert_eq!((first.new.len(), first.unseen.len()), (2, 0));
    let (id_a, id_b) = (first.new[0], first.new[1]);
    let second = scan(std::slice::from_ref(&a), 20);
    assert_eq!((second.still, second.unseen), (vec![id_a], vec![id_b]));
    assert_eq!(store.finding(id_b).unwrap().state, Open);

    let set = |from, to, second| {
        store.set_finding_state(id_b, from, to, at(second), &because("the fix is in"))
    };
    set(Open, Accepted, 21).unwrap();
    set(Accepted, Fixed, 22).unwrap();
    assert!(matches!(
        set(Open, Fixed, 23),
        Err(StoreError::Refused { .. })
    ));
    assert!(matches!(
        set(Fixed, Accepted, 23),
        Err(StoreError::Refused { .. })
    ));
    assert!(scan(std::slice::from_ref(&a), 30).unseen.is_empty());
    assert_eq!(scan(&[a, b], 40).reopened, [id_b]);

    let stored = store.finding(id_b).unwrap();
    assert_eq!(
        (stored.state, stored.first, stored.last),
        (Reopened, at(10), at(40))
    );
    let changes = store.finding_changes(id_b).unwrap();
    let states: Vec<_> = changes.iter().map(|change| change.after).collect();
    assert_eq!(states, [Open, Accepted, Fixed, Reopened]);
    assert_eq!(
        (changes[2].times, changes[2].ledger_entry),
        (at(22), Some(7))
    );
    assert_eq!(store.findings_of("CVE-2024-2").unwrap().len(), 1);
    assert_eq!(store.findings(asset, &[Open]).unwrap().len(), 1);
    let first = store.first_seen(asset).unwrap();
    assert_eq!(first.len(), 2, "closed ones too");
    assert_eq!(first["b"], at(10).at);
}

#[test]
fn a_closed_finding_can_only_be_reopened() {
    for from in FindingState::ALL {
        assert_eq!(FindingState::from_word(from.word()), Some(*from));
        for to in FindingState::ALL {
            let right = match (from.is_closed(), *to) {
                _ if from == to => false,
                (closed, FindingState::Reopened) => closed,
                (true, _) => false,
                (false, FindingState::Open) => *from != FindingState::Reopened,
                (false, _) => true,
            };
            assert_eq!(from.can_become(*to), right, "{from} to {to}");
        }
    }
}

#[test]
fn decisions_are_kept_in_order_and_the_newest_counts() {
    let (_folder, store) = store();
    let asset = host(&store, "web-1");
    let found = [finding("a", "CVE-1"), finding("b", "CVE-2")];
    let found = store
        .record_findings(asset, &found, at(1), "scan")
        .unwrap()
        .new;
    let decide = |finding, priority| StoredDecision {
        finding,
        decision: Decision {
            priority,
            reasons: vec!["known to be exploited".into()],
            ..Decision::default()
        },
        times: at(5),
        actor: "policy".into(),
        ledger_entry: Some(9),
    };
    let first = [
        decide(found[0], Priority::P2),
        decide(found[1], Priority::P3),
    ];
    assert_eq!(store.record_decisions(&first).unwrap().len(), 2);
    let again = decide(found[0], Priority::P1);
    store
        .record_decisions(std::slice::from_ref(&again))
        .unwrap();
    let [p2, p3] = first;
    assert_eq!(store.decisions(found[0]).unwrap(), [p2, again.clone()]);
    assert_eq!(store.newest_decisions(asset).unwrap(), [again, p3.clone()]);
    let nobody = StoredDecision {
        finding: FindingId(99),
        ..p3
    };
    assert!(store.record_decisions(&[nobody]).is_err());
}

fn schema(path: &Path) -> Vec<(String, String)> {
    let db = Connection::open(path).unwrap();
    let mut query = db
        .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name")
        .unwrap();
    let rows = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_older_version_becomes_the_newest_and_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.db");
    drop(Store::open(&fresh).unwrap());
    for version in 1..VERSION {
        let path = folder.path().join(format!("{version}.db"));
        let mut db = Connection::open(&path).unwrap();
        (1..=version).for_each(|to| step(&mut db, &path, to).unwrap());
        db.execute(
            "INSERT INTO asset (kind, name, at, learnt) VALUES ('host', 'old', 5, 6)",
            [],
        )
        .unwrap();
        drop(db);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.assets().unwrap()[0].asset.name, "old");
        assert_eq!(store.integrity().unwrap(), Vec::<String>::new());
        drop(store);
        assert_eq!(schema(&path), schema(&fresh));
        assert!(
            folder
                .path()
                .join(format!("{version}.db.before-{VERSION}"))
                .exists()
        );
    }
    assert_eq!(STEPS.len(), VERSION as usize);
}

#[test]
fn a_newer_or_foreign_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let newer = folder.path().join("newer.db");
    drop(Store::open(&newer).unwrap());
    let db = Connection::open(&newer).unwrap();
    db.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(db);
    assert!(matches!(
        Store::open(&newer),
        Err(StoreError::Newer { found: 99, .. })
    ));
    let foreign = folder.path().join("foreign.db");
    let db = Connection::open(&foreign).unwrap();
    db.execute_batch("CREATE TABLE other (x)").unwrap();
    drop(db);
    let before = fs::read(&foreign).unwrap();
    assert!(matches!(Store::open(&foreign), Err(StoreError::Foreign(_))));
    assert_eq!(fs::read(&foreign).unwrap(), before);
}

#[test]
fn a_damaged_file_is_told_and_never_lost() {
    let (_folder, store) = store();
    host(&store, "web-1");
    let path = store.path().to_owned();
    drop(store);
    let whole = fs::read(&path).unwrap();
    let garbage = vec![0x5a; 8192];
    let mut header = whole.clone();
    header[..100].fill(0xff);
    for bytes in [&garbage, &header] {
        fs::write(&path, bytes).unwrap();
        let Err(error) = Store::open(&path) else {
            panic!("opened")
        };
        assert!(error.to_string().contains("left as it is"), "{error}");
        assert_eq!(&fs::read(&path).unwrap(), bytes);
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(Store::open(&path).unwrap().assets().unwrap().len(), 1);
    let mut page = whole;
    let last = page.len() - 4096;
    page[last..].fill(0x11);
    fs::write(&path, &page).unwrap();
    if let Ok(store) = Store::open(&path) {
        assert!(
            !store
                .integrity()
                .unwrap_or(vec!["it cannot be checked".into()])
                .is_empty()
        );
    }
}

#[test]
fn mutated_files_are_opened_or_refused() {
    let (folder, store) = store();
    host(&store, "web-1");
    let plain = folder.path().join("plain.db");
    store.backup(&plain).unwrap();
    let whole = fs::read(&plain).unwrap();
    let path = folder.path().join("mutated.db");
    patchward_test_support::mutate(&[&whole], 60, |bytes| {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", path.display()));
        }
        fs::write(&path, bytes).unwrap();
        if let Ok(store) = Store::open(&path) {
            let _ = store.assets();
            let _ = store.unfinished_runs();
            let _ = store.integrity();
        }
    });
}

#[test]
fn a_backup_is_one_file_with_everything_and_overwrites_nothing() {
    let (folder, store) = store();
    host(&store, "web-1");
    let copy = folder.path().join("copy.db");
    store.backup(&copy).unwrap();
    assert!(matches!(store.backup(&copy), Err(StoreError::Io { .. })));
    assert!(!folder.path().join("copy.db-wal").exists());
    assert_eq!(
        Store::open(&copy).unwrap().assets().unwrap(),
        store.assets().unwrap()
    );
}

#[test]
fn two_stores_write_to_one_file() {
    let (_folder, first) = store();
    let second = Store::open(first.path()).unwrap();
    std::thread::scope(|scope| {
        for (store, name) in [(&first, "a"), (&second, "b")] {
            scope.spawn(move || {
                for number in 0..30 {
                    host(store, &format!("{name}{number}"));
                }
            });
        }
    });
    assert_eq!(first.assets().unwrap().len(), 60);
}

/// Needs root, for a small file system of its own.
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "patchward-test"])
        .arg(folder.path())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: no right to mount a small file system");
        return;
    }
    let path = folder.path().join("store.db");
    let outcome = std::panic::catch_unwind(|| fill(&path));
    let _ = std::process::Command::new("umount")
        .arg(folder.path())
        .status();
    outcome.unwrap();
}

fn fill(path: &Path) {
    let store = Store::open(path).unwrap();
    let asset = host(&store, "web-1");
    let big = |number: i64| Finding {
        summary: "x".repeat(20_000),
        ..finding(&number.to_string(), "CVE-2024-1")
    };
    let mut written = 0;
    let error = loop {
        match store.record_findings(asset, &[big(written)], at(written), "scan") {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full), "{error}");
    assert_eq!(count(&store, "finding"), written);
    drop(store);
    let store = Store::open(path).unwrap();
    assert_eq!(count(&store, "finding"), written);
    assert_eq!(store.integrity().unwrap(), Vec::<String>::new());
}
