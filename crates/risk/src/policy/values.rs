//! Named values: conditions that others may use by name.

use std::collections::BTreeMap;

use super::expression::{Expression, ExpressionError, Names, check, uses};
use super::field::Root;
use crate::document::{Document, Text, shown};

/// Most named values.
const MOST: usize = 200;

/// Checks the table `[values]`. A value may use others in any order; a circle is a fault.
pub fn values(pairs: &[(Text, Text)], document: &Document<'_>) -> BTreeMap<String, Expression> {
    if let Some((name, _)) = pairs.get(MOST) {
        document.fault(name.at, format!("more than {MOST} values"));
        return BTreeMap::new();
    }
    let mut order: Vec<&(Text, Text)> = Vec::new();
    let mut waiting: Vec<&(Text, Text)> = pairs.iter().collect();
    loop {
        let names: Vec<&str> = waiting
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .iter()
            .partition(|(_, text)| !uses(&text.value).iter().any(|used| names.contains(used)));
        if ready.is_empty() {
            waiting = rest;
            break;
        }
        order.extend(ready);
        waiting = rest;
    }
    if let Some((name, _)) = waiting.first() {
        let circle: Vec<String> = waiting.iter().map(|(name, _)| shown(&name.value)).collect();
        let message = format!("values use each other in a circle: {}", circle.join(", "));
        document.fault(name.at, message);
    }
    let mut names = Names {
        values: BTreeMap::new(),
        roots: &Root::ALL,
    };
    for (name, text) in order {
        if Root::ALL.iter().any(|root| root.word() == name.value) {
            document.fault(name.at, "this name is taken by the fields");
            continue;
        }
        match check(&text.value, &names) {
            Ok(value) => {
                names.values.insert(name.value.clone(), value);
            }
            Err(error) => fault(document, text, &error),
        }
    }
    names.values
}

/// Keeps a fault of an expression at its place in the file.
pub fn fault(document: &Document<'_>, text: &Text, error: &ExpressionError) {
    match text.exact {
        true => document.fault(text.at + error.at, error.message.clone()),
        false => document.fault(
            text.at,
            format!("{} (at byte {} of the condition)", error.message, error.at),
        ),
    }
}
