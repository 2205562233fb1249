//! Lines of `tracert` and `pathping`, by their shape alone: their words are in the language of the system.

use std::time::Duration;

use super::text::{addr, inside, millis, named};
use crate::model::parsed_trace::ParsedHost;

/// A hop of `tracert`: three probes, then who answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tracert {
    /// RTTs, in the order of the line.
    pub(super) rtts: Vec<Duration>,
    /// Host that answered.
    pub(super) host: Option<ParsedHost>,
    /// Text of the line behind the host.
    pub(super) note: Option<String>,
    /// True if the line can be nothing but one of `tracert`.
    pub(super) is_certain: bool,
}

/// Probes a hop.
pub(super) const N_PROBES: usize = 3;

/// Reads what follows the number of the hop.
pub(super) fn tracert(words: &[&str]) -> Option<Tracert> {
    let mut rtts = Vec::new();
    let mut rest = words;
    for _ in 0..N_PROBES {
        let (rtt, after) = probe(rest)?;
        rtts.extend(rtt);
        rest = after;
    }
    let (host, after) = match host(rest) {
        Some((host, after)) => (Some(host), after),
        None => (None, rest),
    };
    // An answer has a sender, and silence none.
    if host.is_none() != rtts.is_empty() {
        return None;
    }
    let note = Some(after.join(" ")).filter(|_| host.is_some() && !after.is_empty());
    let is_certain = !rest.is_empty();
    Some(Tracert { rtts, host, note, is_certain })
}

/// One probe of `tracert`: `*`, or a time with a unit of whatever name. The second part is what follows.
fn probe<'a>(words: &'a [&'a str]) -> Option<(Option<Duration>, &'a [&'a str])> {
    let (first, rest) = words.split_first()?;
    if *first == "*" {
        return Some((None, rest));
    }
    let figure = first.strip_prefix('<').unwrap_or(first);
    let digits = figure.trim_end_matches(|c: char| !c.is_ascii_digit());
    let rtt = Some(millis(digits)?);
    if digits.len() < figure.len() {
        return Some((rtt, rest));
    }
    let (unit, rest) = rest.split_first()?;
    let is_unit = unit.chars().count() <= 12 && !unit.contains(|c: char| c.is_ascii_digit() || ".:[*<".contains(c));
    is_unit.then_some((rtt, rest))
}

/// A host at the beginning: `address` or `name [address]`, and what follows it.
pub(super) fn host<'a>(words: &'a [&'a str]) -> Option<(ParsedHost, &'a [&'a str])> {
    let in_brackets = |word: &str| inside(word, '[', ']').and_then(addr);
    match words {
        [name, bracketed, rest @ ..] if let Some(addr) = in_brackets(bracketed) => Some((named(name, addr)?, rest)),
        [word, rest @ ..] => {
            let addr = addr(word).or_else(|| in_brackets(word))?;
            Some((ParsedHost { addr: Some(addr), ..ParsedHost::default() }, rest))
        }
        [] => None,
    }
}

/// A hop of `pathping`'s second table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    /// Distance of the hop.
    pub(super) ttl: u8,
    /// The mean RTT; `None` without an answer.
    pub(super) rtt: Option<Duration>,
    /// Probes to it that were not answered, and all of them.
    pub(super) lost: (usize, usize),
    /// Host of the hop; `None` for `0.0.0.0`.
    pub(super) host: Option<ParsedHost>,
}

/// Reads `  1   14ms     0/ 100 =  0%     0/ 100 =  0%  name [address]`. The first fraction is that of the way there.
pub(super) fn statistics(line: &str) -> Option<Statistics> {
    let (figures, percent_and_host) = line.rsplit_once('=')?;
    let spaced = figures.replace('/', " / ").replace('=', " = ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let slash = words.iter().position(|word| *word == "/")?;
    let lost_at = slash.checked_sub(1)?;
    let lost = (words.get(lost_at)?.parse().ok()?, words.get(slash + 1)?.parse().ok()?);
    let (ttl, rtt) = words.get(..lost_at)?.split_first()?;
    let rtt = rtt.first()?;
    let rtt = rtt.trim_end_matches(|c: char| !c.is_ascii_digit());
    let rtt = if rtt.is_empty() { None } else { Some(millis(rtt)?) };
    if lost.0 > lost.1 || words.iter().filter(|word| **word == "/").count() != 2 {
        return None;
    }
    let in_percent = |c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '.' | ',');
    let (percent, rest) = percent_and_host.split_once('%')?;
    // Some languages put the sign first.
    let rest = if percent.trim().is_empty() {
        rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit())
    } else {
        rest
    };
    if !percent.chars().all(in_percent) {
        return None;
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (host, _) = host(&words)?;
    let host = Some(host).filter(|host| host.addr.is_some_and(|addr| !addr.is_unspecified()));
    Some(Statistics { ttl: ttl.parse().ok()?, rtt, lost, host })
}

/// True for a line of `pathping` about the link between two hops: `   0/ 100 =  0%   |`.
pub(super) fn is_link(line: &str) -> bool {
    let digits = line.trim().trim_end_matches('|');
    line.trim_end().ends_with('|')
        && digits.contains('/')
        && digits.contains('=')
        && digits.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "/=%.,".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<&str> {
        line.split_whitespace().collect()
    }

    #[test]
    fn a_probe_of_tracert_has_a_time_and_any_unit() {
        for line in ["<1 ms <1 ms <1 ms 192.0.2.1", "<1 мс <1 мс <1 мс 192.0.2.1", "<1 毫秒 1 毫秒 <1 毫秒 192.0.2.1"]
        {
            let hop = tracert(&words(line)).unwrap();
            assert_eq!((vec![Duration::from_millis(1); 3], None), (hop.rtts, hop.note), "{line}");
            assert_eq!("192.0.2.1", hop.host.unwrap().addr.unwrap().to_string(), "{line}");
        }
        let hop = tracert(&words("12ms * 1234ms box [2001:db8::1]")).unwrap();
        assert_eq!(vec![Duration::from_millis(12), Duration::from_millis(1234)], hop.rtts);
        assert_eq!(Some("box".into()), hop.host.unwrap().name);
        assert_eq!(None, tracert(&words("9 ms 8 ms")));
        assert_eq!(None, tracert(&words("9 ms 8 ms 7 ms")));
        assert_eq!(None, tracert(&words("9 ms 8 ms 7 ms nobody knows")));
        assert_eq!(None, tracert(&words("* * * 192.0.2.1")));
        assert_eq!(None, tracert(&words("* 192.0.2.1 5.1 ms *")));
    }

    #[test]
    fn statistics_of_pathping_are_two_fractions() {
        let line = "  2   14ms     3/ 100 =  3%     0/ 100 =  0%  box [192.0.2.1] ";
        let read = statistics(line).unwrap();
        assert_eq!((2, Some(Duration::from_millis(14)), (3, 100)), (read.ttl, read.rtt, read.lost));
        assert_eq!(Some("box".into()), read.host.unwrap().name);
        let silent = statistics("  3  ---     100/ 100 =100%   100/ 100 =100%  0.0.0.0 ").unwrap();
        assert_eq!((None, (100, 100), None), (silent.rtt, silent.lost, silent.host));
        for other in ["  2   14 ms  3/ 100 = 3 %  0/ 100 = 0 %  192.0.2.1", "2 14мс 3/100=%3 0/100=%0 192.0.2.1"] {
            assert_eq!((3, 100), statistics(other).unwrap().lost, "{other}");
        }
        for bad in
            ["  2   14ms     3/ 100 =  3%     0/ 1", "  2   14ms  9/ 1 = 3%  0/ 1 = 0%  192.0.2.1", "a/b = c/d = %"]
        {
            assert_eq!(None, statistics(bad), "{bad}");
        }
        assert!(is_link("                                0/ 100 =  0%   |  "));
        assert!(!is_link("  1    0ms     0/ 100 =  0%     0/ 100 =  0%  192.0.2.1 |"));
    }
}
