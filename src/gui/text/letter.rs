//! Outages as plain text to be sent to somebody.

use super::{Cause, T, Text};
use crate::{
    clock,
    gui::view_model::outages::OutageView,
    model::{
        charge::Charged,
        diary::Ticket,
        ledger::Segment,
        time::{Moment, Stamp, Timestamp},
    },
};

impl Text {
    /// Everything about one outage in plain sentences, with the time zone.
    pub(crate) fn letter(self, outage: &OutageView, now: Moment) -> String {
        let mut lines = vec![self.with(T::LetterTitle, &[&self.domain(outage.domain)])];
        let row = |label: T, value: String| format!("{}: {value}", self.of(label));
        let about = outage.outage.uncertainty;
        let about = if about.is_zero() { String::new() } else { format!(" (± {})", self.duration(about)) };
        lines.push(row(T::Begin, format!("{}{about}", zoned(self, outage.start()))));
        lines.push(row(
            T::End,
            match outage.outage.end {
                Some(end) if outage.outage.cut_by_gap => {
                    format!("{} ({})", zoned(self, end.wall), self.of(T::CutByGap))
                }
                Some(end) => format!("{}{about}", zoned(self, end.wall)),
                None if outage.is_live => self.with(T::LetterLasts, &[&zoned(self, now.wall)]),
                None => self.of(T::EndUnknown).to_owned(),
            },
        ));
        lines.push(row(T::Length, self.duration(outage.length(now))));
        if outage.outage.segments.len() > 1 {
            lines.push(row(T::Segments, self.segments(outage, now)));
        }
        if let Some(confidence) = outage.confidence {
            lines.push(row(T::HowSure, self.confidence(confidence).to_owned()));
        }
        let because = self.because(&outage.evidence);
        if !because.is_empty() {
            lines.push(row(T::Evidence, because));
        }
        if let Some(hop) = outage.last_hop {
            lines.push(row(T::LastHop, format!("{} ({})", hop.addr, hop.ttl)));
        }
        if let Some(open) = outage.verdict.as_ref().and_then(|verdict| self.left_open(verdict)) {
            lines.push(open);
        }
        if !outage.files.is_empty() {
            lines.push(row(T::Files, outage.files.join(", ")));
        }
        lines.push(self.with(T::LetterFoot, &[&env!("CARGO_PKG_VERSION")]));
        lines.join("\n")
    }

    /// The parts of an outage in turn, each with its length and the cause it is charged to.
    fn segments(self, outage: &OutageView, now: Moment) -> String {
        let part = |(segment, end, charged): (Segment, Stamp, Option<Charged>)| {
            let (time, domain) = (self.time(segment.start.wall), self.domain(segment.domain));
            let length = self.duration(end.since(segment.start));
            format!("{time} {domain}, {length} ({})", Cause::charged(segment.domain, charged).word(self))
        };
        outage.segments(now).map(part).collect::<Vec<_>>().join("; ")
    }

    /// Outages as a table with tabs, for a letter or a spreadsheet.
    pub(crate) fn outage_list<'a>(self, outages: impl Iterator<Item = &'a OutageView>, now: Moment) -> String {
        let heads = [T::Begin, T::End, T::Length, T::WhoseFault, T::HowSure, T::Evidence].map(|head| self.of(head));
        let mut out = heads.join("\t") + "\n";
        for outage in outages {
            let end = outage.end().map_or_else(|| self.of(T::StillLasts).to_owned(), |end| zoned(self, end));
            let sure = outage.confidence.map_or("–", |confidence| self.confidence(confidence));
            let cells = [
                zoned(self, outage.start()),
                end,
                self.duration(outage.length(now)),
                self.domain(outage.domain).to_owned(),
                sure.to_owned(),
                self.because(&outage.evidence),
            ];
            out.push_str(&cells.join("\t"));
            out.push('\n');
        }
        out
    }
}

impl Text {
    /// Fault reports as a table with tabs.
    pub(crate) fn ticket_list(self, tickets: &[Ticket]) -> String {
        let heads = [T::TicketAt, T::TicketNumber, T::TicketSaid, T::TicketClosed].map(|head| self.of(head));
        let mut out = heads.join("\t") + "\n";
        for ticket in tickets {
            let said = ticket.said.split_whitespace().collect::<Vec<_>>().join(" ");
            let closed = ticket.closed.map_or_else(|| "–".to_owned(), |closed| zoned(self, closed));
            out += &[zoned(self, ticket.at), ticket.number.clone(), said, closed].join("\t");
            out.push('\n');
        }
        out
    }
}

/// A time with its distance from UTC.
fn zoned(text: Text, at: Timestamp) -> String {
    format!("{} (UTC{})", text.date_time(at), clock::offset(at))
}
