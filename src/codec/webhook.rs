//! Webhooks: the line that tells one, and the request that carries a message in the form of its service.
//!
//! A line is `FORM URL` or `FORM URL TOKEN`. Errors and texts never hold more of the address than scheme and host.

mod apprise;
mod discord;
mod gotify;
mod ntfy;
mod slack;
mod telegram;

use std::{fmt, str::FromStr};

use serde_json::Value;

use super::{
    notify_message::NotifyMessage,
    web_address,
    web_exchange::{self, DeliveryOutcome, TargetError, WebAnswer, WebMethod, WebRequest, secret_parts},
};

/// Form of the request that a service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebhookForm {
    /// The message as one object ([`NotifyMessage::to_json`]).
    Json,
    /// ntfy.
    Ntfy,
    /// Gotify.
    Gotify,
    /// Apprise API.
    Apprise,
    /// Slack, and what takes the same form, such as Mattermost.
    Slack,
    /// Discord.
    Discord,
    /// Telegram.
    Telegram,
}

impl WebhookForm {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::Json, Self::Ntfy, Self::Gotify, Self::Apprise, Self::Slack, Self::Discord, Self::Telegram];

    /// First word of a line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ntfy => "ntfy",
            Self::Gotify => "gotify",
            Self::Apprise => "apprise",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Telegram => "telegram",
        }
    }
}

/// Receiver of messages over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    form: WebhookForm,
    url: String,
    token: String,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.form.as_str(), self.site())
    }
}

impl FromStr for Webhook {
    type Err = TargetError;

    /// # Errors
    ///
    /// If a word is missing or unknown, or the form needs more. Quotes nothing of the line.
    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parts = web_exchange::parts(line)?;
        let form = WebhookForm::ALL.iter().find(|form| form.as_str() == parts.form).copied();
        let names = || WebhookForm::ALL.iter().map(|form| form.as_str()).collect::<Vec<_>>().join(", ");
        let form = form.ok_or_else(|| TargetError::Form(names()))?;
        let missing = match form {
            WebhookForm::Ntfy => ntfy::missing(parts.url),
            WebhookForm::Gotify => gotify::missing(parts.token),
            WebhookForm::Apprise => apprise::missing(parts.url),
            WebhookForm::Telegram => telegram::missing(parts.url, parts.token),
            WebhookForm::Slack | WebhookForm::Discord if !parts.token.is_empty() => {
                Some("the form has no token; write the address alone, which holds the secret")
            }
            WebhookForm::Json | WebhookForm::Slack | WebhookForm::Discord => None,
        };
        match missing {
            Some(missing) => Err(TargetError::Incomplete(missing)),
            None => Ok(Self { form, url: parts.url.to_owned(), token: parts.token.to_owned() }),
        }
    }
}

impl Webhook {
    /// Form.
    pub fn form(&self) -> WebhookForm {
        self.form
    }

    /// Scheme, host and port, which hold no secret.
    pub fn site(&self) -> String {
        web_address::site(&self.url)
    }

    /// Returns the request that carries a message.
    pub fn request(&self, message: &NotifyMessage) -> WebRequest {
        let (url, token) = (self.url.as_str(), self.token.as_str());
        match self.form {
            WebhookForm::Json => post(url.to_owned(), &message.to_json(), web_exchange::authorization(token)),
            WebhookForm::Ntfy => ntfy::request(url, token, message),
            WebhookForm::Gotify => gotify::request(url, token, message),
            WebhookForm::Apprise => apprise::request(url, token, message),
            WebhookForm::Slack => slack::request(url, message),
            WebhookForm::Discord => discord::request(url, message),
            WebhookForm::Telegram => telegram::request(url, token, message),
        }
    }

    /// Returns the meaning of an answer.
    pub fn judge(&self, answer: &WebAnswer) -> DeliveryOutcome {
        let outcome = web_exchange::judge(answer, &secret_parts(&self.url, &self.token));
        if outcome != DeliveryOutcome::Delivered {
            return outcome;
        }
        let object = || serde_json::from_slice::<Value>(&answer.body).ok();
        let has_id = || object().is_some_and(|body| body.get("id").is_some());
        let is_taken = match self.form {
            WebhookForm::Json => true,
            WebhookForm::Ntfy | WebhookForm::Gotify | WebhookForm::Discord => has_id(),
            WebhookForm::Apprise if answer.status == 204 => {
                let error = "HTTP 204: nothing is set up under this key; check the address".into();
                return DeliveryOutcome::Misconfigured { error };
            }
            WebhookForm::Apprise | WebhookForm::Slack => !is_page(answer),
            WebhookForm::Telegram => object().is_some_and(|body| body.get("ok") == Some(&Value::Bool(true))),
        };
        if is_taken {
            return DeliveryOutcome::Delivered;
        }
        // As a login page between here and the service gives it.
        let error = format!("HTTP {}, but not the answer of {}; check the address", answer.status, self.form.as_str());
        DeliveryOutcome::Later { wait: None, error }
    }
}

/// True for a page for people.
fn is_page(answer: &WebAnswer) -> bool {
    answer.content_type.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
}

/// A request with an object as its body.
fn post(url: String, object: &Value, header: Option<(&'static str, String)>) -> WebRequest {
    let mut headers = vec![("Content-Type", "application/json".to_owned()), ("Accept", "application/json".to_owned())];
    headers.extend(header);
    WebRequest { method: WebMethod::Post, url, headers, body: object.to_string() }
}

#[cfg(test)]
mod tests;
