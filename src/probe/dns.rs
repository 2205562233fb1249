//! DNS queries straight to one resolver, past every cache of this computer.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use crate::{
    clock,
    codec::dns::{self, Answer, NoAnswer},
    model::{
        host::{Family, is_private},
        probe::{DnsExpect, DnsProbe, LocalFault, Loss, NotMeasured, Outcome, Proof},
    },
};

/// A datagram may get lost: the question is asked this often within the deadline.
const ATTEMPTS: u32 = 3;
/// An answer may come behind an error that the network sent about the question, but hardly later than this.
const BEHIND_ERROR: Duration = Duration::from_millis(250);
const NXDOMAIN: u16 = 3;

/// Asks one question and compares the answer with what is true. The second value tells how long after the call the
/// question that was answered went out: it may have been asked more than once.
pub(super) fn ask(probe: &DnsProbe, deadline: Duration) -> (Outcome, Duration) {
    let began = clock::now().mono;
    match exchange(probe.server, &probe.name, Family::V4, deadline) {
        Ok((answer, rtt)) => {
            let outcome = judge(&answer, &probe.expect, rtt);
            (outcome, clock::now().mono.saturating_sub(began).saturating_sub(rtt))
        }
        Err(outcome) => (outcome, Duration::ZERO),
    }
}

/// The addresses of `name`; `None` when no resolver of `servers` knows any within the deadline. All are asked at once.
pub(super) fn resolve(servers: &[SocketAddr], name: &str, family: Family, deadline: Duration) -> Option<Vec<IpAddr>> {
    let (to, answers) = crossbeam_channel::bounded(servers.len().max(1));
    for server in servers.iter().copied() {
        let (to, name) = (to.clone(), name.to_owned());
        let ask = move || {
            let answer = exchange(server, &name, family, deadline);
            // Whoever waited may have had another's answer.
            to.try_send(answer.map(|(answer, _)| elsewhere(answer.addrs)).unwrap_or_default()).ok();
        };
        std::thread::Builder::new().name("name".into()).stack_size(256 * 1024).spawn(ask).ok();
    }
    drop(to);
    answers.into_iter().find(|addrs: &Vec<IpAddr>| !addrs.is_empty())
}

/// Leaves out addresses that mean this computer itself, which is what filters give for a name that they block.
fn elsewhere(addrs: Vec<IpAddr>) -> Vec<IpAddr> {
    addrs.into_iter().filter(|addr| !addr.is_unspecified() && !addr.is_loopback()).collect()
}

fn judge(answer: &Answer, expect: &DnsExpect, rtt: Duration) -> Outcome {
    let lie = || Outcome::Lost(Loss::DnsLie(answer.addrs.clone()));
    let denied = answer.rcode == NXDOMAIN || answer.rcode == 0 && answer.addrs.iter().all(IpAddr::is_unspecified);
    match (expect, answer.rcode) {
        // Filters against advertising and circumvention deny well-known names on purpose.
        (DnsExpect::OneOf(_), _) if denied => Outcome::NotMeasured(NotMeasured::Unsupported),
        (DnsExpect::Fresh, NXDOMAIN) => Outcome::Reply(rtt, Proof::DnsFresh),
        (_, rcode) if rcode != 0 => Outcome::Lost(Loss::DnsRcode(rcode)),
        (DnsExpect::Fresh, _) if answer.addrs.is_empty() => Outcome::Reply(rtt, Proof::DnsFresh),
        // A wildcard, or a resolver that invents names; but one that leads home is a trap.
        (DnsExpect::Fresh, _) if answer.addrs.iter().any(|addr| is_private(*addr)) => lie(),
        (DnsExpect::Fresh, _) => Outcome::Reply(rtt, Proof::DnsInvented),
        (DnsExpect::PublicAddress, _) if answer.addrs.is_empty() => Outcome::Lost(Loss::DnsRcode(0)),
        (DnsExpect::PublicAddress, _) if answer.addrs.iter().any(|addr| is_private(*addr)) => lie(),
        (DnsExpect::OneOf(known), _) if !answer.addrs.iter().any(|addr| known.contains(addr)) => lie(),
        (DnsExpect::PublicAddress | DnsExpect::OneOf(_), _) => Outcome::Reply(rtt, Proof::DnsAnswer),
    }
}

/// One question and its answer.
fn exchange(server: SocketAddr, name: &str, family: Family, deadline: Duration) -> Result<(Answer, Duration), Outcome> {
    let began = clock::now().mono;
    let left = || deadline.saturating_sub(clock::now().mono.saturating_sub(began));
    let socket = connect(server).map_err(|error| from_error(&error))?;
    // Each attempt has its own number, so that a late answer is not timed from the wrong question.
    let mut asked: Vec<(u16, Duration)> = Vec::new();
    let mut loss = Loss::Timeout;
    for attempt in 1..=ATTEMPTS {
        let id = fastrand::u16(..);
        let question = dns::question(id, name, family).ok_or(Outcome::NotMeasured(NotMeasured::Unsupported))?;
        asked.push((id, clock::now().mono));
        // An error about an earlier attempt is reported once; the first attempt has none before it.
        match socket.send(&question) {
            Err(error) if attempt > 1 && told_by_network(&error).is_some() => {
                loss = told_by_network(&error).unwrap_or(loss);
                socket.send(&question).ok();
            }
            Err(error) => return Err(from_error(&error)),
            Ok(_) => {}
        }
        let mut until = deadline * attempt / ATTEMPTS;
        loop {
            let wait = until.saturating_sub(clock::now().mono.saturating_sub(began)).min(left());
            if wait.is_zero() {
                break;
            }
            socket.set_read_timeout(Some(wait)).map_err(|error| from_error(&error))?;
            let mut bytes = [0_u8; 4096];
            let n_bytes = match socket.recv(&mut bytes) {
                Ok(n_bytes) => n_bytes,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => break,
                Err(error) => {
                    loss = told_by_network(&error).ok_or_else(|| from_error(&error))?;
                    if loss == Loss::Refused {
                        // Nobody listens there. Ask again all the same: a resolver may be restarting.
                        std::thread::sleep(wait.min(Duration::from_millis(100)));
                    } else {
                        let so_far = clock::now().mono.saturating_sub(began);
                        until = until.min(so_far + BEHIND_ERROR.min(deadline / ATTEMPTS));
                    }
                    continue;
                }
            };
            let bytes = bytes.get(..n_bytes).unwrap_or_default();
            for (id, sent) in &asked {
                match dns::answer(bytes, *id, name, family) {
                    Ok(answer) if answer.truncated => return over_tcp(server, name, family, left()),
                    Ok(answer) => return Ok((answer, clock::now().mono.saturating_sub(*sent))),
                    Err(NoAnswer::Malformed) => loss = Loss::Malformed,
                    Err(NoAnswer::NotOurs) => {}
                }
            }
        }
    }
    Err(Outcome::Lost(loss))
}

/// Returns what the network said about a question that was sent; `None` for an error of this computer. It explains a
/// silence and replaces no answer.
fn told_by_network(error: &io::Error) -> Option<Loss> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Some(Loss::Refused),
        // A router's word, or a neighbour that does not answer: the system does not say which.
        io::ErrorKind::HostUnreachable => Some(Loss::Local(LocalFault::NeighbourSilent)),
        // A router's word alone, for this computer had a route when it sent.
        io::ErrorKind::NetworkUnreachable => Some(Loss::Timeout),
        _ => None,
    }
}

fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    Ok(socket)
}

/// RFC 7766: two bytes of length before each message.
fn over_tcp(server: SocketAddr, name: &str, family: Family, deadline: Duration) -> Result<(Answer, Duration), Outcome> {
    let began = clock::now().mono;
    let id = fastrand::u16(..);
    let question = dns::question(id, name, family).ok_or(Outcome::NotMeasured(NotMeasured::Unsupported))?;
    let left = || deadline.saturating_sub(clock::now().mono.saturating_sub(began)).max(Duration::from_millis(1));
    let talk = || -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&server, left())?;
        stream.set_write_timeout(Some(left()))?;
        let mut framed = u16::try_from(question.len()).unwrap_or(0).to_be_bytes().to_vec();
        framed.extend(&question);
        stream.write_all(&framed)?;
        let mut bytes = Vec::new();
        // However slowly it drips, it is over at the deadline.
        while clock::now().mono.saturating_sub(began) < deadline {
            if let Some((length, message)) = bytes.split_first_chunk::<2>()
                && let Some(message) = message.get(..usize::from(u16::from_be_bytes(*length)))
            {
                return Ok(message.to_vec());
            }
            stream.set_read_timeout(Some(left()))?;
            let mut part = [0; 2048];
            let n_read = stream.read(&mut part)?;
            if n_read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(part.get(..n_read).unwrap_or_default());
        }
        Err(io::ErrorKind::TimedOut.into())
    };
    let bytes = talk().map_err(|error| from_error(&error))?;
    match dns::answer(&bytes, id, name, family) {
        Ok(answer) => Ok((answer, clock::now().mono.saturating_sub(began))),
        Err(_) => Err(Outcome::Lost(Loss::Malformed)),
    }
}

fn from_error(error: &io::Error) -> Outcome {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Outcome::Lost(Loss::Refused),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::UnexpectedEof => Outcome::Lost(Loss::Reset),
        Kind::NetworkUnreachable | Kind::AddrNotAvailable => Outcome::Lost(Loss::Local(LocalFault::NoRoute)),
        Kind::HostUnreachable => Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)),
        Kind::NetworkDown => Outcome::Lost(Loss::Local(LocalFault::LinkDown)),
        Kind::PermissionDenied => Outcome::NotMeasured(NotMeasured::NoPermission),
        Kind::WouldBlock | Kind::TimedOut => Outcome::Lost(Loss::Timeout),
        _ => Outcome::NotMeasured(NotMeasured::NoResources),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rcode: u16, addrs: &[&str], expect: &DnsExpect) -> Outcome {
        let addrs = addrs.iter().map(|addr| addr.parse().unwrap()).collect();
        judge(&Answer { rcode, addrs, truncated: false }, expect, Duration::from_millis(5))
    }

    #[test]
    fn a_filter_that_denies_a_well_known_name_proves_nothing() {
        let known = DnsExpect::OneOf(vec!["8.8.8.8".parse().unwrap()]);
        let denied = Outcome::NotMeasured(NotMeasured::Unsupported);
        assert_eq!(denied, check(3, &[], &known));
        assert_eq!(denied, check(0, &[], &known));
        assert_eq!(denied, check(0, &["0.0.0.0"], &known));
        assert_eq!(Outcome::Lost(Loss::DnsRcode(2)), check(2, &[], &known));
        assert!(matches!(check(0, &["192.168.1.1"], &known), Outcome::Lost(Loss::DnsLie(_))));
        assert!(check(0, &["8.8.4.4", "8.8.8.8"], &known).is_reply());
    }

    #[test]
    fn a_blocked_name_never_leads_to_this_computer() {
        let of = |addrs: &[&str]| elsewhere(addrs.iter().map(|addr| addr.parse().unwrap()).collect()).len();
        assert_eq!(0, of(&["0.0.0.0", "::", "127.0.0.1", "::1"]));
        assert_eq!(1, of(&["0.0.0.0", "192.168.1.1"]));
    }

    #[test]
    fn names_that_lead_home_are_lies_and_invented_ones_are_bad_manners() {
        assert!(matches!(check(0, &["10.0.0.1"], &DnsExpect::PublicAddress), Outcome::Lost(Loss::DnsLie(_))));
        assert!(matches!(check(0, &["10.0.0.1"], &DnsExpect::Fresh), Outcome::Lost(Loss::DnsLie(_))));
        assert!(matches!(check(0, &["93.184.215.14"], &DnsExpect::Fresh), Outcome::Reply(_, Proof::DnsInvented)));
        assert!(matches!(check(3, &[], &DnsExpect::Fresh), Outcome::Reply(_, Proof::DnsFresh)));
        assert_eq!(Outcome::Lost(Loss::DnsRcode(3)), check(3, &[], &DnsExpect::PublicAddress));
    }
}
