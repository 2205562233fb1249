//! Heartbeats: the line that tells one, and the request that says that the monitor lives.
//!
//! A line is `FORM URL` or `FORM URL TOKEN`. All forms have a state: a request that passes while the line is down, as to
//! a server at home, says so.

use std::{fmt, str::FromStr, time::Duration};

use serde_json::Value;

use super::{
    web_address,
    web_exchange::{
        self, DeliveryOutcome, TargetError, WebAnswer, WebMethod, WebRequest, authorization, query_value, secret_parts,
    },
};

/// Form of the request that a service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeartbeatForm {
    /// healthchecks.io or a server of one's own.
    Healthchecks,
    /// Uptime Kuma, monitor of the type "Push".
    UptimeKuma,
    /// Gatus, external endpoint.
    Gatus,
}

impl HeartbeatForm {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] = &[Self::Healthchecks, Self::UptimeKuma, Self::Gatus];

    /// First word of a line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthchecks => "healthchecks",
            Self::UptimeKuma => "uptime-kuma",
            Self::Gatus => "gatus",
        }
    }
}

/// Content of a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// False while the line is down. Not monitored is not down.
    pub is_up: bool,
    /// One line about the state.
    pub text: String,
    /// Mean round-trip time to far hosts; `None` where it is not known.
    pub rtt: Option<Duration>,
}

/// Receiver of heartbeats.
#[derive(Clone, PartialEq, Eq)]
pub struct Heartbeat {
    form: HeartbeatForm,
    url: String,
    token: String,
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.form.as_str(), self.site())
    }
}

impl FromStr for Heartbeat {
    type Err = TargetError;

    /// # Errors
    ///
    /// If a word is missing or unknown, or the form needs more. Quotes nothing of the line.
    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parts = web_exchange::parts(line)?;
        let form = HeartbeatForm::ALL.iter().find(|form| form.as_str() == parts.form).copied();
        let names = || HeartbeatForm::ALL.iter().map(|form| form.as_str()).collect::<Vec<_>>().join(", ");
        let form = form.ok_or_else(|| TargetError::Form(names()))?;
        // The addresses that the services show end with values of their own.
        let url = parts.url.split('?').next().unwrap_or_default().trim_end_matches('/');
        let missing = match form {
            HeartbeatForm::Healthchecks if web_address::site(url) == url => {
                Some("the address has no path; write https://hc-ping.com/UUID")
            }
            HeartbeatForm::UptimeKuma if !url.contains("/api/push/") => {
                Some("the address is no push URL; write http://HOST:3001/api/push/TOKEN")
            }
            HeartbeatForm::Gatus if !url.contains("/api/v1/endpoints/") || !url.ends_with("/external") => {
                Some("the address is no external endpoint; write http://HOST:8080/api/v1/endpoints/KEY/external TOKEN")
            }
            HeartbeatForm::Gatus if parts.token.is_empty() => {
                Some("the token of the external endpoint is missing; write gatus URL TOKEN")
            }
            HeartbeatForm::Healthchecks | HeartbeatForm::UptimeKuma if !parts.token.is_empty() => {
                Some("the form has no token; write the address alone")
            }
            HeartbeatForm::Healthchecks | HeartbeatForm::UptimeKuma | HeartbeatForm::Gatus => None,
        };
        match missing {
            Some(missing) => Err(TargetError::Incomplete(missing)),
            None => Ok(Self { form, url: url.to_owned(), token: parts.token.to_owned() }),
        }
    }
}

impl Heartbeat {
    /// Form.
    pub fn form(&self) -> HeartbeatForm {
        self.form
    }

    /// Scheme, host and port, which hold no secret.
    pub fn site(&self) -> String {
        web_address::site(&self.url)
    }

    /// Returns the request.
    pub fn request(&self, pulse: &Pulse) -> WebRequest {
        match self.form {
            // As "Pinging API" of 2026 describes: POST to the address, or to it with `/fail`, with any text.
            HeartbeatForm::Healthchecks => WebRequest {
                method: WebMethod::Post,
                url: format!("{}{}", self.url, if pulse.is_up { "" } else { "/fail" }),
                headers: vec![("Content-Type", "text/plain; charset=utf-8".into())],
                body: pulse.text.clone(),
            },
            // As the route `/api/push/:pushToken` of release 2 (2026) takes it: status, msg, and ping in milliseconds.
            HeartbeatForm::UptimeKuma => {
                let status = if pulse.is_up { "up" } else { "down" };
                let ping = pulse.rtt.map(|rtt| format!("{:.1}", rtt.as_secs_f64() * 1e3)).unwrap_or_default();
                let url = format!("{}?status={status}&msg={}&ping={ping}", self.url, query_value(&pulse.text));
                WebRequest { method: WebMethod::Get, url, headers: Vec::new(), body: String::new() }
            }
            // As "External Endpoints" of its README of 2026 describes: success, error, and duration as Go spells it.
            HeartbeatForm::Gatus => {
                let error = if pulse.is_up { String::new() } else { format!("&error={}", query_value(&pulse.text)) };
                let duration = pulse.rtt.map(|rtt| format!("&duration={}us", rtt.as_micros())).unwrap_or_default();
                let url = format!("{}?success={}{error}{duration}", self.url, pulse.is_up);
                let headers = authorization(&self.token).into_iter().collect();
                WebRequest { method: WebMethod::Post, url, headers, body: String::new() }
            }
        }
    }

    /// Returns the meaning of an answer.
    pub fn judge(&self, answer: &WebAnswer) -> DeliveryOutcome {
        let outcome = web_exchange::judge(answer, &secret_parts(&self.url, &self.token));
        if outcome != DeliveryOutcome::Delivered {
            return outcome;
        }
        let error = match self.form {
            // hc-ping.com answers 200 in all these cases (2026).
            HeartbeatForm::Healthchecks => match String::from_utf8_lossy(&answer.body).trim() {
                "OK" | "Created" => return outcome,
                "OK (not found)" => {
                    let error = "no check has this address; copy its ping URL again".to_owned();
                    return DeliveryOutcome::Misconfigured { error };
                }
                "OK (rate limited)" => "not taken: too many heartbeats in a minute; raise heartbeat_interval_sec",
                _ => "not the answer of healthchecks; check the address",
            },
            HeartbeatForm::UptimeKuma => {
                let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
                if body.and_then(|body| body.get("ok").and_then(Value::as_bool)) == Some(true) {
                    return outcome;
                }
                "not taken; check that the monitor is active and of the type Push"
            }
            HeartbeatForm::Gatus => return outcome,
        };
        DeliveryOutcome::Later { wait: None, error: error.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: Pulse = Pulse { is_up: true, text: String::new(), rtt: Some(Duration::from_micros(12_340)) };

    fn down() -> Pulse {
        Pulse { is_up: false, text: "down: access line".into(), rtt: None }
    }

    fn url(line: &str, pulse: &Pulse) -> String {
        line.parse::<Heartbeat>().unwrap().request(pulse).url
    }

    #[test]
    fn each_form_says_the_state_in_its_own_way() {
        let line = "healthchecks https://hc-ping.com/5bf66975";
        assert_eq!("https://hc-ping.com/5bf66975", url(line, &UP));
        assert_eq!("https://hc-ping.com/5bf66975/fail", url(line, &down()));
        let line = "uptime-kuma https://k.example/api/push/tok?status=up&msg=OK&ping=";
        assert_eq!("https://k.example/api/push/tok?status=up&msg=&ping=12.3", url(line, &UP));
        assert_eq!("https://k.example/api/push/tok?status=down&msg=down%3A%20access%20line&ping=", url(line, &down()));
        let line = "gatus http://g:8080/api/v1/endpoints/home_line/external T";
        assert_eq!("http://g:8080/api/v1/endpoints/home_line/external?success=true&duration=12340us", url(line, &UP));
        let request = line.parse::<Heartbeat>().unwrap().request(&down());
        assert!(request.url.ends_with("?success=false&error=down%3A%20access%20line"), "{}", request.url);
        assert_eq!(vec![("Authorization", "Bearer T".to_owned())], request.headers);
    }

    #[test]
    fn lines_with_faults_are_refused_without_being_quoted() {
        for line in [
            "smoke https://x.example/S3cret",
            "healthchecks https://hc-ping.com/",
            "healthchecks https://hc-ping.com/S3cret tok",
            "uptime-kuma https://k.example/S3cret",
            "gatus http://g/api/v1/endpoints/S3cret/external",
            "gatus http://g/S3cret T",
        ] {
            let error = line.parse::<Heartbeat>().unwrap_err().to_string();
            assert!(!error.contains("S3cret") && error.contains("write"), "{error}");
        }
        let heartbeat: Heartbeat = "uptime-kuma https://k.example/api/push/S3cret".parse().unwrap();
        assert!(!format!("{heartbeat:?} {:?}", heartbeat.request(&UP)).contains("S3cret"));
    }

    #[test]
    fn uptime_kuma_says_ok() {
        let heartbeat: Heartbeat = "uptime-kuma https://k.example/api/push/S3cret".parse().unwrap();
        let judged =
            |status, body: &str| heartbeat.judge(&WebAnswer { status, body: body.into(), ..WebAnswer::default() });
        assert_eq!(DeliveryOutcome::Delivered, judged(200, r#"{"ok":true}"#));
        assert!(matches!(judged(200, "<html>"), DeliveryOutcome::Later { .. }));
        let missing = judged(404, r#"{"ok":false,"msg":"Monitor not found: S3cret"}"#);
        assert!(missing.error().is_some_and(|error| !error.contains("S3cret")), "{missing:?}");
    }

    #[test]
    fn healthchecks_says_ok_and_nothing_else() {
        let heartbeat: Heartbeat = "healthchecks https://hc-ping.com/x".parse().unwrap();
        let judged =
            |body: &str| heartbeat.judge(&WebAnswer { status: 200, body: body.into(), ..WebAnswer::default() });
        assert_eq!(DeliveryOutcome::Delivered, judged("OK"));
        assert_eq!(DeliveryOutcome::Delivered, judged("OK\n"));
        assert!(matches!(judged("OK (not found)"), DeliveryOutcome::Misconfigured { .. }));
        assert!(matches!(judged("OK (rate limited)"), DeliveryOutcome::Later { .. }));
        assert!(matches!(judged("<html>"), DeliveryOutcome::Later { .. }));
    }
}
