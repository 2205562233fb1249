//! Pace at which a router may be asked. Routers commonly answer about one expired packet a second (RFC 1812, section
//! 4.3.2.8; RFC 4443, section 2.4), and two traces that share a router must not drive each other into that limit.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::model::host::Host;

/// Time between two probes that a router is to give up on.
pub const PACE: Duration = Duration::from_secs(1);
/// Rounds begin a little early or late. Over many of them the pace is kept all the same.
const SLACK: Duration = Duration::from_millis(50);
/// Routers remembered before the oldest are looked through.
const MANY: usize = 256;

/// Router that a probe makes answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// This router, as it answered before.
    Router(IpAddr),
    /// Whoever is at this distance on the way to that host.
    Unknown(Host, u8),
}

/// Time at which each router was asked last. Clones keep one pace together.
#[derive(Debug, Clone, Default)]
pub struct Pacer {
    last: Arc<Mutex<BTreeMap<Asked, Duration>>>,
}

impl Pacer {
    /// Decides whether a probe may be sent at `now` (monotonic), when there are to be `gap` between two. `asked` is all
    /// that the router is known by. If it may, it counts as asked.
    ///
    /// # Errors
    ///
    /// If it may not: from when on it may.
    pub fn admit(&self, asked: &[Asked], gap: Duration, now: Duration) -> Result<(), Duration> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let free = asked.iter().filter_map(|asked| last.get(asked)).map(|last| *last + gap).max();
        if let Some(free) = free.filter(|free| *free > now + SLACK) {
            return Err(free);
        }
        if last.len() >= MANY {
            last.retain(|_, last| *last + PACE * 8 > now);
        }
        last.extend(asked.iter().map(|asked| (*asked, now)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_is_asked_once_a_second_whoever_asks() {
        let pacer = Pacer::default();
        let router = Asked::Router([192, 0, 2, 1].into());
        let admitted =
            (0..1000).filter(|tick| pacer.admit(&[router], PACE, Duration::from_millis(10) * *tick).is_ok()).count();
        assert_eq!(11, admitted, "in ten seconds, both ends included");
        let other = Asked::Unknown("192.0.2.9".parse().unwrap(), 3);
        assert_eq!(Ok(()), pacer.admit(&[other], PACE, Duration::ZERO));
        assert_eq!(Err(PACE * 2), pacer.admit(&[other], PACE * 2, Duration::from_millis(1500)));
    }

    #[test]
    fn traces_that_know_nothing_of_each_other_keep_one_pace() {
        let (one, other) = (Pacer::default(), Pacer::default());
        let shared = one.clone();
        let router = [Asked::Router([192, 0, 2, 1].into())];
        assert_eq!(Ok(()), one.admit(&router, PACE, Duration::ZERO));
        assert_eq!(Err(PACE), shared.admit(&router, PACE, Duration::from_millis(500)));
        assert_eq!(Ok(()), other.admit(&router, PACE, Duration::from_millis(500)));
        assert_eq!(Ok(()), shared.admit(&router, PACE, PACE));
        assert_eq!(Err(PACE * 2), one.admit(&router, PACE, Duration::from_millis(1500)));
    }

    #[test]
    fn it_forgets_routers_of_long_ago() {
        let pacer = Pacer::default();
        for n in 0..10_000_u32 {
            let router = Asked::Router(std::net::Ipv4Addr::from(n).into());
            assert!(pacer.admit(&[router], PACE, Duration::from_secs(n.into())).is_ok());
        }
        assert!(pacer.last.lock().unwrap().len() <= MANY);
    }
}
