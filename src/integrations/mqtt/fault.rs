//! Failures of the connection to the broker: what is told of them, and when it is tried again.

use std::{io::ErrorKind, time::Duration};

use rumqttc::{ConnectReturnCode, ConnectionError, StateError, TlsError, mqttbytes};

use crate::integrations::sink_status::{back_off, shown_error};

/// Shortest and longest time between two tries.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Time between two tries while the broker refuses the user: many brokers lock out who tries often.
const REFUSED: Duration = Duration::from_mins(5);
/// Connection after which the next failure counts as the first.
const LASTED: Duration = Duration::from_mins(1);

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerFault {
    /// Text with the remedy, without secrets.
    pub text: String,
    /// True when the broker does not let this user in, which trying again seldom mends.
    pub is_refused: bool,
}

impl BrokerFault {
    /// A failure that is tried again soon.
    pub fn new(text: impl std::fmt::Display) -> Self {
        Self { text: shown_error(text), is_refused: false }
    }

    /// The failure that the client reports.
    pub fn of(error: &ConnectionError) -> Self {
        match error {
            ConnectionError::ConnectionRefused(code) => refusal(*code),
            ConnectionError::Io(e) => Self::new(format_args!("broker not reached: {e}")),
            ConnectionError::Tls(e) => Self::new(tls(e)),
            ConnectionError::NetworkTimeout => Self::new("the broker does not answer; check mqtt_url"),
            ConnectionError::FlushTimeout => Self::new("the broker takes no more data"),
            ConnectionError::MqttState(e) => Self::new(state(e)),
            ConnectionError::NotConnAck(_) => Self::new("the server answers, but speaks no MQTT; check mqtt_url"),
            e => Self::new(e),
        }
    }
}

fn refusal(code: ConnectReturnCode) -> BrokerFault {
    match code {
        ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => BrokerFault {
            text: "the broker refuses the user or the password; check mqtt_user and the secret mqtt_password".into(),
            is_refused: true,
        },
        ConnectReturnCode::BadClientId => BrokerFault {
            text: "the broker refuses the client identifier netlog_SITE; check site".into(),
            is_refused: true,
        },
        ConnectReturnCode::RefusedProtocolVersion => {
            BrokerFault { text: "the broker does not speak MQTT 3.1.1".into(), is_refused: true }
        }
        ConnectReturnCode::ServiceUnavailable => BrokerFault::new("the broker is not available now"),
        ConnectReturnCode::Success => BrokerFault::new("the broker ended the connection"),
    }
}

fn tls(error: &TlsError) -> String {
    let text = error.to_string();
    let remedy = if text.contains("UnknownIssuer") {
        "; set mqtt_ca_file to the certificate of its authority"
    } else if text.contains("NotValidForName") || text.contains("not valid for name") {
        "; use a name in mqtt_url that the certificate of the broker holds"
    } else if text.contains("InvalidContentType") || text.contains("corrupt message") {
        "; the port of mqtt_url may be the one without TLS"
    } else {
        ""
    };
    format!("{}{remedy}", text.trim_start_matches("I/O: "))
}

fn state(error: &StateError) -> String {
    match error {
        StateError::Deserialization(mqttbytes::Error::PayloadSizeLimitExceeded(size)) => {
            format!("the broker sent a packet of {size} bytes, which is too large")
        }
        // Of the decoder: the connection ended within a packet.
        StateError::Deserialization(mqttbytes::Error::Io(e)) if e.kind() == ErrorKind::Other => {
            "the server ended the connection within a packet and may speak no MQTT; check mqtt_url".to_owned()
        }
        StateError::Deserialization(mqttbytes::Error::Io(e)) | StateError::Io(e)
            if e.kind() == ErrorKind::ConnectionReset =>
        {
            "the server closed the connection; if its port is one for TLS, begin mqtt_url with mqtts://".to_owned()
        }
        StateError::Deserialization(mqttbytes::Error::Io(e)) | StateError::Io(e) => {
            format!("the connection broke: {e}")
        }
        StateError::Deserialization(e) => format!("the server answers, but speaks no MQTT: {e}; check mqtt_url"),
        StateError::ConnectionAborted => {
            "the broker closed the connection; another program may use the same site".to_owned()
        }
        StateError::AwaitPingResp => "the broker does not answer any more".to_owned(),
        e => e.to_string(),
    }
}

/// Failures in a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Failures(u32);

impl Failures {
    /// Returns the time to wait after a failure of a connection that had lasted so long; `None` of one that never
    /// stood. `random` is in 0..=1.
    pub fn wait(&mut self, fault: &BrokerFault, lasted: Option<Duration>, random: f64) -> Duration {
        self.0 = if lasted.is_some_and(|lasted| lasted >= LASTED) { 1 } else { self.0.saturating_add(1) };
        if fault.is_refused {
            return REFUSED.mul_f64(1.0 - random.clamp(0.0, 1.0) / 10.0);
        }
        back_off(self.0, BACK_OFF.0, BACK_OFF.1, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_up_to_a_minute_and_begin_anew_after_a_connection_that_lasted() {
        let mut failures = Failures::default();
        let fault = BrokerFault::new("x");
        let waits: Vec<u64> = (0..9).map(|_| failures.wait(&fault, None, 0.0).as_secs()).collect();
        assert_eq!(vec![1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
        // One that ends at once, as when two programs take the same identifier from each other, mends nothing.
        assert_eq!(60, failures.wait(&fault, Some(Duration::from_secs(1)), 0.0).as_secs());
        assert_eq!(1, failures.wait(&fault, Some(LASTED), 0.0).as_secs());
        assert_eq!(Duration::from_secs(1), failures.wait(&fault, None, 1.0));
    }

    #[test]
    fn a_refused_user_is_tried_again_slowly() {
        for code in [ConnectReturnCode::NotAuthorized, ConnectReturnCode::BadUserNamePassword] {
            let fault = BrokerFault::of(&ConnectionError::ConnectionRefused(code));
            assert!(fault.text.contains("mqtt_password"), "{}", fault.text);
            let mut failures = Failures::default();
            assert!((270..=300).contains(&failures.wait(&fault, None, 0.5).as_secs()));
        }
    }

    #[test]
    fn faults_name_their_remedy() {
        let state = |error| BrokerFault::of(&ConnectionError::MqttState(error)).text;
        let large = StateError::Deserialization(mqttbytes::Error::PayloadSizeLimitExceeded(1 << 28));
        assert_eq!("the broker sent a packet of 268435456 bytes, which is too large", state(large));
        let garbage = StateError::Deserialization(mqttbytes::Error::MalformedPacket);
        assert!(state(garbage).contains("check mqtt_url"));
        let reset = StateError::Io(std::io::Error::from(ErrorKind::ConnectionReset));
        assert!(state(reset).contains("mqtts://"));
        let io = std::io::Error::from(ErrorKind::ConnectionRefused);
        let fault = BrokerFault::of(&ConnectionError::Io(io));
        assert!(fault.text.starts_with("broker not reached: ") && !fault.is_refused);
    }
}
