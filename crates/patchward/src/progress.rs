//! Progress of long work, on standard error, only where a person looks.

pub mod resolve;
pub mod run;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use patchward_core::feeds::Feed;
use patchward_core::update::{FeedReport, Listener};

use crate::output::clean::clean;

/// Shows an update of the knowledge base: a bar per feed while it runs, a line when it has ended.
pub struct UpdateProgress {
    /// A person looks at standard error.
    pub bars: bool,
    /// Say nothing at all.
    pub quiet: bool,
    bar: RefCell<Option<ProgressBar>>,
    begun: Cell<usize>,
    total: usize,
}

impl UpdateProgress {
    /// Progress over that many feeds.
    pub fn new(bars: bool, quiet: bool, total: usize) -> UpdateProgress {
        UpdateProgress {
            bars,
            quiet,
            bar: RefCell::new(None),
            begun: Cell::new(0),
            total,
        }
    }
}

impl Listener for UpdateProgress {
    fn began(&self, feed: &'static Feed) {
        self.begun.set(self.begun.get() + 1);
        if !self.bars {
            return;
        }
        let bar = ProgressBar::new_spinner();
        let template = "{spinner} {prefix} {wide_msg} {bytes} {binary_bytes_per_sec}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(format!(
            "[{}/{}] {}",
            self.begun.get(),
            self.total,
            feed.name
        ));
        bar.set_message(feed.title);
        bar.enable_steady_tick(Duration::from_millis(120));
        *self.bar.borrow_mut() = Some(bar);
    }

    fn read(&self, bytes: u64, total: Option<u64>) {
        if let Some(bar) = &*self.bar.borrow() {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(bytes);
        }
    }

    fn ended(&self, report: &FeedReport) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
        if !self.quiet {
            eprintln!("{}", line(report));
        }
    }
}

/// One line about a feed.
pub fn line(report: &FeedReport) -> String {
    let FeedReport {
        feed,
        added,
        changed,
        removed,
        ..
    } = report;
    let what = match &report.failure {
        Some(failure) => format!("not updated: {}", clean(failure)),
        None if added + changed + removed == 0 => "up to date".to_owned(),
        None => format!("{added} new, {changed} changed, {removed} gone"),
    };
    let what = match report.lost.is_empty() || report.failure.is_some() {
        true => what,
        false if added + changed + removed == 0 => "not whole".to_owned(),
        false => format!("not whole, {what}"),
    };
    let unread: String = unread(&report.lost, &report.problems)
        .map(|told| format!(" ({told})"))
        .collect();
    format!("  {feed:<15} {what}{unread}")
}

/// What could not be read of a feed: the parts that are lost, then single records.
pub fn unread<'t>(lost: &'t [String], problems: &'t [String]) -> impl Iterator<Item = String> + 't {
    [(lost, "part"), (problems, "record")]
        .into_iter()
        .filter_map(|(texts, noun)| {
            let first = clean(texts.first()?);
            Some(match texts.len() {
                1 => format!("1 {noun} could not be read: {first}"),
                count => format!("{count} {noun}s could not be read, such as: {first}"),
            })
        })
}
