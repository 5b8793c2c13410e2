//! The columns of the table of findings, and which of them a terminal has room for.
//!
//! An id, a version, a date or a header is never broken: a column that does not fit is shortened where its text allows
//! it, and left out where it does not.

use std::borrow::Cow;
use std::io::{self, Write};

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::{Ansi, Style, clean};
use crate::output::clean::is_plain;

/// A space that the table does not wrap at; a plain one is written in its place.
pub const TIED: &str = "\u{a0}";

/// Columns between two texts: a cell has one on each side.
const PADDING: usize = 2;

/// The margin of the first column.
const MARGIN: usize = 1;

/// A path that is shortened keeps so many columns.
const PLACE: usize = 16;

/// Names of packages are not wrapped narrower than this.
const NAME: usize = 20;

/// Signals are not wrapped narrower than this: `KEV 2024-02-03,`.
const SIGNAL: usize = 15;

/// A column; `NAMES` has their order on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Priority,
    Due,
    Severity,
    Vulnerability,
    Package,
    Installed,
    Fixed,
    Signals,
    Place,
}

/// How many columns there are.
pub const COUNT: usize = 9;

/// The cells of a finding, one for each column.
pub type Cells = [String; COUNT];

const NAMES: [(Column, &str); COUNT] = [
    (Column::Priority, "PRIORITY"),
    (Column::Due, "DUE"),
    (Column::Severity, "SEVERITY"),
    (Column::Vulnerability, "VULNERABILITY"),
    (Column::Package, "PACKAGE"),
    (Column::Installed, "INSTALLED"),
    (Column::Fixed, "FIXED IN"),
    (Column::Signals, "SIGNALS"),
    (Column::Place, "WHERE"),
];

/// What is shown where there is room, the most useful first; the other columns always are. The priority already weighs
/// severity and signals.
const OPTIONAL: [Column; 5] = [
    Column::Installed,
    Column::Severity,
    Column::Due,
    Column::Signals,
    Column::Place,
];

/// Writes the table of these rows, as wide as the terminal allows.
pub fn write(rows: &[Cells], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut shown: Vec<Sized> = NAMES
        .iter()
        .enumerate()
        .filter_map(|(at, (column, name))| Sized::of(*column, at, name, rows))
        .collect();
    if let Some(room) = style.width {
        fit(&mut shown, usize::from(room).saturating_sub(MARGIN));
    }
    let header = |column: &Sized| style.paint(Ansi::new().dimmed(), column.name).into();
    write_row(&shown, header, out)?;
    for cells in rows {
        write_row(&shown, |column| column.cell(cells), out)?;
    }
    Ok(())
}

/// Writes a row: as many lines as the cell with the most of them has.
fn write_row<'c>(
    shown: &[Sized],
    cell: impl Fn(&Sized) -> Cow<'c, str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let cells: Vec<Cow<'c, str>> = shown.iter().map(cell).collect();
    let ends = cells.iter().map(|cell| cell.matches('\n').count());
    for at in 0..=ends.max().unwrap_or_default() {
        let mut line = " ".repeat(MARGIN);
        for (column, cell) in shown.iter().zip(&cells) {
            let text = cell.split('\n').nth(at).unwrap_or_default();
            let rest = column.width.saturating_sub(width(text));
            line.push(' ');
            line.push_str(text);
            line.extend(std::iter::repeat_n(' ', rest + 1));
        }
        writeln!(out, "{}", line.trim_end().replace(TIED, " "))?;
    }
    Ok(())
}

/// A column that is shown.
struct Sized {
    column: Column,
    /// Its place among all columns.
    at: usize,
    name: &'static str,
    /// Columns that nothing in it is broken or shortened at.
    natural: usize,
    /// Columns that it cannot go below.
    least: usize,
    /// Columns that it gets.
    width: usize,
}

impl Sized {
    /// Nothing where no finding has something to show.
    fn of(column: Column, at: usize, name: &'static str, rows: &[Cells]) -> Option<Sized> {
        let texts = || rows.iter().filter_map(|cells| cells.get(at));
        let natural = texts().map(|text| width(text)).max()?;
        if natural == 0 {
            return None;
        }
        let words = texts().flat_map(|text| text.split(' '));
        let word = || words.map(width).max().unwrap_or_default();
        let least = match column {
            Column::Place => natural.min(PLACE),
            Column::Package => natural.min(NAME),
            Column::Signals => word().max(natural.min(SIGNAL)),
            Column::Fixed => word(),
            _ => natural,
        };
        let header = width(name);
        Some(Sized {
            column,
            at,
            name,
            natural: natural.max(header),
            least: least.max(header),
            width: natural.max(header),
        })
    }

    fn cell<'c>(&self, cells: &'c Cells) -> Cow<'c, str> {
        let text = cells.get(self.at).map_or("", String::as_str);
        if width(text) <= self.width {
            return text.into();
        }
        match self.column {
            Column::Place => shortened(text, self.width).into(),
            Column::Package => wrapped(&broken(text, self.width), self.width).into(),
            _ => wrapped(text, self.width).into(),
        }
    }
}

/// How many columns a text takes.
fn width(text: &str) -> usize {
    match is_plain(text) {
        true => text.len(),
        false => display_width(text),
    }
}

/// Leaves out what there is no room for, and shares the rest.
fn fit(shown: &mut Vec<Sized>, room: usize) {
    let optional = |column: &Sized| OPTIONAL.contains(&column.column);
    let always = shown.iter().filter(|column| !optional(column));
    let mut needed: usize = always.map(|column| column.least + PADDING).sum();
    for name in OPTIONAL {
        let Some(at) = shown.iter().position(|column| column.column == name) else {
            continue;
        };
        let with = needed + shown.get(at).map_or(0, |column| column.least + PADDING);
        match with <= room {
            true => needed = with,
            false => drop(shown.remove(at)),
        }
    }
    let mut spare = room.saturating_sub(needed);
    for column in shown.iter_mut() {
        let more = spare.min(column.natural - column.least);
        column.width = column.least + more;
        spare -= more;
    }
}

/// The end of a path, which tells more than its beginning: `…/api/Cargo.lock:8`.
fn shortened(text: &str, width: usize) -> String {
    let mut start = text.len();
    let mut taken = 1;
    for (at, c) in text.char_indices().rev() {
        taken += display_width(c.encode_utf8(&mut [0; 4]));
        if taken > width {
            break;
        }
        start = at;
    }
    let end = &text[start..];
    // From the beginning of a folder's name, where the file's own name stays whole.
    let folder = end.find('/').map_or(end, |at| &end[at..]);
    format!("…{folder}")
}

/// Lines of whole words. What is painted is painted word by word: other columns stand between two lines of it.
fn wrapped(text: &str, width: usize) -> String {
    let mut colours = String::new();
    let words = text.split(' ').map(|word| {
        let before = colours.clone();
        for code in word.split('\x1b').skip(1) {
            let code = code.split_inclusive('m').next().unwrap_or_default();
            match code {
                "[0m" => colours.clear(),
                _ => colours.extend(["\x1b", code]),
            }
        }
        let after = if colours.is_empty() { "" } else { "\x1b[0m" };
        format!("{before}{word}{after}")
    });
    let options = Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(&words.collect::<Vec<_>>().join(" "), options)
}

/// A name that is longer than its column goes on in the next line, after a sign that parts names.
fn broken(text: &str, width: usize) -> String {
    let words = text.split(' ').map(|word| broken_word(word, width));
    words.collect::<Vec<_>>().join(" ")
}

fn broken_word(word: &str, width: usize) -> String {
    let mut text = String::with_capacity(word.len() + 1);
    let mut rest = word;
    while display_width(rest) > width {
        let mut end = 0;
        let mut best = 0;
        let mut taken = 0;
        for (at, c) in rest.char_indices() {
            taken += display_width(c.encode_utf8(&mut [0; 4]));
            if taken > width {
                break;
            }
            end = at + c.len_utf8();
            if matches!(c, '/' | '-' | '.' | '_' | ':') {
                best = end;
            }
        }
        let cut = if best > 0 { best } else { end };
        if cut == 0 {
            break;
        }
        text.push_str(&rest[..cut]);
        text.push('\n');
        rest = &rest[cut..];
    }
    text.push_str(rest);
    text
}

/// `text` as it stands in a cell that must not be wrapped inside it.
pub fn tied(text: &str) -> String {
    clean(text).replace(' ', TIED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_ends_with_each_word_of_a_cell_that_is_wrapped() {
        let painted = "\x1b[1m\x1b[31mKEV 2024-02-03, ransomware\x1b[0m, EPSS";
        let lines = [
            "\x1b[1m\x1b[31mKEV\x1b[0m \x1b[1m\x1b[31m2024-02-03,\x1b[0m",
            "\x1b[1m\x1b[31mransomware\x1b[0m,",
            "EPSS",
        ];
        assert_eq!(wrapped(painted, 15), lines.join("\n"));
    }

    #[test]
    fn a_broken_name_keeps_its_lines_and_the_next_words_follow() {
        let name = broken("@scope/component-of-a-shop, lodash +2", 16);
        let lines = ["@scope/", "component-of-a-", "shop, lodash +2"];
        assert_eq!(wrapped(&name, 16), lines.join("\n"));
    }
}
