//! A TLS handshake that ends in a report. No data follow it, so a certificate that nobody trusts does not stop it: it
//! is looked at afterwards, and said what is wrong with it.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use rustls_platform_verifier::Verifier;

use super::{super::tcp, words};
use crate::{clock, codec::x509, model::tcp_probe::TlsFacts};

/// The system's trust, read once for all hosts.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    /// Verifier of certificates, or the reason why there is none.
    judge: Result<Verifier, String>,
}

impl Trust {
    /// Reads what the system trusts.
    pub(super) fn of_system() -> Self {
        let provider = Arc::new(default_provider());
        let judge = Verifier::new(Arc::clone(&provider)).map_err(|error| words::distrust(&error));
        Self { provider, judge }
    }

    /// Judges whether the system trusts these certificates for this host, the host's own first.
    fn judge(&self, chain: &[CertificateDer<'_>], host: &ServerName<'_>, ocsp: &[u8]) -> Result<(), String> {
        let Some((leaf, above)) = chain.split_first() else { return Err("the server showed no certificate".into()) };
        let judge = self.judge.as_ref().map_err(|why| format!("this system names no issuers that it trusts: {why}"))?;
        let since_1970 = u64::try_from(clock::now().wall.timestamp()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(since_1970));
        judge.verify_server_cert(leaf, above, host, ocsp, now).map(drop).map_err(|error| words::distrust(&error))
    }
}

/// Connects to `to`, shakes hands as `host` (RFC 6066, section 3: a name is sent along, an address is not) and hangs
/// up. Connection and handshake together may take `deadline`.
pub(super) fn shake(to: SocketAddr, host: &str, trust: &Trust, deadline: Duration) -> Result<TlsFacts, String> {
    // A link is no part of the name a certificate could be for.
    let name = host.split('%').next().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name).map_err(|error| format!("TLS does not know such names: {error}"))?;
    let give_up = clock::now().mono + deadline;
    let stream = TcpStream::connect_timeout(&to, deadline).map_err(|error| {
        let why = words::connect(&tcp::from_error(&error, Duration::ZERO), deadline);
        format!("no second connection for TLS: {}", why.err().unwrap_or_else(|| "none".into()))
    })?;
    stream.set_nodelay(true).ok();
    let notes = Arc::new(Notes { provider: Arc::clone(&trust.provider), taken: Mutex::default() });
    let mut conn = client(&trust.provider, &notes, name.clone()).map_err(|error| words::tls(&error))?;
    let mut timed = Timed { stream, give_up };
    let began = clock::now().mono;
    while conn.is_handshaking() {
        conn.complete_io(&mut timed).map_err(|error| words::handshake(&error, deadline))?;
    }
    let handshake = clock::now().mono.saturating_sub(began);
    // The other side may have gone already, which takes nothing from what it showed.
    conn.send_close_notify();
    conn.complete_io(&mut timed).ok();

    let taken = notes.taken.lock().unwrap_or_else(PoisonError::into_inner);
    let chain = conn.peer_certificates().unwrap_or_default();
    let version = match conn.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".into(),
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".into(),
        other => format!("{other:?}"),
    };
    let days_left = chain.first().and_then(|leaf| x509::expiry(leaf));
    let days_left = days_left.map(|expiry| x509::days_until(expiry, clock::now().wall));
    let trusted = match &taken.forged {
        Some(why) => Err(why.clone()),
        None => trust.judge(chain, &name, &taken.ocsp),
    };
    Ok(TlsFacts { version, handshake, days_left, trusted })
}

fn client(
    provider: &Arc<CryptoProvider>,
    notes: &Arc<Notes>,
    name: ServerName<'static>,
) -> Result<ClientConnection, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        // No danger: nothing is sent or believed over this connection.
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(notes) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    ClientConnection::new(Arc::new(config), name)
}

/// Lets everything pass, and notes what the judgement afterwards needs and the connection does not keep.
#[derive(Debug)]
struct Notes {
    provider: Arc<CryptoProvider>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// Statement of the issuer about the certificate, sent along by the server (RFC 6066, 8); empty when it was not.
    ocsp: Vec<u8>,
    /// Reason why the server does not prove that the certificate is its own.
    forged: Option<String>,
}

impl Notes {
    fn note(&self, proof: Result<HandshakeSignatureValid, Error>) -> HandshakeSignatureValid {
        proof.unwrap_or_else(|error| {
            let why = format!("the server does not prove that it is its own: {}", words::distrust(&error));
            self.taken.lock().unwrap_or_else(PoisonError::into_inner).forged = Some(why);
            HandshakeSignatureValid::assertion()
        })
    }
}

impl ServerCertVerifier for Notes {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).ocsp = ocsp_response.to_vec();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Ok(self.note(verify_tls12_signature(message, cert, dss, algorithms)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Ok(self.note(verify_tls13_signature(message, cert, dss, algorithms)))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection with one time limit for everything on it, however little comes at a time.
struct Timed {
    stream: TcpStream,
    /// On the monotonic clock.
    give_up: Duration,
}

impl Timed {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.give_up.saturating_sub(clock::now().mono);
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

/// A system calls it "would block" when the time is up; the TLS library takes that for "ask again".
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buf).map_err(timed_out)
    }
}

impl Write for Timed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buf).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
