//! SSVC tables in JSON and CSV, and recorded selections: whatever is read is complete and can be evaluated.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchward_risk::ssvc::{DecisionPoint, SelectionList, Table, Tree, known_points};

fuzz_target!(|bytes: &[u8]| {
    let tables = [
        Table::from_json(bytes),
        Table::from_csv("fuzz", bytes, known_points()),
    ];
    for table in tables.into_iter().flatten() {
        let found = table
            .evaluate(&[])
            .expect("nothing was said that could be wrong");
        assert!(found.rank < table.outcome().values.len());
        let _ = Tree::new(table.clone(), vec![table]);
    }
    let _ = DecisionPoint::from_json(bytes);
    if let Ok(list) = SelectionList::from_json(bytes) {
        assert_eq!(
            SelectionList::from_json(list.to_json().as_bytes()).expect("it was just written"),
            list
        );
    }
});
