//! Every reader of what a package manager answers, in one list: tests and the fuzz target go through it, so that a
//! reader in it cannot be forgotten by either.

use crate::{apk, apt, dnf, dpkg, pacman, restart, rpm, zypper};

/// A reader by name, called for the sake of not failing.
pub type Reader = (&'static str, fn(&str));

/// The readers.
pub const READERS: &[Reader] = &[
    ("apk simulation", |text| drop(apk::parse(text))),
    ("apk packages", |text| drop(apk::parse_installed(text))),
    ("apt policy", |text| drop(apt::policy::parse(text))),
    ("apt simulation", |text| drop(apt::simulation::parse(text))),
    ("apt-cache show", |text| drop(apt::show::parse(text))),
    ("dnf table", |text| drop(dnf::table::parse(text))),
    ("dnf versionlock", |text| drop(dnf::locked(text))),
    ("dpkg output", |text| drop(dpkg::output::troubles(text))),
    ("dpkg status", |text| {
        drop(dpkg::status::Status::parse(text))
    }),
    ("memory maps", |text| drop(restart::maps::parse(text))),
    ("pacman targets", |text| drop(pacman::parse(text))),
    ("pacman packages", |text| {
        drop(pacman::parse_installed(text))
    }),
    ("pacman.conf", |text| drop(pacman::ignored(text))),
    ("pacman backup files", |text| {
        drop(pacman::backup_files(text))
    }),
    ("pacman check", |text| drop(pacman::parse_check(text))),
    ("rpm packages", |text| drop(rpm::parse_installed(text))),
    ("rpm verify", |text| drop(rpm::parse_verify(text))),
    ("zypper summary", |text| drop(zypper::parse(text))),
];

#[cfg(test)]
mod tests {
    use patchward_test_support::mutate;
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    use super::*;

    /// A text in the form of each answer.
    const SEEDS: &[(&str, &str)] = &[
        (
            "apk simulation",
            "(1/3) Upgrading busybox (1.36.1-r0 -> 1.36.1-r1)\n(2/3) Installing libx (2-r0)\n(3/3) Purging old (1-r0)\nOK: 8 MiB in 15 packages\n",
        ),
        (
            "apk packages",
            "musl-1.2.4-r2 x86_64 {musl} (MIT) [installed]\n",
        ),
        (
            "apt policy",
            "openssl:\n  Installed: 3.0.1-1\n  Candidate: 3.0.2-1\n  Version table:\n     3.0.2-1 500\n        500 https://mirror.example bookworm-security/main amd64 Packages\n *** 3.0.1-1 100\n        100 /var/lib/dpkg/status\n",
        ),
        (
            "apt simulation",
            "Inst openssl [3.0.1-1] (3.0.2-1 Debian-Security:12/stable-security [amd64]) []\nRemv old [1.0]\nConf openssl (3.0.2-1 Debian-Security:12/stable-security [amd64])\n",
        ),
        (
            "apt-cache show",
            "Package: openssl\nVersion: 3.0.2-1\nArchitecture: amd64\nSize: 1000\nInstalled-Size: 20\nDescription: x\n more\n\n",
        ),
        (
            "dnf table",
            "Upgrading:\n web    x86_64    1.1-1    updates    10 k\nInstalling dependencies:\n libweb    noarch    2-1    updates    1.5 M\n\nTransaction Summary\n====\nUpgrade  1 Package\n\nTotal download size: 12 k\n",
        ),
        ("dnf versionlock", "# c\nweb-0:1.0-1.*\n!x-0:1-1.*\n"),
        (
            "dpkg output",
            "dpkg: error processing package web (--configure):\n installed web package post-installation script subprocess returned error exit status 1\nErrors were encountered while processing:\n web\n",
        ),
        (
            "dpkg status",
            "Package: one\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nConffiles:\n /etc/x 00112233445566778899aabbccddeeff\nDepends: two (>= 1)\n\n",
        ),
        (
            "memory maps",
            "7f00-7f01 r-xp 00000000 08:01 42 /usr/lib/libx.so.1 (deleted)\n7f02-7f03 rw-p 00000000 00:00 0 [heap]\n",
        ),
        ("pacman targets", "openssl 3.2.1-1 4567890 core\n:: bad\n"),
        ("pacman packages", "openssl 3.2.0-1\nzlib 1:1.3-2\n"),
        ("pacman.conf", "#IgnorePkg = x\nIgnorePkg   = linux nginx\n"),
        (
            "pacman backup files",
            "Name            : web\nBackup Files    : /etc/x [modified]\n                  /etc/y\nExtended Data   : pkgtype=pkg\n",
        ),
        (
            "pacman check",
            "warning: web: /usr/bin/web (SHA256 checksum mismatch)\nbackup file: web: /etc/x (Modification time mismatch)\nweb: 12 total files, 1 altered file\n",
        ),
        (
            "rpm packages",
            "web 0:1.2-3 x86_64\ngpg-pubkey 1-2 (none)\n",
        ),
        (
            "rpm verify",
            "S.5....T.  c /etc/x\nmissing     d /usr/share/doc/x\n",
        ),
        (
            "zypper summary",
            "<?xml version='1.0'?><stream><install-summary download-size=\"1000\" space-usage-diff=\"-5\"><to-upgrade><solvable type=\"package\" name=\"web\" edition=\"2-1\" arch=\"x86_64\" edition-old=\"1-1\" repository=\"r\"/></to-upgrade></install-summary></stream>",
        ),
    ];

    #[test]
    fn every_reader_has_a_text_in_the_form_of_its_answer_and_survives_mutations_of_it() {
        for (name, read) in READERS {
            let (_, seed) = SEEDS.iter().find(|(of, _)| of == name).expect(name);
            mutate(&[seed.as_bytes()], 500, |bytes| {
                read(&String::from_utf8_lossy(bytes));
            });
        }
    }

    proptest! {
        #![proptest_config(Config { cases: 128, failure_persistence: None, ..Config::default() })]

        #[test]
        fn no_reader_panics_on_any_text(text in "(?s).{0,300}") {
            READERS.iter().for_each(|(_, read)| read(&text));
        }

        #[test]
        fn no_reader_panics_on_parts_of_answers_in_any_order(
            parts in proptest::collection::vec((0..SEEDS.len(), 0.0..1.0_f64, 0.0..1.0_f64), 0..20),
        ) {
            let text: String = parts.iter().map(|(seed, from, to)| part(SEEDS[*seed].1, *from, *to)).collect();
            READERS.iter().for_each(|(_, read)| read(&text));
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of a short text's length"
    )]
    fn part(text: &str, from: f64, to: f64) -> String {
        let count = text.chars().count() as f64;
        let (start, end) = ((from * count) as usize, (to * count) as usize);
        text.chars().take(end).skip(start).collect()
    }
}
