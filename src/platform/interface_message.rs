//! Counters that macOS keeps of its links: the messages of a dump of the routing socket with `NET_RT_IFLIST2`
//! (`net/if.h`). Pure, so that it is tested on every system.
//!
//! Each message begins with its length, version and kind. Those of the kind `RTM_IFINFO2` are a `struct if_msghdr2` of
//! [`HEADER`] bytes, whose counters have 64 bits where those of `getifaddrs` have 32, and the link's name and hardware
//! address behind it. Numbers are in the byte order of the machine.

use super::route_message::bytes;
use crate::model::host::Counters;

/// Size of `struct if_msghdr2`.
const HEADER: usize = 160;
/// `RTM_VERSION`; messages of another version are skipped.
const VERSION: u8 = 5;
/// `RTM_IFINFO2`.
const KIND: u8 = 0x12;
/// `RTA_IFP`: a `struct sockaddr_dl` follows. It is the only address that follows.
const HAS_NAME: u32 = 0x10;
/// `AF_LINK` of macOS.
const AF_LINK: u8 = 18;

/// Facts that a message tells of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LinkRow {
    /// The system's number of the link.
    pub(super) index: u32,
    pub(super) mtu: u32,
    /// `None` when the driver does not say.
    pub(super) speed_mbit: Option<u32>,
    pub(super) counters: Counters,
    /// `None` for a link without one.
    pub(super) mac: Option<[u8; 6]>,
}

/// Reads the links out of a dump. A message that ends too early ends the reading.
pub(super) fn links(mut dump: &[u8]) -> Vec<LinkRow> {
    let mut links = Vec::new();
    while let Some(length) = bytes(dump, 0).map(u16::from_ne_bytes) {
        // Four bytes tell what it is; fewer would go round for ever.
        let Some((message, rest)) = dump.split_at_checked(usize::from(length)).filter(|_| length >= 4) else { break };
        if let [_, _, VERSION, KIND, ..] = message {
            links.extend(read(message));
        }
        dump = rest;
    }
    links
}

/// `None` for a message that is too short for its kind.
fn read(message: &[u8]) -> Option<LinkRow> {
    let name = message.get(HEADER..)?;
    let word = |at| bytes(message, at).map(u32::from_ne_bytes);
    let long = |at| bytes(message, at).map(u64::from_ne_bytes);
    let speed_mbit = u32::try_from(long(48)? / 1_000_000).ok().filter(|speed| *speed > 0);
    let counters = Counters {
        rx_packets: long(56)?,
        rx_errors: long(64)?,
        tx_packets: long(72)?,
        tx_errors: long(80)?,
        rx_bytes: long(96)?,
        tx_bytes: long(104)?,
        rx_dropped: long(128)?,
        // The queue before the driver counts them.
        tx_dropped: word(24)?.into(),
    };
    Some(LinkRow {
        index: bytes(message, 12).map(u16::from_ne_bytes)?.into(),
        mtu: word(40)?,
        speed_mbit,
        counters,
        mac: if word(4)? & HAS_NAME == 0 { None } else { mac(name) },
    })
}

/// The hardware address in a `struct sockaddr_dl`: behind eight bytes and the name. All zeros are none.
fn mac(address: &[u8]) -> Option<[u8; 6]> {
    let [_, AF_LINK, _, _, _, name_length, 6, ..] = *address else { return None };
    bytes(address, 8 + usize::from(name_length)).filter(|mac| *mac != [0; 6])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message as the kernel lays it out: `fields` are (place, bytes).
    fn message(index: u16, fields: &[(usize, Vec<u8>)], name: &[u8]) -> Vec<u8> {
        let mut message = vec![0; HEADER];
        message[2..4].copy_from_slice(&[VERSION, KIND]);
        message[4..8].copy_from_slice(&HAS_NAME.to_ne_bytes());
        message[12..14].copy_from_slice(&index.to_ne_bytes());
        for (at, field) in fields {
            message[*at..at + field.len()].copy_from_slice(field);
        }
        message.extend(name);
        let length = u16::try_from(message.len()).unwrap();
        message[..2].copy_from_slice(&length.to_ne_bytes());
        message
    }

    /// The `sockaddr_dl` of `en0` with a hardware address of `length` bytes.
    fn en0(length: u8) -> Vec<u8> {
        let mut name = vec![20, AF_LINK, 4, 0, 6, 3, length, 0, b'e', b'n', b'0'];
        name.extend([0x02, 0x00, 0x5E, 0x10, 0x20, 0x30]);
        name.resize(20, 0);
        name
    }

    /// `if_data64` begins at 32: its fields follow in the order of `net/if_var.h`.
    fn carried() -> Vec<(usize, Vec<u8>)> {
        let longs = [
            (16, 1_000_000_000), // baudrate
            (24, 11),            // ipackets
            (32, 12),            // ierrors
            (40, 13),            // opackets
            (48, 14),            // oerrors
            (56, 99),            // collisions
            (64, 5_000_000_000), // ibytes
            (72, 6_000_000_000), // obytes
            (96, 15),            // iqdrops
        ];
        let mut fields: Vec<(usize, Vec<u8>)> =
            longs.iter().map(|(at, value): &(usize, u64)| (32 + at, value.to_ne_bytes().to_vec())).collect();
        fields.push((40, 1500_u32.to_ne_bytes().to_vec()));
        fields.push((24, 16_u32.to_ne_bytes().to_vec())); // ifm_snd_drops
        fields
    }

    fn expected() -> LinkRow {
        LinkRow {
            index: 4,
            mtu: 1500,
            speed_mbit: Some(1000),
            counters: Counters {
                rx_bytes: 5_000_000_000,
                tx_bytes: 6_000_000_000,
                rx_packets: 11,
                tx_packets: 13,
                rx_errors: 12,
                tx_errors: 14,
                rx_dropped: 15,
                tx_dropped: 16,
            },
            mac: Some([0x02, 0x00, 0x5E, 0x10, 0x20, 0x30]),
        }
    }

    #[test]
    fn a_link_is_read_with_counters_of_64_bits() {
        assert_eq!(vec![expected()], links(&message(4, &carried(), &en0(6))));
    }

    #[test]
    fn a_link_without_speed_or_hardware_address_has_none() {
        let mut lo0 = en0(0);
        let bare = LinkRow { index: 1, mtu: 16_384, speed_mbit: None, counters: Counters::default(), mac: None };
        let fields = [(40, 16_384_u32.to_ne_bytes().to_vec())];
        assert_eq!(vec![bare], links(&message(1, &fields, &lo0)));
        lo0 = en0(6);
        lo0[11..17].fill(0);
        assert_eq!(vec![bare], links(&message(1, &fields, &lo0)), "all zeros");
        let without = [(40, 16_384_u32.to_ne_bytes().to_vec()), (4, vec![0; 4])];
        assert_eq!(vec![bare], links(&message(1, &without, &en0(6))), "the header says that none follows");
    }

    #[test]
    fn other_messages_are_skipped_and_a_torn_one_ends_the_dump() {
        let address = [&[20, 0, VERSION, 0x0C][..], &[0; 16]].concat();
        let address: Vec<u8> = if cfg!(target_endian = "big") { [&[0, 20], &address[2..]].concat() } else { address };
        let good = message(4, &carried(), &en0(6));
        let mut old = good.clone();
        old[2] = 4;
        let dump = [old, address, good.clone(), good[..100].to_vec()].concat();
        assert_eq!(vec![expected()], links(&dump));
        let mut short = good[..HEADER - 1].to_vec();
        short[..2].copy_from_slice(&159_u16.to_ne_bytes());
        assert!(links(&short).is_empty());
        assert!(links(&[0; 64]).is_empty(), "a length of zero");
        assert!(links(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_can_break_it(tail in proptest::collection::vec(any::<u8>(), 0..400), kind in 0x11..0x14_u8) {
            let mut dump = message(4, &carried(), &[]);
            dump.extend(tail);
            let length = u16::try_from(dump.len()).unwrap();
            dump[..2].copy_from_slice(&length.to_ne_bytes());
            dump[3] = kind;
            prop_assert!(links(&dump).len() <= 1);
            links(&dump[2..]);
        }
    }
}
