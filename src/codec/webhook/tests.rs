//! Requests and answers of every form.

use serde_json::json;

use super::*;
use crate::codec::notify_message::MessageLevel;

fn request(line: &str) -> (WebRequest, Value) {
    let request = line.parse::<Webhook>().unwrap().request(&NotifyMessage::example());
    let body = serde_json::from_str(&request.body).unwrap();
    assert_eq!(WebMethod::Post, request.method);
    assert_eq!(Some("application/json"), header(&request, "Content-Type"));
    (request, body)
}

fn header<'a>(request: &'a WebRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

#[test]
fn own_json_is_the_message_itself() {
    let (request, body) = request("json https://x.example/hook user:pass");
    assert_eq!("https://x.example/hook", request.url);
    assert_eq!(NotifyMessage::example().to_json(), body);
    assert_eq!(Some("Basic dXNlcjpwYXNz"), header(&request, "Authorization"));
}

#[test]
fn ntfy_takes_the_topic_in_the_object() {
    let (request, body) = request("ntfy https://ntfy.sh/my_topic tk_1");
    assert_eq!("https://ntfy.sh/", request.url);
    assert_eq!(Some("Bearer tk_1"), header(&request, "Authorization"));
    let expected = json!({
        "topic": "my_topic", "title": NotifyMessage::example().title, "message": NotifyMessage::example().body, "priority": 3,
        "tags": ["white_check_mark"],
    });
    assert_eq!(expected, body);
    let long = NotifyMessage { body: "ä".repeat(9_000), level: MessageLevel::Critical, ..NotifyMessage::example() };
    let request = "ntfy https://ntfy.sh/t".parse::<Webhook>().unwrap().request(&long);
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let text = body["message"].as_str().unwrap();
    assert!(text.len() <= 4_000 && text.len() > 3_900 && text.ends_with('…'), "{}", text.len());
    assert_eq!(4, body["priority"]);
}

#[test]
fn gotify_takes_the_token_in_a_header() {
    for url in ["https://g.example", "https://g.example/", "https://g.example/message"] {
        let (request, body) = request(&format!("gotify {url} AbC"));
        assert_eq!("https://g.example/message", request.url);
        assert_eq!(Some("AbC"), header(&request, "X-Gotify-Key"));
        assert_eq!(
            (5, NotifyMessage::example().body.as_str()),
            (body["priority"].as_i64().unwrap(), body["message"].as_str().unwrap())
        );
    }
}

#[test]
fn apprise_takes_a_type() {
    let (request, body) = request("apprise http://apprise:8000/notify/home");
    assert_eq!("http://apprise:8000/notify/home", request.url);
    assert_eq!(
        json!({ "title": NotifyMessage::example().title, "body": NotifyMessage::example().body, "type": "success", "format": "text" }),
        body
    );
    assert_eq!(Some(NotifyMessage::example().id.as_str()), header(&request, "X-Apprise-ID"));
}

#[test]
fn slack_takes_entities() {
    let (request, body) = request("slack https://hooks.slack.com/services/T0/B0/XX");
    assert_eq!("https://hooks.slack.com/services/T0/B0/XX", request.url);
    let text = "[home] Internet back after 1 min 34 s\n\nFault: Access line &lt;a&gt; &amp; *b*";
    assert_eq!(json!({ "text": text }), body);
}

#[test]
fn discord_calls_nobody_and_confirms() {
    let (request, body) = request("discord https://discord.com/api/webhooks/1/S3cret");
    assert_eq!("https://discord.com/api/webhooks/1/S3cret?wait=true", request.url);
    assert_eq!(json!({ "parse": [] }), body["allowed_mentions"]);
    assert_eq!("Fault: Access line \\<a\\> & \\*b\\*", body["embeds"][0]["description"]);
    assert_eq!("2026-11-29T01:02:03.500Z", body["embeds"][0]["timestamp"]);
    let (request, _) = self::request("discord https://discord.com/api/webhooks/1/S3cret?thread_id=5");
    assert!(request.url.ends_with("?thread_id=5&wait=true"), "{}", request.url);
}

#[test]
fn telegram_takes_the_token_in_the_path() {
    for line in [
        "telegram https://api.telegram.org/?chat_id=-100123 12:Ab_c-D",
        "telegram https://api.telegram.org?chat_id=-100123 12:Ab_c-D",
        "telegram https://api.telegram.org/bot12:Ab_c-D/sendMessage?chat_id=-100123",
    ] {
        let (request, body) = request(line);
        assert_eq!("https://api.telegram.org/bot12:Ab_c-D/sendMessage", request.url);
        assert_eq!(json!(-100_123), body["chat_id"]);
        assert_eq!(NotifyMessage::example().text(4_096), body["text"].as_str().unwrap());
    }
    let (_, body) = request("telegram https://api.telegram.org/?chat_id=%40channel 12:Ab");
    assert_eq!("@channel", body["chat_id"]);
}

#[test]
fn lines_with_faults_are_refused_without_being_quoted() {
    for line in [
        "smoke https://x.example/S3cret",
        "https://x.example/S3cret json",
        "ntfy https://ntfy.sh/ S3cret",
        "ntfy https://S3cret",
        "gotify https://g.example/S3cret",
        "apprise http://apprise:8000/S3cret",
        "slack https://hooks.slack.com/S3cret tok",
        "telegram https://api.telegram.org/S3cret 12:Ab",
        "telegram https://api.telegram.org/?chat_id=1 S3cret",
        "telegram https://api.telegram.org/?chat_id=1",
    ] {
        let error = line.parse::<Webhook>().unwrap_err().to_string();
        assert!(!error.contains("S3cret"), "{error}");
        assert!(error.contains("write"), "no remedy: {error}");
    }
}

#[test]
fn nothing_shows_a_secret() {
    for line in [
        "json https://x.example/S3cret S3cret",
        "telegram https://api.telegram.org/bot12:S3cret/sendMessage?chat_id=1",
        "slack https://hooks.slack.com/services/S3cret",
    ] {
        let webhook: Webhook = line.parse().unwrap();
        let shown = format!("{webhook:?} {:?}", webhook.request(&NotifyMessage::example()));
        assert!(!shown.contains("S3cret") && shown.contains(&webhook.site()), "{shown}");
    }
}

#[test]
fn answers_are_those_of_the_service() {
    let outcome = |line: &str, status: u16, kind: &str, body: &str| {
        let answer = WebAnswer { status, content_type: Some(kind.into()), body: body.into(), ..WebAnswer::default() };
        line.parse::<Webhook>().unwrap().judge(&answer)
    };
    let (ntfy, gotify) = ("ntfy https://n.example/t", "gotify https://g.example T");
    let (apprise, slack) = ("apprise http://a/notify/k", "slack https://s.example/x");
    let (discord, telegram) = ("discord https://d.example/x", "telegram https://t.example/?chat_id=1 1:A");
    for (line, status, kind, body) in [
        ("json http://x", 204, "", ""),
        ("json http://x", 200, "text/html", "<p>taken"),
        (ntfy, 200, "application/json", r#"{"id":"x","event":"message"}"#),
        (gotify, 200, "application/json", r#"{"id":1}"#),
        (apprise, 200, "application/json", r#"{"error":null,"details":[]}"#),
        (slack, 200, "text/html; charset=x", ""),
        (slack, 200, "text/plain", "ok"),
        (discord, 200, "application/json", r#"{"id":"1"}"#),
        (telegram, 200, "application/json", r#"{"ok":true,"result":{}}"#),
    ] {
        let is_page = kind.starts_with("text/html") && line == slack;
        assert_eq!(!is_page, outcome(line, status, kind, body) == DeliveryOutcome::Delivered, "{line} {body}");
    }
    for line in [ntfy, gotify, apprise, slack, discord, telegram] {
        let login = outcome(line, 200, "text/html", "<html>log in");
        assert!(matches!(login, DeliveryOutcome::Later { .. }), "{line}: {login:?}");
    }
    assert!(matches!(outcome(apprise, 204, "", ""), DeliveryOutcome::Misconfigured { .. }));
    assert!(matches!(outcome(apprise, 424, "", ""), DeliveryOutcome::Later { .. }));
}
