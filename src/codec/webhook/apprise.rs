//! Apprise API, as its `OpenAPI` description 1.4.0 of 2026 has it: `POST /notify/{key}` with title, body and type.
//! 204 says that nothing is set up under the key, 424 that a service behind it failed.

use serde_json::json;

use super::post;
use crate::codec::{
    notify_message::{MessageLevel, NotifyMessage},
    web_exchange::{WebRequest, authorization},
};

pub(super) fn missing(url: &str) -> Option<&'static str> {
    let key = url.split_once("/notify/").map(|(_, key)| key.trim_end_matches('/'));
    let has_key = key.is_some_and(|key| !key.is_empty());
    (!has_key).then_some("the address has no key; write http://HOST:8000/notify/KEY")
}

pub(super) fn request(url: &str, token: &str, message: &NotifyMessage) -> WebRequest {
    let kind = match message.level {
        MessageLevel::Info => "info",
        MessageLevel::Resolved => "success",
        MessageLevel::Warning => "warning",
        MessageLevel::Critical => "failure",
    };
    let object = json!({ "title": message.title, "body": message.body, "type": kind, "format": "text" });
    let mut request = post(url.to_owned(), &object, authorization(token));
    request.headers.push(("X-Apprise-ID", message.id.clone()));
    request
}
