//! The part of JSON Schema (2020-12) that the schemas of the formats we write use: enough to say that a document that
//! we made follows a published schema.
//!
//! Formats, references to other files and patterns with look-around are taken as met.

use regex::Regex;
use serde_json::Value;

/// What of a document does not follow a schema, as `pointer: rule`.
pub fn violations(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check {
        root: schema,
        found: &mut found,
    }
    .value(schema, document, "");
    found
}

struct Check<'a> {
    root: &'a Value,
    found: &'a mut Vec<String>,
}

impl Check<'_> {
    fn tell(&mut self, at: &str, rule: String) {
        self.found.push(format!("{at}: {rule}"));
    }

    fn value(&mut self, schema: &Value, value: &Value, at: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let local = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            if let Some(target) = local {
                self.value(target, value, at);
            }
        }
        if let Some(kind) = schema["type"].as_str()
            && !is_kind(kind, value)
        {
            self.tell(at, format!("is no {kind}"));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            self.tell(at, format!("{value} is none of {words:?}"));
        }
        if !schema["const"].is_null() && schema["const"] != *value {
            self.tell(at, format!("is not {}", schema["const"]));
        }
        self.text(schema, value, at);
        self.list(schema, value, at);
        self.object(schema, value, at);
        self.choices(schema, value, at);
    }

    fn text(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(text) = value.as_str() else {
            return;
        };
        if schema["minLength"]
            .as_u64()
            .is_some_and(|least| (text.chars().count() as u64) < least)
        {
            self.tell(at, "is too short".into());
        }
        let pattern = schema["pattern"]
            .as_str()
            .and_then(|pattern| Regex::new(pattern).ok());
        if pattern.is_some_and(|pattern| !pattern.is_match(text)) {
            self.tell(at, format!("{text:?} does not match {}", schema["pattern"]));
        }
    }

    fn list(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(list) = value.as_array() else {
            return;
        };
        if schema["minItems"]
            .as_u64()
            .is_some_and(|least| (list.len() as u64) < least)
        {
            self.tell(at, "has too few items".into());
        }
        let twice = |(at, one): (usize, &Value)| list[..at].contains(one);
        if schema["uniqueItems"] == true && list.iter().enumerate().any(twice) {
            self.tell(at, "has an item twice".into());
        }
        if schema["items"].is_object() {
            for (number, one) in list.iter().enumerate() {
                self.value(&schema["items"], one, &format!("{at}/{number}"));
            }
        }
    }

    fn object(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(object) = value.as_object() else {
            return;
        };
        for key in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !object.contains_key(key) {
                self.tell(at, format!("misses `{key}`"));
            }
        }
        if schema["minProperties"]
            .as_u64()
            .is_some_and(|least| (object.len() as u64) < least)
        {
            self.tell(at, "has too few properties".into());
        }
        for (key, one) in object {
            let known = &schema["properties"][key];
            if known.is_object() {
                self.value(known, one, &format!("{at}/{key}"));
            } else if schema["additionalProperties"] == false {
                self.tell(at, format!("must not have `{key}`"));
            }
        }
    }

    fn choices(&mut self, schema: &Value, value: &Value, at: &str) {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.value(part, value, at);
        }
        for (word, most) in [("anyOf", usize::MAX), ("oneOf", 1)] {
            let Some(choices) = schema[word].as_array() else {
                continue;
            };
            let root = self.root;
            let follows = |choice: &&Value| {
                let mut found = Vec::new();
                Check {
                    root,
                    found: &mut found,
                }
                .value(choice, value, at);
                found.is_empty()
            };
            // What stands in another file counts as met, so that more than one may be.
            let outside = |choice: &Value| {
                choice["$ref"]
                    .as_str()
                    .is_some_and(|to| !to.starts_with('#'))
            };
            let most = if choices.iter().any(outside) {
                usize::MAX
            } else {
                most
            };
            let met = choices.iter().filter(follows).count();
            if met == 0 || met > most {
                self.tell(at, format!("meets {met} choices of {word}"));
            }
        }
    }
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_follow_is_told_with_its_place() {
        let schema = json!({
            "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": {"a": {"$ref": "#/$defs/word"}, "b": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"enum": [1, 2]}}},
            "$defs": {"word": {"type": "string", "pattern": "^[a-z]+$"}},
        });
        assert_eq!(
            violations(&schema, &json!({"a": "x", "b": [1, 2]})),
            Vec::<String>::new()
        );
        let found = violations(&schema, &json!({"b": [3, 3], "c": 0}));
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(violations(&schema, &json!({"a": "X"})).len(), 1);
    }
}
