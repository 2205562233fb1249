//! The one field of a certificate that this program reads itself (RFC 5280).

use chrono::{DateTime, Duration, TimeDelta};
use der::{
    Decode as _, Header, Length, Reader as _, SliceReader, Tag,
    asn1::{GeneralizedTime, UtcTime},
};

use crate::model::time::Timestamp;

/// Returns the time at which a certificate (DER) expires: `notAfter` of RFC 5280, section 4.1.2.5. `None` when it does
/// not say so in a form that is allowed.
pub fn expiry(certificate: &[u8]) -> Option<Timestamp> {
    let mut reader = SliceReader::new(certificate).ok()?;
    // Certificate and, as its first part, TBSCertificate.
    enter(&mut reader)?;
    enter(&mut reader)?;
    if Header::peek(&reader).ok()?.tag().is_context_specific() {
        skip(&mut reader)?;
    }
    // serialNumber, signature, issuer; then validity, with notBefore in front.
    for _ in 0..3 {
        skip(&mut reader)?;
    }
    enter(&mut reader)?;
    skip(&mut reader)?;
    let since_1970 = match Header::peek(&reader).ok()?.tag() {
        Tag::UtcTime => UtcTime::decode(&mut reader).ok()?.to_unix_duration(),
        Tag::GeneralizedTime => GeneralizedTime::decode(&mut reader).ok()?.to_unix_duration(),
        _ => return None,
    };
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since_1970).ok()?)
}

/// Whole days from `now` until `end`; 0 on the last one, negative once it is over.
pub fn days_until(end: Timestamp, now: Timestamp) -> i64 {
    (end - now).num_seconds().div_euclid(Duration::days(1).num_seconds())
}

/// Goes on with the parts of a sequence.
fn enter(reader: &mut SliceReader<'_>) -> Option<()> {
    (Header::decode(reader).ok()?.tag() == Tag::Sequence).then_some(())
}

/// Goes on behind the next part, whatever it is.
fn skip(reader: &mut SliceReader<'_>) -> Option<()> {
    let length: Length = Header::decode(reader).ok()?.length();
    reader.read_slice(length).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    /// A certificate that expires at the beginning of this day.
    fn certificate(year: i32, month: u8, day: u8) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["example.com".into()]).unwrap();
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(year, month, day);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_day_of_expiry_is_read_in_both_spellings() {
        // Up to 2049 in short form, in long form from then on (RFC 5280, section 4.1.2.5).
        for (year, month, day) in [(2003, 2, 28), (2031, 12, 1), (2049, 12, 31), (2050, 1, 1), (4096, 1, 1)] {
            let expected = format!("{year}-{month:02}-{day:02}T00:00:00Z");
            assert_eq!(Some(expected.parse().unwrap()), expiry(&certificate(year, month, day)), "{expected}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_expiry() {
        let whole = certificate(2031, 12, 1);
        assert_eq!(None, expiry(&[]));
        assert_eq!(None, expiry(b"-----BEGIN CERTIFICATE-----"));
        // The date stands in the first part; what follows it does not matter here.
        for length in 0..100 {
            assert_eq!(None, expiry(&whole[..length]), "{length} bytes");
        }
    }

    #[test]
    fn days_are_whole_and_negative_afterwards() {
        let end: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (now, days) in [
            ("2026-11-20T12:00:00Z", 2),
            ("2026-11-20T12:00:01Z", 1),
            ("2026-11-22T11:59:59Z", 0),
            ("2026-11-22T12:00:00Z", 0),
            ("2026-11-22T12:00:01Z", -1),
            ("2026-11-23T12:00:01Z", -2),
        ] {
            assert_eq!(days, days_until(end, now.parse().unwrap()), "{now}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(bytes in any::<Vec<u8>>()) {
            expiry(&bytes);
        }

        #[test]
        fn no_wrong_byte_brings_it_down(at in 0_usize..400, byte in any::<u8>()) {
            let mut bytes = certificate(2031, 12, 1);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            expiry(&bytes);
        }
    }
}
