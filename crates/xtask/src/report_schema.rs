//! `cargo xtask report-schema`: writes `docs/report-schema.md`, `docs/plan-schema.md` and `docs/run-schema.md` from the
//! record types themselves, so that the pages cannot say anything else than the code. A test compares them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

/// A page, the record that it begins with, the source files of the protocol (the schema's own first), and how it begins.
struct Page {
    path: &'static str,
    first: &'static str,
    files: &'static [&'static str],
    intro: &'static str,
}

const PAGES: [Page; 3] = [
    Page {
        path: "docs/report-schema.md",
        first: "ScanReport",
        files: &["report.rs", "decision.rs", "inventory.rs"],
        intro: "# The JSON report\n\n\
         `patchward scan --format json` writes one object, `ScanReport`; `--format jsonl` one `Finding` a line, with `schema`,\n\
         `target` and `target_kind` added.",
    },
    Page {
        path: "docs/plan-schema.md",
        first: "PlanReport",
        files: &["plan.rs", "report.rs", "decision.rs", "inventory.rs"],
        intro: "# The JSON plan\n\n`patchward plan --format json` writes one object, `PlanReport`.",
    },
    Page {
        path: "docs/run-schema.md",
        first: "RunReport",
        files: &[
            "run.rs",
            "check.rs",
            "transaction.rs",
            "restart.rs",
            "plan.rs",
            "report.rs",
            "decision.rs",
            "inventory.rs",
        ],
        intro: "# The JSON of a run\n\n\
         `patchward apply`, `rehearse`, `verify`, `rollback` and `show` write one object, `RunReport`, with `--format json` or\n\
         `--report FILE.json`; `patchward history --format json` a list of them; `patchward apply --dry-run --format json` a\n\
         `ChangePlan`.",
    },
];

/// Writes the pages.
pub fn run() -> anyhow::Result<ExitCode> {
    let root = root();
    std::fs::create_dir_all(root.join("docs"))?;
    for page in &PAGES {
        let path = page.path;
        std::fs::write(root.join(path), text(&root, page)?)
            .with_context(|| format!("failed to write {path}"))?;
        println!("wrote {path}");
    }
    Ok(ExitCode::SUCCESS)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A record or enumeration of the protocol.
struct Record {
    docs: String,
    /// Field or word, type, docs.
    rows: Vec<(String, String, String)>,
    is_enum: bool,
}

fn text(root: &Path, about: &Page) -> anyhow::Result<String> {
    let mut records = BTreeMap::new();
    let mut version = String::new();
    for file in about.files {
        let path = root.join("crates/protocol/src").join(file);
        let source =
            std::fs::read_to_string(&path).with_context(|| format!("failed to read {file}"))?;
        read(&source, &mut records);
        let named = source.split("pub const SCHEMA: &str = \"").nth(1);
        if let Some(named) = named.filter(|_| version.is_empty()) {
            version.extend(named.split('"').next());
        }
    }
    let mut page = format!(
        "{} The field `schema` holds the version; the number goes up when a reader of the old\n\
         one would misread the new. New fields may come without that: a reader ignores what it does not know. A field that\n\
         has nothing to say may be absent, `null`, empty or `false`. Instants are RFC 3339 in UTC.\n\n\
         This page describes `VERSION` and is generated from the record types by `cargo xtask report-schema`.\n",
        about.intro
    );
    page = page.replace("VERSION", &version);
    let mut next = VecDeque::from([about.first.to_owned()]);
    let mut seen = BTreeSet::new();
    while let Some(name) = next.pop_front() {
        let Some(record) = records.get(&name).filter(|_| seen.insert(name.clone())) else {
            continue;
        };
        section(&mut page, &name, record);
        for (_, kind, _) in &record.rows {
            let words = kind.split(|c: char| !c.is_alphanumeric());
            next.extend(
                words
                    .filter(|word| records.contains_key(*word))
                    .map(str::to_owned),
            );
        }
    }
    Ok(page)
}

fn section(page: &mut String, name: &str, record: &Record) {
    let _ = write!(page, "\n## {name}\n\n{}\n\n", record.docs);
    page.push_str(if record.is_enum {
        "| word | meaning |\n| --- | --- |\n"
    } else {
        "| field | type | meaning |\n| --- | --- | --- |\n"
    });
    for (field, kind, docs) in &record.rows {
        let docs = docs.replace('|', "\\|");
        let _ = match record.is_enum {
            true if kind.is_empty() => writeln!(page, "| `{field}` | {docs} |"),
            true => writeln!(
                page,
                "| `{field}` | {docs} Its `value`: {}. |",
                words_for(kind)
            ),
            false => writeln!(page, "| `{field}` | {} | {docs} |", words_for(kind)),
        };
    }
}

/// A Rust type in words for readers of JSON.
fn words_for(kind: &str) -> String {
    let inside = |outer: &str| {
        kind.strip_prefix(outer)
            .and_then(|rest| rest.strip_suffix('>'))
    };
    if let Some(inner) = inside("Option<") {
        return format!("{} or null", words_for(inner));
    }
    if let Some(inner) = inside("Vec<") {
        return format!("list of {}", words_for(inner));
    }
    if let Some(inner) = inside("Box<") {
        return words_for(inner);
    }
    if let Some(inner) = inside("BTreeMap<") {
        let value = inner.split_once(", ").map_or(inner, |(_, value)| value);
        return format!("object of {}", words_for(value));
    }
    match kind {
        "String" => "string".to_owned(),
        "bool" => "boolean".to_owned(),
        "f64" | "u64" | "u32" | "i64" => "number".to_owned(),
        "Timestamp" => "instant".to_owned(),
        other => format!("[{other}](#{})", other.to_ascii_lowercase()),
    }
}

/// Takes the public records of a source file: the protocol's style is plain enough to read line by line.
fn read(source: &str, records: &mut BTreeMap<String, Record>) {
    let mut docs = String::new();
    let mut open: Option<(String, Record)> = None;
    let mut renamed = false;
    for line in source.lines().map(str::trim) {
        renamed |= line.contains("rename_all = \"kebab-case\"");
        if let Some(text) = line.strip_prefix("///") {
            docs.push_str(text);
        } else if let Some((name, is_enum)) = opened(line) {
            let record = Record {
                docs: plain(&std::mem::take(&mut docs)),
                rows: Vec::new(),
                is_enum,
            };
            open = Some((name.to_owned(), record));
        } else if line == "}" {
            records.extend(open.take());
            renamed = false;
        } else if let Some((_, record)) = &mut open
            && let Some((name, kind)) = row(line, record.is_enum)
        {
            let field = match renamed && record.is_enum {
                true => kebab(name),
                false => name.to_owned(),
            };
            let kind = kind.to_owned();
            record
                .rows
                .push((field, kind, plain(&std::mem::take(&mut docs))));
        } else if let Some((_, record)) = &mut open
            && let Some((field, kind)) = member(line, record.is_enum)
            && let Some((_, _, of)) = record.rows.last_mut()
        {
            let docs = plain(&std::mem::take(&mut docs));
            let _ = write!(
                of,
                " Its `value` has `{field}` ({}): {docs}",
                words_for(kind)
            );
        } else if !line.starts_with("#[") && !line.starts_with(')') && !line.starts_with("Debug") {
            docs.clear();
        }
    }
}

fn opened(line: &str) -> Option<(&str, bool)> {
    let name = |rest: &'static str| line.strip_prefix(rest)?.strip_suffix(" {");
    name("pub struct ")
        .map(|name| (name, false))
        .or_else(|| name("pub enum ").map(|name| (name, true)))
}

/// A field, a word, or a word with a value.
fn row(line: &str, is_enum: bool) -> Option<(&str, &str)> {
    let plain = |name: &str| !name.is_empty() && name.chars().all(char::is_alphanumeric);
    if let Some(name) = line
        .strip_suffix(" {")
        .filter(|name| is_enum && plain(name))
    {
        return Some((name, ""));
    }
    let line = line.strip_suffix(',')?;
    if is_enum {
        let (name, kind) = match line.strip_suffix(')') {
            Some(tuple) => tuple.split_once('(')?,
            None => (line, ""),
        };
        return plain(name).then_some((name, kind));
    }
    line.strip_prefix("pub ")?.split_once(": ")
}

/// A field of a word's value.
fn member(line: &str, is_enum: bool) -> Option<(&str, &str)> {
    let (field, kind) = line.strip_suffix(',')?.split_once(": ")?;
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    (is_enum && field.chars().all(plain)).then_some((field, kind))
}

fn kebab(word: &str) -> String {
    let mut text = String::new();
    for (at, c) in word.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// Docs without the links of rustdoc.
fn plain(docs: &str) -> String {
    docs.trim().replace("[`", "`").replace("`]", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_say_what_the_records_say() {
        for about in &PAGES {
            let page = std::fs::read_to_string(root().join(about.path)).unwrap_or_default();
            let expected = text(&root(), about).unwrap();
            assert_eq!(page, expected, "run `cargo xtask report-schema`");
        }
    }

    #[test]
    fn records_and_words_are_read_from_source() {
        let mut records = BTreeMap::new();
        read(
            "/// A thing.\n#[x]\npub struct Thing {\n    /// How\n    /// many.\n    pub count: Option<u64>,\n}\n/// W.\n#[serde(rename_all = \"kebab-case\")]\npub enum Word {\n    /// F.\n    NoFix,\n}\n",
            &mut records,
        );
        assert_eq!(records["Thing"].docs, "A thing.");
        assert_eq!(
            records["Thing"].rows[0],
            ("count".into(), "Option<u64>".into(), "How many.".into())
        );
        assert_eq!(records["Word"].rows[0].0, "no-fix");
        read(
            "/// R.\n#[serde(rename_all = \"kebab-case\")]\npub enum Result {\n    /// A.\n    Made(Vec<Thing>),\n    /// B.\n    Got {\n        /// Size.\n        bytes: u64,\n    },\n}\n",
            &mut records,
        );
        let rows = &records["Result"].rows;
        assert_eq!(rows[0], ("made".into(), "Vec<Thing>".into(), "A.".into()));
        assert_eq!(rows[1].2, "B. Its `value` has `bytes` (number): Size.");
        assert_eq!(
            words_for("Vec<Option<Thing>>"),
            "list of [Thing](#thing) or null"
        );
    }
}
