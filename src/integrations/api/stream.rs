//! Server-sent events (WHATWG HTML, 9.2): the state at once and after each change, events as they happen.
//!
//! Each message is spelled once, whatever the number of clients. A stream leaves the HTTP server after its head: a client
//! holds a socket, a timer and its place among the messages, and no buffers.

use std::{fmt, io, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use tokio::{
    net::TcpStream,
    sync::{
        OwnedSemaphorePermit, Semaphore,
        broadcast::{self, error::RecvError},
    },
    time::timeout,
};

use super::link::STALL;
use crate::integrations::shared::{Published, Shared, StateSnapshot};

/// Time after which a line that says nothing is sent, so that both sides notice a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Messages that a client may fall behind by. Further behind, it is told the current state and goes on from there.
const BACKLOG: usize = 32;

/// Places of clients and the messages they all get.
pub(super) struct Streams {
    frames: broadcast::Sender<Bytes>,
    places: Arc<Semaphore>,
}

/// Place of one client, and the mark of an answer that goes on as a stream.
#[derive(Clone)]
pub(super) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// End of the HTTP server's part in a connection that goes on as a stream.
pub(super) struct TakenOver {
    /// Place of the client.
    pub(super) place: Place,
    /// Fields of the answer.
    pub(super) fields: HeaderMap,
}

impl fmt::Debug for TakenOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TakenOver")
    }
}

impl fmt::Display for TakenOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection goes on as a stream")
    }
}

impl std::error::Error for TakenOver {}

impl Streams {
    /// Returns room for this many clients.
    pub(super) fn new(places: usize) -> Self {
        Self { frames: broadcast::channel(BACKLOG).0, places: Arc::new(Semaphore::new(places)) }
    }

    /// Returns a place; `None` when all are taken.
    pub(super) fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: Arc::new(permit) })
    }

    /// Spells what the hub publishes, for ever.
    pub(super) async fn relay(&self, shared: &Shared) {
        let mut published = shared.events.subscribe();
        loop {
            let frame = match published.recv().await {
                Ok(Published::State(snapshot)) => state_frame(&snapshot),
                Ok(Published::Event(kind, json)) => frame(kind.as_str(), &json),
                Err(RecvError::Lagged(_)) => current(shared),
                Err(RecvError::Closed) => return,
            };
            // Without clients nobody gets it.
            self.frames.send(frame).ok();
        }
    }

    /// Sends the head of the answer, the state and all that follows, until the client goes. Keeps its place meanwhile.
    pub(super) async fn send(&self, shared: &Shared, tcp: &TcpStream, taken: TakenOver) -> io::Result<()> {
        let _place = taken.place;
        // Before the state is read, so that no change falls between.
        let mut frames = self.frames.subscribe();
        write(tcp, &head(&taken.fields)).await?;
        let first = current(shared);
        write(tcp, &first).await?;
        loop {
            let frame = tokio::select! {
                received = timeout(KEEP_ALIVE, frames.recv()) => match received {
                    Ok(Ok(frame)) => frame,
                    Ok(Err(RecvError::Lagged(_))) => {
                        frames = frames.resubscribe();
                        current(shared)
                    }
                    Ok(Err(RecvError::Closed)) => return Ok(()),
                    Err(_elapsed) => Bytes::from_static(b": keep-alive\n\n"),
                },
                gone = is_over(tcp) => return gone,
            };
            write(tcp, &frame).await?;
        }
    }
}

/// Waits until the client ends the connection. One that sends anything more ends it too: nothing can follow a stream.
async fn is_over(tcp: &TcpStream) -> io::Result<()> {
    loop {
        tcp.readable().await?;
        match tcp.try_read(&mut [0; 16]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read.map(|_| ()),
        }
    }
}

/// Writes all of it. Fails after [`STALL`] without progress.
async fn write(tcp: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        timeout(STALL, tcp.writable()).await??;
        match tcp.try_write(bytes) {
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Spells the head of an answer whose body lasts as long as the connection (RFC 9112, 6.3).
fn head(fields: &HeaderMap) -> Vec<u8> {
    let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
    for (name, value) in fields.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            text.extend_from_slice(part);
        }
    }
    text.extend_from_slice(b"connection: close\r\n\r\n");
    text
}

fn current(shared: &Shared) -> Bytes {
    state_frame(&shared.state.borrow())
}

fn state_frame(snapshot: &StateSnapshot) -> Bytes {
    frame("state", &snapshot.json)
}

/// Spells one message. Each line of the text is a field of its own, and the client joins them.
fn frame(name: &str, json: &str) -> Bytes {
    let mut text = format!("event: {name}\n");
    for line in json.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_spelled_so() {
        assert_eq!("event: state\ndata: {\"a\":1}\n\n", frame("state", "{\"a\":1}"));
        assert_eq!("event: x\ndata: {\ndata: }\n\n", frame("x", "{\n}"));
    }
}
