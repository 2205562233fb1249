//! The sentence that says whether the line works, the chain that shows where it breaks, and warnings that stand.

use eframe::egui::{
    self, Align, Align2, Color32, Layout, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
};

use super::held_for;
use crate::{
    gui::{
        action::Action,
        icons,
        outages::around,
        panel::Panel,
        text::{Cause, T, Text},
        theme::{self, Tokens, font, gap, radius},
        view_model::{
            Mode, ViewModel,
            chain::{Detail, Health, Node, Part, chain},
            outages::OutageView,
            standing::Standing,
        },
        widgets::{self, Kind, cause::icon_of, pattern::color_of},
    },
    model::ledger::State,
};

/// Colour and icon of the state of the line.
fn look(view: &ViewModel, tokens: &Tokens) -> (Color32, &'static str) {
    match view.state() {
        State::Up => (tokens.ok, icons::CHECK_CIRCLE),
        State::Degraded => (tokens.warn, icons::WARNING),
        State::Down(domain) => {
            let cause = Cause::of(domain);
            (color_of(cause, tokens), icon_of(cause))
        }
        State::NotMonitored(_) => (tokens.unknown, icons::PAUSE),
    }
}

/// Details of a standing warning that are shown; the panel that a button leads to has the rest.
const MOST_DETAILS: usize = 3;

/// Draws the warnings that stand, each with what can be done about it.
pub(super) fn standing(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    for warning in &view.standing {
        let (headline, details) = text.standing(warning);
        widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
            ui.vertical(|ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 2.0;
                widgets::words(ui, headline, font::strong(), tokens.text);
                let n_more = details.len().saturating_sub(MOST_DETAILS);
                for detail in details.into_iter().take(MOST_DETAILS) {
                    widgets::words(ui, detail, font::body(), tokens.text);
                }
                if n_more > 0 {
                    let more = text.with(T::ConfigMore, &[&n_more]);
                    widgets::words(ui, more, font::small(), tokens.text_soft);
                }
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = gap::CARD;
                    for (icon, name, remedy) in remedies(warning) {
                        if widgets::button(ui, icon, text.of(name), Kind::Quiet).clicked() {
                            action = Some(remedy);
                        }
                    }
                });
            });
        });
        ui.add_space(gap::M);
    }
    action
}

/// Buttons of a standing warning: icon, name, and what each asks for.
fn remedies(warning: &Standing) -> Vec<(&'static str, T, Action)> {
    match warning {
        Standing::Config { .. } => vec![
            (icons::GEAR, T::OpenSettings, Action::Go(Panel::Settings)),
            (icons::FILE_TEXT, T::ConfigOpenFile, Action::OpenConfigFile),
        ],
    }
}

/// Draws the banner over the whole width.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let (color, icon) = look(view, tokens);
    let width = ui.available_width();
    let is_wide = width >= 900.0;
    let height = if is_wide { 152.0 } else { 268.0 };
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
    let border = tokens.card.lerp_to_gamma(color, 0.55);
    ui.painter().rect(rect, radius::CARD, tokens.pale(color), Stroke::new(1.0, border), StrokeKind::Inside);
    let inner = rect.shrink2(Vec2::new(20.0, 16.0));
    let (left, right) = if is_wide {
        let (left, right) = inner.split_left_right_at_fraction(0.41);
        (left, Rect::from_min_max(Pos2::new(right.left() + 8.0, right.top()), right.max))
    } else {
        let (top, bottom) = inner.split_top_bottom_at_y(inner.top() + 132.0);
        (top, bottom)
    };
    let mut words = ui.new_child(UiBuilder::new().max_rect(left).layout(Layout::top_down(Align::Min)));
    words.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
    let action = sentence(&mut words, view, text, color, icon);
    let mut links = ui.new_child(UiBuilder::new().max_rect(right));
    draw_chain(&mut links, right, &chain(view), text);
    action
}

fn sentence(ui: &mut Ui, view: &ViewModel, text: Text, color: Color32, icon: &str) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.spacing_mut().item_spacing = Vec2::new(12.0, 2.0);
    let state = view.state();
    let is_known = view.line.is_some();
    let headline = match (&view.mode, view.doubt) {
        (_, Some(doubt)) if !state.is_down() => text.doubt(doubt),
        (Mode::Starting, _) => text.of(T::HeadStarting),
        (Mode::Running | Mode::Viewing { .. } | Mode::Demo, _) if !is_known => text.of(T::HeadStarting),
        _ => text.headline(state, view.verdict()),
    };
    ui.horizontal(|ui| {
        let (disc, _) = ui.allocate_exact_size(Vec2::splat(46.0), Sense::hover());
        ui.painter().circle_filled(disc.center(), 23.0, tokens.card.lerp_to_gamma(color, 0.28));
        ui.painter().text(disc.center(), Align2::CENTER_CENTER, icon, font::icon_filled(24.0), color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add_space(2.0);
            let title = widgets::line(ui, headline, font::page_title(), tokens.text);
            title.widget_info(|| WidgetInfo::labeled(Role::Label, true, headline));
            let since = since(view, text);
            let color = if state.is_down() { color } else { tokens.text_soft };
            widgets::line(ui, since, font::medium(), color);
        });
    });
    ui.add_space(6.0);
    let why = why(view, text);
    let mut job = egui::text::LayoutJob::simple(why.clone(), font::body(), tokens.text, ui.available_width());
    job.wrap.max_rows = 2;
    ui.label(job).on_hover_text(why);
    ui.with_layout(Layout::bottom_up(Align::Min), |ui| ui.horizontal(|ui| actions(ui, view, text)).inner).inner
}

fn since(view: &ViewModel, text: Text) -> String {
    let Some(line) = &view.line else { return String::new() };
    let held = held_for(view).unwrap_or_default();
    match line.state {
        State::Up | State::Degraded => {
            let last = view.outages.iter().next_back();
            match last.and_then(OutageView::end) {
                Some(end) if line.state == State::Up => {
                    let quiet = (view.now.wall - end).to_std().unwrap_or_default();
                    text.with(T::NoOutageFor, &[&text.duration(quiet)])
                }
                _ => text.with(T::SinceFor, &[&text.when(line.since.wall, view.now.wall), &text.duration(held)]),
            }
        }
        State::Down(_) | State::NotMonitored(_) => {
            text.with(T::SinceFor, &[&text.time(line.since.wall), &text.duration(held)])
        }
    }
}

fn why(view: &ViewModel, text: Text) -> String {
    let Some(verdict) = view.verdict() else { return text.of(T::WhyNothing).into() };
    match view.state() {
        State::Up if verdict.domain.is_none() => {
            let last = view.outages.iter().next_back().map(|outage| {
                let length = text.duration(outage.length(view.now));
                text.with(
                    T::LastFault,
                    &[&text.domain(outage.domain), &text.when(outage.start(), view.now.wall), &length],
                )
            });
            format!("{} {}", text.of(T::WhyWorks), last.unwrap_or_default())
        }
        State::NotMonitored(_) => text.of(T::WhyNotMonitored).into(),
        _ => {
            let open = text.left_open(verdict).map(|open| format!(" {open}")).unwrap_or_default();
            format!("{}{open}", text.because(&verdict.evidence))
        }
    }
}

fn actions(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let live = view.outages.live();
    if let Some(outage) = live {
        let copy = widgets::button(ui, icons::COPY, text.of(T::CopyForProvider), Kind::Quiet);
        if copy.clicked() {
            return Some(Action::Copy(around::letter(view, outage, &[], text), T::Copied));
        }
        let show = widgets::button(ui, icons::MAGNIFYING_GLASS, text.of(T::ShowEvidence), Kind::Quiet);
        return show.clicked().then(|| Action::ShowOutage(outage.start()));
    }
    if view.mode == Mode::Stopped {
        let start = widgets::button(ui, icons::PLAY, text.of(T::StartMonitoring), Kind::Quiet);
        return start.clicked().then_some(Action::Start);
    }
    let last = view.outages.iter().next_back()?;
    let show = widgets::button(ui, icons::MAGNIFYING_GLASS, text.of(T::ShowLastOutage), Kind::Quiet);
    show.clicked().then(|| Action::ShowOutage(last.start()))
}

fn part_icon(part: Part, is_wifi: bool) -> &'static str {
    match part {
        Part::Computer => icons::DESKTOP,
        Part::Router if is_wifi => icons::WIFI_HIGH,
        Part::Router => icons::HOUSE,
        Part::Provider => icons::CELL_TOWER,
        Part::Internet => icons::GLOBE,
        Part::Names => icons::SIGNPOST,
    }
}

fn part_name(part: Part) -> T {
    match part {
        Part::Computer => T::PartComputer,
        Part::Router => T::PartRouter,
        Part::Provider => T::PartProvider,
        Part::Internet => T::PartInternet,
        Part::Names => T::PartNames,
    }
}

fn health_word(health: Health) -> T {
    match health {
        Health::Works => T::HealthWorks,
        Health::Poor => T::HealthPoor,
        Health::Broken => T::HealthBroken,
        Health::NotReached => T::HealthNotReached,
        Health::Unknown => T::HealthUnknown,
    }
}

fn draw_chain(ui: &mut Ui, rect: Rect, nodes: &[Node; 5], text: Text) {
    let tokens = theme::tokens(ui.ctx());
    let side = 46.0;
    let column = rect.width() / 5.0;
    let y = rect.top() + (rect.height() - 84.0).max(0.0) / 2.0 + side / 2.0;
    let center = |idx: usize| Pos2::new(rect.left() + column * (idx as f32 + 0.5), y);
    let is_wifi =
        matches!(nodes.first().map(|node| &node.detail), Some(Detail::Text(link)) if link.starts_with("wifi"));
    let broken = nodes.iter().find(|node| node.health == Health::Broken);
    let cause = |part: Part| match part {
        Part::Computer | Part::Router => tokens.home,
        Part::Provider => tokens.provider,
        Part::Internet => tokens.far,
        Part::Names => tokens.names,
    };
    let fault = broken.map_or(tokens.bad, |node| cause(node.part));
    for (idx, node) in nodes.iter().enumerate() {
        if idx > 0 {
            let (from, to) = (center(idx - 1).x + side / 2.0 + 7.0, center(idx).x - side / 2.0 - 7.0);
            edge(ui, (from, to, y), node, text, tokens, fault);
        }
        let color = match node.health {
            Health::Works => tokens.ok,
            Health::Poor => tokens.warn,
            Health::Broken => fault,
            Health::NotReached | Health::Unknown => tokens.unknown,
        };
        let square = Rect::from_center_size(center(idx), Vec2::splat(side));
        let fill =
            if matches!(node.health, Health::NotReached | Health::Unknown) { tokens.card } else { tokens.pale(color) };
        ui.painter().rect(square, 11.0, fill, Stroke::new(1.5, color), StrokeKind::Inside);
        let icon_color = if fill == tokens.card { tokens.text_faint } else { tokens.text };
        let icon = part_icon(node.part, is_wifi);
        ui.painter().text(square.center(), Align2::CENTER_CENTER, icon, font::icon(21.0), icon_color);
        mark(ui, square.right_top() + Vec2::new(-1.0, 1.0), node.health, color, tokens);
        let name = text.of(part_name(node.part));
        let detail = detail(node, text);
        let name_color = if fill == tokens.card { tokens.text_soft } else { tokens.text };
        caption(ui, Pos2::new(square.center().x, square.bottom() + 6.0), name, column - 6.0, name_color, true);
        caption(
            ui,
            Pos2::new(square.center().x, square.bottom() + 23.0),
            &detail,
            column - 6.0,
            tokens.text_soft,
            false,
        );
        let response = ui.interact(square.expand(4.0), ui.scope_id().with(("node", idx)), Sense::hover());
        let rtt = node.rtt.map(|rtt| format!(", {}", text.rtt(rtt))).unwrap_or_default();
        let said = format!("{name}: {}{rtt}. {detail}", text.of(health_word(node.health)));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        response.on_hover_text(said);
    }
}

fn detail(node: &Node, text: Text) -> String {
    let works = |value: Option<bool>| match value {
        Some(true) => text.of(T::WordOk),
        Some(false) => text.of(T::WordFails),
        None => "–",
    };
    match &node.detail {
        Detail::Nothing => String::new(),
        Detail::Text(detail) => match detail.split_once(':') {
            // A link: its kind tells more than its name.
            Some((kind, name)) if node.part == Part::Computer => {
                let kind = match kind {
                    "wifi" => "Wi-Fi",
                    "wired" => text.of(T::LinkWired),
                    "mobile" => text.of(T::LinkMobile),
                    "tunnel" => "VPN",
                    _ => "",
                };
                format!("{kind} {name}").trim().to_owned()
            }
            _ => detail.clone(),
        },
        Detail::Answer(up, total) => text.with(T::SoManyAnswer, &[up, total]),
        // What failed behind a fault says nothing of itself.
        Detail::Services { .. } if matches!(node.health, Health::NotReached | Health::Unknown) => "–".to_owned(),
        Detail::Services { names, web } => format!("DNS {} · Web {}", works(*names), works(*web)),
    }
}

/// The way between two parts, with what it took.
fn edge(ui: &Ui, (from, to, y): (f32, f32, f32), node: &Node, text: Text, tokens: &Tokens, fault: Color32) {
    let painter = ui.painter();
    let middle = Pos2::new(f32::midpoint(from, to), y);
    let dashed = |color: Color32, dash: f32| {
        let line = [Pos2::new(from, y), Pos2::new(to, y)];
        painter.extend(egui::Shape::dashed_line(&line, Stroke::new(2.0, color), dash, 5.0));
    };
    let (label, color, below) = match node.way {
        Health::Works | Health::Poor => {
            let color = if node.way == Health::Poor { tokens.warn } else { tokens.ok };
            painter.hline(from..=to, y, Stroke::new(2.0, color));
            (node.rtt.map_or_else(String::new, |rtt| text.rtt(rtt)), tokens.text, false)
        }
        Health::Broken => {
            dashed(fault, 9.0);
            painter.circle_filled(middle, 9.5, fault);
            painter.text(middle, Align2::CENTER_CENTER, icons::X, font::icon(11.0), tokens.on_accent_of(fault));
            (text.of(T::NoAnswer).to_owned(), fault, true)
        }
        Health::NotReached => {
            dashed(tokens.unknown, 3.0);
            (text.of(T::HealthNotReached).to_owned(), tokens.text_soft, false)
        }
        Health::Unknown => {
            dashed(tokens.border_strong, 3.0);
            (String::new(), tokens.text_soft, false)
        }
    };
    let at = if below { middle + Vec2::new(0.0, 21.0) } else { middle - Vec2::new(0.0, 13.0) };
    let galley = painter.layout_no_wrap(label, font::small(), color);
    // What lies below the line has room to either side; what lies above meets the marks.
    if below || galley.size().x < to - from + 4.0 {
        painter.galley(at - galley.size() / 2.0, galley, color);
    }
}

fn mark(ui: &Ui, at: Pos2, health: Health, color: Color32, tokens: &Tokens) {
    let (icon, font, color) = match health {
        Health::Works => (icons::CHECK, font::icon(10.0), color),
        Health::Poor => ("!", font::tag(), color),
        Health::Broken => (icons::X, font::icon(10.0), color),
        Health::NotReached | Health::Unknown => ("?", font::tag(), tokens.unknown),
    };
    ui.painter().circle(at, 8.0, color, Stroke::new(2.0, tokens.card));
    ui.painter().text(at, Align2::CENTER_CENTER, icon, font, tokens.on_accent_of(color));
}

fn caption(ui: &Ui, at: Pos2, words: &str, width: f32, color: Color32, strong: bool) {
    let font = if strong { font::medium() } else { font::small() };
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(Pos2::new(at.x - galley.size().x / 2.0, at.y), galley, color);
}
