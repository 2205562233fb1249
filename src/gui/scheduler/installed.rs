//! Schedules that are installed, and whether they really run.

use chrono::NaiveDateTime;
use eframe::egui::{self, Ui, Vec2};

use super::{ScheduleAction, State, form, plan};
use crate::{
    clock,
    gui::{
        action::Action,
        icons,
        jobs::schedule::{Health, Installed, Known, Manager, Mark, exit_code},
        text::{T, Text},
        theme::{self, font, gap},
        view_model::{Mode, ViewModel},
        widgets::{self, Kind},
    },
    model::{
        schedule::{Days, Hours, Rhythm, Scope, spans},
        time::Timestamp,
    },
};

/// Returns the reason why a scheduler that has it does not run it, and what to do.
pub(super) fn why_idle(text: Text, manager: Manager) -> &'static str {
    text.of(match manager {
        Manager::Systemd => T::ScheduleIdleSystemd,
        Manager::Cron => T::ScheduleIdleCron,
        Manager::Launchd => T::ScheduleIdleLaunchd,
        Manager::Tasks => T::ScheduleIdleTasks,
    })
}

/// Returns the times at which it watches, in words.
fn rhythm(text: Text, mark: &Mark, manager: Manager) -> String {
    let does = match mark.rhythm {
        Rhythm::Always => text.of(T::ScheduleDoesAlways).to_owned(),
        Rhythm::Looks(looks) => {
            let every = if looks.every.get() == 60 { "1h".to_owned() } else { format!("{}m", looks.every.get()) };
            let mut does = text.with(T::ScheduleDoesLooks, &[&form::period(&every)]);
            if looks.hours != Hours::ALL {
                does = text.with(T::ScheduleInHours, &[&does, &looks.hours]);
            }
            if looks.days != Days::ALL {
                let days = spans(&looks.days.stretches(), "–", |day| text.weekday(day.into()).to_owned());
                does = format!("{does}, {days}");
            }
            does
        }
    };
    let from = match (manager, mark.scope) {
        // cron does not ask who is logged in.
        (Manager::Cron, _) | (_, Scope::Boot) => T::ScheduleSinceBoot,
        (_, Scope::Login) => T::ScheduleSinceLogin,
    };
    format!("{does}, {}", text.of(from))
}

/// Returns what is wrong with a schedule; `None` while all is well.
fn complaint(text: Text, health: &Health, mark: &Mark, now: Timestamp) -> Option<String> {
    let since = when(text, health.missing_since?, now);
    let what = match (mark.rhythm, health.is_running) {
        (Rhythm::Always, true) => T::ScheduleSilentRuns,
        (Rhythm::Always, false) => T::ScheduleSilentNone,
        (Rhythm::Looks(_), _) => T::ScheduleSilentLook,
    };
    Some(text.with(what, &[&since]))
}

fn when(text: Text, local: NaiveDateTime, now: Timestamp) -> String {
    clock::from_local(local).map_or_else(|| local.to_string(), |at| text.when(at, now))
}

/// Returns the exit code of a run, with its meaning in words where it is known.
fn exit(text: Text, code: i64) -> String {
    let words = match code {
        0 => T::ScheduleExitFine,
        1 => T::ScheduleExitBad,
        2 => T::ScheduleExitFailed,
        _ => return exit_code(code),
    };
    format!("{code} ({})", text.of(words))
}

/// Draws the card.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::ScheduleNow), font::card_title());
        let known = match &state.known {
            None => {
                widgets::words(ui, text.of(T::ScheduleLooking), font::body(), tokens.text_soft);
                return;
            }
            Some(Err(why)) => {
                warn(ui, why.clone());
                return;
            }
            Some(Ok(known)) => known,
        };
        for (health, one) in &known.installed {
            one_of(ui, view, text, health, one);
        }
        if known.installed.is_empty() {
            widgets::words(ui, text.of(T::ScheduleNothing), font::body(), tokens.text_soft);
        }
        if let Some(mark) = &known.lost {
            warn(ui, text.with(T::ScheduleLost, &[&text.date_time(mark.since)]));
        }
        for original in &known.originals {
            warn(ui, text.with(T::ScheduleOriginal, &[&original.what]));
        }
        action = buttons(ui, text, state, known);
    });
    action
}

fn warn(ui: &mut Ui, said: String) {
    let tokens = theme::tokens(ui.ctx());
    widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
        widgets::words(ui, said, font::body(), tokens.text);
    });
}

fn one_of(ui: &mut Ui, view: &ViewModel, text: Text, health: &Health, one: &Installed) {
    let tokens = theme::tokens(ui.ctx());
    let now = view.now.wall;
    let wrong = complaint(text, health, &one.mark, now);
    let is_well = one.is_active && wrong.is_none();
    ui.horizontal(|ui| {
        let (icon, color) = if is_well { (icons::CHECK_CIRCLE, tokens.ok) } else { (icons::WARNING, tokens.warn) };
        widgets::icon_filled(ui, icon, 17.0, color);
        widgets::words(ui, rhythm(text, &one.mark, one.manager), font::strong(), tokens.text);
    });
    if let Some(wrong) = wrong {
        warn(ui, wrong);
    }
    if !one.is_active {
        warn(ui, why_idle(text, one.manager).to_owned());
    }
    if one.mark.rhythm == Rhythm::Always && matches!(view.mode, Mode::Running | Mode::Paused) {
        widgets::words(ui, text.of(T::ScheduleWaits), font::body(), tokens.text_soft);
    }
    let is_always = one.mark.rhythm == Rhythm::Always;
    let unknown = || text.of(T::ScheduleUnknown).to_owned();
    let mut facts: Vec<(T, String)> = Vec::new();
    let in_hand = if one.is_active { T::ScheduleInHand } else { T::ScheduleNotInHand };
    facts.push((T::ScheduleBy, format!("{} · {}", plan::manager(one.manager), text.of(in_hand))));
    let last_run = one.last_run.map_or_else(unknown, |at| text.when(at, now));
    if is_always {
        facts.push((T::ScheduleStarted, last_run));
        let runs = if health.is_running { T::ScheduleMonitorRuns } else { T::ScheduleMonitorNot };
        let runs = if health.is_readable { text.of(runs).to_owned() } else { unknown() };
        facts.push((T::ScheduleMonitor, runs));
    } else {
        facts.push((T::ScheduleLastRun, last_run));
        let next = one.next_run.map(clock::local).or(health.next_due);
        facts.push((T::ScheduleNextRun, next.map_or_else(unknown, |at| when(text, at, now))));
    }
    facts.push((T::ScheduleLastExit, one.last_exit.map_or_else(unknown, |code| exit(text, code))));
    if let Some(restarts) = one.restarts.filter(|n| *n > 0) {
        facts.push((T::ScheduleRestarts, restarts.to_string()));
    }
    facts.push((T::ScheduleLastRow, health.last_row.map_or_else(unknown, |at| when(text, at, now))));
    facts.push((T::ScheduleSince, text.date_time(one.mark.since)));
    if let Some(account) = &one.mark.account {
        facts.push((T::ScheduleAccount, account.clone()));
    }
    facts.push((T::LogFolder, one.mark.log_dir.display().to_string()));
    facts.push((T::SchedulePlaces, one.places.join(", ")));
    let grid = egui::Grid::new(("installed", one.manager.as_str(), one.mark.scope.as_str())).num_columns(2);
    grid.spacing(Vec2::new(24.0, 6.0)).min_row_height(20.0).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        for (label, value) in facts {
            ui.label(egui::RichText::new(text.of(label)).font(font::small()).color(tokens.text_soft));
            widgets::words(ui, value, font::body(), tokens.text);
            ui.end_row();
        }
    });
}

fn buttons(ui: &mut Ui, text: Text, state: &State, known: &Known) -> Option<Action> {
    let mut action = None;
    ui.horizontal(|ui| {
        if !known.installed.is_empty() {
            ui.add_enabled_ui(!state.is_busy, |ui| {
                if widgets::button(ui, icons::TRASH, text.of(T::ScheduleRemove), Kind::Normal).clicked() {
                    let all = known.installed.iter().map(|(_, one)| one.clone()).collect();
                    action = Some(Action::Schedule(ScheduleAction::Remove(all)));
                }
            });
        }
        if widgets::button(ui, icons::ARROW_CLOCKWISE, text.of(T::LookAgain), Kind::Quiet).clicked() {
            action = Some(Action::Schedule(ScheduleAction::Look));
        }
    });
    action
}
