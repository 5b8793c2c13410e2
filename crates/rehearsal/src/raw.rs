//! The calls that Rust cannot check. All of the crate's `unsafe` is here.

#![expect(
    unsafe_code,
    reason = "unshare, seccomp and work between fork and exec have no safe form; each block says why it holds"
)]

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::mount::MountFlags;
use rustix::process::{Signal, set_parent_process_death_signal, setsid, umask};
use rustix::thread::{
    Gid, Uid, UnshareFlags, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use crate::capability;
use crate::seccomp::Filter;
use crate::user::User;

/// Gives the calling thread namespaces (or a working directory and root) of its own.
pub(crate) fn unshare(flags: UnshareFlags) -> io::Result<()> {
    debug_assert!(!flags.contains(UnshareFlags::FILES));
    // SAFETY: only `FILES` can make descriptors of other threads invalid, and no caller in this crate passes it.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(io::Error::from)
}

/// Puts the calling thread and all that it starts under a system call filter. Needs `CAP_SYS_ADMIN` or no-new-privileges.
pub(crate) fn install(filter: &Filter) -> io::Result<()> {
    let program = filter.program();
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let descriptor = libc::sock_fprog {
        len: length,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel copies `length` instructions from the slice, which lives until the call returns, and does not
    // write to them.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            std::ptr::from_ref(&descriptor),
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// What a new process does between fork and exec.
#[derive(Clone, Default)]
pub(crate) struct BeforeExec {
    /// `cgroup.procs` files to join.
    pub join: Arc<Vec<OwnedFd>>,
    /// User to become.
    pub user: Option<Arc<User>>,
    /// Be the first process of the clone: see [`FirstProcess`].
    pub first: Option<FirstProcess>,
    /// Get this signal when the thread that started it ends.
    pub on_parents_end: Option<Signal>,
}

/// What the clone's first process does beside: it makes what only a process in the new pid and cgroup namespaces can.
#[derive(Clone)]
pub(crate) struct FirstProcess {
    /// Filter to live under, where there is one for the architecture.
    pub filter: Option<Arc<Filter>>,
}

/// Makes `command` do `steps` in the new process.
pub(crate) fn before_exec(command: &mut Command, steps: BeforeExec) {
    // SAFETY: `run_steps` makes system calls only. It neither allocates nor takes a lock: paths are C string constants,
    // the lists and the filter were built before the fork, and errors carry an error number.
    unsafe { command.pre_exec(move || run_steps(&steps)) };
}

fn run_steps(steps: &BeforeExec) -> io::Result<()> {
    for group in steps.join.iter() {
        rustix::io::write(group, b"0")?;
    }
    if steps.on_parents_end.is_some() {
        set_parent_process_death_signal(steps.on_parents_end)?;
    }
    if let Some(first) = &steps.first {
        unshare(UnshareFlags::NEWCGROUP)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        rustix::mount::mount(c"proc", c"/proc", c"proc", flags, None)?;
        // SAFETY: sets a disposition in the new process, which has a single thread. Ignored children are reaped by
        // the kernel, and exec keeps the disposition: the first process need not know how to reap.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        if let Some(filter) = &first.filter {
            install(filter)?;
        }
        capability::keep_only(capability::INSIDE)?;
    }
    prefer_to_kill();
    // Ours may be stricter than a package manager's, whose scripts rely on the usual one.
    umask(Mode::from_raw_mode(0o022));
    setsid()?;
    if let Some(user) = &steps.user {
        become_user(user)?;
    }
    Ok(())
}

/// By numbers that were looked up before the fork, without allocating; groups beyond the first 64 are left out.
fn become_user(user: &User) -> io::Result<()> {
    const AT_ONCE: usize = 64;
    let mut groups = [Gid::ROOT; AT_ONCE];
    let mut count = 0;
    for (place, group) in groups.iter_mut().zip(&user.groups) {
        *place = Gid::from_raw(*group);
        count += 1;
    }
    let (id, group) = (Uid::from_raw(user.id), Gid::from_raw(user.group));
    set_thread_groups(groups.get(..count).unwrap_or_default())?;
    set_thread_res_gid(group, group, group)?;
    Ok(set_thread_res_uid(id, id, id)?)
}

/// When memory is short, the kernel is to end the clone before anything of the host. Not essential: failures are ignored.
fn prefer_to_kill() {
    if let Ok(file) = rustix::fs::open(
        c"/proc/self/oom_score_adj",
        OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        let _ = rustix::io::write(&file, b"1000");
    }
}
