//! Ranges and comparisons in words that a person can check.

use std::cmp::Ordering;

use patchward_advisory::model::{Affected, Event, Range, RangeKind, scheme_of};
use patchward_knowledge::Named;
use patchward_version::Scheme;

/// No range is told with more than this many versions.
const MOST_VERSIONS: usize = 8;

/// The range of a claim: `>= 1.2.0, < 1.2.9`.
pub fn range(affected: &Affected) -> String {
    let mut parts: Vec<String> = affected.ranges.iter().flat_map(stretches).collect();
    let listed = affected.versions.len();
    if listed > 0 {
        let shown: Vec<&str> = affected
            .versions
            .iter()
            .take(MOST_VERSIONS)
            .map(String::as_str)
            .collect();
        let more = listed.saturating_sub(MOST_VERSIONS);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        parts.push(format!("{}{more}", shown.join(", ")));
    }
    parts.extend(affected.unread.iter().map(|text| format!("\"{text}\"")));
    if parts.is_empty() {
        return "every version".to_owned();
    }
    parts.join(" or ")
}

fn stretches(range: &Range) -> Vec<String> {
    let mut found = Vec::new();
    let mut start: Option<String> = None;
    for event in &range.events {
        match event {
            Event::Introduced(version) if version == "0" => start = Some(String::new()),
            Event::Introduced(version) => start = Some(format!(">= {version}")),
            Event::After(version) => start = Some(format!("> {version}")),
            Event::Fixed(version) | Event::Limit(version) => {
                found.push(joined(start.take(), &format!("< {version}")));
            }
            Event::LastAffected(version) => {
                found.push(joined(start.take(), &format!("<= {version}")));
            }
        }
    }
    if let Some(start) = start {
        found.push(if start.is_empty() {
            "every version".to_owned()
        } else {
            start
        });
    }
    if range.kind == RangeKind::Git {
        found
            .iter_mut()
            .for_each(|text| *text = format!("commits {text}"));
    }
    found
}

fn joined(start: Option<String>, end: &str) -> String {
    match start.as_deref() {
        None | Some("") => end.to_owned(),
        Some(start) => format!("{start}, {end}"),
    }
}

/// The comparison that decided: `1.2.0 <= 1.2.3 < 1.2.9 (npm order)`.
pub fn comparison(affected: &Affected, version: &str, named: Named) -> String {
    let order = order_of(affected);
    match named {
        Named::Listed => format!("{version} is listed"),
        Named::Every => format!("every version is named, so {version} is"),
        Named::Unknown => format!("{version} cannot be compared ({})", why_unknown(affected)),
        Named::InRange => match bounds(affected, version) {
            Some((low, high)) => {
                let low = low.map_or(String::new(), |low| format!("{low} <= "));
                format!("{low}{version}{} ({order} order)", high.unwrap_or_default())
            }
            None => format!("{version} is in the range ({order} order)"),
        },
        Named::No => match last_fix(affected, version) {
            Some(fix) => format!("{version} >= {fix} ({order} order)"),
            None => format!("{version} is outside the range ({order} order)"),
        },
    }
}

fn order_of(affected: &Affected) -> Scheme {
    let mut kind = affected.ranges.iter().map(|range| range.kind);
    let kind = kind
        .rfind(|kind| *kind != RangeKind::Git)
        .unwrap_or(RangeKind::Ecosystem);
    scheme_of(&affected.package, kind).unwrap_or(Scheme::Generic)
}

fn why_unknown(affected: &Affected) -> String {
    match affected.unread.first() {
        Some(text) => format!("the publisher says \"{text}\""),
        None => format!("{} order", order_of(affected)),
    }
}

/// The nearest bounds around a version.
fn bounds(affected: &Affected, version: &str) -> Option<(Option<String>, Option<String>)> {
    let scheme = order_of(affected);
    let mut low: Option<&str> = None;
    let mut high: Option<(&str, &str)> = None;
    let events = affected.ranges.iter().flat_map(|range| &range.events);
    for event in events {
        let (text, sign) = match event {
            Event::Introduced(text) if text == "0" => continue,
            Event::Introduced(text) | Event::After(text) => (text, ""),
            Event::Fixed(text) | Event::Limit(text) => (text, "<"),
            Event::LastAffected(text) => (text, "<="),
        };
        let order = scheme.compare(text, version).ok()?;
        if sign.is_empty() {
            let nearer = low.is_none_or(|known| {
                scheme
                    .compare(known, text)
                    .is_ok_and(|o| o == Ordering::Less)
            });
            if order != Ordering::Greater && nearer {
                low = Some(text);
            }
        } else {
            let beyond = order == Ordering::Greater || sign == "<=" && order == Ordering::Equal;
            let nearer = high.is_none_or(|(_, known)| {
                scheme
                    .compare(known, text)
                    .is_ok_and(|o| o == Ordering::Greater)
            });
            if beyond && nearer {
                high = Some((sign, text));
            }
        }
    }
    let high = high.map(|(sign, text)| format!(" {sign} {text}"));
    Some((low.map(ToOwned::to_owned), high))
}

/// The highest fix at or below a version.
pub fn last_fix<'a>(affected: &'a Affected, version: &str) -> Option<&'a str> {
    let scheme = order_of(affected);
    fixes(affected)
        .filter(|fix| {
            scheme
                .compare(fix, version)
                .is_ok_and(|o| o != Ordering::Greater)
        })
        .reduce(|best, next| match scheme.compare(best, next) {
            Ok(Ordering::Less) => next,
            _ => best,
        })
}

/// Versions that a claim names as fixed.
pub fn fixes(affected: &Affected) -> impl Iterator<Item = &str> {
    let versions = affected.ranges.iter().filter(|r| r.kind != RangeKind::Git);
    versions
        .flat_map(|range| &range.events)
        .filter_map(|event| match event {
            Event::Fixed(version) => Some(version.as_str()),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_advisory::model::{Conditions, Package, Status};

    fn affected(events: Vec<Event>) -> Affected {
        Affected {
            package: Package {
                ecosystem: "npm".into(),
                name: "x".into(),
                purl: None,
            },
            status: Status::Affected,
            ranges: vec![Range {
                kind: RangeKind::SemVer,
                events,
                repo: None,
            }],
            versions: Vec::new(),
            severities: Vec::new(),
            conditions: Conditions::default(),
            unread: Vec::new(),
        }
    }

    #[test]
    fn a_range_reads_as_a_person_would_write_it() {
        let events = vec![
            Event::Introduced("0".into()),
            Event::Fixed("1.2.9".into()),
            Event::Introduced("2.0.0".into()),
            Event::LastAffected("2.1.0".into()),
        ];
        assert_eq!(range(&affected(events)), "< 1.2.9 or >= 2.0.0, <= 2.1.0");
        assert_eq!(
            range(&affected(vec![Event::Introduced("0".into())])),
            "every version"
        );
    }

    #[test]
    fn a_comparison_names_the_nearest_bounds() {
        let events = vec![
            Event::Introduced("1.0.0".into()),
            Event::Fixed("1.2.9".into()),
            Event::Introduced("2.0.0".into()),
            Event::Fixed("2.1.0".into()),
        ];
        let affected = affected(events);
        assert_eq!(
            comparison(&affected, "2.0.3", Named::InRange),
            "2.0.0 <= 2.0.3 < 2.1.0 (npm order)"
        );
        assert_eq!(
            comparison(&affected, "2.3.0", Named::No),
            "2.3.0 >= 2.1.0 (npm order)"
        );
    }
}
