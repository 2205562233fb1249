//! "Does it watch while I am away?": what the system's scheduler has in hand, and putting something there in one click.

mod form;
mod installed;
mod plan;

use std::{path::Path, time::Duration};

use eframe::egui::{ScrollArea, Ui};

use self::form::Form;
use super::{
    action::{Action, ScheduleAction},
    icons,
    jobs::schedule::{Done, Health, Installed, Known, Order, Wanted},
    text::{T, Text},
    theme::{self, font, gap},
    view_model::ViewModel,
    widgets,
};
use crate::model::schedule::Rhythm;

/// Time after which the scheduler is asked again, while somebody looks.
const AGE: Duration = Duration::from_secs(10);

/// State of this panel from one frame to the next.
#[derive(Debug, Default)]
pub(crate) struct State {
    known: Option<Result<Known, String>>,
    /// Time at which the scheduler was asked last, by the clock that never goes back.
    looked: Option<Duration>,
    form: Form,
    /// Order whose plan is being worked out, or has been.
    planned_for: Option<Order>,
    planned: Option<Result<Wanted, String>>,
    replaces_original: bool,
    /// Something is being installed or taken away.
    is_busy: bool,
    /// Result of installing or taking away: whether it is good, and what it was.
    said: Option<(bool, String)>,
}

impl State {
    /// Takes what the scheduler has in hand.
    pub(crate) fn take_known(&mut self, known: Result<Known, String>) {
        if self.known.is_none()
            && let Ok(known) = &known
            && let Some((_, one)) = known.installed.first()
        {
            self.form = Form::of(&one.mark);
        }
        self.known = Some(known);
    }

    /// Takes the plan of what would be installed.
    pub(crate) fn take_plan(&mut self, planned: Result<Wanted, String>) {
        self.planned = Some(planned);
    }

    /// Something is under way that should not be begun twice.
    pub(crate) fn begin(&mut self) {
        self.is_busy = true;
        self.said = None;
    }

    /// It has been installed, or not.
    pub(crate) fn installed(&mut self, text: Text, done: Result<Done, String>) {
        self.said = Some(match done {
            Ok(Done { new, .. }) if !new.is_active => (false, installed::why_idle(text, new.manager).to_owned()),
            Ok(_) => (true, text.of(T::ScheduleInstalled).to_owned()),
            Err(why) => (false, why),
        });
        self.done();
    }

    /// It has been taken away, or not.
    pub(crate) fn removed(&mut self, text: Text, done: Result<(), String>) {
        if let (Ok(()), Some(Ok(known))) = (&done, &mut self.known) {
            known.installed.clear();
        }
        self.said = Some(match done {
            Ok(()) => (true, text.of(T::ScheduleRemoved).to_owned()),
            Err(why) => (false, why),
        });
        self.done();
    }

    /// True if a monitor that is installed for this folder begins as soon as nobody else monitors it, as far as the
    /// last look tells.
    pub(crate) fn takes_over(&self, log_dir: &Path) -> bool {
        let is_ready = |(health, one): &(Health, Installed)| {
            let is_resident = one.mark.rhythm == Rhythm::Always && one.mark.log_dir == log_dir;
            is_resident && one.is_active && health.is_readable && health.missing_since.is_none()
        };
        matches!(&self.known, Some(Ok(known)) if !self.is_busy && known.installed.iter().any(is_ready))
    }

    fn done(&mut self) {
        self.is_busy = false;
        // Both have to be asked for anew.
        self.looked = None;
        self.planned_for = None;
    }
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    let is_old = state.looked.is_none_or(|at| view.now.mono.saturating_sub(at) > AGE);
    if is_old && !state.is_busy {
        state.looked = Some(view.now.mono);
        action = Some(Action::Schedule(ScheduleAction::Look));
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = gap::CARD;
        ui.set_max_width(1040.0_f32.min(ui.available_width()));
        if let Some((is_good, said)) = &state.said {
            let (color, icon) = if *is_good { (tokens.ok, icons::CHECK_CIRCLE) } else { (tokens.warn, icons::WARNING) };
            widgets::banner(ui, color, icon, |ui| widgets::words(ui, said.clone(), font::body(), tokens.text));
        }
        action = action.take().or(installed::ui(ui, view, text, state));
        action = action.take().or(form::ui(ui, text, state));
    });
    if action.is_none() && !state.is_busy {
        action = ask_for_plan(state);
    } else if action.is_some() {
        // What comes after it is asked for in the next turn.
        ui.ctx().request_repaint();
    }
    action
}

/// Has it worked out what the form amounts to, if that is another thing than before.
fn ask_for_plan(state: &mut State) -> Option<Action> {
    let order = state.form.order().ok()?;
    if state.planned_for.as_ref() == Some(&order) {
        return None;
    }
    state.planned_for = Some(order.clone());
    Some(Action::Schedule(ScheduleAction::Plan(order)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gui::{
            jobs::schedule::{Manager, Mark},
            text::Language,
        },
        model::schedule::Scope,
    };

    fn resident(folder: &str) -> (Health, Installed) {
        let health =
            Health { missing_since: None, last_row: None, next_due: None, is_running: true, is_readable: true };
        let mark = Mark {
            rhythm: Rhythm::Always,
            scope: Scope::Login,
            since: chrono::DateTime::UNIX_EPOCH,
            log_dir: folder.into(),
            config: None,
            account: None,
        };
        let installed = Installed {
            manager: Manager::Systemd,
            mark,
            is_active: true,
            last_run: None,
            next_run: None,
            last_exit: None,
            restarts: None,
            places: Vec::new(),
        };
        (health, installed)
    }

    fn state(installed: (Health, Installed)) -> State {
        let known = Known {
            installed: vec![installed],
            originals: Vec::new(),
            lost: None,
            from_login: Vec::new(),
            from_boot: Vec::new(),
            is_admin: false,
        };
        State { known: Some(Ok(known)), ..State::default() }
    }

    #[test]
    fn a_healthy_resident_schedule_of_the_same_folder_takes_over_and_no_other() {
        let here = Path::new("logs");
        assert!(state(resident("logs")).takes_over(here));
        assert!(!state(resident("elsewhere")).takes_over(here));
        assert!(!State::default().takes_over(here));
        let mut idle = resident("logs");
        idle.1.is_active = false;
        assert!(!state(idle).takes_over(here));
        let mut silent = resident("logs");
        silent.0.missing_since = Some(chrono::NaiveDateTime::default());
        assert!(!state(silent).takes_over(here));
        let mut looks = resident("logs");
        looks.1.mark.rhythm = "every 5m".parse().unwrap();
        assert_ne!(Rhythm::Always, looks.1.mark.rhythm);
        assert!(!state(looks).takes_over(here));
    }

    #[test]
    fn what_is_removed_takes_nothing_over() {
        let mut state = state(resident("logs"));
        state.removed(Text::new(Language::English), Err("no".into()));
        assert!(state.takes_over(Path::new("logs")));
        state.removed(Text::new(Language::English), Ok(()));
        assert!(!state.takes_over(Path::new("logs")));
    }
}
