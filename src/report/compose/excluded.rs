//! What else an outage might have been, and the measurement that excludes it.

use super::super::{
    chart::drawing::Ink,
    desk::Desk,
    document::{Cell, Column, Mark, Table},
    lang::say,
    words,
};
use crate::model::{
    summary::{Degradation, OutageRecord},
    verdict::{Evidence, FaultDomain},
};

/// What the measurements say of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Excluded,
    Cause,
    Open,
}

pub(super) fn table(desk: &Desk<'_>, record: &OutageRecord) -> Table {
    let lang = desk.lang;
    let rows = alternatives(desk, record).into_iter().map(|(what, finding, why)| {
        let (ink, sign, word) = match finding {
            Finding::Excluded => (Ink::Good, '✓', lang.of("excluded", "ausgeschlossen")),
            Finding::Cause => (Ink::Provider, '✗', lang.of("the fault", "die Störung")),
            Finding::Open => (Ink::Muted, '–', lang.of("not excluded", "nicht ausgeschlossen")),
        };
        vec![what.into(), Cell { text: word.into(), mark: Some(Mark { ink, sign }) }, why.into()]
    });
    let columns = vec![
        Column::text(lang.of("What else", "Was sonst")),
        Column::text(lang.of("Finding", "Befund")),
        Column::wide(lang.of("Measurement", "Messung")),
    ];
    Table::new(columns, rows.collect())
}

/// Whether own traffic was found to fill the line in the minute before.
fn filled_before(desk: &Desk<'_>, record: &OutageRecord) -> bool {
    let start = record.outage.start.wall;
    let since = start - chrono::TimeDelta::seconds(60);
    let is_own = |bad: &&Degradation| {
        bad.domain == Some(FaultDomain::SelfLoad) || bad.evidence.contains(&Evidence::OwnTrafficHigh)
    };
    desk.input.summary.degradations.iter().filter(is_own).any(|bad| bad.start.wall <= start && bad.end.wall >= since)
}

#[expect(clippy::too_many_lines, reason = "one alternative after another, each with its reasons")]
fn alternatives(desk: &Desk<'_>, record: &OutageRecord) -> Vec<(&'static str, Finding, String)> {
    let lang = desk.lang;
    let has = |code| record.evidence.contains(&code);
    let domain = record.domain();
    let is = |parts: &[FaultDomain]| domain.is_some_and(|domain| parts.contains(&domain));
    // The original's logs name no evidence, so nothing is excluded by them.
    let is_told = !record.evidence.is_empty();
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
    let home_works = beyond_home.into_iter().find(|code| has(*code));
    let link = desk.input.summary.links.first().map(|(link, _)| desk.text(link));
    let over = link.map_or_else(String::new, |link| say!(lang, " over {link}", " über {link}"));
    let router = record.seen.gateway_rtt().map_or_else(String::new, |(_, mean, _)| {
        let (n, mean) = (lang.whole(record.seen.gateway.0.into()), lang.millis(mean));
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
        (Finding::Excluded, _) if has(Evidence::GatewayAlive) => {
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
    let far = match record.seen.reach() {
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
    let load = if has(Evidence::OwnTrafficHigh) || filled_before(desk, record) {
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
        (lang.of("Computer, Wi-Fi or cable", "Rechner, WLAN oder Kabel"), lan, lan_why),
        (lang.of("Router", "Router"), router_finding, router_why),
        (lang.of("Name resolution", "Namensauflösung"), names.0, names.1),
        (lang.of("Far end", "Gegenstelle"), far.0, far.1),
        (lang.of("Own load", "Eigene Last"), load.0, load.1),
        (lang.of("Sleep", "Ruhezustand"), sleep.0, sleep.1),
        (lang.of("VPN", "VPN"), tunnel.0, tunnel.1),
    ]
}
