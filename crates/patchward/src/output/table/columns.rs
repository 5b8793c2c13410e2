//! The columns of the table of findings, and which of them a terminal has room for.
//!
//! An id, a version, a date or a header is never broken: a column that does not fit is shortened where its text allows
//! it, and left out where it does not.

use super::{Style, clean};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use textwrap::core::display_width;

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

/// The table of these rows, as wide as the terminal allows.
pub fn table(rows: &[Cells], style: &Style) -> Table {
    let mut shown: Vec<Sized> = NAMES
        .iter()
        .enumerate()
        .filter_map(|(at, (column, name))| Sized::of(*column, at, name, rows))
        .collect();
    if let Some(room) = style.width {
        fit(&mut shown, usize::from(room).saturating_sub(MARGIN));
    }
    let names: Vec<&str> = shown.iter().map(|column| column.name).collect();
    let mut table = style.table(&names);
    for cells in rows {
        table.add_row(shown.iter().map(|column| column.cell(cells)));
    }
    for (at, column) in shown.iter().enumerate() {
        let Some(drawn) = table.column_mut(at) else {
            continue;
        };
        let margin = if at == 0 { MARGIN } else { 0 };
        drawn.set_padding((margin as u16 + 1, 1));
        if style.width.is_some() {
            let width = column.width + PADDING + margin;
            let width = Width::Fixed(width.try_into().unwrap_or(u16::MAX));
            drawn.set_constraint(ColumnConstraint::Absolute(width));
        }
    }
    if style.width.is_some() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
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
        let natural = texts().map(|text| display_width(text)).max()?;
        if natural == 0 {
            return None;
        }
        let word = texts()
            .flat_map(|text| text.split(' '))
            .map(display_width)
            .max()
            .unwrap_or_default();
        let least = match column {
            Column::Place => natural.min(PLACE),
            Column::Package => natural.min(NAME),
            Column::Signals => word.max(natural.min(SIGNAL)),
            Column::Fixed => word,
            _ => natural,
        };
        let header = display_width(name);
        Some(Sized {
            column,
            at,
            name,
            natural: natural.max(header),
            least: least.max(header),
            width: natural.max(header),
        })
    }

    fn cell(&self, cells: &Cells) -> String {
        let text = cells.get(self.at).map_or("", String::as_str);
        match self.column {
            Column::Place => shortened(text, self.width),
            Column::Package => broken(text, self.width),
            _ => text.to_owned(),
        }
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
    if display_width(text) <= width {
        return text.to_owned();
    }
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
