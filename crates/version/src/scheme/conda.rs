//! Conda's VersionOrder.
//!
//! A version is `[epoch!]parts[+local]`; parts stand between dots or underscores, and each falls into numbers and words;
//! a part that begins with a word gets a 0 in front. Case does not count.
//!
//! Surprises: `dev` is below all words and `post` above all numbers (`1.0dev` < `1.0a` < `1.0` < `1.0post`); missing
//! parts are zeros (`1.0` = `1`); `1.0_` is just before `1.0a`, as openssl counts; hyphens count as underscores unless
//! the version has both.

use crate::encode;
use crate::encode::split_digits;

/// A numeral or word of a part. Their order is that of this list; a part that ends counts as zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item<'a> {
    Dev,
    Word(&'a str),
    Zero,
    Number(&'a str),
    Post,
}

const DEV: u8 = 1;
const WORD: u8 = 2;
/// A zero, the end of a part, or the end of all, with something lower than zeros behind it.
const ZERO_BEFORE_LOWER: u8 = 3;
const PART_BEFORE_LOWER: u8 = 4;
const END: u8 = 5;
const PART_BEFORE_HIGHER: u8 = 6;
const ZERO_BEFORE_HIGHER: u8 = 7;
const NUMBER: u8 = 8;
const POST: u8 = 9;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim();
    let (epoch, text) = text.split_once('!').unwrap_or(("0", text));
    let (version, local) = text.split_once('+').unwrap_or((text, ""));
    if !encode::is_number(epoch) || version.is_empty() {
        return Err("an epoch of digits and a version");
    }
    if text.contains('-') && text.contains('_') {
        return Err("a version without hyphens, or without underscores");
    }
    encode::number(epoch, out);
    write_parts(version, out)?;
    write_parts(local, out)
}

fn write_parts(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut lengths = Vec::new();
    let mut items = Vec::new();
    let (text, trailing) = match text.strip_suffix(['_', '-']) {
        Some(text) => (text, true),
        None => (text, false),
    };
    for part in text.split(['.', '_', '-']) {
        let before = items.len();
        read_part(part, &mut items)?;
        lengths.push(items.len() - before);
    }
    if let (true, Some(last)) = (trailing, lengths.last_mut()) {
        items.push(Item::Word("_"));
        *last += 1;
    }
    encode_parts(&items, &lengths, out);
    Ok(())
}

fn read_part<'a>(part: &'a str, items: &mut Vec<Item<'a>>) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'*';
    if !part.bytes().all(allowed) {
        return Err("letters, digits, dots, underscores and hyphens");
    }
    if !part.bytes().next().is_none_or(|byte| byte.is_ascii_digit()) {
        items.push(Item::Zero);
    }
    let mut rest = part;
    while !rest.is_empty() {
        let (number, after) = split_digits(rest);
        if !number.is_empty() {
            let zero = number.bytes().all(|digit| digit == b'0');
            items.push(if zero {
                Item::Zero
            } else {
                Item::Number(number)
            });
        }
        let star = after.starts_with('*');
        let end = after
            .bytes()
            .position(|byte| byte.is_ascii_digit() || (byte == b'*') != star)
            .unwrap_or(after.len());
        let (word, next) = after.split_at(end);
        if !word.is_empty() {
            items.push(match word {
                _ if word.eq_ignore_ascii_case("dev") => Item::Dev,
                _ if word.eq_ignore_ascii_case("post") => Item::Post,
                _ => Item::Word(word),
            });
        }
        rest = next;
    }
    Ok(())
}

/// Writes the parts; zeros and ends are marked by whether what follows them is below or above zeros.
fn encode_parts(items: &[Item<'_>], lengths: &[usize], out: &mut Vec<u8>) {
    let mut rest = items;
    for length in lengths {
        let (mut part, after) = rest.split_at((*length).min(rest.len()));
        while let Some((item, following)) = part.split_first() {
            match (item, side(following)) {
                (Item::Zero, None) => break,
                (Item::Zero, Some(Side::Lower)) => out.push(ZERO_BEFORE_LOWER),
                (Item::Zero, Some(Side::Higher)) => out.push(ZERO_BEFORE_HIGHER),
                (item, _) => write_item(*item, out),
            }
            part = following;
        }
        match side(after) {
            None => break,
            Some(Side::Lower) => out.push(PART_BEFORE_LOWER),
            Some(Side::Higher) => out.push(PART_BEFORE_HIGHER),
        }
        rest = after;
    }
    out.push(END);
}

fn write_item(item: Item<'_>, out: &mut Vec<u8>) {
    match item {
        Item::Dev => out.push(DEV),
        Item::Zero => {}
        Item::Word(word) => {
            out.push(WORD);
            encode::text_ignoring_case(word, out);
        }
        Item::Number(number) => {
            out.push(NUMBER);
            encode::number(number, out);
        }
        Item::Post => out.push(POST),
    }
}

enum Side {
    Lower,
    Higher,
}

/// How the first item that is no zero compares with zero; `None` where there is none.
fn side(items: &[Item<'_>]) -> Option<Side> {
    items.iter().find_map(|item| match item {
        Item::Zero => None,
        Item::Dev | Item::Word(_) => Some(Side::Lower),
        Item::Number(_) | Item::Post => Some(Side::Higher),
    })
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order_of_the_documentation() {
        ordered::check(
            Scheme::Conda,
            &[
                &["0.4", "0.4.0", "0.4.0.0"],
                &["0.4.1.rc", "0.4.1.RC"],
                &["0.4.1"],
                &["0.5a1"],
                &["0.5b3"],
                &["0.5C1"],
                &["0.5"],
                &["0.9.6"],
                &["0.960923"],
                &["1.0"],
                &["1.1dev1"],
                &["1.1_"],
                &["1.1a1"],
                &["1.1.0dev1", "1.1.dev1"],
                &["1.1.a1"],
                &["1.1.0rc1"],
                &["1.1", "1.1.0"],
                &["1.1.0post1", "1.1.post1"],
                &["1.1post1"],
                &["1996.07.12"],
                &["1!0.4.1"],
                &["1!3.1.1.6"],
                &["2!0.4.1"],
            ],
        );
    }

    #[test]
    fn a_local_label_raises_a_version() {
        ordered::check(Scheme::Conda, &[&["1.0", "1.0+0"], &["1.0+1"], &["1.0.1"]]);
    }

    #[test]
    fn what_is_no_version() {
        ordered::check_refused(
            Scheme::Conda,
            &["", "==1.2.3", "1.2/3", "a!1", "1-2_3", "not/conda", "1!"],
        );
    }
}
