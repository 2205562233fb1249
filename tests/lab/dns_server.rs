//! Resolvers: the router's forwarder, the provider's, the public ones; each honest, dead, or misbehaving.

use std::{
    net::{IpAddr, UdpSocket},
    time::Duration,
};

use super::{
    netns::Netns,
    topology::{RESOLVER, ROUTER},
    zone,
};

/// How a resolver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Manner {
    /// Truly.
    #[default]
    Normal,
    /// Not at all.
    Silent,
    /// With a failure.
    Servfail,
    /// With the router's address for every name, as a portal or a broken router.
    Lying,
    /// Truly, but with an address of the provider's for names that do not exist.
    Hijack,
    /// Truly, but with a page of the provider's for `dns.google`, as a filter does.
    Filter,
    /// Truly, after so many milliseconds.
    Slow(u64),
}

/// Who a resolver belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Router,
    Provider,
    Public,
}

impl Manner {
    /// Whether answering takes long enough to need a thread.
    pub(crate) fn is_instant(self, owner: Owner) -> bool {
        match self {
            Self::Slow(_) => false,
            Self::Silent | Self::Servfail | Self::Lying => true,
            Self::Normal | Self::Hijack | Self::Filter => owner != Owner::Router,
        }
    }
}

/// The answer to `query`, if there is one. The calling thread may have to wait for it.
pub(crate) fn answer(query: &[u8], manner: Manner, owner: Owner, netns: &Netns) -> Option<Vec<u8>> {
    let honest = || {
        if owner == Owner::Router { forward(query, netns) } else { zone::truth(query) }
    };
    match manner {
        Manner::Normal => honest(),
        Manner::Silent => None,
        Manner::Servfail => zone::reply(query, zone::SERVFAIL, &[]),
        Manner::Lying => zone::reply(query, 0, &[ROUTER.parse::<IpAddr>().unwrap()]),
        Manner::Hijack => {
            let truth = honest()?;
            let landing_page = [RESOLVER.parse::<IpAddr>().unwrap()];
            if truth.get(3)? & 15 == zone::NXDOMAIN { zone::reply(query, 0, &landing_page) } else { Some(truth) }
        }
        Manner::Filter => match zone::question(query) {
            Some(question) if question.name == "dns.google" => {
                zone::reply(query, 0, &[RESOLVER.parse::<IpAddr>().unwrap()])
            }
            _ => honest(),
        },
        Manner::Slow(millis) => {
            std::thread::sleep(Duration::from_millis(millis));
            honest()
        }
    }
}

/// Asks the provider's resolver, as a home router does. Without a route it says so.
fn forward(query: &[u8], netns: &Netns) -> Option<Vec<u8>> {
    netns.enter();
    let ask = || {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect((RESOLVER, 53))?;
        socket.send(query)?;
        socket.set_read_timeout(Some(Duration::from_secs(4)))?;
        Ok::<_, std::io::Error>(socket)
    };
    let Ok(socket) = ask() else {
        return zone::reply(query, zone::SERVFAIL, &[]);
    };
    let mut reply = [0; 1500];
    let length = socket.recv(&mut reply).ok()?;
    Some(reply[..length].to_vec())
}
