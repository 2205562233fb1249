//! Errors that say that this computer has no room left. Pure.

use std::io;

/// True if an error says that the process or the system has no descriptor, buffer or memory left. It says nothing of
/// the network.
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    let by_number = error.raw_os_error().is_some_and(|number| EXHAUSTED.contains(&number));
    by_number || matches!(error.kind(), io::ErrorKind::OutOfMemory | io::ErrorKind::QuotaExceeded)
}

#[cfg(unix)]
const EXHAUSTED: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
/// `WSAEMFILE`, `WSAENOBUFS`.
#[cfg(windows)]
const EXHAUSTED: [i32; 2] = [10024, 10055];

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn no_descriptors_are_no_answer_of_a_site() {
        for number in EXHAUSTED {
            assert!(is_exhausted(&io::Error::from_raw_os_error(number)), "{number}");
        }
        assert!(!is_exhausted(&io::Error::from_raw_os_error(libc::ECONNRESET)));
        assert!(!is_exhausted(&io::ErrorKind::UnexpectedEof.into()));
    }
}
