use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::{Reader, verify};

fn entry(number: u64) -> Entry {
    Entry {
        time: Timestamp::UNIX_EPOCH,
        kind: "step.started".into(),
        actor: "test".into(),
        subject: format!("run/{number}"),
        body: json!({"number": number}),
    }
}

fn options() -> Options {
    Options {
        sync: false,
        segment_bytes: 2000,
        lock_wait: Duration::from_secs(5),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A ledger of `count` entries in commits of 1, 2, 3, 1, 2, 3, … entries.
fn filled(folder: &Path, count: u64) {
    let ledger = Ledger::open(folder, options()).unwrap();
    let mut next = 0;
    while next < count {
        let entries: Vec<_> = (next..count)
            .take(1 + next as usize % 3)
            .map(entry)
            .collect();
        assert_eq!(ledger.append_all(&entries).unwrap().start, next);
        next += entries.len() as u64;
    }
}

#[test]
fn what_is_appended_is_read_and_proved_after_opening_again() {
    let folder = folder();
    for round in 0..3 {
        let ledger = Ledger::open(folder.path(), options()).unwrap();
        assert_eq!(ledger.recovery(), Recovery::default());
        for number in 0..20 {
            let number = round * 20 + number;
            assert_eq!(ledger.append(&entry(number)).unwrap(), number);
        }
    }
    let reader = Reader::open(folder.path()).unwrap();
    assert_eq!(reader.size(), 60);
    assert!(segment::list(folder.path()).unwrap().len() > 3);
    for (number, read) in (0..).zip(reader.entries(0)) {
        assert_eq!(read.unwrap(), entry(number));
        let proof = reader.prove(number).unwrap();
        assert_eq!(proof.verify(reader.key()).unwrap().0, entry(number));
    }
    assert!(matches!(reader.text(60), Err(LedgerError::NoEntry { .. })));
}

#[test]
fn a_proof_holds_for_nothing_else() {
    let folder = folder();
    filled(folder.path(), 10);
    let proof = Reader::open(folder.path()).unwrap().prove(4).unwrap();
    let key = VerifierKey::parse(&proof.key).unwrap();
    let other_key = SignerKey::generate(None).unwrap();
    assert!(proof.verify(other_key.verifier()).is_err());
    let mut changed = proof.clone();
    changed.entry = changed.entry.replace("run/4", "run/5");
    assert!(changed.verify(&key).is_err());
    let mut moved = proof.clone();
    moved.index = 5;
    assert!(moved.verify(&key).is_err());
    let printed = serde_json::to_string(&proof).unwrap();
    let read: crate::EntryProof = serde_json::from_str(&printed).unwrap();
    assert!(read.verify(&key).is_ok());
}

#[test]
fn an_older_checkpoint_is_consistent_with_the_newer_ledger() {
    let folder = folder();
    filled(folder.path(), 7);
    let reader = Reader::open(folder.path()).unwrap();
    let note = reader.checkpoint().unwrap().to_owned();
    let ledger = Ledger::open(folder.path(), options()).unwrap();
    (7..300).for_each(|number| {
        ledger.append(&entry(number)).unwrap();
    });
    let old = Checkpoint::open(&note, ledger.key()).unwrap();
    let now = Reader::open(folder.path()).unwrap();
    let proof = now.prove_consistency(&old).unwrap();
    let holds = |root| crate::tree::verify_consistency(7, old.root, 300, root, &proof);
    assert!(holds(now.root()));
    assert!(!holds(reader.root()));
    assert!(verify(folder.path(), None, &[&note]).unwrap().is_intact());
}

#[test]
fn threads_and_ledgers_append_at_once_and_nothing_is_lost() {
    let folder = folder();
    let first = Ledger::open(folder.path(), options()).unwrap();
    let second = Ledger::open(folder.path(), options()).unwrap();
    let numbers = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let ledger = if thread % 2 == 0 { &first } else { &second };
            let numbers = &numbers;
            scope.spawn(move || {
                for number in 0..50 {
                    let got = ledger.append(&entry(thread * 1000 + number)).unwrap();
                    assert!(numbers.lock().unwrap().insert(got), "{got} was given twice");
                }
            });
        }
    });
    assert_eq!(numbers.into_inner().unwrap(), (0..400).collect());
    let verified = verify(folder.path(), None, &[]).unwrap();
    assert!(verified.is_intact(), "{:?}", verified.problems);
    assert_eq!(verified.proved, 400);
}

#[test]
fn a_torn_end_is_cut_told_and_kept_wherever_it_tears() {
    let folder = folder();
    filled(folder.path(), 6);
    let path = segment::path(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    let ledger = Ledger::open(folder.path(), options()).unwrap();
    let index = fs::read(folder.path().join("index")).unwrap();
    ledger.append_all(&[entry(6), entry(7)]).unwrap();
    drop(ledger);
    let longer = fs::read(&path).unwrap();
    let edges = whole.len() + 40;
    for length in (whole.len()..longer.len()).filter(|at| *at < edges || at % 9 == 0) {
        let cut = longer.len() > length && length > whole.len();
        fs::write(&path, &longer[..length]).unwrap();
        fs::write(folder.path().join("index"), &index).unwrap();
        let ledger = Ledger::open(folder.path(), options()).unwrap();
        let recovery = ledger.recovery();
        assert_eq!(recovery.cut_bytes, (length - whole.len()) as u64);
        assert_eq!(recovery.kept_in.len(), usize::from(cut));
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert_eq!(Reader::open(folder.path()).unwrap().size(), 6);
        recovery
            .kept_in
            .iter()
            .for_each(|kept| fs::remove_file(kept).unwrap());
    }
    let ledger = Ledger::open(folder.path(), options()).unwrap();
    assert_eq!(ledger.append(&entry(6)).unwrap(), 6);
}

#[test]
fn derived_files_that_are_gone_or_wrong_are_made_again() {
    let folder = folder();
    filled(folder.path(), 600);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let (index, nodes) = (read("index"), read("nodes-8"));
    assert_eq!((index.len(), nodes.len()), (600 * 40, 2 * 32));
    let zeros = vec![0; index.len()];
    let damages: [(&str, &[u8]); 7] = [
        ("index", b""),
        ("index", &index[..4001]),
        ("index", &zeros),
        ("index", &[&index[..400], &zeros[400..]].concat()),
        ("index", &[&index[..], &zeros[..80]].concat()),
        ("nodes-8", b""),
        ("nodes-8", &zeros[..64]),
    ];
    for (name, bytes) in damages {
        fs::write(folder.path().join(name), bytes).unwrap();
        let ledger = Ledger::open(folder.path(), options()).unwrap();
        drop(ledger);
        assert_eq!(
            (read("index"), read("nodes-8")),
            (index.clone(), nodes.clone())
        );
        assert!(verify(folder.path(), None, &[]).unwrap().is_intact());
    }
}

#[test]
fn a_damaged_or_shortened_ledger_is_not_appended_to() {
    let folder = folder();
    filled(folder.path(), 6);
    let path = segment::path(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(
        Ledger::open(folder.path(), options()),
        Err(LedgerError::Lost { known: 6, .. })
    ));
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    fs::write(&path, &flipped).unwrap();
    fs::remove_file(folder.path().join("index")).unwrap();
    assert!(matches!(
        Ledger::open(folder.path(), options()),
        Err(LedgerError::Damaged { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), flipped);
}

#[test]
fn the_key_is_private_and_its_loss_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    filled(folder.path(), 1);
    let key = folder.path().join("key");
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    mode(0o640);
    let open = || Ledger::open(folder.path(), options()).map(|_| ());
    assert!(matches!(
        open(),
        Err(LedgerError::KeyOpen { mode: 0o640, .. })
    ));
    mode(0o600);
    open().unwrap();
    fs::remove_file(&key).unwrap();
    assert!(matches!(open(), Err(LedgerError::KeyMissing(_))));
    assert!(Reader::open(folder.path()).is_ok());
}

#[test]
fn an_entry_that_is_refused_leaves_the_ledger_as_it_was() {
    let folder = folder();
    let ledger = Ledger::open(folder.path(), options()).unwrap();
    let nameless = Entry {
        kind: String::new(),
        ..entry(0)
    };
    assert!(ledger.append_all(&[entry(0), nameless]).is_err());
    assert_eq!(ledger.append_all(&[]).unwrap(), 0..0);
    assert_eq!(ledger.append(&entry(0)).unwrap(), 0);
}
