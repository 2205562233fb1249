//! Receivers of messages and heartbeats, from the settings and the secrets, and one delivery to one of them.

use super::{super::client_tls::ClientTls, smtp::MailServer, web::WebClient};
use crate::{
    codec::{
        heartbeat::{Heartbeat, Pulse},
        notify_message::NotifyMessage,
        web_exchange::{DeliveryOutcome, WebRequest},
        webhook::Webhook,
    },
    integrations::sink_status::{SinkKind, SinkState, SinkStatus},
    model::{config::Config, secrets::Secrets},
};

/// Address of a receiver.
enum NotifyTarget {
    Webhook(Webhook),
    /// Mailbox.
    Mail(MailServer, String),
}

/// Receiver of messages.
pub(super) struct NotifySink {
    /// Name, unique, without a secret. The journal knows the receiver by it.
    pub(super) name: String,
    pub(super) kind: SinkKind,
    target: NotifyTarget,
}

/// Receiver of heartbeats.
pub(super) struct BeatSink {
    pub(super) name: String,
    heartbeat: Heartbeat,
}

/// All receivers, and what deliveries to them share.
pub(super) struct NotifySinks {
    pub(super) sinks: Vec<NotifySink>,
    pub(super) beats: Vec<BeatSink>,
    /// Entries of the settings that cannot be used, each with its error.
    pub(super) unusable: Vec<SinkStatus>,
    web: WebClient,
    mail_tls: ClientTls,
}

impl NotifySinks {
    /// Reads the settings and the secrets. Nothing is connected.
    pub(super) fn new(config: &Config, secrets: &Secrets) -> Self {
        let mut all = Self {
            sinks: Vec::new(),
            beats: Vec::new(),
            unusable: Vec::new(),
            web: WebClient::new(ClientTls::new(&config.push_ca_file, "push_ca_file"), &config.http_proxy),
            mail_tls: ClientTls::new(&config.smtp_ca_file, "smtp_ca_file"),
        };
        for (number, line) in (1..).zip(&secrets.webhooks) {
            match line.parse::<Webhook>() {
                Ok(webhook) => all.sinks.push(NotifySink {
                    name: format!("webhook {number} ({})", webhook.form().as_str()),
                    kind: SinkKind::Webhook,
                    target: NotifyTarget::Webhook(webhook),
                }),
                Err(error) => all.unusable(format!("webhook {number}"), SinkKind::Webhook, error.to_string()),
            }
        }
        all.add_mail(config, &secrets.smtp_password);
        for (number, line) in (1..).zip(&secrets.heartbeats) {
            match line.parse::<Heartbeat>() {
                Ok(heartbeat) => {
                    let name = format!("heartbeat {number} ({})", heartbeat.form().as_str());
                    all.beats.push(BeatSink { name, heartbeat });
                }
                Err(error) => all.unusable(format!("heartbeat {number}"), SinkKind::Heartbeat, error.to_string()),
            }
        }
        all
    }

    fn add_mail(&mut self, config: &Config, password: &str) {
        if config.smtp_url.is_empty() {
            return;
        }
        let server = match MailServer::from_config(config, password) {
            Ok(_) if config.smtp_to.is_empty() => Err("smtp_to holds no receiver; set it".to_owned()),
            server => server,
        };
        match server {
            Ok(server) => {
                // A mail for each, so that one that is refused does not stop the others.
                self.sinks.extend(config.smtp_to.iter().map(|to| NotifySink {
                    name: format!("mail ({to})"),
                    kind: SinkKind::Mail,
                    target: NotifyTarget::Mail(server.clone(), to.clone()),
                }));
            }
            Err(error) => self.unusable("mail".into(), SinkKind::Mail, error),
        }
    }

    fn unusable(&mut self, name: String, kind: SinkKind, error: String) {
        self.unusable.push(SinkStatus { error: Some(error), ..SinkStatus::new(name, kind, SinkState::Stopped) });
    }

    /// Names of the receivers of messages, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.sinks.iter().map(|sink| sink.name.clone()).collect()
    }

    /// Delivers a message. May take up to the deadline of the receiver and the lookup of its name.
    pub(super) fn deliver(&self, index: usize, message: &NotifyMessage) -> DeliveryOutcome {
        let Some(sink) = self.sinks.get(index) else { return gone() };
        match &sink.target {
            NotifyTarget::Webhook(webhook) => self.exchange(&webhook.request(message), |answer| webhook.judge(answer)),
            NotifyTarget::Mail(server, to) => server.send(&self.mail_tls, to, message),
        }
    }

    /// Sends a heartbeat.
    pub(super) fn beat(&self, index: usize, pulse: &Pulse) -> DeliveryOutcome {
        let Some(sink) = self.beats.get(index) else { return gone() };
        self.exchange(&sink.heartbeat.request(pulse), |answer| sink.heartbeat.judge(answer))
    }

    fn exchange(
        &self,
        request: &WebRequest,
        judge: impl Fn(&crate::codec::web_exchange::WebAnswer) -> DeliveryOutcome,
    ) -> DeliveryOutcome {
        match self.web.send(request) {
            Ok(answer) => judge(&answer),
            Err(outcome) => outcome,
        }
    }
}

fn gone() -> DeliveryOutcome {
    DeliveryOutcome::Misconfigured { error: "no such receiver; list them with: netlog integrations status".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_have_names_without_secrets_and_faults_are_told() {
        let config = Config {
            smtp_url: "smtp://localhost".into(),
            smtp_from: "netlog@mail.example".into(),
            smtp_to: vec!["a@mail.example".into(), "b@mail.example".into()],
            ..Config::default()
        };
        let secrets = Secrets {
            webhooks: vec!["ntfy https://ntfy.sh/S3cret".into(), "oops https://x/S3cret".into()],
            heartbeats: vec!["healthchecks https://hc-ping.com/S3cret".into(), "gatus http://S3cret".into()],
            ..Secrets::default()
        };
        let all = NotifySinks::new(&config, &secrets);
        assert_eq!(vec!["webhook 1 (ntfy)", "mail (a@mail.example)", "mail (b@mail.example)"], all.names());
        assert_eq!("heartbeat 1 (healthchecks)", all.beats[0].name);
        let unusable: Vec<&str> = all.unusable.iter().map(|status| status.name.as_str()).collect();
        assert_eq!(vec!["webhook 2", "heartbeat 2"], unusable);
        assert!(all.unusable.iter().all(|status| status.state == SinkState::Stopped));
        assert!(!format!("{:?}", all.unusable).contains("S3cret"));
    }

    #[test]
    fn mail_with_a_part_missing_is_told() {
        let mail = |config: Config| NotifySinks::new(&config, &Secrets::default()).unusable;
        assert!(mail(Config::default()).is_empty());
        let no_sender = Config { smtp_url: "smtp://m.example".into(), ..Config::default() };
        assert!(mail(no_sender.clone())[0].error.as_ref().is_some_and(|error| error.contains("smtp_from")));
        let no_receiver = Config { smtp_from: "a@m.example".into(), ..no_sender };
        assert!(mail(no_receiver)[0].error.as_ref().is_some_and(|error| error.contains("smtp_to")));
    }
}
