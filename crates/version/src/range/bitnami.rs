//! Comparisons of Bitnami's advisories: `>= 1.2.3, < 1.3`, alternatives behind `||`.
//!
//! Surprise: a bound without a revision looks past the revision of the version: `1.2.3-4` is `= 1.2.3` and not
//! `> 1.2.3`, though the order puts it above.

use crate::range::Rule;
use crate::range::comparators::{Comparator, Comparators, Operator};
use crate::scheme::bitnami::split;
use crate::{Key, Scheme, encode};

#[derive(Debug, Clone)]
struct Comparisons {
    any: Vec<Vec<Comparison>>,
}

#[derive(Debug, Clone)]
struct Comparison {
    comparator: Comparator,
    has_revision: bool,
}

/// Parses comparisons; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let any = Comparators::split(text)
        .map(|all| {
            all.map(|(operator, version)| comparison(operator, version))
                .collect()
        })
        .collect::<Result<_, &'static str>>()?;
    Ok(Comparisons { any })
}

fn comparison(operator: Operator, version: &str) -> Result<Comparison, &'static str> {
    Ok(Comparison {
        comparator: Comparator::new(Scheme::Bitnami, operator, version)?,
        has_revision: revision(version),
    })
}

fn revision(version: &str) -> bool {
    split(version).1.is_some_and(encode::is_number)
}

impl Rule for Comparisons {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let key = |version: &str| Scheme::Bitnami.key(version).map_err(|error| error.expected);
        let whole: Key = key(version)?;
        let plain = match revision(version) {
            true => key(split(version).0)?,
            false => whole.clone(),
        };
        let holds = |comparison: &Comparison| {
            let version = if comparison.has_revision {
                &whole
            } else {
                &plain
            };
            let comparator = &comparison.comparator;
            let bound = comparator.key.as_bytes();
            comparator.operator.holds(version.as_bytes(), bound)
        };
        Ok(self.any.iter().any(|all| all.iter().all(holds)))
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Bitnami;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn a_bound_without_revision_looks_past_revisions() {
        check_range(Bitnami, "= 1.2.3", &["1.2.3", "1.2.3-4"], &["1.2.4"]);
        check_range(Bitnami, "> 1.2.3", &["1.2.4"], &["1.2.3-4"]);
        check_range(
            Bitnami,
            ">= 1.2.3-1",
            &["1.2.3-1", "1.2.4"],
            &["1.2.3", "1.2.3-0"],
        );
        check_range(Bitnami, "> 2, < 3 || 5", &["2.3.1-1", "5-2"], &["2", "3"]);
        check_refused_ranges(Bitnami, &["^1", "a", "> "]);
    }
}
