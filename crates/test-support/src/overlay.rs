//! A throw-away copy of a root directory: an overlay that is gone when the test ends.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

const PREFIX: &str = "copy-";
const LOCK: &str = "LOCK";

/// A writable copy of a root; what it holds is not touched.
#[derive(Debug)]
pub struct RootCopy {
    folder: PathBuf,
    root: PathBuf,
    /// Held while the copy is in use; the kernel lets it go when this process ends.
    _lock: File,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl RootCopy {
    /// Puts an overlay over `base`, kept beside it.
    ///
    /// # Errors
    /// When this process may not mount, or the file system beside the base cannot carry an overlay.
    pub fn of(base: &Path) -> io::Result<RootCopy> {
        RootCopy::of_layers(base, &[])
    }

    /// The same with the files of `layers` above those of the base, the first one topmost.
    ///
    /// # Errors
    /// As [`RootCopy::of`].
    pub fn of_layers(base: &Path, layers: &[PathBuf]) -> io::Result<RootCopy> {
        let beside = base.parent().unwrap_or(base);
        sweep(beside);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = beside.join(format!("{PREFIX}{}-{number}", std::process::id()));
        for part in ["upper", "work", "root"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let lock = hold(&folder)?;
        let lower: Vec<String> = layers
            .iter()
            .map(PathBuf::as_path)
            .chain([base])
            .map(|path| path.display().to_string())
            .collect();
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.join(":"),
            folder.join("upper").display(),
            folder.join("work").display()
        );
        let copy = RootCopy {
            root: folder.join("root"),
            folder,
            _lock: lock,
        };
        run(Command::new("mount")
            .args(["-t", "overlay", "patchward-test", "-o", &options])
            .arg(&copy.root))?;
        Ok(copy)
    }

    /// The root of the copy.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Ends the copy, and keeps what was written in it as a layer for [`RootCopy::of_layers`].
    ///
    /// # Errors
    /// When it cannot be moved: the layer must lie on the same file system as the copy.
    pub fn into_layer(self, to: &Path) -> io::Result<()> {
        run(Command::new("umount").args(["-R", "-l"]).arg(&self.root))?;
        fs::rename(self.folder.join("upper"), to)
    }
}

/// A folder of this process beside a tree, for layers; the next test process takes it away.
///
/// # Errors
/// When it cannot be made.
pub fn layers_beside(base: &Path) -> io::Result<PathBuf> {
    static MADE: OnceLock<Mutex<Vec<(PathBuf, File)>>> = OnceLock::new();
    let beside = base.parent().unwrap_or(base);
    let folder = beside.join(format!("{PREFIX}{}-layers", std::process::id()));
    let mut made = MADE
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if !made.iter().any(|(path, _)| *path == folder) {
        fs::create_dir_all(&folder)?;
        let lock = hold(&folder)?;
        made.push((folder.clone(), lock));
    }
    Ok(folder)
}

/// Locks a folder. The lock has its name only once it is held: another thread that sweeps just then would take the folder
/// for one that nobody holds.
fn hold(folder: &Path) -> io::Result<File> {
    let unnamed = folder.join("LOCK.new");
    let lock = File::create(&unnamed)?;
    lock.lock()?;
    fs::rename(unnamed, folder.join(LOCK))?;
    Ok(lock)
}

/// Takes away what killed tests left: copies whose lock nobody holds.
fn sweep(beside: &Path) {
    let Ok(entries) = fs::read_dir(beside) else {
        return;
    };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let is_copy = folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        // One that has no lock yet is being made.
        let Ok(lock) = File::open(folder.join(LOCK)) else {
            continue;
        };
        if is_copy && lock.try_lock().is_ok() {
            remove(&folder);
        }
    }
}

fn remove(folder: &Path) {
    let root = folder.join("root");
    // Fails where it is mounted no more.
    let _ = run(Command::new("umount").args(["-R", "-l"]).arg(&root));
    // Never remove what may still be a view of something else.
    let is_empty = fs::read_dir(&root).is_ok_and(|mut entries| entries.next().is_none());
    if is_empty || !root.exists() {
        let _ = fs::remove_dir_all(folder);
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

impl Drop for RootCopy {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}
