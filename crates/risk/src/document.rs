//! Reads TOML with places: every value knows its line and column, every key that means nothing is told, and one fault
//! does not hide the next.

use std::cell::{OnceCell, RefCell};
use std::fmt;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Largest file that is read, in bytes.
pub const MOST_BYTES: usize = 1 << 20;
/// Most entries of one list.
const MOST_ENTRIES: usize = 10_000;
/// Most faults that are told of one file.
const MOST_FAULTS: usize = 50;

/// Something in a file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The file, as the caller names it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault {
            file,
            line,
            column,
            message,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")
    }
}

/// A file that is being read.
pub struct Document<'t> {
    file: &'t str,
    text: &'t str,
    faults: RefCell<Vec<(usize, String)>>,
    /// The byte at which each line begins.
    lines: OnceCell<Vec<usize>>,
}

/// A text value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub value: String,
    /// Byte in the file at which its first character stands.
    pub at: usize,
    /// A byte of the value is as many bytes behind `at` in the file: it is written without escapes.
    pub exact: bool,
}

/// A table that is being read.
pub struct Table<'d, 't> {
    document: &'d Document<'t>,
    entries: &'d DeTable<'t>,
    /// What it is, for messages: `[[priority]]`.
    what: String,
    /// Byte at which it begins.
    pub at: usize,
    known: RefCell<Vec<&'static str>>,
}

impl<'t> Document<'t> {
    /// A file under the name that messages use.
    pub fn new(file: &'t str, text: &'t str) -> Document<'t> {
        Document {
            file,
            text,
            faults: RefCell::default(),
            lines: OnceCell::new(),
        }
    }

    /// Parses the text as TOML. `None` when it is too large or no TOML; the fault is kept.
    pub fn parse(&self) -> Option<Spanned<DeTable<'t>>> {
        if self.text.len() > MOST_BYTES {
            self.fault(0, format!("the file is larger than {MOST_BYTES} bytes"));
            return None;
        }
        match DeTable::parse(self.text) {
            Ok(table) => Some(table),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let message: Vec<&str> = error.message().lines().collect();
                self.fault(at, message.join(", "));
                None
            }
        }
    }

    /// Keeps a fault at a byte.
    pub fn fault(&self, at: usize, message: impl Into<String>) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < MOST_FAULTS {
            faults.push((at, message.into()));
        }
    }

    /// Line and column of a byte, both from 1.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let mut end = at.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.bytes().zip(1..);
            let starts = ends.filter_map(|(byte, next)| (byte == b'\n').then_some(next));
            std::iter::once(0).chain(starts).collect()
        });
        let line = lines.partition_point(|start| *start <= end);
        let start = lines.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..end).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// `policy.toml:12`.
    pub fn place(&self, at: usize) -> String {
        format!("{}:{}", self.file, self.position(at).0)
    }

    /// The file's name.
    pub fn file(&self) -> &'t str {
        self.file
    }

    /// The faults, in the order of the file.
    pub fn faults(self) -> Vec<Fault> {
        let mut faults = self.faults.take();
        faults.sort();
        faults.dedup();
        let faults = faults.into_iter().map(|(at, message)| {
            let (line, column) = self.position(at);
            Fault {
                file: self.file.to_owned(),
                line,
                column,
                message,
            }
        });
        faults.collect()
    }

    /// The outermost table.
    pub fn top<'d>(&'d self, table: &'d Spanned<DeTable<'t>>) -> Table<'d, 't> {
        self.table(table.get_ref(), "the file".to_owned(), 0)
    }

    fn table<'d>(&'d self, entries: &'d DeTable<'t>, what: String, at: usize) -> Table<'d, 't> {
        Table {
            document: self,
            entries,
            what,
            at,
            known: RefCell::default(),
        }
    }

    /// A text value with the place of its first character, which stands behind the quotes.
    fn text(&self, value: &Spanned<DeValue<'t>>) -> Option<Text> {
        let DeValue::String(text) = value.get_ref() else {
            return None;
        };
        let span = value.span();
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let quotes = match raw {
            _ if raw.starts_with("'''") || raw.starts_with("\"\"\"") => 3,
            _ => 1,
        };
        let newline = match raw.get(quotes..) {
            Some(rest) if quotes == 3 && rest.starts_with("\r\n") => 2,
            Some(rest) if quotes == 3 && rest.starts_with('\n') => 1,
            _ => 0,
        };
        Some(Text {
            value: text.to_string(),
            at: span.start + quotes + newline,
            exact: raw.starts_with('\'') || !raw.contains('\\'),
        })
    }
}

impl<'d, 't> Table<'d, 't> {
    /// The file.
    pub fn document(&self) -> &'d Document<'t> {
        self.document
    }

    /// Keeps a fault at the table's beginning.
    pub fn fault(&self, message: impl Into<String>) {
        self.document.fault(self.at, message);
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.known.borrow_mut().push(key);
        self.entries.get(key)
    }

    /// Whether a key stands in the table.
    pub fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// Byte at which a key's value stands, or the table itself.
    pub fn place_of(&self, key: &'static str) -> usize {
        self.entries
            .get(key)
            .map_or(self.at, |value| value.span().start)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'t>>, expected: &str) {
        let message = format!("{key} in {}: expected {expected}", self.what);
        self.document.fault(value.span().start, message);
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Option<Text> {
        let value = self.get(key)?;
        let text = self.document.text(value);
        if text.is_none() {
            self.wrong(key, value, "a text in quotes");
        }
        text
    }

    /// A text, or one text without brackets as a list of it.
    pub fn texts(&self, key: &'static str) -> Vec<Text> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        if let Some(text) = self.document.text(value) {
            return vec![text];
        }
        let Some(items) = self.items(key, value, "a list of texts") else {
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items.iter() {
            match self.document.text(item) {
                Some(text) => texts.push(text),
                None => self.wrong(key, item, "a list of texts"),
            }
        }
        texts
    }

    /// A value in words, read by its own rule.
    pub fn word<T: std::str::FromStr<Err = String>>(
        &self,
        key: &'static str,
    ) -> Option<(T, usize)> {
        let text = self.text(key)?;
        match text.value.parse() {
            Ok(value) => Some((value, text.at)),
            Err(message) => {
                self.document.fault(text.at, message);
                None
            }
        }
    }

    /// A whole number between two bounds.
    pub fn integer(&self, key: &'static str, least: i64, most: i64) -> Option<(i64, usize)> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.to_string().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(
                key,
                value,
                &format!("a whole number from {least} to {most}"),
            );
        }
        number.map(|number| (number, value.span().start))
    }

    /// A number between two bounds.
    pub fn number(&self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let value = self.get(key)?;
        let number: Option<f64> = match value.get_ref() {
            DeValue::Integer(number) => number.to_string().parse().ok(),
            DeValue::Float(number) => number.to_string().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(key, value, &format!("a number from {least} to {most}"));
        }
        number
    }

    /// `true` or `false`.
    pub fn switch(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(on) => Some(*on),
            _ => {
                self.wrong(key, value, "true or false");
                None
            }
        }
    }

    /// A day, as a TOML date or as a text.
    pub fn day(&self, key: &'static str) -> Option<jiff::civil::Date> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(day) => day.to_string(),
            _ => String::new(),
        };
        let day = day(&text);
        if day.is_none() {
            self.wrong(key, value, "a day, YYYY-MM-DD");
        }
        day
    }

    /// Days, each as a TOML date or as a text.
    pub fn days(&self, key: &'static str) -> Vec<jiff::civil::Date> {
        let items = self
            .get(key)
            .and_then(|value| self.items(key, value, "a list of days"));
        let mut days = Vec::new();
        for item in items.into_iter().flat_map(|items| items.iter()) {
            let text = match item.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Datetime(day) => day.to_string(),
                _ => String::new(),
            };
            match day(&text) {
                Some(day) => days.push(day),
                None => self.wrong(key, item, "a day, YYYY-MM-DD"),
            }
        }
        days
    }

    /// A table inside.
    pub fn table(&self, key: &'static str) -> Option<Table<'d, 't>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(entries) => Some(self.document.table(
                entries,
                format!("[{key}]"),
                value.span().start,
            )),
            _ => {
                self.wrong(key, value, &format!("a table, [{key}]"));
                None
            }
        }
    }

    /// A list of tables, `[[key]]`.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'d, 't>> {
        let expected = format!("a list of tables, [[{key}]]");
        let items = self
            .get(key)
            .and_then(|value| self.items(key, value, &expected));
        let mut tables = Vec::new();
        for item in items.into_iter().flat_map(|items| items.iter()) {
            match item.get_ref() {
                DeValue::Table(entries) => tables.push(self.document.table(
                    entries,
                    format!("[[{key}]]"),
                    item.span().start,
                )),
                _ => self.wrong(key, item, &expected),
            }
        }
        tables
    }

    /// The tables inside of `[key.NAME]`, by name.
    pub fn named(&self, key: &'static str) -> Vec<(String, Table<'d, 't>)> {
        let Some(outer) = self.table(key) else {
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (name, value) in outer.entries.iter().take(MOST_ENTRIES) {
            match value.get_ref() {
                DeValue::Table(entries) => {
                    let what = format!("[{key}.{}]", name.get_ref());
                    let table = self.document.table(entries, what, name.span().start);
                    tables.push((name.get_ref().to_string(), table));
                }
                _ => outer.wrong(name.get_ref(), value, &format!("a table, [{key}.NAME]")),
            }
        }
        tables
    }

    /// Every key with its text, for tables whose keys the file chooses.
    pub fn pairs(&self) -> Vec<(Text, Text)> {
        let mut pairs = Vec::new();
        for (key, value) in self.entries.iter().take(MOST_ENTRIES) {
            let name = Text {
                value: key.get_ref().to_string(),
                at: key.span().start,
                exact: true,
            };
            match self.document.text(value) {
                Some(text) => pairs.push((name, text)),
                None => self.wrong(&name.value, value, "a text in quotes"),
            }
        }
        pairs
    }

    /// Tells keys that nobody asked for.
    pub fn done(&self) {
        let known = self.known.borrow();
        for key in self.entries.keys() {
            if !known.iter().any(|known| known == key.get_ref()) {
                let mut expected = known.clone();
                expected.sort_unstable();
                expected.dedup();
                let message = format!(
                    "unknown key {:?} in {}: expected {}",
                    shown(key.get_ref()),
                    self.what,
                    expected.join(", ")
                );
                self.document.fault(key.span().start, message);
            }
        }
    }

    fn items(
        &self,
        key: &str,
        value: &'d Spanned<DeValue<'t>>,
        expected: &str,
    ) -> Option<&'d DeArray<'t>> {
        match value.get_ref() {
            DeValue::Array(items) if items.len() <= MOST_ENTRIES => Some(items),
            DeValue::Array(_) => {
                self.wrong(key, value, &format!("at most {MOST_ENTRIES} entries"));
                None
            }
            _ => {
                self.wrong(key, value, expected);
                None
            }
        }
    }
}

/// A day without time; jiff alone would read `2024-01-01T10:00` too.
fn day(text: &str) -> Option<jiff::civil::Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// A text of a file, cut for a message.
pub fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let document = Document::new("p.toml", text);
        if let Some(table) = document.parse() {
            let top = document.top(&table);
            let inner = top.tables("rule");
            for rule in &inner {
                rule.text("name");
                rule.integer("days", 0, 9);
                rule.done();
            }
            top.done();
        }
        document.faults().iter().map(Fault::to_string).collect()
    }

    #[test]
    fn every_fault_has_its_place() {
        let found = faults("[[rule]]\nname = 3\n  days = 10\nx = 1\n");
        assert_eq!(
            found,
            [
                "p.toml:2:8: name in [[rule]]: expected a text in quotes",
                "p.toml:3:10: days in [[rule]]: expected a whole number from 0 to 9",
                "p.toml:4:1: unknown key \"x\" in [[rule]]: expected days, name",
            ]
        );
        assert!(
            faults("a = [")
                .first()
                .is_some_and(|f| f.starts_with("p.toml:1:"))
        );
    }

    #[test]
    fn a_text_knows_where_its_first_character_stands() {
        for (text, at, exact) in [
            ("a = 'xy'", 5, true),
            ("a = \"xy\"", 5, true),
            ("a = '''\nxy'''", 8, true),
            ("a = \"x\\ty\"", 5, false),
        ] {
            let document = Document::new("f", text);
            let table = document.parse().unwrap();
            let found = document.top(&table).text("a").unwrap();
            assert_eq!((found.at, found.exact), (at, exact), "{text}");
        }
    }
}
