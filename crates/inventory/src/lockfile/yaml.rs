//! YAML read into typed records, with limits and line numbers.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_saphyr::Spanned;

use crate::parse::ParseError;

/// Nodes of one document; the lockfile of a large workspace has some 100,000.
const MAX_NODES: usize = 4_000_000;

/// Collections inside each other.
const MAX_DEPTH: usize = 64;

/// Reads a document. Aliases may not multiply what is read: no lockfile writer uses them.
///
/// # Errors
/// Text that is not YAML, has another shape or goes beyond the limits, with the line.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, ParseError> {
    serde_saphyr::from_str_with_options(text, options(text)).map_err(|error| failure(&error))
}

/// Reads every document of a stream; the limits are for all of them together.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_all<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, ParseError> {
    serde_saphyr::from_multiple_with_options(text, options(text)).map_err(|error| failure(&error))
}

fn options(text: &str) -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: MAX_NODES * 2,
            max_depth: MAX_DEPTH,
            max_total_scalar_bytes: text.len().saturating_mul(2),
        },
        with_snippet: false,
    }
}

/// What was wrong, in our words where the library tells a limit of ours.
pub(crate) fn failure(error: &serde_saphyr::Error) -> ParseError {
    let message = error.without_snippet().to_string();
    // A limit that an alias reaches comes as the text of another error, so the text has to tell.
    let message = match message.split_once("budget breached: ") {
        Some((_, breach)) => beyond(breach),
        None => message,
    };
    ParseError {
        message: message.lines().next().unwrap_or_default().to_owned(),
        line: error.location().and_then(|at| line(at.line())),
    }
}

/// Which limit a document goes beyond, by the library's name of it.
fn beyond(breach: &str) -> String {
    match breach.split([' ', '{']).next().unwrap_or_default() {
        "ScalarBytes" => {
            "its texts, with what aliases repeat, are more than twice as long as the file"
                .to_owned()
        }
        "Depth" => format!("nested deeper than {MAX_DEPTH} levels"),
        "Nodes" | "Events" => format!("more than {MAX_NODES} values"),
        "Aliases" | "AliasAnchorRatio" => "too many aliases".to_owned(),
        _ => "beyond the limits of a reader".to_owned(),
    }
}

/// A line as components have it.
pub(crate) fn line(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|&number| number > 0)
}

/// A mapping as its pairs in the order of the file, with the places of its keys. An empty value is an empty mapping.
#[derive(Debug)]
pub(crate) struct Pairs<V>(pub(crate) Vec<(Spanned<String>, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Pairs::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_order_and_place() {
        let pairs: Pairs<String> = read("b: x\n\"a\": y\n").unwrap();
        let got: Vec<_> = pairs
            .0
            .iter()
            .map(|(key, value)| (key.value.as_str(), value.as_str(), key.referenced.line()))
            .collect();
        assert_eq!(got, [("b", "x", 1), ("a", "y", 2)]);
    }

    #[test]
    fn errors_name_their_line_and_bombs_end() {
        let error = read::<Pairs<String>>("a: b\nc: [1\n").unwrap_err();
        assert!(error.line.is_some(), "{error}");
        let deep = format!("a: {}", "[".repeat(10_000));
        assert!(read::<Pairs<String>>(&deep).is_err());
        let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
        let error = read::<Pairs<serde_json::Value>>(&deep).unwrap_err();
        assert_eq!(error.message, "nested deeper than 64 levels");
        let long = "x".repeat(1_000);
        let repeated = format!("a: &a {long}\nb: [*a, *a, *a]\n");
        let error = read::<Pairs<serde_json::Value>>(&repeated).unwrap_err();
        assert!(error.message.contains("aliases"), "{error}");
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for n in 1..20 {
            let list = vec![format!("*a{}", n - 1); 9].join(",");
            bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        assert!(read::<Pairs<serde_json::Value>>(&bomb).is_err());
    }
}
