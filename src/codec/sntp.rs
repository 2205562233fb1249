//! The simple network time protocol (RFC 5905, section 14; RFC 4330) as far as a client asks a server once.

use std::time::Duration;

use chrono::TimeDelta;

use crate::model::{diary::ClockSample, time::Timestamp};

/// Length of a packet without extensions.
const LENGTH: usize = 48;
/// No leap second announced, version 4, client.
const REQUEST: u8 = 0b00_100_011;
const SERVER: u8 = 4;
/// The server does not know the time itself.
const UNSYNCHRONISED: u8 = 3;
/// From 1900, where the protocol counts from, to 1970.
const FROM_1900: i64 = 2_208_988_800;
/// Seconds of an era: the protocol counts them in 32 bits.
const ERA: i64 = 1 << 32;
/// A server that is not sure to within this is no help (MAXDISP of RFC 5905).
const MOST_UNSURE: Duration = Duration::from_secs(16);

/// Answer of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Time at which the question came in, by the server's clock: seconds of the era and their parts of 2^32.
    received: u64,
    /// Time at which the answer went out.
    sent: u64,
    /// Uncertainty of that clock: half the way to its own source, what it lost since, and its resolution.
    distance: Duration,
}

/// Reason why an answer tells no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no answer to this question, or none at all. Somebody else may have sent it.
    #[error("that is no answer of a time server")]
    NotAnAnswer,
    /// The server does not know the time.
    #[error("the time server does not know the time itself")]
    Unsynchronised,
    /// The server wants fewer questions (kiss code RATE).
    #[error("the time server wants to be asked less often")]
    TooOften,
    /// The server wants none (kiss codes DENY and RSTR, and others).
    #[error("the time server refuses to answer")]
    Refused,
}

/// A question. `nonce` comes back with the answer; it stands where a clock would be, so that nobody learns this one.
pub fn request(nonce: u64) -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    let (head, last) = packet.split_at_mut(LENGTH - 8);
    head.iter_mut().take(1).for_each(|first| *first = REQUEST);
    last.copy_from_slice(&nonce.to_be_bytes());
    packet
}

/// Reads the answer to the question with this `nonce`.
///
/// # Errors
///
/// When it tells no time.
pub fn parse(bytes: &[u8], nonce: u64) -> Result<Answer, Fault> {
    let field =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map(|field| u64::from_be_bytes(*field));
    let short =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|field| u32::from_be_bytes(*field));
    let read = || {
        Some((
            *bytes.first()?,
            *bytes.get(1)?,
            *bytes.get(3)?,
            short(4)?,
            short(8)?,
            field(24)?,
            field(32)?,
            field(40)?,
        ))
    };
    let Some((first, stratum, precision, delay, dispersion, origin, received, sent)) = read() else {
        return Err(Fault::NotAnAnswer);
    };
    let (leap, version, mode) = (first >> 6, (first >> 3) & 7, first & 7);
    if mode != SERVER || !(1..=4).contains(&version) || origin != nonce {
        return Err(Fault::NotAnAnswer);
    }
    if stratum == 0 {
        return Err(match bytes.get(12..16) {
            Some(b"RATE") => Fault::TooOften,
            // Not yet set, as after a restart.
            Some(b"INIT" | b"STEP") => Fault::Unsynchronised,
            _ => Fault::Refused,
        });
    }
    let distance = seconds(delay) / 2 + seconds(dispersion) + resolution(precision);
    if leap == UNSYNCHRONISED || stratum > 15 || received == 0 || sent == 0 || distance >= MOST_UNSURE {
        return Err(Fault::Unsynchronised);
    }
    Ok(Answer { received, sent, distance })
}

impl Answer {
    /// Returns the offset of the clock of this computer, which asked at `asked` and had the answer `round_trip` later.
    ///
    /// The answer may have spent all of its way on either leg, so the bound is half of it and the server's own doubt.
    pub fn sample(&self, asked: Timestamp, round_trip: Duration) -> ClockSample {
        // Of the two legs, the server's own time in between.
        let held = wrapping_seconds(self.sent.wrapping_sub(self.received)).max(0.0);
        let way = (round_trip.as_secs_f64() - held).max(0.0);
        let there = since(self.received, asked);
        let back = since(self.sent, asked) - round_trip.as_secs_f64();
        let within = Duration::try_from_secs_f64(way / 2.0).unwrap_or_default() + self.distance;
        ClockSample { at: asked, ahead: -f64::midpoint(there, back), within }
    }
}

/// Seconds from `at` to a time of the protocol, in the era that is nearest.
fn since(time: u64, at: Timestamp) -> f64 {
    let whole = i64::try_from(time >> 32).unwrap_or_default();
    let apart = (whole - (at.timestamp() + FROM_1900)).rem_euclid(ERA);
    let apart = if apart >= ERA / 2 { apart - ERA } else { apart };
    let part = (time & 0xffff_ffff) as f64 / ERA as f64;
    apart as f64 + part - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos())).as_seconds_f64()
}

/// A difference of two times of the protocol.
fn wrapping_seconds(difference: u64) -> f64 {
    difference.cast_signed() as f64 / ERA as f64
}

/// A number of seconds with 16 bits behind the point.
fn seconds(short: u32) -> Duration {
    Duration::from_secs_f64(f64::from(short) / 65_536.0)
}

/// The smallest step of a clock: two to the power of this many seconds.
fn resolution(power: u8) -> Duration {
    Duration::try_from_secs_f64(f64::from(power.cast_signed()).exp2()).unwrap_or(MOST_UNSURE).min(MOST_UNSURE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONCE: u64 = 0x0123_4567_89ab_cdef;

    /// A time of the protocol.
    fn ntp(at: Timestamp) -> u64 {
        let seconds = (at.timestamp() + FROM_1900).rem_euclid(ERA) as u64;
        (seconds << 32) | ((u64::from(at.timestamp_subsec_nanos()) << 32) / 1_000_000_000)
    }

    /// What a good server answers that has the question at `received` and answers at `sent`.
    fn answer(received: Timestamp, sent: Timestamp) -> Vec<u8> {
        let mut bytes = vec![0b00_100_100, 2, 0, 0xec];
        bytes.extend([0, 0, 0x28, 0, 0, 0, 0x14, 0]);
        bytes.extend([192, 0, 2, 1]);
        for time in [ntp(received), NONCE, ntp(received), ntp(sent)] {
            bytes.extend(time.to_be_bytes());
        }
        bytes
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[track_caller]
    fn is_off(asked: &str, server: &str, ahead: f64) {
        let (asked, server) = (at(asked), at(server));
        let round_trip = Duration::from_millis(40);
        let leg = TimeDelta::milliseconds(20);
        let sample = parse(&answer(server + leg, server + leg), NONCE).unwrap().sample(asked, round_trip);
        assert!((sample.ahead - ahead).abs() < 1e-6, "{sample:?}");
        // Root delay 10240/65536 s, dispersion 5120/65536 s.
        assert!(
            sample.within.abs_diff(Duration::from_secs_f64(0.02 + 0.078_125 + 0.078_125)) < Duration::from_micros(2)
        );
    }

    #[test]
    fn the_offset_is_that_of_the_clock_and_not_of_the_way() {
        is_off("2026-11-25T12:00:00.000Z", "2026-11-25T12:00:00.000Z", 0.0);
        is_off("2026-11-25T12:00:00.250Z", "2026-11-25T12:00:00.000Z", 0.25);
        is_off("2026-11-25T11:59:59.500Z", "2026-11-25T12:00:00.000Z", -0.5);
        is_off("2020-01-01T00:00:00Z", "2026-11-25T12:00:00.000Z", -217_771_200.0);
        // The count of seconds begins anew on 2036-02-07.
        is_off("2036-02-07T06:28:15.900Z", "2036-02-07T06:28:16.100Z", -0.2);
        is_off("2036-02-07T06:28:17.000Z", "2036-02-07T06:28:15.000Z", 2.0);
    }

    #[test]
    fn the_servers_own_time_is_no_part_of_the_way() {
        let asked = at("2026-11-25T12:00:00Z");
        let ms = TimeDelta::milliseconds;
        let bytes = answer(asked + ms(10), asked + ms(510));
        let sample = parse(&bytes, NONCE).unwrap().sample(asked, Duration::from_millis(520));
        assert!(sample.ahead.abs() < 1e-6 && sample.within < Duration::from_millis(167), "{sample:?}");
    }

    #[test]
    fn what_tells_no_time_is_refused() {
        let good = answer(at("2026-11-25T12:00:00Z"), at("2026-11-25T12:00:00Z"));
        let with = |at: usize, bytes: &[u8]| {
            let mut packet = good.clone();
            packet[at..at + bytes.len()].copy_from_slice(bytes);
            parse(&packet, NONCE).err()
        };
        assert_eq!(None, with(0, &[]));
        assert_eq!(Some(Fault::NotAnAnswer), parse(&good, NONCE + 1).err());
        assert_eq!(Some(Fault::NotAnAnswer), parse(&request(NONCE), NONCE).err());
        assert_eq!(Some(Fault::NotAnAnswer), with(0, &[0b00_100_101]), "a broadcast");
        assert_eq!(Some(Fault::Unsynchronised), with(0, &[0b11_100_100]));
        assert_eq!(Some(Fault::Unsynchronised), with(1, &[16]));
        assert_eq!(Some(Fault::Unsynchronised), with(8, &[0, 16, 0, 0]), "unsure by 16 s");
        assert_eq!(Some(Fault::Unsynchronised), with(40, &[0; 8]));
        for (code, fault) in [
            (b"RATE", Fault::TooOften),
            (b"DENY", Fault::Refused),
            (b"RSTR", Fault::Refused),
            (b"INIT", Fault::Unsynchronised),
        ] {
            let mut packet = good.clone();
            packet[1] = 0;
            packet[12..16].copy_from_slice(code);
            assert_eq!(Some(fault), parse(&packet, NONCE).err());
            // Nobody else can make us stop asking.
            assert_eq!(Some(Fault::NotAnAnswer), parse(&packet, NONCE + 1).err());
        }
        assert!((0..good.len()).all(|end| parse(&good[..end], NONCE) == Err(Fault::NotAnAnswer)));
    }

    #[test]
    fn a_question_tells_nothing_of_this_clock() {
        let packet = request(NONCE);
        assert_eq!(0x23, packet[0]);
        assert!(packet[1..40].iter().all(|byte| *byte == 0));
        assert_eq!(NONCE.to_be_bytes(), packet[40..]);
    }

    proptest! {
        #[test]
        fn no_packet_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..60), trip in any::<u64>(), secs in any::<u32>()) {
            if bytes.len() >= 48 {
                bytes[0] = 0b00_100_100;
                bytes[24..32].copy_from_slice(&NONCE.to_be_bytes());
            }
            if let Ok(answer) = parse(&bytes, NONCE) {
                let asked = Timestamp::from_timestamp(i64::from(secs), 0).unwrap();
                answer.sample(asked, Duration::from_nanos(trip));
            }
        }
    }
}
