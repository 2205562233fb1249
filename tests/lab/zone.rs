//! The names of the lab's internet, and DNS messages as bytes (RFC 1035).

use std::net::IpAddr;

/// Every name that exists, with its addresses.
pub(crate) const NAMES: [(&str, &[&str]); 8] = [
    ("example.com", &["93.184.215.14", "2606:2800:21f::14"]),
    ("www.example.com", &["93.184.215.14", "2606:2800:21f::14"]),
    ("detectportal.firefox.com", &["93.184.215.14", "2606:2800:21f::14"]),
    ("www.google.com", &["142.250.0.1", "2a00:1450:4001::2004"]),
    ("www.cloudflare.com", &["104.16.0.1", "2606:4700::6810:1"]),
    ("dns.google", &["8.8.8.8", "8.8.4.4", "2001:4860:4860::8888"]),
    ("one.one.one.one", &["1.1.1.1", "1.0.0.1", "2606:4700:4700::1111"]),
    ("dns.quad9.net", &["9.9.9.9", "2620:fe::fe"]),
];

/// Type of an IPv4 address record.
pub(crate) const A: u16 = 1;
const AAAA: u16 = 28;
const SOA: u16 = 6;
/// Answer code: the server failed.
pub(crate) const SERVFAIL: u8 = 2;
/// Answer code: no such name.
pub(crate) const NXDOMAIN: u8 = 3;

/// The question of a query.
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) kind: u16,
    end: usize,
}

/// The first question of a message; nothing when it is none.
pub(crate) fn question(message: &[u8]) -> Option<Question> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*message.get(at)?);
        let label = message.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
    }
    let kind = u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]);
    message.get(at + 3)?;
    Some(Question { name: labels.join("."), kind, end: at + 4 })
}

/// A query for `name`.
pub(crate) fn query(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend(label.bytes());
    }
    message.push(0);
    message.extend(kind.to_be_bytes());
    message.extend([0, 1]);
    message
}

/// The true answer to a query.
pub(crate) fn truth(query: &[u8]) -> Option<Vec<u8>> {
    let question = question(query)?;
    match NAMES.iter().find(|(name, _)| *name == question.name) {
        Some((_, addresses)) => {
            let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
            reply(query, 0, &addresses)
        }
        None => reply(query, NXDOMAIN, &[]),
    }
}

/// A reply with this code and those of the addresses that were asked for.
pub(crate) fn reply(query: &[u8], code: u8, addresses: &[IpAddr]) -> Option<Vec<u8>> {
    let question = question(query)?;
    let mut records = Vec::new();
    let mut count = 0_u8;
    for address in addresses {
        let bytes = match (question.kind, address) {
            (A, IpAddr::V4(v4)) => v4.octets().to_vec(),
            (AAAA, IpAddr::V6(v6)) => v6.octets().to_vec(),
            _ => continue,
        };
        count += 1;
        record(&mut records, &[0xc0, 12], question.kind, &bytes);
    }
    let authority = u8::from(count == 0 && (code == 0 || code == NXDOMAIN));
    if authority == 1 {
        let mut data = vec![1, b'a', 0, 1, b'b', 0];
        data.extend([1_u32, 1800, 900, 604_800, 60].iter().flat_map(|number| number.to_be_bytes()));
        record(&mut records, &[0], SOA, &data);
    }
    let mut message = query.get(..2)?.to_vec();
    let recursion_desired = query.get(2)? & 1;
    message.extend([0x80 | recursion_desired, 0x80 | code, 0, 1, 0, count, 0, authority, 0, 0]);
    message.extend(query.get(12..question.end)?);
    message.extend(records);
    Some(message)
}

fn record(to: &mut Vec<u8>, owner: &[u8], kind: u16, data: &[u8]) {
    to.extend(owner);
    to.extend(kind.to_be_bytes());
    to.extend([0, 1, 0, 0, 0, 60, 0]);
    to.push(u8::try_from(data.len()).unwrap());
    to.extend(data);
}

/// Answer code and IPv4 addresses of a reply.
pub(crate) fn outcome(reply: &[u8]) -> (u8, Vec<IpAddr>) {
    let mut at = question(reply).map_or(reply.len(), |question| question.end);
    let mut addresses = Vec::new();
    for _ in 0..reply[7] {
        let length = usize::from(reply[at + 11]);
        if let Ok(octets) = <[u8; 4]>::try_from(&reply[at + 12..at + 12 + length]) {
            addresses.push(octets.into());
        }
        at += 12 + length;
    }
    (reply[3] & 15, addresses)
}
