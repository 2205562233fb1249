//! Form for what is to be installed: the choice, its times, and the buttons.

use eframe::egui::{self, Ui, Vec2};

use super::{ScheduleAction, State, plan};
use crate::{
    gui::{
        action::Action,
        icons,
        jobs::schedule::{Known, Manager, Mark, Order},
        text::{T, Text},
        theme::{self, font, gap},
        widgets::{self, Kind},
    },
    model::schedule::{Looks, NotTimes, Rhythm, Scope},
};

/// Periods between two looks to choose from.
const PERIODS: [&str; 9] = ["1m", "2m", "5m", "10m", "15m", "30m", "1h", "2h", "6h"];
/// Days of the week as a schedule spells them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Choice of when the line is to be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum What {
    #[default]
    FromLogin,
    Service,
    Looks,
}

/// The form as it is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    what: What,
    every: &'static str,
    hours: String,
    days: [bool; 7],
    /// Looks are taken while nobody is logged in as well.
    while_away: bool,
    with: Option<Manager>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            what: What::default(),
            every: "5m",
            hours: String::new(),
            days: [true; 7],
            while_away: false,
            with: None,
        }
    }
}

impl Form {
    /// Returns the form filled in with what is installed.
    pub(super) fn of(mark: &Mark) -> Self {
        let mut form = Self::default();
        match mark.rhythm {
            Rhythm::Always if mark.scope == Scope::Boot => form.what = What::Service,
            Rhythm::Always => {}
            Rhythm::Looks(looks) => {
                form.what = What::Looks;
                form.while_away = mark.scope == Scope::Boot;
                let every = if looks.every.get() == 60 { "1h".to_owned() } else { format!("{}m", looks.every.get()) };
                form.every = PERIODS.into_iter().find(|period| *period == every).unwrap_or("5m");
                if looks.hours != crate::model::schedule::Hours::ALL {
                    form.hours = looks.hours.to_string();
                }
                form.days = [false; 7];
                for day in looks.days.iter() {
                    if let Some(day) = form.days.get_mut(usize::from(day)) {
                        *day = true;
                    }
                }
            }
        }
        form
    }

    fn scope(&self) -> Scope {
        match self.what {
            What::Service => Scope::Boot,
            What::Looks if self.while_away => Scope::Boot,
            What::FromLogin | What::Looks => Scope::Login,
        }
    }

    /// Returns the order that the form amounts to.
    ///
    /// # Errors
    ///
    /// What is to be corrected.
    pub(super) fn order(&self) -> Result<Order, T> {
        let rhythm = if self.what == What::Looks { Rhythm::Looks(self.looks()?) } else { Rhythm::Always };
        Ok(Order { rhythm, scope: self.scope(), with: self.with, run_as: None, data_dir: None, since: None })
    }

    fn looks(&self) -> Result<Looks, T> {
        let days: Vec<&str> = DAYS.iter().zip(self.days).filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        if days.is_empty() {
            return Err(T::ScheduleNoDays);
        }
        let hours = Some(self.hours.trim()).filter(|hours| !hours.is_empty());
        Looks::parse(self.every, hours, Some(&days.join(","))).map_err(|error| match error {
            NotTimes::Never(_) => T::ScheduleNeverHours,
            _ => T::ScheduleWrongHours,
        })
    }
}

/// Time between two looks, in words.
pub(super) fn period(every: &str) -> String {
    match every.split_at_checked(every.len().saturating_sub(1)) {
        Some((n, "h")) => format!("{n} h"),
        Some((n, _)) => format!("{n} min"),
        None => every.to_owned(),
    }
}

/// Draws the card.
pub(super) fn ui(ui: &mut Ui, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::ScheduleForm), font::card_title());
        let form = &mut state.form;
        let choices = [
            (What::FromLogin, text.of(T::ScheduleFromLogin)),
            (What::Service, text.of(T::ScheduleService)),
            (What::Looks, text.of(T::ScheduleLooks)),
        ];
        widgets::segmented(ui, &mut form.what, &choices);
        let help = match form.what {
            What::FromLogin => T::ScheduleFromLoginHelp,
            What::Service => T::ScheduleServiceHelp,
            What::Looks => T::ScheduleLooksHelp,
        };
        widgets::words(ui, text.of(help), font::body(), tokens.text_soft);
        if form.what == What::Looks {
            times(ui, text, form);
        }
        let known = state.known.as_ref().and_then(|known| known.as_ref().ok());
        if let Some(known) = known {
            scheduler(ui, text, form, known);
        }
        if known.is_some_and(|known| !known.originals.is_empty()) {
            ui.checkbox(&mut state.replaces_original, text.of(T::ScheduleReplaceOriginal));
        }
        action = match state.form.order() {
            Ok(_) => buttons(ui, text, state),
            Err(wrong) => {
                widgets::words(ui, text.of(wrong), font::small(), tokens.bad);
                None
            }
        };
        if let (Ok(_), Some(planned)) = (state.form.order(), &state.planned) {
            action = action.take().or(plan::ui(ui, text, planned));
        }
    });
    action
}

/// Draws the times of the looks: how often, in which hours, on which days.
fn times(ui: &mut Ui, text: Text, form: &mut Form) {
    let tokens = theme::tokens(ui.ctx());
    let label = |ui: &mut Ui, label: T| {
        ui.label(egui::RichText::new(text.of(label)).font(font::medium()).color(tokens.text));
    };
    egui::Grid::new("times").num_columns(2).spacing(Vec2::new(24.0, 10.0)).show(ui, |ui| {
        label(ui, T::ScheduleEvery);
        let name = text.of(T::ScheduleEvery);
        let combo = egui::ComboBox::from_id_salt("every").selected_text(period(form.every)).show_ui(ui, |ui| {
            for each in PERIODS {
                ui.selectable_value(&mut form.every, each, period(each));
            }
        });
        ui.ctx().accesskit_node_builder(combo.response.id, |node| node.set_label(name));
        ui.end_row();
        label(ui, T::ScheduleHours);
        let name = text.of(T::ScheduleHours);
        widgets::field(ui, &mut form.hours, name, text.of(T::ScheduleHoursHint), 220.0);
        ui.end_row();
        label(ui, T::ScheduleDays);
        ui.horizontal_wrapped(|ui| {
            for (day, on) in form.days.iter_mut().enumerate() {
                if widgets::chip(ui, *on, tokens.accent, text.weekday(day)).clicked() {
                    *on = !*on;
                }
            }
        });
        ui.end_row();
        label(ui, T::ScheduleAway);
        ui.checkbox(&mut form.while_away, text.of(T::ScheduleAwayHelp));
        ui.end_row();
    });
}

/// Which scheduler, where there is a choice.
fn scheduler(ui: &mut Ui, text: Text, form: &mut Form, known: &Known) {
    let tokens = theme::tokens(ui.ctx());
    let managers = known.managers(form.scope());
    if form.with.is_some_and(|with| !managers.contains(&with)) {
        form.with = None;
    }
    match managers {
        [] => {
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, text.of(T::ScheduleNoScheduler), font::body(), tokens.text);
            });
        }
        [_] => {}
        several => {
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(text.of(T::ScheduleBy)).font(font::medium()).color(tokens.text));
                let mut chosen = form.with.or_else(|| several.first().copied());
                let names: Vec<_> = several.iter().map(|one| (Some(*one), plan::manager(*one))).collect();
                if widgets::segmented(ui, &mut chosen, &names) {
                    form.with = chosen;
                }
            });
        }
    }
}

fn buttons(ui: &mut Ui, text: Text, state: &State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let known = state.known.as_ref().and_then(|known| known.as_ref().ok());
    let is_there = known.is_some_and(|known| !known.installed.is_empty());
    // What is shown is what is installed: nothing can be pressed before it is.
    let planned = state.planned.as_ref().and_then(|planned| planned.as_ref().ok());
    let is_current = state.planned_for == state.form.order().ok();
    let wanted = planned.filter(|wanted| is_current && fits(wanted.schedule.rhythm, state));
    let mut action = None;
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(wanted.is_some() && !state.is_busy, |ui| {
            let label = match (state.is_busy, is_there) {
                (true, _) => T::ScheduleWorking,
                (false, true) => T::ScheduleReplace,
                (false, false) => T::ScheduleInstall,
            };
            if widgets::button(ui, icons::CLOCK_COUNTDOWN, text.of(label), Kind::Primary).clicked()
                && let Some(wanted) = wanted
            {
                let install = ScheduleAction::Install(Box::new(wanted.clone()), state.replaces_original);
                action = Some(Action::Schedule(install));
            }
        });
        let asks = wanted.is_some_and(|wanted| wanted.plan.needs_admin) && known.is_some_and(|known| !known.is_admin);
        if asks {
            widgets::icon(ui, icons::INFO, 15.0, tokens.text_soft);
            widgets::words(ui, text.of(T::ScheduleAsks), font::small(), tokens.text_soft);
        }
    });
    action
}

/// True if the rhythm that was worked out is that of the form.
fn fits(rhythm: Rhythm, state: &State) -> bool {
    state.form.order().is_ok_and(|order| order.rhythm == rhythm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rhythm: &str, scope: Scope) {
        let mark = Mark {
            rhythm: rhythm.parse().unwrap(),
            scope,
            since: "2026-11-25T15:00:00Z".parse().unwrap(),
            log_dir: "/logs".into(),
            config: None,
            account: None,
        };
        let order = Form::of(&mark).order().unwrap();
        assert_eq!((mark.rhythm, mark.scope), (order.rhythm, order.scope), "{rhythm}");
    }

    #[test]
    fn what_is_installed_fills_in_the_form() {
        check("always", Scope::Login);
        check("always", Scope::Boot);
        check("every 5m", Scope::Login);
        check("every 30m hours 8-17 days mon-fri", Scope::Boot);
        check("every 60m hours 6,12,18", Scope::Login);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let looks = Form { what: What::Looks, ..Form::default() };
        assert!(looks.order().is_ok());
        for (wrong, form) in [
            (T::ScheduleNoDays, Form { days: [false; 7], ..looks.clone() }),
            (T::ScheduleWrongHours, Form { hours: "25".into(), ..looks.clone() }),
            (T::ScheduleNeverHours, Form { every: "6h", hours: "7".into(), ..looks }),
        ] {
            assert_eq!(Err(wrong), form.order());
        }
    }
}
