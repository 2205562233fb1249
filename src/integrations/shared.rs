//! Types between the hub, which knows the line, and the fronts, which tell other programs of it.

use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::metrics::MetricsRegistry;
use crate::model::{
    state::{OutageState, StateDocument},
    time::Timestamp,
};

/// Messages that a front may fall behind by before it misses some.
pub const BACKLOG: usize = 64;

/// One state document and its JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSnapshot {
    /// The document.
    pub document: StateDocument,
    /// The document as `codec::state_json` spells it, on one line.
    pub json: Arc<str>,
}

/// Kind of an event that is told by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// An outage began.
    OutageStarted,
    /// An outage ended.
    OutageEnded,
    /// A test that was asked for is done.
    TestFinished,
    /// An analysis that was asked for is done.
    AnalysisFinished,
}

impl EventKind {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::OutageStarted, Self::OutageEnded, Self::TestFinished, Self::AnalysisFinished];

    /// The word in JSON and in event streams.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutageStarted => "outage_started",
            Self::OutageEnded => "outage_ended",
            Self::TestFinished => "test_finished",
            Self::AnalysisFinished => "analysis_finished",
        }
    }
}

/// A message to every front.
#[derive(Debug, Clone, PartialEq)]
pub enum Published {
    /// The state after a change or a cycle.
    State(Arc<StateSnapshot>),
    /// An event, with its JSON text on one line.
    Event(EventKind, Arc<str>),
}

/// Begin or end of a period, as a client gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// An instant.
    Time(Timestamp),
    /// Begin of a day in the time zone of this computer.
    Date(NaiveDate),
}

/// Period of time; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// Begin, itself included.
    pub from: Option<Bound>,
    /// End, itself excluded.
    pub to: Option<Bound>,
}

/// Reason for which a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A test or an analysis is under way; one of each runs at a time.
    #[error("one is already running; try again when it has finished")]
    Busy,
    /// The monitor does not measure now, and why: it is paused or is stopping.
    #[error("{0}")]
    NotNow(String),
    /// The period cannot be used: its end is not after its begin.
    #[error("{0}")]
    BadPeriod(String),
    /// The logs could not be read.
    #[error("{0}")]
    Failed(String),
}

/// Sender of the answer to one request. A receiver that is gone needs no answer.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// A request of a front. The hub answers each one exactly once.
#[derive(Debug)]
pub enum Request {
    /// Measure now. The answer is the state after the cycle, which comes also in the event `test_finished`.
    RunTest(Reply<Arc<StateSnapshot>>),
    /// Compute the figures of a period. The answer is the JSON text of `netlog analyze --json`.
    Analyze(Period, Reply<Arc<str>>),
    /// Read the outages that lie in a period at least in part. The answer is in time order.
    Outages(Period, Reply<Vec<OutageState>>),
}

/// Hub as a front sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Current state.
    pub state: watch::Receiver<Arc<StateSnapshot>>,
    /// Channel at which fronts subscribe to messages.
    pub events: broadcast::Sender<Published>,
    /// Counters and histograms since the start of the monitor.
    pub metrics: Arc<Mutex<MetricsRegistry>>,
    /// Channel to which fronts send requests.
    pub requests: mpsc::Sender<Request>,
}

/// Ends of the same channels that the hub keeps.
#[derive(Debug)]
pub struct HubEnds {
    /// Channel into which the hub puts the current state.
    pub state: watch::Sender<Arc<StateSnapshot>>,
    /// Requests of all fronts, in the order they came.
    pub requests: mpsc::Receiver<Request>,
}

impl Shared {
    /// Returns a hub's two sides, with `first` as the current state.
    pub fn new(first: Arc<StateSnapshot>, metrics: MetricsRegistry) -> (Self, HubEnds) {
        let (state_sender, state) = watch::channel(first);
        let (events, _) = broadcast::channel(BACKLOG);
        let (requests, receiver) = mpsc::channel(BACKLOG);
        let shared = Self { state, events, metrics: Arc::new(Mutex::new(metrics)), requests };
        (shared, HubEnds { state: state_sender, requests: receiver })
    }
}
