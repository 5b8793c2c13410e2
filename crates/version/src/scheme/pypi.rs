//! PEP 440, and below it the versions that were on the index before PEP 440.
//!
//! Surprises:
//! - `1.0` = `1.0.0` = `v1`, `1.0-alpha` = `1.0a0`, `1.0-1` = `1.0.post1`, `1.0c1` = `1.0rc1`.
//! - `1.0.dev1` is before `1.0a1`, but `1.0a1.dev1` is between `1.0a0` and `1.0a1`.
//! - A local label raises a version (`1.0+ubuntu.1` > `1.0`); in it numbers are above words.
//! - A text that is no PEP 440 version (`0.9-eevee`) is ordered as setuptools once did, before all PEP 440 versions.
//!   Ranges do not take such texts, see `range/pypi.rs`.

use crate::encode;
use crate::encode::split_digits;

mod legacy;
#[cfg(test)]
mod oracle;

/// A version in the sense of PEP 440, in pieces of its text; numbers may have leading zeros, and an empty one is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pep440<'a> {
    pub(crate) epoch: &'a str,
    /// Numbers between dots.
    pub(crate) release: &'a str,
    pub(crate) pre: Option<(PreRelease, &'a str)>,
    pub(crate) post: Option<&'a str>,
    pub(crate) dev: Option<&'a str>,
    pub(crate) local: Option<&'a str>,
}

/// The phase of a pre-release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PreRelease {
    Alpha,
    Beta,
    Candidate,
}

const LEGACY: u8 = 0;
const PEP440: u8 = 1;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    match Pep440::parse(text) {
        Some(version) => version.write_key(out),
        None if text.trim().is_empty() => return Err("a version"),
        None => {
            out.push(LEGACY);
            legacy::write_key(text.trim(), out);
        }
    }
    Ok(())
}

impl<'a> Pep440<'a> {
    /// The version 0.
    pub(crate) const ZERO: Pep440<'static> = Pep440 {
        epoch: "",
        release: "0",
        pre: None,
        post: None,
        dev: None,
        local: None,
    };

    /// Reads a version by the rules of PEP 440's appendix B; `None` for a text that is none.
    pub(crate) fn parse(text: &'a str) -> Option<Pep440<'a>> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (first, after) = split_digits(text);
        let (epoch, text) = match after.strip_prefix('!') {
            Some(after) if !first.is_empty() => (first, after),
            _ => ("", text),
        };
        let (release, rest) = release(text)?;
        let (pre, rest) = pre_release(rest);
        let (post, rest) = post_release(rest);
        let (dev, rest) = match labelled(rest, &["dev"]) {
            Some((_, number, rest)) => (Some(number), rest),
            None => (None, rest),
        };
        let local = local(rest)?;
        Some(Pep440 {
            epoch,
            release,
            pre,
            post,
            dev,
            local,
        })
    }

    /// Whether installers call the version a pre-release.
    pub(crate) fn is_pre_release(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// The version without its local label.
    pub(crate) fn public(self) -> Pep440<'a> {
        Pep440 {
            local: None,
            ..self
        }
    }

    /// The epoch and the release numbers alone.
    pub(crate) fn base(self) -> Pep440<'a> {
        Pep440 {
            pre: None,
            post: None,
            dev: None,
            local: None,
            ..self
        }
    }

    /// The version's key as a vector.
    pub(crate) fn key(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 * self.release.len() + 16);
        self.write_key(&mut out);
        out
    }

    /// Appends the order-preserving key.
    pub(crate) fn write_key(&self, out: &mut Vec<u8>) {
        out.push(PEP440);
        encode::number(self.epoch, out);
        write_release(self.release, out);
        self.write_pre(out);
        match self.post {
            None => out.push(0),
            Some(number) => {
                out.push(1);
                encode::number(number, out);
            }
        }
        match self.dev {
            None => out.push(1),
            Some(number) => {
                out.push(0);
                encode::number(number, out);
            }
        }
        write_local(self.local, out);
    }

    /// A development release of the plain version sorts before its first alpha; a final one after the last candidate.
    fn write_pre(&self, out: &mut Vec<u8>) {
        match self.pre {
            Some((phase, number)) => {
                out.push(1 + phase as u8);
                encode::number(number, out);
            }
            None if self.post.is_none() && self.dev.is_some() => out.push(0),
            None => out.push(4),
        }
    }
}

/// Zeros at the end do not count.
fn write_release(release: &str, out: &mut Vec<u8>) {
    let significant = release.trim_end_matches(['0', '.']);
    // `1.10` loses the zero of its ten above: the cut goes back to the end of that number.
    let cut = release
        .get(significant.len()..)
        .and_then(|tail| tail.find('.'))
        .map_or(release.len(), |dot| significant.len() + dot);
    let kept = if significant.is_empty() {
        ""
    } else {
        release.get(..cut).unwrap_or(release)
    };
    for part in kept.split('.').filter(|part| !part.is_empty()) {
        out.push(1);
        encode::number(part, out);
    }
    out.push(0);
}

/// Words are before numbers, and a label is before the labels that continue it.
fn write_local(local: Option<&str>, out: &mut Vec<u8>) {
    let Some(local) = local else {
        out.push(0);
        return;
    };
    out.push(1);
    for part in local.split(['.', '-', '_']) {
        if encode::is_number(part) {
            out.push(2);
            encode::number(part, out);
        } else {
            out.push(1);
            encode::text_ignoring_case(part, out);
        }
    }
    out.push(0);
}

/// Splits `1.2.3` off the beginning.
fn release(text: &str) -> Option<(&str, &str)> {
    let mut end = split_digits(text).0.len();
    if end == 0 {
        return None;
    }
    while let Some(after) = text.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        let digits = split_digits(after).0.len();
        if digits == 0 {
            break;
        }
        end += 1 + digits;
    }
    Some(text.split_at(end))
}

fn pre_release(text: &str) -> (Option<(PreRelease, &str)>, &str) {
    const LABELS: [&str; 8] = ["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"];
    match labelled(text, &LABELS) {
        None => (None, text),
        Some((label, number, rest)) => {
            let phase = match label {
                "alpha" | "a" => PreRelease::Alpha,
                "beta" | "b" => PreRelease::Beta,
                _ => PreRelease::Candidate,
            };
            (Some((phase, number)), rest)
        }
    }
}

/// `-3`, or one of the labels.
fn post_release(text: &str) -> (Option<&str>, &str) {
    if let Some(after) = text.strip_prefix('-') {
        let (number, rest) = split_digits(after);
        if !number.is_empty() {
            return (Some(number), rest);
        }
    }
    match labelled(text, &["post", "rev", "r"]) {
        Some((_, number, rest)) => (Some(number), rest),
        None => (None, text),
    }
}

/// Splits off an optional separator, one of the labels in any case, an optional separator and a number that may lack.
fn labelled<'a, 'l>(text: &'a str, labels: &[&'l str]) -> Option<(&'l str, &'a str, &'a str)> {
    const SEPARATORS: [char; 3] = ['-', '_', '.'];
    let unseparated = text.strip_prefix(SEPARATORS).unwrap_or(text);
    let label = labels.iter().copied().find(|label| {
        unseparated
            .get(..label.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(label))
    })?;
    let after = unseparated.get(label.len()..)?;
    let after = after.strip_prefix(SEPARATORS).unwrap_or(after);
    let (number, rest) = split_digits(after);
    Some((label, number, rest))
}

/// The local label up to the end of the text, which must not have more.
fn local(text: &str) -> Option<Option<&str>> {
    if text.is_empty() {
        return Some(None);
    }
    let local = text.strip_prefix('+')?;
    local
        .split(['-', '_', '.'])
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .then_some(Some(local))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order_of_the_specification() {
        ordered::check(
            Scheme::PyPi,
            &[
                &["0.9-eevee"],
                &["0"],
                &["0.0.1"],
                &["1.dev0", "1.0.dev", "v1.DEV0"],
                &["1.0a0.dev1"],
                &["1.0a", "1.0-alpha", "1.0a0", "1.0_A.0"],
                &["1.0a1", "1.0alpha-1"],
                &["1.0b2.post345.dev456"],
                &["1.0b2.post345", "1.0b2-345"],
                &["1.0rc1", "1.0c1", "1.0pre1", "1.0-preview.1"],
                &["1.0", "1", "1.0.0", " v1.0 ", "0!1"],
                &["1.0+abc.5", "1.0+ABC-05"],
                &["1.0+abc.7"],
                &["1.0+5"],
                &["1.0+5.0"],
                &["1.0.post456.dev34"],
                &["1.0.post456", "1.0-456", "1.0.r456", "1.0rev456"],
                &["1.0.1"],
                &["1.1.dev1"],
                &["1.9"],
                &["1.10", "1.10.0"],
                &["2024.10.10"],
                &["1!0.1"],
            ],
        );
    }

    #[test]
    fn a_public_version_has_its_parts() {
        let version = Pep440::parse("1!2.03-beta_4.post5.dev6+ubuntu.1").unwrap();
        assert_eq!(version.epoch, "1");
        assert_eq!(version.release, "2.03");
        assert_eq!(version.pre, Some((PreRelease::Beta, "4")));
        assert_eq!(version.post, Some("5"));
        assert_eq!(version.dev, Some("6"));
        assert_eq!(version.local, Some("ubuntu.1"));
    }

    #[test]
    fn what_is_no_version_of_the_specification() {
        for text in [
            "", "a", "1.", "1.0+", "1.0+a..b", "1.0 a", "1!", "!1", "1.0prex", "1..2",
        ] {
            assert_eq!(Pep440::parse(text), None, "{text}");
        }
        ordered::check_refused(Scheme::PyPi, &["", "  "]);
    }
}
