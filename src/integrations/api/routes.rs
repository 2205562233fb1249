//! Paths of the local API and what each answers.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, Request as HttpRequest, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use hyper::body::Body as _;
use serde_json::{Value, json};
use tokio::{sync::oneshot, time::timeout};

use super::{
    MAX_BODY, OPENAPI,
    fault::Fault,
    guard::{self, HEALTH},
    query,
    stream::Streams,
};
use crate::{
    clock,
    codec::{exposition::Exposition, state_json},
    integrations::{
        exposed,
        shared::{Reply, Request, Shared, StateSnapshot},
    },
    model::{time::Timestamp, verdict::Status},
};

const STATE: &str = "/api/v1/state";
const EVENTS: &str = "/api/v1/events";
const OUTAGES: &str = "/api/v1/outages";
const TEST: &str = "/api/v1/test";
const ANALYZE: &str = "/api/v1/analyze";
const DESCRIPTION: &str = "/api/v1/openapi.json";
const METRICS: &str = "/metrics";

/// Longest time for which a body may arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Longest time for which the hub may work at an answer.
const ANSWER_TIME: Duration = Duration::from_mins(2);

/// State that all requests have in common.
pub(super) struct Front {
    /// The hub.
    pub(super) shared: Shared,
    /// Clients of the event stream.
    pub(super) streams: Streams,
    /// Metrics also under the names of `smokeping_prober`.
    pub(super) with_smokeping: bool,
}

/// Returns all paths, each with its method and what answers.
pub(super) fn routes() -> [(&'static str, &'static str, MethodRouter<Arc<Front>>); 8] {
    [
        ("GET", STATE, get(state)),
        ("GET", EVENTS, get(events)),
        ("GET", OUTAGES, get(outages)),
        ("POST", TEST, post(test)),
        ("POST", ANALYZE, post(analyze)),
        ("GET", DESCRIPTION, get(|| async { json_text(OPENAPI) })),
        ("GET", METRICS, get(metrics)),
        ("GET", HEALTH, get(|| async { "ok" })),
    ]
}

/// Returns the paths. The guard stands before them.
pub(super) fn router(front: Arc<Front>) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, (_, path, method)| router.route(path, method));
    router
        .fallback(|| async { Fault::UnknownPath })
        .method_not_allowed_fallback(|| async { Fault::WrongMethod })
        .with_state(front)
}

async fn state(State(front): State<Arc<Front>>) -> Response {
    let snapshot = Arc::clone(&front.shared.state.borrow());
    json_text(snapshot.json.as_bytes().to_vec())
}

/// The head alone: the server goes on with the stream.
async fn events(State(front): State<Arc<Front>>) -> Result<Response, Fault> {
    let busy = || Fault::Unavailable("all places of the event stream are taken".into());
    let place = front.streams.place().ok_or_else(busy)?;
    let mut response = typed("text/event-stream", Body::empty());
    response.extensions_mut().insert(place);
    Ok(response)
}

async fn outages(State(front): State<Arc<Front>>, uri: Uri) -> Result<Response, Fault> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|_unreadable| Fault::BadInput("the query cannot be read".into()))?;
    let period = query::period_of_query(&pairs).map_err(Fault::BadInput)?;
    let outages = front.ask(|reply| Request::Outages(period, reply)).await?;
    let outages: Vec<Value> = outages.iter().map(state_json::outage).collect();
    Ok(json_text(json!({ "outages": outages }).to_string()))
}

async fn test(State(front): State<Arc<Front>>, request: HttpRequest) -> Result<Response, Fault> {
    let body = read(request).await?;
    query::object(&body, &[]).map_err(Fault::BadInput)?;
    let snapshot = front.ask(Request::RunTest).await?;
    Ok(json_text(test_result(&snapshot).to_string()))
}

async fn analyze(State(front): State<Arc<Front>>, request: HttpRequest) -> Result<Response, Fault> {
    let body = read(request).await?;
    let now: Timestamp = clock::now().wall;
    let period = query::period_of_body(&body, now).map_err(Fault::BadInput)?;
    let json = front.ask(|reply| Request::Analyze(period, reply)).await?;
    Ok(json_text(json.as_bytes().to_vec()))
}

async fn metrics(State(front): State<Arc<Front>>, headers: HeaderMap) -> Result<Response, Fault> {
    let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let form = Exposition::of_accept(&accept.join(","));
    let snapshot = Arc::clone(&front.shared.state.borrow());
    let families = {
        let metrics = front.shared.metrics.lock();
        let mut metrics = metrics.map_err(|_poisoned| Fault::Unavailable("the counters are lost".into()))?;
        metrics.count_samples();
        exposed::families(&snapshot.document, &metrics, front.with_smokeping)
    };
    Ok(typed(form.content_type(), form.render(&families)))
}

impl Front {
    /// Has the hub answer.
    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let sent = self.shared.requests.try_send(request(reply));
        sent.map_err(|_full| Fault::Unavailable("the monitor takes no requests now".into()))?;
        match timeout(ANSWER_TIME, answer).await {
            Ok(Ok(answer)) => answer.map_err(Fault::from),
            Ok(Err(_gone)) => Err(Fault::Unavailable("the monitor stops".into())),
            Err(_elapsed) => Err(Fault::Unavailable("the monitor did not answer in time".into())),
        }
    }
}

/// Result of a test with the state after it.
fn test_result(snapshot: &StateSnapshot) -> Value {
    let state = state_json::to_json(&snapshot.document);
    let part = |name: &str| state.get(name).cloned().unwrap_or_default();
    json!({
        "ok": snapshot.document.status == Some(Status::Ok),
        "status": part("status"),
        "root_cause": part("root_cause"),
        "fault_domain": part("fault_domain"),
        "state": state,
    })
}

/// Reads a JSON body of at most [`MAX_BODY`] within [`BODY_TIME`].
async fn read(request: HttpRequest) -> Result<Bytes, Fault> {
    guard::check_type(request.headers())?;
    let mut body = request.into_body();
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(Fault::TooLarge);
    }
    let read = async {
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let frame = frame.map_err(|_broken| Fault::BadInput("the body broke off".into()))?;
            let Some(data) = frame.data_ref() else { continue };
            if bytes.len() + data.len() > MAX_BODY {
                return Err(Fault::TooLarge);
            }
            bytes.extend_from_slice(data);
        }
        Ok(bytes.into())
    };
    timeout(BODY_TIME, read).await.unwrap_or(Err(Fault::Slow))
}

fn json_text(text: impl Into<Body>) -> Response {
    typed("application/json", text)
}

fn typed(kind: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body.into()).into_response()
}
