//! Ids of documents that are the same for the same report.

use std::fmt::Write as _;

use patchward_protocol::report::ScanReport;

/// A UUID (version 8, RFC 9562: of our own making) from when the scan ran, by which knowledge, and what was found.
pub fn uuid(report: &ScanReport, format: &str) -> String {
    let mut hash = Fnv::new();
    hash.add(format);
    hash.add(&report.started.to_string());
    if let Some(knowledge) = &report.knowledge {
        hash.add(&knowledge.generation);
    }
    for target in &report.targets {
        hash.add(&target.asset.name);
        target
            .inventory
            .iter()
            .for_each(|component| hash.add(&component.purl));
        target
            .findings
            .iter()
            .for_each(|finding| hash.add(&finding.id));
    }
    let bits = hash.0 & !(0xF << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let _ = text.write_char(digit);
    }
    text
}

/// FNV-1a with 128 bits: an id, not a proof.
struct Fnv(u128);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 ^= u128::from(byte);
            self.0 = self
                .0
                .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

/// An instant to the second, as SPDX and CSAF want it: `2026-01-02T03:04:05Z`.
pub fn second(instant: jiff::Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_report_has_the_same_id_and_formats_differ() {
        let report = ScanReport::default();
        let id = uuid(&report, "spdx");
        assert_eq!(id, uuid(&report, "spdx"));
        assert_ne!(id, uuid(&report, "csaf"));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
        assert!("89ab".contains(&id[19..20]));
    }
}
