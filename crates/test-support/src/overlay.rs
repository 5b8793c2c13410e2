//! A throw-away copy of a root directory: an overlay that is gone when the test ends.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A writable copy of a root; what it holds is not touched.
#[derive(Debug)]
pub struct RootCopy {
    folder: PathBuf,
    root: PathBuf,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl RootCopy {
    /// Puts an overlay over `base`, kept beside it.
    ///
    /// # Errors
    /// When this process may not mount, or the file system beside the base cannot carry an overlay.
    pub fn of(base: &Path) -> io::Result<RootCopy> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("copy-{}-{number}", std::process::id());
        let folder = base.parent().unwrap_or(base).join(name);
        for part in ["upper", "work", "root"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            base.display(),
            folder.join("upper").display(),
            folder.join("work").display()
        );
        let root = folder.join("root");
        let copy = RootCopy { folder, root };
        run(Command::new("mount")
            .args(["-t", "overlay", "patchward-test", "-o", &options])
            .arg(&copy.root))?;
        Ok(copy)
    }

    /// The root of the copy.
    pub fn path(&self) -> &Path {
        &self.root
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
        let gone = run(Command::new("umount").args(["-R", "-l"]).arg(&self.root));
        // Never remove what may still be a view of something else.
        if gone.is_ok() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
