//! Discord, as "Execute Webhook" of its API documentation of 2026 (version 10) describes: an embed of a title of at most
//! 256 characters and a description of at most 4,096; `wait=true` has the server confirm the message with its `id`.

use serde_json::json;

use super::post;
use crate::codec::{
    json_value::time,
    notify_message::{MessageLevel, NotifyMessage, cut},
    web_exchange::WebRequest,
};

pub(super) fn request(url: &str, message: &NotifyMessage) -> WebRequest {
    let color = match message.level {
        MessageLevel::Info => 0x3b_82_f6,
        MessageLevel::Resolved => 0x22_c5_5e,
        MessageLevel::Warning => 0xf5_9e_0b,
        MessageLevel::Critical => 0xdc_26_26,
    };
    let object = json!({
        // Nobody is called by a text that looks like a name.
        "allowed_mentions": { "parse": [] },
        "embeds": [{
            "title": cut(&plain(&message.title), 256),
            "description": cut(&plain(&message.body), 4_096),
            "timestamp": time(message.time),
            "color": color,
        }],
    });
    let has_wait = url.split_once('?').is_some_and(|(_, query)| query.split('&').any(|part| part == "wait=true"));
    let mark = if url.contains('?') { '&' } else { '?' };
    let url = if has_wait { url.to_owned() } else { format!("{url}{mark}wait=true") };
    post(url, &object, None)
}

/// The text with the marks of Markdown disarmed.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '#' | '[' | ']') {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}
