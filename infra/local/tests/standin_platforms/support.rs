//! Clocks that a test moves, and a listener in Earshot's place.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use earshot::standin::Clocks;
use serde_json::Value;

/// Two clocks that stand still until they are moved.
#[derive(Clone)]
pub(crate) struct Time {
    real: Arc<Mutex<DateTime<Utc>>>,
    chat: Arc<Mutex<DateTime<Utc>>>,
}

fn read(clock: &Mutex<DateTime<Utc>>) -> DateTime<Utc> {
    *clock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set(clock: &Mutex<DateTime<Utc>>, by: TimeDelta) {
    let mut now = clock.lock().unwrap_or_else(PoisonError::into_inner);
    *now += by;
}

impl Time {
    pub(crate) fn new() -> Self {
        let start = DateTime::from_timestamp(1_795_550_400, 0).unwrap_or_default();
        Self { real: Arc::new(Mutex::new(start)), chat: Arc::new(Mutex::new(start)) }
    }

    pub(crate) fn clocks(&self) -> Clocks {
        let (real, chat) = (Arc::clone(&self.real), Arc::clone(&self.chat));
        Clocks { real: Arc::new(move || read(&real)), chat: Arc::new(move || read(&chat)) }
    }

    pub(crate) fn real(&self) -> DateTime<Utc> {
        read(&self.real)
    }

    /// Real time passes.
    pub(crate) fn pass(&self, ms: i64) {
        set(&self.real, TimeDelta::milliseconds(ms));
    }

    /// The chat's clock is moved.
    pub(crate) fn move_chat(&self, by: TimeDelta) {
        set(&self.chat, by);
    }
}

/// What the listener received.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A field of a form.
    pub(crate) fn field(&self, name: &str) -> String {
        form_urlencoded::parse(&self.body)
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.into_owned())
            .unwrap_or_default()
    }

    /// The JSON in a form's `payload`.
    pub(crate) fn payload(&self) -> Value {
        serde_json::from_str(&self.field("payload")).unwrap_or_default()
    }
}

#[derive(Default)]
struct Script {
    heard: Vec<Heard>,
    answers: VecDeque<(u16, Value)>,
}

/// Stands where Earshot would: writes down what it hears, and answers as it was told, else 200 `{}`.
#[derive(Clone)]
pub(crate) struct Ear {
    script: Arc<Mutex<Script>>,
    pub(crate) url: String,
}

impl Ear {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let script = Arc::new(Mutex::new(Script::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = Router::new().fallback(hear).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { script, url })
    }

    pub(crate) fn will_answer(&self, status: u16, body: Value) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).answers.push_back((status, body));
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).heard.clone()
    }

    pub(crate) fn last(&self) -> anyhow::Result<Heard> {
        self.heard().pop().ok_or_else(|| anyhow::anyhow!("nothing was heard"))
    }
}

async fn hear(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 4 << 20).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
    script.heard.push(Heard {
        path: parts.uri.path().into(),
        query: parts.uri.query().unwrap_or_default().into(),
        headers: parts.headers,
        body,
    });
    let (status, body) = script.answers.pop_front().unwrap_or((200, serde_json::json!({})));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        Value::Null => status.into_response(),
        Value::String(text) => (status, text).into_response(),
        json => (status, axum::Json(json)).into_response(),
    }
}

/// A client like the production one, but with a patience that suits a test.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?)
}

/// A text of `n` characters.
pub(crate) fn long(n: usize) -> String {
    "é".repeat(n)
}
