//! Calls into the C library that no safe interface offers.

/// Gives memory that was freed back to the system. Reading a bootstrap takes a multiple of what running it does, and what is left is
/// scattered enough that the allocator would keep all of it.
pub(crate) fn release_memory() {
    #[cfg(target_env = "gnu")]
    {
        #[expect(unsafe_code, reason = "malloc_trim takes no pointers and may be called at any time")]
        // SAFETY: the function only looks at the allocator's own lists, and locks them.
        let _more_was_free = unsafe { libc::malloc_trim(0) };
    }
}
