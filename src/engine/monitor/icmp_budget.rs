//! Number of ICMP errors that a router may still be asked for. Routers send few of them a second (RFC 1812, section
//! 4.3.2.8), whoever asks: what they leave unanswered beyond that is no loss of the line.

use std::{collections::BTreeMap, time::Duration};

use crate::model::host::Host;

/// Budget of ICMP errors of each router, less those that it has been asked for lately.
#[derive(Debug, Default)]
pub(super) struct IcmpBudget {
    left: BTreeMap<Host, (f64, Duration)>,
}

/// Errors that a router certainly sends one sender at once. Linux sends six.
const AT_ONCE: f64 = 3.0;
/// And in the long run in a second. Linux sends one.
const A_SECOND: f64 = 0.95;
/// Routers remembered.
const MOST: usize = 64;

impl IcmpBudget {
    /// Returns the number of errors that a router may still be asked for at `now`.
    fn left(&self, router: Host, now: Duration) -> f64 {
        let Some((left, last)) = self.left.get(&router) else { return AT_ONCE };
        (left + A_SECOND * now.saturating_sub(*last).as_secs_f64()).min(AT_ONCE)
    }

    /// True if the router may be asked for more than the pulse needs.
    pub(super) fn has_more(&self, router: Host, now: Duration) -> bool {
        self.left(router, now) >= 2.0
    }

    /// The router is asked for one error; whether it certainly sends it.
    pub(super) fn ask(&mut self, router: Host, now: Duration) -> bool {
        let left = self.left(router, now);
        if self.left.len() >= MOST {
            self.left.retain(|_, (_, last)| *last + Duration::from_secs(10) > now);
        }
        // The router may have had one left that nobody could count on, and have none now.
        self.left.insert(router, ((left - 1.0).max(-AT_ONCE), now));
        left >= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_answers_once_a_second_and_some_more_now_and_then() {
        let mut budget = IcmpBudget::default();
        let router: Host = "192.0.2.1".parse().unwrap();
        let second = Duration::from_secs;
        for at in (0..60).filter(|at| at % 10 != 0) {
            assert!(budget.ask(router, second(at)));
        }
        // Some more at once, which the router remembers for some time.
        let at_once = [(); 4].map(|()| budget.ask(router, second(60)));
        assert_eq!((true, false), (at_once[0], at_once[3]));
        assert!(!budget.has_more(router, second(61)) && !budget.ask(router, second(61)));
        assert!(budget.ask("192.0.2.2".parse().unwrap(), second(61)));
        assert!(budget.has_more(router, second(70)) && budget.ask(router, second(70)));
        for n in 0..1000_u32 {
            budget.ask(Host::new(std::net::Ipv4Addr::from(n).into()), second(100 + u64::from(n)));
        }
        assert!(budget.left.len() <= MOST);
    }
}
