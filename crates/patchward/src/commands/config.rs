//! `patchward config show`.

use patchward_core::feeds::redacted;
use serde_json::json;

use crate::cli::TextOrJson;
use crate::context::Context;
use crate::exit::Exit;
use crate::settings::keys::Shape;
use crate::settings::{WORD_END, list};

/// Shows every setting, its value and where that comes from. Secrets are never shown.
pub fn show(format: TextOrJson, context: &Context) -> anyhow::Result<Exit> {
    let rows = context.settings.all().map(|(key, value, origin)| {
        let shown = match (key.shape, value) {
            (_, "") => "",
            (Shape::Secret, _) => "(set)",
            _ => value,
        };
        let shown = shown.trim_end_matches(WORD_END).replace(WORD_END, " ");
        let shown = match key.shape {
            // A URL may have a name and password.
            Shape::List => list(&shown)
                .iter()
                .map(|url| redacted(url))
                .collect::<Vec<_>>()
                .join(","),
            _ => redacted(&shown).into_owned(),
        };
        (key, shown, origin.to_string())
    });
    match format {
        TextOrJson::Json => {
            let rows: Vec<_> = rows
                .map(|(key, value, origin)| {
                    json!({"name": key.name, "value": value, "origin": origin, "variable": key.variable, "help": key.help})
                })
                .collect();
            outln!("{}", json!(rows));
        }
        TextOrJson::Text => {
            for (key, value, origin) in rows {
                outln!("{} = {value:?}  # {origin}", key.name);
                outln!("    {}", key.help);
            }
        }
    }
    Ok(Exit::Clean)
}
