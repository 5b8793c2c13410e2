//! The lock between processes: the kernel holds it and lets it go with the process, so the file alone means nothing.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::LedgerError;

/// What the lock is held for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Writing: nobody else.
    Writing,
    /// Reading: with other readers.
    Reading,
}

/// Waits for the lock, up to `wait`. It is held until the file is dropped.
pub fn lock(folder: &Path, wanted: For, wait: Duration) -> Result<File, LedgerError> {
    let path = folder.join("LOCK");
    let options = &mut File::options();
    let options = match wanted {
        For::Writing => options.create(true).truncate(false).write(true),
        For::Reading => options.read(true),
    };
    let file = options
        .open(&path)
        .map_err(LedgerError::io("open", &path))?;
    let begun = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        let tried = match wanted {
            For::Writing => file.try_lock(),
            For::Reading => file.try_lock_shared(),
        };
        match tried {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(LedgerError::io("lock", path)(error)),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= wait => {
                return Err(LedgerError::Busy(folder.into()));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
