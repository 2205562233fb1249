//! Gotify, as its API description 2.0 (server 2.6, 2025) has it: `POST /message` with the token of an application in
//! the header `X-Gotify-Key`.

use serde_json::json;

use super::post;
use crate::codec::{
    notify_message::{MessageLevel, NotifyMessage},
    web_exchange::WebRequest,
};

pub(super) fn missing(token: &str) -> Option<&'static str> {
    token.is_empty().then_some("the token of the application is missing; write gotify URL TOKEN")
}

pub(super) fn request(url: &str, token: &str, message: &NotifyMessage) -> WebRequest {
    let priority = match message.level {
        MessageLevel::Info => 2,
        MessageLevel::Resolved | MessageLevel::Warning => 5,
        MessageLevel::Critical => 8,
    };
    let server = url.trim_end_matches('/');
    let url = if server.ends_with("/message") { server.to_owned() } else { format!("{server}/message") };
    let object = json!({
        "title": message.title,
        "message": message.body,
        "priority": priority,
        "extras": { "client::display": { "contentType": "text/plain" } },
    });
    post(url, &object, Some(("X-Gotify-Key", token.to_owned())))
}
