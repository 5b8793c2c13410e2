//! One run at a time: the kernel holds the lock, so it is gone with its process.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::error::ChangeError;

const PATIENCE: Duration = Duration::from_millis(500);

/// The lock of a data directory's runs; held while this value lives.
pub(super) struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock, or tells who has it.
    pub fn take(folder: &Path) -> Result<RunLock, ChangeError> {
        let path = folder.join("run.lock");
        let failed = |doing| {
            let path = path.clone();
            move |source| ChangeError::File {
                doing,
                path,
                source,
            }
        };
        std::fs::create_dir_all(folder).map_err(failed("make"))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed("write"))?;
        match patiently(&file) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                let _ = file.take(64).read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => "an unknown process".to_owned(),
                    pid => format!("process {pid}"),
                };
                return Err(ChangeError::Busy { holder });
            }
            Err(error) => return Err(failed("lock")(error.into())),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(std::process::id().to_string().as_bytes())
        };
        write(&mut file).map_err(failed("write"))?;
        Ok(RunLock { _file: file })
    }
}

/// A process that was killed may leave a child that holds the lock until it has begun its own program: a moment's
/// patience tells it from a run that is at work.
fn patiently(file: &File) -> Result<(), rustix::io::Errno> {
    let begun = Instant::now();
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_told_who_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = RunLock::take(folder.path()).unwrap();
        let error = RunLock::take(folder.path()).err().map(|e| e.to_string());
        let own = std::process::id().to_string();
        assert!(error.is_some_and(|error| error.contains(&own)));
        drop(first);
        assert!(RunLock::take(folder.path()).is_ok());
    }
}
