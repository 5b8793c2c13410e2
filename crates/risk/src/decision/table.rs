//! The policy's own SSVC table (`[ssvc]`) on one finding: CISA's, another of the standard's, or the organisation's.

use super::ssvc::AssetPoints;
use crate::context::Exposure;
use crate::policy::SsvcRules;
use crate::signals::Signals;
use crate::ssvc::{DecisionPoint, Evaluation, Point, Selection, Source, Table, Tree, defaults};

use super::facts::Asset;

/// The evaluation of a policy's own table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDecision {
    /// The table's id, such as `cisa:DT_CO:2.0.3`.
    pub table: String,
    /// Name of the outcome in small letters, such as `act`.
    pub outcome: String,
    /// Name, value and source of each decision point; those of tables that answered one come behind.
    pub points: Vec<(String, String, String)>,
    /// The evaluation as the standard's text vector, up to the time.
    pub vector: String,
}

/// Evaluates the table. What the policy sets counts first, then signals, then the context, then SSVC's defaults; of a
/// point on which nobody says anything every value is tried, and the worst outcome counts.
pub(super) fn evaluate(
    rules: &SsvcRules,
    signals: &Signals,
    asset: &Asset,
    points: &AssetPoints,
) -> Option<TableDecision> {
    let own = rules.own.as_ref()?;
    let mut said: Vec<(&str, Point)> = rules
        .points
        .iter()
        .map(|(name, point)| (name.as_str(), point.clone()))
        .collect();
    let given = said.len();
    said.extend(signals.points());
    let answered = answered(own, rules);
    let is_answered = |name: &str| answered.iter().any(|point| point.is_called(name));
    let context = context(asset, points).into_iter();
    said.extend(context.filter(|(name, _)| !is_answered(name)));
    said.extend(defaults());
    // The values above are the standard's own or were tried when the policy was read. A table of the organisation may
    // give one of the standard's keys other values: what it then asks for is unknown to it.
    let done = own.evaluate(&said).or_else(|_| {
        said.truncate(given);
        own.evaluate(&said)
    });
    done.ok().map(|done| told(&done))
}

/// Decision points that another table answers from what the policy gives: that counts before what the context says.
fn answered<'t>(own: &'t Tree, rules: &SsvcRules) -> Vec<&'t DecisionPoint> {
    let given = |point: &DecisionPoint| rules.points.iter().any(|(name, _)| point.is_called(name));
    let helpers = own.tables().iter().skip(1);
    helpers
        .filter(|helper| helper.inputs().iter().any(given))
        .map(Table::outcome)
        .collect()
}

/// The decision points that the asset answers: system exposure, whether it is publicly exposed, human impact, and CISA's
/// mission and well-being impact, for which low, medium, and high or very high human impact stand.
fn context(asset: &Asset, points: &AssetPoints) -> Vec<(&'static str, Point)> {
    let word = |words: &[&'static str], place: usize| words.get(place).copied().unwrap_or_default();
    let source = |text: &str| match text.split_once(": ") {
        Some(("context", text)) => Source::Context(text.to_owned()),
        Some(("policy", text)) => Source::Policy(text.to_owned()),
        _ => Source::Default,
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
        points: [done]
            .into_iter()
            .chain(&done.parts)
            .flat_map(|done| &done.selections)
            .map(point)
            .collect(),
        vector: done.vector(),
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
