//! TLS of all sinks: the certificates that are trusted, and the connector for web requests.

use std::{
    fmt,
    fs::File,
    io::Read as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use ureq::{
    Error,
    unversioned::transport::{ConnectionDetails, Connector, Either, Transport},
};

use crate::{
    clock,
    probe::secure::{self, Secure},
};

/// Largest file of certificates, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Trusted certificates are read again after this time, for they change now and then.
const CERTIFICATES_KEPT: Duration = Duration::from_hours(1);

/// Maker of TLS connections. Copies share the certificates.
#[derive(Clone)]
pub(super) struct ClientTls {
    /// File of trusted certificates (PEM); empty for the system's.
    ca_file: String,
    /// Setting that names the file, for errors.
    setting: &'static str,
    kept: Arc<Mutex<Option<KeptTrust>>>,
}

struct KeptTrust {
    config: Arc<ClientConfig>,
    since: Duration,
}

impl ClientTls {
    /// Trusts the certificates in `ca_file`, the value of `setting`, or the system's where it is empty.
    pub(super) fn new(ca_file: &str, setting: &'static str) -> Self {
        Self { ca_file: ca_file.to_owned(), setting, kept: Arc::default() }
    }

    /// Settings of a connection.
    ///
    /// # Errors
    ///
    /// If the trusted certificates cannot be read.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now().mono;
        if let Some(KeptTrust { config, since }) = &*kept
            && now.saturating_sub(*since) < CERTIFICATES_KEPT
        {
            return Ok(Arc::clone(config));
        }
        let config = self.read()?;
        *kept = Some(KeptTrust { config: Arc::clone(&config), since: now });
        Ok(config)
    }

    fn read(&self) -> Result<Arc<ClientConfig>, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let mut config = if self.ca_file.is_empty() {
            let verifier = Verifier::new(provider)
                .map_err(|error| format!("certificates of the system cannot be read: {error}; set {}", self.setting))?;
            // No danger: it is the system's own verifier.
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        } else {
            builder.with_root_certificates(roots(Path::new(&self.ca_file), self.setting)?).with_no_client_auth()
        };
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }

    /// A connection to this host, before its handshake.
    ///
    /// # Errors
    ///
    /// If the trusted certificates cannot be read, or the host is none.
    pub(super) fn connection(&self, host: &str) -> Result<ClientConnection, String> {
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|error| error.to_string())?;
        ClientConnection::new(self.config()?, name).map_err(|error| error.to_string())
    }
}

fn roots(path: &Path, setting: &str) -> Result<RootCertStore, String> {
    let failed = |error: &dyn fmt::Display| format!("{setting} {}: {error}", path.display());
    let mut text = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut text)).map_err(|error| failed(&error))?;
    let certificates: Vec<CertificateDer<'_>> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| failed(&error))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(failed(&"holds no certificate in PEM form")) } else { Ok(roots) }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").finish_non_exhaustive()
    }
}

impl<In: Transport> Connector<In> for ClientTls {
    type Out = Either<In, Secure>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let config = self.config().map_err(|error| Error::Other(error.into()))?;
        Ok(Some(Either::B(secure::connect(transport.boxed(), config, details)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(path: &Path) -> Result<Arc<ClientConfig>, String> {
        ClientTls::new(path.to_str().unwrap(), "mqtt_ca_file").config()
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(config(&path).unwrap_err().contains("ca.pem: "));
        for text in [&b""[..], b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, text).unwrap();
            let error = config(&path).unwrap_err();
            assert!(error.contains("mqtt_ca_file") && error.contains("holds no certificate"), "{error}");
        }
        std::fs::write(&path, b"-----BEGIN CERTIFICATE-----\n").unwrap();
        assert!(config(&path).is_err());
    }

    #[test]
    fn a_certificate_of_ones_own_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let made = rcgen::generate_simple_self_signed(["broker.example".to_owned()]).unwrap();
        std::fs::write(&path, made.cert.pem()).unwrap();
        assert!(config(&path).is_ok());
    }
}
