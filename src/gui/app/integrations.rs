//! Integrations: actions of their panel, and results of its jobs.

use super::{
    App, Source,
    source::{Broke, take},
};
use crate::gui::{
    action::IntegrationsAction,
    jobs::{
        Job,
        integrations::{self as jobs, NotChanged},
    },
    text::T,
    view_model::{
        Mode,
        integrations::{SecretChange, SeenSecrets, SeenSinks},
    },
};

/// A change of the secrets under way.
type ChangeJob = Job<Result<SeenSecrets, NotChanged>>;
/// A test of a sink under way.
type TestJob = Job<Result<(), String>>;

/// Jobs of the panel.
#[derive(Default)]
pub(super) struct IntegrationJobs {
    look: Option<Job<Result<SeenSinks, String>>>,
    change: Option<(SecretChange, Option<ChangeJob>)>,
    tests: Vec<(String, Option<TestJob>)>,
}

impl App {
    pub(super) fn of_integrations(&mut self, action: IntegrationsAction) {
        let under_way = &mut self.under_way.integrations;
        match action {
            IntegrationsAction::Look if under_way.look.is_none() => {
                let engine = if let Source::Engine(engine) = &self.source { Some(engine) } else { None };
                under_way.look = Some(jobs::look(&mut self.jobs, &self.settings, engine));
            }
            IntegrationsAction::Test(_) if self.is_demo => self.toast.complain(self.text.of(T::DemoSendsNothing)),
            IntegrationsAction::Test(name) => {
                if under_way.tests.iter().all(|(other, _)| *other != name) {
                    self.integrations.tests(name.clone());
                    let job = jobs::test_sink(&mut self.jobs, &self.settings, name.clone());
                    under_way.tests.push((name, Some(job)));
                }
            }
            IntegrationsAction::Change(_) if self.is_demo => self.toast.complain(self.text.of(T::DemoSavesNothing)),
            IntegrationsAction::Change(change) if under_way.change.is_none() => {
                self.integrations.changes();
                let job = jobs::change(&mut self.jobs, &self.settings, change.clone());
                under_way.change = Some((change, Some(job)));
            }
            IntegrationsAction::Look | IntegrationsAction::Change(_) => {}
        }
    }

    /// Takes the results of jobs that are done.
    pub(super) fn poll_integrations(&mut self) {
        let broke = self.text.of(T::JobBroke);
        if let Some(seen) = take(&mut self.under_way.integrations.look) {
            self.integrations.take_seen(seen.unwrap_or_else(|Broke| Err(broke.to_owned())));
        }
        let now = self.view.now.wall;
        for (name, job) in &mut self.under_way.integrations.tests {
            if let Some(result) = take(job) {
                let result = result.unwrap_or_else(|Broke| Err(broke.to_owned()));
                self.integrations.take_tested(name.clone(), now, result);
            }
        }
        self.under_way.integrations.tests.retain(|(_, job)| job.is_some());
        let Some((change, job)) = &mut self.under_way.integrations.change else { return };
        let Some(changed) = take(job) else { return };
        let change = change.clone();
        self.under_way.integrations.change = None;
        let changed = changed.unwrap_or_else(|Broke| Err(NotChanged::Other(broke.to_owned())));
        match &changed {
            Ok(_) => self.use_secrets(),
            Err(NotChanged::Moved) => self.toast.complain(self.text.of(T::SecretMoved)),
            Err(NotChanged::Other(why)) => self.toast.complain(why.clone()),
        }
        self.integrations.take_changed(&change, changed.ok());
    }

    /// Has the running integrations take up the secrets that were written.
    fn use_secrets(&mut self) {
        if let Source::Engine(engine) = &self.source {
            engine.apply_integrations(&self.settings);
        }
        let said = match self.view.mode {
            Mode::Viewing { .. } => T::SecretsNextStart,
            _ => T::Saved,
        };
        self.toast.say(self.text.of(said));
    }
}
