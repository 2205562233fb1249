//! "When, how long, whose fault, how sure?": all outages, and everything about one of them.

pub(crate) mod around;
mod detail;
mod notes;
mod strip;
mod tickets;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use eframe::egui::{self, Align, Layout, Rect, Sense, Ui, Vec2};
use egui_extras::{Column, TableBuilder};

use super::{
    action::{Action, OutagesAction},
    icons,
    text::{Cause, T, Text},
    theme::{self, ROW_HEIGHT, font, gap},
    view_model::{ViewModel, outages::OutageView},
    widgets::{self, Kind, cause},
};
use crate::{model::time::Timestamp, report::input::OutagePath};

/// Page that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    List,
    Tickets,
}

/// Which outages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Period {
    Day,
    Week,
    #[default]
    Month,
    All,
}

impl Period {
    const ALL: [(Self, T); 4] =
        [(Self::Day, T::Range24h), (Self::Week, T::Range7d), (Self::Month, T::Range30d), (Self::All, T::RangeAll)];

    fn since(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::All => return None,
        };
        Some(now - TimeDelta::days(days))
    }
}

/// Beginning and end of an outage.
type FromTo = (Timestamp, Timestamp);

/// State of this panel from one frame to the next.
#[derive(Debug, Default)]
pub(crate) struct State {
    page: Page,
    period: Period,
    /// Causes that are not shown.
    hidden: BTreeSet<Cause>,
    /// The outage looked at.
    chosen: Option<Timestamp>,
    /// Bring the chosen one into sight.
    scroll: bool,
    draft: notes::Draft,
    form: tickets::Form,
    /// The outage whose paths were looked for in files, from when to when, and what was found.
    filed: Option<(FromTo, Option<Vec<OutagePath>>)>,
}

impl State {
    /// Shows the outage that began at this time.
    pub(crate) fn show(&mut self, start: Timestamp) {
        self.page = Page::List;
        self.chosen = Some(start);
        self.period = Period::All;
        self.hidden.clear();
        self.scroll = true;
    }

    pub(crate) fn show_tickets(&mut self) {
        self.page = Page::Tickets;
    }

    /// Takes the paths that were found in files, for the outage that was asked for last.
    pub(crate) fn take_paths(&mut self, found: Vec<OutagePath>) {
        if let Some((_, paths)) = &mut self.filed {
            *paths = Some(found);
        }
    }

    /// Files are looked into once for each outage that is opened.
    fn look_for_paths(&mut self, outage: &OutageView) -> Option<Action> {
        let wanted = (outage.start(), outage.end()?);
        if self.filed.as_ref().is_some_and(|(known, _)| *known == wanted) {
            return None;
        }
        self.filed = Some((wanted, None));
        Some(Action::Outages(OutagesAction::FindPaths(wanted.0, wanted.1)))
    }
}

/// Draws the choice between outages and fault reports, beside the title.
pub(crate) fn page_ui(ui: &mut Ui, text: Text, state: &mut State) {
    let pages = [(Page::List, text.of(T::PageList)), (Page::Tickets, text.of(T::Tickets))];
    widgets::segmented(ui, &mut state.page, &pages);
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    if state.page == Page::Tickets {
        return tickets::ui(ui, view, text, &mut state.form);
    }
    let mut action = filters(ui, view, text, state);
    let since = state.period.since(view.now.wall);
    let shown: Vec<&OutageView> = view
        .outages
        .iter()
        .rev()
        .filter(|outage| since.is_none_or(|since| outage.end().is_none_or(|end| end >= since)))
        .filter(|outage| !state.hidden.contains(&Cause::of_outage(outage, view.now)))
        .collect();
    ui.add_space(gap::S);
    if let Some(strip) = strip::ui(ui, view, text, since, &shown, &mut state.chosen) {
        action = Some(Action::CopyPicture(strip));
    }
    ui.add_space(gap::S);
    let room = ui.available_rect_before_wrap();
    let is_wide = room.width() >= 820.0;
    let chosen = state.chosen.and_then(|start| view.outages.find(start));
    let (list, detail) = match chosen {
        Some(_) if is_wide => {
            let (list, detail) = room.split_left_right_at_x(room.left() + (room.width() * 0.42).max(430.0));
            (list, Rect::from_min_max(egui::pos2(detail.left() + gap::CARD, detail.top()), detail.max))
        }
        Some(_) => {
            let (list, detail) = room.split_top_bottom_at_fraction(0.42);
            (list, Rect::from_min_max(egui::pos2(detail.left(), detail.top() + gap::CARD), detail.max))
        }
        None => (room, Rect::NOTHING),
    };
    ui.allocate_rect(room, Sense::hover());
    widgets::card_at(ui, list, "list", |ui| table(ui, view, text, state, &shown));
    if let Some(outage) = chosen {
        action = action.or_else(|| state.look_for_paths(outage));
        let more = widgets::card_at(ui, detail, "detail", |ui| {
            let mut closes = false;
            let action = detail::ui(ui, view, text, outage, state, &mut closes);
            if closes {
                state.chosen = None;
            }
            action
        });
        action = action.or(more);
    }
    action
}

fn filters(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ui.horizontal(|ui| {
        let periods: Vec<_> = Period::ALL.into_iter().map(|(period, name)| (period, text.of(name))).collect();
        widgets::segmented(ui, &mut state.period, &periods);
        ui.add_space(gap::S);
        for each in Cause::ALL {
            let is_on = !state.hidden.contains(&each);
            let color = widgets::pattern::color_of(each, tokens);
            if widgets::chip(ui, is_on, color, each.word(text)).clicked() && !state.hidden.remove(&each) {
                state.hidden.insert(each);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let since = state.period.since(view.now.wall);
            let label = text.of(T::CopyList);
            if widgets::button(ui, icons::COPY, label, Kind::Normal).clicked() {
                let shown = view.outages.iter().filter(|outage| since.is_none_or(|since| outage.start() >= since));
                let shown = shown.filter(|outage| !state.hidden.contains(&Cause::of_outage(outage, view.now)));
                action = Some(Action::Copy(text.outage_list(shown, view.now), T::Copied));
            }
        });
    });
    action
}

fn table(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, shown: &[&OutageView]) {
    let tokens = theme::tokens(ui.ctx());
    let down: std::time::Duration = shown.iter().map(|outage| outage.length(view.now)).sum();
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        widgets::heading(ui, &text.outages(shown.len()), font::card_title());
        widgets::line(ui, text.with(T::TogetherSoLong, &[&text.duration(down)]), font::small(), tokens.text_soft);
    });
    if shown.is_empty() {
        widgets::nothing(ui, icons::CHECK_CIRCLE, text.of(T::NoOutagesHere), text.of(T::NoOutagesHereMore));
        return;
    }
    ui.style_mut().interaction.selectable_labels = false;
    ui.spacing_mut().item_spacing = Vec2::new(10.0, 0.0);
    let is_wide = ui.available_width() > 620.0;
    let mut builder = TableBuilder::new(ui)
        .id_salt("outages")
        .sense(Sense::click())
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(150.0))
        .column(Column::exact(92.0))
        .column(Column::exact(116.0));
    if is_wide {
        builder = builder.column(Column::exact(80.0));
    }
    // Beside an open outage there is no room for evidence, and no need.
    builder = builder.column(if is_wide { Column::remainder().clip(true) } else { Column::remainder() });
    if std::mem::take(&mut state.scroll)
        && let Some(idx) = shown.iter().position(|outage| Some(outage.start()) == state.chosen)
    {
        builder = builder.scroll_to_row(idx, Some(Align::Center));
    }
    let heads = [T::Begin, T::Length, T::WhoseFault, T::HowSure, T::Evidence];
    builder
        .header(ROW_HEIGHT, |mut header| {
            for head in heads.into_iter().filter(|head| is_wide || !matches!(*head, T::HowSure | T::Evidence)) {
                header.col(|ui| {
                    widgets::line(ui, text.of(head), font::small(), tokens.text_soft);
                });
            }
        })
        .body(|body| {
            body.rows(ROW_HEIGHT + 4.0, shown.len(), |mut row| {
                let Some(outage) = shown.get(row.index()) else { return };
                let is_chosen = state.chosen == Some(outage.start());
                row.set_selected(is_chosen);
                row.col(|ui| {
                    widgets::line(ui, text.when(outage.start(), view.now.wall), font::body(), tokens.text);
                });
                row.col(|ui| {
                    let length = text.duration(outage.length(view.now));
                    let (length, color) =
                        if outage.is_live { (format!("{length} …"), tokens.bad) } else { (length, tokens.text) };
                    widgets::line(ui, length, font::strong(), color);
                });
                row.col(|ui| {
                    cause::tag(ui, Cause::of_outage(outage, view.now), text);
                });
                if is_wide {
                    row.col(|ui| {
                        let sure = outage.confidence.map_or("–", |confidence| text.confidence(confidence));
                        widgets::line(ui, sure, font::small(), tokens.text_soft);
                    });
                }
                row.col(|ui| {
                    if !is_wide {
                        return;
                    }
                    let evidence = text.because(&outage.evidence);
                    let evidence = if evidence.is_empty() { text.domain(outage.domain).to_owned() } else { evidence };
                    widgets::line(ui, evidence, font::small(), tokens.text_soft);
                });
                let response = row.response();
                let name = format!("{} {}", text.date_time(outage.start()), text.domain(outage.domain));
                response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Row, true, is_chosen, &name));
                if response.clicked() {
                    state.chosen = Some(outage.start());
                }
            });
        });
}
