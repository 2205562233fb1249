//! Asks a time server how far this computer's clock is off. Only ever called when the user has named one.

use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use crate::{
    clock,
    codec::sntp::{self, Fault},
    model::diary::ClockSample,
};

/// The longest wait for an answer; one that takes longer tells little.
const WAIT: Duration = Duration::from_secs(3);

/// Reason why there is no answer that tells the time.
#[derive(Debug, thiserror::Error)]
pub enum SntpError {
    /// The question could not be sent, or nothing came back in time.
    #[error("the time server does not answer")]
    Silent(#[source] std::io::Error),
    /// An answer came and tells no time.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Sends one question to `server` and waits for the answer, for some seconds at most.
///
/// # Errors
///
/// When nothing comes back that tells the time.
pub fn ask(server: SocketAddr) -> Result<ClockSample, SntpError> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).map_err(SntpError::Silent)?;
    // Answers of others do not arrive.
    socket.connect(server).map_err(SntpError::Silent)?;
    let nonce = fastrand::u64(1..);
    let packet = sntp::request(nonce);
    let asked = clock::now();
    socket.send(&packet).map_err(SntpError::Silent)?;
    let mut bytes = [0; 512];
    loop {
        let left = (asked.mono + WAIT).saturating_sub(clock::now().mono).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(left)).map_err(SntpError::Silent)?;
        let n_bytes = socket.recv(&mut bytes).map_err(SntpError::Silent)?;
        let round_trip = clock::now().mono.saturating_sub(asked.mono);
        match sntp::parse(bytes.get(..n_bytes).unwrap_or_default(), nonce) {
            Ok(answer) => return Ok(answer.sample(asked.wall, round_trip)),
            // Somebody pretends to be the server and guesses.
            Err(Fault::NotAnAnswer) if round_trip < WAIT => {}
            Err(fault) => return Err(fault.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, thread};

    use super::*;

    /// A server that answers one question with this.
    fn server(answer: impl FnOnce(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let addr = socket.local_addr().unwrap();
        let serve = move || {
            let mut bytes = [0; 100];
            let (n_bytes, client) = socket.recv_from(&mut bytes).unwrap();
            for packet in answer(&bytes[..n_bytes]) {
                socket.send_to(&packet, client).unwrap();
            }
        };
        thread::Builder::new().name("time server".into()).spawn(serve).unwrap();
        addr
    }

    /// A true answer of a server whose clock is this many seconds behind ours.
    fn answer(question: &[u8], behind: f64) -> Vec<u8> {
        let mut bytes = vec![0x24, 1, 0, 0xec, 0, 0, 0, 0, 0, 0, 0, 16, b'G', b'P', b'S', 0];
        let now = clock::now().wall;
        let seconds = now.timestamp() as f64 + f64::from(now.timestamp_subsec_nanos()) / 1e9 - behind + 2_208_988_800.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test")]
        let time = ((seconds.floor() as u64) << 32) | (seconds.fract() * 4_294_967_296.0) as u64;
        bytes.extend(time.to_be_bytes());
        bytes.extend(&question[40..48]);
        bytes.extend(time.to_be_bytes());
        bytes.extend(time.to_be_bytes());
        bytes
    }

    #[test]
    fn a_server_that_is_behind_says_that_we_are_ahead() {
        // A busy computer may keep one of them waiting.
        let samples = (0..10).map(|_| ask(server(|question| vec![answer(question, 1.5)])).unwrap());
        let sample = samples.min_by_key(|sample| sample.within).unwrap();
        assert!((sample.ahead - 1.5).abs() <= sample.within.as_secs_f64() + 0.001, "{sample:?}");
        assert!(sample.within < Duration::from_millis(500), "{sample:?}");
    }

    #[test]
    fn forged_answers_are_passed_over() {
        let sample = ask(server(|question| {
            let mut forged = answer(question, 9000.0);
            forged[24] ^= 1;
            vec![b"hello".to_vec(), forged, answer(question, 0.0)]
        }));
        assert!(sample.unwrap().ahead.abs() < 100.0);
    }

    #[test]
    fn a_server_that_refuses_is_heard() {
        let refused = ask(server(|question| {
            let mut kiss = answer(question, 0.0);
            kiss[1] = 0;
            kiss[12..16].copy_from_slice(b"DENY");
            vec![kiss]
        }));
        assert!(matches!(refused, Err(SntpError::Fault(Fault::Refused))));
    }

    #[test]
    fn a_port_where_nobody_listens_is_silent() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let addr = socket.local_addr().unwrap();
        drop(socket);
        assert!(matches!(ask(addr), Err(SntpError::Silent(_))));
    }
}
