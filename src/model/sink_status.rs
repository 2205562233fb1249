//! State of one receiver of what the monitor finds, as `netlog integrations status` and the window show it.

use super::time::Timestamp;

/// Sort of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SinkKind {
    /// Local HTTP API.
    Api,
    /// MQTT broker.
    Mqtt,
    /// Prometheus remote write.
    RemoteWrite,
    /// `InfluxDB` line protocol.
    Influx,
    /// Webhook.
    Webhook,
    /// Mail.
    Mail,
    /// Heartbeat URL.
    Heartbeat,
}

impl SinkKind {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::Api, Self::Mqtt, Self::RemoteWrite, Self::Influx, Self::Webhook, Self::Mail, Self::Heartbeat];

    /// Spelling in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Mqtt => "mqtt",
            Self::RemoteWrite => "remote_write",
            Self::Influx => "influx",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// State of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SinkState {
    /// Not set up.
    Off,
    /// Set up; nothing is to be sent.
    Idle,
    /// A delivery or a connection is in progress or in use.
    Working,
    /// Data wait for a later time: messages for the end of quiet hours, samples for a clock that is checked.
    Waiting,
    /// The last delivery or connection failed; it is tried again.
    Failing,
    /// Ended by an error that trying again cannot mend, as a wrong address; `error` names the remedy.
    Stopped,
}

impl SinkState {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::Off, Self::Idle, Self::Working, Self::Waiting, Self::Failing, Self::Stopped];

    /// Spelling in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Idle => "idle",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Failing => "failing",
            Self::Stopped => "stopped",
        }
    }
}

/// One receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct SinkStatus {
    /// Name, unique within the program: `mqtt`, `mail`, `webhook 2 (ntfy)`. Holds no secret.
    pub name: String,
    /// Sort.
    pub kind: SinkKind,
    /// State.
    pub state: SinkState,
    /// Time of the last delivery that the receiver confirmed since the program started; `None` before any.
    pub last_success: Option<Timestamp>,
    /// Samples, events or messages that wait for delivery.
    pub waiting: u64,
    /// Those the receiver refused for good, or that did not fit the queue, since the program started.
    pub refused: u64,
    /// Text of the last error, with its remedy where one is known; `None` after a success. Holds no secret.
    pub error: Option<String>,
}

impl SinkStatus {
    /// A receiver in this state that has delivered nothing yet.
    pub fn new(name: impl Into<String>, kind: SinkKind, state: SinkState) -> Self {
        Self { name: name.into(), kind, state, last_success: None, waiting: 0, refused: 0, error: None }
    }

    /// True while samples wait until the clock is checked.
    pub fn waits_for_clock(&self) -> bool {
        self.state == SinkState::Waiting && matches!(self.kind, SinkKind::RemoteWrite | SinkKind::Influx)
    }
}
