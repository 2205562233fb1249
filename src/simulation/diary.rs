//! The fault reports that the customer of the made-up line would have made.

use chrono::TimeDelta;

use super::{Episode, Plan, What};
use crate::model::{
    diary::{ClockSample, OutageNote, Ticket},
    time::Timestamp,
    verdict::FaultDomain,
};

/// Outages this long are reported.
const REPORTED: TimeDelta = TimeDelta::minutes(20);

/// A report for each long outage of the provider's, in time order.
pub fn tickets(plan: &Plan, episodes: &[Episode]) -> Vec<Ticket> {
    let mut rng = fastrand::Rng::with_seed(plan.seed ^ 0x71c4);
    let is_theirs = |what| matches!(what, What::Down(FaultDomain::Access | FaultDomain::Isp | FaultDomain::Upstream));
    let long = episodes.iter().filter(|episode| is_theirs(episode.what) && episode.until - episode.from >= REPORTED);
    let ticket = |episode: &Episode| {
        let at = episode.from + TimeDelta::minutes(rng.i64(10..20));
        let number = format!("{:06}", rng.u32(100_000..1_000_000));
        let said = rng.choice(&[
            "Called the hotline; they see no fault and will look into it",
            "Called the hotline; a fault in the area is known, mended by tonight",
            "Reported on the web site; an e-mail confirmed it",
        ]);
        let said = said.copied().unwrap_or_default().to_owned();
        let closed = episode.until + TimeDelta::minutes(rng.i64(20..300));
        Ticket { id: 0, at, number, said, closed: (closed < plan.end).then_some(closed) }
    };
    long.map(ticket).collect()
}

/// A remark on each outage that was the home's own.
pub fn notes(episodes: &[Episode]) -> Vec<OutageNote> {
    let own = episodes.iter().filter(|episode| episode.what == What::Down(FaultDomain::Lan));
    let long = own.filter(|episode| episode.until - episode.from >= TimeDelta::seconds(60));
    let note = |episode: &Episode| OutageNote {
        outage: episode.from,
        at: episode.until + TimeDelta::minutes(5),
        text: "The router was restarted".to_owned(),
    };
    long.map(note).collect()
}

/// Returns the answers of the time server, one an hour while the monitor ran and the line was not down.
pub fn clock_samples(plan: &Plan, episodes: &[Episode]) -> Vec<ClockSample> {
    let begin = plan.begin();
    let hours = (plan.end - begin).num_hours();
    let at = (0..hours).map(|hour| begin + TimeDelta::hours(hour));
    let answers = |at: &Timestamp| {
        let now = episodes.iter().find(|episode| episode.from <= *at && *at < episode.until);
        !matches!(now.map(|episode| episode.what), Some(What::Down(_) | What::Asleep | What::Stopped))
    };
    at.filter(answers)
        .map(|at| ClockSample {
            at,
            ahead: super::line::clock_ahead(begin, at),
            within: std::time::Duration::from_micros(14_300),
        })
        .collect()
}
