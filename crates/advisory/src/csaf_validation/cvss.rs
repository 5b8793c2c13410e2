//! Scores: tests 6.1.7 to 6.1.10, and 6.1.56 of CSAF 2.1.
//!
//! The names of metrics and of their values are those of FIRST's JSON schemas; `data/cvss-metrics.tsv` has them beside
//! the letters of the vector.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::document::{Document, items, text, texts};
use super::{CsafVersion, Scorer, Violations};

/// The scores of one vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CvssScores {
    /// By the base metrics alone.
    pub base: f64,
    /// With the temporal (CVSS 4: threat) metrics.
    pub temporal: f64,
    /// With the environmental metrics too.
    pub environmental: f64,
}

/// A metric as a property of the JSON form: name, letters, and words with their letters.
struct Metric {
    property: &'static str,
    key: &'static str,
    words: Vec<(&'static str, &'static str)>,
}

static METRICS: LazyLock<HashMap<&'static str, Vec<Metric>>> = LazyLock::new(|| {
    let mut metrics: HashMap<_, Vec<Metric>> = HashMap::new();
    for line in include_str!("data/cvss-metrics.tsv").lines() {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (version, property, key) = (next(), next(), next());
        let words = next().split(' ').filter_map(|word| word.split_once('='));
        metrics.entry(version).or_default().push(Metric {
            property,
            key,
            words: words.collect(),
        });
    }
    metrics
});

/// The names of the objects, and the major version of each.
const KINDS: [(&str, &str); 3] = [("cvss_v2", "2"), ("cvss_v3", "3"), ("cvss_v4", "4")];

/// A set of scores for some products: where it stands, its products, who says so.
struct Entry<'a> {
    pointer: String,
    value: &'a Value,
    content: &'a Value,
    source: &'a str,
}

pub fn check(document: &Document<'_>, score: Scorer<'_>, found: &mut Violations) {
    for (number, vulnerability) in document.vulnerabilities() {
        let entries = entries(document, number, vulnerability);
        doubles(&entries, found);
        for entry in &entries {
            for (kind, major) in KINDS {
                if entry.content[kind].is_object() {
                    let pointer = format!("{}/{kind}", entry.pointer);
                    Cvss {
                        value: &entry.content[kind],
                        major,
                        pointer,
                    }
                    .check(score, found);
                }
            }
        }
        if document.version == CsafVersion::V2_1 {
            qualitative(&entries, found);
        }
    }
}

fn entries<'a>(document: &Document<'_>, number: usize, vulnerability: &'a Value) -> Vec<Entry<'a>> {
    let here = format!("/vulnerabilities/{number}");
    match document.version {
        CsafVersion::V2_0 => items(vulnerability, "scores")
            .map(|(at, value)| Entry {
                pointer: format!("{here}/scores/{at}"),
                value,
                content: value,
                source: "",
            })
            .collect(),
        CsafVersion::V2_1 => items(vulnerability, "metrics")
            .map(|(at, value)| Entry {
                pointer: format!("{here}/metrics/{at}/content"),
                value,
                content: &value["content"],
                source: text(value, "source"),
            })
            .collect(),
    }
}

/// 6.1.7: one score of a version per product (and, in CSAF 2.1, per source).
fn doubles(entries: &[Entry<'_>], found: &mut Violations) {
    let mut seen = HashSet::new();
    for entry in entries {
        for (kind, major) in KINDS {
            if !entry.content[kind].is_object() {
                continue;
            }
            let said = text(&entry.content[kind], "version");
            let version = if said.is_empty() { major } else { said };
            for (_, id) in texts(entry.value, "products") {
                if !seen.insert((id, entry.source, version)) {
                    let message =
                        format!("the product {id} has more than one score of CVSS {version}");
                    found.add("6.1.7", format!("{}/{kind}", entry.pointer), message);
                }
            }
        }
    }
}

/// 6.1.56: who gives a CVSS score for a product gives no qualitative severity for it.
fn qualitative(entries: &[Entry<'_>], found: &mut Violations) {
    let scored: HashSet<(&str, &str)> = entries
        .iter()
        .filter(|entry| {
            KINDS
                .iter()
                .any(|(kind, _)| entry.content[*kind].is_object())
        })
        .flat_map(|entry| texts(entry.value, "products").map(|(_, id)| (id, entry.source)))
        .collect();
    for entry in entries {
        if entry.content["qualitative_severity_rating"].is_null() {
            continue;
        }
        for (_, id) in texts(entry.value, "products") {
            if scored.contains(&(id, entry.source)) {
                let pointer = format!("{}/qualitative_severity_rating", entry.pointer);
                let message = format!("the product {id} has a CVSS score of the same source");
                found.add("6.1.56", pointer, message);
            }
        }
    }
}

/// One CVSS object.
struct Cvss<'a> {
    value: &'a Value,
    major: &'static str,
    pointer: String,
}

/// Properties beside the metrics.
const SCORES: [(&str, &str); 3] = [
    ("baseScore", "baseSeverity"),
    ("temporalScore", "temporalSeverity"),
    ("environmentalScore", "environmentalSeverity"),
];

const SEVERITIES: [&str; 5] = ["NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

impl Cvss<'_> {
    fn check(&self, score: Scorer<'_>, found: &mut Violations) {
        let before = found.0.len();
        self.properties(found);
        let vector = text(self.value, "vectorString");
        let scores = self.vector(vector, score, found);
        if found.0.len() == before
            && let Some(scores) = scores
        {
            self.computed(scores, found);
        }
        self.consistent(vector, found);
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
            .get(self.major)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// 6.1.8: the object is as FIRST's schema has it.
    fn properties(&self, found: &mut Violations) {
        let mut tell = |key: &str, message: String| {
            found.add("6.1.8", format!("{}/{key}", self.pointer), message);
        };
        let severity = (self.major != "2").then_some("baseSeverity");
        for key in ["version", "vectorString", "baseScore"]
            .into_iter()
            .chain(severity)
        {
            if self.value[key].is_null() {
                tell(key, format!("misses the property {key}"));
            }
        }
        let versions: &[&str] = match self.major {
            "2" => &["2.0"],
            "3" => &["3.0", "3.1"],
            _ => &["4.0"],
        };
        for (key, value) in self.value.as_object().into_iter().flatten() {
            let metric = self.metrics().iter().find(|metric| metric.property == key);
            let is_word = |words: &[&str]| value.as_str().is_some_and(|word| words.contains(&word));
            let fine = match (key.as_str(), metric) {
                (_, Some(metric)) => metric.words.iter().any(|(word, _)| value == word),
                ("version", _) => is_word(versions),
                ("vectorString", _) => value.is_string(),
                // CVSS 4 has one score; its first JSON schema had these by mistake.
                (
                    "threatScore"
                    | "threatSeverity"
                    | "environmentalScore"
                    | "environmentalSeverity",
                    _,
                ) if self.major == "4" => false,
                (key, _) if SCORES.iter().any(|(score, _)| *score == key) => value
                    .as_f64()
                    .is_some_and(|score| (0.0..=10.0).contains(&score)),
                (key, _) if SCORES.iter().any(|(_, severity)| *severity == key) => {
                    self.major == "2" || is_word(&SEVERITIES)
                }
                _ => true,
            };
            if !fine {
                tell(key, "is not what CVSS allows here".to_owned());
            }
        }
    }

    /// 6.1.8: the vector is one of this version.
    fn vector(
        &self,
        vector: &str,
        score: Scorer<'_>,
        found: &mut Violations,
    ) -> Option<super::CvssScores> {
        if vector.is_empty() {
            return None;
        }
        let version = text(self.value, "version");
        let prefix = match (self.major, version) {
            ("2", _) => String::new(),
            ("3", "") => "CVSS:3.".to_owned(),
            (_, version) => format!("CVSS:{version}/"),
        };
        let scores = score(vector).filter(|_| {
            vector.starts_with(&prefix) && (self.major != "2" || !vector.starts_with("CVSS:"))
        });
        if scores.is_none() {
            let message = "is not a vector of this version of CVSS";
            found.add("6.1.8", format!("{}/vectorString", self.pointer), message);
        }
        scores
    }

    /// 6.1.9: scores and severities are those of the vector.
    fn computed(&self, scores: CvssScores, found: &mut Violations) {
        // The one score of CVSS 4 is that of all metrics given.
        let base = if self.major == "4" {
            scores.environmental
        } else {
            scores.base
        };
        let values = [base, scores.temporal, scores.environmental];
        for ((score_key, severity_key), expected) in SCORES.into_iter().zip(values) {
            let mut tell = |key: &str, expected: String| {
                let message = format!("the vector gives {expected}");
                found.add("6.1.9", format!("{}/{key}", self.pointer), message);
            };
            let said = self.value[score_key].as_f64();
            if said.is_some_and(|said| (said - expected).abs() > 0.049) {
                tell(score_key, format!("{expected:.1}"));
            }
            let severity = severity(expected);
            let said = self.value[severity_key].as_str();
            if self.major != "2" && said.is_some_and(|said| said != severity) {
                tell(severity_key, severity.to_owned());
            }
        }
    }

    /// 6.1.10: properties do not contradict the vector.
    fn consistent(&self, vector: &str, found: &mut Violations) {
        let stated: HashMap<&str, &str> = vector
            .split('/')
            .filter_map(|part| part.split_once(':'))
            .collect();
        for metric in self.metrics() {
            let Some(said) = self.value[metric.property].as_str() else {
                continue;
            };
            let Some((_, letter)) = metric.words.iter().find(|(word, _)| *word == said) else {
                continue;
            };
            let in_vector = stated.get(metric.key).copied();
            // A metric that the vector leaves open contradicts nothing.
            if let Some(value) = in_vector.filter(|value| value != letter) {
                let message = format!("the vector has {}:{value}", metric.key);
                found.add(
                    "6.1.10",
                    format!("{}/{}", self.pointer, metric.property),
                    message,
                );
            }
        }
    }
}

fn severity(score: f64) -> &'static str {
    match score {
        s if s >= 9.0 => "CRITICAL",
        s if s >= 7.0 => "HIGH",
        s if s >= 4.0 => "MEDIUM",
        s if s > 0.0 => "LOW",
        _ => "NONE",
    }
}
