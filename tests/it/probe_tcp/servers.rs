//! Servers on the loopback link, good ones and bad ones, and their certificates.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use network_logging::clock;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, SupportedProtocolVersion,
    crypto::ring::{default_provider, sign::any_supported_type},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use socket2::{Domain, Socket, Type};

/// No test takes longer.
const LONGEST: Duration = Duration::from_secs(20);

/// What a server does with a connection.
#[derive(Clone)]
pub(super) enum Manner {
    /// Speaks TLS.
    Tls(Arc<ServerConfig>),
    /// Takes the connection and never says a word.
    Stalls,
    /// Begins a TLS record and goes on with a byte now and then, for ever.
    Drips,
    /// Speaks something else.
    SpeaksSsh,
    /// Hangs up once it has been spoken to.
    HangsUp,
}

/// A server that runs until the test program ends.
pub(super) struct Server {
    pub(super) addr: SocketAddr,
    /// The names that clients asked for; `None` for one that named none.
    pub(super) names: Arc<Mutex<Vec<Option<String>>>>,
}

impl Server {
    pub(super) fn start(manner: Manner) -> Self {
        Self::start_on("127.0.0.1:0", manner).unwrap()
    }

    /// `None` where there is no such address.
    pub(super) fn start_on(addr: &str, manner: Manner) -> Option<Self> {
        let listener = TcpListener::bind(addr).ok()?;
        let names = Arc::<Mutex<Vec<_>>>::default();
        let server = Self { addr: listener.local_addr().unwrap(), names: Arc::clone(&names) };
        spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, names) = (manner.clone(), Arc::clone(&names));
                spawn(move || serve(stream, manner, &names));
            }
        });
        Some(server)
    }

    pub(super) fn port(&self) -> u16 {
        self.addr.port()
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    drop(thread::Builder::new().name("server".into()).spawn(work).unwrap());
}

/// Hears the first record of a client out: type, version, length and as many bytes (RFC 8446, section 5.1).
fn hear(stream: &mut TcpStream) {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_ok() {
        let mut rest = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut rest).ok();
    }
}

fn serve(mut stream: TcpStream, manner: Manner, names: &Mutex<Vec<Option<String>>>) {
    stream.set_read_timeout(Some(LONGEST)).ok();
    match manner {
        Manner::Tls(config) => {
            let mut conn = ServerConnection::new(config).unwrap();
            while conn.is_handshaking() {
                if conn.complete_io(&mut stream).is_err() {
                    return;
                }
            }
            names.lock().unwrap().push(conn.server_name().map(str::to_owned));
            stream.read_to_end(&mut Vec::new()).ok();
        }
        Manner::Stalls => thread::sleep(LONGEST),
        Manner::Drips => {
            hear(&mut stream);
            // A handshake record of 16 KiB that never ends.
            stream.write_all(&[22, 3, 3, 0x40, 0]).ok();
            while stream.write_all(&[2]).is_ok() {
                thread::sleep(Duration::from_millis(50));
            }
        }
        Manner::SpeaksSsh => {
            stream.write_all(b"SSH-2.0-OpenSSH_9.6 \x1b[31m\r\n").ok();
            hear(&mut stream);
        }
        Manner::HangsUp => hear(&mut stream),
    }
}

/// A port where nobody listens and, while this lives, nobody begins to.
pub(super) struct Closed(Socket);

impl Closed {
    pub(super) fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        Self(socket)
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }
}

/// An issuer of certificates of our own, which no system trusts.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) pem: String,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for `name` that has half a day more than so many whole days left, and its key.
    fn certificate(&self, name: &str, days: i64) -> (CertificateDer<'static>, KeyPair) {
        let end = u64::try_from(clock::now().wall.timestamp() + days * 86_400 + 43_200).unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(end);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().der().clone(), key)
    }

    /// A server that speaks these versions and shows a certificate for `name` for so many days.
    pub(super) fn server(&self, name: &str, days: i64, versions: &[&'static SupportedProtocolVersion]) -> Manner {
        let (leaf, key) = self.certificate(name, days);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)
            .unwrap();
        Manner::Tls(Arc::new(config))
    }

    /// A server that shows a certificate whose key it does not have.
    pub(super) fn forger(&self, name: &str, versions: &[&'static SupportedProtocolVersion]) -> Manner {
        let (leaf, _) = self.certificate(name, 30);
        let (_, other_key) = self.certificate(name, 30);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(other_key.serialize_der()));
        let shown = Arc::new(CertifiedKey::new(vec![leaf], any_supported_type(&key).unwrap()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Always(shown)));
        Manner::Tls(Arc::new(config))
    }
}

pub(super) const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}
