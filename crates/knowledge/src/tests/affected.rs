//! The compiled form and the reference algorithm of `patchward_advisory::affects` say the same of every version.

use patchward_advisory::affects::{Verdict, compile};
use patchward_advisory::model::{Affected, Event, Range, RangeKind};
use proptest::prelude::*;

use super::sample::affected;
use crate::bytes::Cursor;
use crate::entry::{self, Entry};
use crate::{Named, Probe};

const ECOSYSTEMS: [&str; 6] = [
    "npm",
    "Debian:12",
    "PyPI",
    "Maven",
    "Nowhere",
    "Alpine:v3.20",
];

fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[0-3]\\.[0-3](\\.[0-3])?",
        2 => "[0-2]\\.[0-2]\\.[0-2](-rc[1-3]|-r[0-2]|~beta|a1)",
        1 => Just("0".to_owned()),
        1 => "[a-z ]{0,4}",
    ]
}

fn event() -> impl Strategy<Value = Event> {
    version().prop_flat_map(|version| {
        prop_oneof![
            4 => Just(Event::Introduced(version.clone())),
            4 => Just(Event::Fixed(version.clone())),
            2 => Just(Event::LastAffected(version.clone())),
            1 => Just(Event::After(version.clone())),
            1 => Just(Event::Limit(version)),
        ]
    })
}

fn any_affected() -> impl Strategy<Value = Affected> {
    let range = (
        prop_oneof![
            4 => Just(RangeKind::Ecosystem),
            1 => Just(RangeKind::SemVer),
            1 => Just(RangeKind::Git)
        ],
        proptest::collection::vec(event(), 0..5),
    );
    (
        0..ECOSYSTEMS.len(),
        proptest::collection::vec(range, 0..3),
        proptest::collection::vec(version(), 0..3),
        proptest::collection::vec("see vendor", 0..2),
    )
        .prop_map(|(ecosystem, ranges, versions, unread)| {
            let mut made = affected(ECOSYSTEMS[ecosystem], "x", "0", "1");
            made.ranges = ranges
                .into_iter()
                .map(|(kind, events)| Range {
                    kind,
                    events,
                    repo: None,
                })
                .collect();
            made.versions = versions;
            made.unread = unread;
            made
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_entry_names_a_version_if_and_only_if_the_reference_does(
        affected in any_affected(),
        version in version(),
    ) {
        let mut bytes = Vec::new();
        entry::write(&mut bytes, 0, 0, &affected, 1, false, false);
        let entry = Entry::read(&mut Cursor::new(&bytes)).unwrap();
        let ours = entry.names(&mut Probe::new(&version));
        match compile(&affected).judge(&version) {
            Verdict::Named(_) => prop_assert!(!matches!(ours, Named::No | Named::Unknown)),
            Verdict::NotNamed => prop_assert_eq!(ours, Named::No),
            Verdict::Unknown(_) => prop_assert_eq!(ours, Named::Unknown),
        }
    }
}
