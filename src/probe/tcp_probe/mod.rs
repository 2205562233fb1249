//! A look at many hosts by TCP connection and, where asked, by TLS handshake, all at the same time.

mod handshake;
mod words;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::bounded;

use self::handshake::Trust;
use super::tcp;
use crate::{
    clock,
    codec::endpoint::Endpoint,
    model::{
        host::Family,
        tcp_probe::{TcpProbeReport, TcpProbeResult},
    },
};

/// Hosts asked at the same time. More would measure each other's traffic.
const AT_ONCE: usize = 32;

/// Options for asking hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The port of hosts that name none.
    pub port: u16,
    /// True if a TLS handshake follows a connection that came about.
    pub with_tls: bool,
    /// Which address of a name with both is taken.
    pub family: Family,
    /// The longest wait for each step: the name, the connection, the handshake.
    pub deadline: Duration,
}

/// Asks all hosts and waits for the last. Their order is kept.
pub fn probe(hosts: &[Endpoint], options: Options) -> TcpProbeReport {
    let at = clock::now().wall;
    let trust = options.with_tls.then(Trust::of_system);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            let Some(host) = hosts.get(idx) else { return };
            let result = catch_unwind(AssertUnwindSafe(|| look(host, options, trust.as_ref())));
            let result = result.unwrap_or_else(|_| failed(host, "not measured: the measurement itself failed".into()));
            results.lock().unwrap_or_else(PoisonError::into_inner).insert(idx, result);
        }
    };
    thread::scope(|scope| {
        for _ in 1..hosts.len().min(AT_ONCE) {
            // The system may have no threads left. Then fewer hosts are asked at the same time.
            thread::Builder::new().name("tcp-probe".into()).stack_size(512 * 1024).spawn_scoped(scope, work).ok();
        }
        work();
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    TcpProbeReport { at, port: options.port, with_tls: options.with_tls, results: results.into_values().collect() }
}

/// A host that could not even be connected to.
fn failed(host: &Endpoint, why: String) -> TcpProbeResult {
    TcpProbeResult { host: host.given.clone(), addr: None, connect: Err(why), tls: None }
}

fn look(host: &Endpoint, options: Options, trust: Option<&Trust>) -> TcpProbeResult {
    let to = match resolve(&host.host, host.port.unwrap_or(options.port), options.family, options.deadline) {
        Ok(to) => to,
        Err(why) => return failed(host, why),
    };
    let (outcome, after) = tcp::connect(to, options.deadline);
    let connect = words::connect(&outcome, options.deadline).map(|rtt| after + rtt);
    let tls = trust.filter(|_| connect.is_ok()).map(|trust| handshake::shake(to, &host.host, trust, options.deadline));
    TcpProbeResult { host: host.given.clone(), addr: Some(to.ip()), connect, tls }
}

/// Finds the address of a host, by the system's own resolver.
fn resolve(host: &str, port: u16, family: Family, deadline: Duration) -> Result<SocketAddr, String> {
    if let Ok(addr) = host.parse::<IpAddr>() {
        return Ok(SocketAddr::new(addr, port));
    }
    let (to, from) = bounded(1);
    let name = host.to_owned();
    // The resolver knows no deadline; whoever is late finds nobody listening.
    let find = move || {
        to.try_send((name.as_str(), port).to_socket_addrs().map(Vec::from_iter)).ok();
    };
    thread::Builder::new()
        .name("name".into())
        .stack_size(256 * 1024)
        .spawn(find)
        .map_err(|error| format!("not measured: this computer has no threads left: {error}"))?;
    let addrs = from
        .recv_timeout(deadline)
        .map_err(|_late| format!("the resolver did not find the name within {}", words::secs(deadline)))?
        .map_err(|error| words::no_address(&error))?;
    preferred(&addrs, family).ok_or_else(|| "the name has no address".into())
}

/// The first address of this family, else the first of all.
fn preferred(addrs: &[SocketAddr], family: Family) -> Option<SocketAddr> {
    addrs.iter().find(|addr| addr.is_ipv4() == (family == Family::V4)).or(addrs.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_wanted_family_is_preferred_and_another_is_better_than_none() {
        let v4: SocketAddr = "192.0.2.1:443".parse().unwrap();
        let v6: SocketAddr = "[2001:db8::1]:443".parse().unwrap();
        assert_eq!(Some(v4), preferred(&[v6, v4], Family::V4));
        assert_eq!(Some(v6), preferred(&[v4, v6], Family::V6));
        assert_eq!(Some(v6), preferred(&[v6], Family::V4));
        assert_eq!(None, preferred(&[], Family::V4));
    }

    #[test]
    fn an_address_is_its_own_and_keeps_its_link() {
        let wait = Duration::from_secs(5);
        assert_eq!(Ok("192.0.2.1:7".parse().unwrap()), resolve("192.0.2.1", 7, Family::V6, wait));
        assert_eq!(Ok("[2001:db8::1]:7".parse().unwrap()), resolve("2001:db8::1", 7, Family::V4, wait));
        let Ok(SocketAddr::V6(on_link)) = resolve("fe80::1%1", 7, Family::V4, wait) else { panic!("no address") };
        assert_eq!(("fe80::1", 1), (on_link.ip().to_string().as_str(), on_link.scope_id()));
    }

    #[test]
    fn without_hosts_there_is_nothing_to_wait_for() {
        let options = Options { port: 443, with_tls: false, family: Family::V4, deadline: Duration::from_secs(1) };
        assert_eq!(Vec::<TcpProbeResult>::new(), probe(&[], options).results);
    }
}
