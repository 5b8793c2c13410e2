//! Examples in a policy: findings with what is expected of them, so that criteria are tested before they go live.

use jiff::civil::{Date, date};

use super::Policy;
use super::field::band;
use crate::context::{AssetName, Contexts, OwnContext};
use crate::cvss::{Severity, Vector};
use crate::decision::{Asset, Decider, Decision, FindingFacts, Priority};
use crate::document::Table;
use crate::signals::{EpssPoint, EpssSeries, Reading, StatedVector, TREND_DAYS};

/// The day of an example that names none.
const TODAY: Date = date(2026, 1, 15);

/// A finding with what is expected of it.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// File and line.
    pub place: String,
    today: Date,
    asset: (String, String, OwnContext),
    finding: FindingFacts,
    expect: Expected,
}

#[derive(Debug, Clone, Default)]
struct Expected {
    priority: Option<Priority>,
    ssvc: Option<String>,
    table: Option<String>,
    due: Option<Date>,
    rule: Option<String>,
    approval: Option<String>,
    notify: Vec<String>,
    accepted: Option<bool>,
    least: Option<f64>,
    most: Option<f64>,
}

/// The outcome of an example.
#[derive(Debug, Clone)]
pub struct ExampleResult {
    /// The example's name.
    pub name: String,
    /// File and line.
    pub place: String,
    /// What was expected and what came, for each that differs. Empty when it holds.
    pub differences: Vec<String>,
    /// The decision.
    pub decision: Decision,
}

/// Reads `[[test]]`.
pub fn read(top: &Table<'_, '_>, contexts: &Contexts) -> Vec<Example> {
    let tables = top.tables("test");
    let examples: Vec<Example> = tables.iter().filter_map(example).collect();
    for (at, message) in examples
        .iter()
        .flat_map(|own| contexts.unknown(&own.asset.2))
    {
        top.document().fault(at, message);
    }
    examples
}

fn example(table: &Table<'_, '_>) -> Option<Example> {
    let name = table.text("name");
    if name.is_none() {
        table.fault("a test has a name");
    }
    let today = table.day("today").unwrap_or(TODAY);
    let asset = table.table("asset").map_or_else(Default::default, |asset| {
        let name = asset.text("name").map(|text| text.value);
        let kind = asset.text("kind").map(|text| text.value);
        let own = OwnContext::read(&asset, "the test's asset");
        asset.done();
        (name.unwrap_or_default(), kind.unwrap_or_default(), own)
    });
    let finding = table.table("finding").map(|finding| facts(&finding, today));
    let expect = table.table("expect").map(|expect| expected(&expect));
    if expect.is_none() {
        table.fault("a test says what it expects: expect = { priority = \"P1\" }");
    }
    table.done();
    Some(Example {
        name: name?.value,
        place: table.document().place(table.at),
        today,
        asset,
        finding: finding.unwrap_or_default(),
        expect: expect?,
    })
}

fn facts(table: &Table<'_, '_>, today: Date) -> FindingFacts {
    let text = |key| table.text(key).map(|text| text.value);
    let texts = |key| {
        table
            .texts(key)
            .into_iter()
            .map(|text| text.value)
            .collect::<Vec<_>>()
    };
    let mut reading = Reading::new(today);
    if let Some(epss) = table.number("epss", f64::MIN, f64::MAX) {
        let percentile = table
            .number("percentile", f64::MIN, f64::MAX)
            .unwrap_or(epss);
        let before = table.number("epss_before", 0.0, 1.0);
        let history = history(before, epss, today);
        reading = reading.epss(epss, percentile, &today.to_string(), "", &history);
    }
    let ransomware = table.switch("ransomware").unwrap_or(false);
    let due = table.day("kev_due").map(|day| day.to_string());
    if let Some(added) = table.day("kev") {
        reading = reading.kev("CISA", &added.to_string(), due.as_deref(), ransomware);
    }
    for url in texts("exploits") {
        reading = reading.exploit("test", &url);
    }
    let [exploitation, automatable, impact] = ["exploitation", "automatable", "technical_impact"]
        .map(|key| text(key).unwrap_or_default());
    if [&exploitation, &automatable, &impact]
        .iter()
        .any(|word| !word.is_empty())
    {
        reading = reading.ssvc("CISA", None, &exploitation, &automatable, &impact);
    }
    let (mut signals, problems) = reading.finish();
    for problem in problems {
        table.fault(problem.to_string());
    }
    let vector = table
        .text("vector")
        .and_then(|text| match Vector::parse(&text.value) {
            Ok(vector) => Some(vector),
            Err(error) => {
                table.document().fault(text.at, error.to_string());
                None
            }
        });
    signals.cvss.extend(vector.map(|vector| StatedVector {
        source: "test".to_owned(),
        vector,
    }));
    signals.cwes = texts("cwes");
    let cvss = table
        .number("cvss", 0.0, 10.0)
        .or(vector.map(|vector| vector.base().value()));
    let fixable = table.switch("fixable").unwrap_or(true);
    let facts = FindingFacts {
        id: text("id").unwrap_or_default(),
        aliases: texts("aliases"),
        package: text("package").unwrap_or_default(),
        ecosystem: text("ecosystem").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        severity: table
            .word::<SeverityWord>("severity")
            .and_then(|(word, _)| word.0),
        cvss,
        vector: vector.map(|vector| vector.to_string()),
        cvss_source: None,
        cvss_others: Vec::new(),
        severity_words: severity_words(table),
        cwes: signals.cwes.clone(),
        paths: texts("paths"),
        status: text("status")
            .unwrap_or_else(|| if fixable { "fixable" } else { "no-fix" }.to_owned()),
        fixable,
        malware: table.switch("malware").unwrap_or(false),
        direct: table.switch("direct"),
        development: table.switch("development"),
        loaded: table.switch("loaded"),
        listening: table.switch("listening"),
        installed: table.switch("installed"),
        published: table.day("published"),
        fixed: table.day("fixed"),
        first_seen: table.day("first_seen"),
        signals,
        lev: table.number("lev", 0.0, 1.0),
        problems: Vec::new(),
    };
    table.done();
    facts
}

/// What publishers call it: words of bands.
fn severity_words(table: &Table<'_, '_>) -> Vec<String> {
    let mut words = Vec::new();
    for text in table.texts("severity_words") {
        match text.value.parse::<SeverityWord>() {
            Ok(SeverityWord(Some(severity))) => words.push(band(severity).to_owned()),
            _ => table
                .document()
                .fault(text.at, "expected critical, high, medium, low or none"),
        }
    }
    words
}

/// A score of thirty days before, where the example names one, and that of today.
fn history(before: Option<f64>, epss: f64, today: Date) -> EpssSeries {
    let point = |day, score| EpssPoint {
        day,
        score,
        model: String::new(),
    };
    let start = today.checked_sub(jiff::Span::new().days(TREND_DAYS));
    let points = before.zip(start.ok());
    let points = points.map(|(before, start)| vec![point(start, before), point(today, epss)]);
    EpssSeries::new(points.unwrap_or_default(), today).0
}

struct SeverityWord(Option<Severity>);

impl std::str::FromStr for SeverityWord {
    type Err = String;

    fn from_str(text: &str) -> Result<SeverityWord, String> {
        Ok(SeverityWord(match text {
            "critical" => Some(Severity::Critical),
            "high" => Some(Severity::High),
            "medium" => Some(Severity::Medium),
            "low" => Some(Severity::Low),
            "none" => Some(Severity::None),
            "unknown" => None,
            _ => return Err("expected critical, high, medium, low, none or unknown".to_owned()),
        }))
    }
}

fn expected(table: &Table<'_, '_>) -> Expected {
    let text = |key| table.text(key).map(|text| text.value);
    let expect = Expected {
        priority: table.word("priority").map(|(priority, _)| priority),
        ssvc: text("ssvc"),
        table: text("table"),
        due: table.day("due"),
        rule: text("rule"),
        approval: text("approval"),
        notify: table
            .texts("notify")
            .into_iter()
            .map(|text| text.value)
            .collect(),
        accepted: table.switch("accepted"),
        least: table.number("score_at_least", 0.0, 100.0),
        most: table.number("score_at_most", 0.0, 100.0),
    };
    table.done();
    expect
}

/// Runs the examples of a policy, in their order.
pub fn run(policy: &Policy) -> Vec<ExampleResult> {
    let examples = policy.examples.iter();
    examples
        .map(|example| {
            let (name, kind, own) = &example.asset;
            let asset = AssetName { name, kind };
            let context = policy.contexts.of(asset, Some(own));
            let decision =
                Decider::new(policy, Asset::new(context), example.today).decide(&example.finding);
            ExampleResult {
                name: example.name.clone(),
                place: example.place.clone(),
                differences: differences(&example.expect, &decision),
                decision,
            }
        })
        .collect()
}

fn differences(expect: &Expected, decision: &Decision) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: Option<String>, came: String| {
        if let Some(expected) = expected.filter(|expected| *expected != came) {
            found.push(format!("{what}: expected {expected}, came {came}"));
        }
    };
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let due = decision.deadlines.first();
    compare(
        "priority",
        expect.priority.map(|p| p.to_string()),
        decision.priority.to_string(),
    );
    compare(
        "ssvc",
        expect.ssvc.clone(),
        decision.ssvc.outcome.to_owned(),
    );
    compare(
        "table",
        expect.table.clone(),
        or_none(decision.table.as_ref().map(|own| own.outcome.clone())),
    );
    compare(
        "due",
        expect.due.map(|day| day.to_string()),
        or_none(due.map(|due| due.date.to_string())),
    );
    compare(
        "approval",
        expect.approval.clone(),
        or_none(decision.approval.clone()),
    );
    compare(
        "accepted",
        expect.accepted.map(|accepted| accepted.to_string()),
        decision.accepted.is_some().to_string(),
    );
    for route in &expect.notify {
        if !decision.notify.contains(route) {
            found.push(format!(
                "notify: expected {route}, came {}",
                decision.notify.join(", ")
            ));
        }
    }
    if let Some(rule) = &expect.rule
        && !decision.rules.iter().any(|known| **known == **rule)
    {
        found.push(format!(
            "rule: expected {rule}, came {}",
            decision.rules.join(", ")
        ));
    }
    if let Some(least) = expect.least.filter(|least| decision.score < *least) {
        found.push(format!(
            "score: expected at least {least}, came {}",
            decision.score
        ));
    }
    if let Some(most) = expect.most.filter(|most| decision.score > *most) {
        found.push(format!(
            "score: expected at most {most}, came {}",
            decision.score
        ));
    }
    found
}
