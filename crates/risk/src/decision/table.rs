//! The policy's own SSVC table (`[ssvc]`) on one finding: CISA's, another of the standard's, or the organisation's.

use super::ssvc::AssetPoints;
use crate::context::Exposure;
use crate::policy::SsvcTable;
use crate::signals::Signals;
use crate::ssvc::{Evaluation, Point, Selection, Source, defaults};

use super::facts::Asset;

/// The evaluation of a policy's own table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDecision {
    /// The table's id, such as `cisa:DT_CO:2.0.3`.
    pub table: String,
    /// Name of the outcome in small letters, such as `act`.
    pub outcome: String,
    /// Name, value and source of each decision point.
    pub points: Vec<(String, String, String)>,
}

/// Evaluates the table. What the policy sets counts first, then signals, then the context, then SSVC's defaults; of a
/// point on which nobody says anything every value is tried, and the worst outcome counts.
pub(super) fn evaluate(
    own: &SsvcTable,
    signals: &Signals,
    asset: &Asset,
    points: &AssetPoints,
) -> Option<TableDecision> {
    let mut said: Vec<(&str, Point)> = own
        .points
        .iter()
        .map(|(name, point)| (name.as_str(), point.clone()))
        .collect();
    said.extend(signals.points());
    said.extend(context(asset, points));
    said.extend(defaults());
    // The values above are the standard's own or were tried when the policy was read. A table of the organisation may
    // give one of the standard's keys other values: what it then asks for is unknown to it.
    let done = own.table.evaluate(&said).or_else(|_| {
        said.truncate(own.points.len());
        own.table.evaluate(&said)
    });
    done.ok().map(|done| told(&done))
}

/// The decision points that the asset answers: system exposure, whether it is publicly exposed, human impact, and CISA's
/// mission and well-being impact, for which low, medium, and high or very high human impact stand.
fn context(asset: &Asset, points: &AssetPoints) -> Vec<(&'static str, Point)> {
    let word = |words: &[&'static str], place: usize| words.get(place).copied().unwrap_or_default();
    let source = |text: &str| match text.strip_prefix("context: ") {
        Some(text) => Source::Context(text.to_owned()),
        None => Source::Default,
    };
    let (exposure, impact) = (&points.exposure_source, &points.impact_source);
    let open = match asset.context.exposure() {
        Exposure::Internet => "Y",
        _ => "N",
    };
    vec![
        (
            "EXP",
            Point::new(word(&["S", "C", "O"], points.exposure), source(exposure)),
        ),
        ("PE", Point::new(open, source(exposure))),
        (
            "HI",
            Point::new(word(&["L", "M", "H", "VH"], points.impact), source(impact)),
        ),
        (
            "MWI",
            Point::new(word(&["L", "M", "H", "H"], points.impact), source(impact)),
        ),
    ]
}

fn told(done: &Evaluation) -> TableDecision {
    TableDecision {
        table: done.table.clone(),
        outcome: done.outcome.value_name.to_lowercase(),
        points: done.selections.iter().map(point).collect(),
    }
}

fn point(selection: &Selection) -> (String, String, String) {
    let source = match &selection.source {
        Source::Signal(what) => format!("signal: {what}"),
        Source::Context(what) => format!("context: {what}"),
        Source::Policy(what) => format!("policy: {what}"),
        Source::Table(what) => format!("table: {what}"),
        Source::Default => match selection.candidates.len() {
            1 => "default: SSVC's own".to_owned(),
            _ => "default: unknown, the worst counts".to_owned(),
        },
    };
    (
        selection.name.to_lowercase(),
        selection.value_name.to_lowercase(),
        source,
    )
}
