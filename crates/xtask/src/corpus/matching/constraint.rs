//! Version constraints of other scanners' databases, as OSV events.

use std::cmp::Ordering;

use patchward_advisory::model::Event;
use patchward_version::Scheme;

/// A stretch of versions; `None` is no bound, the flag tells whether the bound itself belongs to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stretch {
    low: Option<(String, bool)>,
    high: Option<(String, bool)>,
}

/// Reads alternatives (`||` inside a text, or several texts) of comparisons joined by commas or spaces, and Maven's
/// brackets.
pub fn parse(texts: &[String]) -> anyhow::Result<Vec<Stretch>> {
    let mut found = Vec::new();
    for text in texts.iter().flat_map(|text| text.split("||")) {
        let text = text.trim();
        if text.starts_with(['[', '(']) {
            found.push(brackets(text)?);
        } else {
            found.push(comparisons(text)?);
        }
    }
    Ok(found)
}

fn brackets(text: &str) -> anyhow::Result<Stretch> {
    let (low_in, high_in) = (text.starts_with('['), text.ends_with(']'));
    let inner = text.trim_matches(['[', ']', '(', ')']);
    let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
    let bound = |text: &str, inside| {
        let text = text.trim();
        (!text.is_empty()).then(|| (text.to_owned(), inside))
    };
    Ok(Stretch {
        low: bound(low, low_in),
        high: bound(high, high_in),
    })
}

fn comparisons(text: &str) -> anyhow::Result<Stretch> {
    let mut stretch = Stretch::default();
    let mut rest = text.trim_start_matches([',', ' ']);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !matches!(c, '<' | '>' | '=' | '~' | '^' | '!'))
            .unwrap_or(rest.len());
        let (operator, behind) = rest.split_at(end);
        let behind = behind.trim_start();
        let end = behind.find([',', ' ', '<', '>']).unwrap_or(behind.len());
        let (version, behind) = behind.split_at(end);
        rest = behind.trim_start_matches([',', ' ']);
        let at = |inside| Some((version.to_owned(), inside));
        match operator {
            ">=" => stretch.low = at(true),
            ">" => stretch.low = at(false),
            "<=" => stretch.high = at(true),
            "<" => stretch.high = at(false),
            "=" | "==" | "" => (stretch.low, stretch.high) = (at(true), at(true)),
            "~>" => {
                stretch.low = at(true);
                stretch.high = Some((pessimistic(version), false));
            }
            "^" => {
                let major = version
                    .trim_start_matches('v')
                    .split('.')
                    .next()
                    .unwrap_or("");
                stretch.low = at(true);
                stretch.high = Some(((major.parse::<u64>()? + 1).to_string(), false));
            }
            other => anyhow::bail!("operator {other:?} in {text:?}"),
        }
    }
    Ok(stretch)
}

/// RubyGems' `~> 4.1.11` ends before `4.2`.
fn pessimistic(version: &str) -> String {
    let mut parts: Vec<u64> = version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    if parts.len() > 1 {
        parts.pop();
    }
    if let Some(last) = parts.last_mut() {
        *last += 1;
    }
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    parts.join(".")
}

/// A stretch as events. An upper bound is a fix when it is among `fixes` (or nothing else is known), else only a limit.
pub fn events(stretch: &Stretch, fixes: &[String]) -> Vec<Event> {
    let mut events = Vec::new();
    events.push(match &stretch.low {
        None => Event::Introduced("0".to_owned()),
        Some((version, true)) => Event::Introduced(version.clone()),
        Some((version, false)) => Event::After(version.clone()),
    });
    match &stretch.high {
        None => {}
        Some((version, true)) => events.push(Event::LastAffected(version.clone())),
        Some((version, false)) if fixes.is_empty() || fixes.contains(version) => {
            events.push(Event::Fixed(version.clone()));
        }
        Some((version, false)) => events.push(Event::Limit(version.clone())),
    }
    events
}

/// Everything that is in none of the stretches: what is vulnerable when a database lists only what is not.
pub fn complement(mut safe: Vec<Stretch>, scheme: Scheme) -> Vec<Stretch> {
    let order = |a: &str, b: &str| scheme.compare(a, b).unwrap_or(Ordering::Equal);
    safe.sort_by(|a, b| match (&a.low, &b.low) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some((a, _)), Some((b, _))) => order(a, b),
    });
    let mut found = Vec::new();
    let mut low: Option<(String, bool)> = None;
    let mut open = true;
    for stretch in safe {
        if let Some((start, inside)) = stretch.low {
            let gap = low
                .as_ref()
                .is_none_or(|(low, _)| order(low, &start) == Ordering::Less);
            if open && gap {
                found.push(Stretch {
                    low: low.clone(),
                    high: Some((start, !inside)),
                });
            }
        }
        match stretch.high {
            Some((end, inside)) => low = Some((end, !inside)),
            None => open = false,
        }
    }
    if open {
        found.push(Stretch { low, high: None });
    }
    found
}
