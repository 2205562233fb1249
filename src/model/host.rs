//! Facts from the operating system about this machine's place in the network.

use std::{
    fmt,
    net::{IpAddr, SocketAddr, SocketAddrV6},
    str::FromStr,
    time::Duration,
};

/// IPv4 or IPv6. The two are judged separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4 (RFC 791).
    V4,
    /// IPv6 (RFC 8200).
    V6,
}

/// An address together with the link it is valid on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    /// The address.
    pub addr: IpAddr,
    /// Index of the link for a link-local IPv6 address (RFC 4007); 0 when the address needs none.
    pub scope: u32,
}

impl Host {
    /// A host whose address is valid everywhere on this machine.
    pub fn new(addr: IpAddr) -> Self {
        Self { addr, scope: 0 }
    }

    /// The host of a socket address.
    pub fn of(addr: SocketAddr) -> Self {
        let scope = if let SocketAddr::V6(addr) = addr { addr.scope_id() } else { 0 };
        Self { addr: addr.ip(), scope }
    }

    /// The family of the address.
    pub fn family(self) -> Family {
        if self.addr.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// The socket address of `port` on this host.
    pub fn with_port(self, port: u16) -> SocketAddr {
        match self.addr {
            IpAddr::V4(addr) => SocketAddr::from((addr, port)),
            IpAddr::V6(addr) => SocketAddr::V6(SocketAddrV6::new(addr, port, 0, self.scope)),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            0 => write!(f, "{}", self.addr),
            scope => write!(f, "{}%{scope}", self.addr),
        }
    }
}

impl FromStr for Host {
    type Err = std::net::AddrParseError;

    /// Reads `192.0.2.1`, `2001:db8::1` or `fe80::1%2` (link index after the percent sign).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (addr, scope) = match text.split_once('%') {
            Some((addr, scope)) => (addr, scope.parse().unwrap_or(0)),
            None => (text, 0),
        };
        Ok(Self { addr: addr.parse()?, scope })
    }
}

/// True if an address belongs to no public network (RFC 1918, RFC 3927, RFC 6598, RFC 4193, RFC 4291).
pub fn is_private(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => {
            let [a, b, ..] = addr.octets();
            addr.is_private()
                || addr.is_loopback()
                || addr.is_link_local()
                || addr.is_unspecified()
                || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(addr) => {
            addr.is_loopback() || addr.is_unspecified() || addr.is_unique_local() || addr.is_unicast_link_local()
        }
    }
}

/// Medium that carries a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkKind {
    /// A cable.
    Wired,
    /// Wi-Fi (IEEE 802.11).
    WiFi,
    /// A mobile network.
    Mobile,
    /// A tunnel: a VPN or the like, carried by another link.
    Tunnel,
    /// The loopback link.
    Loopback,
    /// The system does not say.
    #[default]
    Other,
}

impl LinkKind {
    /// The word used in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wired => "wired",
            Self::WiFi => "wifi",
            Self::Mobile => "mobile",
            Self::Tunnel => "tunnel",
            Self::Loopback => "loopback",
            Self::Other => "other",
        }
    }
}

/// Counts of the traffic on a link since the system began to count, and of what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Bytes received.
    pub rx_bytes: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Packets received with an error.
    pub rx_errors: u64,
    /// Packets that could not be sent.
    pub tx_errors: u64,
    /// Good packets received and thrown away.
    pub rx_dropped: u64,
    /// Packets thrown away before they were sent.
    pub tx_dropped: u64,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The system's number of it.
    pub index: u32,
    /// The system's name of it, such as `eth0`.
    pub name: String,
    /// Medium that carries it.
    pub kind: LinkKind,
    /// Switched on and connected (cable plugged in, Wi-Fi associated).
    pub up: bool,
    /// Addresses of the link, link-local ones included.
    pub addrs: Vec<IpAddr>,
    /// Largest packet it carries, in bytes; `None` when the system does not say.
    pub mtu: Option<u32>,
    /// Traffic it has carried; `None` when the system does not say.
    pub counters: Option<Counters>,
    /// Hardware address (IEEE 802, EUI-48); `None` for a link that has none, such as a tunnel.
    pub mac: Option<[u8; 6]>,
    /// Maximum rate of sending in Mbit/s, as the two ends of it agreed; `None` when the system does not say.
    pub speed_mbit: Option<u32>,
    /// Strength of the Wi-Fi signal received, in dBm (-30 is next to the access point, -80 is hardly usable); `None`
    /// for other links, and where the system says so only to programs that may know the place of this computer.
    pub signal_dbm: Option<i8>,
}

/// A route to everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRoute {
    /// Which family it routes.
    pub family: Family,
    /// The router; `None` on a point-to-point link that needs none.
    pub gateway: Option<Host>,
    /// [`Link::index`] of the link it leaves by.
    pub link: u32,
    /// Lower is preferred.
    pub metric: u32,
}

/// State of a neighbour: how sure the system is of its link address (RFC 4861, section 7.3.2; ARP likewise).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeighbourState {
    /// The neighbour proved itself alive this long ago, when the system says so.
    Reachable(Option<Duration>),
    /// Known once; proves nothing now.
    Stale,
    /// Being asked, no answer yet.
    Probing,
    /// Asked and silent.
    Failed,
}

/// One entry of the neighbour (ARP, ND) table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbour {
    /// Address of the neighbour.
    pub host: Host,
    /// State of the neighbour.
    pub state: NeighbourState,
}

/// Everything read from the system in one go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostFacts {
    /// Interfaces.
    pub links: Vec<Link>,
    /// Default routes of both families, in no order.
    pub routes: Vec<DefaultRoute>,
    /// Neighbours. Empty where the system does not tell.
    pub neighbours: Vec<Neighbour>,
    /// Resolvers the system uses, in its order.
    pub resolvers: Vec<Host>,
    /// Addresses of this computer that packets to the internet leave from.
    pub sources: Vec<IpAddr>,
}

impl HostFacts {
    /// Kind and name of a link, such as `wifi:wlan0`, as [`crate::model::row::Row::link`] has it.
    pub fn link_name(link: &Link) -> String {
        format!("{}:{}", link.kind.as_str(), link.name)
    }
}
