//! The diary of fault reports: when the provider was told, under which number, and what was said.

use eframe::egui::{self, Align, Id, Layout, Rect, ScrollArea, Sense, Ui, Vec2};

use super::OutagesAction;
use crate::{
    gui::{
        action::Action,
        icons,
        jobs::outages::typed,
        text::{T, Text},
        theme::{self, font, gap},
        view_model::{ViewModel, diary::DiaryChange},
        widgets::{self, Kind},
    },
    model::{diary::Ticket, time::Timestamp},
};

/// The longest account of a call, in characters.
const MOST: usize = 3000;

/// The fault report that is being written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// Number of the fault report in the diary; 0 for a new one.
    id: i64,
    /// As it is typed.
    at: String,
    number: String,
    said: String,
    closed: String,
    fault: Option<T>,
    /// Remove was pressed once.
    removes: bool,
}

impl Form {
    /// Form with a fault report that was noted, to be changed.
    fn of(ticket: &Ticket, text: Text) -> Self {
        Self {
            id: ticket.id,
            at: text.typed(ticket.at),
            number: ticket.number.clone(),
            said: ticket.said.clone(),
            closed: ticket.closed.map(|at| text.typed(at)).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The fault report, or what is wrong with it.
    fn ticket(&self, now: Timestamp) -> Result<Ticket, T> {
        let time = |said: &str| match said.trim() {
            "" => Ok(None),
            said => typed(said, now).map(Some).ok_or(T::TicketNoTime),
        };
        let (at, closed) = (time(&self.at)?.unwrap_or(now), time(&self.closed)?);
        if at > now || closed.is_some_and(|closed| closed > now) {
            return Err(T::TicketToCome);
        }
        if closed.is_some_and(|closed| closed < at) {
            return Err(T::TicketBackwards);
        }
        let (number, said) = (self.number.trim().to_owned(), self.said.trim().to_owned());
        if number.is_empty() && said.is_empty() {
            return Err(T::TicketEmpty);
        }
        Ok(Ticket { id: self.id, at, number, said, closed })
    }
}

/// Draws the diary.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, form: &mut Form) -> Option<Action> {
    let room = ui.available_rect_before_wrap();
    ui.allocate_rect(room, Sense::hover());
    let (list, edit) = if room.width() >= 760.0 {
        let (list, edit) = room.split_left_right_at_x(room.right() - 380.0);
        (list, Rect::from_min_max(egui::pos2(edit.left() + gap::CARD, edit.top()), edit.max))
    } else {
        let (list, edit) = room.split_top_bottom_at_fraction(0.4);
        (list, Rect::from_min_max(egui::pos2(edit.left(), edit.top() + gap::CARD), edit.max))
    };
    let copied = widgets::card_at(ui, list, "tickets", |ui| table(ui, view, text, form));
    let action = widgets::card_at(ui, edit, "ticket", |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| editor(ui, view, text, form)).inner
    });
    action.or(copied)
}

fn table(ui: &mut Ui, view: &ViewModel, text: Text, form: &mut Form) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let tickets = &view.diary.tickets;
    let mut action = None;
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL_HEIGHT);
        widgets::heading(ui, text.of(T::Tickets), font::card_title());
        widgets::line(ui, text.with(T::TicketsOpen, &[&view.diary.open()]), font::small(), tokens.text_soft);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !tickets.is_empty() && widgets::icon_button(ui, icons::COPY, text.of(T::CopyList)).clicked() {
                action = Some(Action::Copy(text.ticket_list(tickets), T::Copied));
            }
        });
    });
    if tickets.is_empty() {
        widgets::nothing(ui, icons::TICKET, text.of(T::NoTickets), text.of(T::NoTicketsMore));
        return action;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for ticket in tickets.iter().rev() {
            let name = format!("{} {}", text.date_time(ticket.at), ticket.number);
            let row =
                widgets::row(ui, Id::unique(("ticket", ticket.id)), 52.0, name.trim(), form.id == ticket.id, |ui| {
                    entry(ui, text, ticket);
                });
            if row.clicked() {
                *form = Form::of(ticket, text);
            }
        }
    });
    action
}

fn entry(ui: &mut Ui, text: Text, ticket: &Ticket) {
    let tokens = theme::tokens(ui.ctx());
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        ui.add_space(7.0);
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            widgets::line(ui, text.date_time(ticket.at), font::strong(), tokens.text);
            if !ticket.number.is_empty() {
                let number = text.with(T::TicketNumbered, &[&ticket.number]);
                widgets::line(ui, number, font::small(), tokens.text_soft);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let (said, color) = match ticket.closed {
                    Some(closed) => (text.with(T::TicketMended, &[&text.date_time(closed)]), tokens.text_soft),
                    None => (text.of(T::TicketOpen).to_owned(), tokens.warn),
                };
                widgets::line(ui, said, font::small(), color);
            });
        });
        let said = ticket.said.lines().collect::<Vec<_>>().join(" ");
        widgets::line(ui, said, font::body(), tokens.text_soft);
    });
}

fn editor(ui: &mut Ui, view: &ViewModel, text: Text, form: &mut Form) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let title = if form.id == 0 { T::TicketNew } else { T::TicketEdit };
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL_HEIGHT);
        widgets::heading(ui, text.of(title), font::card_title());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_new = form.id == 0;
            if !is_new && widgets::button(ui, icons::PLUS, text.of(T::TicketNew), Kind::Quiet).clicked() {
                *form = Form::default();
            }
        });
    });
    widgets::words(ui, text.of(T::TicketHelp), font::small(), tokens.text_soft);
    let before = (form.at.clone(), form.number.clone(), form.said.clone(), form.closed.clone());
    let width = ui.available_width();
    let caption = |ui: &mut Ui, said: T| {
        ui.add_space(gap::S);
        widgets::line(ui, text.of(said), font::small(), tokens.text_soft);
    };
    caption(ui, T::TicketAt);
    widgets::field(ui, &mut form.at, text.of(T::TicketAt), text.of(T::TicketAtHint), width);
    caption(ui, T::TicketNumber);
    widgets::field(ui, &mut form.number, text.of(T::TicketNumber), text.of(T::TicketNumberHint), width);
    caption(ui, T::TicketSaid);
    let edit = egui::TextEdit::multiline(&mut form.said)
        .hint_text(text.of(T::TicketSaidHint))
        .desired_width(width)
        .desired_rows(5)
        .char_limit(MOST)
        .margin(egui::Margin::symmetric(10, 6));
    widgets::named(ui, text.of(T::TicketSaid), |ui| ui.add(edit));
    caption(ui, T::TicketClosed);
    widgets::field(ui, &mut form.closed, text.of(T::TicketClosed), text.of(T::TicketClosedHint), width);
    if before != (form.at.clone(), form.number.clone(), form.said.clone(), form.closed.clone()) {
        form.fault = None;
    }
    if let Some(fault) = form.fault {
        ui.add_space(gap::S);
        widgets::words(ui, text.of(fault), font::body(), tokens.bad);
    }
    ui.add_space(gap::M);
    let mut action = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(gap::M, gap::M);
        let save = if form.id == 0 { T::TicketAdd } else { T::Save };
        if widgets::button(ui, icons::FLOPPY_DISK, text.of(save), Kind::Primary).clicked() {
            match form.ticket(view.now.wall) {
                Ok(ticket) => {
                    action = Some(Action::Outages(OutagesAction::Change(DiaryChange::Ticket(ticket))));
                    *form = Form::default();
                }
                Err(fault) => form.fault = Some(fault),
            }
        }
        if form.id != 0 {
            let label = if form.removes { T::TicketRemoveSure } else { T::TicketRemove };
            if widgets::button(ui, icons::TRASH, text.of(label), Kind::Normal).clicked() {
                if form.removes {
                    action = Some(Action::Outages(OutagesAction::Change(DiaryChange::RemoveTicket(form.id))));
                    *form = Form::default();
                } else {
                    form.removes = true;
                }
            }
        }
    });
    action
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_report_is_checked_before_it_is_noted() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let form = |at: &str, said: &str, closed: &str| Form {
            at: at.into(),
            said: said.into(),
            closed: closed.into(),
            ..Form::default()
        };
        assert_eq!(Ok(now), form("", "called", "").ticket(now).map(|ticket| ticket.at));
        for (form, fault) in [
            (form("soon", "called", ""), T::TicketNoTime),
            (form("2031-01-01", "called", ""), T::TicketToCome),
            (form("2026-11-20 10:00", "called", "2026-11-19"), T::TicketBackwards),
            (form("", "  ", ""), T::TicketEmpty),
        ] {
            assert_eq!(Err(fault), form.ticket(now));
        }
        let text = Text::default();
        let ticket = form("2026-11-20 10:00", "called", "2026-11-21 08:00").ticket(now).unwrap();
        assert_eq!(Ok(&ticket), Form::of(&ticket, text).ticket(now).as_ref());
    }
}
