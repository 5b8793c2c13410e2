//! Reads `patchward.toml`: settings by dotted name. The `[[ignore]]` rules in the same file are read by
//! `patchward_core::ignore`, its `[context]` by `patchward_core::prioritise`.

use std::path::Path;

use patchward_core::ignore::MAX_FILE;
use patchward_core::whole_file;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::keys::{self, Key, Shape};
use super::value::WORD_END;

/// What a file sets.
pub struct File {
    /// Setting, its text, its line.
    pub values: Vec<(&'static Key, String, usize)>,
    /// Keys that mean nothing.
    pub warnings: Vec<String>,
}

/// Reads one file.
///
/// # Errors
/// When it cannot be read, is not TOML, or a value has a type that no setting takes.
pub fn read(path: &Path) -> Result<File, SettingsError> {
    let text = whole_file::text(path, MAX_FILE).map_err(|source| SettingsError::Read {
        path: path.to_owned(),
        source,
    })?;
    let line_of = |offset: usize| {
        text.as_bytes()
            .iter()
            .take(offset)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    };
    let error = |offset: usize, message: String| SettingsError::File {
        path: path.to_owned(),
        line: line_of(offset),
        message,
    };
    let table = DeTable::parse(&text).map_err(|e| {
        error(
            e.span().map_or(0, |span| span.start),
            e.message().to_owned(),
        )
    })?;

    let mut file = File {
        values: Vec::new(),
        warnings: Vec::new(),
    };
    let mut open = vec![(String::new(), table.get_ref())];
    while let Some((prefix, table)) = open.pop() {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let line = line_of(key.span().start);
            match (value.get_ref(), keys::find(&name)) {
                (_, None) if name == "ignore" || name == "context" => {}
                (DeValue::Table(inner), None) => open.push((format!("{name}."), inner)),
                (_, None) => file
                    .warnings
                    .push(format!("{}:{line}: unknown setting {name}", path.display())),
                (value, Some(key)) => match text_of(value, key.shape) {
                    Some(text) => file.values.push((key, text, line)),
                    None => {
                        let message = format!(
                            "{name} takes a text, a number, true or false, or a list of texts"
                        );
                        return Err(error(key_offset(table, &name), message));
                    }
                },
            }
        }
    }
    Ok(file)
}

fn key_offset(table: &DeTable<'_>, name: &str) -> usize {
    let last = name.rsplit('.').next().unwrap_or(name);
    table
        .keys()
        .find(|key| key.get_ref() == last)
        .map_or(0, |key| key.span().start)
}

fn text_of(value: &DeValue<'_>, shape: Shape) -> Option<String> {
    let item = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    };
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(on) => Some(on.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Array(items) => items
            .iter()
            .map(item)
            .collect::<Option<Vec<_>>>()
            .map(|items| match shape {
                Shape::Words => items
                    .iter()
                    .map(|item| format!("{item}{WORD_END}"))
                    .collect(),
                _ => items.join("\n"),
            }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<File, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchward.toml");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn unknown_keys_are_told_with_their_line() {
        let file = written("offline = true\n\n[scan]\nfail_onn = \"high\"\n").unwrap();
        assert_eq!(file.values.len(), 1);
        assert_eq!(file.warnings.len(), 1);
        assert!(
            file.warnings[0].ends_with(":4: unknown setting scan.fail_onn"),
            "{:?}",
            file.warnings
        );
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let error = written("offline = true\nscan = [\n")
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(error.contains("patchward.toml:"), "{error}");
    }

    #[test]
    fn ignore_rules_are_not_settings() {
        assert!(
            written("[[ignore]]\nid = \"CVE-2024-1\"\n")
                .unwrap()
                .warnings
                .is_empty()
        );
    }

    #[test]
    fn a_date_is_not_a_setting() {
        assert!(written("[scan]\nfail_on = 2024-01-01\n").is_err());
    }
}
