//! Frame around every panel: the navigation with the state of the monitor, and the line with the title and what can be
//! done anywhere.

use eframe::egui::{
    self, Align, Align2, Id, Layout, Panel as Side, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2,
    WidgetInfo,
};

use super::{
    action::Action,
    icons,
    panel::Panel,
    prefs::{Prefs, ThemeChoice},
    text::{T, Text},
    theme::{self, Tokens, font, gap, radius},
    view_model::{Mode, ViewModel},
    widgets::{self, Kind},
};
use crate::model::verdict::Status;

/// Below this width the navigation shows icons alone.
const NARROW: f32 = 1000.0;

/// The icon of a panel.
fn icon_of(panel: Panel) -> &'static str {
    match panel {
        Panel::Dashboard => icons::GAUGE,
        Panel::Outages => icons::LIGHTNING_SLASH,
        Panel::Activity => icons::LIST_BULLETS,
        Panel::Path => icons::PATH,
        Panel::Logs => icons::FILE_TEXT,
        Panel::Reports => icons::SEAL_CHECK,
        Panel::Scheduler => icons::CLOCK_COUNTDOWN,
        Panel::Integrations => icons::PLUGS_CONNECTED,
        Panel::Settings => icons::GEAR,
    }
}

/// Draws the navigation.
pub(crate) fn navigation(ui: &mut Ui, view: &ViewModel, text: Text, panel: Panel, prefs: &Prefs) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let is_narrow = ui.available_width() < NARROW;
    let width = if is_narrow { 64.0 } else { 204.0 };
    let frame = egui::Frame::new().fill(tokens.nav).inner_margin(egui::Margin::same(12));
    let mut action = None;
    Side::left("navigation").exact_size(width).resizable(false).show_separator_line(false).frame(frame).show(
        ui,
        |ui| {
            brand(ui, is_narrow);
            ui.add_space(gap::M);
            ui.spacing_mut().item_spacing.y = 2.0;
            for (idx, each) in Panel::ALL.into_iter().enumerate() {
                if each == Panel::Settings {
                    ui.add_space(10.0);
                }
                let n = if each == Panel::Outages { recent_outages(view) } else { 0 };
                let shortcut = text.with_ctrl(&(idx + 1).to_string());
                if item(ui, each, text, panel == each, is_narrow, n)
                    .on_hover_text(format!("{} ({shortcut})", text.of(each.title())))
                    .clicked()
                {
                    action = Some(Action::Go(each));
                }
            }
            ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
                let more = if is_narrow { small_state(ui, view, text) } else { state(ui, view, text, prefs) };
                action = action.take().or(more);
            });
        },
    );
    action
}

/// Outages of the last day.
fn recent_outages(view: &ViewModel) -> usize {
    let day = view.now.wall - chrono::TimeDelta::days(1);
    view.outages.iter().rev().take_while(|outage| outage.start() > day).count()
}

fn brand(ui: &mut Ui, is_narrow: bool) {
    let tokens = theme::tokens(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 36.0), Sense::hover());
    let left = if is_narrow { rect.center().x - 14.0 } else { rect.left() + 6.0 };
    let mark = Rect::from_min_size(Pos2::new(left, rect.top() + 4.0), Vec2::splat(28.0));
    ui.painter().rect_filled(mark, radius::CONTROL, tokens.accent);
    ui.painter().text(mark.center(), Align2::CENTER_CENTER, icons::PULSE, font::icon(19.0), tokens.on_accent);
    if !is_narrow {
        let at = Pos2::new(mark.right() + 10.0, mark.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, "Network Logging", font::card_title(), tokens.text);
    }
}

#[expect(clippy::fn_params_excessive_bools, reason = "how an entry looks")]
fn item(ui: &mut Ui, panel: Panel, text: Text, chosen: bool, is_narrow: bool, n: usize) -> egui::Response {
    let tokens = theme::tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 36.0), Sense::click());
    let label = text.of(panel.title());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, label));
    let painter = ui.painter();
    let color = if chosen || response.hovered() { tokens.text } else { tokens.text_soft };
    if chosen {
        painter.rect_filled(rect, radius::CONTROL, tokens.chosen);
        let bar = Rect::from_min_size(Pos2::new(rect.left(), rect.top() + 9.0), Vec2::new(3.0, rect.height() - 18.0));
        painter.rect_filled(bar, 2.0, tokens.accent);
    } else if response.hovered() {
        painter.rect_filled(rect, radius::CONTROL, tokens.pale(tokens.text_faint));
    }
    let x = if is_narrow { rect.center().x } else { rect.left() + 21.0 };
    let icon_color = if chosen { tokens.accent } else { color };
    let icon_font = if chosen { font::icon_filled(18.0) } else { font::icon(18.0) };
    painter.text(Pos2::new(x, rect.center().y), Align2::CENTER_CENTER, icon_of(panel), icon_font, icon_color);
    if !is_narrow {
        painter.text(Pos2::new(rect.left() + 42.0, rect.center().y), Align2::LEFT_CENTER, label, font::medium(), color);
    }
    if n > 0 {
        badge(ui, rect, n, is_narrow, tokens);
    }
    widgets::focus_ring(ui, rect.shrink(2.0), &response, tokens);
    response
}

fn badge(ui: &Ui, rect: Rect, n: usize, is_narrow: bool, tokens: &Tokens) {
    let painter = ui.painter();
    if is_narrow {
        painter.circle_filled(Pos2::new(rect.center().x + 12.0, rect.center().y - 10.0), 4.0, tokens.bad);
        return;
    }
    let galley = painter.layout_no_wrap(n.min(999).to_string(), font::tag(), tokens.text);
    let size = Vec2::new((galley.size().x + 12.0).max(20.0), 18.0);
    let pill = Rect::from_min_size(Pos2::new(rect.right() - size.x - 8.0, rect.center().y - 9.0), size);
    painter.rect_filled(pill, 9.0, tokens.pale(tokens.bad));
    painter.galley(pill.center() - galley.size() / 2.0, galley, tokens.text);
}

/// Returns the mode of the monitor, in words and as a colour.
pub(crate) fn mode_of(view: &ViewModel, text: Text, tokens: &Tokens) -> (&'static str, egui::Color32) {
    match view.mode {
        Mode::Stopped => (text.of(T::ModeStopped), tokens.unknown),
        Mode::Starting => (text.of(T::ModeStarting), tokens.warn),
        Mode::Stopping => (text.of(T::ModeStopping), tokens.warn),
        Mode::Running => (text.of(T::ModeRunning), tokens.ok),
        Mode::Paused => (text.of(T::ModePaused), tokens.warn),
        Mode::Viewing { .. } => (text.of(T::ModeViewing), tokens.ok),
        Mode::Demo => (text.of(T::ModeDemo), tokens.names),
    }
}

/// Returns the duration of the session up to now or to its end; `None` where none was started.
fn session_length(view: &ViewModel) -> Option<std::time::Duration> {
    let started = view.session.started?;
    let end = view.session.stopped.map_or(view.now.wall, |stopped| stopped.wall);
    (end - started.wall).to_std().ok()
}

fn small_state(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let (icon, name, action) = match view.mode {
        Mode::Running | Mode::Starting => (icons::PAUSE, T::Pause, Action::Pause),
        Mode::Paused => (icons::PLAY, T::Resume, Action::Resume),
        Mode::Stopped => (icons::PLAY, T::Start, Action::Start),
        Mode::Viewing { .. } | Mode::Demo | Mode::Stopping => return None,
    };
    ui.vertical_centered(|ui| widgets::icon_button(ui, icon, text.of(name)).clicked()).inner.then_some(action)
}

/// The card at the foot of the navigation: the monitor and this session.
fn state(ui: &mut Ui, view: &ViewModel, text: Text, prefs: &Prefs) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let rows = session_rows(view, text);
    let has_buttons = !matches!(view.mode, Mode::Viewing { .. } | Mode::Demo);
    let height = 62.0 + 19.0 * rows.len() as f32 + if rows.is_empty() { 34.0 } else { 40.0 };
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    ui.painter().rect(rect, radius::CARD, tokens.nav, Stroke::new(1.0, tokens.border), StrokeKind::Inside);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect.shrink(12.0)).layout(Layout::top_down(Align::Min)));
    let ui = &mut ui;
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 3.0);
    ui.spacing_mut().interact_size.y = 16.0;
    let (word, color) = mode_of(view, text, tokens);
    ui.horizontal(|ui| {
        widgets::dot(ui, color);
        widgets::line(ui, word, font::medium(), tokens.text);
    });
    widgets::line(ui, mode_detail(view, text), font::small(), tokens.text_soft);
    ui.add_space(3.0);
    for (label, value) in rows {
        ui.horizontal(|ui| {
            widgets::line(ui, label, font::small(), tokens.text_soft);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                widgets::line(ui, value, font::small(), tokens.text);
            });
        });
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let action = if has_buttons { mode_buttons(ui, view, text) } else { None };
        let theme = ui.with_layout(Layout::right_to_left(Align::Center), |ui| theme_button(ui, text, prefs)).inner;
        action.or(theme)
    })
    .inner
}

fn mode_buttons(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let (icon, name, action) = match view.mode {
        Mode::Running => (icons::PAUSE, T::Pause, Action::Pause),
        Mode::Paused => (icons::PLAY, T::Resume, Action::Resume),
        _ => return None,
    };
    widgets::button(ui, icon, text.of(name), Kind::Normal).clicked().then_some(action)
}

fn theme_button(ui: &mut Ui, text: Text, prefs: &Prefs) -> Option<Action> {
    let (icon, name, next) = match prefs.theme {
        ThemeChoice::System => (icons::MONITOR, T::ThemeSystem, ThemeChoice::Light),
        ThemeChoice::Light => (icons::SUN, T::ThemeLight, ThemeChoice::Dark),
        ThemeChoice::Dark => (icons::MOON, T::ThemeDark, ThemeChoice::System),
    };
    let name = format!("{}: {}", text.of(T::Theme), text.of(name));
    widgets::icon_button(ui, icon, &name).clicked().then_some(Action::Theme(next))
}

fn mode_detail(view: &ViewModel, text: Text) -> String {
    match &view.mode {
        Mode::Viewing { pid: Some(pid), .. } => text.with(T::ViewingProcess, &[pid]),
        Mode::Viewing { pid: None, .. } => text.of(T::ViewingUnknown).into(),
        Mode::Demo => text.of(T::DemoDetail).into(),
        Mode::Stopped => text.of(T::StoppedDetail).into(),
        _ => session_length(view).map(|length| text.stopwatch(length)).unwrap_or_default(),
    }
}

/// Returns what was counted in this session, as labels with their values; empty before it began.
fn session_rows(view: &ViewModel, text: Text) -> Vec<(&'static str, String)> {
    let session = &view.session;
    if session.started.is_none() && session.checks == 0 {
        return Vec::new();
    }
    let rate = if session.checks == 0 {
        "–".to_owned()
    } else {
        format!("{} %", text.percent(session.good as f64 / session.checks as f64, 1))
    };
    let last = session.last.map_or_else(
        || "–".to_owned(),
        |(at, status)| {
            format!("{} {}", if status == Status::Ok { "OK" } else { text.of(T::LevelFault) }, text.minute(at))
        },
    );
    vec![
        (text.of(T::TotalChecks), text.count(session.checks)),
        (text.of(T::ChecksPassed), rate),
        (text.of(T::LastResult), last),
    ]
}

/// Draws the line above the panel. `extra` draws what belongs beside its title.
pub(crate) fn header<R>(
    ui: &mut Ui,
    view: &ViewModel,
    text: Text,
    panel: Panel,
    extra: impl FnOnce(&mut Ui) -> R,
) -> (Option<Action>, R) {
    let mut action = None;
    let is_narrow = ui.available_width() < 860.0;
    let extra = ui
        .horizontal(|ui| {
            ui.set_height(widgets_height());
            widgets::heading(ui, text.of(panel.title()), font::page_title());
            ui.add_space(gap::S);
            let extra = extra(ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                action = run_button(ui, view, text);
                let can_test = matches!(view.mode, Mode::Running);
                ui.add_enabled_ui(can_test, |ui| {
                    let label = if is_narrow { "" } else { text.of(T::TestNow) };
                    let test = if is_narrow {
                        widgets::icon_button(ui, icons::ARROW_CLOCKWISE, text.of(T::TestNow))
                    } else {
                        widgets::button(ui, icons::ARROW_CLOCKWISE, label, Kind::Normal)
                    };
                    if test.on_hover_text(text.with(T::TestNowHelp, &[&text.with_ctrl("T")])).clicked() {
                        action = Some(Action::TestNow);
                    }
                });
                if search(ui, text, is_narrow).clicked() {
                    action = Some(Action::Palette);
                }
            });
            extra
        })
        .inner;
    (action, extra)
}

fn widgets_height() -> f32 {
    theme::CONTROL_HEIGHT
}

fn run_button(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    match view.mode {
        Mode::Stopped => {
            let start = widgets::button(ui, icons::PLAY, text.of(T::Start), Kind::Primary);
            start.clicked().then_some(Action::Start)
        }
        Mode::Running | Mode::Paused => {
            let stop = widgets::button(ui, icons::STOP, text.of(T::Stop), Kind::Normal);
            stop.clicked().then_some(Action::Stop)
        }
        Mode::Starting | Mode::Stopping => {
            ui.add_enabled_ui(false, |ui| {
                let word = if view.mode == Mode::Starting { T::ModeStarting } else { T::ModeStopping };
                widgets::button(ui, icons::HOURGLASS, text.of(word), Kind::Normal);
            });
            None
        }
        Mode::Viewing { .. } | Mode::Demo => None,
    }
}

/// The field that opens the list of commands.
fn search(ui: &mut Ui, text: Text, is_narrow: bool) -> egui::Response {
    let tokens = theme::tokens(ui.ctx());
    let name = text.of(T::SearchOrCommand);
    if is_narrow {
        return widgets::icon_button(ui, icons::MAGNIFYING_GLASS, name);
    }
    let (rect, response) = ui.allocate_exact_size(Vec2::new(220.0, theme::CONTROL_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let border = if response.hovered() { tokens.border_strong } else { tokens.border };
    let painter = ui.painter();
    painter.rect(rect, radius::CONTROL, tokens.card, Stroke::new(1.0, border), StrokeKind::Inside);
    let y = rect.center().y;
    painter.text(
        Pos2::new(rect.left() + 16.0, y),
        Align2::CENTER_CENTER,
        icons::MAGNIFYING_GLASS,
        font::icon(15.0),
        tokens.text_soft,
    );
    painter.text(Pos2::new(rect.left() + 30.0, y), Align2::LEFT_CENTER, name, font::medium(), tokens.text_soft);
    painter.text(
        Pos2::new(rect.right() - 10.0, y),
        Align2::RIGHT_CENTER,
        text.with_ctrl("K"),
        font::mono_small(),
        tokens.text_faint,
    );
    widgets::focus_ring(ui, rect, &response, tokens);
    response
}

/// Says what happens to a file that is dragged over the window, when it is dropped.
pub(crate) fn drop_here(ctx: &egui::Context, text: Text) {
    let tokens = theme::tokens(ctx);
    let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("drop"));
    let painter = ctx.layer_painter(layer);
    let room = ctx.content_rect();
    painter.rect_filled(room, 0.0, tokens.shade);
    let said = painter.layout(text.of(T::DropToVerify).to_owned(), font::page_title(), tokens.text, room.width() * 0.6);
    let card = Rect::from_center_size(room.center(), said.size() + Vec2::splat(64.0));
    painter.rect(card, radius::CARD, tokens.card, Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
    painter.galley(card.center() - said.size() / 2.0, said, tokens.text);
}

/// A strip that says what the user should know wherever they are.
pub(crate) fn warning(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let (at, said) = view.warning.as_ref()?;
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ui.push_id(Id::unique("warning"), |ui| {
        widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
            widgets::line(ui, text.time(*at), font::mono_small(), tokens.text_soft);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::icon_button(ui, icons::X, text.of(T::Dismiss)).clicked() {
                    action = Some(Action::DismissWarning);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    widgets::words(ui, said.clone(), font::body(), tokens.text);
                });
            });
        });
    });
    ui.add_space(gap::M);
    action
}
