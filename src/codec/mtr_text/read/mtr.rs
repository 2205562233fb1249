//! Lines of `mtr`'s reports.

use super::text::{addr, asn, host, inside, is_as, is_name, millis, named, number};
use crate::model::{
    parsed_trace::{ParsedHop, ParsedHost},
    trace::MplsLabel,
};

/// A column of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Unanswered probes in percent.
    Loss,
    /// Probes sent.
    Sent,
    /// RTTs in milliseconds.
    Last,
    Avg,
    Best,
    Worst,
    StDev,
    /// A figure that is not kept.
    Other,
}

/// The header of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The computer that traced.
    pub(super) source: Option<String>,
    /// The columns, left to right.
    pub(super) columns: Vec<Column>,
    /// End of the column of the loss, in bytes.
    loss_end: usize,
}

impl Default for Header {
    /// Columns that `mtr` prints unless told otherwise.
    fn default() -> Self {
        use Column::{Avg, Best, Last, Loss, Sent, StDev, Worst};
        Self { source: None, columns: vec![Loss, Sent, Last, Avg, Best, Worst, StDev], loss_end: 0 }
    }
}

/// Reads the line with the names of the columns. A torn one has the usual columns.
pub(super) fn header(line: &str) -> Option<Header> {
    let (at, _) = line.match_indices("Loss%").next()?;
    let (before, titles) = line.split_at_checked(at)?;
    let source = before.trim().strip_prefix("HOST:").or_else(|| before.trim().strip_suffix("Host"))?.trim();
    let source = Some(source.to_owned()).filter(|source| !source.is_empty());
    let columns: Option<Vec<Column>> = titles.split_whitespace().map(column).collect();
    let usual = Header::default();
    let columns = columns.filter(|columns| columns.len() > 1).unwrap_or(usual.columns);
    Some(Header { source, columns, loss_end: at + "Loss%".len() })
}

fn column(title: &str) -> Option<Column> {
    Some(match title {
        "Loss%" => Column::Loss,
        "Snt" => Column::Sent,
        "Last" => Column::Last,
        "Avg" => Column::Avg,
        "Best" => Column::Best,
        "Wrst" => Column::Worst,
        "StDev" => Column::StDev,
        "Drop" | "Rcv" | "Gmean" | "Jttr" | "Javg" | "Jmax" | "Jint" => Column::Other,
        _ => return None,
    })
}

/// The distance and the rest of a line that begins like a hop: `  1.|-- ` or `  1. `.
pub(super) fn hop_start(line: &str) -> Option<(u8, &str)> {
    let (ttl, rest) = line.trim_start().split_once('.')?;
    let rest = rest.strip_prefix("|--").unwrap_or(rest);
    if ttl.len() > 3 || !ttl.bytes().all(|b| b.is_ascii_digit()) || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let ttl = ttl.parse().ok().filter(|ttl| *ttl > 0)?;
    Some((ttl, rest))
}

/// Reads a hop whose line begins with `ttl` and goes on with `rest`; `line` is all of it.
pub(super) fn hop(line: &str, ttl: u8, rest: &str, header: &Header) -> Option<ParsedHop> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (name, figures) = words.split_at_checked(words.len().checked_sub(header.columns.len())?)?;
    let mut hop = ParsedHop { ttl, ..ParsedHop::default() };
    for (column, figure) in header.columns.iter().zip(figures) {
        set(&mut hop, *column, figure)?;
    }
    if hop.unanswered.is_some_and(|part| part >= 1.0) || hop.sent == Some(0) {
        (hop.last, hop.avg, hop.best, hop.worst, hop.stdev) = (None, None, None, None, None);
    }
    if hop.sent == Some(0) {
        hop.unanswered = None;
    }
    add_host(&mut hop, name)?;
    if let Some(host) = hop.hosts.last_mut()
        && header.columns.first() == Some(&Column::Loss)
        && is_cut(line, name, figures, header)
        && let Some(addr) = host.addr.take()
    {
        host.name = Some(name.last().map_or_else(|| addr.to_string(), |name| (*name).to_owned()));
    }
    Some(hop)
}

fn set(hop: &mut ParsedHop, column: Column, figure: &str) -> Option<()> {
    let time = |figure| millis(figure).map(Some);
    match column {
        Column::Loss => {
            let percent = number(figure.trim_end_matches('%')).filter(|loss| *loss <= 100.0)?;
            hop.unanswered = Some(percent / 100.0);
        }
        Column::Sent => hop.sent = Some(figure.parse().ok()?),
        Column::Last => hop.last = time(figure)?,
        Column::Avg => hop.avg = time(figure)?,
        Column::Best => hop.best = time(figure)?,
        Column::Worst => hop.worst = time(figure)?,
        Column::StDev => hop.stdev = time(figure)?,
        Column::Other => {
            number(figure.trim_end_matches('%'))?;
        }
    }
    Some(())
}

/// Adds who a hop is, if anybody answered; `None` when this is not how hosts are written.
fn add_host(hop: &mut ParsedHop, words: &[&str]) -> Option<()> {
    let host = match words {
        ["???"] | ["(waiting", "for", "reply)"] => return Some(()),
        [first, rest @ ..] if !rest.is_empty() && is_as(first) => {
            add_host(hop, rest)?;
            hop.hosts.last_mut().into_iter().for_each(|host| host.asn = asn(first));
            return Some(());
        }
        [name, addr_word] if let Some(addr) = inside(addr_word, '(', ')').and_then(addr) => named(name, addr)?,
        [name] => host(name)?,
        // What the system said instead of an answer.
        [first, .., last] if first.starts_with('(') && last.ends_with(')') => {
            hop.note = Some(words.join(" "));
            return Some(());
        }
        // Facts about the address, such as its country, before it.
        [.., last] if words.len() <= 8 => ParsedHost { addr: Some(addr(last)?), ..ParsedHost::default() },
        _ => return None,
    };
    hop.hosts.push(host);
    Some(())
}

/// True if the figures may have been printed over the end of the name, as in a narrow report.
///
/// Then the name ends where the field of the loss begins, and the header stands straight above.
fn is_cut(line: &str, name: &[&str], figures: &[&str], header: &Header) -> bool {
    let end = |word: &str| (word.as_ptr() as usize).saturating_sub(line.as_ptr() as usize) + word.len();
    let (Some(name), Some(loss)) = (name.last(), figures.first()) else { return false };
    let field = if loss.trim_end_matches('%').split('.').nth(1).is_some_and(|part| part.len() > 1) { 8 } else { 6 };
    end(loss) == header.loss_end && end(name) + field == end(loss)
}

/// The label of a line such as `[MPLS: Lbl 24011 TC 0 S 1 TTL 1]`, with or without a tree before it.
///
/// `mtr` 0.95 writes the bottom of the stack as a control character and a `u`.
pub(super) fn label(line: &str) -> Option<MplsLabel> {
    let (_, rest) = line.split_once("[MPLS: Lbl ")?;
    let words: Vec<&str> = rest.split([' ', ']']).collect();
    let after = |key: &str| words.iter().position(|word| *word == key).and_then(|at| words.get(at + 1)).copied();
    let is_last = match after("S")?.trim_end_matches('u') {
        "0" | "\0" => false,
        "1" | "\u{1}" => true,
        _ => return None,
    };
    let label = words.first()?.parse().ok().filter(|label| *label < 1 << 20)?;
    let class = after("TC").or_else(|| after("Exp"))?.parse().ok().filter(|class| *class < 8)?;
    Some(MplsLabel { label, class, is_last, ttl: after("TTL")?.parse().ok()? })
}

/// A further host of the hop above: an indented address, with or without its autonomous system, or a branch of a tree.
pub(super) fn further_host(line: &str) -> Option<ParsedHost> {
    let tree = line.trim_start().starts_with('|').then(|| line.split_once("|-- ")).flatten().map(|(_, host)| host);
    if tree.is_none() && !line.starts_with("     ") {
        return None;
    }
    let words: Vec<&str> = tree.unwrap_or(line).split_whitespace().collect();
    let (asn, words) = match words.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && is_as(first) => (asn(first), rest),
        words => (None, words),
    };
    let host = match words {
        [word] if addr(word).is_some() || is_name(word) => host(word)?,
        [name, addr_word] => named(name, inside(addr_word, '(', ')').and_then(addr)?)?,
        _ => return None,
    };
    Some(ParsedHost { asn, ..host })
}
