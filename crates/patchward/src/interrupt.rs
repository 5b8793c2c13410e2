//! Ctrl-C and SIGTERM: while a run is at work they ask it to stop at the next place where nothing is half done; a second one,
//! and any at another time, ends the program at once. What that leaves is ended by the next start.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Listens for the signals, from its making on.
pub struct Interrupt {
    cancelled: Arc<AtomicBool>,
    at_once: Arc<AtomicBool>,
}

impl Interrupt {
    /// Begins to listen.
    pub fn listen() -> io::Result<Interrupt> {
        let interrupt = Interrupt {
            cancelled: Arc::default(),
            at_once: Arc::new(AtomicBool::new(true)),
        };
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds `at_once` unset and sets it for the second.
            flag::register_conditional_default(signal, Arc::clone(&interrupt.at_once))?;
            flag::register(signal, Arc::clone(&interrupt.cancelled))?;
            flag::register(signal, Arc::clone(&interrupt.at_once))?;
        }
        Ok(interrupt)
    }

    /// Set once the person wants it to stop.
    pub fn cancelled(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Does work that is asked to stop rather than ended.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.at_once.store(false, Ordering::SeqCst);
        let done = work();
        self.at_once.store(true, Ordering::SeqCst);
        done
    }
}
