//! ntfy, as its page "Publishing" of 2026 describes: an object with the topic, posted to the root of the server.

use serde_json::json;

use super::post;
use crate::codec::{
    notify_message::{MessageLevel, NotifyMessage, cut},
    web_exchange::{WebRequest, authorization},
};

/// A longer message is turned into a file by the server (4,096 bytes; characters take up to four).
const MAX_BYTES: usize = 4_000;

pub(super) fn missing(url: &str) -> Option<&'static str> {
    (topic(url).is_none()).then_some("the address ends with no topic; write https://ntfy.sh/TOPIC")
}

/// Server with its last `/`, and topic: letters, digits, `-` and `_`, at most 64.
fn topic(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let slash = start + url.get(start..)?.rfind('/')?;
    let (server, topic) = (url.get(..=slash)?, url.get(slash + 1..)?);
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    ((1..=64).contains(&topic.len()) && topic.bytes().all(is_inner)).then_some((server, topic))
}

pub(super) fn request(url: &str, token: &str, message: &NotifyMessage) -> WebRequest {
    let (server, topic) = topic(url).unwrap_or((url, ""));
    let (priority, tag) = match message.level {
        MessageLevel::Info => (2, "information_source"),
        MessageLevel::Resolved => (3, "white_check_mark"),
        MessageLevel::Warning => (3, "warning"),
        MessageLevel::Critical => (4, "rotating_light"),
    };
    let mut chars = message.body.chars().count();
    let mut body = cut(&message.body, chars);
    while body.len() > MAX_BYTES {
        chars = chars.saturating_sub(1 + (body.len() - MAX_BYTES) / 4);
        body = cut(&message.body, chars);
    }
    let object = json!({
        "topic": topic,
        "title": message.title,
        "message": body,
        "priority": priority,
        "tags": [tag],
    });
    post(server.to_owned(), &object, authorization(token))
}
