//! Reasons, in words, why no connection or no handshake came about, and why a certificate is not trusted.

use std::{io, net::IpAddr, time::Duration};

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

use crate::model::probe::{LocalFault, Loss, NotMeasured, Outcome};

/// Returns the time to connect, or what is wrong with `outcome`, which was waited for at most `deadline`.
pub(super) fn connect(outcome: &Outcome, deadline: Duration) -> Result<Duration, String> {
    Err(match outcome {
        Outcome::Reply(rtt, proof) if proof.is_accepted() => return Ok(*rtt),
        Outcome::Reply(rtt, _) => format!("refused after {}", millis(*rtt)),
        Outcome::Lost(Loss::Timeout) => format!("no answer within {}", secs(deadline)),
        Outcome::Lost(Loss::Reset) => "the connection was cut".into(),
        Outcome::Lost(Loss::Unreachable { icmp_type, code, from }) => {
            format!("router {from} says: {}", unreachable(*icmp_type, *code, *from))
        }
        Outcome::Lost(Loss::Local(LocalFault::NoRoute)) => "this computer has no route to it".into(),
        Outcome::Lost(Loss::Local(LocalFault::LinkDown)) => "the link of this computer is down".into(),
        Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)) => "unreachable: the next hop does not answer".into(),
        Outcome::Lost(_) => "no connection".into(),
        Outcome::NotMeasured(NotMeasured::NoPermission) => "not measured: this computer forbids the connection".into(),
        Outcome::NotMeasured(NotMeasured::NoResources) => "not measured: this computer has no sockets left".into(),
        Outcome::NotMeasured(NotMeasured::NoRoots) => {
            "not measured: this computer trusts no issuer of certificates".into()
        }
        Outcome::NotMeasured(NotMeasured::Unsupported) => "not measured: this computer cannot connect to it".into(),
    })
}

/// Meaning of a router's ICMP error (RFC 792, RFC 1812, RFC 4443).
fn unreachable(icmp_type: u8, code: u8, from: IpAddr) -> String {
    let (unreachable, exceeded) = if from.is_ipv4() { (3, 11) } else { (1, 3) };
    let word = match (icmp_type, code) {
        (3, 0 | 6 | 11) if from.is_ipv4() => "no route to that network",
        (3, 1 | 7 | 12) if from.is_ipv4() => "the host cannot be reached",
        (3, 9 | 10 | 13) if from.is_ipv4() => "forbidden by a filter",
        (1, 0) if from.is_ipv6() => "no route to that network",
        (1, 3) if from.is_ipv6() => "the host cannot be reached",
        (1, 1 | 5 | 6) if from.is_ipv6() => "forbidden by a filter",
        (kind, _) if kind == exceeded => "the packet never arrives, it goes round in circles",
        (kind, code) if kind == unreachable => return format!("unreachable (code {code})"),
        (kind, code) => return format!("ICMP type {kind}, code {code}"),
    };
    word.into()
}

/// Reason why the system finds no address for a name.
pub(super) fn no_address(error: &io::Error) -> String {
    let text = error.to_string();
    let told = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    format!("the name has no address: {}", plain(told))
}

/// Reason why a handshake failed, which could take at most `deadline`.
pub(super) fn handshake(error: &io::Error, deadline: Duration) -> String {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return tls(error);
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            format!("the handshake was not finished within {}", secs(deadline))
        }
        io::ErrorKind::UnexpectedEof => "the server hung up during the handshake".into(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            "the connection was cut during the handshake".into()
        }
        _ => format!("the handshake failed: {}", plain(&error.to_string())),
    }
}

/// Objection of the TLS library to the server.
pub(super) fn tls(error: &Error) -> String {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            "the server does not speak TLS on this port".into()
        }
        Error::InvalidMessage(_) => format!("the server's handshake is garbled: {}", plain(&error.to_string())),
        Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server speaks neither TLS 1.2 nor TLS 1.3".into()
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => "the server does not know this name".into(),
        Error::AlertReceived(alert) => format!("the server refused the handshake: {alert:?}"),
        Error::PeerIncompatible(_) => format!("the server speaks no TLS that is safe: {}", plain(&error.to_string())),
        _ => format!("the handshake failed: {}", plain(&error.to_string())),
    }
}

/// Objection of the system to a certificate.
pub(super) fn distrust(error: &Error) -> String {
    let Error::InvalidCertificate(error) = error else { return plain(&error.to_string()) };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; check the clock of this computer".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name".into()
        }
        CertificateError::UnknownIssuer => "its issuer is not known to this system".into(),
        CertificateError::Revoked => "it has been revoked".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not made for servers".into()
        }
        CertificateError::BadEncoding => "it is garbled".into(),
        CertificateError::BadSignature => "its signature is wrong".into(),
        other => plain(&other.to_string()),
    }
}

/// `text` on one line, without what could steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// A time limit as it is written in the configuration.
pub(super) fn secs(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::probe::Proof;

    #[test]
    fn every_outcome_but_acceptance_is_told_in_words() {
        let v4 = IpAddr::from([192, 0, 2, 1]);
        let v6: IpAddr = "2001:db8::1".parse().unwrap();
        let told = |icmp_type, code, from| Outcome::Lost(Loss::Unreachable { icmp_type, code, from });
        let refused = Outcome::Reply(Duration::from_micros(1250), Proof::Refused);
        for (outcome, words) in [
            (refused, "refused after 1.2 ms"),
            (Outcome::Lost(Loss::Timeout), "no answer within 2.5 s"),
            (Outcome::Lost(Loss::Reset), "the connection was cut"),
            (told(3, 1, v4), "router 192.0.2.1 says: the host cannot be reached"),
            (told(3, 13, v4), "router 192.0.2.1 says: forbidden by a filter"),
            (told(11, 0, v4), "router 192.0.2.1 says: the packet never arrives, it goes round in circles"),
            (told(3, 15, v4), "router 192.0.2.1 says: unreachable (code 15)"),
            (told(1, 0, v6), "router 2001:db8::1 says: no route to that network"),
            (told(1, 1, v6), "router 2001:db8::1 says: forbidden by a filter"),
            (told(3, 0, v6), "router 2001:db8::1 says: the packet never arrives, it goes round in circles"),
            (told(4, 1, v6), "router 2001:db8::1 says: ICMP type 4, code 1"),
            (Outcome::Lost(Loss::Local(LocalFault::NoRoute)), "this computer has no route to it"),
        ] {
            assert_eq!(Err(words.to_owned()), connect(&outcome, Duration::from_millis(2500)));
        }
        let accepted = Outcome::Reply(Duration::from_millis(3), Proof::Accepted);
        assert_eq!(Ok(Duration::from_millis(3)), connect(&accepted, Duration::from_secs(1)));
    }

    #[test]
    fn nothing_foreign_steers_the_terminal() {
        let told = no_address(&io::Error::other("failed to lookup address information: \u{1b}[31mred\r\n"));
        assert_eq!("the name has no address:  [31mred  ", told);
        assert!(!tls(&Error::General("\u{7}".into())).contains('\u{7}'));
    }
}
