//! STUN (RFC 8489) as far as it tells the address that the far side sees.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const MAGIC_COOKIE: u32 = 0x2112_A442;
const MAPPED_ADDRESS: u16 = 0x0001;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const HEADER: usize = 20;

/// Identifier that tells an answer from those to other requests.
pub type TransactionId = [u8; 12];

/// A binding request without attributes.
pub fn request(id: TransactionId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend(BINDING_REQUEST.to_be_bytes());
    bytes.extend(0_u16.to_be_bytes());
    bytes.extend(MAGIC_COOKIE.to_be_bytes());
    bytes.extend(id);
    bytes
}

/// The address in the answer to the request with this `id`; `None` when it is none, or holds none.
pub fn mapped_address(bytes: &[u8], id: TransactionId) -> Option<IpAddr> {
    let (header, attributes) = bytes.split_at_checked(HEADER)?;
    let is_answer = word(header, 0)? == BINDING_SUCCESS
        && header.get(4..8)? == MAGIC_COOKIE.to_be_bytes()
        && header.get(8..)? == id;
    let attributes = attributes.get(..usize::from(word(header, 2)?)).filter(|_| is_answer)?;
    let mut plain = None;
    let mut rest = attributes;
    while let Some((kind, length)) = word(rest, 0).zip(word(rest, 2)) {
        let value = rest.get(4..4 + usize::from(length))?;
        match kind {
            // Old servers send the plain one alone, which some routers rewrite; so this one wins.
            XOR_MAPPED_ADDRESS => return address(value, &mask(id)),
            MAPPED_ADDRESS => plain = address(value, &[0; 16]),
            _ => {}
        }
        rest = rest.get(4 + usize::from(length).next_multiple_of(4)..).unwrap_or_default();
    }
    plain
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// Returns the mask that hides an address (RFC 8489, section 14.2).
fn mask(id: TransactionId) -> [u8; 16] {
    let mut mask = [0; 16];
    let bytes = MAGIC_COOKIE.to_be_bytes().into_iter().chain(id);
    mask.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    mask
}

fn address(value: &[u8], mask: &[u8; 16]) -> Option<IpAddr> {
    let bare = |bytes: &[u8]| bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect::<Vec<u8>>();
    match value.get(1)? {
        1 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bare(value.get(4..8)?)).ok()?).into()),
        2 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bare(value.get(4..20)?)).ok()?).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The sample answers of RFC 5769, sections 2.2 and 2.3, without the attributes that are not looked at.
    const ID: TransactionId = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

    fn answer(attributes: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x01, 0x01, 0x00, u8::try_from(attributes.len()).unwrap(), 0x21, 0x12, 0xa4, 0x42];
        bytes.extend(ID);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn the_answers_of_the_standard_are_read() {
        let software = [0x80, 0x22, 0x00, 0x0b, b't', b'e', b's', b't', b' ', b'v', b'e', b'c', b't', b'o', b'r', b' '];
        let mut v4 = software.to_vec();
        v4.extend([0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        assert_eq!(Some("192.0.2.1".parse().unwrap()), mapped_address(&answer(&v4), ID));
        let v6 = [
            0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25,
            0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        let expected = "2001:db8:1234:5678:11:2233:4455:6677".parse().unwrap();
        assert_eq!(Some(expected), mapped_address(&answer(&v6), ID));
        let plain = [0x00, 0x01, 0x00, 0x08, 0x00, 0x01, 0x12, 0x34, 192, 0, 2, 7];
        assert_eq!(Some("192.0.2.7".parse().unwrap()), mapped_address(&answer(&plain), ID));
    }

    #[test]
    fn an_answer_to_another_request_is_none() {
        let plain = [0x00, 0x01, 0x00, 0x08, 0x00, 0x01, 0x12, 0x34, 192, 0, 2, 7];
        assert_eq!(None, mapped_address(&answer(&plain), [0; 12]));
        assert_eq!(None, mapped_address(&request(ID), ID));
        let whole = answer(&plain);
        assert!((0..whole.len()).all(|end| mapped_address(&whole[..end], ID).is_none()));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, attributes in proptest::collection::vec(any::<u8>(), 0..200)) {
            mapped_address(&bytes, ID);
            mapped_address(&answer(&attributes), ID);
        }
    }
}
