//! Every reader of outside data meets broken and hostile content: mutations of a seed, arbitrary bytes, and the words of
//! the formats in any order. A format without a seed fails, so that a new reader cannot be forgotten.

mod seeds;

use patchward_test_support::mutate;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::installed::{self, Kind};
use crate::lockfile;
use crate::os;
use crate::parse::{Input, ParseError, Parsed};
use seeds::Seed;

/// Mutations of each seed; readers with surprises of their own have more beside them.
const ROUNDS: usize = 200;

fn seed_of<'s>(seeds: &'s [Seed], name: &str) -> &'s Seed {
    let found = seeds.iter().find(|(of, ..)| *of == name);
    found.unwrap_or_else(|| panic!("{name} has no seed in every_reader/seeds.rs"))
}

fn lockfile(format: &lockfile::Format, path: &str, bytes: &[u8]) -> Result<Parsed, ParseError> {
    format.read(&Input {
        path,
        bytes,
        open: &|_| Some(b"a==1\n".to_vec()),
    })
}

fn database(format: &os::Format, path: &str, bytes: &[u8]) -> Result<Parsed, ParseError> {
    let input = Input {
        path,
        bytes,
        open: &|_| None,
    };
    (format.parse)(&input, None)
}

/// Path and content of a package database.
fn os_seed(name: &str) -> (&'static str, Vec<u8>) {
    const WALL: &[u8] = b"{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":2}\n\
        {\"kind\":\"package\",\"name\":\"base-files\",\"version\":\"13\",\"sha256\":\"ab\",\"arch\":\"amd64\"}\n";
    match name {
        "chisel" => (
            "var/lib/chisel/manifest.wall",
            zstd::encode_all(WALL, 0).unwrap(),
        ),
        "rpmdb" => ("var/lib/rpm/Packages.db", os::rpm::tests::database()),
        _ => {
            let (_, path, text) = seed_of(seeds::OS, name);
            (path, text.as_bytes().to_vec())
        }
    }
}

/// The seed of a kind. Archives and programs are no text files: their readers take a stream and are tested beside it.
fn name_of(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Archive | Kind::Binary => return None,
        Kind::Node => "Node",
        Kind::Python => "Python",
        Kind::Gem => "Gem",
        Kind::Composer => "Composer",
        Kind::Dotnet => "Dotnet",
        Kind::Conda => "Conda",
        Kind::Perl => "Perl",
    })
}

fn kind_of(name: &str) -> Kind {
    let (_, path, _) = seed_of(seeds::INSTALLED, name);
    installed::kind_of(path, || false).unwrap()
}

#[test]
fn every_lockfile_reader_takes_its_seed_and_survives_mutations_of_it() {
    for format in lockfile::FORMATS {
        let (_, path, text) = seed_of(seeds::LOCKFILES, format.name);
        let whole = lockfile(format, path, text.as_bytes());
        let found = whole.unwrap_or_else(|error| panic!("{}: {error}", format.name));
        assert_ne!(found.components, [], "{}", format.name);
        mutate(&[text.as_bytes()], ROUNDS, |bytes| {
            drop(lockfile(format, path, bytes));
        });
    }
}

#[test]
fn every_package_database_takes_its_seed_and_survives_mutations_of_it() {
    for format in os::FORMATS {
        let (path, seed) = os_seed(format.name);
        let found = database(format, path, &seed)
            .unwrap_or_else(|error| panic!("{}: {error}", format.name));
        assert_ne!(found.components, [], "{}", format.name);
        mutate(&[&seed], ROUNDS, |bytes| {
            drop(database(format, path, bytes));
        });
    }
}

#[test]
fn every_trace_of_an_installed_package_is_read_and_survives_mutations() {
    for (name, path, text) in seeds::INSTALLED {
        let kind = kind_of(name);
        assert_eq!(name_of(kind), Some(*name));
        let read = |bytes: &[u8]| {
            let input = Input {
                path,
                bytes,
                open: &|_| None,
            };
            installed::reader_of(kind).map(|reader| reader(&input))
        };
        let found = read(text.as_bytes()).unwrap().unwrap();
        assert_ne!(found.components, [], "{name}");
        mutate(&[text.as_bytes()], ROUNDS, |bytes| drop(read(bytes)));
    }
}

fn read_all(bytes: &[u8]) {
    for format in lockfile::FORMATS {
        drop(lockfile(format, "folder/file", bytes));
    }
    for format in os::FORMATS {
        let (path, _) = os_seed(format.name);
        drop(database(format, path, bytes));
    }
    for (name, path, _) in seeds::INSTALLED {
        let input = Input {
            path,
            bytes,
            open: &|_| None,
        };
        drop(installed::reader_of(kind_of(name)).map(|reader| reader(&input)));
    }
}

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_reader_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn no_reader_panics_on_any_text(text in ".{0,200}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn no_reader_panics_on_any_order_of_the_words_of_the_formats(
        words in proptest::collection::vec(proptest::sample::select(seeds::WORDS), 0..60),
    ) {
        read_all(words.concat().as_bytes());
    }
}

#[test]
fn deep_nesting_is_an_error_or_nothing_but_never_a_crash() {
    for open in [
        "[",
        "{\"a\":",
        "(",
        "a: [",
        "<a>",
        "{\"dependencies\":{\"a\":",
    ] {
        read_all(open.repeat(10_000).as_bytes());
    }
}
