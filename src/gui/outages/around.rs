//! The paths before, during and after an outage: of this run from memory, of earlier ones from the files of traces.

use chrono::TimeDelta;

use crate::{
    gui::{
        path::{hops, shown::PathView},
        text::{T, Text},
        view_model::{ViewModel, outages::OutageView},
    },
    model::time::Timestamp,
    report::input::{OutagePath, PathTime},
};

/// A trace this long before or after still belongs to an outage.
const NEAR: TimeDelta = TimeDelta::minutes(20);

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
    let placed = |wanted: PathTime| {
        view.traces.iter().filter_map(move |(_, purpose, trace)| {
            let span = (trace.started.wall, trace.ended.wall);
            let (time, distance) = PathTime::of(span, (outage.start(), outage.end()))?;
            let is_near = time == PathTime::During || distance < NEAR;
            (time == wanted && is_near).then_some((distance, *purpose, trace))
        })
    };
    let nearest = |time| placed(time).min_by_key(|(distance, ..)| *distance);
    // What shows most of the outage is the trace with the most rounds.
    let during = placed(PathTime::During).max_by_key(|(.., trace)| trace.rounds);
    let wanted = [
        (T::Before, PathTime::Before, nearest(PathTime::Before)),
        (T::During, PathTime::During, during),
        (T::After, PathTime::After, nearest(PathTime::After)),
    ];
    wanted
        .into_iter()
        .filter_map(|(name, time, known)| {
            if let Some((_, purpose, trace)) = known {
                let path = PathView::of(trace, text);
                return Some(around(name, trace.started.wall, text.purpose(purpose), path, text));
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
    let mut parts = vec![text.letter(outage, view.now)];
    for around in paths(view, outage, filed, text) {
        parts.push(format!("\n\n{}\n", around.said));
        parts.push(hops::as_text(&around.path, text));
    }
    parts.concat()
}
