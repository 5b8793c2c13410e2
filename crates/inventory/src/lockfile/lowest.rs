//! The lowest version that a manifest's range allows, for projects without a lockfile.

/// The lowest version of an npm range (node-semver's grammar): `^1.2`, `~1.2.3`, `1.x`, `>1.0.0`, `1 - 2`,
/// `>=1 <2 || 3`. Nothing for a tag, an address or what is not a range.
pub(crate) fn npm(range: &str) -> Option<String> {
    let ranges = range.split("||").map(str::trim);
    let mut lowest: Option<(Vec<u64>, String)> = None;
    for range in ranges {
        let found = npm_comparators(range)?;
        let numbers = numbers(&found);
        if lowest.as_ref().is_none_or(|(least, _)| numbers < *least) {
            lowest = Some((numbers, found));
        }
    }
    lowest.map(|(_, version)| version)
}

/// The highest of the lower bounds of comparators that must all hold.
fn npm_comparators(range: &str) -> Option<String> {
    let range = range.split_once(" - ").map_or(range, |(from, _)| from);
    let mut bound: Option<(Vec<u64>, String)> = None;
    let mut words = range.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let end = word
            .find(|c: char| !"<>=~^".contains(c))
            .unwrap_or(word.len());
        let (operator, rest) = word.split_at(end);
        let version = match rest {
            "" => words.next().unwrap_or_default(),
            rest => rest,
        };
        let version = filled(version.trim_start_matches('v'))?;
        let version = match operator {
            "<" | "<=" => continue,
            ">" => above(&version),
            _ => version,
        };
        let numbers = numbers(&version);
        if bound.as_ref().is_none_or(|(most, _)| numbers > *most) {
            bound = Some((numbers, version));
        }
    }
    Some(bound.map_or_else(|| "0.0.0".to_owned(), |(_, version)| version))
}

/// `1`, `1.x` and `1.2.*` with zeros where parts are missing.
fn filled(version: &str) -> Option<String> {
    if matches!(version, "" | "*" | "x" | "X") {
        return Some("0.0.0".to_owned());
    }
    let cut = version.find(['-', '+']).unwrap_or(version.len());
    let (plain, rest) = version.split_at(cut);
    let mut parts: Vec<&str> = plain.split('.').collect();
    for part in &mut parts {
        match *part {
            "x" | "X" | "*" => *part = "0",
            digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {}
            _ => return None,
        }
    }
    if parts.len() > 3 {
        return None;
    }
    parts.resize(3, "0");
    Some(format!("{}{rest}", parts.join(".")))
}

/// The version right after: `>1.2.3` begins at 1.2.4, `>1.2.3-rc` at 1.2.3.
fn above(version: &str) -> String {
    let cut = version.find('-').unwrap_or(version.len());
    let plain = &version[..cut];
    if cut < version.len() {
        return plain.to_owned();
    }
    let mut parts = numbers(plain);
    if let Some(last) = parts.last_mut() {
        *last = last.saturating_add(1);
    }
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    parts.join(".")
}

fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain
        .split('.')
        .map(|part| part.parse().unwrap_or(u64::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npm_ranges_have_a_lowest_version() {
        let check =
            |range, lowest: Option<&str>| assert_eq!(npm(range).as_deref(), lowest, "{range}");
        check("1.0.0", Some("1.0.0"));
        check(">2.0.0", Some("2.0.1"));
        check("~3.1.0", Some("3.1.0"));
        check("^0.4.2", Some("0.4.2"));
        check("5.x", Some("5.0.0"));
        check("*", Some("0.0.0"));
        check("", Some("0.0.0"));
        check(">=1.0.0 <2.0.0", Some("1.0.0"));
        check(">= 1.2 < 3", Some("1.2.0"));
        check("3 || 2.1.0-beta.1", Some("2.1.0-beta.1"));
        check("1.2 - 2", Some("1.2.0"));
        check("invalid", None);
        check("github:a/b", None);
    }
}
