//! Capabilities (capabilities(7)) that processes in a clone keep.

use std::io;

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
};

/// What package managers, maintainer scripts and services need inside a clone. Absent, among others: `SYS_ADMIN`
/// (mounts), `NET_ADMIN` (it makes the kernel load modules), `MKNOD`, `SYS_MODULE`, `SYS_RAWIO`, `SYS_TIME`, `SYS_BOOT`, `SYSLOG`, `MAC_*`, `BPF`, `PERFMON`, `AUDIT_CONTROL`.
pub(crate) const INSIDE: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::LINUX_IMMUTABLE)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::NET_BROADCAST)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::IPC_LOCK)
    .union(CapabilitySet::IPC_OWNER)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::SYS_PTRACE)
    .union(CapabilitySet::SYS_NICE)
    .union(CapabilitySet::SYS_RESOURCE)
    .union(CapabilitySet::LEASE)
    .union(CapabilitySet::AUDIT_WRITE);

/// The same for a command that has the host's network: it must not change or tap that network, nor trace.
pub(crate) const WITH_NETWORK: CapabilitySet = INSIDE
    .difference(CapabilitySet::NET_RAW)
    .difference(CapabilitySet::NET_BROADCAST)
    .difference(CapabilitySet::SYS_PTRACE);

/// Leaves the calling thread, and all that it starts, no more than `keep`.
pub(crate) fn keep_only(keep: CapabilitySet) -> io::Result<()> {
    for number in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << number);
        if keep.contains(one) {
            continue;
        }
        // Above the kernel's last capability the question itself is an error.
        match capability_is_in_bounding_set(one) {
            Ok(true) => remove_capability_from_bounding_set(one)?,
            Ok(false) => {}
            Err(_) => break,
        }
    }
    clear_ambient_capability_set()?;
    // In a container, root may have fewer than this to begin with.
    let keep = keep & capabilities(None)?.permitted;
    let sets = CapabilitySets {
        effective: keep,
        permitted: keep,
        inheritable: CapabilitySet::empty(),
    };
    Ok(set_capabilities(None, sets)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_reaches_past_files_is_kept() {
        for dangerous in [
            CapabilitySet::SYS_ADMIN,
            CapabilitySet::NET_ADMIN,
            CapabilitySet::SYS_MODULE,
            CapabilitySet::SYS_RAWIO,
            CapabilitySet::SYS_TIME,
            CapabilitySet::SYS_BOOT,
            CapabilitySet::MKNOD,
            CapabilitySet::SYSLOG,
            CapabilitySet::MAC_ADMIN,
            CapabilitySet::MAC_OVERRIDE,
            CapabilitySet::BPF,
            CapabilitySet::PERFMON,
            CapabilitySet::AUDIT_CONTROL,
            CapabilitySet::DAC_READ_SEARCH,
        ] {
            assert!(!INSIDE.intersects(dangerous), "{dangerous:?}");
        }
        assert!(!WITH_NETWORK.contains(CapabilitySet::NET_RAW));
    }
}
