//! Warnings that stand: told while their cause lasts, and looked at again so that they go with it.

use std::time::Duration;

use eframe::egui;

use super::{App, source::take};
use crate::gui::{
    jobs::{self, settings as settings_jobs},
    text::T,
    view_model::{
        ViewModel,
        activity::Level,
        standing::{ConfigFault, Standing},
    },
};

/// Between two looks at a settings file that has faults.
const APART: Duration = Duration::from_secs(2);

impl App {
    /// Tells of the faults of the settings file: in the activity, and by a warning that stands while something is wrong.
    pub(super) fn tell_faults(&mut self) {
        let faults = self.settings.faults.clone();
        for fault in &faults {
            let level = if fault.is_wrong { Level::Warning } else { Level::Info };
            self.view.say(level, self.text.config_fault(fault));
        }
        if self.has_wrong_settings() {
            self.view.stand(Standing::Config { file: self.settings.file.clone(), faults });
        } else {
            self.view.lift(|warning| matches!(warning, Standing::Config { .. }));
        }
    }

    /// Takes the faults of the settings file as it is now, and tells of them if they are other ones.
    pub(super) fn take_faults(&mut self, faults: Vec<ConfigFault>) {
        if faults != self.settings.faults {
            self.settings.faults = faults;
            self.tell_faults();
        }
    }

    /// True if something in the settings file is not used.
    fn has_wrong_settings(&self) -> bool {
        self.settings.faults.iter().any(|fault| fault.is_wrong)
    }

    /// Reads a settings file with something wrong in it again now and then, and takes up its changes.
    pub(super) fn watch_settings(&mut self, ctx: &egui::Context) {
        if let Some(Ok(read)) = take(&mut self.under_way.read_again)
            && (read.faults != self.settings.faults || read.config != self.settings.config)
        {
            self.settings.is_found = read.is_found;
            self.form.is_on_disk(&read.config, read.faults.clone());
            self.take_faults(read.faults);
            self.take_up(read.config);
            if !self.has_wrong_settings() {
                self.toast.say(self.text.of(T::ConfigRepaired));
                self.view.say(Level::Info, self.text.of(T::ConfigRepaired).to_owned());
            }
        }
        if self.is_demo || !self.has_wrong_settings() {
            return;
        }
        let now = self.view.now.mono;
        if self.under_way.read_again.is_none() && self.reread.is_none_or(|at| now.saturating_sub(at) >= APART) {
            self.reread = Some(now);
            self.under_way.read_again = Some(settings_jobs::read_again(&mut self.jobs, &self.settings));
        }
        ctx.request_repaint_after(APART);
    }

    /// Begins to read what the folder of the logs tells of earlier days, in place of what another folder told.
    pub(super) fn read_past(&mut self) {
        let fresh = ViewModel::new(self.view.now);
        let old = std::mem::replace(&mut self.view, fresh);
        self.view.activity = old.activity;
        self.view.standing = old.standing;
        let (folder, after) = (self.settings.log_dir.clone(), self.settings.config.outage_after_sec);
        let now = self.view.now.wall;
        self.under_way.history = Some(jobs::history::load(&mut self.jobs, folder.clone(), after, now));
        self.under_way.diary = Some(jobs::outages::diary(&mut self.jobs, folder.clone()));
        self.under_way.find = Some(settings_jobs::find(&mut self.jobs, folder));
    }
}
