//! Which parts of a line mean what, so that they can be coloured. Pure, and quick enough for every line that is drawn.

mod token;

use std::ops::Range;

/// Meaning of a part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// The address of a host.
    Address,
    /// A date or time.
    Time,
    /// Something that failed or does not answer.
    Bad,
    /// Something that is not as it should be, or loss of a little.
    Warning,
    /// Something that is as it should be, or no loss.
    Good,
    /// A line that only separates.
    Separator,
    /// The head of a block or of a table.
    Heading,
    /// Something that can be overlooked: remarks, numbers of networks, unknown networks, hops without an address.
    Faint,
}

/// Loss from which on it is bad, in percent; below that it is a warning.
const BAD_LOSS: f64 = 20.0;

/// Beginnings of lines that head a block.
const HEADINGS: &[&str] = &["Run at: ", "Start: ", "HOST: ", "local_timestamp,"];

/// The parts of `line` that have a meaning, in bytes, from the left, without overlaps.
///
/// ```
/// use network_logging::log_view::spans::{Tone, spans};
///
/// assert_eq!(vec![(5..14, Tone::Address), (15..21, Tone::Bad)], spans("from 192.0.2.1 100.0% loss"));
/// ```
pub fn spans(line: &str) -> Vec<(Range<usize>, Tone)> {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Vec::new();
    }
    let start = line.len() - line.trim_start().len();
    let whole = start..start + trimmed.len();
    if is_rule(trimmed) {
        return vec![(whole, Tone::Separator)];
    }
    if let Some(inner) = section(trimmed) {
        let from = start + inner.start;
        let to = start + inner.end;
        return vec![(whole.start..from, Tone::Separator), (from..to, Tone::Heading), (to..whole.end, Tone::Separator)];
    }
    if HEADINGS.iter().any(|heading| trimmed.starts_with(heading)) {
        return vec![(whole, Tone::Heading)];
    }
    let context = Context::of(line);
    let mut spans = Vec::new();
    let mut seen_host = false;
    for word in token::words(line) {
        let text = line.get(word.clone()).unwrap_or_default();
        if let Some((range, tone)) = tone(text, context, seen_host) {
            seen_host |= tone == Tone::Address || text == "???";
            let range = word.start + range.start..word.start + range.end;
            push(&mut spans, range, tone);
        }
    }
    spans
}

/// Facts of the whole line that the meaning of its words depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Context {
    /// It is a row of a hop table: `  1. AS??? 192.0.2.1 0.0% ...` or `  1.|-- 192.0.2.1 ...`.
    is_hop: bool,
    /// Percentages in it are of loss.
    is_loss: bool,
    /// It is a remark.
    is_remark: bool,
}

impl Context {
    fn of(line: &str) -> Self {
        let trimmed = line.trim_start();
        let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        let rest = trimmed.get(digits..).unwrap_or_default();
        let is_hop = (1..=3).contains(&digits) && (rest.starts_with(".|--") || rest.starts_with(". "));
        // Far behind nobody speaks of the percentage in front any more.
        let front: String = line.chars().take(400).collect::<String>().to_ascii_lowercase();
        let is_loss = is_hop || ["loss", "lost", "verlust", "verloren"].iter().any(|word| front.contains(word));
        Self { is_hop, is_loss, is_remark: trimmed.starts_with('#') }
    }
}

fn tone(word: &str, context: Context, seen_host: bool) -> Option<(Range<usize>, Tone)> {
    if let Some(len) = token::address(word) {
        return Some((0..len, Tone::Address));
    }
    if let Some(len) = token::time(word) {
        return Some((0..len, Tone::Time));
    }
    if context.is_loss
        && (word.ends_with('%') || context.is_hop && seen_host && word == "100.0")
        && let Ok(percent) = word.trim_end_matches('%').parse::<f64>()
    {
        let tone = if percent <= 0.0 {
            Tone::Good
        } else if percent < BAD_LOSS {
            Tone::Warning
        } else {
            Tone::Bad
        };
        return Some((0..word.len(), tone));
    }
    let core = word.trim_end_matches(['.', ':', '!']);
    let whole = 0..core.len();
    if let Some(tone) = token::status(core) {
        return Some((whole, tone));
    }
    let is_frame = core == "???" || core == "*" || (core.starts_with("AS") && core.ends_with("???"));
    let is_as =
        core.strip_prefix("AS").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    (is_frame || is_as || context.is_remark).then_some((whole, Tone::Faint))
}

/// Appends a span, to the last one where they are alike and only a space is between.
fn push(spans: &mut Vec<(Range<usize>, Tone)>, range: Range<usize>, tone: Tone) {
    if range.is_empty() {
        return;
    }
    match spans.last_mut() {
        Some((last, last_tone)) if *last_tone == tone && tone == Tone::Faint && range.start <= last.end + 1 => {
            last.end = range.end;
        }
        _ => spans.push((range, tone)),
    }
}

/// True if nothing but five or more of the same mark is in the text.
fn is_rule(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    matches!(first, '=' | '-' | '_' | '*' | '~' | '#' | '\u{2500}' | '\u{2550}')
        && chars.clone().count() >= 4
        && chars.all(|mark| mark == first)
}

/// Returns the range of the text between the marks of `==== interfaces ====`.
fn section(text: &str) -> Option<Range<usize>> {
    let inner = text.strip_prefix("===")?.strip_suffix("===")?.trim_matches('=').trim();
    let start = text.find(inner).filter(|_| !inner.is_empty())?;
    Some(start..start + inner.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The line with `[a:...]` and so on around its parts.
    fn marked(line: &str) -> String {
        let (mut text, mut at) = (String::new(), 0);
        for (range, tone) in spans(line) {
            let mark = match tone {
                Tone::Address => "a",
                Tone::Time => "t",
                Tone::Bad => "bad",
                Tone::Warning => "warn",
                Tone::Good => "good",
                Tone::Separator => "sep",
                Tone::Heading => "head",
                Tone::Faint => "faint",
            };
            text.push_str(&line[at..range.start]);
            text.extend(["[", mark, "|", &line[range.clone()], "]"]);
            at = range.end;
        }
        text + &line[at..]
    }

    #[track_caller]
    fn check(expected: &str) {
        let mut line = expected.replace(']', "");
        for mark in ["a", "t", "bad", "warn", "good", "sep", "head", "faint"] {
            line = line.replace(&format!("[{mark}|"), "");
        }
        assert_eq!(expected, marked(&line));
    }

    #[test]
    fn hop_tables_are_read() {
        check("[sep|============================================================]");
        check("[head|Run at: 20260103_000000]");
        check("[head|Start: 2026-01-03T00:00:00+0100]");
        check("[head|HOST: b\u{fc}ro-server                Loss%   Snt   Last   Avg  Best  Wrst StDev]");
        check("  1.|-- [a|192.168.1.1]       [good|0.0%]    60    1.0   1.1   0.6   5.0   0.8");
        check("  3. [faint|AS???]    [a|198.51.100.17] [warn|3.3%]  60 9.1");
        check("  3. [faint|AS64500]  [a|2001:db8::1]  [bad|100.0]  60 0.0");
        check("  9.|-- [faint|???]                     [bad|100.0]    60    0.0   0.0   0.0   0.0   0.0");
    }

    #[test]
    fn rows_are_read() {
        check(
            "[t|2026-01-03 14:30:00],[t|2026-01-03T13:30:00.123456+00:00],0.34,4/4,1,1,1,1,[bad|WAN_DOWN],trace_1.1.1.1_20251002_123510.log",
        );
        check("x,[good|OK],,,[a|88.79.29.66]:ok;[a|2001:db8::1]:down,[a|1.1.1.1]=12.3;[a|8.8.8.8]=[warn|lost]");
    }

    #[test]
    fn words_of_trouble_stand_out() {
        check("[t|12:30:00] [bad|ERROR]: connection [bad|refused] by [a|192.0.2.1]:443");
        check("[warn|warning]: no [bad|failure]");
        check("link is [bad|down], then [good|up]");
        check("a terror of downloads is okay");
        check("packet loss [good|0%], [warn|1.5%], [bad|20%]");
        check("availability 99.9%");
        check("[a|fe80::1%eth0] [a|10.0.0.0/8] ([a|::1])");
        check("version 1.2.3 and 1.2.3.4.5 and 300.1.1.1 at 12:99");
        check("[sep|==== ][head|interfaces][sep| ====]");
    }

    #[test]
    fn remarks_are_faint_but_for_what_they_name() {
        check("[faint|# target] [a|1.1.1.1] ([a|1.1.1.1]), [faint|ICMP], [faint|60 rounds]");
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_within(line in "[-=a-f0-9:.%,;\u{e4} #|ERORdown]{0,80}") {
            let mut at = 0;
            for (range, _) in spans(&line) {
                prop_assert!(range.start >= at && range.end > range.start && line.get(range.clone()).is_some());
                at = range.end;
            }
            prop_assert!(at <= line.len());
        }

        #[test]
        fn any_text_is_taken(line in any::<String>()) {
            for (range, _) in spans(&line) {
                prop_assert!(line.get(range).is_some());
            }
        }
    }
}
