//! Web servers: the far hosts' pages and the router's login portal.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::topology::ROUTER;

/// What the router answers to a request that was meant for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Portal {
    #[default]
    Off,
    /// Go to the login page.
    Redirect,
    /// Here is the login page.
    Page,
}

const LOGIN: &str = "<html><title>Login</title><form action=/login method=post>Room number</form></html>\n";

/// Serves one request in the clear.
pub(crate) fn plain(stream: TcpStream, portal: Option<Portal>) -> io::Result<()> {
    limit(&stream)?;
    respond(stream, portal)
}

/// Serves one request over TLS.
pub(crate) fn encrypted(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    limit(&stream)?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    respond(&mut stream, None)?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn limit(stream: &TcpStream) -> io::Result<()> {
    // A socket accepted from a listener that does not block may inherit that.
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))
}

/// `portal` is given on the router only.
fn respond(stream: impl Read + Write, portal: Option<Portal>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut request, mut host) = (String::new(), String::new());
    reader.read_line(&mut request)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((key, value)) = line.split_once(':')
            && key.eq_ignore_ascii_case("host")
        {
            value.trim().clone_into(&mut host);
        }
    }
    let mut words = request.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, header, body) = match (portal, path) {
        (Some(Portal::Redirect), "/login") if host == ROUTER => ("200 OK", String::new(), LOGIN),
        (Some(Portal::Redirect), _) => ("302 Found", format!("Location: http://{ROUTER}/login\r\n"), ""),
        (Some(Portal::Page), _) => ("200 OK", String::new(), LOGIN),
        (Some(Portal::Off), _) => ("200 OK", String::new(), "<html><title>Router</title></html>\n"),
        (None, "/success.txt") => ("200 OK", String::new(), "success\n"),
        (None, "/generate_204") => ("204 No Content", String::new(), ""),
        (None, _) => ("200 OK", String::new(), "<html><title>Example</title></html>\n"),
    };
    let length = if status.starts_with("204") { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let body = if method == "HEAD" { "" } else { body };
    let reply =
        format!("HTTP/1.1 {status}\r\n{header}{length}Content-Type: text/html\r\nConnection: close\r\n\r\n{body}");
    let stream = reader.get_mut();
    stream.write_all(reply.as_bytes())?;
    stream.flush()
}
