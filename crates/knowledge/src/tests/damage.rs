//! A damaged segment is an error or says less; it never panics and never ends in a wild read.

use super::sample::{advisory, epss, kev, lifecycle, time};
use crate::layout::{HEADER, Kind, Section};
use crate::record::{Record, encode};
use crate::segment::Segment;
use crate::writer::{SegmentWriter, Times};
use crate::{Knowledge, Probe};

fn built() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SegmentWriter::new(folder.path(), 5).unwrap();
    let mut records: Vec<Record> = vec![kev("CVE-2024-0001"), lifecycle("debian", "12")];
    for n in 0..8 {
        let mut record = advisory(&format!("GHSA-{n}"), &format!("p{}", n % 3), "1.0.0");
        record.aliases = vec![format!("CVE-2024-000{n}")];
        record.affected[0].versions = vec!["0.1.0".into(), "0.2.0".into()];
        records.push(record.into());
    }
    for record in records {
        let times = Times {
            since: 1,
            learnt: 5,
            until: i64::MAX,
        };
        writer.add("f", &encode(record).unwrap(), times).unwrap();
    }
    if let Record::Signal(_) = epss("CVE-2024-0001", 3, 0.5) {
        let point = crate::epss::Point {
            cve: crate::epss::cve_number("CVE-2024-0001").unwrap(),
            at: 1,
            learnt: 1,
            score: 1,
            percentile: 1,
            model: 0,
        };
        writer.add_epss(point, "v1").unwrap();
    }
    writer.kill(7, 3, true);
    let path = folder.path().join("segment");
    writer.finish(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// Opens bytes with the header's digest made right again, so that the damage reaches the readers.
fn open(mut bytes: Vec<u8>) -> Option<Segment> {
    use sha2::Digest;
    if bytes.len() >= HEADER {
        let digest = sha2::Sha256::digest(&bytes[..HEADER - 32]);
        bytes[HEADER - 32..HEADER].copy_from_slice(&digest);
    }
    Segment::of_bytes(bytes).ok()
}

fn read_everything(segment: Segment) {
    let knowledge = Knowledge::of_segments(vec![segment]);
    for name in ["p0", "p1", "p2", "absent"] {
        for run in knowledge.package("npm", name) {
            for claim in run.claims().take(1000) {
                claim.names(&mut Probe::new("0.1.0"));
                knowledge.affected(&claim);
                knowledge.whole_advisory(claim.advisory());
                knowledge.vulnerabilities_of(claim.advisory());
            }
        }
    }
    for id in ["CVE-2024-0001", "GHSA-3", "debian"] {
        knowledge.vulnerability(id);
        knowledge.signals_of(id);
        knowledge.lifecycles(id);
        knowledge.known_at(id, time(9));
    }
    knowledge.find(Kind::Advisory, "f", "GHSA-1\u{1f}Somebody");
    knowledge.changes_since(time(0));
    knowledge.search("weak", 5);
    knowledge.stats();
    let _ = knowledge.verify();
    let segment = &knowledge.segments()[0];
    segment.kills(7, 3);
    segment.section(Section::Dead);
}

#[test]
fn a_damaged_segment_never_panics() {
    let bytes = built();
    patchward_test_support::mutate(&[&bytes], 400, |bytes| {
        if let Some(segment) = open(bytes.to_vec()) {
            read_everything(segment);
        }
    });
}

#[test]
fn verify_finds_every_flipped_byte() {
    let bytes = built();
    let whole = Segment::of_bytes(bytes.clone()).unwrap();
    whole.verify().unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let padding =
            at >= HEADER && Segment::of_bytes(damaged.clone()).is_ok_and(|s| s.verify().is_ok());
        let found = Segment::of_bytes(damaged).map_or(true, |segment| segment.verify().is_err());
        assert!(found || padding && bytes[at] == 0, "byte {at}");
    }
}
