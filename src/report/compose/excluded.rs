//! Other possible causes of an outage, and the measurement that excludes each. Every segment is looked at by itself:
//! only what is excluded in all of them is excluded.

use super::super::{
    chart::drawing::Ink,
    context::ReportContext,
    document::{Cell, Column, Mark, Table},
    lang::{Lang, clock_time, say},
    words,
};
use crate::model::{
    degradation::Degradation,
    summary::{OutagePart, OutageRecord, Seen},
    time::Timestamp,
    verdict::{Evidence, FaultDomain},
};

/// Finding of the measurements on an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Excluded,
    /// The fault in some segments, and not in others.
    Partly,
    Cause,
    Open,
}

impl Finding {
    fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Excluded => lang.of("excluded", "ausgeschlossen"),
            Self::Partly => lang.of("the fault for a part of the time", "zeitweise die Störung"),
            Self::Cause => lang.of("the fault", "die Störung"),
            Self::Open => lang.of("not excluded", "nicht ausgeschlossen"),
        }
    }

    fn mark(self) -> Mark {
        let (ink, sign) = match self {
            Self::Excluded => (Ink::Good, '✓'),
            Self::Partly | Self::Cause => (Ink::Provider, '✗'),
            Self::Open => (Ink::Muted, '–'),
        };
        Mark { ink, sign }
    }
}

/// Finding of the measurements about an alternative, and the reason.
type Reason = (Finding, String);

/// Content of the rows of one segment.
struct Look<'a> {
    start: Timestamp,
    domain: Option<FaultDomain>,
    evidence: &'a [Evidence],
    seen: &'a Seen,
    /// Own traffic filled the line just before the outage.
    is_filled: bool,
}

/// The segments that are counted, or the whole outage where only one is.
fn looks<'a>(context: &ReportContext<'_>, record: &'a OutageRecord) -> Vec<Look<'a>> {
    let is_filled = filled_before(context, record);
    let parts: Vec<&OutagePart> = record.counted_parts().collect();
    if parts.len() < 2 {
        return vec![Look {
            start: record.outage.start.wall,
            domain: record.domain(),
            evidence: &record.evidence,
            seen: &record.seen,
            is_filled,
        }];
    }
    let look = |part: &'a OutagePart| Look {
        start: part.start.wall,
        domain: Some(part.domain),
        evidence: &part.evidence,
        seen: &part.seen,
        is_filled,
    };
    parts.into_iter().map(look).collect()
}

pub(super) fn table(context: &ReportContext<'_>, record: &OutageRecord) -> Table {
    let lang = context.lang;
    let looks = looks(context, record);
    let all: Vec<Vec<(&str, Reason)>> = looks.iter().map(|look| alternatives(context, look)).collect();
    let names = all.first().into_iter().flatten().map(|(name, _)| *name);
    let rows = names.enumerate().map(|(idx, name)| {
        let reasons = looks.iter().zip(&all).filter_map(|(look, row)| Some((look.start, &row.get(idx)?.1)));
        let (finding, why) = together(context, reasons);
        vec![name.into(), Cell { text: finding.word(lang).into(), mark: Some(finding.mark()) }, why.into()]
    });
    let columns = vec![
        Column::text(lang.of("What else", "Was sonst")),
        Column::text(lang.of("Finding", "Befund")),
        Column::wide(lang.of("Measurement", "Messung")),
    ];
    Table::new(columns, rows.collect())
}

/// Reasons of segments that are told.
const MOST_REASONS: usize = 4;

/// Combines the segments: excluded only if each says so.
fn together<'a>(context: &ReportContext<'_>, reasons: impl Iterator<Item = (Timestamp, &'a Reason)>) -> Reason {
    let mut distinct: Vec<(Timestamp, &Reason)> = Vec::new();
    for (start, reason) in reasons {
        if !distinct.iter().any(|(_, known)| *known == reason) {
            distinct.push((start, reason));
        }
    }
    let has = |finding| distinct.iter().any(|(_, (found, _))| *found == finding);
    let finding = match (has(Finding::Cause), has(Finding::Open), has(Finding::Excluded)) {
        (true, false, false) => Finding::Cause,
        (true, ..) => Finding::Partly,
        (false, true, _) => Finding::Open,
        (false, false, _) => Finding::Excluded,
    };
    let why = |(start, (found, why)): &(Timestamp, &Reason)| {
        if distinct.len() < 2 {
            return why.clone();
        }
        let from = clock_time(context.local(*start));
        let (found, why) = (found.word(context.lang), why.trim_end_matches('.'));
        say!(context.lang, "from {from} {found}: {why}", "ab {from} {found}: {why}")
    };
    let whys: Vec<String> = distinct.iter().take(MOST_REASONS).map(why).collect();
    (finding, whys.join("; "))
}

/// True if own traffic was found to fill the line in the minute before the outage.
fn filled_before(context: &ReportContext<'_>, record: &OutageRecord) -> bool {
    let start = record.outage.start.wall;
    let since = start - chrono::TimeDelta::seconds(60);
    let is_own = |bad: &&Degradation| {
        bad.domain == Some(FaultDomain::SelfLoad) || bad.evidence.contains(&Evidence::OwnTrafficHigh)
    };
    context.input.summary.degradations.iter().filter(is_own).any(|bad| bad.start.wall <= start && bad.end.wall >= since)
}

#[expect(clippy::too_many_lines, reason = "one alternative after another, each with its reasons")]
fn alternatives(context: &ReportContext<'_>, look: &Look<'_>) -> Vec<(&'static str, Reason)> {
    let lang = context.lang;
    let has = |code| look.evidence.contains(&code);
    let domain = look.domain;
    let is = |parts: &[FaultDomain]| domain.is_some_and(|domain| parts.contains(&domain));
    // The original's logs name no evidence, so little is excluded by them.
    let is_told = !look.evidence.is_empty();
    let unknown = || lang.of("the log does not say", "das Protokoll sagt dazu nichts").to_owned();
    let beyond_home = [
        Evidence::GatewayAlive,
        Evidence::RouterSaysUnreachable,
        Evidence::IspHopAlive,
        Evidence::IspSaysUnreachable,
        Evidence::BeyondIspAlive,
        Evidence::NamesResolve,
        Evidence::TargetsAlive,
    ];
    // A router that answered in every row worked, whatever else the rows tell.
    let has_answered = look.seen.gateway.0 > 0 && u64::from(look.seen.gateway.0) >= look.seen.targets.0;
    let answered = (has_answered && !is_told).then_some(Evidence::GatewayAlive);
    let home_works = beyond_home.into_iter().find(|code| has(*code)).or(answered);
    let link = context.input.summary.links.first().map(|(link, _)| context.text(link));
    let over = link.map_or_else(String::new, |link| say!(lang, " over {link}", " über {link}"));
    let router = look.seen.gateway_rtt().map_or_else(String::new, |(_, mean, _)| {
        let (n, mean) = (lang.whole(look.seen.gateway.0.into()), lang.millis(mean));
        say!(lang, " ({n} samples, mean {mean})", " ({n} Messungen, Mittel {mean})")
    });

    let home = |is_cause: bool| match home_works {
        _ if is_cause && !is_told && domain == Some(FaultDomain::Lan) => (
            Finding::Open,
            lang.of(
                "one of computer, Wi-Fi, cable and router is at fault, not told apart",
                "Rechner, WLAN, Kabel oder Router sind gestört, nicht zu unterscheiden",
            )
            .to_owned(),
        ),
        _ if is_cause => (Finding::Cause, words::claim(domain.unwrap_or(FaultDomain::Lan), lang).to_owned()),
        Some(Evidence::GatewayAlive) => {
            (Finding::Excluded, say!(lang, "the router answered{over}{router}", "der Router antwortete{over}{router}"))
        }
        Some(code) => (Finding::Excluded, format!("{}{over}", words::evidence(code, lang))),
        None if has(Evidence::GatewaySilent) => {
            (Finding::Open, words::evidence(Evidence::GatewaySilent, lang).to_owned())
        }
        None => (Finding::Open, unknown()),
    };
    let (lan, lan_why) = home(is(&[FaultDomain::Host, FaultDomain::Lan]));
    let (router_finding, router_why) = match home(is(&[FaultDomain::Lan])) {
        (Finding::Excluded, _) if home_works == Some(Evidence::GatewayAlive) => {
            (Finding::Excluded, lang.of("it answered itself", "er antwortete selbst").to_owned())
        }
        other => other,
    };

    let names = if is(&[FaultDomain::Dns]) {
        (
            Finding::Cause,
            lang.of(
                "no resolver in use gave a true answer, while the line worked",
                "kein genutzter Resolver gab eine wahre Antwort, während die Leitung funktionierte",
            )
            .to_owned(),
        )
    } else if is_told {
        (
            Finding::Excluded,
            lang.of(
                "far hosts are asked by address, which needs no name",
                "ferne Ziele werden mit Adressen gefragt, ohne Namen",
            )
            .to_owned(),
        )
    } else {
        (Finding::Open, unknown())
    };
    let far = match look.seen.reach() {
        _ if is(&[FaultDomain::Host, FaultDomain::Lan]) => (
            Finding::Open,
            lang.of(
                "it was out of reach, so nothing was learnt of it",
                "sie war nicht zu erreichen, also nicht zu prüfen",
            )
            .to_owned(),
        ),
        _ if is(&[FaultDomain::Destination, FaultDomain::App]) && !has(Evidence::SitesDead) => {
            (Finding::Open, unknown())
        }
        Some((up, total)) if total >= 2.0 => {
            let (up, total) = (lang.number(up, 0), lang.number(total, 0));
            (
                Finding::Excluded,
                say!(
                    lang,
                    "{up} of {total} far hosts answered (mean)",
                    "{up} von {total} fernen Zielen antworteten (Mittel)"
                ),
            )
        }
        _ if has(Evidence::TargetsDead) => (Finding::Excluded, words::evidence(Evidence::TargetsDead, lang).to_owned()),
        _ => (Finding::Open, unknown()),
    };
    let load = if has(Evidence::OwnTrafficHigh) || look.is_filled {
        (Finding::Open, words::evidence(Evidence::OwnTrafficHigh, lang).to_owned())
    } else if is_told {
        let before = lang.of(
            "no own traffic that fills the line in the minute before",
            "in der Minute davor kein eigener Verkehr, der die Leitung füllt",
        );
        let silent = lang.of("; all hosts fell silent at once", "; alle Ziele schwiegen zugleich");
        (Finding::Excluded, format!("{before}{}", if has(Evidence::TargetsDead) { silent } else { "" }))
    } else {
        (Finding::Open, unknown())
    };
    let sleep = if is_told {
        (
            Finding::Excluded,
            lang.of("two clocks, with and without sleep, ran alike", "zwei Uhren, mit und ohne Schlaf, liefen gleich")
                .to_owned(),
        )
    } else {
        (Finding::Open, unknown())
    };
    let tunnel = if has(Evidence::VpnActive) {
        (Finding::Open, words::evidence(Evidence::VpnActive, lang).to_owned())
    } else if is_told {
        (Finding::Excluded, lang.of("no VPN carried the traffic", "kein VPN trug den Verkehr").to_owned())
    } else {
        (Finding::Open, unknown())
    };
    vec![
        (lang.of("Computer, Wi-Fi or cable", "Rechner, WLAN oder Kabel"), (lan, lan_why)),
        (lang.of("Router", "Router"), (router_finding, router_why)),
        (lang.of("Name resolution", "Namensauflösung"), names),
        (lang.of("Far end", "Gegenstelle"), far),
        (lang.of("Own load", "Eigene Last"), load),
        (lang.of("Sleep", "Ruhezustand"), sleep),
        (lang.of("VPN", "VPN"), tunnel),
    ]
}
