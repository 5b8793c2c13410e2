//! Progress of `plan --resolve`: a bar where a person looks, a line for each patch elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use patchward_core::resolve::Listener;
use patchward_protocol::report::Patch;

use crate::output::clean::clean;

/// Shows which patch is tried.
pub struct ResolveProgress {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl ResolveProgress {
    /// With a bar, or with lines unless `quiet`.
    pub fn new(bars: bool, quiet: bool) -> ResolveProgress {
        let bar = bars.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        ResolveProgress { bar, quiet }
    }
}

impl Listener for ResolveProgress {
    fn trying(&self, number: usize, of: usize, patch: &Patch) {
        let text = format!(
            "[{number}/{of}] trying {} {} → {} in a copy of {} …",
            patch.package, patch.from, patch.to, patch.location
        );
        match &self.bar {
            Some(bar) => bar.set_message(clean(&text).into_owned()),
            None if !self.quiet => eprintln!("{}", clean(&text)),
            None => {}
        }
    }
}

impl Drop for ResolveProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
