//! Gradle's and Ivy's dynamic versions: `[1.0,2.0)`, `]1.0,2.0[`, `1.2.+`, `+`.
//!
//! Surprise: `1.2.+` compares texts, so it holds for `1.2.3` and not for `1.2`. What depends on a module's status
//! (`latest.release`) cannot be told from a version and is refused.

use crate::Scheme;
use crate::range::Rule;
use crate::range::comparators::{Comparator, Comparators, Operator};
use crate::range::intervals::{self, Brackets};

#[derive(Debug, Clone)]
enum Selector {
    Begins(String),
    Within(Comparators),
}

/// Parses a dynamic version; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let text = text.trim();
    if text == "latest.integration" {
        // The lowest status: every version has it.
        return Ok(Selector::Begins(String::new()));
    }
    if text.starts_with("latest") {
        return Err("a version or a range, not a status");
    }
    if let Some(prefix) = text.strip_suffix('+') {
        return Ok(Selector::Begins(prefix.to_owned()));
    }
    let any = if text.starts_with(['[', '(', ']']) {
        intervals::parse(text, Brackets::Turned)?
            .iter()
            .map(|interval| interval.comparators(Scheme::Gradle))
            .collect::<Result<_, _>>()?
    } else {
        vec![vec![Comparator::new(
            Scheme::Gradle,
            Operator::Equal,
            text,
        )?]]
    };
    Ok(Selector::Within(Comparators::new(Scheme::Gradle, any)))
}

impl Rule for Selector {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        match self {
            Selector::Begins(prefix) => Ok(version.trim().starts_with(prefix.as_str())),
            Selector::Within(comparators) => comparators.contains(version),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Gradle;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn dynamic_versions() {
        check_range(Gradle, "[1.0,2.0)", &["1.0", "1.5"], &["1.0-rc", "2.0"]);
        check_range(Gradle, "]1,2[", &["1.5"], &["1", "2"]);
        check_range(Gradle, "1.2.+", &["1.2.3"], &["1.2", "1.20.1"]);
        check_range(Gradle, "+", &["1", "foo"], &[]);
        check_range(Gradle, "latest.integration", &["1"], &[]);
        check_range(Gradle, "1.0", &["1-0"], &["1"]);
        check_refused_ranges(Gradle, &["", "[[]]", "latest.release", "(1", "1 2"]);
    }
}
