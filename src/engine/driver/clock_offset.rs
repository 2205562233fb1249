//! Asks a time server now and then how far this computer's clock is off, in a thread of its own.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Outbox;
use crate::{
    codec::sntp::Fault,
    model::{config::Config, diary::ClockSample},
    probe::sntp::{self, SntpError},
};

/// Time between two questions, whatever came of the first.
const PERIOD: Duration = Duration::from_hours(1);
/// The first question waits this long, and up to as long again, so that many monitors started together do not ask
/// together (RFC 7312).
const FIRST: Duration = Duration::from_secs(5);
/// A server that wants to be asked less often is asked at most this rarely.
const LONGEST: Duration = Duration::from_hours(24);

/// Callback that is told every answer.
type Found = Arc<dyn Fn(ClockSample) + Send + Sync>;

/// The handle of the thread. Dropping it ends the thread at once, unless it is asking.
pub(super) struct ClockOffsetProbe {
    server: (String, u16),
    found: Found,
    outbox: Outbox,
    /// Dropping this ends the thread. One that waits for an answer ends by itself, in seconds, and is not waited for.
    stop: Option<Sender<()>>,
}

impl ClockOffsetProbe {
    /// Begins to ask, if the user has named a server. `found` is told every answer.
    pub(super) fn start(config: &Config, found: Found, outbox: Outbox) -> Self {
        let mut clock_offset = Self { server: server(config), found, outbox, stop: None };
        clock_offset.begin();
        clock_offset
    }

    /// Asks another server from now on, if these settings name another.
    pub(super) fn apply(&mut self, config: &Config) {
        if self.server != server(config) {
            self.server = server(config);
            self.begin();
        }
    }

    fn begin(&mut self) {
        self.stop = None;
        if self.server.0.is_empty() {
            return;
        }
        let (stop, stopped) = bounded(0);
        let (server, found, outbox) = (self.server.clone(), Arc::clone(&self.found), self.outbox.clone());
        let ask = move || keep(&server, &stopped, &*found, &outbox);
        // Without a thread the clock is not known, which a report says.
        let thread = std::thread::Builder::new().name("clock".into()).stack_size(256 * 1024).spawn(ask);
        self.stop = thread.ok().map(|_| stop);
    }
}

fn server(config: &Config) -> (String, u16) {
    (config.ntp_server.clone(), u16::try_from(config.ntp_port).unwrap_or_default())
}

fn keep(server: &(String, u16), stopped: &Receiver<()>, found: &dyn Fn(ClockSample), outbox: &Outbox) {
    let (mut wait, mut period) = (FIRST + FIRST.mul_f64(fastrand::f64()), PERIOD);
    while matches!(stopped.recv_timeout(wait), Err(RecvTimeoutError::Timeout)) {
        match ask(server) {
            Some(Ok(sample)) => found(sample),
            Some(Err(SntpError::Fault(Fault::TooOften))) => period = (period * 2).min(LONGEST),
            Some(Err(SntpError::Fault(Fault::Refused))) => {
                let name = &server.0;
                outbox.warn(format!("{name} refuses to tell the time and is not asked again; name another ntp_server"));
                return;
            }
            // How far the clock is off is not known then, which a report says.
            Some(Err(SntpError::Silent(_) | SntpError::Fault(_))) | None => {}
        }
        wait = period.mul_f64(1.0 + fastrand::f64() * 0.02);
    }
}

/// Asks the first of the server's addresses; `None` when it has none.
fn ask((name, port): &(String, u16)) -> Option<Result<ClockSample, SntpError>> {
    let addr: SocketAddr = (name.as_str(), *port).to_socket_addrs().ok()?.next()?;
    Some(sntp::ask(addr))
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, thread};

    use super::*;

    /// A server that answers every question with this, and tells how many came.
    fn server(answer: fn(&[u8]) -> Vec<u8>) -> (u16, Receiver<()>) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let (asked, questions) = bounded(100);
        let serve = move || {
            let mut bytes = [0; 100];
            while let Ok((n_bytes, client)) = socket.recv_from(&mut bytes) {
                asked.send(()).ok();
                socket.send_to(&answer(&bytes[..n_bytes]), client).ok();
            }
        };
        thread::Builder::new().name("time server".into()).spawn(serve).unwrap();
        (port, questions)
    }

    fn kiss(question: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x24, 0, 0, 0xec, 0, 0, 0, 0, 0, 0, 0, 0, b'D', b'E', b'N', b'Y'];
        bytes.extend([0; 8]);
        bytes.extend(&question[40..48]);
        bytes.extend([0; 16]);
        bytes
    }

    #[test]
    fn a_server_that_refuses_is_left_alone_and_named() {
        let (port, questions) = server(kiss);
        let (to, events) = bounded(10);
        let outbox = Outbox { to, listeners: Arc::new([]), n_missed: Arc::default(), wake: Arc::new(|| {}) };
        let (stop, stopped) = bounded::<()>(0);
        let server = ("127.0.0.1".to_owned(), port);
        let never = |sample: ClockSample| panic!("{sample:?}");
        // It returns by itself, though nobody stops it.
        keep(&server, &stopped, &never, &outbox);
        drop(stop);
        assert_eq!((1, 1), (questions.len(), events.len()));
    }

    #[test]
    fn nobody_is_asked_unless_the_user_names_a_server() {
        let (to, _events) = bounded(10);
        let outbox = Outbox { to, listeners: Arc::new([]), n_missed: Arc::default(), wake: Arc::new(|| {}) };
        let mut clock_offset =
            ClockOffsetProbe::start(&Config::default(), Arc::new(|sample| panic!("{sample:?}")), outbox);
        assert!(clock_offset.stop.is_none());
        clock_offset.apply(&Config { ntp_server: "192.0.2.1".into(), ..Config::default() });
        assert!(clock_offset.stop.is_some());
        clock_offset.apply(&Config::default());
        assert!(clock_offset.stop.is_none());
    }
}
