//! All servers of a lab: their sockets, made inside the namespaces, and the one thread that watches them.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::{AsRawFd as _, RawFd},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use super::{
    certificates::CERTIFICATES,
    dns_server::{Manner, Owner, answer},
    netns::Netns,
    topology::{HOSTS, Lab, Node, RESOLVER, ROUTER},
    web_server::{self, Portal},
};

/// What the servers answer; may be changed while they run.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    manners: Mutex<[Manner; 3]>,
    portal: Mutex<Portal>,
}

impl Controls {
    pub(crate) fn manner(&self, owner: Owner) -> Manner {
        self.manners.lock().unwrap()[owner as usize]
    }

    pub(crate) fn set_manner(&self, owner: Owner, manner: Manner) {
        self.manners.lock().unwrap()[owner as usize] = manner;
    }

    pub(crate) fn set_portal(&self, portal: Portal) {
        *self.portal.lock().unwrap() = portal;
    }
}

/// A socket that takes requests.
enum Door {
    Dns(Arc<UdpSocket>, Owner, Netns),
    DnsStream(TcpListener, Owner, Netns),
    Web(TcpListener),
    SecureWeb(TcpListener),
    RouterWeb(TcpListener),
}

impl Door {
    fn descriptor(&self) -> RawFd {
        match self {
            Self::Dns(socket, ..) => socket.as_raw_fd(),
            Self::DnsStream(listener, ..)
            | Self::Web(listener)
            | Self::SecureWeb(listener)
            | Self::RouterWeb(listener) => listener.as_raw_fd(),
        }
    }
}

/// The running servers. They stop when this is dropped.
pub(crate) struct Servers {
    stop: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Servers {
    pub(crate) fn start(lab: &Lab) -> Self {
        let mut doors = Vec::new();
        for (node, owner, addresses) in [
            (Node::Router, Owner::Router, &[ROUTER, "2a02:8100:1:1::1"][..]),
            (Node::Resolver, Owner::Provider, &[RESOLVER]),
            (Node::Hosts, Owner::Public, &HOSTS),
        ] {
            let netns = lab.node(node);
            netns.inside(|| {
                // One socket an address: the answer must come from where the question went.
                for address in addresses {
                    let address: IpAddr = address.parse().unwrap();
                    let socket = UdpSocket::bind((address, 53)).unwrap();
                    socket.set_nonblocking(true).unwrap();
                    doors.push(Door::Dns(Arc::new(socket), owner, netns.clone()));
                }
                doors.push(Door::DnsStream(listen(53), owner, netns.clone()));
                match owner {
                    Owner::Router => doors.push(Door::RouterWeb(listen(80))),
                    Owner::Provider => {}
                    Owner::Public => {
                        doors.extend([Door::Web(listen(80)), Door::SecureWeb(listen(443))]);
                    }
                }
            });
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (controls, until) = (Arc::clone(&lab.controls), Arc::clone(&stop));
        let watcher = Builder::new().name("servers".into()).spawn(move || {
            while !until.load(Ordering::Relaxed) {
                for door in waiting(&doors) {
                    open(door, &controls);
                }
            }
        });
        Self { stop, watcher: Some(watcher.unwrap()) }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.watcher.take().unwrap().join());
    }
}

fn listen(port: u16) -> TcpListener {
    let listener = TcpListener::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

/// The doors somebody stands at. Waits a while for one.
#[expect(unsafe_code, reason = "the standard library cannot wait for several sockets")]
fn waiting(doors: &[Door]) -> Vec<&Door> {
    let mut entries: Vec<libc::pollfd> =
        doors.iter().map(|door| libc::pollfd { fd: door.descriptor(), events: libc::POLLIN, revents: 0 }).collect();
    let count = libc::nfds_t::try_from(entries.len()).unwrap();
    // SAFETY: the pointer and the count describe `entries`, which lives through the call.
    unsafe { libc::poll(entries.as_mut_ptr(), count, 200) };
    doors.iter().zip(entries).filter(|(_, entry)| entry.revents != 0).map(|(door, _)| door).collect()
}

/// Takes one request, and serves it on a thread of its own if that can take long.
fn open(door: &Door, controls: &Arc<Controls>) {
    match door {
        Door::Dns(socket, owner, netns) => {
            let mut query = [0; 1500];
            // An earlier answer that nobody wanted shows up here as an error.
            let Ok((length, peer)) = socket.recv_from(&mut query) else {
                return;
            };
            let (query, owner, manner) = (query[..length].to_vec(), *owner, controls.manner(*owner));
            let (socket, netns) = (Arc::clone(socket), netns.clone());
            let serve = move || {
                if let Some(reply) = answer(&query, manner, owner, &netns) {
                    drop(socket.send_to(&reply, peer));
                }
            };
            if manner.is_instant(owner) {
                serve();
            } else {
                detach(serve);
            }
        }
        Door::DnsStream(listener, owner, netns) => {
            let (owner, manner, netns) = (*owner, controls.manner(*owner), netns.clone());
            admit(listener, move |stream| dns_stream(stream, manner, owner, &netns));
        }
        Door::Web(listener) => admit(listener, |stream| web_server::plain(stream, None)),
        Door::SecureWeb(listener) => {
            admit(listener, |stream| web_server::encrypted(stream, Arc::clone(&CERTIFICATES.server)));
        }
        Door::RouterWeb(listener) => {
            let portal = *controls.portal.lock().unwrap();
            admit(listener, move |stream| web_server::plain(stream, Some(portal)));
        }
    }
}

/// Accepts a connection. What goes wrong on it is the client's business.
fn admit(listener: &TcpListener, serve: impl FnOnce(TcpStream) -> io::Result<()> + Send + 'static) {
    if let Ok((stream, _)) = listener.accept() {
        detach(move || drop(serve(stream)));
    }
}

fn detach(work: impl FnOnce() + Send + 'static) {
    drop(Builder::new().name("request".into()).stack_size(256 << 10).spawn(work).unwrap());
}

fn dns_stream(mut stream: TcpStream, manner: Manner, owner: Owner, netns: &Netns) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut query)?;
    if let Some(reply) = answer(&query, manner, owner, netns) {
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(&reply)?;
    }
    Ok(())
}
