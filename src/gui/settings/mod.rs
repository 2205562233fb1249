//! All settings as a form: what each means, what is allowed, what it was, and what "auto" comes to here.

mod around;
mod draft;
mod row;

use eframe::egui::{self, Align, Id, Layout, ScrollArea, Ui, Vec2};

use self::draft::Draft;
use super::{
    icons,
    jobs::settings::{self as disk, Found, Settings},
    prefs::Prefs,
    text::{T, Text},
    theme::{self, font, gap},
    view_model::{ViewModel, standing::ConfigFault},
    widgets::{self, Kind},
    wish::Wish,
};
use crate::model::config::{Config, SETTINGS};

/// What this panel remembers.
pub(crate) struct State {
    draft: Draft,
    /// What the running monitor and the disk have.
    saved: Config,
    /// Only settings with this in their name, key or help.
    filter: String,
    /// The whole configuration as text is shown in place of the form.
    raw: Option<String>,
    /// Faults of the configuration that is shown.
    problems: Vec<ConfigFault>,
    pub(crate) found: Option<Found>,
}

impl State {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            draft: Draft::of(&settings.config),
            saved: settings.config.clone(),
            filter: String::new(),
            raw: None,
            problems: settings.faults.clone(),
            found: None,
        }
    }

    /// Shows this configuration, not saved yet.
    pub(crate) fn take(&mut self, config: &Config, problems: Vec<ConfigFault>) {
        self.draft = Draft::of(config);
        self.problems = problems;
        self.raw = None;
    }

    /// This configuration is on the disk.
    pub(crate) fn saved(&mut self, config: &Config) {
        self.saved = config.clone();
    }

    /// This configuration is on the disk without having been saved here. What is being typed stays.
    pub(crate) fn changed_on_disk(&mut self, config: &Config, problems: Vec<ConfigFault>) {
        let is_typed = self.raw.is_some() || self.draft != Draft::of(&self.saved);
        if !is_typed {
            self.draft = Draft::of(config);
        }
        self.problems = problems;
        self.saved(config);
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
    /// The configuration as it is typed, in the form or as text.
    fn typed(&self) -> Result<Config, Wrong> {
        match &self.raw {
            None => self.draft.config(&self.saved).map_err(Wrong::Fields),
            Some(raw) => {
                let (config, faults) = disk::from_json(raw);
                if faults.is_empty() { Ok(config) } else { Err(Wrong::Text(faults)) }
            }
        }
    }

    /// The configuration that is to be saved; `None` when nothing has changed.
    ///
    /// # Errors
    ///
    /// When something is not allowed: what to correct.
    pub(crate) fn to_save(&self, text: Text) -> Result<Option<Config>, String> {
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
) -> Option<Wish> {
    let tokens = theme::tokens(ui.ctx());
    let mut wish = bar(ui, text, state);
    ui.add_space(gap::S);
    if !state.problems.is_empty() {
        problems_ui(ui, text, &state.problems);
    }
    if let Some(raw) = &mut state.raw {
        raw_view(ui, text, raw);
        return wish;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = gap::CARD;
        ui.set_max_width(1040.0_f32.min(ui.available_width()));
        if state.filter.is_empty() {
            let more = around::window(ui, text, prefs);
            let other = around::files(ui, text, state.found.as_ref(), settings);
            wish = wish.take().or(more).or(other);
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
    wish
}

/// Draws all faults of the configuration; more than have room are scrolled to.
fn problems_ui(ui: &mut Ui, text: Text, problems: &[ConfigFault]) {
    let tokens = theme::tokens(ui.ctx());
    widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
        ScrollArea::vertical().id_salt("problems").max_height(110.0).auto_shrink([false, true]).show(ui, |ui| {
            for problem in problems {
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
fn bar(ui: &mut Ui, text: Text, state: &mut State) -> Option<Wish> {
    let tokens = theme::tokens(ui.ctx());
    let mut wish = None;
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
            state.raw = is_raw.then(|| disk::as_json(config.as_ref().unwrap_or(&state.saved)));
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
                    wish = Some(Wish::Save(Box::new(config.clone())));
                }
            });
            if n_changed > 0 || config.is_err() {
                if side_button(ui, icons::ARROW_COUNTER_CLOCKWISE, text.of(T::Discard), is_narrow) {
                    let saved = state.saved.clone();
                    state.take(&saved, Vec::new());
                }
            } else if side_button(ui, icons::DOWNLOAD_SIMPLE, text.of(T::Import), is_narrow) {
                wish = Some(Wish::Import);
            }
            let (said, color) = match &config {
                Err(wrong) => (text.with(T::SoManyWrong, &[&wrong.len()]), tokens.bad),
                Ok(_) if n_changed > 0 => (text.with(T::SoManyChanged, &[&n_changed]), tokens.accent),
                Ok(_) => (String::new(), tokens.text_soft),
            };
            widgets::line(ui, said, font::small(), color);
        });
    });
    wish
}

/// The configuration as it stands in the file.
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
