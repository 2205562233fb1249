//! ICMP and `ICMPv6` echo packets (RFC 792, RFC 4443) as bytes.

use crate::model::host::Family;

/// Content of one ICMP packet, as far as it concerns our probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet {
    /// An answer to the echo with this identifier and sequence number.
    EchoReply {
        /// Identifier.
        id: u16,
        /// Sequence number.
        seq: u16,
    },
    /// A router gave up on the echo with this identifier and sequence number.
    Error {
        /// ICMP type.
        icmp_type: u8,
        /// ICMP code.
        code: u8,
        /// Identifier of the quoted echo.
        id: u16,
        /// Sequence number of the quoted echo.
        seq: u16,
    },
}

const fn request_type(family: Family) -> u8 {
    match family {
        Family::V4 => 8,
        Family::V6 => 128,
    }
}

const fn reply_type(family: Family) -> u8 {
    match family {
        Family::V4 => 0,
        Family::V6 => 129,
    }
}

/// Builds an echo request with `n_payload` bytes of payload, at least two.
///
/// The first two bytes of the payload undo the sequence number in the checksum, so that all probes of a host look the
/// same to routers that spread flows by the first bytes of ICMP. The IPv6 checksum is left to the kernel, which alone
/// knows the source address.
pub fn echo_request(family: Family, id: u16, seq: u16, n_payload: usize) -> Vec<u8> {
    let mut packet = vec![0; 8 + n_payload.max(2)];
    let words = [u16::from_be_bytes([request_type(family), 0]), 0, id, seq, !seq];
    for (bytes, word) in packet.chunks_exact_mut(2).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    if family == Family::V4 {
        let sum = checksum(&packet).to_be_bytes();
        if let Some(field) = packet.get_mut(2..4) {
            field.copy_from_slice(&sum);
        }
    }
    packet
}

/// The internet checksum (RFC 1071).
pub fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|word| u32::from(u16::from_be_bytes([byte(word, 0), byte(word, 1)])));
    let sum = words.fold(0_u32, |sum, word| {
        let sum = sum + word;
        (sum & 0xffff) + (sum >> 16)
    });
    !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap_or(0)
}

fn byte(bytes: &[u8], idx: usize) -> u8 {
    bytes.get(idx).copied().unwrap_or(0)
}

fn word(bytes: &[u8], idx: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(idx)?, *bytes.get(idx + 1)?]))
}

/// Reads an ICMP packet without its IP header. `None` when it does not concern an echo of ours.
pub fn parse(family: Family, packet: &[u8]) -> Option<Packet> {
    let (icmp_type, code) = (*packet.first()?, *packet.get(1)?);
    let (id, seq) = (word(packet, 4)?, word(packet, 6)?);
    if icmp_type == reply_type(family) && code == 0 {
        return Some(Packet::EchoReply { id, seq });
    }
    let is_error = match family {
        Family::V4 => matches!(icmp_type, 3 | 11 | 12),
        Family::V6 => (1..=4).contains(&icmp_type),
    };
    if !is_error {
        return None;
    }
    let quoted = strip_ip_header(family, packet.get(8..)?)?;
    let (id, seq) = parse_quoted(family, quoted)?;
    Some(Packet::Error { icmp_type, code, id, seq })
}

/// Reads an echo request of ours as an error quotes it: identifier and sequence number.
pub fn parse_quoted(family: Family, quoted: &[u8]) -> Option<(u16, u16)> {
    (*quoted.first()? == request_type(family)).then_some(())?;
    Some((word(quoted, 4)?, word(quoted, 6)?))
}

/// The part of an IP packet behind its header; `None` when it is not ICMP or cut short. IPv6 extension headers are
/// not looked behind: our own probes have none.
pub fn strip_ip_header(family: Family, packet: &[u8]) -> Option<&[u8]> {
    match family {
        Family::V4 => {
            let first = *packet.first()?;
            let length = usize::from(first & 0x0f) * 4;
            (first >> 4 == 4 && length >= 20 && *packet.get(9)? == 1).then(|| packet.get(length..)).flatten()
        }
        Family::V6 => (*packet.first()? >> 4 == 6 && *packet.get(6)? == 58).then(|| packet.get(40..)).flatten(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_checksum_is_right_and_the_same_for_every_probe() {
        // RFC 1071, section 3: the sum of these bytes is ddf2 after folding.
        assert_eq!(!0xddf2, checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]));
        let sums: std::collections::BTreeSet<_> =
            (0..500).map(|seq| echo_request(Family::V4, 7, seq, 32)[2..4].to_vec()).collect();
        assert_eq!(1, sums.len());
        assert_eq!(0, checksum(&echo_request(Family::V4, 7, 9, 33)));
    }

    #[test]
    fn a_router_that_gave_up_is_matched_by_what_it_quotes() {
        let mut packet = vec![11, 0, 0, 0, 0, 0, 0, 0];
        packet.extend([0x45, 0, 0, 60, 0, 0, 0, 0, 1, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9]);
        packet.extend(&echo_request(Family::V4, 0x1234, 0x5678, 8)[..8]);
        let expected = Packet::Error { icmp_type: 11, code: 0, id: 0x1234, seq: 0x5678 };
        assert_eq!(Some(expected), parse(Family::V4, &packet));
        for short in 0..packet.len() {
            assert_eq!(None, parse(Family::V4, &packet[..short]), "cut at {short}");
        }
    }

    proptest! {
        #[test]
        fn an_answer_is_matched_and_no_bytes_panic(id: u16, seq: u16, noise: Vec<u8>, cut in 0_usize..64) {
            for family in [Family::V4, Family::V6] {
                let mut packet = echo_request(family, id, seq, 16);
                prop_assert_eq!(Some((id, seq)), parse_quoted(family, &packet));
                packet[0] = reply_type(family);
                prop_assert_eq!(Some(Packet::EchoReply { id, seq }), parse(family, &packet));
                packet.truncate(cut);
                packet.extend(&noise);
                parse(family, &packet);
                parse(family, &noise);
                strip_ip_header(family, &noise);
                checksum(&noise);
            }
        }
    }
}
