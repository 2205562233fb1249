//! The second page: the days, the whole period, and the hours of the week.

use super::super::{
    chart::{
        calendar,
        drawing::Ink,
        timeline::{self, Lane},
        week,
    },
    context::ReportContext,
    document::{Block, Chart, Section},
    lang::say,
    words::{self, Owner},
};
use crate::model::{
    ledger::State,
    summary::{OutageRecord, Summary},
    time::Timestamp,
    verdict::FaultDomain,
};

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let (summary, lang) = (&context.input.summary, context.lang);
    let mut blocks = Vec::new();
    let n_days = summary.by_day.len() as u64;
    let n_bad = summary.by_day.values().filter(|day| !day.down.is_zero()).count() as u64;
    if summary.monitored().is_zero() {
        blocks.push(Block::Text(lang.of("There is nothing to draw.", "Es gibt nichts zu zeichnen.").into()));
    } else {
        let days = lang.plural(n_bad, ("day", "Tag"), ("days", "Tagen"));
        blocks.push(Block::Chart(Chart {
            title: lang.of("Every day", "Jeder Tag").into(),
            alt: say!(
                lang,
                "Calendar: the line was down on {days} of {n_days}. The figures of each day are in the table of days.",
                "Kalender: Der Anschluss war an {days} von {n_days} gestört. Die Zahlen jedes Tages stehen in der Tabelle der Tage."
            ),
            drawing: calendar::draw(&summary.by_day, lang),
        }));
        if let Some(period) = summary.period {
            let lanes = lanes(summary, context);
            let n = lang.outages(summary.outages.len());
            blocks.push(Block::Chart(Chart {
                title: lang.of("The whole period", "Der ganze Zeitraum").into(),
                alt: say!(
                    lang,
                    "Timeline with a lane for each part: {n}, listed one by one in the table of outages.",
                    "Zeitleiste mit einer Spur je Teil: {n}, einzeln aufgeführt in der Tabelle der Ausfälle."
                ),
                drawing: timeline::draw(&lanes, period, &|at| context.local(at), lang),
            }));
            if timeline::is_crowded(&lanes, period) {
                blocks.push(Block::Small(
                    lang.of(
                        "Where a lane holds very many faults, marks are as high as the part of the time they lasted (root of it, so that little is seen too).",
                        "Wo eine Spur sehr viele Störungen enthält, sind die Striche so hoch wie ihr Anteil an der Zeit (dessen Wurzel, damit man auch wenig sieht).",
                    )
                    .into(),
                ));
            }
        }
        blocks.push(Block::Chart(Chart {
            title: lang.of("Hours of the week", "Stunden der Woche").into(),
            alt: worst_hour(summary, context),
            drawing: week::draw(&summary.by_week, lang),
        }));
    }
    Section { id: "overview", title: lang.of("At a glance", "Auf einen Blick").into(), new_page: true, blocks }
}

fn worst_hour(summary: &Summary, context: &ReportContext<'_>) -> String {
    let lang = context.lang;
    let worst = summary.by_week.iter().enumerate().max_by_key(|(_, bucket)| bucket.down);
    match worst {
        Some((idx, bucket)) if !bucket.down.is_zero() => {
            let day = lang.weekdays().get(idx / 24).copied().unwrap_or_default();
            let (hour, down) = (idx % 24, lang.length(bucket.down));
            say!(
                lang,
                "Heat map by weekday and hour: most time down at {day} {hour:02}:00, {down} in all.",
                "Wärmebild nach Wochentag und Stunde: am längsten gestört {day} {hour:02}:00, zusammen {down}."
            )
        }
        _ => lang
            .of("Heat map by weekday and hour: never down.", "Wärmebild nach Wochentag und Stunde: nie gestört.")
            .into(),
    }
}

fn lanes(summary: &Summary, context: &ReportContext<'_>) -> Vec<Lane> {
    let lang = context.lang;
    let provider = [FaultDomain::Access, FaultDomain::Isp, FaultDomain::Upstream];
    let of_domain = |domain: FaultDomain| {
        let parts = summary.outages.iter().flat_map(OutageRecord::counted_parts);
        let outages = parts.filter(move |part| part.domain == domain).map(|part| (part.start.wall, part.end.wall));
        let micros = summary.micros.iter().map(|one| one.micro).filter(move |micro| micro.domain == domain);
        outages.chain(micros.map(|micro| (micro.start.wall, micro.end.wall))).collect::<Vec<_>>()
    };
    let lane = |name: &str, ink, is_hatched, spans| Lane { name: name.to_owned(), ink, is_hatched, spans };
    let mut lanes = Vec::new();
    for owner in [Owner::Home, Owner::Provider, Owner::Beyond, Owner::Names, Owner::Other] {
        let sign = owner.mark().sign;
        if owner == Owner::Provider {
            for domain in provider {
                let name = format!("{sign} {}", words::domain(domain, lang));
                lanes.push(lane(&name, owner.mark().ink, false, of_domain(domain)));
            }
            continue;
        }
        let all = FaultDomain::ALL.iter().filter(|domain| Owner::of(**domain) == owner);
        let spans: Vec<(Timestamp, Timestamp)> = all.flat_map(|domain| of_domain(*domain)).collect();
        lanes.push(lane(&format!("{sign} {}", owner.name(lang)), owner.mark().ink, owner == Owner::Home, spans));
    }
    if summary.sum(|state| state == State::Degraded) > std::time::Duration::ZERO {
        let spans = summary.degradations.iter().map(|bad| (bad.start.wall, bad.end.wall)).collect();
        lanes.push(lane(lang.of("○ Works badly", "○ Läuft schlecht"), Ink::Worse, false, spans));
    }
    let spans = summary.gaps.iter().map(|gap| (gap.start.wall, gap.end.wall)).collect();
    lanes.push(lane(lang.of("□ Not watched", "□ Nicht beobachtet"), Ink::Unseen, true, spans));
    lanes
}
