//! The part of JSONPath (RFC 9535) that a check needs: `$`, `.name`, `['name']`, `[3]`, `[-1]`, `[*]`, `.*`.

use serde::Deserialize;
use serde_json::Value;

/// Steps and matches are never more.
const STEPS: usize = 32;
const MATCHES: usize = 10_000;

/// A path into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name(String),
    Index(i64),
    All,
}

impl TryFrom<String> for JsonPath {
    type Error = String;

    fn try_from(text: String) -> Result<JsonPath, String> {
        match read(&text) {
            Some(steps) if steps.len() <= STEPS => Ok(JsonPath { text, steps }),
            _ => Err(format!(
                "expected a path such as `$.items[0].name` (names, indices, `*`; at most {STEPS} steps), found `{text}`"
            )),
        }
    }
}

fn read(text: &str) -> Option<Vec<Step>> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() && steps.len() <= STEPS {
        let step;
        (step, rest) = match rest.strip_prefix('.') {
            Some(after) => {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, rest) = after.split_at(end);
                let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
                let step = match name {
                    "*" => Step::All,
                    name if !name.is_empty() && name.chars().all(plain) => {
                        Step::Name(name.to_owned())
                    }
                    _ => return None,
                };
                (step, rest)
            }
            None => bracket(rest.strip_prefix('[')?)?,
        };
        steps.push(step);
    }
    Some(steps)
}

/// What stands between `[` and `]`, and the rest.
fn bracket(text: &str) -> Option<(Step, &str)> {
    for quote in ['\'', '"'] {
        if let Some(rest) = text.strip_prefix(quote) {
            let (name, rest) = rest.split_once(quote)?;
            return Some((Step::Name(name.to_owned()), rest.strip_prefix(']')?));
        }
    }
    let (inner, rest) = text.split_once(']')?;
    match inner {
        "*" => Some((Step::All, rest)),
        number => Some((Step::Index(number.parse().ok()?), rest)),
    }
}

impl JsonPath {
    /// The path as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the path leads to; nothing when it leads nowhere.
    #[must_use]
    pub fn find<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![value];
        for step in &self.steps {
            found = found
                .into_iter()
                .flat_map(|value| step.from(value))
                .take(MATCHES)
                .collect();
        }
        found
    }
}

impl Step {
    fn from<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Step::Name(name), Value::Object(members)) => members.get(name).into_iter().collect(),
            (Step::Index(index), Value::Array(items)) => {
                let at = match usize::try_from(*index) {
                    Ok(at) => Some(at),
                    Err(_) => usize::try_from(index.unsigned_abs())
                        .ok()
                        .and_then(|back| items.len().checked_sub(back)),
                };
                at.and_then(|at| items.get(at)).into_iter().collect()
            }
            (Step::All, Value::Array(items)) => items.iter().take(MATCHES).collect(),
            (Step::All, Value::Object(members)) => members.values().take(MATCHES).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_where_they_say() {
        let document = json!({"a": {"b-c": [1, {"d e": true}, 3]}, "x": null});
        let find = |path: &str| {
            let path = JsonPath::try_from(path.to_owned()).unwrap();
            path.find(&document)
                .into_iter()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(find("$"), std::slice::from_ref(&document));
        assert_eq!(find("$.a.b-c[0]"), [json!(1)]);
        assert_eq!(find("$['a']['b-c'][-1]"), [json!(3)]);
        assert_eq!(find("$.a['b-c'][*]['d e']"), [json!(true)]);
        assert_eq!(find("$.x"), [json!(null)]);
        assert_eq!(find("$.a.*").len(), 1);
        assert!(find("$.nowhere[7].b").is_empty());
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for wrong in [
            "", "a", "$a", "$.", "$..a", "$[", "$[a]", "$['a", "$.a b", "$[0",
        ] {
            assert!(JsonPath::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(JsonPath::try_from(format!("${}", ".a".repeat(40))).is_err());
    }
}
