//! Counts outcomes per file and prints them.

use std::collections::BTreeMap;

use super::skips::Skips;

/// What one family's run found.
pub struct Report<'a> {
    family: &'a str,
    skips: &'a Skips,
    files: BTreeMap<String, Counts>,
    failures: Vec<String>,
    left_out: BTreeMap<&'static str, usize>,
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl<'a> Report<'a> {
    pub fn new(family: &'a str, skips: &'a Skips) -> Report<'a> {
        Report {
            family,
            skips,
            files: BTreeMap::new(),
            failures: Vec::new(),
            left_out: BTreeMap::new(),
        }
    }

    /// Records one row of `file` (a path inside the corpus); `row` names it, `outcome` is the failure if there is one.
    ///
    /// A row in the reviewed list of skips counts as skipped, unless it passes: then the list is out of date and the
    /// row fails, so that no skip outlives its reason.
    pub fn row(&mut self, file: &str, row: &str, outcome: Result<(), String>) {
        let counts = self.files.entry(file.to_owned()).or_default();
        match (self.skips.reason(self.family, file, row), outcome) {
            (Some(_), Err(_)) => counts.skipped += 1,
            (None, Ok(())) => counts.passed += 1,
            (None, Err(why)) => {
                counts.failed += 1;
                self.failures.push(format!("{file}: {row}: {why}"));
            }
            (Some(reason), Ok(())) => {
                counts.failed += 1;
                self.failures.push(format!(
                    "{file}: {row}: passes, but is in skips.txt ({reason})"
                ));
            }
        }
    }

    /// Counts a row that cannot be judged here, by the reason.
    pub fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }

    /// Prints a line per file and up to `shown` failures; returns how many rows failed.
    pub fn print(&self, shown: usize) -> usize {
        let mut all = Counts::default();
        for (file, counts) in &self.files {
            println!(
                "{}: {file}: {} passed, {} failed, {} skipped",
                self.family, counts.passed, counts.failed, counts.skipped
            );
            all.passed += counts.passed;
            all.failed += counts.failed;
            all.skipped += counts.skipped;
        }
        for (reason, count) in &self.left_out {
            println!("{}: {count} left out: {reason}", self.family);
        }
        for failure in self.failures.iter().take(shown) {
            println!("  FAILED {failure}");
        }
        println!(
            "{}: {} passed, {} failed, {} skipped",
            self.family, all.passed, all.failed, all.skipped
        );
        all.failed
    }
}
