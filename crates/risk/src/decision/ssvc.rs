//! The SSVC deployer table on one finding. Its 96 combinations are evaluated once each.

use std::sync::{Arc, OnceLock};

use super::facts::{Asset, FindingFacts};
use crate::context::{Control, DataClass, Exposure};
use crate::signals::{Exploitation, Judged};
use crate::ssvc::{Builtin, Point, Source, Value};

/// An SSVC evaluation: outcome, and where each value comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SsvcDecision {
    /// The table's id.
    pub table: &'static str,
    /// `immediate`, `out-of-cycle`, `scheduled`, `defer`.
    pub outcome: &'static str,
    /// The value of each decision point.
    pub points: [SsvcPoint; 4],
}

/// A decision point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SsvcPoint {
    /// `exploitation`.
    pub name: &'static str,
    /// `active`.
    pub value: &'static str,
    /// `signal: in CISA KEV since 2024-03-05`.
    pub source: Arc<str>,
}

/// Outcomes, from mild to severe.
const OUTCOMES: [&str; 4] = ["defer", "scheduled", "out-of-cycle", "immediate"];
const EXPLOITATION: [&str; 4] = [
    "none",
    "public poc",
    "active",
    "unknown (none or public poc)",
];
const EXPOSURE: [&str; 3] = ["small", "controlled", "open"];
const AUTOMATABLE: [&str; 2] = ["no", "yes"];
const IMPACT: [&str; 4] = ["low", "medium", "high", "very high"];

/// The values of the four decision points, as places in the lists of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Points {
    exploitation: usize,
    exposure: usize,
    automatable: usize,
    impact: usize,
}

/// What a context says about the two points that are the asset's, with reasons.
#[derive(Debug, Clone)]
pub(super) struct AssetPoints {
    pub(super) exposure: usize,
    pub(super) exposure_source: Arc<str>,
    pub(super) impact: usize,
    pub(super) impact_source: Arc<str>,
}

impl AssetPoints {
    pub(super) fn new(asset: &Asset) -> AssetPoints {
        let (exposure, exposure_source) = exposure(asset);
        let (impact, impact_source) = impact(asset);
        AssetPoints {
            exposure,
            exposure_source: exposure_source.into(),
            impact,
            impact_source: impact_source.into(),
        }
    }
}

/// The values for one finding.
pub(super) fn points(
    asset: &AssetPoints,
    exploitation: &Judged<Exploitation>,
    automatable: Option<bool>,
) -> Points {
    Points {
        exploitation: match exploitation.value {
            Exploitation::None => 0,
            Exploitation::Poc => 1,
            Exploitation::Active => 2,
            Exploitation::Unknown => 3,
        },
        exposure: asset.exposure,
        // The standard's default where nothing is known.
        automatable: usize::from(automatable.unwrap_or(true)),
        impact: asset.impact,
    }
}

/// The table's outcome.
pub(super) fn outcome(points: Points) -> &'static str {
    static KNOWN: [OnceLock<&'static str>; 96] = [const { OnceLock::new() }; 96];
    match KNOWN.get(place(points)) {
        Some(known) => known.get_or_init(|| evaluate(points)),
        None => evaluate(points),
    }
}

fn place(points: Points) -> usize {
    ((points.exploitation * 3 + points.exposure) * 2 + points.automatable) * 4 + points.impact
}

/// The evaluation in words: `SSVC: active, system exposure open, automatable, human impact high → immediate`.
pub(super) fn words(points: Points) -> &'static str {
    static KNOWN: [OnceLock<String>; 96] = [const { OnceLock::new() }; 96];
    let known = KNOWN.get(place(points));
    known.map_or("", |known| known.get_or_init(|| in_words(points)))
}

fn in_words(points: Points) -> String {
    let name = |names: &[&'static str], place: usize| names.get(place).copied().unwrap_or_default();
    let exploitation = match points.exploitation {
        3 => format!("exploitation {}", name(&EXPLOITATION, 3)),
        known => name(&EXPLOITATION, known).to_owned(),
    };
    let automatable = match points.automatable {
        0 => "not automatable",
        _ => "automatable",
    };
    format!(
        "SSVC: {exploitation}, system exposure {}, {automatable}, human impact {} → {}",
        name(&EXPOSURE, points.exposure),
        name(&IMPACT, points.impact),
        outcome(points)
    )
}

fn evaluate(points: Points) -> &'static str {
    let name = |names: &[&'static str], place: usize| names.get(place).copied().unwrap_or_default();
    let is = |value: &str| Point::new(value, Source::Default);
    let exploitation = match points.exploitation {
        3 => Point {
            value: Value::OneOf(vec!["none".to_owned(), "public poc".to_owned()]),
            source: Source::Default,
        },
        place => is(name(&EXPLOITATION, place)),
    };
    let said = [
        ("E", exploitation),
        ("EXP", is(name(&EXPOSURE, points.exposure))),
        ("A", is(name(&AUTOMATABLE, points.automatable))),
        ("HI", is(name(&IMPACT, points.impact))),
    ];
    let rank = Builtin::Deployer
        .table()
        .evaluate(&said)
        .map(|done| done.rank);
    // Every value above is one of the table's, which a test holds; the worst is the answer if it ever were not.
    OUTCOMES
        .get(rank.unwrap_or(OUTCOMES.len() - 1))
        .copied()
        .unwrap_or("immediate")
}

/// The evaluation for people and programs.
pub(super) fn record(
    points: Points,
    asset: &AssetPoints,
    finding: &FindingFacts,
    exploitation: &Judged<Exploitation>,
    automatable: Option<&Judged<bool>>,
) -> SsvcDecision {
    let name = |names: &[&'static str], place: usize| names.get(place).copied().unwrap_or_default();
    let mut words = String::with_capacity(128);
    let mut signal = |reason: &str| {
        words.clear();
        words.push_str("signal: ");
        words.push_str(reason);
        Arc::from(words.as_str())
    };
    let automatable_source = match automatable {
        Some(judged) => signal(&judged.reason),
        None if finding.signals.cvss.is_empty() => "default: nothing is known".into(),
        None => "default: no signal says".into(),
    };
    SsvcDecision {
        table: Builtin::Deployer.table().id(),
        outcome: outcome(points),
        points: [
            SsvcPoint {
                name: "exploitation",
                value: name(&EXPLOITATION, points.exploitation),
                source: signal(&exploitation.reason),
            },
            SsvcPoint {
                name: "system exposure",
                value: name(&EXPOSURE, points.exposure),
                source: asset.exposure_source.clone(),
            },
            SsvcPoint {
                name: "automatable",
                value: name(&AUTOMATABLE, points.automatable),
                source: automatable_source,
            },
            SsvcPoint {
                name: "human impact",
                value: name(&IMPACT, points.impact),
                source: asset.impact_source.clone(),
            },
        ],
    }
}

/// System exposure: anybody → open; known parties and inside → controlled; nobody → small. A filter in front or a login
/// elsewhere makes open controlled; code that is not used makes it small.
fn exposure(asset: &Asset) -> (usize, String) {
    let context = &asset.context;
    let Some(said) = &context.exposure else {
        return (2, "default: nobody says who reaches the asset".to_owned());
    };
    let source = format!("context: {} exposure, {}", said.value, said.source);
    let place = match said.value {
        Exposure::Internet => 2,
        Exposure::Partner | Exposure::Internal => 1,
        Exposure::Isolated => 0,
    };
    let lowered = context
        .controls
        .iter()
        .find_map(|control| match control.value {
            Control::NotLoaded if place > 0 => Some((0, control)),
            Control::Waf | Control::Authenticated if place == 2 => Some((1, control)),
            _ => None,
        });
    match lowered {
        Some((place, control)) => (
            place,
            format!("{source}; control {}, {}", control.value, control.source),
        ),
        None => (place, source),
    }
}

/// Human impact: criticality 1 and 2 → low, 3 → medium, 4 → high, 5 → very high; data of persons at least medium, of
/// payments, patients and secrets at least high, since losing those fails the mission of who keeps them.
fn impact(asset: &Asset) -> (usize, String) {
    let context = &asset.context;
    let criticality = context.criticality.as_ref().map(|said| {
        let place = match said.value {
            0..=2 => 0,
            3 => 1,
            4 => 2,
            _ => 3,
        };
        (
            place,
            format!("context: criticality {}, {}", said.value, said.source),
        )
    });
    let data = context.data.as_ref().map(|said| {
        let place = match said.value {
            DataClass::Public | DataClass::Internal => 0,
            DataClass::Personal => 1,
            _ => 2,
        };
        (
            place,
            format!("context: {} data, {}", said.value, said.source),
        )
    });
    let worse = [criticality, data]
        .into_iter()
        .flatten()
        .reduce(|a, b| if b.0 > a.0 { b } else { a });
    worse.unwrap_or_else(|| {
        (
            0,
            "default: nobody says how important the asset is".to_owned(),
        )
    })
}
