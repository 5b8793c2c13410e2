//! What the module promises.

use super::*;
use crate::ssvc::{Builtin, Point, Source, Value};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn reading() -> Reading {
    Reading::new(day("2026-11-22"))
}

fn point(at: &str, score: f64, model: &str) -> EpssPoint {
    EpssPoint {
        day: day(at),
        score,
        model: model.into(),
    }
}

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn what_cannot_be_is_told_and_not_used() {
    let none = EpssSeries::default();
    let (signals, problems) = reading()
        .epss(1.2, 0.5, "2026-11-21", "m", &none)
        .epss(0.5, f64::NAN, "2026-11-21", "m", &none)
        .epss(0.5, 0.5, "2026-12-24", "m", &none)
        .epss(0.5, 0.5, "soon", "m", &none)
        .ssvc("CISA", None, "maybe", "", "total")
        .cvss("NVD", "CVSS:3.1/AV:Q")
        .finish();
    assert_eq!(
        told(&problems),
        [
            "EPSS, score: 1.2 is not between 0 and 1",
            "EPSS, percentile: NaN is not between 0 and 1",
            "EPSS, date: 2026-12-24 is in the future (today is 2026-11-22)",
            "EPSS, date: \"soon\" is not a date (YYYY-MM-DD)",
            "SSVC of CISA, exploitation: unknown value \"maybe\"",
            "CVSS vector of NVD: unknown value \"Q\" of AV at byte 12, expected one of N A L P",
        ]
    );
    assert_eq!(signals.epss, None);
    let ssvc = signals.ssvc.unwrap();
    assert_eq!(ssvc.technical_impact, Some(TechnicalImpact::Total));
    assert_eq!(ssvc.exploitation, None);
}

#[test]
fn a_listing_counts_even_when_its_dates_cannot_be() {
    let (signals, problems) = reading()
        .kev("CISA", "2027-06-01", Some("2020-01-01"), true)
        .kev("VulnCheck", "2026-01-05", Some("2025-01-01"), false)
        .finish();
    assert!(signals.in_kev() && signals.ransomware());
    assert_eq!(signals.kev[0].added, None);
    assert_eq!(signals.kev[1].due, None);
    assert_eq!(signals.known_exploited_since(), Some(day("2026-01-05")));
    assert_eq!(problems.len(), 2);
    let found = signals.exploitation();
    assert_eq!(found.value, Exploitation::Active);
    assert_eq!(
        found.reason,
        "in the KEV catalogue of VulnCheck since 2026-01-05"
    );
}

#[test]
fn unknown_stays_unknown() {
    let (signals, _) = reading().finish();
    let found = signals.exploitation();
    assert_eq!(found.value, Exploitation::Unknown);
    assert_eq!(
        found.point().value,
        Value::OneOf(vec!["N".into(), "P".into()])
    );
    assert_eq!(signals.automatable(), None);
    assert_eq!(signals.technical_impact(), None);
    assert!(!signals.in_kev());
    assert_eq!(signals.epss_age(day("2026-11-22")), None);
}

#[test]
fn evidence_counts_in_its_order() {
    let value = |reading: Reading| reading.finish().0.exploitation();
    let none = || reading().ssvc("CISA", None, "none", "no", "partial");
    assert_eq!(value(none()).value, Exploitation::None);
    assert_eq!(
        value(none().exploit("NVD", "https://poc.example/1")).value,
        Exploitation::Poc
    );
    let threat = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P";
    assert_eq!(
        value(reading().cvss("vendor", threat)).reason,
        "vendor states E:P in its vector"
    );
    let attacked = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A";
    assert_eq!(
        value(none().cvss("vendor", attacked)).value,
        Exploitation::Active
    );
    let guess = value(reading().cwe("CWE-20").cwe("CWE-89"));
    assert_eq!((guess.value, guess.guess), (Exploitation::Poc, true));
    assert_eq!(
        value(reading().searched("us", "2026-11-20")).value,
        Exploitation::None
    );
    assert_eq!(
        value(none().kev("CISA", "2026-11-01", None, false)).value,
        Exploitation::Active
    );
    assert_eq!(
        value(reading().cwe("CWE-x").cwe("")).value,
        Exploitation::Unknown
    );
}

#[test]
fn automatable_and_impact_are_told_or_guessed() {
    let v3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:H";
    let (signals, _) = reading().cvss("NVD", v3).finish();
    let found = signals.automatable().unwrap();
    assert!(found.value && found.guess);
    assert_eq!(
        signals.technical_impact().unwrap().value,
        TechnicalImpact::Total
    );
    let (signals, _) = reading()
        .cvss("NVD", &v3.replace("UI:N", "UI:R").replace("PR:N", "PR:L"))
        .finish();
    assert!(!signals.automatable().unwrap().value);
    assert_eq!(
        signals.technical_impact().unwrap().value,
        TechnicalImpact::Partial
    );
    let v4 = "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/AU:Y";
    let (signals, _) = reading().cvss("vendor", v4).finish();
    assert_eq!(
        signals.automatable().unwrap().reason,
        "vendor states AU:Y in its vector"
    );
    let (signals, _) = reading()
        .cvss("NVD", v3)
        .ssvc("CISA", None, "poc", "no", "partial")
        .finish();
    let found = signals.automatable().unwrap();
    assert!(!found.value && !found.guess);
    assert_eq!(
        signals.technical_impact().unwrap().reason,
        "CISA says partial impact"
    );
    let (signals, _) = reading().cvss("NVD", "AV:N/AC:L/Au:N/C:C/I:C/A:C").finish();
    assert!(signals.automatable().unwrap().value);
    assert_eq!(
        signals.technical_impact().unwrap().value,
        TechnicalImpact::Total
    );
}

/// BOD 26-04, table 1: listed, exposed, automatable and total is three days with a forensic look.
#[test]
fn signals_answer_the_points_of_any_table() {
    let (signals, _) = reading()
        .kev("CISA", "2026-11-01", None, false)
        .ssvc("CISA", None, "active", "yes", "total")
        .finish();
    let mut points = signals.points();
    points.push((
        "PE",
        Point::new("yes", Source::Context("internet-facing".into())),
    ));
    let found = Builtin::Bod2604.table().evaluate(&points).unwrap();
    assert_eq!(found.outcome.value, "3DF");
    assert!(
        found
            .selections
            .iter()
            .all(|selection| selection.is_certain())
    );
    let (nothing, _) = reading().finish();
    let mut points = nothing.points();
    points.push(("PE", Point::new("no", Source::Context("isolated".into()))));
    let found = Builtin::Bod2604.table().evaluate(&points).unwrap();
    assert_eq!(found.outcome.value, "60D");
    assert_eq!(found.outcome.candidates.len(), 2);
}

#[test]
fn the_trend_compares_with_thirty_days_ago() {
    let today = day("2026-11-22");
    let points = vec![
        point("2026-11-20", 0.94, "v5"),
        point("2026-10-01", 0.10, "v5"),
        point("2026-10-25", 0.40, "v5"),
        point("2026-11-20", 0.95, "v5"),
    ];
    let (series, problems) = EpssSeries::new(points, today);
    assert_eq!(problems, []);
    let trend = series.trend().unwrap();
    assert_eq!(trend.to_string(), "0.100 to 0.950 in 30 days");
    assert!(trend.change() > 0.84);
    let (short, _) = EpssSeries::new(
        vec![
            point("2026-06-10", 0.1, "v4"),
            point("2026-06-15", 0.2, "v5"),
        ],
        today,
    );
    assert_eq!(
        short.trend().unwrap().to_string(),
        "0.100 to 0.200 in 5 days, across a change of the EPSS model"
    );
    let (single, _) = EpssSeries::new(vec![point("2026-06-10", 0.1, "v4")], today);
    assert_eq!(single.trend(), None);
    let (none, problems) = EpssSeries::new(
        vec![point("2027-01-01", 0.1, ""), point("2026-01-01", -0.1, "")],
        today,
    );
    assert_eq!((none.newest(), problems.len()), (None, 2));
}

#[test]
fn the_newest_score_counts_and_old_ones_say_so() {
    let none = EpssSeries::default();
    let (signals, _) = reading()
        .epss(0.2, 0.5, "2026-10-20", "m", &none)
        .epss(0.1, 0.4, "2026-10-01", "m", &none)
        .finish();
    let age = signals.epss_age(day("2026-11-22")).unwrap();
    assert_eq!(signals.epss.unwrap().score, 0.2);
    assert_eq!(age.to_string(), "33 days old, stale (more than 7)");
    assert_eq!(
        super::age(day("2026-11-23"), day("2026-11-22"), 7).to_string(),
        "of today"
    );
}
