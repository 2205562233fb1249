//! Slack, as "Sending messages using incoming webhooks" of 2026 describes: an object with `text`, in which `&`, `<` and
//! `>` are entities. Mattermost and Rocket.Chat take the same.

use serde_json::json;

use super::post;
use crate::codec::{notify_message::NotifyMessage, web_exchange::WebRequest};

/// Longer texts are cut by Slack.
const MAX_CHARS: usize = 4_000;

pub(super) fn request(url: &str, message: &NotifyMessage) -> WebRequest {
    let text = message.text(MAX_CHARS).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    post(url.to_owned(), &json!({ "text": text }), None)
}
