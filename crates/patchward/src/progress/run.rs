//! Progress of a run: a line per finished step, and the running one while a person looks.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style as Ansi};
use indicatif::{ProgressBar, ProgressStyle};
use patchward_core::change::Event;
use patchward_protocol::run::RunStep;

use crate::cli::change::ProgressAs;
use crate::context::Context;
use crate::output::clean::clean;
use crate::output::json;
use crate::output::run::{kind, state, took};
use crate::output::table::Style;

/// Listens to a run.
pub struct RunProgress {
    manner: Manner,
    style: Style,
    seen: Mutex<Seen>,
}

enum Manner {
    /// `--quiet`.
    Silent,
    /// An object a line.
    Json,
    /// A person looks.
    Bars,
    /// A log.
    Lines,
}

#[derive(Default)]
struct Seen {
    steps: usize,
    bar: Option<ProgressBar>,
}

impl RunProgress {
    /// As flags, settings and the terminal ask for.
    pub fn new(wanted: ProgressAs, context: &Context) -> RunProgress {
        let manner = match wanted {
            ProgressAs::Json => Manner::Json,
            ProgressAs::Auto if context.settings.switch("quiet") => Manner::Silent,
            ProgressAs::Auto if context.shows_progress() => Manner::Bars,
            ProgressAs::Auto => Manner::Lines,
        };
        RunProgress {
            manner,
            style: context.talk_style(),
            seen: Mutex::default(),
        }
    }

    /// Hears an event.
    pub fn hear(&self, event: &Event) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match self.manner {
            Manner::Silent => {}
            // Whoever reads progress may have gone; the run goes on.
            Manner::Json => drop(json::line(event, &mut std::io::stderr())),
            Manner::Bars | Manner::Lines => self.tell(event, &mut seen),
        }
    }

    fn tell(&self, event: &Event, seen: &mut Seen) {
        match event {
            Event::RunBegun {
                run,
                kind: what,
                steps,
            } => {
                seen.steps = steps.len();
                let title = format!("{} {run}", kind(what));
                say(&self.style.paint(Ansi::new().bold(), &title));
            }
            Event::StepBegun { number, title, .. } => {
                if matches!(self.manner, Manner::Bars) {
                    seen.bar = Some(spinner(*number, seen.steps, &clean(title)));
                }
            }
            Event::Note { text, .. } => match &seen.bar {
                Some(bar) => bar.set_message(clean(text).into_owned()),
                None => say(&format!("           {}", clean(text))),
            },
            Event::StepOver { step, .. } => {
                clear(seen);
                say(&self.line(step));
            }
            Event::RunOver { .. } => {
                clear(seen);
                say("");
            }
        }
    }

    /// `  done     put the patches in   5.9 s   3 packages`.
    fn line(&self, step: &RunStep) -> String {
        let colour = match step.state.as_str() {
            "done" => AnsiColor::Green.on_default(),
            "failed" => AnsiColor::Red.on_default().bold(),
            _ => Ansi::new().dimmed(),
        };
        let said = step.failure.as_ref().unwrap_or(&step.summary);
        let word = self
            .style
            .paint(colour, &format!("{:<8}", state(&step.state)));
        let line = format!("{:<37} {:>7}  {said}", step.title, took(step));
        format!("  {word} {}", clean(&line))
    }
}

fn clear(seen: &mut Seen) {
    if let Some(bar) = seen.bar.take() {
        bar.finish_and_clear();
    }
}

fn spinner(number: u32, steps: usize, title: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {prefix} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(format!("[{}/{steps}] {title}", number + 1));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A line for a person. Whoever reads it may have gone; the run goes on.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
