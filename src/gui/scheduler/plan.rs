//! Exactly what will be installed.

use eframe::egui::{self, Margin, Ui};

use crate::{
    gui::{
        action::Action,
        icons,
        jobs::schedule::{Manager, Wanted},
        text::{T, Text},
        theme::{self, font, gap},
        widgets,
    },
    model::schedule::Scope,
};

/// Returns the name of a scheduler.
pub(super) fn manager(manager: Manager) -> &'static str {
    match manager {
        Manager::Systemd => "systemd",
        Manager::Cron => "cron",
        Manager::Launchd => "launchd",
        Manager::Tasks => "Task Scheduler",
    }
}

/// Each part with what it is.
fn parts(text: Text, wanted: &Wanted) -> Vec<(String, String)> {
    let plan = &wanted.plan;
    let mut parts: Vec<(String, String)> = Vec::new();
    for file in &plan.files {
        let what = if file.is_passing { T::ScheduleFilePassing } else { T::ScheduleFile };
        parts.push((text.with(what, &[&file.path.display()]), file.text.replace("\r\n", "\n").trim_end().to_owned()));
    }
    if let Some(lines) = &plan.crontab {
        parts.push((text.of(T::ScheduleCrontab).to_owned(), lines.trim_end().to_owned()));
    }
    if !plan.commands.is_empty() {
        let lines: Vec<String> = plan.commands.iter().map(|words| words.join(" ")).collect();
        parts.push((text.of(T::ScheduleCommands).to_owned(), lines.join("\n")));
    }
    parts
}

/// Draws it.
pub(super) fn ui(ui: &mut Ui, text: Text, planned: &Result<Wanted, String>) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let wanted = match planned {
        Ok(wanted) => wanted,
        Err(why) => {
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, why.clone(), font::body(), tokens.text);
            });
            return None;
        }
    };
    let mut action = None;
    let parts = parts(text, wanted);
    ui.add_space(gap::S);
    ui.horizontal(|ui| {
        let by = match wanted.schedule.scope {
            Scope::Login => T::ScheduleExactly,
            Scope::Boot => T::ScheduleExactlyBoot,
        };
        widgets::line(ui, text.with(by, &[&manager(wanted.manager)]), font::strong(), tokens.text);
        if widgets::icon_button(ui, icons::COPY, text.of(T::Copy)).clicked() {
            let all = parts.iter().map(|(name, text)| format!("{name}\n{text}\n")).collect::<Vec<_>>().join("\n");
            action = Some(Action::Copy(all, T::Copied));
        }
    });
    for (name, content) in parts {
        widgets::words(ui, name, font::small(), tokens.text_soft);
        let frame = egui::Frame::new().fill(tokens.well).corner_radius(theme::radius::CONTROL);
        frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            widgets::words(ui, content, font::mono_small(), tokens.text);
        });
    }
    action
}
