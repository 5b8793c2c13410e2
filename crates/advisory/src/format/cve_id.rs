//! CVE ids, alone and inside text.

/// Whether `text` is a CVE id and nothing else.
pub fn is(text: &str) -> bool {
    find(text)
        .next()
        .is_some_and(|found| found.len() == text.len())
}

/// The CVE ids inside a text, in order, doubles included; lower case (`cve-2024-1`) does not count.
pub fn find(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = text[at..].find("CVE-") {
            let start = at + found;
            let end = start + length(&text.as_bytes()[start..]);
            at = end.max(start + 4);
            if end > start {
                return Some(&text[start..end]);
            }
        }
        None
    })
}

/// Length of the id that `bytes` start with, 0 when they start with none: `CVE-`, four digits, `-`, four or more.
fn length(bytes: &[u8]) -> usize {
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let number = digits(9);
    if digits(4) == 4 && bytes.get(8) == Some(&b'-') && (4..=19).contains(&number) {
        9 + number
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_text_are_found() {
        let text = "fixes CVE-2024-1234, CVE-2024-12345(CVE-2023-0001) CVE-24-1 CVE- and CVE-CVE-2022-9999999é";
        let found: Vec<_> = find(text).collect();
        assert_eq!(
            found,
            [
                "CVE-2024-1234",
                "CVE-2024-12345",
                "CVE-2023-0001",
                "CVE-2022-9999999"
            ]
        );
        assert!(is("CVE-2024-1234"));
        assert!(!is("CVE-2024-123"));
        assert!(!is("CVE-2024-1234 "));
    }
}
