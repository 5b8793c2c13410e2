//! Pieces of a page. Text goes in as text and is escaped here, so that no caller can forget it.

use std::fmt::Write as _;

use crate::output::xml::escape;

/// Markup whose texts are escaped.
#[derive(Debug, Clone, Default)]
pub struct Markup(String);

impl Markup {
    /// Text.
    pub fn text(text: &str) -> Markup {
        Markup(escape(text))
    }

    /// Text as a program or a person writes it.
    pub fn code(text: &str) -> Markup {
        Markup(format!("<code>{}</code>", escape(text)))
    }

    /// A number, never broken over lines.
    pub fn number(text: impl std::fmt::Display) -> Markup {
        Markup(format!(
            "<span class=\"number\">{}</span>",
            escape(&text.to_string())
        ))
    }

    /// A word that stands out; `class` is one of ours.
    pub fn badge(class: &str, text: &str) -> Markup {
        Markup(format!(
            "<span class=\"badge {class}\">{}</span>",
            escape(text)
        ))
    }

    /// Markup that was made by one of our own modules.
    pub fn made(markup: String) -> Markup {
        Markup(markup)
    }

    /// This, and smaller text below.
    pub fn small(mut self, text: &str) -> Markup {
        if !text.is_empty() {
            let _ = write!(self.0, "<small>{}</small>", escape(text));
        }
        self
    }

    /// This, and the other behind it.
    pub fn and(mut self, other: Markup) -> Markup {
        let _ = write!(self.0, " {}", other.0);
        self
    }

    /// Texts, one below the other.
    pub fn lines<'t>(lines: impl IntoIterator<Item = &'t String>) -> Markup {
        let lines: Vec<_> = lines.into_iter().map(|line| escape(line)).collect();
        Markup(lines.join("<br>"))
    }
}

/// A part of a page.
#[derive(Debug, Default)]
pub struct Part(String);

impl Part {
    /// Nothing was put in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The markup.
    pub fn markup(&self) -> &str {
        &self.0
    }

    /// Puts markup in as it is.
    pub fn add(&mut self, markup: Markup) {
        self.0.push_str(&markup.0);
        self.0.push('\n');
    }

    /// A heading within a section.
    pub fn heading(&mut self, text: &str) {
        let _ = writeln!(self.0, "<h3>{}</h3>", escape(text));
    }

    /// A paragraph.
    pub fn paragraph(&mut self, markup: Markup) {
        let _ = writeln!(self.0, "<p>{}</p>", markup.0);
    }

    /// A paragraph that a reader must not miss.
    pub fn problem(&mut self, markup: Markup) {
        let _ = writeln!(self.0, "<p class=\"problem\">{}</p>", markup.0);
    }

    /// A list; nothing where it is empty.
    pub fn list(&mut self, items: impl IntoIterator<Item = Markup>) {
        let items: String = items
            .into_iter()
            .map(|item| format!("<li>{}</li>", item.0))
            .collect();
        if !items.is_empty() {
            let _ = writeln!(self.0, "<ul>{items}</ul>");
        }
    }

    /// A table whose first cell names the row; nothing where it has no rows.
    pub fn table(
        &mut self,
        caption: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<Markup>>,
    ) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        let _ = write!(
            self.0,
            "<table><caption>{}</caption><thead><tr>",
            escape(caption)
        );
        for column in columns {
            let _ = write!(self.0, "<th scope=\"col\">{}</th>", escape(column));
        }
        self.0.push_str("</tr></thead><tbody>\n");
        for row in rows {
            self.0.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let _ = match at {
                    0 => write!(self.0, "<th scope=\"row\">{}</th>", cell.0),
                    _ => write!(self.0, "<td>{}</td>", cell.0),
                };
            }
            self.0.push_str("</tr>\n");
        }
        self.0.push_str("</tbody></table>\n");
    }

    /// Lines as they were written, behind a summary that opens without a script (and is open when printed).
    pub fn log(&mut self, summary: &str, text: &str) {
        let lines: Vec<_> = text.lines().map(escape).collect();
        let _ = writeln!(
            self.0,
            "<details><summary>{}</summary><pre tabindex=\"0\">{}</pre></details>",
            escape(summary),
            lines.join("\n")
        );
    }

    /// A unified diff.
    pub fn diff(&mut self, text: &str) {
        let lines = text.lines().map(|line| {
            let class = match line.as_bytes() {
                [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'@', ..] => "place",
                [b'+', ..] => "more",
                [b'-', ..] => "less",
                _ => return escape(line),
            };
            format!("<span class=\"{class}\">{}</span>", escape(line))
        });
        let lines: Vec<_> = lines.collect();
        let _ = writeln!(
            self.0,
            "<pre class=\"diff\" tabindex=\"0\">{}</pre>",
            lines.join("\n")
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut part = Part::default();
        let evil = "</pre><script>&";
        part.heading(evil);
        part.paragraph(Markup::text(evil).small(evil).and(Markup::code(evil)));
        part.table(
            evil,
            &[evil],
            [vec![Markup::number(evil), Markup::badge("ok", evil)]],
        );
        part.list([Markup::lines(&[evil.to_owned()])]);
        part.log(evil, evil);
        part.diff(evil);
        assert!(!part.markup().contains("<script"), "{}", part.markup());
        assert_eq!(part.markup().matches("</pre>").count(), 2);
    }
}
