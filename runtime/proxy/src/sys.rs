//! Calls into the C library that no safe interface offers.
use std::io;
use std::os::fd::{AsFd, AsRawFd};

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

/// Whether the allocator keeps small blocks that are freed apart (its fast bins) instead of joining them at once. Trees that are read and
/// dropped, one element after another, fill them again and again, and what is joined later costs a sixth of a start.
pub(crate) fn keep_small_blocks(keep: bool) {
    #[cfg(target_env = "gnu")]
    {
        /// What the allocator begins with: blocks of up to 16 words.
        const USUAL: libc::c_int = 16 * size_of::<usize>() as libc::c_int;
        #[expect(unsafe_code, reason = "mallopt takes no pointers and may be called at any time")]
        // SAFETY: the function sets a number of the allocator's own, and locks it.
        let _taken = unsafe { libc::mallopt(libc::M_MXFAST, if keep { USUAL } else { 0 }) };
    }
}

/// Lets a socket have addresses that are not those of the machine (`IP_TRANSPARENT`, `IPV6_TRANSPARENT`). The kernel asks for
/// `CAP_NET_ADMIN`.
///
/// # Errors
/// What the kernel says.
pub(crate) fn be_transparent(socket: &impl AsFd, v4: bool) -> io::Result<()> {
    let socket = socket2::SockRef::from(socket);
    if v4 {
        return socket.set_ip_transparent_v4(true);
    }
    let on: libc::c_int = 1;
    let length = size_of::<libc::c_int>() as libc::socklen_t;
    let value = (&raw const on).cast();
    #[expect(unsafe_code, reason = "no safe interface has this option of IPv6")]
    // SAFETY: the descriptor is open as long as `socket` is, and the value outlives the call and has the length that is said.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_IPV6, libc::IPV6_TRANSPARENT, value, length)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether memory that was written may become code. Where a service is kept from that, as by `MemoryDenyWriteExecute` of systemd, LuaJIT
/// ends the process with the first code that it compiles.
pub(crate) fn may_compile() -> bool {
    const PAGE: usize = 4096;
    let (write, run) = (libc::PROT_READ | libc::PROT_WRITE, libc::PROT_READ | libc::PROT_EXEC);
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    #[expect(unsafe_code, reason = "no safe interface asks for memory of its own")]
    // SAFETY: the page is new, nobody else knows of it, nothing reads it, and it is given back with the length it was asked for.
    unsafe {
        let page = libc::mmap(std::ptr::null_mut(), PAGE, write, kind, -1, 0);
        if page == libc::MAP_FAILED {
            return false;
        }
        let allowed = libc::mprotect(page, PAGE, run) == 0;
        libc::munmap(page, PAGE);
        allowed
    }
}
