use std::io::{Cursor, Write};

use patchward_test_support::mutate;
use zip::write::SimpleFileOptions;

use super::*;

const FILES: &[(&str, &str)] = &[
    ("a/one.json", "{\"id\": \"one\"}"),
    ("two.json", "{\"id\": \"two\"}"),
    ("readme.txt", "not a record"),
    ("../../climbs.json", "{}"),
];

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

type Reader = fn(&[u8], Limits, &mut Each<'_>) -> Result<(), FeedError>;

type Writer = fn(&[(&str, &str)]) -> Vec<u8>;

const READERS: [(Reader, Writer); 2] = [
    (
        |bytes, limits, each| zip_entries("u", Cursor::new(bytes), limits, each),
        zipped,
    ),
    (
        |bytes, limits, each| tar_entries("u", bytes, limits, each),
        tarred,
    ),
];

fn limits() -> Limits {
    Limits {
        entries: 10,
        entry: 100,
        total: 100_000,
    }
}

#[test]
fn every_record_comes_by_its_name_and_nothing_else() {
    for (read, write) in READERS {
        let mut seen = Vec::new();
        let mut each = |name: &str, bytes: &[u8]| {
            seen.push((name.to_owned(), bytes.len()));
            Ok(())
        };
        read(&write(FILES), limits(), &mut each).unwrap();
        let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
        // A name is only a name here: nothing is ever written under it.
        assert_eq!(names, ["a/one.json", "two.json", "../../climbs.json"]);
        assert_eq!(seen[0].1, FILES[0].1.len());
    }
}

#[test]
fn an_archive_that_grows_beyond_a_limit_is_refused() {
    for (read, write) in READERS {
        let archive = write(FILES);
        let refused = |limits| read(&archive, limits, &mut |_, _| Ok(())).is_err();
        assert!(!refused(limits()));
        assert!(refused(Limits {
            entries: 3,
            ..limits()
        }));
        assert!(refused(Limits {
            entry: 5,
            ..limits()
        }));
        assert!(refused(Limits {
            total: 20,
            ..limits()
        }));
    }
}

#[test]
fn limits_follow_the_size_of_the_archive() {
    assert_eq!(Limits::of(1_000).total, 1_000_000);
    assert!(Limits::of(u64::MAX).total < u64::MAX / 1_000);
    let bomb = zipped(&[("zeros.json", &"0".repeat(2_000_000))]);
    let limits = Limits::of(bomb.len() as u64 / 10);
    assert!(zip_entries("u", Cursor::new(&bomb), limits, &mut |_, _| Ok(())).is_err());
}

#[test]
fn damaged_archives_end_in_an_answer_within_limits() {
    for (read, write) in READERS {
        let seed = write(FILES);
        mutate(&[&seed], 1_500, |bytes| {
            let mut total = 0;
            let _ = read(bytes, limits(), &mut |_, content| {
                total += content.len();
                Ok(())
            });
            assert!(total <= 100_000);
        });
    }
}
