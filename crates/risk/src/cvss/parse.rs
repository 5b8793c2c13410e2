//! Reads a vector, strictly.

use super::error::{ParseError, Warning};
use super::metric::{self, Group, MOST};
use super::vector::{Vector, Version};

/// The longest vector of all (v4.0 with every metric) has about 230 bytes.
const LONGEST: usize = 512;

/// Reads a vector and tells what is unusual about it.
pub fn read(text: &str) -> Result<(Vector, Vec<Warning>), ParseError> {
    if text.len() > LONGEST {
        return Err(ParseError::TooLong {
            length: text.len(),
            limit: LONGEST,
        });
    }
    let (version, start) = version(text)?;
    let metrics = metric::of(version);
    let (mut values, mut seen) = ([0_u8; MOST], [false; MOST]);
    let (mut at, mut last, mut warnings) = (start, 0, Vec::new());
    for part in text.get(start..).unwrap_or_default().split('/') {
        let (place, value) = pair(version, part, at)?;
        let (Some(metric), Some(slot), Some(seen)) = (
            metrics.get(place),
            values.get_mut(place),
            seen.get_mut(place),
        ) else {
            continue; // the place comes from the same list
        };
        if std::mem::replace(seen, true) {
            return Err(ParseError::Duplicate {
                at,
                metric: metric.key,
            });
        }
        if version == Version::V40 && place < last {
            warnings.push(Warning::Order {
                at,
                metric: metric.key,
                after: metrics.get(last).map_or("", |metric| metric.key),
            });
        }
        *slot = value;
        last = last.max(place);
        at += part.len() + 1;
    }
    missing(version, &seen)?;
    Ok((Vector::new(version, values), warnings))
}

fn version(text: &str) -> Result<(Version, usize), ParseError> {
    const PREFIXES: [(&str, Version); 3] = [
        ("CVSS:3.1/", Version::V31),
        ("CVSS:3.0/", Version::V30),
        ("CVSS:4.0/", Version::V40),
    ];
    for (prefix, version) in PREFIXES {
        if text.starts_with(prefix) {
            return Ok((version, prefix.len()));
        }
    }
    // Version 2 has no prefix.
    let first = text.split('/').next().unwrap_or_default();
    let key = first.split(':').next().unwrap_or_default();
    if first.contains(':') && metric::find(Version::V2, key).is_some() {
        return Ok((Version::V2, 0));
    }
    Err(ParseError::Version {
        found: first.chars().take(16).collect(),
    })
}

/// `METRIC:VALUE` as places in the version's lists.
fn pair(version: Version, part: &str, at: usize) -> Result<(usize, u8), ParseError> {
    let (key, value) = part.split_once(':').ok_or_else(|| ParseError::Malformed {
        at,
        found: part.chars().take(16).collect(),
    })?;
    let place = metric::find(version, key).ok_or_else(|| ParseError::UnknownMetric {
        at,
        metric: key.chars().take(16).collect(),
        version,
    })?;
    let unknown = || {
        let metric = metric::of(version).get(place);
        let first = usize::from(metric.is_some_and(|m| m.group == Group::Base));
        ParseError::UnknownValue {
            at: at + key.len() + 1,
            metric: metric.map_or("", |metric| metric.key),
            value: value.chars().take(16).collect(),
            expected: metric.map_or(String::new(), |m| {
                m.values.get(first..).unwrap_or_default().join(" ")
            }),
        }
    };
    let value = metric::of(version)
        .get(place)
        .and_then(|metric| metric.place(value))
        .ok_or_else(unknown)?;
    Ok((place, value))
}

fn missing(version: Version, seen: &[bool; MOST]) -> Result<(), ParseError> {
    let missing: Vec<&str> = metric::of(version)
        .iter()
        .zip(seen)
        .filter(|(metric, seen)| metric.group == Group::Base && !**seen)
        .map(|(metric, _)| metric.key)
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(ParseError::Missing {
            metrics: missing.join(" "),
        }),
    }
}
