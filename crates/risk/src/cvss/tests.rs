//! What the module promises; scores here are examples of the specifications or worked by hand.

use proptest::prelude::*;

use super::metric::{self, Group};
use super::*;

fn vector(text: &str) -> Vector {
    Vector::parse(text).unwrap()
}

fn score(text: &str) -> String {
    vector(text).score().to_string()
}

#[test]
fn the_four_versions_score_their_examples() {
    assert_eq!(score("AV:N/AC:L/Au:N/C:N/I:N/A:C"), "7.8"); // CVE-2002-0392, guide section 3.3.1
    assert_eq!(
        vector("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C")
            .temporal()
            .to_string(),
        "6.4"
    );
    let environment = "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H";
    assert_eq!(score(environment), "9.2");
    assert_eq!(score("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N"), "6.4");
    assert_eq!(score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), "9.8");
    let v4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    assert_eq!(score(v4), "9.3");
    assert_eq!(score(&format!("{v4}/MVC:N/MVI:N/MVA:N")), "0.0");
}

/// Adjusted base (0.6 · 1.431375 + 0.4 · 1.24425 − 1.5) · 1.176 = −0.17, rounded −0.2; then −0.2 + 10.2 · 0.1.
#[test]
fn a_version_2_base_below_zero_goes_on_to_the_environmental_equation() {
    assert_eq!(score("AV:L/AC:H/Au:M/C:N/I:N/A:P/CDP:L/AR:L"), "0.8");
    assert_eq!(score("AV:L/AC:H/Au:M/C:N/I:N/A:P/AR:L"), "0.0");
}

#[test]
fn the_name_tells_what_was_scored() {
    let v4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let name = |rest: &str| vector(&format!("{v4}{rest}")).score().scored().to_string();
    assert_eq!(name(""), "CVSS-B");
    assert_eq!(name("/AU:Y/U:Red"), "CVSS-B");
    assert_eq!(name("/E:P"), "CVSS-BT");
    assert_eq!(name("/CR:L"), "CVSS-BE");
    assert_eq!(name("/E:P/MAV:L"), "CVSS-BTE");
}

#[test]
fn bands_follow_the_version() {
    let v2 = |text| vector(text).base().severity();
    assert_eq!(v2("AV:N/AC:L/Au:N/C:N/I:N/A:N"), Severity::Low);
    assert_eq!(v2("AV:N/AC:L/Au:N/C:C/I:C/A:C"), Severity::High);
    assert_eq!(
        v2("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"),
        Severity::None
    );
    assert_eq!(
        v2("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        Severity::Critical
    );
}

#[test]
fn errors_name_the_place() {
    let error = |text: &str| Vector::parse(text).unwrap_err().to_string();
    assert_eq!(
        error("CVSS:3.1/AV:N/AC:L/XY:Z"),
        "unknown metric \"XY\" at byte 19 for CVSS 3.1"
    );
    assert_eq!(
        error("CVSS:3.1/AV:Q"),
        "unknown value \"Q\" of AV at byte 12, expected one of N A L P"
    );
    assert_eq!(
        error("CVSS:3.1/AV:N/AV:N"),
        "metric AV stands a second time at byte 14"
    );
    assert_eq!(
        error("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H"),
        "mandatory metrics are missing: I A"
    );
    assert_eq!(
        error("CVSS:3.1/AV:N/AC"),
        "expected METRIC:VALUE at byte 14, found \"AC\""
    );
    assert!(error("CVSS:5.0/AV:N").starts_with("unknown CVSS version \"CVSS:5.0\""));
    assert!(error("").starts_with("unknown CVSS version"));
    assert!(error(&"A".repeat(600)).starts_with("a vector has at most 512 bytes"));
    assert!(
        error("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H").contains("expected one of N A L P")
    );
    assert!(error("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/").contains("at byte 45"));
}

#[test]
fn version_4_in_another_order_is_read_with_a_warning() {
    let text = "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let (read, warnings) = Vector::parse_with_warnings(text).unwrap();
    assert_eq!(
        warnings[0].to_string(),
        "metric AV at byte 14 stands after AC, CVSS 4.0 has it before"
    );
    assert!(read.to_string().starts_with("CVSS:4.0/AV:N/AC:L/"));
    let (_, warnings) =
        Vector::parse_with_warnings("CVSS:3.1/S:U/AV:N/AC:L/PR:N/UI:N/C:H/I:H/A:H").unwrap();
    assert!(warnings.is_empty());
}

#[test]
fn an_environment_adds_metrics_and_leaves_the_published_ones() {
    let published = vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    let needs = Requirements {
        confidentiality: Some(Requirement::Low),
        ..Requirements::default()
    };
    let modified = ["MAV:L", "MAT:P"].map(|text| ModifiedMetric::parse(text).unwrap());
    let here = published.environmental(&needs, &modified);
    assert_eq!(
        here.vector.to_string(),
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/CR:L/MAV:L"
    );
    assert_eq!(here.unused, [modified[1]]);
    assert_eq!(here.score.scored(), Scored::BaseEnvironmental);
    assert!(here.score.value() < published.base().value());
    assert_eq!(here.vector.base(), published.base());
    assert_eq!(
        published.environmental(&Requirements::default(), &[]).score,
        published.base()
    );
}

#[test]
fn modified_metrics_are_read_by_name() {
    let error = |text| ModifiedMetric::parse(text).unwrap_err().to_string();
    assert!(error("MAV:Q").contains("expected one of X N A L P"));
    assert!(error("AV:N").contains("unknown metric"));
    assert!(error("CR:H").contains("unknown metric"));
    assert!(error("MAV").contains("expected METRIC:VALUE"));
    assert_eq!(ModifiedMetric::parse("MUI:R").unwrap().to_string(), "MUI:R");
    assert_eq!(ModifiedMetric::parse("MSI:S").unwrap().key(), "MSI");
}

#[test]
fn a_published_score_is_compared_with_the_vector() {
    let temporal = vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:F/RL:X/RC:C");
    assert!(temporal.agree(9.8).agrees());
    assert_eq!(
        temporal.agree(9.6).to_string(),
        "is the CVSS-BT score of its vector, whose CVSS-B score is 9.8"
    );
    assert!(matches!(temporal.agree(3.0), Agreement::Differs { .. }));
    for wrong in [-1.0, 10.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            temporal.agree(wrong),
            Agreement::OutOfRange { .. }
        ));
    }
}

/// Any vector of any version, printed with some optional metrics.
fn any_vector() -> impl Strategy<Value = Vector> {
    let versions = [Version::V2, Version::V30, Version::V31, Version::V40];
    (
        prop::sample::select(versions.to_vec()),
        prop::collection::vec(0..5_u8, 32),
    )
        .prop_map(|(version, draws)| {
            let mut values = [0; metric::MOST];
            for ((metric, draw), value) in metric::of(version).iter().zip(draws).zip(&mut values) {
                let first = u8::from(metric.group == Group::Base);
                let count = metric.values.len() as u8 - first;
                *value = first + draw % count;
            }
            Vector::new(version, values)
        })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(vector in any_vector()) {
        prop_assert_eq!(Vector::parse(&vector.to_string()), Ok(vector));
    }

    #[test]
    fn scores_stay_between_0_and_10(vector in any_vector()) {
        for score in [vector.base(), vector.temporal(), vector.environmental_score(), vector.score()] {
            prop_assert!(score.tenths() <= 100);
        }
        let published = match vector.version() {
            Version::V40 => vector.score(),
            _ => vector.base(),
        };
        prop_assert!(vector.agree(published.value()).agrees());
    }

    /// Temporal factors of versions 2 and 3 are at most 1, and a threat metric of version 4 only lowers.
    #[test]
    fn temporal_metrics_never_raise_a_score(vector in any_vector()) {
        prop_assert!(vector.temporal().tenths() <= vector.base().tenths());
    }

    /// In version 4 the worst case is assumed for what is not defined: a requirement can only lower.
    #[test]
    fn requirements_never_raise_a_version_4_score(vector in any_vector(), level in 0..3_usize) {
        let level = [Requirement::Low, Requirement::Medium, Requirement::High][level];
        let needs = Requirements { confidentiality: Some(level), integrity: Some(level), availability: Some(level) };
        let base = vector.only_base();
        if base.version() == Version::V40 {
            prop_assert!(base.environmental(&needs, &[]).score.tenths() <= base.base().tenths());
        }
    }

    /// In versions 2 and 3 each base metric's weights only grow; less exposure never scores more.
    #[test]
    fn a_nearer_attacker_never_scores_more(vector in any_vector()) {
        if matches!(vector.version(), Version::V30 | Version::V31) {
            let mut far = vector.only_base();
            let mut near = far;
            far.set(0, 1);
            near.set(0, 4);
            prop_assert!(near.base().tenths() <= far.base().tenths());
        }
    }
}

#[test]
fn mutated_vectors_return() {
    let seed: &[u8] =
        b"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P/CR:H/MSI:S/U:Red";
    patchward_test_support::mutate(&[seed], 3000, |bytes| {
        if let Ok(vector) = Vector::parse(&String::from_utf8_lossy(bytes)) {
            assert!(vector.score().tenths() <= 100);
        }
    });
}
