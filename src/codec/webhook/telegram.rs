//! Telegram, as the Bot API of 2026 (9.x) describes: `POST /bot<token>/sendMessage` with `chat_id` and `text` of at most
//! 4,096 characters. An error has `ok: false`, `description` and, for 429, `parameters.retry_after`.
//!
//! The chat is the `chat_id` of the address, the token the third word or the part of the address behind `/bot`.

use serde_json::{Value, json};

use super::post;
use crate::codec::{
    notify_message::{MessageLevel, NotifyMessage},
    web_exchange::WebRequest,
};

const MAX_CHARS: usize = 4_096;

pub(super) fn missing(url: &str, token: &str) -> Option<&'static str> {
    let (server, from_path, chat) = taken_apart(url);
    let token = if token.is_empty() { from_path } else { token };
    if chat.is_none_or(str::is_empty) {
        return Some("the chat is missing; write telegram https://api.telegram.org/?chat_id=CHAT TOKEN");
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":-_".contains(&byte);
    let is_token = token.contains(':') && token.bytes().all(is_allowed);
    let is_server = server.starts_with("http");
    (!is_token || !is_server)
        .then_some("the token of the bot is missing; write telegram https://api.telegram.org/?chat_id=CHAT TOKEN")
}

/// Server, token and chat of an address; an empty token where it has none.
fn taken_apart(url: &str) -> (&str, &str, Option<&str>) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let chat = query.split('&').find_map(|part| part.strip_prefix("chat_id="));
    let (server, token) = path.split_once("/bot").unwrap_or((path, ""));
    (server.trim_end_matches('/'), token.split('/').next().unwrap_or_default(), chat)
}

pub(super) fn request(url: &str, token: &str, message: &NotifyMessage) -> WebRequest {
    let (server, from_path, chat) = taken_apart(url);
    let token = if token.is_empty() { from_path } else { token };
    let chat = chat.unwrap_or_default().replace("%40", "@");
    let chat: Value = chat.parse::<i64>().map_or_else(|_name| Value::from(chat.as_str()), Value::from);
    let object = json!({
        "chat_id": chat,
        "text": message.text(MAX_CHARS),
        "disable_notification": message.level == MessageLevel::Info,
        "link_preview_options": { "is_disabled": true },
    });
    post(format!("{server}/bot{token}/sendMessage"), &object, None)
}
