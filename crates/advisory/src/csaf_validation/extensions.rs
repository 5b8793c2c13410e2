//! Extensions: test 6.1.60.1 of CSAF 2.1. Tests 6.1.60.2 and 6.1.60.3 need the extension's own schema and metadata.

use serde_json::Value;

use super::document::Document;
use super::{Violations, schema};

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let mut open: Vec<(String, &Value)> = vec![(String::new(), document.root)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Array(list) => {
                let inner = list.iter().enumerate();
                open.extend(inner.map(|(at, value)| (format!("{pointer}/{at}"), value)));
            }
            Value::Object(object) => {
                for (key, inner) in object
                    .iter()
                    .filter(|(_, inner)| inner.is_object() || inner.is_array())
                {
                    let here = format!("{pointer}/{key}");
                    match (key.as_str(), inner.as_array()) {
                        ("x_extensions", Some(list)) => {
                            for (at, extension) in list.iter().enumerate() {
                                judge(extension, &format!("{here}/{at}"), found);
                            }
                        }
                        _ => open.push((here, inner)),
                    }
                }
            }
            _ => {}
        }
    }
}

fn judge(extension: &Value, pointer: &str, found: &mut Violations) {
    schema::EXTENSION.check("6.1.60.1", "6.1.60.1", extension, pointer, found);
    let schema = super::document::text(extension, "$schema");
    if !is_versioned_schema(schema) {
        let message = "expected the https address of an extension's schema whose name ends in _, a semantic version and .json";
        found.add("6.1.60.1", format!("{pointer}/$schema"), message);
    }
}

fn is_versioned_schema(url: &str) -> bool {
    let Some(path) = url.strip_prefix("https://") else {
        return false;
    };
    let Some((_, file)) = path.rsplit_once('/') else {
        return false;
    };
    let version = file
        .strip_suffix(".json")
        .and_then(|name| name.rsplit_once('_'));
    version.is_some_and(|(name, version)| {
        let core = version.split(['-', '+']).next().unwrap_or_default();
        let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        !name.is_empty() && core.split('.').count() == 3 && core.split('.').all(numeric)
    })
}
