//! Looks at the lab from the client, with means of its own, so that the lab can be judged without the monitor.

use std::{
    io::{Read as _, Write as _},
    mem::MaybeUninit,
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::{
    certificates::CERTIFICATES,
    dns_server::Owner,
    netns::Netns,
    topology::{ACCESS, CORE, RESOLVER, ROUTER, TRANSIT},
    zone,
};

/// Longest wait for anything. The round trip is far below a millisecond.
const WAIT: Duration = Duration::from_millis(900);

/// What became of an echo request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pinged {
    Reply,
    /// An error from this host: type and code as in ICMP.
    Error(IpAddr, u8, u8),
    Silence,
}

/// Sends one echo request with this many hops to live. The thread must be inside the lab.
pub(crate) fn ping(host: &str, ttl: u32) -> Pinged {
    let host: IpAddr = host.parse().unwrap();
    let (domain, protocol) =
        if host.is_ipv4() { (Domain::IPV4, Protocol::ICMPV4) } else { (Domain::IPV6, Protocol::ICMPV6) };
    let socket = Socket::new(domain, Type::RAW, Some(protocol)).unwrap();
    if host.is_ipv4() { socket.set_ttl_v4(ttl) } else { socket.set_unicast_hops_v6(ttl) }.unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    let id: [u8; 2] = random_id();
    let request = if host.is_ipv4() { echo_v4(id) } else { vec![128, 0, 0, 0, id[0], id[1], 0, 1, 0, 0, 0, 0] };
    if socket.send_to(&request, &SockAddr::from(SocketAddr::from((host, 0)))).is_err() {
        return Pinged::Silence;
    }
    // A raw socket hears all ICMP on the machine.
    for _ in 0..400 {
        let mut buffer = [MaybeUninit::<u8>::uninit(); 1500];
        match socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                let packet = initialised(&buffer[..length]);
                let message = if host.is_ipv4() { &packet[20..] } else { &packet[..] };
                let from = from.as_socket().unwrap().ip();
                if let Some(pinged) = match_reply(message, id, from) {
                    return pinged;
                }
            }
            Err(_) => return Pinged::Silence,
        }
    }
    Pinged::Silence
}

fn random_id() -> [u8; 2] {
    fastrand::u16(..).to_be_bytes()
}

#[expect(unsafe_code, reason = "the reading call takes memory that is not initialised")]
fn initialised(bytes: &[MaybeUninit<u8>]) -> Vec<u8> {
    // SAFETY: the caller passes the part that the system has written.
    bytes.iter().map(|byte| unsafe { byte.assume_init() }).collect()
}

fn echo_v4(id: [u8; 2]) -> Vec<u8> {
    let sum = u32::from(u16::from_be_bytes([8, 0])) + u32::from(u16::from_be_bytes(id)) + 1;
    let checksum = !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
    let mut packet = vec![8, 0];
    packet.extend(checksum.to_be_bytes());
    packet.extend(id);
    packet.extend([0, 1, 0, 0, 0, 0]);
    packet
}

fn match_reply(message: &[u8], id: [u8; 2], from: IpAddr) -> Option<Pinged> {
    let (reply, quoted_header) = if from.is_ipv4() { (0, 20) } else { (129, 40) };
    let request = if from.is_ipv4() { 8 } else { 128 };
    if message.first() == Some(&reply) && message.get(4..6) == Some(&id[..]) {
        return Some(Pinged::Reply);
    }
    let quoted = message.get(8 + quoted_header..)?;
    let ours = quoted.first() == Some(&request) && quoted.get(4..6) == Some(&id[..]);
    ours.then(|| Pinged::Error(from, message[0], message[1]))
}

/// Asks `server` over UDP for the IPv4 addresses of `name`: the code and what was found, or nothing.
pub(crate) fn resolve(server: &str, name: &str) -> Option<(u8, Vec<IpAddr>)> {
    let server: IpAddr = server.parse().unwrap();
    let socket = UdpSocket::bind(if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }).ok()?;
    socket.set_read_timeout(Some(WAIT)).ok()?;
    socket.connect((server, 53)).ok()?;
    socket.send(&zone::query(7, name, zone::A)).ok()?;
    let mut reply = [0; 1500];
    let length = socket.recv(&mut reply).ok()?;
    Some(zone::outcome(&reply[..length]))
}

/// The same over TCP.
pub(crate) fn resolve_over_tcp(server: &str, name: &str) -> Option<(u8, Vec<IpAddr>)> {
    let mut stream = connect(server, 53)?;
    let query = zone::query(8, name, zone::A);
    stream.write_all(&u16::try_from(query.len()).unwrap().to_be_bytes()).ok()?;
    stream.write_all(&query).ok()?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).ok()?;
    Some(zone::outcome(reply.get(2..)?))
}

/// A TCP connection, if there is one.
pub(crate) fn connect(host: &str, port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&(host.parse::<IpAddr>().unwrap(), port).into(), WAIT).ok()?;
    stream.set_read_timeout(Some(WAIT)).ok()?;
    Some(stream)
}

/// What a web server says in the clear.
pub(crate) fn http(address: &str, host: &str, path: &str) -> Option<String> {
    exchange(connect(address, 80)?, host, path)
}

/// What a web server says over TLS, its certificate checked.
pub(crate) fn https(address: &str, host: &'static str, path: &str) -> Option<String> {
    let name = ServerName::try_from(host).unwrap();
    let connection = ClientConnection::new(Arc::clone(&CERTIFICATES.client), name).unwrap();
    exchange(StreamOwned::new(connection, connect(address, 443)?), host, path)
}

fn exchange(mut stream: impl std::io::Read + std::io::Write, host: &str, path: &str) -> Option<String> {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    Some(reply)
}

/// Whether the reply has this status and ends in this.
pub(crate) fn says(reply: Option<&String>, status: &str, end: &str) -> bool {
    reply.is_some_and(|reply| reply.starts_with(&format!("HTTP/1.1 {status}")) && reply.ends_with(end))
}

type Check = (&'static str, fn() -> bool);

fn replies(host: &str) -> bool {
    ping(host, 64) == Pinged::Reply
}

fn finds(server: &str) -> bool {
    resolve(server, "dns.google").is_some_and(|(code, found)| code == 0 && found.len() == 2)
}

fn finds_nothing(server: &str) -> bool {
    // A resolver that is silent tells no lies.
    resolve(server, "b7a1.example.com").is_none_or(|(code, _)| code == zone::NXDOMAIN || code == zone::SERVFAIL)
}

/// Everything a healthy lab can do, each with a short name.
const CHECKS: [Check; 20] = [
    ("gateway", || replies(ROUTER)),
    ("gateway6", || replies("2a02:8100:1:1::1")),
    ("access", || replies(ACCESS)),
    ("core", || replies(CORE)),
    ("transit", || replies(TRANSIT)),
    ("cloudflare", || replies("1.1.1.1")),
    ("google", || replies("8.8.8.8")),
    ("quad9", || replies("9.9.9.9")),
    ("v6", || replies("2606:4700:4700::1111")),
    ("tcp-gateway", || connect(ROUTER, 80).is_some()),
    ("tcp", || connect("8.8.8.8", 443).is_some()),
    ("tcp6", || connect("2001:4860:4860::8888", 443).is_some()),
    ("dns-router", || finds(ROUTER)),
    ("dns-isp", || finds(RESOLVER)),
    ("dns-public", || finds("9.9.9.9")),
    ("nxdomain", || finds_nothing(ROUTER) && finds_nothing(RESOLVER)),
    ("http", || says(http("93.184.215.14", "detectportal.firefox.com", "/success.txt").as_ref(), "200", "\nsuccess\n")),
    ("https-example", || says(https("93.184.215.14", "example.com", "/").as_ref(), "200", "</html>\n")),
    ("https-google", || says(https("142.250.0.1", "www.google.com", "/generate_204").as_ref(), "204", "\r\n\r\n")),
    ("https6", || says(https("2606:4700::6810:1", "www.cloudflare.com", "/").as_ref(), "200", "</html>\n")),
];

/// Names of what does not work now, in the order of the checks.
pub(crate) fn failures(client: &Netns) -> Vec<&'static str> {
    client.inside(|| {
        thread::scope(|scope| {
            let work = CHECKS.map(|(name, check)| (name, thread::Builder::new().spawn_scoped(scope, check).unwrap()));
            work.into_iter().filter_map(|(name, worker)| (!worker.join().unwrap()).then_some(name)).collect()
        })
    })
}

/// Who answers at each distance from the client, up to `host`.
pub(crate) fn path(client: &Netns, host: &str) -> Vec<IpAddr> {
    client.inside(|| {
        let mut path = Vec::new();
        for ttl in 1..10 {
            match ping(host, ttl) {
                Pinged::Error(from, ..) => path.push(from),
                Pinged::Reply => {
                    path.push(host.parse().unwrap());
                    break;
                }
                Pinged::Silence => path.push(IpAddr::from([0; 4])),
            }
        }
        path
    })
}

/// The owner whose resolvers `failures` calls by this name.
pub(crate) fn check_of(owner: Owner) -> &'static str {
    ["dns-router", "dns-isp", "dns-public"][owner as usize]
}
