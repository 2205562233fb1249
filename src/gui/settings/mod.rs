//! All settings as a form: what each means, what is allowed, what it was, and what "auto" comes to here.

mod around;
mod draft;
mod row;

use eframe::egui::{self, Align, Id, Layout, ScrollArea, Ui, Vec2};

use self::draft::Draft;
use super::{
    action::Action,
    icons,
    jobs::settings::{self as disk, Found, Settings},
    prefs::Prefs,
    text::{T, Text},
    theme::{self, font, gap},
    view_model::{ViewModel, standing::ConfigFault},
    widgets::{self, Kind},
};
use crate::model::config::{Config, SETTINGS};

/// State of this panel from one frame to the next.
pub(crate) struct State {
    draft: Draft,
    /// Configuration of the running monitor and of the disk.
    saved: Config,
    /// Only settings with this in their name, key or help.
    filter: String,
    /// The whole configuration as text is shown in place of the form.
    raw: Option<Raw>,
    /// Faults of the settings file.
    of_file: Vec<ConfigFault>,
    /// Faults of what was imported or is typed as text.
    problems: Vec<ConfigFault>,
    pub(crate) found: Option<Found>,
}

/// The whole configuration as text.
struct Raw {
    text: String,
    /// Saved configuration that the text began with.
    base: Config,
}

impl Raw {
    fn of(config: &Config, saved: &Config) -> Self {
        Self { text: disk::as_json(config), base: saved.clone() }
    }

    /// The configuration that is typed.
    ///
    /// # Errors
    ///
    /// If the text has faults.
    fn config(&self) -> Result<Config, Vec<ConfigFault>> {
        let (config, faults) = disk::from_json(&self.text);
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// Takes the saved value of every setting that is not typed. A text with faults waits until it has none.
    fn follow(&mut self, saved: &Config) {
        if self.base == *saved {
            return;
        }
        let Ok(typed) = self.config() else { return };
        let mut draft = Draft::of(&typed);
        draft.follow(&self.base, saved);
        if let Ok(config) = draft.config(saved) {
            *self = Self::of(&config, saved);
        }
    }
}

impl State {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            draft: Draft::of(&settings.config),
            saved: settings.config.clone(),
            filter: String::new(),
            raw: None,
            of_file: settings.faults.clone(),
            problems: Vec::new(),
            found: None,
        }
    }

    /// Shows the settings of the form with these words.
    pub(crate) fn find(&mut self, words: &str) {
        if self.raw.is_none() {
            words.clone_into(&mut self.filter);
        }
    }

    /// Shows this configuration, not saved yet.
    pub(crate) fn take(&mut self, config: &Config, problems: Vec<ConfigFault>) {
        self.draft = Draft::of(config);
        self.problems = problems;
        self.raw = None;
    }

    /// This configuration is on the disk, with these faults of the file. Typed settings that it does not have stay.
    pub(crate) fn is_on_disk(&mut self, config: &Config, of_file: Vec<ConfigFault>) {
        self.of_file = of_file;
        self.draft.follow(&self.saved, config);
        self.saved = config.clone();
        match &mut self.raw {
            Some(raw) if raw.config().is_ok_and(|typed| typed == *config) => self.take(config, Vec::new()),
            Some(raw) => raw.follow(config),
            None if self.draft == Draft::of(config) => self.problems.clear(),
            None => {}
        }
    }
}

/// Typed settings that are not allowed.
enum Wrong {
    /// Keys of the settings whose fields are wrong.
    Fields(Vec<&'static str>),
    /// Faults of the typed text.
    Text(Vec<ConfigFault>),
}

impl Wrong {
    fn len(&self) -> usize {
        match self {
            Self::Fields(fields) => fields.len(),
            Self::Text(faults) => faults.len(),
        }
    }
}

impl State {
    /// Brings typed text up to the saved configuration.
    fn follow(&mut self) {
        if let Some(raw) = &mut self.raw {
            raw.follow(&self.saved);
        }
    }

    /// The configuration as it is typed, in the form or as text.
    fn typed(&self) -> Result<Config, Wrong> {
        match &self.raw {
            None => self.draft.config(&self.saved).map_err(Wrong::Fields),
            Some(raw) => raw.config().map_err(Wrong::Text),
        }
    }

    /// The configuration that is to be saved; `None` when nothing has changed.
    ///
    /// # Errors
    ///
    /// If something is not allowed: the correction to make.
    pub(crate) fn unsaved(&mut self, text: Text) -> Result<Option<Config>, String> {
        self.follow();
        match self.typed() {
            Ok(config) => Ok(self.has_changed(&config).then_some(config)),
            Err(Wrong::Fields(keys)) => {
                let wrong = SETTINGS.iter().filter(|setting| keys.contains(&setting.key));
                let names: Vec<String> = wrong.map(|setting| text.quoted(text.setting(setting).0)).collect();
                Err(text.with(T::NotSavedFields, &[&names.join(", ")]))
            }
            Err(Wrong::Text(faults)) => {
                let first = faults.first().map(|fault| text.config_fault(fault)).unwrap_or_default();
                Err(text.with(T::NotSaved, &[&first]))
            }
        }
    }

    fn has_changed(&self, config: &Config) -> bool {
        SETTINGS.iter().any(|setting| setting.get(config) != setting.get(&self.saved))
    }
}

/// Draws the panel.
pub(crate) fn ui(
    ui: &mut Ui,
    _view: &ViewModel,
    text: Text,
    state: &mut State,
    settings: &Settings,
    prefs: &Prefs,
) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = bar(ui, text, state);
    ui.add_space(gap::S);
    problems_ui(ui, text, state);
    if let Some(raw) = &mut state.raw {
        raw_view(ui, text, &mut raw.text);
        return action;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = gap::CARD;
        ui.set_max_width(1040.0_f32.min(ui.available_width()));
        if state.filter.is_empty() {
            let more = around::window(ui, text, prefs);
            let other = around::files(ui, text, state.found.as_ref(), settings);
            action = action.take().or(more).or(other);
        }
        let mut groups: Vec<&str> = Vec::new();
        for setting in SETTINGS {
            if !groups.contains(&setting.group) {
                groups.push(setting.group);
            }
        }
        for group in groups {
            let in_group: Vec<_> =
                SETTINGS.iter().filter(|one| one.group == group && text.setting_matches(one, &state.filter)).collect();
            if in_group.is_empty() {
                continue;
            }
            widgets::card(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 0.0;
                widgets::heading(ui, text.group(group), font::card_title());
                ui.add_space(gap::S);
                for (idx, setting) in in_group.into_iter().enumerate() {
                    if idx > 0 {
                        let line = ui.available_rect_before_wrap();
                        ui.painter().hline(line.x_range(), line.top(), egui::Stroke::new(1.0, tokens.border));
                    }
                    row::ui(ui, text, setting, &mut state.draft, &state.saved, state.found.as_ref());
                }
            });
        }
    });
    action
}

/// Draws the faults of the typed or imported configuration, then those of the file; more than have room are scrolled to.
fn problems_ui(ui: &mut Ui, text: Text, state: &State) {
    if state.problems.is_empty() && state.of_file.is_empty() {
        return;
    }
    let tokens = theme::tokens(ui.ctx());
    widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
        ScrollArea::vertical().id_salt("problems").max_height(110.0).auto_shrink([false, true]).show(ui, |ui| {
            for problem in state.problems.iter().chain(&state.of_file) {
                widgets::words(ui, text.config_fault(problem), font::body(), tokens.text);
            }
        });
    });
    ui.add_space(gap::S);
}

/// Below this width the less important buttons show icons alone.
const NARROW: f32 = 640.0;

/// A button beside the one that saves. Returns whether it was clicked.
fn side_button(ui: &mut Ui, icon: &str, name: &str, is_narrow: bool) -> bool {
    let button =
        if is_narrow { widgets::icon_button(ui, icon, name) } else { widgets::button(ui, icon, name, Kind::Normal) };
    button.clicked()
}

/// The line with search, save and what else can be done.
fn bar(ui: &mut Ui, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    state.follow();
    let config = state.typed();
    if state.raw.is_some() {
        state.problems = match &config {
            Err(Wrong::Text(faults)) => faults.clone(),
            _ => Vec::new(),
        };
    }
    let n_changed = config
        .as_ref()
        .map_or(0, |config| SETTINGS.iter().filter(|setting| setting.get(config) != setting.get(&state.saved)).count());
    let is_narrow = ui.available_width() < NARROW;
    ui.horizontal(|ui| {
        if state.raw.is_none() {
            let width = if is_narrow { 160.0 } else { 220.0 };
            widgets::field(ui, &mut state.filter, text.of(T::FindSetting), text.of(T::FindSetting), width);
        }
        let mut is_raw = state.raw.is_some();
        if widgets::segmented(ui, &mut is_raw, &[(false, text.of(T::AsForm)), (true, text.of(T::AsJson))]) {
            state.raw = is_raw.then(|| Raw::of(config.as_ref().unwrap_or(&state.saved), &state.saved));
            state.problems.clear();
            if !is_raw && let Ok(config) = &config {
                state.draft = Draft::of(config);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let can_save = n_changed > 0;
            ui.add_enabled_ui(can_save, |ui| {
                let kind = if can_save { Kind::Primary } else { Kind::Normal };
                if widgets::button(ui, icons::FLOPPY_DISK, text.of(T::Save), kind).clicked()
                    && let Ok(config) = &config
                {
                    action = Some(Action::Save(Box::new(config.clone())));
                }
            });
            if n_changed > 0 || config.is_err() {
                if side_button(ui, icons::ARROW_COUNTER_CLOCKWISE, text.of(T::Discard), is_narrow) {
                    let saved = state.saved.clone();
                    state.take(&saved, Vec::new());
                }
            } else if side_button(ui, icons::DOWNLOAD_SIMPLE, text.of(T::Import), is_narrow) {
                action = Some(Action::Import);
            }
            let (said, color) = match &config {
                Err(wrong) => (text.with(T::SoManyWrong, &[&wrong.len()]), tokens.bad),
                Ok(_) if n_changed > 0 => (text.with(T::SoManyChanged, &[&n_changed]), tokens.accent),
                Ok(_) => (String::new(), tokens.text_soft),
            };
            widgets::line(ui, said, font::small(), color);
        });
    });
    action
}

/// Draws all settings as text.
fn raw_view(ui: &mut Ui, text: Text, raw: &mut String) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let edit = egui::TextEdit::multiline(raw)
            .code_editor()
            .font(font::mono())
            .desired_width(f32::INFINITY)
            .desired_rows(30)
            .margin(Vec2::splat(12.0))
            .id(Id::unique("raw configuration"));
        widgets::named(ui, text.of(T::AsJson), |ui| ui.add(edit));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gui::text::Language,
        model::{config::setting, settings::Value},
    };

    fn english() -> Text {
        Text::new(Language::English)
    }

    /// The defaults with this change.
    fn config(key: &str, value: f64) -> Config {
        with(Config::default(), key, value)
    }

    fn with(mut config: Config, key: &str, value: f64) -> Config {
        setting(key).unwrap().set(&mut config, Value::Number(value)).unwrap();
        config
    }

    fn fault() -> ConfigFault {
        ConfigFault {
            key: None,
            message: "line 1, column 1: remove the comma before }".into(),
            default: None,
            is_wrong: true,
        }
    }

    /// The panel over a broken file.
    fn state() -> State {
        State {
            draft: Draft::of(&Config::default()),
            saved: Config::default(),
            filter: String::new(),
            raw: None,
            of_file: vec![fault()],
            problems: Vec::new(),
            found: None,
        }
    }

    #[test]
    fn a_file_that_is_repaired_while_one_field_is_typed_keeps_its_other_values() {
        let mut state = state();
        state.draft.set(setting("ping_interval_sec").unwrap(), &Value::Number(30.0));
        let repaired = config("outage_after_sec", 33.0);
        state.is_on_disk(&repaired, Vec::new());
        assert!(state.of_file.is_empty());
        assert_eq!(Ok(Some(with(repaired, "ping_interval_sec", 30.0))), state.unsaved(english()));
    }

    #[test]
    fn a_file_that_is_repaired_while_text_is_typed_keeps_its_other_values() {
        let repaired = config("outage_after_sec", 33.0);
        let expected = with(repaired.clone(), "ping_interval_sec", 30.0);
        for is_whole in [true, false] {
            let mut state = state();
            let mut raw = Raw::of(&config("ping_interval_sec", 30.0), &state.saved);
            let whole = raw.text.clone();
            if !is_whole {
                raw.text.push('x');
            }
            state.raw = Some(raw);
            state.is_on_disk(&repaired, Vec::new());
            let raw = state.raw.as_mut().unwrap();
            if !is_whole {
                raw.text = whole;
            }
            assert_eq!(Ok(Some(expected.clone())), state.unsaved(english()), "{is_whole}");
        }
    }

    #[test]
    fn a_hop_that_is_adopted_leaves_what_is_typed() {
        let mut state = state();
        state.draft.set(setting("ping_interval_sec").unwrap(), &Value::Text("soon".into()));
        let adopted = Config { isp_targets: vec!["192.0.2.7".into()], ..Config::default() };
        state.is_on_disk(&adopted, Vec::new());
        assert!(state.unsaved(english()).is_err());
        state.draft.set(setting("ping_interval_sec").unwrap(), &Value::Number(30.0));
        assert_eq!(Ok(Some(with(adopted, "ping_interval_sec", 30.0))), state.unsaved(english()));
    }

    #[test]
    fn what_is_saved_is_no_longer_typed() {
        let mut state = state();
        state.draft.set(setting("ping_interval_sec").unwrap(), &Value::Text("2,5".into()));
        let typed = state.unsaved(english()).unwrap().unwrap();
        state.is_on_disk(&typed, Vec::new());
        assert_eq!((Ok(None), Draft::of(&typed)), (state.unsaved(english()), state.draft.clone()));
        state.raw = Some(Raw::of(&config("ping_interval_sec", 7.0), &state.saved));
        state.is_on_disk(&config("ping_interval_sec", 7.0), Vec::new());
        assert!(state.raw.is_none() && state.unsaved(english()) == Ok(None));
    }

    #[test]
    fn faults_of_the_file_are_told_until_the_file_is_right() {
        let mut state = state();
        state.take(&Config::default(), vec![fault()]);
        state.take(&Config::default(), Vec::new());
        assert_eq!((vec![fault()], Vec::new()), (state.of_file.clone(), state.problems.clone()));
        state.is_on_disk(&Config::default(), Vec::new());
        assert!(state.of_file.is_empty());
    }
}
