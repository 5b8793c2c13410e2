//! Not yet: plain comparisons.

use crate::Scheme;
use crate::range::Rule;
use crate::range::comparators;

/// Parses a range; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    comparators::parse(Scheme::Packagist, text)
}
