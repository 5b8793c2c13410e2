use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::segment;
use crate::{Entry, Ledger, Options, Reader, export, verify_export};

fn entry(number: u64) -> Entry {
    Entry {
        time: Timestamp::UNIX_EPOCH,
        kind: "decision".into(),
        actor: "ada".into(),
        subject: format!("finding/{number}"),
        body: json!({}),
    }
}

/// Nine entries in commits of 1, 3, 1, 3, 1 entries; two segments.
fn ledger() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        sync: false,
        segment_bytes: 1000,
        ..Options::default()
    };
    let ledger = Ledger::open(folder.path(), options).unwrap();
    for (first, count) in [(0, 1), (1, 3), (4, 1), (5, 3), (8, 1)] {
        let entries: Vec<_> = (first..first + count).map(entry).collect();
        ledger.append_all(&entries).unwrap();
    }
    folder
}

fn check(folder: &Path) -> Verification {
    verify(folder, None, &[]).unwrap()
}

fn file(folder: &Path, number: u32) -> PathBuf {
    segment::path(folder, number)
}

/// Kind, first byte and end of every frame of a segment.
fn frames(bytes: &[u8]) -> Vec<(Kind, usize, usize)> {
    let mut reader = Frames::new(&bytes[HEADER..], HEADER as u64);
    let mut all = Vec::new();
    loop {
        let from = reader.offset() as usize;
        let Some(frame) = reader.next().unwrap() else {
            return all;
        };
        let kind = frame.unwrap().0;
        all.push((kind, from, reader.offset() as usize));
    }
}

#[test]
fn a_ledger_that_nobody_touched_is_intact() {
    let folder = ledger();
    let found = check(folder.path());
    assert!(found.is_intact(), "{:?}", found.problems);
    assert_eq!((found.size, found.proved, found.checkpoints), (9, 9, 5));
    assert_eq!(segment::list(folder.path()).unwrap(), [1, 2]);
}

#[test]
fn any_flipped_byte_of_an_entry_is_found_and_located() {
    let folder = ledger();
    let mut number = 0;
    for segment in [1, 2] {
        let path = file(folder.path(), segment);
        let whole = fs::read(&path).unwrap();
        for (kind, from, to) in frames(&whole) {
            // All of the head, and every seventh byte of the rest: each costs a whole verification.
            for at in (from..to).filter(|at| *at < from + HEAD || at % 7 == 0) {
                let mut bytes = whole.clone();
                bytes[at] ^= 0x41;
                fs::write(&path, &bytes).unwrap();
                let found = check(folder.path());
                let here: Vec<_> = found.problems.iter().map(|p| (p.what, p.entries)).collect();
                match kind {
                    Kind::Entry => {
                        assert_eq!(here, [(What::EntryDamaged, Some((number, number)))], "{at}");
                        assert_eq!(found.problems[0].offset, from as u64);
                    }
                    Kind::Checkpoint => assert_eq!(here[0].0, What::Checkpoint, "byte {at}"),
                }
            }
            number += u64::from(kind == Kind::Entry);
        }
        for at in 0..HEADER {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            fs::write(&path, &bytes).unwrap();
            assert_eq!(check(folder.path()).problems[0].what, What::File);
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(number, 9);
}

/// Writes a segment anew with another payload for entry `number` of the segment, checksum and all.
fn rewrite(path: &Path, change: impl Fn(usize, &[u8]) -> Vec<Vec<u8>>) {
    let whole = fs::read(path).unwrap();
    let mut bytes = whole[..HEADER].to_vec();
    let mut number = 0;
    for (kind, from, to) in frames(&whole) {
        let payload = &whole[from + HEAD..to];
        if kind == Kind::Checkpoint {
            frame::encode(kind, payload, &mut bytes);
            continue;
        }
        for payload in change(number, payload) {
            frame::encode(kind, &payload, &mut bytes);
        }
        number += 1;
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_entry_that_was_rewritten_with_its_checksum_is_located_with_both_hashes() {
    let folder = ledger();
    rewrite(&file(folder.path(), 1), |number, payload| {
        let text = String::from_utf8(payload.to_vec()).unwrap();
        let changed = text.replace("ada", "eve");
        vec![if number == 2 { changed } else { text }.into_bytes()]
    });
    let found = check(folder.path());
    let [problem] = &found.problems[..] else {
        panic!("{:?}", found.problems)
    };
    assert_eq!(
        (problem.what, problem.entries),
        (What::EntryChanged, Some((2, 2)))
    );
    let (was, is) = (
        entry(2).encode().unwrap(),
        entry(2).encode().unwrap().replace("ada", "eve"),
    );
    assert_eq!(problem.expected, Some(leaf_hash(was.as_bytes())));
    assert_eq!(problem.actual, Some(leaf_hash(is.as_bytes())));
    assert_eq!(found.proved, 9);
}

#[test]
fn with_the_index_rewritten_too_the_commit_is_named() {
    let folder = ledger();
    let forged = entry(2)
        .encode()
        .unwrap()
        .replace("ada", "eve")
        .into_bytes();
    rewrite(&file(folder.path(), 1), |number, payload| {
        vec![if number == 2 {
            forged.clone()
        } else {
            payload.to_vec()
        }]
    });
    let index = folder.path().join("index");
    let mut records = fs::read(&index).unwrap();
    records[2 * 40 + 8..3 * 40].copy_from_slice(&leaf_hash(&forged).0);
    fs::write(&index, records).unwrap();
    let found = check(folder.path());
    let problem = &found.problems[0];
    assert_eq!(
        (problem.what, problem.entries),
        (What::CommitChanged, Some((1, 3)))
    );
    assert_eq!(found.proved, 1);
}

#[test]
fn entries_taken_out_or_put_in_are_located() {
    let folder = ledger();
    let path = file(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    rewrite(&path, |number, payload| match number {
        2 => vec![],
        _ => vec![payload.to_vec()],
    });
    let found = check(folder.path());
    assert_eq!(found.problems[0].what, What::EntryMissing);
    assert_eq!(found.problems[0].entries, Some((2, 2)));

    fs::write(&path, &whole).unwrap();
    rewrite(&path, |number, payload| match number {
        2 => vec![b"{}".to_vec(), payload.to_vec()],
        _ => vec![payload.to_vec()],
    });
    let found = check(folder.path());
    assert_eq!(found.problems[0].what, What::EntryInserted);
    assert_eq!(found.problems[0].entries, Some((2, 2)));
}

#[test]
fn a_missing_end_and_a_missing_file_are_told() {
    let folder = ledger();
    let path = file(folder.path(), 2);
    let whole = fs::read(&path).unwrap();
    let (_, from, _) = frames(&whole)
        .into_iter()
        .rfind(|f| f.0 == Kind::Entry)
        .unwrap();
    fs::write(&path, &whole[..from]).unwrap();
    let found = check(folder.path());
    let all: Vec<_> = found.problems.iter().map(|p| (p.what, p.entries)).collect();
    assert_eq!(
        all,
        [
            (What::Checkpoint, Some((8, 8))),
            (What::EntryMissing, Some((8, 8)))
        ]
    );

    fs::write(&path, &whole).unwrap();
    fs::remove_file(file(folder.path(), 1)).unwrap();
    let found = check(folder.path());
    assert_eq!(found.problems[0].what, What::File);
    let damaged = found
        .problems
        .iter()
        .filter(|p| p.what == What::EntryDamaged);
    assert!(damaged.count() >= 3);
}

#[test]
fn a_whole_other_history_with_the_same_key_shows_against_a_checkpoint_from_outside() {
    let folder = ledger();
    let note = Reader::open(folder.path())
        .unwrap()
        .checkpoint()
        .unwrap()
        .to_owned();
    for name in ["entries-000001.log", "entries-000002.log", "index"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let ledger = Ledger::open(folder.path(), Options::default()).unwrap();
    (0..9).for_each(|number| {
        ledger.append(&entry(number + 1)).unwrap();
    });
    assert!(check(folder.path()).is_intact());
    let found = verify(folder.path(), None, &[&note]).unwrap();
    assert_eq!(found.problems[0].what, What::Outside);
    let stranger = crate::SignerKey::generate(None).unwrap();
    let found = verify(folder.path(), Some(stranger.verifier()), &[]).unwrap();
    assert_eq!(
        (found.problems[0].what, found.proved),
        (What::Checkpoint, 0)
    );
}

#[test]
fn a_wrong_index_is_told_as_such() {
    let folder = ledger();
    let index = folder.path().join("index");
    let whole = fs::read(&index).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&index, bytes).unwrap();
        let found = check(folder.path());
        let entry = at as u64 / 40;
        assert_eq!(found.problems[0].what, What::Index);
        assert_eq!(found.problems[0].entries, Some((entry, entry)));
        assert_eq!(found.proved, 9);
    }
}

#[test]
fn mutated_files_are_verified_to_the_end() {
    let folder = ledger();
    let path = file(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    let mut intact = 0;
    patchward_test_support::mutate(&[&whole], 300, |bytes| {
        fs::write(&path, bytes).unwrap();
        let found = check(folder.path());
        assert_eq!(found.is_intact(), bytes == whole);
        intact += u32::from(found.is_intact());
    });
    assert!(intact > 0);
}

fn exported(folder: &Path, range: std::ops::Range<u64>) -> Vec<u8> {
    let reader = Reader::open(folder).unwrap();
    let mut out = Vec::new();
    export(&reader, range, &mut out).unwrap();
    out
}

#[test]
fn an_export_is_verified_by_the_public_key_alone() {
    let folder = ledger();
    let key = Reader::open(folder.path()).unwrap().key().clone();
    for range in [0..9, 2..5, 8..9, 3..3] {
        let bytes = exported(folder.path(), range.clone());
        let mut read = Vec::new();
        let report = verify_export(&bytes[..], Some(&key), |index, entry| {
            read.push((index, entry));
        });
        assert_eq!(report.unwrap().size, 9);
        assert!(
            read.into_iter()
                .eq(range.map(|number| (number, entry(number))))
        );
    }
    let empty = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(empty.path(), Options::default()).unwrap();
    let bytes = exported(empty.path(), 0..0);
    let report = verify_export(&bytes[..], Some(ledger.key()), |_, _| {}).unwrap();
    assert_eq!((report.size, report.key_from_file), (0, false));
}

#[test]
fn an_export_that_was_changed_anywhere_is_refused() {
    let folder = ledger();
    let key = Reader::open(folder.path()).unwrap().key().clone();
    let (whole, part) = (exported(folder.path(), 0..9), exported(folder.path(), 2..5));
    patchward_test_support::mutate(&[&whole, &part], 1500, |bytes| {
        let mut read = Vec::new();
        if verify_export(bytes, Some(&key), |index, entry| read.push((index, entry))).is_ok() {
            assert!(read.into_iter().all(|(index, read)| read == entry(index)));
        }
    });
    let text = String::from_utf8(part).unwrap();
    assert!(verify_export(text.replace("ada", "eve").as_bytes(), Some(&key), |_, _| {}).is_err());
}
