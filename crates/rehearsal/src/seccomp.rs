//! The system call filter of processes in a clone (seccomp(2)): what changes the machine rather than files is refused
//! with `EPERM`, as it is where the capability for it is missing. It is a second fence behind the capabilities.

use libc::{BPF_ABS, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};

/// Offsets in the kernel's `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

/// `AUDIT_ARCH_*` of `linux/audit.h`.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xC000_00B7;
#[cfg(target_arch = "x86_64")]
const I386: u32 = 0x4000_0003;

/// Calls of x32 carry this bit on x86_64.
const X32: u32 = 0x4000_0000;
const I386_SOCKETCALL: u32 = 102;

/// Calls whose numbers are the same on every architecture (those added since Linux 5.1): open_tree, move_mount, fsopen,
/// fsconfig, fsmount, fspick, mount_setattr, open_tree_attr.
const SHARED: [u32; 8] = [428, 429, 430, 431, 432, 433, 442, 467];

/// The same list as [`native_calls`] for 32-bit programs, from the kernel's `syscall_32.tbl`.
#[cfg(target_arch = "x86_64")]
const I386_CALLS: [u32; 35] = [
    21, 22, 25, 51, 52, 79, 87, 88, 101, 103, 110, 115, 124, 127, 128, 129, 131, 217, 264, 283,
    286, 287, 288, 336, 342, 343, 346, 350, 357, 404, 405, 169, 135, 374, 253,
];

/// A program for the kernel's filter machine.
pub(crate) struct Filter(Vec<sock_filter>);

impl Filter {
    /// The filter of processes inside. `None` on architectures whose call numbers are not known here.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub fn inside() -> Option<Self> {
        Some(Self::build(false))
    }

    /// The filter of a command that has the host's network: it gets no local sockets either, for those bound to
    /// abstract names (D-Bus, container runtimes) belong to the network namespace.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub fn with_network() -> Option<Self> {
        Some(Self::build(true))
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub fn inside() -> Option<Self> {
        None
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub fn with_network() -> Option<Self> {
        None
    }

    /// The instructions.
    pub fn program(&self) -> &[sock_filter] {
        &self.0
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn build(no_local_sockets: bool) -> Self {
        let mut program = vec![load(ARCHITECTURE)];
        section(&mut program, NATIVE, &native_body(no_local_sockets));
        #[cfg(target_arch = "x86_64")]
        section(&mut program, I386, &i386_body(no_local_sockets));
        program.push(refuse(libc::ENOSYS));
        Self(program)
    }
}

/// `body` for programs of one architecture; others jump over it.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn section(program: &mut Vec<sock_filter>, architecture: u32, body: &[sock_filter]) {
    // A conditional jump reaches 255 instructions, an unconditional one any number.
    program.push(jump(BPF_JEQ, architecture, 1, 0));
    program.push(sock_filter {
        code: code(BPF_JMP),
        jt: 0,
        jf: 0,
        k: u32::try_from(body.len()).unwrap_or(u32::MAX),
    });
    program.extend_from_slice(body);
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn native_body(no_local_sockets: bool) -> Vec<sock_filter> {
    let mut body = vec![load(NUMBER)];
    if cfg!(target_arch = "x86_64") {
        body.extend([jump(BPF_JGE, X32, 0, 1), refuse(libc::ENOSYS)]);
    }
    deny(&mut body, &native_calls());
    deny(&mut body, &SHARED);
    if no_local_sockets {
        body.extend([
            jump(BPF_JEQ, number(libc::SYS_socket), 0, 3),
            load(FIRST_ARGUMENT),
            jump(BPF_JEQ, libc::AF_UNIX.unsigned_abs(), 0, 1),
            refuse(libc::EACCES),
        ]);
    }
    body.push(allow());
    body
}

#[cfg(target_arch = "x86_64")]
fn i386_body(no_local_sockets: bool) -> Vec<sock_filter> {
    let mut body = vec![load(NUMBER)];
    deny(&mut body, &I386_CALLS);
    deny(&mut body, &SHARED);
    if no_local_sockets {
        // The old way to all socket calls hides its arguments behind a pointer; the newer `socket` is number 359.
        deny(&mut body, &[I386_SOCKETCALL]);
        body.extend([
            jump(BPF_JEQ, 359, 0, 3),
            load(FIRST_ARGUMENT),
            jump(BPF_JEQ, libc::AF_UNIX.unsigned_abs(), 0, 1),
            refuse(libc::EACCES),
        ]);
    }
    body.push(allow());
    body
}

/// Mounts, namespaces of others, the clock, the kernel and its modules, swap, quota, keyrings, file handles, raw ports.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn native_calls() -> Vec<u32> {
    let mut calls = vec![
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_setns,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_clock_adjtime,
        libc::SYS_adjtimex,
        libc::SYS_reboot,
        libc::SYS_kexec_load,
        libc::SYS_kexec_file_load,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_syslog,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_open_by_handle_at,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_userfaultfd,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_iopl, libc::SYS_ioperm]);
    calls.into_iter().map(number).collect()
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn number(call: libc::c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

fn deny(body: &mut Vec<sock_filter>, calls: &[u32]) {
    for call in calls {
        body.extend([jump(BPF_JEQ, *call, 0, 1), refuse(libc::EPERM)]);
    }
}

fn load(offset: u32) -> sock_filter {
    sock_filter {
        code: code(BPF_LD | BPF_W | BPF_ABS),
        jt: 0,
        jf: 0,
        k: offset,
    }
}

fn jump(test: u32, value: u32, if_true: u8, if_false: u8) -> sock_filter {
    sock_filter {
        code: code(BPF_JMP | test | BPF_K),
        jt: if_true,
        jf: if_false,
        k: value,
    }
}

fn refuse(error: i32) -> sock_filter {
    answer(libc::SECCOMP_RET_ERRNO | error.unsigned_abs())
}

fn allow() -> sock_filter {
    answer(libc::SECCOMP_RET_ALLOW)
}

fn answer(value: u32) -> sock_filter {
    sock_filter {
        code: code(BPF_RET | BPF_K),
        jt: 0,
        jf: 0,
        k: value,
    }
}

fn code(bits: u32) -> u16 {
    u16::try_from(bits).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
