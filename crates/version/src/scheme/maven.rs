//! Maven's ComparableVersion.
//!
//! The text falls into items at dots, at hyphens, and between digits and letters; a hyphen, and a step between digits
//! and letters, begins a list in the list. Numbers, words and lists compare by kind (words < lists < numbers), words by
//! alpha < beta < milestone < rc = cr < snapshot < "" = ga = final = release < sp < all others, and a list that ends
//! compares as if it went on with whatever equals nothing: 0, "" or an empty list. Case does not count.
//!
//! Surprises:
//! - `1` = `1.0` = `1-ga` = `1.0.0.Final`, `1a1` = `1-alpha-1`, but `1a` is no alpha.
//! - `1.0.RC2` is above `1.0-RC3`: a hyphen weighs less than a dot. Maven 3.8.7 began to treat `.RC2` as `-RC2`
//!   (MNG-7644). The order here is the one before that, which advisory databases use for their ranges; the two differ
//!   where a project writes both forms.
//! - A word that is not known is above the release: `1.0-jre` > `1.0`. So is a number: `1.0-1` > `1.0`.
//!
//! Where this order departs from Maven's: comparing kinds and comparing with the end do not fit together, so Maven has
//! circles such as `2.9.0.RC1` < `2.9.0` < `2.9.0-1` < `2.9.0.RC1`, which no key can follow. Here what comes before the
//! end comes before everything behind it: `2.9.0.RC1` < `2.9.0` < `2.9.0-1`.

use crate::encode;
use crate::encode::split_digits;

#[cfg(test)]
mod oracle;

// What can stand at a place of a list, lowest first. `…_BEFORE_LOWER`: what follows compares as lower than the end.
/// The known words below the release take 1 to 5.
const LOW_WORDS: [&str; 5] = ["alpha", "beta", "milestone", "rc", "snapshot"];
const RELEASE_BEFORE_LOWER: u8 = 6;
const LIST_BEFORE_LOWER: u8 = 7;
const ZERO_BEFORE_LOWER: u8 = 8;
const END: u8 = 9;
const RELEASE: u8 = 10;
const SERVICE_PACK: u8 = 11;
const WORD: u8 = 12;
const LIST: u8 = 13;
const ZERO: u8 = 14;
const NUMBER: u8 = 15;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("a version without blanks");
    }
    let mut writer = Writer::new(out);
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        if first == b'.' || first == b'-' {
            // Two separators in a row have a zero between them.
            writer.nothing(ZERO);
        } else {
            rest = item(rest, &mut writer);
        }
        match rest.bytes().next() {
            Some(b'.') => rest = rest.get(1..).unwrap_or(""),
            Some(b'-') => {
                writer.list();
                rest = rest.get(1..).unwrap_or("");
            }
            Some(_) => writer.list(),
            None => break,
        }
    }
    writer.end();
    Ok(())
}

/// Writes the number or word at the beginning of `text`, and gives back what follows.
fn item<'a>(text: &'a str, writer: &mut Writer<'_>) -> &'a str {
    let (number, after) = split_digits(text);
    if !number.is_empty() {
        match number.trim_start_matches('0') {
            "" => writer.nothing(ZERO),
            number => writer.higher(NUMBER, |out| encode::number(number, out)),
        }
        return after;
    }
    let end = text
        .bytes()
        .position(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let digit_follows = after
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit());
    write_word(word, digit_follows, writer);
    after
}

fn write_word(word: &str, digit_follows: bool, writer: &mut Writer<'_>) {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    let known = match word {
        _ if digit_follows && is("a") => Some("alpha"),
        _ if digit_follows && is("b") => Some("beta"),
        _ if digit_follows && is("m") => Some("milestone"),
        _ if is("cr") => Some("rc"),
        _ => LOW_WORDS.iter().copied().find(|name| is(name)),
    };
    let low = (1..).zip(LOW_WORDS).find(|(_, name)| known == Some(name));
    match low {
        Some((byte, _)) => writer.lower(byte),
        None if is("ga") || is("final") || is("release") => writer.nothing(RELEASE),
        None if is("sp") => writer.higher(SERVICE_PACK, |_| {}),
        None => writer.higher(WORD, |out| encode::text_ignoring_case(word, out)),
    }
}

/// Writes items, and takes back those that turn out to stand for nothing.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Where the row of lists and nothings begins of which it is not yet known what follows.
    open: usize,
    /// Where in that row the nothings of the innermost list begin.
    nothings: usize,
}

impl Writer<'_> {
    fn new(out: &mut Vec<u8>) -> Writer<'_> {
        let open = out.len();
        Writer {
            out,
            open,
            nothings: open,
        }
    }

    /// An item that equals the end: it counts only if something else follows in its list.
    fn nothing(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// A list begins. Nothings before it do not count.
    fn list(&mut self) {
        self.out.truncate(self.nothings);
        self.out.push(LIST);
        self.nothings = self.out.len();
    }

    /// An item below the end; so are the lists that begin with it and the nothings before it.
    fn lower(&mut self, byte: u8) {
        for open in self.out.iter_mut().skip(self.open) {
            *open = match *open {
                RELEASE => RELEASE_BEFORE_LOWER,
                LIST => LIST_BEFORE_LOWER,
                _ => ZERO_BEFORE_LOWER,
            };
        }
        self.out.push(byte);
        self.close();
    }

    /// An item above the end.
    fn higher(&mut self, byte: u8, content: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(byte);
        content(self.out);
        self.close();
    }

    fn close(&mut self) {
        self.open = self.out.len();
        self.nothings = self.open;
    }

    fn end(self) {
        self.out.truncate(self.open);
        self.out.push(END);
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::Maven,
            &[
                &["1-alpha2snapshot"],
                &["1-alpha2", "1a2", "1.0-ALPHA-2"],
                &["1-alpha-123"],
                &["1-beta-2"],
                &["1-beta123"],
                &["1-m2", "1-milestone-2"],
                &["1-rc", "1CR"],
                &["1-cr2", "1.0.0-RC2"],
                &["1-SNAPSHOT"],
                &["1.0.0.RC1"],
                &[
                    "1",
                    "1.0",
                    "1.0.0",
                    "1-ga",
                    "1.0.0.Final",
                    "1RELEASE",
                    "1-",
                    "1.0-0.0",
                    "01",
                ],
                &["1-sp"],
                &["1-sp2"],
                &["1-abc"],
                &["1-def"],
                &["1-pom-1"],
                &["1-1-snapshot"],
                &["1-1", "1-1.0"],
                &["1-2"],
                &["1-123"],
                &["1.0.1-SNAPSHOT"],
                &["1.0.1"],
                &["1.2"],
                &["1.10"],
                &["20190126.230843"],
                &["123456789012345678901234567890.1"],
            ],
        );
    }

    #[test]
    fn separators_in_a_row_have_a_zero_between_them() {
        ordered::check(
            Scheme::Maven,
            &[
                &["-.1", "0-0.1"],
                &["1-1.foo-bar-1-baz-0.1", "1-1.foo-bar1baz-.1"],
                &["1..1", "1.0.1"],
            ],
        );
    }

    #[test]
    fn blanks_are_refused() {
        ordered::check_refused(Scheme::Maven, &["", "  ", "1.0 beta"]);
    }
}
