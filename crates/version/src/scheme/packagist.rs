//! Composer: its VersionParser gives a version a normal form, and PHP's `version_compare` orders the forms.
//!
//! Surprises:
//! - Four numbers make a version, so `1.2` = `v1.2.0.0`; build metadata and `@stability` flags do not count.
//! - `dev` < `alpha` < `beta` < `RC` < the plain version < `patch`; `1.0.x-dev` is `1.0.9999999.9999999-dev`, so it is
//!   above all releases of 1.0.
//! - A branch (`dev-main`, `master`) has no place in the order. It equals itself only, and ranges other than `*`, `==`
//!   and `!=` never hold it; here branches stand before all versions, by name.
//! - Old packages have versions that Composer refuses (`4.3-2RC2`). They are ordered by `version_compare` as well, their
//!   leading numbers filled up to four; a word that PHP does not know is before everything.

use crate::encode;
use crate::encode::split_digits;

mod normal;

pub(crate) use normal::{Bound, is_normal, is_stable, split_stability};

/// Kinds of keys: branches come first.
const BRANCH: u8 = 0;
const VERSION: u8 = 1;

/// The parts of `version_compare`, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Unknown = 1,
    Dev,
    Alpha,
    Beta,
    Candidate,
    End,
    Number,
    Patch,
}

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = normal::without_decoration(text);
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("a version without blanks");
    }
    if let Some(name) = normal::branch(text) {
        out.push(BRANCH);
        encode::text(name, out);
        return Ok(());
    }
    out.push(VERSION);
    let start = out.len();
    if !normal::write(text, out) {
        out.truncate(start);
        write_compared(text.strip_prefix(['v', 'V']).unwrap_or(text), out);
    }
    out.push(Part::End as u8);
    Ok(())
}

/// Whether a key is that of a branch.
pub(crate) fn is_branch(key: &[u8]) -> bool {
    key.first() == Some(&BRANCH)
}

/// Writes the parts as `version_compare` finds them: runs of digits and runs of letters.
fn write_compared(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    let mut leading = Some(0);
    while let Some(first) = rest.bytes().next() {
        let (number, after) = split_digits(rest);
        if !number.is_empty() {
            write_number(number, out);
            leading = leading.map(|count| count + 1);
            rest = after;
            continue;
        }
        let end = rest
            .bytes()
            .position(|byte| !byte.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        if first.is_ascii_alphabetic() {
            let (word, after) = rest.split_at(end);
            fill(leading.take(), out);
            out.push(part(word) as u8);
            rest = after;
        } else {
            // A separator, or a sign that counts as one; it may be of several bytes.
            let mut characters = rest.chars();
            characters.next();
            rest = characters.as_str();
        }
    }
    fill(leading, out);
}

/// Fills `count` leading numbers up to four, as the normal form has them.
fn fill(count: Option<usize>, out: &mut Vec<u8>) {
    (count.unwrap_or(4)..4).for_each(|_| write_number("", out));
}

fn write_number(digits: &str, out: &mut Vec<u8>) {
    out.push(Part::Number as u8);
    encode::number(digits, out);
}

/// The part of a word: PHP looks at its beginning, and at the case.
fn part(word: &str) -> Part {
    const WORDS: [(&str, Part); 6] = [
        ("dev", Part::Dev),
        ("a", Part::Alpha),
        ("b", Part::Beta),
        ("RC", Part::Candidate),
        ("rc", Part::Candidate),
        ("p", Part::Patch),
    ];
    WORDS
        .iter()
        .find(|(begins, _)| word.starts_with(begins))
        .map_or(Part::Unknown, |(_, part)| *part)
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::Packagist,
            &[
                &["dev-feature"],
                &["dev-main", "dev-main#0123abc"],
                &["dev-master", "master"],
                &["0.9"],
                &["1.0-dev", "1.0.0.0-DEV"],
                &["1.0-alpha-dev"],
                &["1.0-alpha", "1.0a", "v1.0.0_ALPHA"],
                &["1.0-alpha1", "1.0a1", "1.0.0-alpha.1"],
                &["1.0-BETA2"],
                &["1.0-beta2.1", "1.0.0-b2.1"],
                &["1.0-beta10"],
                &["1.0RC1", "1.0-rc-1"],
                &[
                    "1.0",
                    "1",
                    "v1.0.0.0",
                    "1.0.0+build",
                    "1.0-stable",
                    "1.0@beta",
                ],
                &["1.0-p1", "1.0pl1", "1.0.0-patch1"],
                &["1.0.1"],
                &["1.0.9999999"],
                &["1.1.x-dev"],
                &["1.1.9999999.9999999"],
                &["1.x-dev"],
                &["10.0"],
                &["2010-01-02"],
                &["20100102"],
            ],
        );
    }

    #[test]
    fn versions_that_composer_refuses_are_compared_as_php_does() {
        ordered::check(
            Scheme::Packagist,
            &[
                &["4.3-2unknown"],
                &["4.3-2beta1"],
                &["4.3-2beta5"],
                &["4.3-2RC2"],
                &["4.3-2.0.0.1"],
                &["1000000.1", "1000000.1.0"],
            ],
        );
    }

    #[test]
    fn blanks_are_refused() {
        ordered::check_refused(Scheme::Packagist, &["", "1.0 beta", "@dev"]);
    }
}
