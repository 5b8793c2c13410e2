//! A publisher's list of when each of its records changed, and what that means for us.

use std::collections::BTreeSet;

/// Where more records than this have changed, the whole archive is the faster way.
const ONE_BY_ONE: usize = 500;

/// A list of (time, id). Times are RFC 3339 in UTC, so they compare as text down to the second.
pub struct Changes<'l> {
    rows: Vec<(&'l str, &'l str)>,
    ids: BTreeSet<&'l str>,
}

impl<'l> Changes<'l> {
    /// A list in any order.
    pub fn new(rows: impl Iterator<Item = (&'l str, &'l str)>) -> Changes<'l> {
        let rows: Vec<_> = rows.collect();
        let ids = rows.iter().map(|(_, id)| *id).collect();
        Changes { rows, ids }
    }

    /// All ids of the list.
    pub fn ids(&self) -> &BTreeSet<&'l str> {
        &self.ids
    }

    /// The time of the newest change: the cursor of the next run.
    pub fn newest(&self) -> Option<&'l str> {
        self.rows
            .iter()
            .map(|(time, _)| *time)
            .max_by_key(|time| second(time))
    }

    /// What has changed since a cursor; `None` where the archive is the faster way, or the only one.
    ///
    /// What changed in the very second of the cursor is among it: another record may have changed in that second
    /// after the list was made.
    pub fn since(&self, cursor: Option<&String>) -> Option<BTreeSet<&'l str>> {
        let cursor = second(cursor?);
        let rows = self.rows.iter().filter(|(time, _)| second(time) >= cursor);
        let ids: BTreeSet<_> = rows.map(|(_, id)| *id).collect();
        (ids.len() <= ONE_BY_ONE && !self.ids.is_empty()).then_some(ids)
    }
}

/// A time without the parts of a second, which some rows have and others have not.
fn second(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_as_new_as_the_cursor_is_left_out(times in prop::collection::vec(0_u32..60, 1..40), cursor in 0_u32..60) {
            let at = |second: u32| format!("2026-01-01T00:00:{second:02}Z");
            let rows: Vec<_> = times.iter().enumerate().map(|(n, t)| (at(*t), format!("X-{n}"))).collect();
            let changes = Changes::new(rows.iter().map(|(time, id)| (time.as_str(), id.as_str())));
            let ids = changes.since(Some(&at(cursor))).unwrap();
            for (n, time) in times.iter().enumerate() {
                prop_assert_eq!(ids.contains(format!("X-{n}").as_str()), *time >= cursor);
            }
        }
    }

    fn since<'l>(list: &[(&'l str, &'l str)], cursor: &str) -> Option<Vec<&'l str>> {
        let changes = Changes::new(list.iter().copied());
        let ids = changes.since(Some(&cursor.to_owned()))?;
        Some(ids.into_iter().collect())
    }

    #[test]
    fn only_what_is_as_new_as_the_cursor_has_changed() {
        let list = [
            ("2026-03-01T00:00:00Z", "C"),
            ("2026-01-01T00:00:00Z", "A"),
            ("2026-02-01T00:00:00Z", "B"),
        ];
        assert_eq!(since(&list, "2026-01-15T00:00:00Z"), Some(vec!["B", "C"]));
        assert_eq!(since(&list, "2026-03-01T00:00:00Z"), Some(vec!["C"]));
        let changes = Changes::new(list.into_iter());
        assert_eq!(changes.newest(), Some("2026-03-01T00:00:00Z"));
        assert_eq!(changes.since(None), None);
    }

    #[test]
    fn a_record_of_the_cursors_second_is_not_lost() {
        let list = [
            ("2026-03-01T00:00:00.9Z", "B"),
            ("2026-03-01T00:00:00Z", "A"),
        ];
        assert_eq!(
            since(&list, "2026-03-01T00:00:00.95Z"),
            Some(vec!["A", "B"])
        );
    }

    #[test]
    fn much_is_fetched_as_an_archive() {
        let ids: Vec<String> = (0..600).map(|n| format!("X-{n}")).collect();
        let list: Vec<_> = ids
            .iter()
            .map(|id| ("2026-03-01T00:00:00Z", id.as_str()))
            .collect();
        assert_eq!(since(&list, "2026-01-01T00:00:00Z"), None);
    }
}
