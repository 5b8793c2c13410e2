//! `patchward config show`.

use patchward_core::feeds::redacted;
use serde_json::{Value, json};

use crate::cli::TextOrJson;
use crate::context::Context;
use crate::exit::Exit;
use crate::settings::keys::{Key, Shape};
use crate::settings::{expected, list, switch, words};

/// Shows every setting, its value and where that comes from, and what was expected of a value that cannot be used.
/// Secrets are never shown.
pub fn show(format: TextOrJson, context: &Context) -> anyhow::Result<Exit> {
    let rows: Vec<_> = context
        .settings
        .all()
        .map(|(key, text, origin)| {
            let shown = shown(key, text, context);
            (key, shown, origin.to_string(), expected(key, text))
        })
        .collect();
    match format {
        TextOrJson::Json => {
            let rows: Vec<_> = rows
                .iter()
                .map(|(key, value, origin, expected)| {
                    json!({"name": key.name, "value": value, "origin": origin, "expected": expected, "variable": key.variable, "help": key.help})
                })
                .collect();
            outln!("{}", json!(rows));
        }
        TextOrJson::Text => {
            for (key, value, origin, expected) in &rows {
                outln!("{} = {value}  # {origin}", key.name);
                if let Some(expected) = expected {
                    outln!("    cannot be used: expected {expected}");
                }
                outln!("    {}", key.help);
            }
        }
    }
    Ok(match rows.iter().any(|(.., expected)| expected.is_some()) {
        true => Exit::Usage,
        false => Exit::Clean,
    })
}

/// A value as it is used. A URL may have a name and password, which are hidden.
fn shown(key: &Key, text: &str, context: &Context) -> Value {
    match key.shape {
        Shape::Secret if !text.is_empty() => json!("(set)"),
        Shape::Switch => switch(text).map_or_else(|| json!(text), Value::Bool),
        Shape::List => json!(
            list(text)
                .iter()
                .map(|item| redacted(item))
                .collect::<Vec<_>>()
        ),
        Shape::Words => json!(words(text)),
        _ if key.name == "data_dir" => json!(context.data_dir()),
        _ => json!(redacted(text)),
    }
}
