//! Our own first process: `cat`, reading a pipe that only this process can write to.
//!
//! It needs to do two things. It must end when this process does, however that happens: the pipe then closes, `cat` ends,
//! and the kernel kills all that is in its pid namespace. And it must not collect dead children: it ignores their signal,
//! so the kernel reaps them. A program of the clone is used rather than a copy of this process, because what runs
//! inside may look into the first process's memory.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{chdir, pivot_root};
use rustix::thread::UnshareFlags;

use crate::error::{CloneError, Doing as _};
use crate::plan::Plan;
use crate::raw::{self, BeforeExec, FirstProcess};
use crate::seccomp::Filter;
use crate::{device, kernel_files, run_folder};

const CATS: [&str; 2] = ["bin/cat", "usr/bin/cat"];

/// Makes the rest of the clone around `root` and starts its first process. The calling thread has mount, uts, ipc and
/// network namespaces of its own; its root becomes the clone's, and it can start no threads afterwards.
pub(crate) fn start(plan: &Plan, root: &Path) -> Result<Child, CloneError> {
    let Some(cat) = CATS.iter().find(|path| root.join(path).exists()) else {
        return Err(CloneError::NoInit {
            path: plan.options.root.clone(),
        });
    };
    chdir(root).doing(|| "enter the clone's root".to_owned())?;
    // The old root is stacked on the new one and taken away: nothing of the host stays reachable by path.
    pivot_root(".", ".").doing(|| "make the clone's root the root".to_owned())?;
    unmount(".", UnmountFlags::DETACH).doing(|| "detach the host's root".to_owned())?;
    chdir("/").doing(|| "enter the clone's root".to_owned())?;
    device::make(Path::new("/dev"))?;
    run_folder::make(&plan.folders)?;
    crate::overlay::mount_fresh(Path::new("/tmp"), "mode=1777,size=1g")?;
    std::fs::create_dir_all("/proc").doing(|| "create the clone's /proc".to_owned())?;
    kernel_files::mount_sys()?;
    let child = spawn(plan, &Path::new("/").join(cat))?;
    kernel_files::close()?;
    Ok(child)
}

fn spawn(plan: &Plan, cat: &Path) -> Result<Child, CloneError> {
    raw::unshare(UnshareFlags::NEWPID).map_err(CloneError::NoNamespaces)?;
    let mut command = Command::new(cat);
    command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let steps = BeforeExec {
        join: Arc::clone(&plan.entrances),
        first: Some(FirstProcess {
            filter: Filter::inside().map(Arc::new),
        }),
        ..BeforeExec::default()
    };
    raw::before_exec(&mut command, steps);
    command
        .spawn()
        .doing(|| format!("start {} as the clone's first process", cat.display()))
}
