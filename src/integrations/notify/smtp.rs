//! Delivery of mail (RFC 6409): one connection for one mail, one deadline for all of it.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use lettre::message::{
    Mailbox, Message,
    header::{ContentType, HeaderName, HeaderValue},
};
use rustls::{ClientConnection, StreamOwned};

use super::super::client_tls::ClientTls;
use crate::{
    clock,
    codec::{
        notify_message::NotifyMessage,
        smtp::{SmtpParse, SmtpReply, content, login, login_commands},
        web_exchange::DeliveryOutcome,
    },
    integrations::sink_status::shown_error,
    model::{config::Config, spelling},
};

/// Time for one mail, but for the lookup of the name.
const DEADLINE: Duration = Duration::from_secs(30);

/// Mail server and account.
#[derive(Clone)]
pub(super) struct MailServer {
    host: String,
    port: u16,
    /// TLS from the first byte; else by STARTTLS.
    is_wrapped: bool,
    user: String,
    password: String,
    from: Mailbox,
}

/// The reason why a mail was not taken.
type MailError = DeliveryOutcome;

impl MailServer {
    /// The server of the settings.
    ///
    /// # Errors
    ///
    /// If something is missing or cannot be used.
    pub(super) fn from_config(config: &Config, password: &str) -> Result<Self, String> {
        let url = config.smtp_url.as_str();
        let (rest, is_wrapped) = match (url.strip_prefix("smtps://"), url.strip_prefix("smtp://")) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => return Err("smtp_url is no mail server; write smtps://HOST or smtp://HOST".into()),
        };
        let (host, port) = spelling::server(rest).ok_or("smtp_url is no mail server; write smtps://HOST:PORT")?;
        let default_port = match is_wrapped {
            true => 465,
            false if is_loopback(host) => 25,
            false => 587,
        };
        let from = config.smtp_from.parse().map_err(|_error| "smtp_from is no mail address; set it")?;
        Ok(Self {
            host: host.to_owned(),
            port: port.unwrap_or(default_port),
            is_wrapped,
            user: config.smtp_user.clone(),
            password: password.to_owned(),
            from,
        })
    }

    /// Sends a message to one receiver.
    pub(super) fn send(&self, tls: &ClientTls, to: &str, message: &NotifyMessage) -> DeliveryOutcome {
        match self.try_send(tls, to, message) {
            Ok(()) => DeliveryOutcome::Delivered,
            Err(error) => error,
        }
    }

    fn try_send(&self, tls: &ClientTls, to: &str, message: &NotifyMessage) -> Result<(), MailError> {
        let receiver: Mailbox = to.parse().map_err(|_error| misconfigured("smtp_to is no mail address; correct it"))?;
        let (from, to) = (self.from.email.to_string(), receiver.email.to_string());
        if !from.is_ascii() || !to.is_ascii() {
            return Err(misconfigured("a mail address holds characters beyond ASCII; write another one"));
        }
        let mail = self.compose(receiver, message)?;
        let stream = self.connect()?;
        let name = hello_name(&stream.stream);
        let stream = if self.is_wrapped { self.secured(tls, stream)? } else { MailStream::Plain(stream) };
        let mut session = SmtpSession { stream, received: Vec::new() };
        let greeting = session.reply()?;
        session.positive(greeting, Blame::Server)?;
        let mut hello = session.command(&format!("EHLO {name}"), Blame::Server)?;
        if !self.is_wrapped && (hello.extension("STARTTLS").is_some() || !is_loopback(&self.host)) {
            if hello.extension("STARTTLS").is_none() {
                return Err(misconfigured("the server offers no STARTTLS; write smtps://, or another port"));
            }
            session.command("STARTTLS", Blame::Server)?;
            session = session.upgrade(|stream| self.secured(tls, stream))?;
            hello = session.command(&format!("EHLO {name}"), Blame::Server)?;
        }
        if !self.user.is_empty() {
            let login = login(&hello)
                .ok_or_else(|| misconfigured("the server offers no login by PLAIN or LOGIN; empty smtp_user"))?;
            for command in login_commands(login, &self.user, &self.password) {
                session.command(&command, Blame::Account)?;
            }
        }
        session.command(&format!("MAIL FROM:<{from}>"), Blame::Sender)?;
        session.command(&format!("RCPT TO:<{to}>"), Blame::Receiver)?;
        session.command("DATA", Blame::Mail)?;
        session.write(&content(&mail))?;
        let taken = session.reply()?;
        session.positive(taken, Blame::Mail)?;
        // Taken whatever comes of this.
        session.write(b"QUIT\r\n").ok();
        Ok(())
    }

    /// The mail. The identifier is the same for every try, so that a repetition is recognized.
    fn compose(&self, receiver: Mailbox, message: &NotifyMessage) -> Result<Vec<u8>, MailError> {
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mail = Message::builder()
            .from(self.from.clone())
            .to(receiver)
            .subject(message.title.as_str())
            .date(message.time.into())
            .message_id(Some(format!("<{}@{}>", message.id, self.from.email.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".into()))
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone());
        Ok(mail.map_err(|error| misconfigured(&shown_error(error)))?.formatted())
    }

    fn connect(&self) -> Result<TimedStream, MailError> {
        let host = self.host.trim_matches(['[', ']']);
        let addrs = (host, self.port).to_socket_addrs().map_err(|error| later(&error))?;
        let until = clock::now().mono + DEADLINE;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for addr in addrs.take(4) {
            let left = until.saturating_sub(clock::now().mono);
            match TcpStream::connect_timeout(&addr, left.max(Duration::from_millis(1)).min(DEADLINE / 3)) {
                Ok(stream) => return Ok(TimedStream { stream, until }),
                Err(error) => last = error,
            }
        }
        Err(later(&last))
    }

    fn secured(&self, tls: &ClientTls, stream: TimedStream) -> Result<MailStream, MailError> {
        let conn = tls.connection(&self.host).map_err(|error| misconfigured(&error))?;
        Ok(MailStream::Secure(Box::new(StreamOwned::new(conn, stream))))
    }
}

/// Subject of a negative reply.
#[derive(Debug, Clone, Copy)]
enum Blame {
    Server,
    Account,
    Sender,
    Receiver,
    Mail,
}

/// Conversation with a server.
struct SmtpSession {
    stream: MailStream,
    received: Vec<u8>,
}

impl SmtpSession {
    fn write(&mut self, bytes: &[u8]) -> Result<(), MailError> {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).map_err(|error| later(&error))
    }

    fn reply(&mut self) -> Result<SmtpReply, MailError> {
        loop {
            match SmtpReply::parse(&self.received) {
                SmtpParse::Complete(reply, length) => {
                    self.received.drain(..length);
                    return Ok(reply);
                }
                SmtpParse::Malformed => {
                    return Err(misconfigured("no answer of a mail server; check host and port of smtp_url"));
                }
                SmtpParse::Incomplete => {}
            }
            let mut part = [0; 2048];
            match self.stream.read(&mut part) {
                Ok(0) => return Err(later(&"the server closed the connection")),
                Ok(n_bytes) => self.received.extend_from_slice(part.get(..n_bytes).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(later(&error)),
            }
        }
    }

    /// Sends a command; returns the positive reply.
    fn command(&mut self, command: &str, blame: Blame) -> Result<SmtpReply, MailError> {
        self.write(format!("{command}\r\n").as_bytes())?;
        let reply = self.reply()?;
        self.positive(reply, blame)
    }

    #[expect(clippy::unused_self, reason = "reads as a step of the session")]
    fn positive(&self, reply: SmtpReply, blame: Blame) -> Result<SmtpReply, MailError> {
        if reply.is_positive() {
            return Ok(reply);
        }
        let text = shown_error(reply.text());
        if reply.is_transient() {
            return Err(later(&text));
        }
        let remedy = match blame {
            Blame::Mail => return Err(DeliveryOutcome::Refused { error: text }),
            Blame::Server => "check smtp_url",
            // RFC 4954, section 6.
            Blame::Sender | Blame::Receiver if text.starts_with("530") => "set smtp_user and the secret smtp_password",
            Blame::Account => "check smtp_user and the secret smtp_password",
            Blame::Sender => "check smtp_from",
            Blame::Receiver => "check smtp_to",
        };
        Err(misconfigured(&format!("{text}; {remedy}")))
    }

    /// Goes on encrypted. What came with the last reply is not the server's (RFC 3207, section 4.2).
    fn upgrade(self, secured: impl FnOnce(TimedStream) -> Result<MailStream, MailError>) -> Result<Self, MailError> {
        match self.stream {
            MailStream::Plain(stream) if self.received.is_empty() => {
                Ok(Self { stream: secured(stream)?, received: Vec::new() })
            }
            _ => Err(later(&"unexpected bytes before TLS; something changes the connection")),
        }
    }
}

fn later(error: &dyn std::fmt::Display) -> MailError {
    DeliveryOutcome::Later { wait: None, error: shown_error(error) }
}

fn misconfigured(error: &str) -> MailError {
    DeliveryOutcome::Misconfigured { error: error.to_owned() }
}

/// True for this computer, to which mail needs no encryption.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|addr| addr.is_loopback())
}

/// Own address as RFC 5321, section 4.1.3, spells it.
fn hello_name(stream: &TcpStream) -> String {
    match stream.local_addr().as_ref().map(SocketAddr::ip) {
        Ok(IpAddr::V6(addr)) => format!("[IPv6:{addr}]"),
        Ok(IpAddr::V4(addr)) => format!("[{addr}]"),
        Err(_) => "[127.0.0.1]".into(),
    }
}

/// Connection with a deadline for all that is read and written.
struct TimedStream {
    stream: TcpStream,
    /// Monotonic time of the deadline.
    until: Duration,
}

impl TimedStream {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_sub(clock::now().mono);
        let is_over = left.is_zero();
        if is_over { Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")) } else { Ok(Some(left)) }
    }
}

impl Read for TimedStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(into).map_err(timed_out)
    }
}

impl Write for TimedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Some systems call a time-out "would block".
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
        }
        _ => error,
    }
}

/// Plain or encrypted connection.
enum MailStream {
    Plain(TimedStream),
    Secure(Box<StreamOwned<ClientConnection, TimedStream>>),
}

impl Read for MailStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into),
            Self::Secure(stream) => stream.read(into),
        }
    }
}

impl Write for MailStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Secure(stream) => stream.flush(),
        }
    }
}
