//! Extensions that routers add to ICMP errors (RFC 4884): the MPLS labels a packet carried (RFC 4950).

use super::icmp::checksum;
use crate::model::trace::MplsLabel;

/// Offset of the extension in bytes, counted from the IP header that the error quotes: the quoted packet is filled up
/// to this length (RFC 4884, section 5.5), or to more.
pub const QUOTED: usize = 128;
/// Of the extension and of each object in it (RFC 4884, section 7).
const HEADER: usize = 4;
/// MPLS label stack, incoming (RFC 4950, section 4): class and type of the object.
const MPLS: [u8; 2] = [1, 1];

/// The labels in `bytes`, which begin somewhere in the quoted packet so that the extension begins at `at` or later.
///
/// Only an extension whose checksum is right is believed, since nothing else tells it from the packet quoted. Empty
/// without one.
pub fn labels(bytes: &[u8], at: usize) -> Vec<MplsLabel> {
    // Longer quotes come in steps of 32 bits (RFC 4884, section 4.1).
    let extension = (at..bytes.len()).step_by(4).filter_map(|at| bytes.get(at..)).find(|bytes| is_extension(bytes));
    extension.and_then(|extension| extension.get(HEADER..)).map(labels_of).unwrap_or_default()
}

fn is_extension(bytes: &[u8]) -> bool {
    let [first, _, high, low, ..] = *bytes else { return false };
    first >> 4 == 2 && (high, low) != (0, 0) && checksum(bytes) == 0
}

fn labels_of(mut objects: &[u8]) -> Vec<MplsLabel> {
    while let [high, low, class, kind, ..] = *objects {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADER || length > objects.len() {
            return Vec::new();
        }
        let (object, rest) = objects.split_at(length);
        if [class, kind] == MPLS {
            let entries = object.get(HEADER..).unwrap_or_default().as_chunks::<4>().0;
            return entries.iter().map(|entry| label(u32::from_be_bytes(*entry))).collect();
        }
        objects = rest;
    }
    Vec::new()
}

/// One entry (RFC 3032, section 2.1).
fn label(entry: u32) -> MplsLabel {
    let [.., class_and_last, ttl] = entry.to_be_bytes();
    MplsLabel { label: entry >> 12, class: class_and_last >> 1 & 7, is_last: class_and_last & 1 == 1, ttl }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn extension(objects: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x20, 0, 0, 0];
        bytes.extend(objects);
        let sum = checksum(&bytes).to_be_bytes();
        bytes[2..4].copy_from_slice(&sum);
        bytes
    }

    #[test]
    fn a_stack_of_two_labels_behind_another_object_is_read() {
        // An interface object (RFC 5837) of 8 bytes, then labels 24011 (class 5) and 17 (last).
        let mut objects = vec![0, 8, 2, 0, 0, 0, 0, 7, 0, 12, 1, 1];
        objects.extend((24011_u32 << 12 | 5 << 9 | 3).to_be_bytes());
        objects.extend((17_u32 << 12 | 1 << 8 | 255).to_be_bytes());
        let expected = [
            MplsLabel { label: 24011, class: 5, is_last: false, ttl: 3 },
            MplsLabel { label: 17, class: 0, is_last: true, ttl: 255 },
        ];
        for quoted in [QUOTED, QUOTED + 8] {
            let mut bytes = vec![0x45; quoted - 20];
            bytes.extend(extension(&objects));
            assert_eq!(expected.as_slice(), labels(&bytes, QUOTED - 20));
        }
    }

    #[test]
    fn a_wrong_checksum_is_no_extension() {
        let mut bytes = vec![0; QUOTED];
        bytes.extend(extension(&[0, 8, 1, 1, 0, 1, 0x11, 7]));
        assert_eq!(1, labels(&bytes, QUOTED).len());
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(Vec::<MplsLabel>::new(), labels(&bytes, QUOTED));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, objects: Vec<u8>, at in 0_usize..200) {
            labels(&bytes, at);
            labels(&extension(&objects), 0);
        }
    }
}
