//! What leaves the client with few hops to live: the probes of its traces, as the line sees them.

use std::{
    io::Read as _,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono::{DateTime, Utc};
use socket2::{Domain, Protocol, Socket, Type};

use super::{
    monitor::seconds,
    ready::now,
    topology::{Lab, Node},
};

/// `ETH_P_ALL` as the kernel wants it, most significant byte first.
const EVERYTHING: i32 = 0x0003_u16.to_be() as i32;
/// No way in the lab is longer.
const FEW: u8 = 8;
/// Least time between two probes that a router is to give up on, in seconds. One may be a little early, and a busy
/// machine sends one late.
pub(crate) const PACE: f64 = 0.85;
/// The client's addresses.
const FROM: [&str; 2] = ["192.168.1.50", "2a02:8100:1:1::50"];

/// A packet that left the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) at: DateTime<Utc>,
    pub(crate) to: IpAddr,
    pub(crate) ttl: u8,
}

/// Listens until it is asked for what it heard.
pub(crate) struct Capture {
    stop: Arc<AtomicBool>,
    listener: JoinHandle<Vec<Sent>>,
}

impl Capture {
    pub(crate) fn start(lab: &Lab) -> Self {
        let open = || Socket::new(Domain::PACKET, Type::DGRAM, Some(Protocol::from(EVERYTHING))).unwrap();
        let socket = lab.node(Node::Client).inside(open);
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let listen = move || {
            let mut heard = Vec::new();
            let mut packet = [0; 128];
            while !stopped.load(Ordering::Acquire) {
                if let Ok(length) = (&socket).read(&mut packet) {
                    heard.extend(sent(&packet[..length]));
                }
            }
            heard
        };
        Self { stop, listener: thread::Builder::new().name("capture".into()).spawn(listen).unwrap() }
    }

    /// Every packet with few hops to live since the start, in order.
    pub(crate) fn stop(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::Release);
        self.listener.join().unwrap()
    }
}

/// The least time between two of these packets, in seconds.
pub(crate) fn least_gap(sent: &[&Sent]) -> f64 {
    sent.windows(2).map(|pair| seconds(pair[1].at - pair[0].at)).fold(f64::MAX, f64::min)
}

/// Reads a packet from its IP header on (RFC 791, RFC 8200); nothing when it is not the client's, or may go far.
fn sent(packet: &[u8]) -> Option<Sent> {
    let address = |at: usize, length: usize| -> Option<IpAddr> {
        let bytes = packet.get(at..at + length)?;
        Some(match <[u8; 4]>::try_from(bytes) {
            Ok(v4) => v4.into(),
            Err(_) => <[u8; 16]>::try_from(bytes).ok()?.into(),
        })
    };
    let (ttl, from, to) = match packet.first()? >> 4 {
        4 => (packet.get(8)?, address(12, 4)?, address(16, 4)?),
        6 => (packet.get(7)?, address(8, 16)?, address(24, 16)?),
        _ => return None,
    };
    let own = FROM.iter().any(|own| own.parse() == Ok(from));
    (own && *ttl <= FEW).then(|| Sent { at: now(), to, ttl: *ttl })
}
