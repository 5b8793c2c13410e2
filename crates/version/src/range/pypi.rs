//! PEP 440's version specifiers: `>=1.0, !=1.5.*, <2`.
//!
//! Surprises:
//! - `<2.0` does not hold for `2.0rc1`, nor `>1.0` for `1.0.post1` or `1.0+local`, unless the bound itself is of that
//!   kind. `<=` and `>=` follow the order.
//! - `==1.0` holds for `1.0.0` and `1.0+ubuntu.1`; `==1.0+x` for that label only. `===` compares texts.
//! - `~=2.2` means `>=2.2, ==2.*`, and `~=2.2.0` means `>=2.2.0, ==2.2.*`.
//!
//! Pre-releases are held like all others: that installers pass them over unless asked is a choice between versions, not
//! a matter of the specifier. Beyond the specification, a version alone means `==`, `=` too, blanks may stand
//! for commas, `||` separates alternatives, and a bound of any operator may have a local label; advisories are written so.
//! A version that is not of PEP 440 is refused, except by `===`.

use crate::range::Rule;
use crate::scheme::pypi::Pep440;

/// What separates specifiers that must hold together.
const BLANKS: [char; 3] = [',', ' ', '\t'];

const EXPECTED: &str = "specifiers such as >=1.0, !=1.5.*, <2";

/// Alternatives of specifiers that all must hold.
#[derive(Debug, Clone)]
pub(crate) struct Specifiers {
    any: Vec<Vec<Specifier>>,
}

impl Specifiers {
    pub(crate) fn new(any: Vec<Vec<Specifier>>) -> Specifiers {
        Specifiers { any }
    }
}

impl Rule for Specifiers {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let holds = |specifier: &Specifier| specifier.holds_text(version);
        match Pep440::parse(version) {
            Some(parsed) => {
                let candidate = Candidate::new(&parsed);
                let holds = |specifier: &Specifier| specifier.holds(&candidate) || holds(specifier);
                Ok(self.any.iter().any(|all| all.iter().all(holds)))
            }
            None if self.any.iter().flatten().any(Specifier::is_textual) => {
                Ok(self.any.iter().any(|all| all.iter().all(holds)))
            }
            None => Err("a version of PEP 440"),
        }
    }
}

/// Parses specifiers.
pub(crate) fn parse(text: &str) -> Result<Specifiers, &'static str> {
    let any = text
        .split("||")
        .map(conjunction)
        .collect::<Result<_, _>>()?;
    Ok(Specifiers::new(any))
}

fn conjunction(text: &str) -> Result<Vec<Specifier>, &'static str> {
    let mut all = Vec::new();
    let mut rest = text.trim_start_matches(BLANKS);
    while !rest.is_empty() {
        let (operator, after) = Operator::split(rest);
        // Behind a blank only, a specifier must begin with its operator.
        if operator.is_none() && !all.is_empty() && !text.contains(',') {
            return Err(EXPECTED);
        }
        let end = after.find(BLANKS).unwrap_or(after.len());
        let (version, next) = after.split_at(end);
        all.push(Specifier::new(
            operator.unwrap_or(Operator::Equal),
            version,
        )?);
        rest = next.trim_start_matches(BLANKS);
    }
    Ok(all)
}

/// The operators of PEP 440.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Compatible,
    Textual,
}

impl Operator {
    /// Splits the operator off the beginning; `None` where there is none.
    pub(crate) fn split(text: &str) -> (Option<Operator>, &str) {
        const OPERATORS: [(&str, Operator); 9] = [
            ("===", Operator::Textual),
            ("==", Operator::Equal),
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            ("<", Operator::Less),
            (">=", Operator::GreaterOrEqual),
            (">", Operator::Greater),
            ("~=", Operator::Compatible),
        ];
        for (sign, operator) in OPERATORS {
            if let Some(rest) = text.strip_prefix(sign) {
                return (Some(operator), rest.trim_start());
            }
        }
        (None, text)
    }
}

/// One operator and its version.
#[derive(Debug, Clone)]
pub(crate) struct Specifier {
    operator: Operator,
    text: String,
    key: Vec<u8>,
    base: Vec<u8>,
    is_pre_release: bool,
    is_post_release: bool,
    has_local: bool,
    /// Epoch and release that `.*` and `~=` want at the beginning.
    prefix: Option<(String, String)>,
}

/// The version that specifiers are asked about.
struct Candidate<'a> {
    version: &'a Pep440<'a>,
    key: Vec<u8>,
    public: Vec<u8>,
    base: Vec<u8>,
}

impl<'a> Candidate<'a> {
    fn new(version: &'a Pep440<'a>) -> Candidate<'a> {
        Candidate {
            version,
            key: version.key(),
            public: version.public().key(),
            base: version.base().key(),
        }
    }
}

impl Specifier {
    /// A specifier from its two parts; `.*` is for `==` and `!=`.
    pub(crate) fn new(operator: Operator, text: &str) -> Result<Specifier, &'static str> {
        let wildcard = match operator {
            Operator::Equal | Operator::NotEqual => text.strip_suffix(".*"),
            _ => None,
        };
        let version = match Pep440::parse(wildcard.unwrap_or(text)) {
            Some(version) => version,
            None if operator == Operator::Textual && !text.is_empty() => Pep440::ZERO,
            None => return Err(EXPECTED),
        };
        let prefix = match (operator, wildcard) {
            (Operator::Compatible, _) => Some(version.release.rsplit_once('.').ok_or(EXPECTED)?.0),
            (_, Some(_)) if version.base() != version => return Err(EXPECTED),
            (_, Some(_)) => Some(version.release),
            _ => None,
        };
        Ok(Specifier {
            operator,
            text: text.to_owned(),
            key: version.key(),
            base: version.base().key(),
            is_pre_release: version.is_pre_release(),
            is_post_release: version.post.is_some(),
            has_local: version.local.is_some(),
            prefix: prefix.map(|prefix| (version.epoch.to_owned(), prefix.to_owned())),
        })
    }

    fn is_textual(&self) -> bool {
        self.operator == Operator::Textual
    }

    fn holds_text(&self, version: &str) -> bool {
        self.is_textual() && self.text.eq_ignore_ascii_case(version.trim())
    }

    fn holds(&self, candidate: &Candidate<'_>) -> bool {
        let bound = self.key.as_slice();
        let version = match self.has_local {
            true => candidate.key.as_slice(),
            false => candidate.public.as_slice(),
        };
        match self.operator {
            Operator::Equal => self.equals(candidate, version),
            Operator::NotEqual => !self.equals(candidate, version),
            Operator::LessOrEqual => version <= bound,
            Operator::GreaterOrEqual => version >= bound,
            Operator::Compatible => version >= bound && self.begins(candidate.version),
            Operator::Less => {
                let leads_to_bound = candidate.version.is_pre_release() && !self.is_pre_release;
                candidate.key.as_slice() < bound && !(leads_to_bound && candidate.base == self.base)
            }
            Operator::Greater => {
                let follows_bound = candidate.version.post.is_some() && !self.is_post_release;
                let labelled = candidate.version.local.is_some() && !self.has_local;
                candidate.key.as_slice() > bound
                    && !((follows_bound || labelled) && candidate.base == self.base)
            }
            Operator::Textual => false,
        }
    }

    fn equals(&self, candidate: &Candidate<'_>, version: &[u8]) -> bool {
        match self.prefix {
            Some(_) => self.begins(candidate.version),
            None => version == self.key,
        }
    }

    /// Whether the version begins with the prefix; numbers that it lacks are zeros.
    fn begins(&self, version: &Pep440<'_>) -> bool {
        let Some((epoch, prefix)) = &self.prefix else {
            return false;
        };
        let mut numbers = version.release.split('.');
        same_number(epoch, version.epoch)
            && prefix
                .split('.')
                .all(|number| same_number(number, numbers.next().unwrap_or("")))
    }
}

fn same_number(a: &str, b: &str) -> bool {
    a.trim_start_matches('0') == b.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use crate::Scheme::PyPi;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn exclusive_bounds_leave_out_what_belongs_to_the_bound() {
        check_range(
            PyPi,
            "<2.0",
            &["1.9"],
            &["2!0.1", "2.0", "2.0rc1", "2.0.dev1", "3"],
        );
        check_range(PyPi, "<2.0rc2", &["2.0rc1", "2.0a1"], &["2.0rc2", "2.0"]);
        check_range(
            PyPi,
            ">1.0",
            &["1.0.1", "1.1a1"],
            &["1.0", "1.0.post1", "1.0+x"],
        );
        check_range(PyPi, ">1.0.post1", &["1.0.post2"], &["1.0.post1", "1.0"]);
    }

    #[test]
    fn equality_looks_past_local_labels_unless_it_has_one() {
        check_range(
            PyPi,
            "==1.0",
            &["1", "1.0.0", "1.0+x"],
            &["1.0.post1", "1.0.1"],
        );
        check_range(PyPi, "==1.0+x", &["1.0+X"], &["1.0", "1.0+y"]);
        check_range(PyPi, "!=1.0", &["1.1"], &["1.0+x"]);
        check_range(PyPi, "===1.0", &["1.0"], &["1", "1.0.0"]);
        check_range(PyPi, "===junk", &["JUNK"], &["1"]);
    }

    #[test]
    fn wildcards_and_compatible_releases_compare_numbers() {
        check_range(
            PyPi,
            "==1.1.*",
            &["1.1", "1.1a1", "1.1.5.post1", "01.01"],
            &["1", "1.10", "1!1.1"],
        );
        check_range(PyPi, "==1.0.*", &["1", "1a1"], &["1.1"]);
        check_range(PyPi, "!=1.1.*, >=1", &["1.0", "1.2"], &["1.1.3"]);
        check_range(
            PyPi,
            "~=2.2",
            &["2.2", "2.9", "2.3a1"],
            &["2.1", "3.0", "2.2rc1"],
        );
        check_range(PyPi, "~=2.2.post3", &["2.2.post3", "2.3"], &["2.2", "3"]);
    }

    #[test]
    fn blanks_stand_for_commas() {
        check_range(PyPi, ">= 1.7.0 <1.7.16 || ==2", &["1.7.2", "2.0"], &["1.8"]);
    }

    #[test]
    fn texts_between_which_there_is_no_order_are_refused() {
        assert!(PyPi.range("<2").unwrap().contains("0.9-eevee").is_err());
        check_refused_ranges(
            PyPi,
            &[
                "~=1",
                ">=1.*",
                "==1.0a1.*",
                "=> 1",
                "~> 1.0",
                "<",
                "1.0 2.0",
            ],
        );
    }
}
