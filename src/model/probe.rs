//! Probes and what came of them. A lost packet is a measurement; a packet never sent is not.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    host::{Family, Host},
    time::Stamp,
};

/// Names one probe within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u64);

/// Host or service that a probe asks about. Indexes count from 0 in the order of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The home router.
    Gateway(Family),
    /// A further router of the home, behind the first.
    HomeRouter(usize),
    /// A hop of the provider.
    IspHop(usize),
    /// Any hop behind the provider's known ones, as a trace meets them.
    Beyond,
    /// A far host.
    Target(usize),
    /// A resolver.
    Resolver(usize),
    /// A web site, asked by name.
    Site(usize),
    /// A web site, asked by address, without DNS.
    SiteByIp,
    /// The page that tells a login portal from the internet.
    Portal,
    /// A TCP port of the provider's hop (`isp_tcp_ip`).
    IspTcp,
    /// The TCP port of `tcp_test_ip`.
    TcpTest,
}

/// Kind of a probe: its means, with the details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeKind {
    /// ICMP echo (RFC 792, RFC 4443).
    Echo(Host),
    /// A datagram to a closed port; "port unreachable" is the answer (RFC 1122, section 4.1.3.1).
    Udp(Host),
    /// A TCP connection, closed at once. A refusal is an answer too.
    Tcp(SocketAddr),
    /// A packet towards this host that the first router must give up on ("time exceeded", RFC 792).
    FirstHop(Host),
    /// An echo that makes an IP packet of so many bytes, which no router may cut into pieces (RFC 1191, RFC 8201).
    Large(Host, u16),
    /// A datagram to a closed port that makes an IP packet of so many bytes. Where echo is forbidden it tells how long
    /// large packets take to a near host.
    LargeUdp(Host, u16),
    /// A TCP connection over which more is sent at once than two packets hold: the hello of a TLS client that speaks
    /// no cipher anybody knows, which is answered in few bytes (RFC 8446, section 6.2). It tells how long large packets
    /// take to a far host.
    Hello(SocketAddr),
    /// An HTTP GET (RFC 9110) without following redirects.
    Http(HttpProbe),
    /// A DNS query (RFC 1035).
    Dns(DnsProbe),
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpProbe {
    /// Address of the page.
    pub url: String,
    /// Resolvers that translate the name, all asked at once; unused when the URL holds an address.
    pub resolvers: Vec<SocketAddr>,
    /// The family of the addresses to use.
    pub family: Family,
    /// The exact body that proves the answer comes from the real site, leading and trailing white space aside;
    /// `None` accepts any body.
    pub body: Option<String>,
}

/// One DNS query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsProbe {
    /// The resolver asked.
    pub server: SocketAddr,
    /// The name asked for.
    pub name: String,
    /// The configured name that the question is about.
    pub about: About,
    /// Requirement on a true answer.
    pub expect: DnsExpect,
}

/// Names of the configuration that resolvers are asked about. They belong to different operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// `dns_test_hostname`.
    TestName,
    /// `dns_known_name`.
    KnownName,
    /// The name of one of `http_urls`.
    SiteName,
}

/// A question to a resolver without its name. An answer shows something of the name as well as of the resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The configured name.
    pub about: About,
    /// The question is for a name made up below the configured one.
    pub is_fresh: bool,
}

/// Requirement on a true answer to a DNS query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsExpect {
    /// The name exists: at least one address, none of them private (RFC 1918, RFC 6598, loopback).
    PublicAddress,
    /// One of these addresses.
    OneOf(Vec<IpAddr>),
    /// A name made up for this query: "no such name", or any answer that is no failure.
    Fresh,
}

/// The means of a probe, without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// [`ProbeKind::Echo`].
    Echo,
    /// [`ProbeKind::Udp`].
    Udp,
    /// [`ProbeKind::Tcp`].
    Tcp,
    /// [`ProbeKind::FirstHop`].
    FirstHop,
    /// [`ProbeKind::Large`].
    Large,
    /// [`ProbeKind::LargeUdp`], [`ProbeKind::Hello`]: tells how long large packets take, not whether one passes whole.
    Bulk,
    /// [`ProbeKind::Http`].
    Http,
    /// [`ProbeKind::Dns`].
    Dns,
}

impl Means {
    /// Every means with its word in files.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Echo, "echo"),
        (Self::Udp, "udp"),
        (Self::Tcp, "tcp"),
        (Self::FirstHop, "first_hop"),
        (Self::Large, "large"),
        (Self::Bulk, "bulk"),
        (Self::Http, "http"),
        (Self::Dns, "dns"),
    ];

    /// True if a probe by these means is a large packet, or several.
    pub fn is_large(self) -> bool {
        matches!(self, Self::Large | Self::Bulk)
    }

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(means, _)| *means == self).map_or("", |(_, word)| word)
    }

    /// The means of this word; `None` for one that is not known.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(means, _)| *means)
    }
}

impl ProbeKind {
    /// The means without the details.
    pub fn means(&self) -> Means {
        match self {
            Self::Echo(_) => Means::Echo,
            Self::Udp(_) => Means::Udp,
            Self::Tcp(_) => Means::Tcp,
            Self::FirstHop(_) => Means::FirstHop,
            Self::Large(..) => Means::Large,
            Self::LargeUdp(..) | Self::Hello(_) => Means::Bulk,
            Self::Http(_) => Means::Http,
            Self::Dns(_) => Means::Dns,
        }
    }
}

/// A probe to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Name of the probe.
    pub id: ProbeId,
    /// Host or service it asks about.
    pub subject: Subject,
    /// Kind of the probe.
    pub kind: ProbeKind,
    /// Time from sending after which an answer no longer counts.
    pub deadline: Duration,
}

/// Answer that proved the subject alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// An echo reply.
    EchoReply,
    /// "Port unreachable", sent by the subject itself.
    PortUnreachable,
    /// "Time exceeded", sent by this hop.
    TimeExceeded(IpAddr),
    /// A router on the way said that the packet is too large, and how large one may be if it said that (RFC 1191).
    /// It proves nothing of the subject, only that this router is heard.
    TooBig(Option<u16>),
    /// The connection was accepted.
    Accepted,
    /// The connection was accepted after its first packet had been repeated, and it is not known which one was
    /// answered. The line carried within this time; the RTT is this time at most.
    AcceptedLate,
    /// The connection was refused. Someone on the way can forge this: compare the RTT.
    Refused,
    /// An HTTP answer with this status.
    HttpStatus(u16),
    /// The same, and it was sent at quite another time than this computer's clock shows.
    HttpOtherTime(u16),
    /// A true DNS answer.
    DnsAnswer,
    /// A true answer about a name that nobody can have cached.
    DnsFresh,
    /// An address for a name that does not exist. The resolver works, and makes names up.
    DnsInvented,
}

impl Proof {
    /// True if a connection was accepted.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedLate)
    }
}

/// Reason why an answer is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// Nothing came within the deadline (RFC 6673).
    Timeout,
    /// Our own system could not send: no route, interface down, or the next hop does not answer ARP/ND.
    Local(LocalFault),
    /// A router said the subject cannot be reached.
    Unreachable {
        /// ICMP type, `ICMPv6` type for an IPv6 sender.
        icmp_type: u8,
        /// ICMP code.
        code: u8,
        /// The router that said so.
        from: IpAddr,
    },
    /// The connection was refused where an answer was needed.
    Refused,
    /// The connection was cut.
    Reset,
    /// The TLS handshake failed for another reason than the certificate.
    Tls,
    /// The certificate is for another name or of an unknown issuer.
    Certificate,
    /// The certificate has expired or is not valid yet, by the clock of this computer.
    CertificateDates,
    /// An HTTP status outside 200..=399.
    HttpStatus(u16),
    /// A redirect to another site where the real site answers itself.
    Redirected(String),
    /// Not the body the real site sends.
    WrongBody,
    /// The name could not be resolved, so nothing was asked.
    NoName,
    /// A DNS failure code (RFC 1035, section 4.1.1; 2 is SERVFAIL, 5 is REFUSED).
    DnsRcode(u16),
    /// A DNS answer that is not true.
    DnsLie(Vec<IpAddr>),
    /// An answer that cannot be understood.
    Malformed,
}

/// Reason why our own system could not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalFault {
    /// No route to the subject.
    NoRoute,
    /// The interface is down.
    LinkDown,
    /// The next hop does not answer ARP or neighbour discovery.
    NeighbourSilent,
}

/// Reason why a probe was never sent. Such a probe is evidence of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMeasured {
    /// The system forbids this kind of probe to this user.
    NoPermission,
    /// The system has no sockets, memory or threads left.
    NoResources,
    /// The system names no issuers of certificates that it trusts.
    NoRoots,
    /// This system cannot do this kind of probe, or not for this family.
    Unsupported,
}

/// Outcome of one probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An answer arrived after this round-trip time (RFC 2681).
    Reply(Duration, Proof),
    /// The probe was sent and no true answer arrived in time.
    Lost(Loss),
    /// The probe was never sent.
    NotMeasured(NotMeasured),
}

impl Outcome {
    /// True if an answer arrived.
    pub fn is_reply(&self) -> bool {
        matches!(self, Self::Reply(..))
    }

    /// The round-trip time of the answer, if one arrived.
    pub fn rtt(&self) -> Option<Duration> {
        match self {
            Self::Reply(rtt, _) => Some(*rtt),
            Self::Lost(_) | Self::NotMeasured(_) => None,
        }
    }
}

impl Probe {
    /// The sample of this probe.
    pub fn sample(&self, sent: Stamp, outcome: Outcome) -> Sample {
        let question = match &self.kind {
            ProbeKind::Dns(dns) => Some(Question { about: dns.about, is_fresh: dns.expect == DnsExpect::Fresh }),
            _ => None,
        };
        Sample { id: self.id, subject: self.subject, means: self.kind.means(), question, sent, outcome }
    }
}

/// A sample of the pulse as listeners hear of it: who was asked, and after which time the answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PulseSample {
    /// The host asked.
    pub host: Host,
    /// Kind of the host: router, hop of the provider or target.
    pub subject: Subject,
    /// Time of sending.
    pub sent: Stamp,
    /// The round-trip time; `None` when no answer arrived in time.
    pub rtt: Option<Duration>,
}

/// A probe and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Which probe.
    pub id: ProbeId,
    /// Host or service it asked about.
    pub subject: Subject,
    /// Means of asking.
    pub means: Means,
    /// The question, if it was one to a resolver.
    pub question: Option<Question>,
    /// Time of sending; for [`Outcome::NotMeasured`] the time at which it should have been sent.
    pub sent: Stamp,
    /// Outcome of the probe.
    pub outcome: Outcome,
}
