//! Figures of the whole period, with how many they rest on.

use std::time::Duration;

use super::super::{
    context::ReportContext,
    document::{Block, Cell, Column, Section, Table},
    lang::{Lang, say},
    words::{self, Owner},
};
use crate::model::{
    summary::{Bucket, MicroRecord, Quantiles, Segment, Summary},
    verdict::Evidence,
};

/// Rows of the lists that can become long.
const MOST: usize = 40;

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let (summary, lang) = (&context.input.summary, context.lang);
    let mut blocks = vec![Block::Facts(outage_facts(context))];
    if !summary.segments.is_empty() {
        let heading = lang.of("Latency and loss by part of the path", "Laufzeit und Verlust je Abschnitt des Weges");
        blocks.push(Block::Heading(heading.into()));
        blocks.push(Block::Table(segments(context)));
        if summary.segments.iter().any(|figures| figures.is_rtt_of_history) {
            blocks.push(Block::Small(
                lang.of(
                    "Times to the hops of the provider are those of every single sample in the history; all else is one sample a row.",
                    "Die Laufzeiten zu den Hops des Anbieters stammen aus allen einzelnen Messwerten; alles andere aus einer Messung je Zeile.",
                )
                .into(),
            ));
        }
    }
    if !summary.hosts.is_empty() {
        blocks.push(Block::Heading(lang.of("Latency and loss by host", "Laufzeit und Verlust je Ziel").into()));
        blocks.push(Block::Table(hosts(context)));
        blocks.push(Block::Small(
            lang.of(
                "Round-trip delay (RFC 2681) and loss (RFC 6673) of one sample a row. In brackets: where the true loss lies with 95 % confidence (Wilson's score interval); p95: 95 % of the answers came within this time; jitter: mean of |difference of consecutive times| of each host.",
                "Laufzeit hin und zurück (RFC 2681) und Verlust (RFC 6673) aus einer Messung je Zeile. In Klammern: worin der wahre Verlust mit 95 % Sicherheit liegt (Wilson-Intervall); p95: 95 % der Antworten kamen in dieser Zeit; Jitter: Mittel von |Differenz aufeinander folgender Laufzeiten| je Ziel.",
            )
            .into(),
        ));
    }
    if !summary.isp_hops.is_empty() {
        let heading = if summary.by_rows.n_ok < summary.n_rows {
            lang.of("Hops of the provider in rows that were not OK", "Hops des Anbieters in Zeilen, die nicht OK waren")
        } else {
            lang.of("Hops of the provider in all rows", "Hops des Anbieters in allen Zeilen")
        };
        blocks.push(Block::Heading(heading.into()));
        blocks.push(Block::Table(isp_hops(context)));
    }
    if !summary.last_hops.is_empty() {
        blocks.push(Block::Heading(
            lang.of("Where the path ended during outages", "Wo der Weg während der Ausfälle endete").into(),
        ));
        blocks.push(Block::Table(last_hops(context)));
    }
    if !summary.by_day.is_empty() {
        blocks.push(Block::Heading(lang.of("By day", "Nach Tagen").into()));
        blocks.push(Block::Table(days(summary, lang)));
    }
    blocks.extend(lists(context));
    Section { id: "statistics", title: lang.of("Statistics", "Statistik").into(), new_page: false, blocks }
}

fn outage_facts(context: &ReportContext<'_>) -> Vec<(String, String)> {
    let (summary, lang) = (&context.input.summary, context.lang);
    let optional = |length: Option<Duration>| length.map_or_else(|| "–".to_owned(), |length| lang.length(length));
    let at_least = |seconds| lang.whole(summary.n_at_least(Duration::from_secs(seconds)) as u64);
    let (ten, minute, long) = (at_least(10), at_least(60), at_least(600));
    let (n, all) = (lang.outages(summary.outages.len()), lang.length(summary.outage_time()));
    let micros: Duration = summary.micros.iter().map(MicroRecord::length).sum();
    let (n_micros, micros) = (lang.whole(summary.micros.len() as u64), lang.length(micros));
    let n_flaps = lang.whole(summary.intermittent.len() as u64);
    let facts = [
        (lang.of("Outages", "Ausfälle"), say!(lang, "{n}, {all} in all", "{n}, zusammen {all}")),
        (
            lang.of("By length", "Nach Dauer"),
            say!(
                lang,
                "{ten} of 10 s or more, {minute} of 1 min or more, {long} of 10 min or more",
                "{ten} ab 10 s, {minute} ab 1 min, {long} ab 10 min"
            ),
        ),
        (lang.of("Longest outage", "Längster Ausfall"), optional(summary.longest())),
        (lang.of("Mean time to repair (MTTR)", "Mittlere Dauer (MTTR)"), optional(summary.mttr())),
        (lang.of("Mean time between failures (MTBF)", "Mittlere Zeit dazwischen (MTBF)"), optional(summary.mtbf())),
        (
            lang.of("Short interruptions", "Kurze Unterbrechungen"),
            say!(
                lang,
                "{n_micros}, {micros} in all; three within five minutes: {n_flaps} times",
                "{n_micros}, zusammen {micros}; drei innerhalb von fünf Minuten: {n_flaps} Mal"
            ),
        ),
        (
            lang.of("Availability", "Verfügbarkeit"),
            summary.availability().map_or_else(|| "–".to_owned(), |part| lang.percent(part)),
        ),
    ];
    let loss = summary.pulse_loss.map(|loss| {
        let loss = lang.number(loss * 100.0, 2);
        let value = say!(
            lang,
            "{loss} % of the pulse to the far hosts, which is sent at one rhythm whatever the line does",
            "{loss} % des Pulses zu den fernen Zielen, der bei jedem Zustand der Leitung im selben Takt geht"
        );
        (lang.of("Packet loss over time", "Paketverlust über die Zeit"), value)
    });
    facts.into_iter().chain(loss).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn hosts(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let rows = context.input.summary.hosts.iter().map(|host| {
        let name =
            if host.name == "gateway" { lang.of("home router", "Router").into() } else { context.text(&host.name) };
        figures(lang, name, (host.lost, host.n), host.loss_bounds, (host.rtt, host.jitter))
    });
    Table::new(figure_columns(lang, lang.of("Host", "Ziel")), rows.collect())
}

fn segments(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let rows = context.input.summary.segments.iter().map(|part| {
        let name = match part.segment {
            Segment::Home => lang.of("home router", "Router"),
            Segment::Provider => lang.of("provider", "Anbieter"),
            Segment::Internet => lang.of("far hosts", "ferne Ziele"),
        };
        figures(lang, name.to_owned(), (part.lost, part.n), part.loss_bounds, (part.rtt, part.jitter))
    });
    Table::new(figure_columns(lang, lang.of("As far as", "Bis zu")), rows.collect())
}

fn figure_columns(lang: Lang, first: &'static str) -> Vec<Column> {
    vec![
        Column::wide(first),
        Column::figures("n"),
        Column::figures(lang.of("Lost", "Verloren")),
        Column::figures(lang.of("Loss, %", "Verlust, %")),
        Column::figures(lang.of("Least, ms", "Min., ms")),
        Column::figures(lang.of("Median, ms", "Median, ms")),
        Column::figures("p95, ms"),
        Column::figures("p99, ms"),
        Column::figures(lang.of("Most, ms", "Max., ms")),
        Column::figures("Jitter, ms"),
    ]
}

fn figures(
    lang: Lang,
    name: String,
    (lost, n): (u64, u64),
    (lower, upper): (f64, f64),
    (rtt, jitter): (Option<Quantiles>, Option<Duration>),
) -> Vec<Cell> {
    let ms = |time: Option<Duration>| {
        time.map_or_else(|| "–".to_owned(), |time| lang.number(time.as_secs_f64() * 1e3, 1)).into()
    };
    let loss = lang.number(lost as f64 / n.max(1) as f64 * 100.0, 2);
    let bounds = format!("{}–{}", lang.number(lower * 100.0, 2), lang.number(upper * 100.0, 2));
    vec![
        name.into(),
        lang.whole(n).into(),
        lang.whole(lost).into(),
        format!("{loss} ({bounds})").into(),
        ms(rtt.map(|rtt| rtt.min)),
        ms(rtt.map(|rtt| rtt.p50)),
        ms(rtt.map(|rtt| rtt.p95)),
        ms(rtt.map(|rtt| rtt.p99)),
        ms(rtt.map(|rtt| rtt.max)),
        ms(jitter),
    ]
}

fn isp_hops(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let rows = context.input.summary.isp_hops.iter().map(|hop| {
        let share = lang.about_percent(hop.lost as f64 / hop.n.max(1) as f64);
        vec![context.text(&hop.name).into(), lang.whole(hop.n).into(), lang.whole(hop.lost).into(), share.into()]
    });
    let columns = vec![
        Column::wide(lang.of("Hop", "Hop")),
        Column::figures(lang.of("Asked", "Gefragt")),
        Column::figures(lang.of("Unanswered", "Unbeantwortet")),
        Column::figures(lang.of("Share", "Anteil")),
    ];
    Table::new(columns, rows.collect())
}

fn last_hops(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let rows = context
        .input
        .summary
        .last_hops
        .iter()
        .take(MOST)
        .map(|(hop, n)| vec![hop.ttl.to_string().into(), context.addr(hop.addr).into(), lang.whole(*n).into()]);
    let columns = vec![
        Column::figures(lang.of("Hop", "Hop")),
        Column::wide(lang.of("Last hop that answered", "Letzter antwortender Hop")),
        Column::figures(lang.of("Outages", "Ausfälle")),
    ];
    Table::new(columns, rows.collect())
}

/// Days on which something was wrong.
fn days(summary: &Summary, lang: Lang) -> Table {
    let is_bad = |day: &Bucket| !day.down.is_zero() || !day.degraded.is_zero() || day.n_outages > 0;
    let bad = summary.by_day.iter().filter(|(_, day)| is_bad(day));
    let row = |name: String, day: &Bucket| {
        let monitored = day.monitored().as_secs_f64();
        let part = if monitored > 0.0 { lang.percent(day.up.as_secs_f64() / monitored) } else { "–".to_owned() };
        vec![
            Cell::from(name),
            lang.whole(day.n_outages).into(),
            lang.length_or_dash(day.down).into(),
            lang.length_or_dash(day.degraded).into(),
            lang.length_or_dash(day.not_monitored).into(),
            part.into(),
        ]
    };
    let mut rows: Vec<Vec<Cell>> =
        bad.map(|(date, day)| row(format!("{} {}", lang.weekday(*date), lang.date(*date)), day)).collect();
    let mut sum = Bucket::default();
    for day in summary.by_day.values() {
        sum.up += day.up;
        sum.degraded += day.degraded;
        sum.down += day.down;
        sum.not_monitored += day.not_monitored;
        sum.n_outages += day.n_outages;
    }
    let n = lang.plural(summary.by_day.len() as u64, ("day", "Tag"), ("days", "Tage"));
    rows.push(row(say!(lang, "All {n}", "Alle {n}"), &sum));
    let columns = vec![
        Column::wide(lang.of("Day (those without a fault are left out)", "Tag (ohne die störungsfreien)")),
        Column::figures(lang.of("Outages", "Ausfälle")),
        Column::figures(lang.of("Down, short ones too", "Gestört, auch kurz")),
        Column::figures(lang.of("Works badly", "Läuft schlecht")),
        Column::figures(lang.of("Not watched", "Nicht beobachtet")),
        Column::figures(lang.of("Availability", "Verfügbarkeit")),
    ];
    Table { columns, rows, has_sum: true }
}

/// Times at which the line worked badly: the longest of them.
fn degradations(context: &ReportContext<'_>) -> Vec<Block> {
    let (summary, lang) = (&context.input.summary, context.lang);
    let mut blocks = Vec::new();
    if summary.degradations.is_empty() {
        return blocks;
    }
    let kind = |evidence: &[Evidence]| {
        let kinds = [
            (Evidence::LossHigh, lang.of("loss", "Verlust")),
            (Evidence::LatencyHigh, lang.of("latency", "Laufzeit")),
            (Evidence::JitterHigh, lang.of("jitter", "Jitter")),
            (Evidence::LargePacketsSlow, lang.of("rate", "Rate")),
            (Evidence::OwnTrafficHigh, lang.of("own traffic", "eigener Verkehr")),
        ];
        let kinds: Vec<&str> =
            kinds.into_iter().filter(|(code, _)| evidence.contains(code)).map(|(_, word)| word).collect();
        kinds.join(", ")
    };
    let mut longest: Vec<_> = summary.degradations.iter().collect();
    longest.sort_by_key(|bad| std::cmp::Reverse(bad.end.since(bad.start)));
    longest.truncate(MOST);
    longest.sort_by_key(|bad| bad.start.wall);
    let rows = longest.into_iter().map(|bad| {
        let doubt = if bad.is_sure() { "" } else { lang.of(", low confidence", ", geringe Sicherheit") };
        vec![
            context.second(bad.start.wall).into(),
            lang.length(bad.end.since(bad.start)).into(),
            bad.uncertainty.map_or_else(|| "–".to_owned(), |within| lang.length(within)).into(),
            Cell {
                text: format!("{}{doubt}", context.domain(bad.domain)),
                mark: bad.domain.map(|domain| Owner::of(domain).mark()),
            },
            kind(&bad.evidence).into(),
        ]
    });
    let columns = vec![
        Column::text(lang.of("Beginning", "Beginn")),
        Column::figures(lang.of("Length", "Dauer")),
        Column::figures("±"),
        Column::wide(lang.of("Part", "Teil")),
        Column::text(lang.of("What was bad", "Was schlecht war")),
    ];
    let n = lang.whole(summary.degradations.len() as u64);
    blocks.push(Block::Heading(say!(
        lang,
        "Times the line worked badly: {n}",
        "Zeiten, in denen der Anschluss schlecht lief: {n}"
    )));
    blocks.push(Block::Table(Table::new(columns, rows.collect())));
    if summary.degradations.iter().any(|bad| bad.uncertainty.is_some()) {
        blocks.push(Block::Small(
            lang.of(
                "Beginning and end lie within ± in 99 of 100 cases.",
                "Beginn und Ende liegen in 99 von 100 Fällen innerhalb von ±.",
            )
            .into(),
        ));
    }
    if summary.degradations.len() > MOST {
        blocks.push(Block::Small(say!(lang, "The {MOST} longest are shown.", "Gezeigt werden die {MOST} längsten.")));
    }
    blocks
}

/// Time in which the line worked badly, and what was wrong beside it.
fn lists(context: &ReportContext<'_>) -> Vec<Block> {
    let (summary, lang) = (&context.input.summary, context.lang);
    let mut blocks = degradations(context);
    if !summary.notices.is_empty() {
        let rows = summary.notices.iter().rev().take(MOST).rev().map(|notice| {
            let end =
                if notice.is_open { lang.of("lasts", "dauert an").to_owned() } else { context.second(notice.end) };
            vec![context.second(notice.start).into(), end.into(), words::domain(notice.domain, lang).into()]
        });
        let columns = vec![
            Column::text(lang.of("From", "Von")),
            Column::text(lang.of("To", "Bis")),
            Column::wide(
                lang.of("What was wrong while the line worked", "Was gestört war, während der Anschluss lief"),
            ),
        ];
        let n = lang.whole(summary.notices.len() as u64);
        blocks.push(Block::Heading(say!(lang, "Notices: {n}", "Hinweise: {n}")));
        blocks.push(Block::Table(Table::new(columns, rows.collect())));
        if summary.notices.len() > MOST {
            blocks.push(Block::Small(say!(
                lang,
                "The latest {MOST} are shown.",
                "Gezeigt werden die jüngsten {MOST}."
            )));
        }
    }
    blocks
}
