//! What happens in a run, as it happens: terminal, JSON and server listen to the same events.

use patchward_protocol::run::RunStep;
use serde::Serialize;

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// A run begins.
    RunBegun {
        /// Its number.
        run: u64,
        /// `rehearsal`, `apply`, `verification`, `roll-back`.
        kind: &'static str,
        /// Titles of its steps, in order.
        steps: Vec<String>,
    },
    /// A step begins.
    StepBegun {
        /// The run.
        run: u64,
        /// Its number in the run, from 0.
        number: u32,
        /// What it does, in a few words.
        title: String,
    },
    /// Something worth telling within a step: a check's result, a service that restarts.
    Note {
        /// The run.
        run: u64,
        /// In words.
        text: String,
    },
    /// A step is over; its state and summary tell how.
    StepOver {
        /// The run.
        run: u64,
        /// The step.
        step: Box<RunStep>,
    },
    /// A run is over.
    RunOver {
        /// The run.
        run: u64,
        /// `done`, `failed`, `undone`.
        state: &'static str,
        /// What came of it, in a sentence.
        summary: String,
    },
}
