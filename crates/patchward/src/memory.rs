//! How the allocator of the C library behaves.

/// Has large pieces of memory given back when they are freed. glibc otherwise keeps what is freed for the next time, up to
/// the size of the largest piece so far: after a document of 10 MB that is 20 MB, and a scan has no next time.
pub fn give_back_large_pieces() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const LARGE: libc::c_int = 1 << 20;
        #[expect(
            unsafe_code,
            reason = "mallopt(3) changes a number; no other thread runs yet"
        )]
        // SAFETY: the parameter is documented, and a value that is refused changes nothing.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        }
    }
}
