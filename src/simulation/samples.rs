//! The samples that the monitor would have taken.

use std::sync::Arc;

use super::{
    Episode, Plan, What,
    line::{GATEWAY, HOPS, Line, TARGETS, rtt},
};
use crate::model::{
    history::{Measured, Reading, Role, SeriesKey, time},
    probe::Means,
};

/// Samples are handed out a day at a time.
const DAY: i64 = 86_400_000;

/// A host, its usual RTT in milliseconds, how often it is asked in seconds, and when first.
struct Asked {
    role: Role,
    idx: usize,
    means: Means,
    host: [u8; 4],
    millis: f64,
    every: i64,
    first: i64,
}

/// Hands the samples of one series and day after another to `give`, each in the order of their time.
///
/// One a second to the home router, one to a hop of the provider in turn, one to a far host in turn, and a question to the
/// resolver every four seconds.
pub fn samples(plan: &Plan, episodes: &[Episode], mut give: impl FnMut(&Arc<SeriesKey>, &[Reading])) {
    let all = |role, hosts: &[([u8; 4], f64)], means| {
        let every = i64::try_from(hosts.len()).unwrap_or(1);
        let asked = |(idx, (host, millis)): (usize, &([u8; 4], f64))| {
            let first = i64::try_from(idx).unwrap_or_default();
            Asked { role, idx, means, host: *host, millis: *millis, every, first }
        };
        hosts.iter().enumerate().map(asked).collect::<Vec<_>>()
    };
    let mut hosts = all(Role::Gateway, &[GATEWAY], Means::Echo);
    hosts.extend(all(Role::IspHop, &HOPS, Means::Echo));
    hosts.extend(all(Role::Target, &TARGETS, Means::Echo));
    let resolver = all(Role::Resolver, &[(GATEWAY.0, 5.5)], Means::Dns);
    hosts.extend(resolver.into_iter().map(|asked| Asked { every: 4, ..asked }));
    for (seed, asked) in (1..).zip(hosts) {
        let host = std::net::IpAddr::from(asked.host).to_string();
        let key = Arc::new(SeriesKey { role: asked.role.of_pulse(), host, means: asked.means });
        let rng = fastrand::Rng::with_seed(plan.seed.wrapping_mul(1_000_003).wrapping_add(seed));
        one_host(plan, episodes, (&asked, rng), |readings| give(&key, readings));
    }
}

fn one_host(
    plan: &Plan,
    episodes: &[Episode],
    (asked, mut rng): (&Asked, fastrand::Rng),
    mut give: impl FnMut(&[Reading]),
) {
    let (begin, end) = (plan.begin().timestamp_millis(), plan.end.timestamp_millis());
    let (mut at, mut readings, mut rest) = (begin + asked.first * 1000, Vec::new(), episodes);
    while at < end {
        let sent = at + rng.i64(0..20);
        let day = sent.div_euclid(DAY);
        while let Some((_, later)) = rest.split_first().filter(|(first, _)| first.until.timestamp_millis() <= sent) {
            rest = later;
        }
        let now = rest.first().filter(|episode| episode.from.timestamp_millis() <= sent).map(|episode| episode.what);
        if !matches!(now, Some(What::Asleep | What::Stopped)) {
            readings.push(Reading { at_ms: sent, measured: measure(asked, Line::of(now, time(sent)), &mut rng) });
        }
        at += asked.every * 1000;
        if at.div_euclid(DAY) != day || at >= end {
            give(&readings);
            readings.clear();
        }
    }
}

fn measure(asked: &Asked, line: Line, rng: &mut fastrand::Rng) -> Measured {
    let (reaches, loss, factor) = match asked.role {
        Role::Gateway => (line.reaches_home(), 0.0, 1.0),
        Role::IspHop => (line.reaches_hop(asked.idx), line.loss, line.busy * line.late),
        Role::Resolver => (line.resolves(), line.loss, line.busy * line.late),
        _ => (line.reaches_target(asked.idx), line.loss, line.busy * line.late),
    };
    if reaches && rng.f64() >= loss { Measured::Answer(rtt(rng, asked.millis, factor)) } else { Measured::Lost }
}
