//! The paths that were traced before, during and after an outage.

use super::super::{
    context::ReportContext,
    document::{Block, Cell, Column, Table},
    input::{OutagePath, PathTime},
    lang::say,
    words,
};
use crate::model::parsed_trace::ParsedHop;

/// Hops of a path that are shown.
const MOST_HOPS: usize = 32;

pub(super) fn blocks(context: &ReportContext<'_>, outage: usize) -> Vec<Block> {
    let mut paths: Vec<&OutagePath> = context.input.paths.iter().filter(|path| path.outage == outage).collect();
    paths.sort_by_key(|path| path.time);
    paths.into_iter().flat_map(|path| block(context, path)).collect()
}

fn block(context: &ReportContext<'_>, path: &OutagePath) -> [Block; 2] {
    let lang = context.lang;
    let trace = &path.trace;
    let when = match path.time {
        PathTime::Before => lang.of("Path before", "Weg davor"),
        PathTime::During => lang.of("Path during the outage", "Weg während des Ausfalls"),
        PathTime::After => lang.of("Path after", "Weg danach"),
    };
    let at = trace.started.map_or_else(String::new, |at| format!(", {}", context.stamp(at)));
    let target = trace.target.as_ref().map_or_else(String::new, |host| {
        let name = host.name.as_ref().map(|name| context.text(name));
        let addr = host.addr.map(|addr| context.addr(addr));
        let to = name.or(addr).unwrap_or_default();
        say!(lang, " to {to}", " nach {to}")
    });
    let file = context.file(&path.file);
    let title = format!("{when}{target}{at} ({file})");
    // Only this program tells what of the silence is loss.
    let is_ours = trace.hops.iter().any(|hop| hop.loss.is_some() || hop.reading.is_some());
    let has_asn = trace.hops.iter().any(|hop| asn(hop).is_some());
    let rows = trace.hops.iter().take(MOST_HOPS).map(|hop| row(context, hop, (is_ours, has_asn)));
    let mut columns = vec![Column::figures(lang.of("Hop", "Hop")), Column::code(lang.of("Router", "Router"))];
    if has_asn {
        columns.push(Column::text(lang.of("Network", "Netz")));
    }
    columns.extend([
        Column::figures(lang.of("Sent", "Gesendet")),
        Column::figures(lang.of("Unanswered", "Unbeantwortet")),
        Column::figures(lang.of("Mean RTT", "Mittlere RTT")),
    ]);
    if is_ours {
        columns.push(Column::figures(lang.of("Lost on the way", "Unterwegs verloren")));
        columns.push(Column::wide(lang.of("What that means", "Was das heißt")));
    }
    [Block::Small(title), Block::Table(Table::new(columns, rows.collect()))]
}

/// The number of the autonomous system a hop belongs to, where the trace tells it.
fn asn(hop: &ParsedHop) -> Option<u32> {
    hop.hosts.iter().find_map(|host| host.asn)
}

fn row(context: &ReportContext<'_>, hop: &ParsedHop, (is_ours, has_asn): (bool, bool)) -> Vec<Cell> {
    let lang = context.lang;
    let dash = || "–".to_owned();
    let host = hop.hosts.iter().find_map(|host| {
        host.addr.map(|addr| context.addr(addr)).or_else(|| host.name.as_ref().map(|name| context.text(name)))
    });
    let percent = |part: Option<f64>| part.map_or_else(dash, |part| lang.about_percent(part));
    let mut cells: Vec<Cell> = vec![hop.ttl.to_string().into(), host.unwrap_or_else(|| "???".into()).into()];
    if has_asn {
        cells.push(asn(hop).map_or_else(dash, |number| format!("AS{number}")).into());
    }
    cells.extend([
        hop.sent.map_or_else(dash, |sent| lang.whole(sent as u64)).into(),
        percent(hop.unanswered).into(),
        hop.avg.filter(|avg| !avg.is_zero()).map_or_else(dash, |avg| lang.millis(avg)).into(),
    ]);
    if is_ours {
        cells.push(percent(hop.loss).into());
        // Logs of earlier versions say of a hop behind a loss that it answers.
        let reading = hop.reading.map(|reading| reading.with_loss(hop.loss));
        cells.push(reading.map_or("", |reading| words::hop_reading(reading, lang)).into());
    }
    cells
}
