//! Words of messages about the line, in the languages of reports.

use chrono::NaiveDateTime;

use super::{
    lang::{Lang, clock_time, say},
    words::{self, Owner},
};
use crate::model::{
    charge::Charged,
    ledger::State,
    state::OutageState,
    time::Timestamp,
    verdict::{Confidence, Evidence, FaultDomain},
};

/// Text of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText {
    /// One line.
    pub title: String,
    /// Lines.
    pub body: String,
    /// One line for a digest.
    pub line: String,
}

/// One entry of a digest.
#[derive(Debug, Clone, PartialEq)]
pub struct DigestEntry {
    /// Line of the message.
    pub line: String,
    /// For an outage that is over: length, and whether its confidence is low.
    pub outage: Option<(std::time::Duration, bool)>,
}

/// Longest list of a digest.
const MAX_LINES: usize = 30;
/// Findings that a message spells out.
const MAX_EVIDENCE: usize = 4;

/// Writer of the texts.
pub struct MessageWriter<'a> {
    /// Language.
    pub lang: Lang,
    /// Identifier of the line.
    pub site: &'a str,
    /// Local time.
    pub local: &'a dyn Fn(Timestamp) -> NaiveDateTime,
}

impl MessageWriter<'_> {
    /// Text about an outage that has begun.
    pub fn outage_started(&self, outage: &OutageState, evidence: &[Evidence]) -> MessageText {
        let lang = self.lang;
        let start = self.second(outage.start);
        let clock = clock_time((self.local)(outage.start));
        let mut facts = vec![
            fact(lang.of("Start", "Beginn"), &start),
            fact(lang.of("Length so far", "Dauer bisher"), &lang.length(outage.length)),
        ];
        facts.extend(self.cause(outage));
        if !evidence.is_empty() {
            let found: Vec<&str> =
                evidence.iter().take(MAX_EVIDENCE).map(|code| words::evidence(*code, lang)).collect();
            facts.push(fact(lang.of("Found", "Befund"), &found.join("; ")));
        }
        let title = say!(lang, "Internet down since {clock}", "Internet ausgefallen seit {clock}");
        let line = say!(lang, "{start}: outage begins", "{start}: Ausfall beginnt");
        self.text(&title, &facts, &line)
    }

    /// Text about an outage that is over. `is_cut` when its true end is not known, since the monitor did not measure
    /// from there on.
    pub fn outage_ended(&self, outage: &OutageState, is_cut: bool) -> MessageText {
        let lang = self.lang;
        let length = lang.length(outage.length);
        let within = outage.uncertainty.filter(|within| !within.is_zero());
        let within = within.map(|within| format!(" ± {}", lang.length(within))).unwrap_or_default();
        let start = self.second(outage.start);
        let mut facts = vec![fact(lang.of("Start", "Beginn"), &start)];
        if let Some(end) = outage.end {
            let end = self.second(end);
            let end = if is_cut {
                say!(
                    lang,
                    "{end}; not measured from there on, it may have lasted longer",
                    "{end}; danach wurde nicht gemessen, er kann länger gedauert haben"
                )
            } else {
                end
            };
            facts.push(fact(lang.of("End", "Ende"), &end));
        }
        facts.push(fact(lang.of("Length", "Dauer"), &format!("{length}{within}")));
        facts.extend(self.cause(outage));
        facts.extend(self.segments(outage));
        let title = if is_cut {
            say!(lang, "Outage of at least {length}", "Ausfall von mindestens {length}")
        } else {
            say!(lang, "Internet back after {length}", "Internet wieder da nach {length}")
        };
        let part = outage.domain.map(|domain| words::domain(domain, lang)).unwrap_or_default();
        let charged = self.charged(outage.domain, outage.charged);
        let mut line = format!("{start}: {length}, {part}, {charged}");
        if outage.confidence == Some(Confidence::Low) {
            line.push_str(lang.of(", low confidence", ", geringe Sicherheit"));
        }
        self.text(&title, &facts, &line)
    }

    /// Text about an outage whose end was not seen, since the monitor was not running: it works again at `until`.
    pub fn end_unknown(&self, start: Timestamp, until: Timestamp) -> MessageText {
        let lang = self.lang;
        let (start, until) = (self.second(start), self.second(until));
        let facts = [
            fact(lang.of("Start", "Beginn"), &start),
            fact(
                lang.of("End", "Ende"),
                &say!(
                    lang,
                    "not known, the monitor was not running; the line works at {until}",
                    "nicht bekannt, die Überwachung lief nicht; die Leitung funktioniert um {until}"
                ),
            ),
        ];
        let line = say!(lang, "{start}: outage, end not known", "{start}: Ausfall, Ende nicht bekannt");
        self.text(lang.of("Internet is back", "Internet ist wieder da"), &facts, &line)
    }

    /// Text about short interruptions that follow each other.
    pub fn intermittent(&self, at: Timestamp) -> MessageText {
        let lang = self.lang;
        let at = self.second(at);
        let facts = [
            fact(lang.of("Time", "Zeit"), &at),
            lang.of(
                "Three interruptions of less than ten seconds within five minutes.",
                "Drei Unterbrechungen von weniger als zehn Sekunden in fünf Minuten.",
            )
            .to_owned(),
        ];
        let line = say!(lang, "{at}: short interruptions", "{at}: kurze Unterbrechungen");
        self.text(lang.of("The line is intermittent", "Die Leitung setzt immer wieder aus"), &facts, &line)
    }

    /// Text about a fault that is no outage; `since` is its onset where it is over.
    pub fn notice(
        &self,
        at: Timestamp,
        domain: FaultDomain,
        since: Option<Timestamp>,
        confidence: Confidence,
        evidence: &[Evidence],
    ) -> MessageText {
        let lang = self.lang;
        let (part, at_text) = (words::domain(domain, lang), self.second(at));
        if let Some(since) = since {
            let length = lang.length((at - since).to_std().unwrap_or_default());
            let facts = [
                fact(lang.of("Start", "Beginn"), &self.second(since)),
                fact(lang.of("End", "Ende"), &at_text),
                fact(lang.of("Length", "Dauer"), &length),
            ];
            let title = say!(lang, "Over: {part}", "Vorbei: {part}");
            let line = say!(lang, "{at_text}: over: {part}, {length}", "{at_text}: vorbei: {part}, {length}");
            return self.text(&title, &facts, &line);
        }
        let mut facts = vec![fact(lang.of("Start", "Beginn"), &at_text), self.confidence(confidence)];
        facts.extend(evidence.iter().take(MAX_EVIDENCE).map(|code| words::evidence(*code, lang).to_owned()));
        facts.push(lang.of("This is no outage.", "Das ist kein Ausfall.").to_owned());
        let title = say!(lang, "Notice: {part}", "Hinweis: {part}");
        self.text(&title, &facts, &format!("{at_text}: {part}"))
    }

    /// Text about a warning of the monitor, which is English.
    pub fn warning(&self, at: Timestamp, warning: &str) -> MessageText {
        let at = self.second(at);
        let facts = [fact(self.lang.of("Time", "Zeit"), &at), warning.to_owned()];
        let line = format!("{at}: {warning}");
        self.text(self.lang.of("Warning of the monitor", "Warnung der Überwachung"), &facts, &line)
    }

    /// Text about the report of a month, a file of this name.
    pub fn report(&self, month: chrono::NaiveDate, file: &str) -> MessageText {
        let month = self.lang.month_year(month);
        let facts = [fact(self.lang.of("File", "Datei"), file)];
        let title = say!(self.lang, "Report of {month}", "Bericht vom {month}");
        let line = format!("{title}: {file}");
        self.text(&title, &facts, &line)
    }

    /// Text about several events since `from`.
    pub fn digest(&self, from: Timestamp, entries: &[DigestEntry]) -> MessageText {
        let lang = self.lang;
        let sum = |is_low: bool| {
            let lengths: Vec<_> =
                entries.iter().filter_map(|entry| entry.outage).filter(|(_, low)| *low == is_low).collect();
            (lengths.len(), lengths.iter().map(|(length, _)| *length).sum())
        };
        let ((n_outages, length), (n_low, low)) = (sum(false), sum(true));
        let outages = lang.outages(n_outages);
        let title = if n_outages == 0 {
            lang.plural(entries.len() as u64, ("event", "Ereignis"), ("events", "Ereignisse"))
        } else {
            let length = lang.length(length);
            say!(lang, "{outages}, {length} in total", "{outages}, zusammen {length}")
        };
        let mut facts = vec![fact(lang.of("Since", "Seit"), &self.second(from))];
        if n_low > 0 {
            let (outages, low) = (lang.outages(n_low), lang.length(low));
            facts.push(say!(
                lang,
                "Apart: {outages} of low confidence, {low}",
                "Dazu: {outages} von geringer Sicherheit, {low}"
            ));
        }
        facts.extend(entries.iter().take(MAX_LINES).map(|entry| entry.line.clone()));
        if let Some(more) = entries.len().checked_sub(MAX_LINES).filter(|more| *more > 0) {
            facts.push(say!(lang, "… and {more} more", "… und {more} weitere"));
        }
        let line = title.clone();
        self.text(&title, &facts, &line)
    }

    /// Text of a test.
    pub fn test(&self, at: Timestamp) -> MessageText {
        let lang = self.lang;
        let at = self.second(at);
        let facts = [
            fact(lang.of("Time", "Zeit"), &at),
            lang.of("Messages about this line arrive here.", "Meldungen über diese Leitung kommen hier an.").to_owned(),
        ];
        self.text(lang.of("Test message", "Testmeldung"), &facts, &at)
    }

    /// State of the line in one line, for heartbeats.
    pub fn state(&self, state: State) -> String {
        let lang = self.lang;
        let text = match state {
            State::Up => lang.of("up", "in Ordnung").to_owned(),
            State::Degraded => lang.of("degraded", "beeinträchtigt").to_owned(),
            State::Down(domain) => {
                let part = words::domain(domain, lang);
                say!(lang, "down: {part}", "ausgefallen: {part}")
            }
            State::NotMonitored(reason) => {
                let reason = words::gap(reason, lang);
                say!(lang, "not monitored: {reason}", "nicht überwacht: {reason}")
            }
        };
        text.replace('\u{a0}', " ")
    }

    /// Facts on the cause: the broken part, the party charged, and the confidence.
    fn cause(&self, outage: &OutageState) -> Vec<String> {
        let lang = self.lang;
        let mut facts = Vec::new();
        if let Some(domain) = outage.domain {
            let (part, claim) = (words::domain(domain, lang), words::claim(domain, lang));
            facts.push(fact(lang.of("Fault", "Fehler"), &format!("{part}. {claim}")));
            facts.push(fact(lang.of("Charged to", "Angelastet"), &self.charged(outage.domain, outage.charged)));
        }
        facts.extend(outage.confidence.map(|confidence| self.confidence(confidence)));
        facts
    }

    fn charged(&self, domain: Option<FaultDomain>, charged: Option<Charged>) -> String {
        let owner = domain.map_or(Owner::Other, |domain| Owner::charged(domain, charged));
        owner.name(self.lang).to_owned()
    }

    fn confidence(&self, confidence: Confidence) -> String {
        let lang = self.lang;
        let mut text = words::confidence(confidence, lang).to_owned();
        if confidence == Confidence::Low {
            text.push_str(lang.of("; no evidence against anybody", "; kein Beleg gegen jemanden"));
        }
        fact(lang.of("Confidence", "Sicherheit"), &text)
    }

    /// The segments, where there are several.
    fn segments(&self, outage: &OutageState) -> Option<String> {
        if outage.segments.len() < 2 {
            return None;
        }
        let told = outage.segments.iter().take(8).map(|(segment, charged)| {
            let clock = clock_time((self.local)(segment.start.wall));
            let charged = self.charged(Some(segment.domain), *charged);
            format!("{clock} {} ({charged})", words::domain(segment.domain, self.lang))
        });
        let told: Vec<String> = told.collect();
        Some(fact(self.lang.of("In turn", "Nacheinander"), &told.join(" → ")))
    }

    fn second(&self, at: Timestamp) -> String {
        self.lang.second((self.local)(at))
    }

    /// Spaces that do not break are for documents; phones and terminals show them in many ways.
    fn text(&self, title: &str, facts: &[String], line: &str) -> MessageText {
        let plain = |text: &str| text.replace('\u{a0}', " ");
        MessageText {
            title: plain(&format!("[{}] {title}", self.site)),
            body: plain(&facts.join("\n")),
            line: plain(line),
        }
    }
}

fn fact(name: &str, value: &str) -> String {
    format!("{name}: {value}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{ledger::Segment, time::Stamp};

    fn at(seconds: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn local(at: Timestamp) -> NaiveDateTime {
        at.naive_utc() + chrono::TimeDelta::hours(2)
    }

    fn writer(lang: Lang) -> MessageWriter<'static> {
        MessageWriter { lang, site: "home", local: &local }
    }

    fn outage(confidence: Confidence) -> OutageState {
        let segment = |seconds: i64, domain, charged| {
            let start = Stamp { wall: at(seconds), mono: Duration::ZERO };
            (Segment { start, domain }, Some(charged))
        };
        OutageState {
            start: at(0),
            end: Some(at(94)),
            length: Duration::from_millis(94_200),
            uncertainty: Some(Duration::from_secs(1)),
            domain: Some(FaultDomain::Access),
            charged: Some(Charged::Provider),
            confidence: Some(confidence),
            segments: vec![
                segment(0, FaultDomain::Access, Charged::Provider),
                segment(60, FaultDomain::Dns, Charged::Home),
            ],
        }
    }

    #[test]
    fn an_ended_outage_tells_all_of_it() {
        let text = writer(Lang::En).outage_ended(&outage(Confidence::High), false);
        assert_eq!("[home] Internet back after 1 min 34 s", text.title);
        let expected = "Start: 21 Sep 2026, 16:13:20\n\
            End: 21 Sep 2026, 16:14:54\n\
            Length: 1 min 34 s ± 1.0 s\n\
            Fault: Access line. The line between the home router and the provider's network carried nothing.\n\
            Charged to: Provider\n\
            Confidence: high\n\
            In turn: 16:13:20 Access line (Provider) → 16:14:20 Name resolution (DNS) (Own home network)";
        assert_eq!(expected, text.body);
        assert_eq!("21 Sep 2026, 16:13:20: 1 min 34 s, Access line, Provider", text.line);
    }

    #[test]
    fn low_confidence_is_told() {
        let text = writer(Lang::De).outage_ended(&outage(Confidence::Low), true);
        assert_eq!("[home] Ausfall von mindestens 1 min 34 s", text.title);
        assert!(text.body.contains("Sicherheit: gering; kein Beleg gegen jemanden"), "{}", text.body);
        assert!(text.body.contains("danach wurde nicht gemessen"), "{}", text.body);
        assert!(text.line.ends_with("Anbieter, geringe Sicherheit"), "{}", text.line);
    }

    #[test]
    fn a_digest_sums_and_sets_low_confidence_apart() {
        let entry = |seconds, is_low| DigestEntry {
            line: format!("outage {seconds}"),
            outage: Some((Duration::from_secs(seconds), is_low)),
        };
        let other = DigestEntry { line: "notice".into(), outage: None };
        let text = writer(Lang::En).digest(at(0), &[entry(60, false), entry(90, false), entry(10, true), other]);
        assert_eq!("[home] 2 outages, 2 min 30 s in total", text.title);
        let expected = "Since: 21 Sep 2026, 16:13:20\nApart: 1 outage of low confidence, 10.0 s\noutage 60\noutage 90\noutage 10\nnotice";
        assert_eq!(expected, text.body);
        let many: Vec<DigestEntry> = (0..40).map(|n| entry(n, false)).collect();
        assert!(writer(Lang::De).digest(at(0), &many).body.ends_with("… und 10 weitere"));
    }

    #[test]
    fn every_text_is_there_in_every_language() {
        let all = |lang| {
            let writer = writer(lang);
            let evidence = [Evidence::TargetsDead, Evidence::GatewayAlive];
            let month = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
            let other = DigestEntry { line: "x".into(), outage: None };
            vec![
                writer.outage_started(&outage(Confidence::Medium), &evidence),
                writer.outage_ended(&outage(Confidence::Medium), false),
                writer.end_unknown(at(0), at(60)),
                writer.intermittent(at(0)),
                writer.notice(at(0), FaultDomain::Ipv6, None, Confidence::Medium, &evidence),
                writer.notice(at(60), FaultDomain::Ipv6, Some(at(0)), Confidence::Medium, &[]),
                writer.warning(at(0), "disk full"),
                writer.report(month, "report_2026-03.pdf"),
                writer.digest(at(0), &[other]),
                writer.test(at(0)),
            ]
        };
        for (en, de) in all(Lang::En).iter().zip(all(Lang::De)) {
            assert!(en.title != de.title && en.body != de.body, "{en:?} {de:?}");
            for text in [en, &de] {
                assert!(text.title.starts_with("[home] ") && !text.title.contains('\n'), "{text:?}");
                assert!(!text.line.contains('\n') && !text.line.is_empty(), "{text:?}");
                assert!(!format!("{text:?}").contains("\\u{a0}"), "{text:?}");
            }
        }
    }
}
