//! The hello of a TLS client (RFC 8446, section 4.1.2) that speaks no cipher anybody knows, padded to a size.
//!
//! A server that reads it has nothing to choose and says so in an alert of seven bytes (section 6.2), so what is sent is
//! large and what comes back is small, and no server signs anything for it.

/// A handshake message in a record, as TLS 1.0 wrote it, which is what all servers read.
const HANDSHAKE: [u8; 3] = [22, 3, 1];
const CLIENT_HELLO: u8 = 1;
const TLS_1_2: [u8; 2] = [3, 3];
/// A cipher that never will be one (RFC 8701).
const NO_CIPHER: [u8; 2] = [0x0A, 0x0A];
const NO_COMPRESSION: [u8; 2] = [1, 0];
/// The extension that is there to be long (RFC 7685).
const PADDING: [u8; 2] = [0, 21];
/// All but the padding itself.
const OVERHEAD: u16 = 56;

/// A hello of `size` bytes, at least as many as it takes.
pub fn client_hello(random: [u8; 32], size: u16) -> Vec<u8> {
    let size = size.max(OVERHEAD);
    let mut bytes = Vec::with_capacity(usize::from(size));
    bytes.extend(HANDSHAKE);
    bytes.extend((size - 5).to_be_bytes());
    bytes.push(CLIENT_HELLO);
    bytes.push(0);
    bytes.extend((size - 9).to_be_bytes());
    bytes.extend(TLS_1_2);
    bytes.extend(random);
    // No session to resume, one cipher.
    bytes.push(0);
    bytes.extend(2_u16.to_be_bytes());
    bytes.extend(NO_CIPHER);
    bytes.extend(NO_COMPRESSION);
    bytes.extend((size - OVERHEAD + 4).to_be_bytes());
    bytes.extend(PADDING);
    bytes.extend((size - OVERHEAD).to_be_bytes());
    bytes.resize(usize::from(size), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes off the front.
    fn take<'a>(bytes: &mut &'a [u8], n: usize) -> &'a [u8] {
        let (head, rest) = bytes.split_at(n);
        *bytes = rest;
        head
    }

    fn length(bytes: &[u8]) -> usize {
        bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    }

    #[test]
    fn all_lengths_are_true() {
        for size in [0, 56, 57, 517, 2800] {
            let hello = client_hello([7; 32], size);
            assert_eq!(usize::from(size).max(56), hello.len());
            let mut rest = hello.as_slice();
            assert_eq!([22, 3, 1], take(&mut rest, 3));
            assert_eq!(hello.len() - 5, length(take(&mut rest, 2)));
            assert_eq!([1], take(&mut rest, 1));
            assert_eq!(hello.len() - 9, length(take(&mut rest, 3)));
            assert_eq!([3, 3], take(&mut rest, 2));
            assert_eq!([7; 32], take(&mut rest, 32));
            assert_eq!([0, 0, 2, 0x0A, 0x0A, 1, 0], take(&mut rest, 7));
            assert_eq!(rest.len() - 2, length(take(&mut rest, 2)));
            assert_eq!([0, 21], take(&mut rest, 2));
            assert_eq!(rest.len() - 2, length(take(&mut rest, 2)));
            assert!(rest.iter().all(|byte| *byte == 0));
        }
    }
}
