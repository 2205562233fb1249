//! TLS of the web requests.
//!
//! Reading the certificates that the system trusts takes longer than all else a request does, so they are read once
//! and then only now and then. Each connection still makes a whole handshake: a resumed session would neither check
//! the certificate again nor send packets as large as it is.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::{ClientConfig, client::Resumption};
use rustls_platform_verifier::Verifier;
use ureq::{
    Error,
    unversioned::transport::{ConnectionDetails, Connector, Either, Transport},
};

use super::secure::{self, Secure};
use crate::clock;

/// The system's certificates are read again after this time, for they change now and then.
const CERTIFICATES_KEPT: Duration = Duration::from_hours(1);

/// Makes TLS connections. Copies share the certificates.
#[derive(Clone, Default)]
pub(super) struct Tls(Arc<Mutex<Option<Kept>>>);

struct Kept {
    config: Arc<ClientConfig>,
    since: Duration,
}

impl Tls {
    /// True if the system names issuers that it trusts; without any, no certificate can be judged.
    pub(super) fn can_judge(&self) -> bool {
        self.config().is_ok()
    }

    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now().mono;
        if let Some(Kept { config, since }) = &*kept
            && now.saturating_sub(*since) < CERTIFICATES_KEPT
        {
            return Ok(Arc::clone(config));
        }
        match read_trust() {
            Ok(config) => {
                *kept = Some(Kept { config: Arc::clone(&config), since: now });
                Ok(config)
            }
            // They may be out of reach for a moment, as where no descriptor is left.
            Err(error) => kept.as_ref().map(|kept| Arc::clone(&kept.config)).ok_or(error),
        }
    }
}

/// Reads the certificates that the system trusts.
fn read_trust() -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // No danger: it is the system's own verifier.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Secure>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        Ok(Some(Either::B(secure::connect(transport.boxed(), self.config()?, details)?)))
    }
}
