//! The SSVC deployer table on one finding.

use std::sync::{Arc, OnceLock};

use super::facts::{Asset, FindingFacts};
use crate::context::{Control, DataClass, Exposure};
use crate::policy::{DeployerPoints, Given};
use crate::signals::{Exploitation, Judged};

/// An SSVC evaluation: outcome, and where each value comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SsvcDecision {
    /// The table's id.
    pub table: &'static str,
    /// `immediate`, `out-of-cycle`, `scheduled`, `defer`.
    pub outcome: &'static str,
    /// The value of each decision point.
    pub points: [SsvcPoint; 4],
    /// The evaluation as the standard's text vector, up to the time: `SSVCv2/E:A/EXP:O/A:Y/HI:VH/DSOI:I/`.
    pub vector: String,
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

/// The deployer's table.
const TABLE: &str = "ssvc:DT_DP:1.0.0";

/// The key of the outcome of each row of that table, exploitation the slowest and human impact the fastest. The standard's
/// own data, which a test compares, takes longer to read than a small scan.
const ROWS: &[u8; 72] = b"DDSSDSSSDSSSSSSSDSSSSSSODSSSSSSSDSSSSSSOSSSOSSOOSSOOSOOOSSOOOOOOSOOIOOII";

/// Keys of the outcomes, and of the values of the decision points.
const OUTCOME_KEYS: &[u8; 4] = b"DSOI";
const EXPLOITATION_KEYS: [&str; 3] = ["N", "P", "A"];
const EXPOSURE_KEYS: [&str; 3] = ["S", "C", "O"];
const AUTOMATABLE_KEYS: [&str; 2] = ["N", "Y"];
const IMPACT_KEYS: [&str; 4] = ["L", "M", "H", "VH"];

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
    pub(super) fn new(asset: &Asset, policy: &DeployerPoints) -> AssetPoints {
        let point = |given: &Option<Given>, of_context: fn(&Asset) -> (usize, String)| match given {
            Some(given) => (given.place, given.source.clone()),
            None => {
                let (place, source) = of_context(asset);
                (place, source.into())
            }
        };
        let (exposure, exposure_source) = point(&policy.exposure, exposure);
        let (impact, impact_source) = point(&policy.impact, impact);
        AssetPoints {
            exposure,
            exposure_source,
            impact,
            impact_source,
        }
    }
}

/// The values for one finding: the policy's own word, else what signals and context say, else the standard's default.
pub(super) fn points(
    policy: &DeployerPoints,
    asset: &AssetPoints,
    exploitation: &Judged<Exploitation>,
    automatable: Option<bool>,
) -> Points {
    let place = |given: &Option<Given>| given.as_ref().map(|given| given.place);
    Points {
        exploitation: place(&policy.exploitation).unwrap_or(match exploitation.value {
            Exploitation::None => 0,
            Exploitation::Poc => 1,
            Exploitation::Active => 2,
            Exploitation::Unknown => 3,
        }),
        exposure: asset.exposure,
        // The standard's default where nothing is known.
        automatable: place(&policy.automatable).unwrap_or(usize::from(automatable.unwrap_or(true))),
        impact: asset.impact,
    }
}

/// The table's outcome.
pub(super) fn outcome(points: Points) -> &'static str {
    let (_, rank) = decided(points);
    OUTCOMES.get(rank).copied().unwrap_or_default()
}

/// The exploitation that the outcome stands on, and the outcome's place from mild to severe. Where exploitation is not
/// known, none and public proof of concept are tried and the worse counts.
fn decided(points: Points) -> (usize, usize) {
    let rank = |exploitation: usize| {
        let row = row(Points {
            exploitation,
            ..points
        });
        let key = ROWS.get(row);
        let rank = OUTCOME_KEYS.iter().position(|known| Some(known) == key);
        // Every place is one of the table's; the worst is the answer if it ever were not.
        (exploitation, rank.unwrap_or(OUTCOMES.len() - 1))
    };
    match points.exploitation {
        3 => match (rank(0), rank(1)) {
            (none, poc) if poc.1 > none.1 => poc,
            (none, _) => none,
        },
        known => rank(known),
    }
}

fn row(points: Points) -> usize {
    ((points.exploitation * 3 + points.exposure) * 2 + points.automatable) * 4 + points.impact
}

fn vector(points: Points) -> String {
    let (exploitation, rank) = decided(points);
    let key = |keys: &[&'static str], place: usize| keys.get(place).copied().unwrap_or_default();
    let outcome = OUTCOME_KEYS.get(rank).copied().map_or(' ', char::from);
    [
        "SSVCv2/E:",
        key(&EXPLOITATION_KEYS, exploitation),
        "/EXP:",
        key(&EXPOSURE_KEYS, points.exposure),
        "/A:",
        key(&AUTOMATABLE_KEYS, points.automatable),
        "/HI:",
        key(&IMPACT_KEYS, points.impact),
        "/DSOI:",
        outcome.encode_utf8(&mut [0; 4]),
        "/",
    ]
    .concat()
}

/// The evaluation in words: `SSVC: active, system exposure open, automatable, human impact high → immediate`.
pub(super) fn words(points: Points) -> &'static str {
    static KNOWN: [OnceLock<String>; 96] = [const { OnceLock::new() }; 96];
    let known = KNOWN.get(row(points));
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

/// The evaluation for people and programs.
pub(super) fn record(
    points: Points,
    policy: &DeployerPoints,
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
    let exploitation_source = match &policy.exploitation {
        Some(given) => given.source.clone(),
        None => signal(&exploitation.reason),
    };
    let automatable_source = match (&policy.automatable, automatable) {
        (Some(given), _) => given.source.clone(),
        (None, Some(judged)) => signal(&judged.reason),
        (None, None) if finding.signals.cvss.is_empty() => "default: nothing is known".into(),
        (None, None) => "default: no signal says".into(),
    };
    let point = |name, value, source| SsvcPoint {
        name,
        value,
        source,
    };
    SsvcDecision {
        table: TABLE,
        outcome: outcome(points),
        points: [
            point(
                "exploitation",
                name(&EXPLOITATION, points.exploitation),
                exploitation_source,
            ),
            point(
                "system exposure",
                name(&EXPOSURE, points.exposure),
                asset.exposure_source.clone(),
            ),
            point(
                "automatable",
                name(&AUTOMATABLE, points.automatable),
                automatable_source,
            ),
            point(
                "human impact",
                name(&IMPACT, points.impact),
                asset.impact_source.clone(),
            ),
        ],
        vector: vector(points),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssvc::{Builtin, Point, Source, Value};

    #[test]
    fn every_row_is_the_standards_own() {
        let table = Builtin::Deployer.table();
        assert_eq!(table.id(), TABLE);
        for place in 0..96 {
            let points = Points {
                exploitation: place / 24,
                exposure: place / 8 % 3,
                automatable: place / 4 % 2,
                impact: place % 4,
            };
            let is = |value: &str| Point::new(value, Source::Default);
            let exploitation = match points.exploitation {
                3 => Point {
                    value: Value::OneOf(vec!["none".into(), "public poc".into()]),
                    source: Source::Default,
                },
                known => is(EXPLOITATION[known]),
            };
            let said = [
                ("E", exploitation),
                ("EXP", is(EXPOSURE[points.exposure])),
                ("A", is(AUTOMATABLE[points.automatable])),
                ("HI", is(IMPACT[points.impact])),
            ];
            let done = table.evaluate(&said).unwrap();
            assert_eq!(outcome(points), OUTCOMES[done.rank]);
            let name = done.outcome.value_name.to_lowercase();
            assert_eq!(outcome(points), name);
            assert_eq!(vector(points), done.vector());
        }
    }
}
