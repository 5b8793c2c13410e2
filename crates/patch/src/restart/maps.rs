//! What a process has mapped for execution: `/proc/PID/maps` (proc_pid_maps(5)).

/// A mapping for execution that has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// `start-end`, the name of its link in `map_files`.
    pub range: String,
    /// Device of the file, as the kernel's mapping has it.
    pub device: (u32, u32),
    /// Inode of the file.
    pub inode: u64,
    /// Path, without ` (deleted)`.
    pub path: String,
    /// The file of that path was deleted or replaced.
    pub deleted: bool,
}

/// Most mappings that are read of one process.
const MAX_MAPPINGS: usize = 100_000;

/// What looks like deleted code and is none: shared memory, buffers of drivers, code that was made at run time, and
/// what lies where programs keep what they throw away.
const FALSE_ALARMS: [&str; 12] = [
    "/dev/zero",
    "/memfd:",
    "/SYSV",
    "/dev/shm/",
    "/tmp/",
    "/var/tmp/",
    "/run/",
    "/[aio]",
    "/drm",
    "/i915",
    "/anon_hugepage",
    "/dev/dri/",
];

/// The mappings for execution of files that are code of the system.
pub fn parse(text: &str) -> Vec<Mapping> {
    let mut all: Vec<Mapping> = text
        .lines()
        .take(MAX_MAPPINGS)
        .filter_map(mapping)
        .collect();
    all.dedup_by(|a, b| a.path == b.path && a.inode == b.inode && a.deleted == b.deleted);
    all
}

/// `7f0c…-7f0d… r-xp 00001000 fe:01 1234   /usr/lib/libssl.so.3 (deleted)`
fn mapping(line: &str) -> Option<Mapping> {
    let mut rest = line;
    let mut word = || {
        let text = rest.trim_start();
        let (word, after) = text.split_once(' ').unwrap_or((text, ""));
        rest = after;
        Some(word).filter(|word| !word.is_empty())
    };
    let range = word()?.to_owned();
    let permissions = word()?;
    let _offset = word()?;
    let (major, minor) = word()?.split_once(':')?;
    let device = (
        u32::from_str_radix(major, 16).ok()?,
        u32::from_str_radix(minor, 16).ok()?,
    );
    let inode = word()?.parse().ok()?;
    let path = rest.trim_start();
    if !permissions.contains('x') || !path.starts_with('/') {
        return None;
    }
    let (path, deleted) = without_deleted(path);
    (!is_false_alarm(path)).then(|| Mapping {
        range,
        device,
        inode,
        path: path.to_owned(),
        deleted,
    })
}

/// Takes the kernel's mark of a deleted file off a path.
pub fn without_deleted(path: &str) -> (&str, bool) {
    match path.strip_suffix(" (deleted)") {
        Some(path) => (path, true),
        None => (path, false),
    }
}

/// The path is one of those that are never the system's code.
pub fn is_false_alarm(path: &str) -> bool {
    FALSE_ALARMS.iter().any(|start| path.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
55d0a0000000-55d0a0001000 r-xp 00001000 fe:01 11                         /usr/sbin/nginx (deleted)
7f0000000000-7f0000001000 r--p 00000000 fe:01 12                         /usr/lib/libz.so.1 (deleted)
7f0000001000-7f0000002000 r-xp 00000000 fe:01 13                         /usr/lib/libssl.so.3
7f0000002000-7f0000003000 rwxs 00000000 00:01 14                         /dev/zero (deleted)
7f0000003000-7f0000004000 r-xp 00000000 00:01 15                         /memfd:jit (deleted)
7f0000004000-7f0000005000 r-xp 00000000 00:01 16                         /SYSV00000000 (deleted)
7f0000005000-7f0000006000 r-xp 00000000 fe:01 17                         /tmp/jna 1.so (deleted)
7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0                          [vdso]
7ffc00001000-7ffc00002000 r-xp 00000000 00:00 0 
";

    #[test]
    fn only_code_of_the_system_counts() {
        let all = parse(TEXT);
        let paths: Vec<(&str, bool)> = all
            .iter()
            .map(|one| (one.path.as_str(), one.deleted))
            .collect();
        assert_eq!(
            paths,
            [("/usr/sbin/nginx", true), ("/usr/lib/libssl.so.3", false)]
        );
        assert_eq!((all[1].device, all[1].inode), ((0xfe, 1), 13));
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 2000, |bytes| {
            parse(&String::from_utf8_lossy(bytes));
        });
    }
}
