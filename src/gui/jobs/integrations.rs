//! Sinks and secrets: looked at, tested and changed.

use std::path::Path;

use super::{Job, Jobs, chain, monitor::Engine, settings::Settings};
use crate::{
    codec::sink_status_json,
    gui::{
        text::T,
        view_model::integrations::{RunsWhere, SecretChange, SeenSecrets, SeenSinks, form_of, merged},
    },
    integrations::{options::IntegrationOptions, sink_status::SinkStatus, status_file, test},
    model::secrets::Secrets,
    store::{lock, secrets_file},
};

/// Reads the settings and the secrets. The error names its remedy.
fn options(settings: &Settings) -> impl FnOnce() -> Result<IntegrationOptions, String> + Send + 'static + use<> {
    let (config, log_dir) = (settings.config.clone(), settings.log_dir.clone());
    let path = secrets_file::path_for(&settings.file);
    move || {
        let secrets = secrets_file::load(&path).map_err(|error| chain(&error))?;
        Ok(IntegrationOptions { config, secrets, log_dir })
    }
}

/// State of the sinks in the monitor of another process; `None` when no other process monitors this folder.
fn of_other(log_dir: &Path) -> Option<Vec<SinkStatus>> {
    lock::monitor(log_dir)?;
    Some(status_file::read(log_dir).map(|value| sink_status_json::from_json(&value)).unwrap_or_default())
}

/// Looks at the sinks, those of this monitor where there is one, and at which secrets are set.
pub(crate) fn look(jobs: &mut Jobs, settings: &Settings, engine: Option<&Engine>) -> Job<Result<SeenSinks, String>> {
    let (options, running) = (options(settings), engine.map(Engine::sinks));
    jobs.start_unseen(move |_| {
        let options = options()?;
        let configured = test::configured(&options);
        let (runs, states) = match running {
            Some(states) => (RunsWhere::Here, states()),
            None => match of_other(&options.log_dir) {
                Some(states) => (RunsWhere::Elsewhere, states),
                None => (RunsWhere::Nowhere, Vec::new()),
            },
        };
        Ok(SeenSinks { runs, sinks: merged(configured, &states), secrets: SeenSecrets::of(&options.secrets) })
    })
}

/// Sends a test to the sink of this name. The error names its remedy and holds no secret.
pub(crate) fn test_sink(jobs: &mut Jobs, settings: &Settings, name: String) -> Job<Result<(), String>> {
    let options = options(settings);
    jobs.start(T::JobTestSink, move |_| test::test(&options()?, &name))
}

/// Checks a line of a list of secrets.
///
/// # Errors
///
/// If it is no receiver: the reason with its remedy, without the address.
pub(crate) fn check_line(list: &str, line: &str) -> Result<(), String> {
    test::check_line(list, line)
}

/// Reason for which the secrets were not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotChanged {
    /// The list on the disk is not the one that was shown.
    Moved,
    /// The disk, or what was typed.
    Other(String),
}

/// Changes the file of secrets.
pub(crate) fn change(
    jobs: &mut Jobs,
    settings: &Settings,
    change: SecretChange,
) -> Job<Result<SeenSecrets, NotChanged>> {
    let path = secrets_file::path_for(&settings.file);
    jobs.start(T::JobSecrets, move |_| {
        let other = |error: secrets_file::SecretsFileError| NotChanged::Other(chain(&error));
        let mut secrets = secrets_file::load(&path).map_err(other)?;
        apply(&mut secrets, change)?;
        secrets_file::save(&path, &secrets).map_err(other)?;
        Ok(SeenSecrets::of(&secrets))
    })
}

fn apply(secrets: &mut Secrets, change: SecretChange) -> Result<(), NotChanged> {
    let unknown = |name: &str| NotChanged::Other(format!("there is no secret {name:?}"));
    match change {
        SecretChange::Set(name, value) => *secrets.text_mut(name).ok_or_else(|| unknown(name))? = value.0,
        SecretChange::Clear(name) => secrets.text_mut(name).ok_or_else(|| unknown(name))?.clear(),
        SecretChange::Add(name, line) => {
            check_line(name, &line.0).map_err(NotChanged::Other)?;
            secrets.list_mut(name).ok_or_else(|| unknown(name))?.push(line.0);
        }
        SecretChange::Remove(name, idx, form) => {
            let list = secrets.list_mut(name).ok_or_else(|| unknown(name))?;
            if list.get(idx).is_none_or(|line| form_of(line) != form) {
                return Err(NotChanged::Moved);
            }
            list.remove(idx);
        }
        SecretChange::NewToken => {
            secrets.api_token = secrets_file::new_token().map_err(|error| NotChanged::Other(chain(&error)))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::view_model::integrations::Hidden;

    #[test]
    fn secrets_are_set_replaced_and_removed() {
        let mut secrets = Secrets::default();
        let mut apply = |change| apply(&mut secrets, change).map(|()| secrets.clone());
        let set = |value: &str| SecretChange::Set("mqtt_password", Hidden(value.into()));
        assert_eq!("one", apply(set("one")).unwrap().mqtt_password);
        assert_eq!("two", apply(set("two")).unwrap().mqtt_password);
        assert_eq!("", apply(SecretChange::Clear("mqtt_password")).unwrap().mqtt_password);
        let first = apply(SecretChange::NewToken).unwrap().api_token;
        let second = apply(SecretChange::NewToken).unwrap().api_token;
        assert!(first.len() == 32 && second.len() == 32 && first != second);
    }

    #[test]
    fn a_line_is_checked_before_it_is_added_and_removed_only_where_it_was_seen() {
        let mut secrets = Secrets::default();
        let mut apply = |change| apply(&mut secrets, change).map(|()| secrets.webhooks.clone());
        let add = |line: &str| SecretChange::Add("webhooks", Hidden(line.into()));
        let lines = ["ntfy https://ntfy.example/a", "slack https://hooks.example/b"];
        apply(add(lines[0])).unwrap();
        assert_eq!(lines.to_vec(), apply(add(lines[1])).unwrap());
        let refused = apply(add("ntfy")).unwrap_err();
        assert!(matches!(refused, NotChanged::Other(_)), "{refused:?}");
        assert_eq!(Err(NotChanged::Moved), apply(SecretChange::Remove("webhooks", 0, "slack".into())));
        assert_eq!(Err(NotChanged::Moved), apply(SecretChange::Remove("webhooks", 2, "slack".into())));
        assert_eq!(vec![lines[1].to_owned()], apply(SecretChange::Remove("webhooks", 0, "ntfy".into())).unwrap());
    }
}
