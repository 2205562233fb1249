//! Asks a STUN server which address it sees. Only ever called when the user has named one.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    time::Duration,
};

use crate::codec::stun;

/// Waits between repetitions (RFC 8489, section 6.2.1, cut short: somebody waits).
const WAITS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(2)];

/// The public address as `server` sees it; `None` when it does not answer within some seconds. Blocks that long.
pub fn public_address(server: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(server).ok()?;
    let mut id = stun::TransactionId::default();
    fastrand::fill(&mut id);
    let mut bytes = [0_u8; 1500];
    for wait in WAITS {
        // What cannot be sent now may be a moment later.
        socket.send(&stun::request(id)).ok();
        socket.set_read_timeout(Some(wait)).ok()?;
        if let Ok(n_bytes) = socket.recv(&mut bytes)
            && let Some(addr) = bytes.get(..n_bytes).and_then(|bytes| stun::mapped_address(bytes, id))
        {
            return Some(addr);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_server_that_loses_the_first_question_is_asked_again() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let addr = server.local_addr().unwrap();
        let answers = thread::Builder::new().name("stun server".into()).spawn(move || {
            let mut bytes = [0; 100];
            server.recv_from(&mut bytes).unwrap();
            let (_, client) = server.recv_from(&mut bytes).unwrap();
            let mut answer = vec![0x01, 0x01, 0, 12];
            answer.extend(&bytes[4..20]);
            answer.extend([0x00, 0x01, 0x00, 0x08, 0x00, 0x01, 0x12, 0x34, 203, 0, 113, 7]);
            server.send_to(&answer, client).unwrap();
        });
        let answers = answers.unwrap();
        assert_eq!(Some(IpAddr::from([203, 0, 113, 7])), public_address(addr));
        answers.join().unwrap();
    }
}
