//! The paths before, during and after an outage: of this run from memory, of earlier ones from the files of traces.

use crate::{
    gui::{
        path::{hops, shown::PathView},
        text::{T, Text},
        view_model::{ViewModel, from_millis, in_millis, outages::OutageView},
    },
    model::time::Timestamp,
    report::input::{OutagePath, PathTime},
};

/// A trace this long before or after still belongs to an outage.
const NEAR: i64 = 20 * 60_000;

/// A path and what it is of.
pub(crate) struct Around {
    /// Before, during or after.
    pub(crate) name: T,
    /// The same with the time, and why or where it was written.
    pub(crate) said: String,
    pub(crate) path: PathView,
}

/// All paths there are, at most one of each kind.
pub(crate) fn paths(view: &ViewModel, outage: &OutageView, filed: &[OutagePath], text: Text) -> Vec<Around> {
    let start = in_millis(outage.start());
    let end = outage.end().map_or(i64::MAX, in_millis);
    let all = || view.traces.iter().map(|(stamp, purpose, trace)| (in_millis(stamp.wall), *purpose, trace));
    let before = all().rev().find(|(at, ..)| *at < start && start - *at < NEAR);
    let during = all().filter(|(at, ..)| (start - 2000..end).contains(at)).max_by_key(|(.., trace)| trace.rounds);
    let after = all().find(|(at, ..)| *at >= end && *at - end < NEAR);
    let wanted = [
        (T::Before, PathTime::Before, before),
        (T::During, PathTime::During, during),
        (T::After, PathTime::After, after),
    ];
    wanted
        .into_iter()
        .filter_map(|(name, time, known)| {
            if let Some((at, purpose, trace)) = known {
                return Some(around(name, from_millis(at), text.purpose(purpose), PathView::of(trace, text), text));
            }
            let filed = filed.iter().find(|path| path.time == time)?;
            let at = filed.trace.started?;
            Some(around(name, at, &filed.file, PathView::of_log(&filed.trace, text), text))
        })
        .collect()
}

fn around(name: T, at: Timestamp, what: &str, path: PathView, text: Text) -> Around {
    let said = format!("{} · {} · {} · {what}", text.of(name), text.time(at), path.name);
    Around { name, said, path }
}

/// The outage as plain text with its paths, to be sent to somebody.
pub(crate) fn letter(view: &ViewModel, outage: &OutageView, filed: &[OutagePath], text: Text) -> String {
    let mut letter = text.letter(outage, view.now);
    for around in paths(view, outage, filed, text) {
        letter += &format!("\n\n{}\n{}", around.said, hops::as_text(&around.path, text));
    }
    letter
}
