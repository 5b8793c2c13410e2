//! Lines, titles and tables of one indent, wrapped at the terminal's width.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use comfy_table::Table;

use crate::output::clean::clean;
use crate::output::table::Style;

/// Where the text goes, and how it looks.
pub struct Body<'a> {
    /// How it looks.
    pub style: &'a Style,
    /// Where it goes.
    pub out: &'a mut dyn Write,
}

impl Body<'_> {
    /// Text that stands out.
    pub fn bold(&self, text: &str) -> String {
        self.style.paint(Ansi::new().bold(), text)
    }

    /// Text that stands back.
    pub fn dim(&self, text: &str) -> String {
        self.style.paint(Ansi::new().dimmed(), text)
    }

    /// A part of the page.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.paint(Ansi::new().bold().underline(), text);
        writeln!(self.out, "{text}\n")
    }

    /// What comes next.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        let text = self.bold(text);
        writeln!(self.out, "{text}")
    }

    /// An empty line.
    pub fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A paragraph, so many columns from the left. The text is clean already: it may hold colours.
    pub fn line(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.hanging(indent, indent, text)
    }

    /// A paragraph whose first line stands at another column than the rest.
    pub fn hanging(&mut self, first: usize, rest: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.style.paragraph(first, rest, text))
    }

    /// A paragraph behind a coloured word; the text comes from outside.
    pub fn labelled(&mut self, colour: AnsiColor, label: &str, text: &str) -> io::Result<()> {
        let label = self.style.paint(colour.on_default(), label);
        self.hanging(0, 2, &format!("{label} {}", clean(text)))
    }

    /// A table, and an empty line after it.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        self.gap()
    }

    /// How many of a longer list are not shown.
    pub fn more(&mut self, indent: usize, total: usize, shown: usize) -> io::Result<()> {
        match total.checked_sub(shown) {
            None | Some(0) => Ok(()),
            Some(left) => self.line(indent, &format!("… {left} more (--format json lists all)")),
        }
    }
}
