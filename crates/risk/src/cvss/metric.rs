//! The metrics of each version, in the order in which they are printed.
//!
//! A value is its place in the metric's list. Place 0 is "not defined": optional metrics may say so, base metrics may
//! not. A modified metric lists the values of its base metric at the same places, so that one replaces the other as is.

use super::vector::Version;

/// Which part of the score a metric belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Base,
    /// Temporal in versions 2 and 3, threat in version 4.
    Temporal,
    Environmental,
    /// Version 4: never changes the score.
    Supplemental,
}

/// A metric.
pub struct Metric {
    pub key: &'static str,
    code: u32,
    pub group: Group,
    pub values: &'static [&'static str],
}

/// Most metrics that a version has.
pub const MOST: usize = 32;

impl Metric {
    pub fn place(&self, value: &str) -> Option<u8> {
        let first = usize::from(self.group == Group::Base);
        let place = self.values.iter().skip(first).position(|v| *v == value)?;
        u8::try_from(place + first).ok()
    }
}

/// The metrics of a version.
pub fn of(version: Version) -> &'static [Metric] {
    match version {
        Version::V2 => V2,
        Version::V30 | Version::V31 => V3,
        Version::V40 => V4,
    }
}

/// The place of a metric in its version's list.
pub fn find(version: Version, key: &str) -> Option<usize> {
    let code = code(key);
    of(version).iter().position(|metric| metric.code == code)
}

/// A key as a number, which is compared in one step; 0, which is none's, for texts that are longer than any key.
const fn code(key: &str) -> u32 {
    match *key.as_bytes() {
        [a] => u32::from_le_bytes([a, 0, 0, 0]),
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        _ => 0,
    }
}

const fn metric(group: Group, key: &'static str, values: &'static [&'static str]) -> Metric {
    Metric {
        key,
        code: code(key),
        group,
        values,
    }
}

const fn base(key: &'static str, values: &'static [&'static str]) -> Metric {
    metric(Group::Base, key, values)
}

const fn temporal(key: &'static str, values: &'static [&'static str]) -> Metric {
    metric(Group::Temporal, key, values)
}

const fn environmental(key: &'static str, values: &'static [&'static str]) -> Metric {
    metric(Group::Environmental, key, values)
}

const fn supplemental(key: &'static str, values: &'static [&'static str]) -> Metric {
    metric(Group::Supplemental, key, values)
}

/// CVSS v2 guide, section 2.
const V2: &[Metric] = &[
    base("AV", &["ND", "L", "A", "N"]),
    base("AC", &["ND", "H", "M", "L"]),
    base("Au", &["ND", "M", "S", "N"]),
    base("C", &["ND", "N", "P", "C"]),
    base("I", &["ND", "N", "P", "C"]),
    base("A", &["ND", "N", "P", "C"]),
    temporal("E", &["ND", "U", "POC", "F", "H"]),
    temporal("RL", &["ND", "OF", "TF", "W", "U"]),
    temporal("RC", &["ND", "UC", "UR", "C"]),
    environmental("CDP", &["ND", "N", "L", "LM", "MH", "H"]),
    environmental("TD", &["ND", "N", "L", "M", "H"]),
    environmental("CR", &["ND", "L", "M", "H"]),
    environmental("IR", &["ND", "L", "M", "H"]),
    environmental("AR", &["ND", "L", "M", "H"]),
];

/// CVSS v3.1 specification, section 6 (the same metrics as v3.0).
const V3: &[Metric] = &[
    base("AV", &["X", "N", "A", "L", "P"]),
    base("AC", &["X", "L", "H"]),
    base("PR", &["X", "N", "L", "H"]),
    base("UI", &["X", "N", "R"]),
    base("S", &["X", "U", "C"]),
    base("C", &["X", "H", "L", "N"]),
    base("I", &["X", "H", "L", "N"]),
    base("A", &["X", "H", "L", "N"]),
    temporal("E", &["X", "H", "F", "P", "U"]),
    temporal("RL", &["X", "U", "W", "T", "O"]),
    temporal("RC", &["X", "C", "R", "U"]),
    environmental("CR", &["X", "L", "M", "H"]),
    environmental("IR", &["X", "L", "M", "H"]),
    environmental("AR", &["X", "L", "M", "H"]),
    environmental("MAV", &["X", "N", "A", "L", "P"]),
    environmental("MAC", &["X", "L", "H"]),
    environmental("MPR", &["X", "N", "L", "H"]),
    environmental("MUI", &["X", "N", "R"]),
    environmental("MS", &["X", "U", "C"]),
    environmental("MC", &["X", "H", "L", "N"]),
    environmental("MI", &["X", "H", "L", "N"]),
    environmental("MA", &["X", "H", "L", "N"]),
];

/// CVSS v4.0 specification, section 7, table 23; `S` (safety) exists only as a modified value.
const V4: &[Metric] = &[
    base("AV", &["X", "N", "A", "L", "P"]),
    base("AC", &["X", "L", "H"]),
    base("AT", &["X", "N", "P"]),
    base("PR", &["X", "N", "L", "H"]),
    base("UI", &["X", "N", "P", "A"]),
    base("VC", &["X", "H", "L", "N"]),
    base("VI", &["X", "H", "L", "N"]),
    base("VA", &["X", "H", "L", "N"]),
    base("SC", &["X", "H", "L", "N"]),
    base("SI", &["X", "H", "L", "N"]),
    base("SA", &["X", "H", "L", "N"]),
    temporal("E", &["X", "A", "P", "U"]),
    environmental("CR", &["X", "L", "M", "H"]),
    environmental("IR", &["X", "L", "M", "H"]),
    environmental("AR", &["X", "L", "M", "H"]),
    environmental("MAV", &["X", "N", "A", "L", "P"]),
    environmental("MAC", &["X", "L", "H"]),
    environmental("MAT", &["X", "N", "P"]),
    environmental("MPR", &["X", "N", "L", "H"]),
    environmental("MUI", &["X", "N", "P", "A"]),
    environmental("MVC", &["X", "H", "L", "N"]),
    environmental("MVI", &["X", "H", "L", "N"]),
    environmental("MVA", &["X", "H", "L", "N"]),
    environmental("MSC", &["X", "H", "L", "N"]),
    environmental("MSI", &["X", "H", "L", "N", "S"]),
    environmental("MSA", &["X", "H", "L", "N", "S"]),
    supplemental("S", &["X", "N", "P"]),
    supplemental("AU", &["X", "N", "Y"]),
    supplemental("R", &["X", "A", "U", "I"]),
    supplemental("V", &["X", "D", "C"]),
    supplemental("RE", &["X", "L", "M", "H"]),
    supplemental("U", &["X", "Clear", "Green", "Amber", "Red"]),
];
