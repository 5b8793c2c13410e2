//! What the module promises.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn said(value: &str) -> Point {
    Point::new(value, Source::Policy("test".to_owned()))
}

/// A table of our own: colour (red, blue) gives speed (slow, fast).
fn small(rows: &str) -> String {
    let point = |key: &str, values: [&str; 2]| {
        let value = |v: &str| format!(r#"{{"key":"{v}","name":"{v} one","definition":"-"}}"#);
        format!(
            r#"{{"namespace":"test","key":"{key}","version":"1.0.0","name":"{key}","definition":"-",
            "schemaVersion":"2.0.0","values":[{},{}]}}"#,
            value(values[0]),
            value(values[1])
        )
    };
    format!(
        r#"{{"namespace":"test","key":"T","version":"1.0.0","name":"t","definition":"-","schemaVersion":"2.0.0",
        "decision_points":{{"c":{},"s":{}}},"outcome":"s","mapping":[{rows}]}}"#,
        point("COLOUR", ["R", "B"]),
        point("SPEED", ["S", "F"])
    )
}

const ROWS: &str = r#"{"c":"R","s":"F"},{"c":"B","s":"S"}"#;

fn error(rows: &str) -> String {
    Table::from_json(small(rows).as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn the_tables_of_the_standard_are_whole() {
    let rows = Builtin::ALL.map(|builtin| builtin.table().rows());
    assert_eq!(rows, [72, 16, 36, 9, 16, 4, 4, 36, 192, 27]);
    for tree in [deployer_tree(), cisa_tree(), supplier_tree()] {
        assert!(tree.tables().len() > 1);
    }
}

/// Counts and rules that the standard's documentation states of the deployer's table.
#[test]
fn the_deployer_table_has_its_known_shape() {
    let table = Builtin::Deployer.table();
    let mut counts = BTreeMap::new();
    for e in 0..3 {
        for exp in 0..3 {
            for a in 0..2 {
                for hi in 0..4 {
                    let outcome = table.at(&[e, exp, a, hi]).unwrap();
                    *counts.entry(outcome).or_insert(0) += 1;
                    assert!(e < 2 || outcome > 0, "active never defers");
                    assert!(
                        outcome < 3 || (e == 2 && exp == 2),
                        "immediate is active and open"
                    );
                    assert!(e > 0 || outcome < 2 || (exp, a, hi) == (2, 1, 3));
                }
            }
        }
    }
    assert_eq!(counts, BTreeMap::from([(0, 7), (1, 42), (2, 20), (3, 3)]));
}

#[test]
fn an_evaluation_tells_values_sources_and_outcome() {
    let points = [
        (
            "E",
            Point::new(
                "active",
                Source::Signal("in CISA KEV since 2024-03-05".into()),
            ),
        ),
        (
            "EXP",
            Point::new("O", Source::Context("internet-facing".into())),
        ),
        ("ssvc:A:2.0.0", said("yes")),
        ("ssvc:SI", said("catastrophic")),
        ("MI", said("MF")),
    ];
    let found = deployer_tree().evaluate(&points).unwrap();
    assert_eq!(found.outcome.value_name, "Immediate");
    assert_eq!(found.rank, 3);
    assert_eq!(found.parts[0].outcome.value_name, "Very High");
    assert_eq!(
        found.selections[0].to_string(),
        "Exploitation: Active (signal: in CISA KEV since 2024-03-05)"
    );
    assert_eq!(
        found.selections[3].source,
        Source::Table("ssvc:DT_HI:1.0.0".into())
    );
    let at = "2026-11-22T10:00:00Z".parse().unwrap();
    assert_eq!(
        found.text_vector(at),
        "SSVCv2/E:A/EXP:O/A:Y/HI:VH/DSOI:I/2026-11-22T10:00:00Z/"
    );
}

#[test]
fn unknown_values_are_all_tried_and_the_worst_outcome_counts() {
    let table = Builtin::Deployer.table();
    let either = Point {
        value: Value::OneOf(vec!["N".into(), "P".into()]),
        source: Source::Default,
    };
    let points = [
        ("E", either),
        ("EXP", said("open")),
        ("A", said("Y")),
        ("HI", said("VH")),
    ];
    let found = table.evaluate(&points).unwrap();
    let none = table.evaluate(&[
        ("E", said("N")),
        ("EXP", said("O")),
        ("A", said("Y")),
        ("HI", said("VH")),
    ]);
    assert!(found.rank >= none.unwrap().rank);
    assert!(!found.selections[0].is_certain());
    assert!(
        found.selections[0]
            .to_string()
            .contains("the worst of 2 possible values")
    );
    let nothing = table.evaluate(&[]).unwrap();
    assert_eq!(nothing.outcome.value, "I");
    assert_eq!(nothing.outcome.candidates.len(), 4);
}

#[test]
fn a_value_that_does_not_exist_is_refused() {
    let error = Builtin::Utility
        .table()
        .evaluate(&[("A", said("maybe"))])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Automatable has no value \"maybe\", expected one of N (No), Y (Yes)"
    );
}

#[test]
fn a_table_must_be_complete_and_single_valued() {
    assert!(Table::from_json(small(ROWS).as_bytes()).is_ok());
    assert_eq!(
        error(r#"{"c":"R","s":"F"}"#),
        "1 combinations of values have no row, first COLOUR:B"
    );
    assert_eq!(
        error(&format!(r#"{ROWS},{{"c":"B","s":"F"}}"#)),
        "row 3 has the same values as an earlier row: COLOUR:B"
    );
    assert_eq!(
        error(r#"{"c":"G","s":"F"}"#),
        "row 1: c has no value \"G\", expected one of R (R one), B (B one)"
    );
    assert_eq!(error(r#"{"s":"F"}"#), "row 1: no value for c");
    assert_eq!(
        error(r#"{"c":"R","s":"F","x":"y"}"#),
        "row 1: unknown decision point \"x\""
    );
    let other = small(ROWS).replace(r#""outcome":"s""#, r#""outcome":"z""#);
    let error = Table::from_json(other.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "the outcome \"z\" is none of the decision points");
    let double = small(ROWS).replace(r#""s":{"#, r#""c":{"#);
    assert!(
        Table::from_json(double.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("stands twice")
    );
}

#[test]
fn csv_needs_definitions_for_its_columns() {
    let csv = "row,Automatable v2.0.0,Value Density v1.0.0,Utility v1.0.1\n0,no,diffuse,laborious\n\
        1,no,concentrated,efficient\n2,yes,diffuse,efficient\n3,yes,concentrated,super effective\n";
    let read = Table::from_csv("mine", csv.as_bytes(), known_points()).unwrap();
    let builtin = Builtin::Utility.table();
    for (a, vd) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        assert_eq!(read.at(&[a, vd]), builtin.at(&[a, vd]));
    }
    let error = |csv: &str| {
        Table::from_csv("mine", csv.as_bytes(), known_points())
            .unwrap_err()
            .to_string()
    };
    assert!(
        error(&csv.replace("Value Density", "Mood"))
            .contains("unknown decision point \"Mood v1.0.0\"")
    );
    assert!(
        error(&csv.replace("yes,diffuse", "perhaps,diffuse"))
            .starts_with("row 3: Automatable has no value")
    );
    assert!(error("").contains("empty"));
}

#[test]
fn circles_and_two_answers_to_one_question_are_refused() {
    let first = Table::from_json(small(ROWS).as_bytes()).unwrap();
    let swapped = small(r#"{"s":"S","c":"R"},{"s":"F","c":"B"}"#)
        .replace(r#""outcome":"s""#, r#""outcome":"c""#)
        .replace(r#""key":"T""#, r#""key":"BACK""#);
    let second = Table::from_json(swapped.as_bytes()).unwrap();
    let error = Tree::new(first.clone(), vec![second])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "tables go in a circle: test:T:1.0.0, test:BACK:1.0.0"
    );
    let error = Tree::new(first.clone(), vec![first])
        .unwrap_err()
        .to_string();
    assert_eq!(error, "outcome \"test:SPEED:1.0.0\" stands twice");
}

#[test]
fn a_given_value_counts_before_the_table_that_could_answer() {
    let points = [
        ("E", said("A")),
        ("EXP", said("S")),
        ("A", said("N")),
        ("HI", said("L")),
    ];
    let found = deployer_tree().evaluate(&points).unwrap();
    assert!(found.parts.is_empty());
    assert_eq!(found.outcome.value, "S");
}

#[test]
fn the_defaults_stand_behind_what_is_known() {
    let mut points = vec![("E", said("N")), ("EXP", said("S"))];
    points.extend(defaults());
    let found = deployer_tree().evaluate(&points).unwrap();
    assert_eq!(
        found.text_vector("2026-11-22T10:00:00Z".parse().unwrap()),
        "SSVCv2/E:N/EXP:S/A:Y/HI:L/DSOI:D/2026-11-22T10:00:00Z/"
    );
    assert_eq!(
        found.selections[1].source,
        Source::Policy("test".to_owned())
    );
    assert_eq!(found.selections[2].source, Source::Default);
}

#[test]
fn what_is_too_large_is_refused() {
    let values: Vec<String> = (0..33)
        .map(|at| format!(r#"{{"key":"V{at}","name":"v","definition":"-"}}"#))
        .collect();
    let point = format!(
        r#"{{"namespace":"test","key":"P","name":"p","definition":"-","schemaVersion":"2.0.0","values":[{}]}}"#,
        values.join(",")
    );
    let error = DecisionPoint::from_json(point.as_bytes())
        .unwrap_err()
        .to_string();
    assert_eq!(error, "at most 32 values of a decision point, found 33");
    let error = Table::from_json(&vec![b' '; 17 << 20])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "a document has at most 16777216 bytes, this has 17825792"
    );
    assert!(Table::from_json("[".repeat(100_000).as_bytes()).is_err());
    let wrong = small(ROWS).replace(
        r#""namespace":"test","key":"T""#,
        r#""namespace":"a b","key":"T""#,
    );
    assert_eq!(
        Table::from_json(wrong.as_bytes()).unwrap_err().to_string(),
        "namespace \"a b\" is not allowed"
    );
}

#[test]
fn selection_lists_are_written_and_read() {
    let found = deployer_tree().evaluate(&[("E", said("A"))]).unwrap();
    let at = "2026-11-22T10:00:00Z".parse().unwrap();
    let list = found.selection_list(&["CVE-2024-0001", "CVE-2024-0001"], at);
    assert_eq!(list.target_ids, ["CVE-2024-0001"]);
    assert_eq!(
        SelectionList::from_json(list.to_json().as_bytes()).unwrap(),
        list
    );
    let keys: Vec<&str> = list
        .selections
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(keys, ["SI", "MI", "HI", "E", "EXP", "A", "DSOI"]);

    let old = r#"{"id":"x","timestamp":"2021-09-29T15:29:44Z","schemaVersion":"1-0-1","selections":[
        {"namespace":"ssvc","name":"Exploitation","version":"1.1.0","values":["Active"]}]}"#;
    let read = SelectionList::from_json(old.as_bytes()).unwrap();
    assert_eq!(
        (
            read.selections[0].key.as_str(),
            read.selections[0].values[0].key.as_str()
        ),
        ("E", "A")
    );
    let wrong = old.replace("1-0-1", "9.9.9");
    assert!(
        SelectionList::from_json(wrong.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("unknown schema version")
    );
}

proptest! {
    /// Knowing less never makes the outcome milder.
    #[test]
    fn less_knowledge_is_never_milder(e in 0..3_usize, exp in 0..3_usize, a in 0..2_usize, hi in 0..4_usize, hide in 0..4_usize) {
        let table = Builtin::Deployer.table();
        let key = |at: usize, place: usize| table.inputs()[at].values[place].key.clone();
        let names = ["E", "EXP", "A", "HI"];
        let mut points: Vec<(&str, Point)> = [e, exp, a, hi].into_iter().enumerate()
            .map(|(at, place)| (names[at], said(&key(at, place)))).collect();
        let known = table.evaluate(&points).unwrap();
        prop_assert_eq!(Some(known.rank), table.at(&[e, exp, a, hi]));
        points.remove(hide);
        prop_assert!(table.evaluate(&points).unwrap().rank >= known.rank);
    }

    /// The deployer's and CISA's tables never get milder as a value gets worse.
    #[test]
    fn a_worse_value_is_never_milder(which in 0..4_usize, from in prop::collection::vec(0..4_usize, 7), raise in 0..7_usize) {
        let table = [Builtin::Deployer, Builtin::CisaCoordinator, Builtin::Bod2604, Builtin::HumanImpact][which].table();
        let mut values: Vec<usize> = table.inputs().iter().zip(&from).map(|(p, v)| v % p.values.len()).collect();
        let before = table.at(&values).unwrap();
        let at = raise % values.len();
        if values[at] + 1 < table.inputs()[at].values.len() {
            values[at] += 1;
            prop_assert!(table.at(&values).unwrap() >= before);
        }
    }
}

#[test]
fn mutated_documents_return() {
    let table = small(ROWS);
    let list = r#"{"timestamp":"2021-09-29T15:29:44Z","schemaVersion":"2.0.0","selections":[{"namespace":"ssvc",
        "key":"E","version":"1.1.0","values":[{"key":"A"}]}]}"#;
    let csv = "row,Automatable v2.0.0,Utility v1.0.1\n0,no,laborious\n1,yes,efficient\n";
    patchward_test_support::mutate(
        &[table.as_bytes(), list.as_bytes(), csv.as_bytes()],
        1000,
        |bytes| {
            if let Ok(table) = Table::from_json(bytes) {
                assert!(table.evaluate(&[]).is_ok());
            }
            let _ = SelectionList::from_json(bytes);
            let _ = Table::from_csv("x", bytes, known_points());
        },
    );
}
