//! The JSON schema of CSAF, checked by the keywords of JSON Schema 2020-12 that it uses.
//!
//! The schemas under `data/` are those that OASIS and CERT/CC publish, without their titles and descriptions. What they
//! refer to elsewhere has tests of its own: CVSS objects (6.1.8), SSVC objects (6.1.46), extensions (6.1.60.1).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::dates::is_date_time;
use super::{CsafVersion, Violations};

/// A schema, with its patterns compiled.
pub struct Schema {
    root: Value,
    patterns: HashMap<String, Regex>,
}

static CSAF_2_0: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("data/schema-2.0.json")));
static CSAF_2_1: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("data/schema-2.1.json")));
/// The selection list of SSVC 2.0.0.
pub static SSVC: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("data/schema-ssvc-selection-list.json")));
/// The content of an extension of CSAF 2.1.
pub static EXTENSION: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("data/schema-extension-content.json")));

/// Checks the whole document. Instants of CSAF 2.1 have a test of their own (6.1.37).
pub fn check(root: &Value, version: CsafVersion, found: &mut Violations) {
    match version {
        CsafVersion::V2_0 => CSAF_2_0.check("schema", "schema", root, "", found),
        CsafVersion::V2_1 => CSAF_2_1.check("schema", "6.1.37", root, "", found),
    }
}

impl Schema {
    /// A schema that is not well-formed says nothing; a test reads each of ours.
    fn new(text: &str) -> Schema {
        let root: Value = serde_json::from_str(text).unwrap_or_default();
        let mut patterns = HashMap::new();
        let mut open = vec![&root];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(object) => {
                    if let Some(pattern) = object.get("pattern").and_then(Value::as_str)
                        && let Ok(regex) = Regex::new(pattern)
                    {
                        patterns.insert(pattern.to_owned(), regex);
                    }
                    open.extend(object.values());
                }
                Value::Array(list) => open.extend(list),
                _ => {}
            }
        }
        Schema { root, patterns }
    }

    /// Tells where `value` (at `pointer` of the document) breaks the schema, as violations of `test`; instants that are
    /// none are told as violations of `date_test`.
    pub fn check(
        &self,
        test: &'static str,
        date_test: &'static str,
        value: &Value,
        pointer: &str,
        found: &mut Violations,
    ) {
        let mut run = Run {
            schema: self,
            test,
            date_test,
            found,
        };
        run.value(&self.root, value, pointer);
    }
}

struct Run<'a> {
    schema: &'a Schema,
    test: &'static str,
    date_test: &'static str,
    found: &'a mut Violations,
}

impl Run<'_> {
    fn tell(&mut self, at: &str, message: String) {
        self.found.add(self.test, at, message);
    }

    /// The depth of the document, which the JSON reader limits, limits the recursion: each `$ref` is on the way down.
    fn value(&mut self, schema: &Value, value: &Value, at: &str) {
        let root = &self.schema.root;
        if let Some(local) = schema["$ref"].as_str().and_then(|to| to.strip_prefix('#'))
            && let Some(target) = root.pointer(local)
        {
            self.value(target, value, at);
        }
        if let Some(kind) = schema["type"].as_str()
            && !is_kind(kind, value)
        {
            self.tell(at, format!("expected {}", with_article(kind)));
            return;
        }
        let words = schema["enum"].as_array();
        if words.is_some_and(|words| !words.contains(value)) {
            let words: Vec<String> = words.into_iter().flatten().map(Value::to_string).collect();
            self.tell(at, format!("expected one of {}", words.join(", ")));
        }
        if !schema["const"].is_null() && schema["const"] != *value {
            self.tell(at, format!("expected {}", schema["const"]));
        }
        match value {
            Value::String(text) => self.text(schema, text, at),
            Value::Array(list) => self.list(schema, list, at),
            Value::Object(object) => self.object(schema, object, at),
            _ => {}
        }
    }

    fn text(&mut self, schema: &Value, text: &str, at: &str) {
        let length = text.chars().count() as u64;
        if schema["minLength"]
            .as_u64()
            .is_some_and(|least| length < least)
        {
            self.tell(at, "too short".to_owned());
        }
        if schema["maxLength"]
            .as_u64()
            .is_some_and(|most| length > most)
        {
            self.tell(at, "too long".to_owned());
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && let Some(regex) = self.schema.patterns.get(pattern)
            && !regex.is_match(text)
        {
            self.tell(
                at,
                format!("does not match the pattern {}", shorten(pattern)),
            );
        }
        match schema["format"].as_str() {
            Some("date-time") if !is_date_time(text, self.date_test == "schema") => {
                self.found.add(
                    self.date_test,
                    at,
                    "expected a date and time as RFC 3339 has it",
                );
            }
            Some("uri") if !is_uri(text) => self.tell(at, "expected a URI".to_owned()),
            _ => {}
        }
    }

    fn list(&mut self, schema: &Value, list: &[Value], at: &str) {
        let length = list.len() as u64;
        if schema["minItems"]
            .as_u64()
            .is_some_and(|least| length < least)
        {
            self.tell(
                at,
                format!("expected at least {} items", schema["minItems"]),
            );
        }
        if schema["uniqueItems"] == true {
            let mut seen = HashSet::new();
            if let Some(twice) = list.iter().position(|one| !seen.insert(one.to_string())) {
                self.tell(
                    &format!("{at}/{twice}"),
                    "stands twice in the list".to_owned(),
                );
            }
        }
        if schema["items"].is_object() {
            for (number, one) in list.iter().enumerate() {
                self.value(&schema["items"], one, &format!("{at}/{number}"));
            }
        }
    }

    fn object(&mut self, schema: &Value, object: &serde_json::Map<String, Value>, at: &str) {
        for (_, key) in super::document::texts(schema, "required") {
            if !object.contains_key(key) {
                self.tell(at, format!("misses the property {key}"));
            }
        }
        let size = object.len() as u64;
        if schema["minProperties"]
            .as_u64()
            .is_some_and(|least| size < least)
        {
            self.tell(
                at,
                format!("expected at least {} properties", schema["minProperties"]),
            );
        }
        if schema["maxProperties"]
            .as_u64()
            .is_some_and(|most| size > most)
        {
            self.tell(
                at,
                format!("expected at most {} properties", schema["maxProperties"]),
            );
        }
        for (key, one) in object {
            let pointer = || format!("{at}/{}", escape(key));
            let known = &schema["properties"][key];
            if known.is_object() {
                self.value(known, one, &pointer());
            } else if schema["additionalProperties"] == false {
                self.tell(&pointer(), "no such property is known".to_owned());
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
        "boolean" => value.is_boolean(),
        _ => true,
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "object" | "array" => format!("an {kind}"),
        kind => format!("a {kind}"),
    }
}

fn shorten(pattern: &str) -> String {
    match pattern.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", pattern.get(..end).unwrap_or_default()),
        None => pattern.to_owned(),
    }
}

/// A key as a part of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A scheme, a colon, and only characters that RFC 3986 allows.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && rest.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_well_formed_and_every_pattern_compiles() {
        for schema in [&*CSAF_2_0, &*CSAF_2_1, &*SSVC, &*EXTENSION] {
            assert!(schema.root["$id"].is_string());
            let text = schema.root.to_string();
            assert!(text.matches("\"pattern\":").count() >= schema.patterns.len());
            assert_eq!(text.contains("\"pattern\":"), !schema.patterns.is_empty());
        }
    }

    #[test]
    fn a_uri_has_a_scheme() {
        assert!(is_uri("https://example.com/a?b#c") && is_uri("pkg:npm/a@1"));
        assert!(!is_uri("example.com") && !is_uri("https://a b"));
    }
}
