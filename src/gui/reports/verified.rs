//! Result of verifying logs or a pack, as it is shown.

use eframe::egui::{self, RichText, ScrollArea, Ui, Vec2};

use super::choices::fingerprint;
use crate::{
    gui::{
        action::Action,
        icons,
        jobs::findings::{Checked, Findings, Found, PackFacts, Said, Standing},
        text::{T, Text},
        theme::{self, font, gap},
        widgets::{self, Kind},
    },
    model::time::Timestamp,
};

/// More findings than these say nothing new.
const MOST: usize = 200;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, text: Text, checked: Option<&Checked>) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let Some(checked) = checked else {
        widgets::nothing(ui, icons::SEAL_CHECK, text.of(T::VerifyNone), text.of(T::VerifyMore));
        return None;
    };
    let found = match &checked.result {
        Err(why) => {
            widgets::banner(ui, tokens.bad, icons::WARNING, |ui| {
                widgets::words(ui, say(text, why), font::body(), tokens.text);
            });
            place(ui, checked);
            return None;
        }
        Ok(found) => found,
    };
    let (icon, color, said) = headline(ui, text, found);
    widgets::banner(ui, color, icon, |ui| {
        widgets::words(ui, said, font::strong(), tokens.text);
    });
    place(ui, checked);
    if found.n_demo > 0 {
        let said = text.with(T::VerifyMadeUp, &[&text.count(found.n_demo)]);
        widgets::words(ui, said, font::strong(), tokens.warn);
    }
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            let action = found.pack.as_ref().and_then(|facts| pack(ui, text, facts, found.n_rows));
            if let Some((at, is_signed)) = found.head {
                let signed = if is_signed { T::VerifySigned } else { T::VerifyUnsigned };
                widgets::words(ui, text.with(signed, &[&text.date_time(at)]), font::body(), tokens.text);
            }
            for (lines, color, icon) in
                [(&found.faults, tokens.bad, icons::X_CIRCLE), (&found.notes, tokens.text_soft, icons::INFO)]
            {
                for line in lines.iter().take(MOST) {
                    ui.horizontal_top(|ui| {
                        widgets::icon(ui, icon, 14.0, color);
                        widgets::words(ui, finding(text, line), font::body(), tokens.text);
                    });
                }
                if lines.len() > MOST {
                    let more = text.with(T::FoundMore, &[&text.count(lines.len() - MOST)]);
                    widgets::words(ui, more, font::body(), tokens.text_soft);
                }
            }
            ui.add_space(gap::M);
            let meaning = match (&found.pack, found.head) {
                (Some(_), _) => T::PackMeaning,
                (None, Some((_, true))) => T::VerifyMeaning,
                (None, _) => T::VerifyMeaningUnsigned,
            };
            widgets::words(ui, text.of(meaning), font::small(), tokens.text_soft);
            action
        })
        .inner
}

fn place(ui: &mut Ui, checked: &Checked) {
    let tokens = theme::tokens(ui.ctx());
    ui.add_space(gap::S);
    widgets::line(ui, checked.path.display().to_string(), font::mono_small(), tokens.text_soft);
    ui.add_space(gap::S);
}

fn headline(ui: &Ui, text: Text, found: &Findings) -> (&'static str, egui::Color32, String) {
    let tokens = theme::tokens(ui.ctx());
    let (fine, doubt, bad) =
        ((icons::CHECK_CIRCLE, tokens.ok), (icons::WARNING, tokens.warn), (icons::X_CIRCLE, tokens.bad));
    let with = |(icon, color): (&'static str, egui::Color32), said: String| (icon, color, said);
    if let Some(facts) = &found.pack {
        let at = facts.claims.as_ref().map(|claims| text.date_time(claims.made)).unwrap_or_default();
        return match facts.standing {
            Standing::Unchanged => with(fine, text.with(T::PackUnchanged, &[&at])),
            Standing::Repacked => with(doubt, text.with(T::PackRepacked, &[&at])),
            Standing::OtherKey => with(bad, text.of(T::PackOtherKey).to_owned()),
            Standing::Unsigned => with(bad, text.of(T::PackNobody).to_owned()),
            Standing::LogChanged => with(bad, text.with(T::PackLogChanged, &[&at])),
            Standing::Changed => with(bad, text.of(T::PackChanged).to_owned()),
        };
    }
    if !found.faults.is_empty() {
        return with(bad, text.with(T::VerifyChanged, &[&text.count(found.faults.len())]));
    }
    if found.n_rows == 0 {
        return with(doubt, text.of(T::VerifyNoRows).to_owned());
    }
    if found.head.is_none_or(|(_, is_signed)| !is_signed) {
        return with(doubt, text.with(T::VerifyNobody, &[&text.count(found.n_rows)]));
    }
    if found.n_unsigned > 0 {
        return with(doubt, text.with(T::VerifyPartly, &[&text.count(found.n_unsigned)]));
    }
    if found.n_absent > 0 {
        return with(doubt, text.of(T::VerifyAbsent).to_owned());
    }
    with(fine, text.with(T::VerifyFine, &[&text.count(found.n_rows)]))
}

/// Draws the facts that a pack states of itself.
fn pack(ui: &mut Ui, text: Text, facts: &PackFacts, n_rows: u64) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let claims = facts.claims.as_ref()?;
    let edge = |at: Option<Timestamp>, none: T| at.map_or_else(|| text.of(none).to_owned(), |at| text.date_time(at));
    let period = format!("{} – {}", edge(claims.period.0, T::PackFromBegin), edge(claims.period.1, T::PackToEnd));
    let rows = [
        (T::PackMadeAt, text.with(T::PackMadeBy, &[&text.date_time(claims.made), &claims.version])),
        (T::ReportPeriod, period),
        (T::PackFiles, text.with(T::PackFilesOf, &[&text.count(facts.n_files), &text.count(claims.n_files)])),
        (T::PackRows, text.count(n_rows)),
        (T::PackRedaction, text.of(if claims.is_redacted { T::PackIsRedacted } else { T::PackNotRedacted }).to_owned()),
        (T::PackKey, fingerprint(&claims.fingerprint)),
    ];
    // A grid gives its last column as much as it wants, which for a key is more than there is.
    let most = (ui.available_width() - 240.0).max(160.0);
    egui::Grid::new("claims").num_columns(2).spacing(Vec2::new(16.0, 4.0)).min_row_height(20.0).show(ui, |ui| {
        for (label, value) in rows {
            ui.label(RichText::new(text.of(label)).font(font::small()).color(tokens.text_soft));
            ui.scope(|ui| {
                ui.set_max_width(most);
                widgets::words(ui, value, font::body(), tokens.text);
            });
            ui.end_row();
        }
    });
    let whose = if facts.is_own { T::PackKeyOwn } else { T::PackKeyOther };
    let mut action = None;
    widgets::words(ui, text.of(whose), font::body(), tokens.text);
    if widgets::button(ui, icons::COPY, text.of(T::PackCopyKey), Kind::Quiet).clicked() {
        action = Some(Action::Copy(claims.fingerprint.clone(), T::Copied));
    }
    ui.add_space(gap::S);
    action
}

fn say(text: Text, said: &Said) -> String {
    let parts: Vec<&dyn std::fmt::Display> = said.parts.iter().map(|part| part as _).collect();
    text.with(said.text, &parts)
}

fn finding(text: Text, found: &Found) -> String {
    let what = say(text, &found.what);
    let place = if found.place.is_empty() { text.of(T::FoundPack) } else { &found.place };
    match found.line {
        Some(line) => format!("{}: {what}", text.with(T::FoundLine, &[&place, &line])),
        None => format!("{place}: {what}"),
    }
}
