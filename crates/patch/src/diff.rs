//! Unified diffs with limits.

use std::time::Duration;

/// Longest file that is compared, in bytes.
const MAX_FILE: usize = 1 << 20;
/// Longest diff that is kept, in bytes.
const MAX_DIFF: usize = 64 << 10;

/// A unified diff of two texts, and whether it was cut.
///
/// Files that are not text or too long give an empty diff; the second value then says so by `true`.
pub fn unified(old: (&str, &[u8]), new: (&str, &[u8])) -> (String, bool) {
    let fits = |bytes: &[u8]| bytes.len() <= MAX_FILE && !bytes.contains(&0);
    if !fits(old.1) || !fits(new.1) {
        return (String::new(), true);
    }
    let before = String::from_utf8_lossy(old.1);
    let after = String::from_utf8_lossy(new.1);
    // Hostile files make an exact diff slow; after the time it becomes coarser, never wrong.
    let diff = similar::TextDiff::configure()
        .timeout(Duration::from_millis(500))
        .diff_lines(before.as_ref(), after.as_ref());
    let mut text = diff
        .unified_diff()
        .context_radius(3)
        .header(old.0, new.0)
        .to_string();
    let cut = text.len() > MAX_DIFF;
    if cut {
        let kept = text.as_bytes().get(..MAX_DIFF).unwrap_or_default();
        text = String::from_utf8_lossy(kept).into_owned();
    }
    (text, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_shows_with_both_names() {
        let (diff, cut) = unified(("a.conf", b"x 1\ny 2\n"), ("b.conf", b"x 1\ny 3\n"));
        assert!(diff.contains("--- a.conf") && diff.contains("+++ b.conf"));
        assert!(diff.contains("-y 2") && diff.contains("+y 3"));
        assert!(!cut);
    }

    #[test]
    fn binary_and_long_files_are_not_compared() {
        assert_eq!(unified(("a", b"\0"), ("b", b"x")), (String::new(), true));
        let long = vec![b'x'; MAX_FILE + 1];
        assert_eq!(unified(("a", &long), ("b", b"x")), (String::new(), true));
    }
}
