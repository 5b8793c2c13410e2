use super::*;

/// Runs the program as the kernel would, for one call.
fn verdict(filter: &Filter, architecture: u32, call: u32, argument: u32) -> u32 {
    let mut accumulator = 0;
    let mut at = 0;
    loop {
        let instruction = filter.program()[at];
        at += 1;
        match u32::from(instruction.code) {
            code if code == BPF_LD | BPF_W | BPF_ABS => {
                accumulator = match instruction.k {
                    NUMBER => call,
                    ARCHITECTURE => architecture,
                    FIRST_ARGUMENT => argument,
                    other => panic!("load from {other}"),
                };
            }
            code if code == BPF_JMP => at += instruction.k as usize,
            code if code == BPF_JMP | BPF_JEQ => {
                at += usize::from(if accumulator == instruction.k {
                    instruction.jt
                } else {
                    instruction.jf
                });
            }
            code if code == BPF_JMP | BPF_JGE => {
                at += usize::from(if accumulator >= instruction.k {
                    instruction.jt
                } else {
                    instruction.jf
                });
            }
            code if code == BPF_RET => return instruction.k,
            other => panic!("instruction {other:#x}"),
        }
    }
}

const DENIED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;

#[test]
fn what_changes_the_machine_is_refused_and_the_rest_allowed() {
    let filter = Filter::inside().unwrap();
    for call in native_calls() {
        assert_eq!(verdict(&filter, NATIVE, call, 0), DENIED, "call {call}");
    }
    for call in [
        libc::SYS_openat,
        libc::SYS_execve,
        libc::SYS_clone3,
        libc::SYS_socket,
    ] {
        assert_eq!(
            verdict(&filter, NATIVE, number(call), 1),
            libc::SECCOMP_RET_ALLOW
        );
    }
}

#[test]
fn the_host_network_comes_without_local_sockets() {
    let filter = Filter::with_network().unwrap();
    let socket = number(libc::SYS_socket);
    assert_eq!(
        verdict(&filter, NATIVE, socket, libc::AF_UNIX.unsigned_abs()),
        libc::SECCOMP_RET_ERRNO | libc::EACCES.unsigned_abs()
    );
    assert_eq!(
        verdict(&filter, NATIVE, socket, libc::AF_INET.unsigned_abs()),
        libc::SECCOMP_RET_ALLOW
    );
}

#[test]
#[cfg(target_arch = "x86_64")]
fn programs_of_other_architectures_find_no_way_around() {
    let filter = Filter::inside().unwrap();
    assert_eq!(verdict(&filter, I386, 21, 0), DENIED, "mount of i386");
    assert_eq!(
        verdict(&filter, I386, 5, 0),
        libc::SECCOMP_RET_ALLOW,
        "open of i386"
    );
    let missing = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs();
    assert_eq!(
        verdict(&filter, NATIVE, X32 | 165, 0),
        missing,
        "mount of x32"
    );
    assert_eq!(
        verdict(&filter, 0x1234, 0, 0),
        missing,
        "unknown architecture"
    );
}

#[test]
fn the_kernel_takes_the_filter() {
    let answer = std::thread::spawn(|| {
        rustix::thread::set_no_new_privs(true)?;
        crate::raw::install(&Filter::inside().unwrap())?;
        rustix::mount::unmount("/no/such/place", rustix::mount::UnmountFlags::empty())
            .map_err(std::io::Error::from)
    });
    let error = answer.join().unwrap().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EPERM));
}
