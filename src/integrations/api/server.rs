//! Server: listens, bounds what clients can take, and puts the guard before the paths.

use std::{
    convert::Infallible,
    error::Error as _,
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, header},
    response::{IntoResponse as _, Response},
};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    announce::Announcement,
    fault::Fault,
    guard::{Guard, Head},
    link::Link,
    routes::{self, Front},
    stream::{Place, Streams, TakenOver},
};
use crate::{
    integrations::shared::Shared,
    model::{config::Config, secrets::Secrets},
    platform::open_files,
};

/// Clients of the event stream.
const MAX_STREAMS: usize = 1100;
/// Connections, those of the event stream among them.
const MAX_CONNECTIONS: usize = 1200;
/// Time for the head of a request, and for which a connection may stay open between two: longer than the 15 s between
/// two scrapes of Prometheus.
const HEAD_TIME: Duration = Duration::from_secs(20);
/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// Answer to a connection beyond [`MAX_CONNECTIONS`].
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 10\r\nconnection: close\r\n\r\n";

/// Fields of every answer: nothing is kept, guessed at, embedded or shown to pages of other sites. No field ever allows
/// another origin.
const FIELDS: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
];

/// Settings of the API.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiOptions {
    /// Address and port. Port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Names besides `localhost` and addresses that requests may name this server by.
    pub hosts: Vec<String>,
    /// Token that every request but `/healthz` has to carry; empty for none, which only loopback allows.
    pub token: String,
    /// Identifier of the line, for the announcement.
    pub site: String,
    /// Metrics also under the names of `smokeping_prober`.
    pub with_smokeping: bool,
}

/// Reason for which the API cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `api_listen` is no address.
    #[error("api_listen {0:?} is no address and port; write one such as 127.0.0.1:8787")]
    BadListen(String),
    /// Others can reach the address, and no token is set.
    #[error(
        "the local API at {0} would be open to other computers; make a token by `netlog integrations token --new`, or \
         set api_listen to 127.0.0.1:{port}", port = .0.port()
    )]
    NoToken(SocketAddr),
    /// The system refuses the address.
    #[error("the local API cannot listen on {0}; set api_listen to another address or port")]
    Listen(SocketAddr, #[source] io::Error),
}

impl StartError {
    /// True when another program, such as a running monitor, listens on the address already.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Listen(_, error) if error.kind() == io::ErrorKind::AddrInUse)
    }
}

impl ApiOptions {
    /// Returns the options of these settings.
    ///
    /// # Errors
    ///
    /// `api_listen` is no address.
    pub fn new(config: &Config, secrets: &Secrets) -> Result<Self, StartError> {
        let listen = config.api_listen.parse();
        Ok(Self {
            listen: listen.map_err(|_unreadable| StartError::BadListen(config.api_listen.clone()))?,
            hosts: config.api_hosts.clone(),
            token: secrets.api_token.clone(),
            site: config.site.clone(),
            with_smokeping: config.metrics_alias_smokeping,
        })
    }

    /// Checks that other computers reach the API with a token only.
    ///
    /// # Errors
    ///
    /// The address is not of loopback and there is no token.
    pub fn check_access(&self) -> Result<(), StartError> {
        if self.token.is_empty() && !self.listen.ip().to_canonical().is_loopback() {
            return Err(StartError::NoToken(self.listen));
        }
        Ok(())
    }
}

/// A server that listens and does not answer yet.
pub struct ApiServer {
    listener: std::net::TcpListener,
    options: ApiOptions,
}

impl ApiServer {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// The address is not of loopback and there is no token, or the system refuses the address.
    pub fn bind(options: ApiOptions) -> Result<Self, StartError> {
        options.check_access()?;
        let listen = options.listen;
        let listener = listen_on(listen).map_err(|error| StartError::Listen(listen, error))?;
        Ok(Self { listener, options })
    }

    /// Returns the address in use. `None` where the system does not tell it.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until the future is dropped, and all connections with it. Runs on a tokio runtime with I/O and time.
    ///
    /// Beyond loopback the API is announced on the local network. Where that is not possible, it is served all the
    /// same.
    ///
    /// # Errors
    ///
    /// The runtime cannot take the listener.
    pub async fn serve(self, shared: Shared) -> Result<Infallible, StartError> {
        let listen = self.options.listen;
        let listener = TcpListener::from_std(self.listener).map_err(|error| StartError::Listen(listen, error))?;
        // Probes need files too: connections take no more than half of them.
        let wanted = 2 * MAX_CONNECTIONS as u64 + 256;
        let half =
            open_files::raise(wanted).map_or(usize::MAX, |limit| usize::try_from(limit / 2).unwrap_or(usize::MAX));
        let max = half.min(MAX_CONNECTIONS);
        // A few connections are left for everything else.
        let streams = Streams::new(MAX_STREAMS.min(max - max / 12));
        let front = Arc::new(Front { shared, streams, with_smokeping: self.options.with_smokeping });
        let _announcement = (!listen.ip().to_canonical().is_loopback())
            .then(|| Announcement::begin(&self.options.site, listener.local_addr().unwrap_or(listen)).ok());
        let service = Arc::new(Served {
            guard: Guard::new(&self.options.hosts, &self.options.token),
            front: Arc::clone(&front),
            router: TowerToHyperService::new(routes::router(Arc::clone(&front))),
        });
        tokio::select! {
            () = front.streams.relay(&front.shared) => std::future::pending().await,
            never = accept(&listener, max, &service) => never,
        }
    }
}

fn listen_on(listen: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes connections for ever, at most `max` at a time.
async fn accept(listener: &TcpListener, max: usize, service: &Arc<Served>) -> Result<Infallible, StartError> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) if connections.len() >= max => {
                    // Best effort: the answer fits into the buffer of a new connection.
                    tcp.try_write(FULL).ok();
                }
                Ok((tcp, _)) => {
                    connections.spawn(connection(tcp, Arc::clone(service)));
                }
                // The connection is gone already, or there is no room for it: others may go meanwhile.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(tcp: TcpStream, service: Arc<Served>) {
    let Ok(local) = tcp.local_addr() else { return };
    tcp.set_nodelay(true).ok();
    let served = Arc::clone(&service);
    // In a box that goes with the answer: the connection keeps the place of its future.
    let service_of_one = service_fn(move |request| {
        let served = Arc::clone(&served);
        Box::pin(async move { served.answer(request, local.ip()).await })
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD);
    let mut connection = builder.serve_connection(TokioIo::new(Link::new(tcp)), service_of_one);
    // A client that breaks off or sends no HTTP is no fault of ours.
    let Err(end) = poll_fn(|cx| connection.poll_without_shutdown(cx)).await else { return };
    let taken = end.source().and_then(|cause| cause.downcast_ref::<TakenOver>());
    let Some(TakenOver { place, fields }) = taken else { return };
    let taken = TakenOver { place: place.clone(), fields: fields.clone() };
    drop(end);
    let tcp = connection.into_parts().io.into_inner().into_tcp();
    // A client that goes ends its stream.
    service.front.streams.send(&service.front.shared, &tcp, taken).await.ok();
}

/// The paths behind their guard.
struct Served {
    guard: Guard,
    front: Arc<Front>,
    router: TowerToHyperService<Router>,
}

impl Served {
    /// Returns the answer. The error is no fault: it takes a stream out of the HTTP server.
    async fn answer(&self, request: Request<Incoming>, local: IpAddr) -> Result<Response, TakenOver> {
        let head = Head {
            method: request.method(),
            path: request.uri().path(),
            authority: request.uri().authority().map(ureq::http::uri::Authority::as_str),
            headers: request.headers(),
        };
        let is_get = request.method() == Method::GET;
        let mut response = match self.guard.check(&head, local) {
            Ok(()) => self.router.call(request).await.unwrap_or_else(|never| match never {}),
            Err(fault) => Fault::into_response(fault),
        };
        for (name, value) in FIELDS {
            response.headers_mut().insert(name, value);
        }
        match response.extensions_mut().remove::<Place>() {
            Some(place) if is_get => Err(TakenOver { place, fields: std::mem::take(response.headers_mut()) }),
            _ => Ok(response),
        }
    }
}
