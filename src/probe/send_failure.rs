//! Meaning of an error of an ICMP socket of macOS for the network. Pure.

use std::io;

use crate::model::probe::{LocalFault, Loss, NotMeasured, Outcome};

/// Outcome of a failure to send; `None` when it says more about the socket or the program than about the network.
pub(super) fn send_failure(error: &io::Error) -> Option<Outcome> {
    let local = |fault| Some(Outcome::Lost(Loss::Local(fault)));
    match error.raw_os_error()? {
        libc::ENETUNREACH | libc::EHOSTUNREACH | libc::EADDRNOTAVAIL => local(LocalFault::NoRoute),
        libc::ENETDOWN => local(LocalFault::LinkDown),
        // What macOS says when the neighbour did not answer ARP.
        libc::EHOSTDOWN => local(LocalFault::NeighbourSilent),
        libc::EACCES | libc::EPERM => Some(Outcome::NotMeasured(NotMeasured::NoPermission)),
        libc::ENOBUFS | libc::ENOMEM | libc::EAGAIN | libc::EMFILE | libc::ENFILE => {
            Some(Outcome::NotMeasured(NotMeasured::NoResources))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_neighbour_a_missing_route_and_a_refusal_are_told_apart() {
        let of = |errno| send_failure(&io::Error::from_raw_os_error(errno));
        let local = |fault| Some(Outcome::Lost(Loss::Local(fault)));
        assert_eq!(local(LocalFault::NeighbourSilent), of(libc::EHOSTDOWN));
        assert_eq!(local(LocalFault::NoRoute), of(libc::ENETUNREACH));
        assert_eq!(local(LocalFault::LinkDown), of(libc::ENETDOWN));
        assert_eq!(Some(Outcome::NotMeasured(NotMeasured::NoPermission)), of(libc::EACCES));
        assert_eq!(Some(Outcome::NotMeasured(NotMeasured::NoResources)), of(libc::EMFILE));
        assert_eq!(None, of(libc::EBADF));
        assert_eq!(None, send_failure(&io::ErrorKind::WouldBlock.into()));
    }
}
