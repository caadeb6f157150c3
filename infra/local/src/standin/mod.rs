//! Stand-ins for X, Slack and Discord: small servers on the loopback which accept the calls that
//! Earshot's own clients make, keep the limits the platforms document, and act as people by sending
//! signed HTTP to Earshot's endpoints.
//!
//! They are strict rather than generous. Where a platform's pages leave a choice, the stand-in takes
//! the one that a wrong client cannot pass, and the item says so. None of them shares code with the
//! production clients or parsers: a mistake made twice would prove nothing.
//!
//! Two clocks, as everywhere in Earshot. The *chat's* clock stamps messages and may be moved; the
//! *real* one rules signatures, pacing, triggers and tokens. Both are given, so that a test can move
//! either.

pub mod discord;
pub mod slack;
pub mod x;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use axum::body::Body;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request as AxumRequest, State};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};

/// Tells the time. Given rather than read, so that a test or a rehearsal can move it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The two clocks that a stand-in lives by.
#[derive(Clone)]
pub struct Clocks {
    /// Rules signatures, pacing, triggers and tokens. Never sped up.
    pub real: Clock,
    /// Stamps messages and posts. A rehearsal may move it and speed it up.
    pub chat: Clock,
}

impl Clocks {
    /// Both clocks from one source.
    pub fn same(clock: Clock) -> Self {
        Self { real: Arc::clone(&clock), chat: clock }
    }
}

/// Somebody with an account on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The platform's own id: `U…` on Slack, a snowflake on Discord and X.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The name without spaces: Slack's `user_name`, Discord's `username`, X's `username` (no `@`).
    pub handle: String,
    /// An address of their picture.
    pub avatar: Option<String>,
}

impl Person {
    /// A person without a picture.
    pub fn new(id: &str, name: &str, handle: &str) -> Self {
        Self { id: id.into(), name: name.into(), handle: handle.into(), avatar: None }
    }
}

/// Who wrote a [`Message`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The platform's id of the author.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The name without spaces.
    pub handle: String,
    /// An address of their picture.
    pub avatar: Option<String>,
    /// Whether a program wrote it.
    pub bot: bool,
}

impl Author {
    fn of(person: &Person, bot: bool) -> Self {
        Self {
            id: person.id.clone(),
            name: person.name.clone(),
            handle: person.handle.clone(),
            avatar: person.avatar.clone(),
            bot,
        }
    }
}

/// One message as it stands in a room now, in one shape for all three platforms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// `slack`, `discord` or `x`.
    pub platform: &'static str,
    /// The channel's id; `timeline` on X. For a message in a thread, the thread's parent channel.
    pub channel: String,
    /// Slack: the parent's `ts`. Discord: the thread's channel id. X: the conversation's first post,
    /// for replies.
    pub thread: Option<String>,
    /// Slack's `ts`, else a snowflake.
    pub id: String,
    /// When it was posted, by the chat's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub author: Author,
    /// The JSON body as it was received; after an edit, with the edited fields replaced.
    pub payload: Value,
    /// Whether it was edited since.
    pub edited: bool,
    /// Whether it was removed. A removed message stays in the list, so that a test can see it go.
    pub deleted: bool,
    /// The only person who sees it.
    pub ephemeral_for: Option<String>,
    /// Everyone this message notified or would have notified, by id, over all its versions; also
    /// `@everyone` and `@here`. Empty is what a mirrored post must be.
    pub pings: Vec<String>,
}

fn rfc3339<S: Serializer>(at: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Something that changed in a room, for the stage's live page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new message.
    Posted {
        /// As it stands.
        message: Message,
    },
    /// A message changed.
    Edited {
        /// As it stands now.
        message: Message,
    },
    /// A message went.
    Deleted {
        /// As it stood.
        message: Message,
    },
    /// A thread was begun under a message.
    Thread {
        /// `discord`.
        platform: &'static str,
        /// The parent channel.
        channel: String,
        /// The thread's channel id.
        thread: String,
        /// The thread's name.
        name: String,
    },
    /// A member got or lost a role.
    Role {
        /// `discord`.
        platform: &'static str,
        /// The server.
        guild: String,
        /// The member.
        user: String,
        /// The role.
        role: String,
        /// Whether they have it now.
        has: bool,
    },
    /// A form, or Slack's App Home, is shown to somebody. `view: null` says that it closed.
    Form {
        /// `slack` or `discord`.
        platform: &'static str,
        /// Who sees it.
        user: String,
        /// The view or modal as the platform holds it.
        view: Value,
    },
}

/// One request that a stand-in received, with what it answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// When, by the real clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: DateTime<Utc>,
    /// `GET`, `POST`…
    pub method: String,
    /// The path as it was called, such as `/api/v10/channels/1/messages`.
    pub path: String,
    /// The query string, without the question mark.
    pub query: String,
    /// Headers in lower case; secrets are replaced by `***`.
    pub headers: BTreeMap<String, String>,
    /// The JSON body, a form as an object of strings, or `null`.
    pub body: Value,
    /// The status that was answered; nothing where the connection was dropped or left hanging.
    pub status: Option<u16>,
    /// The JSON that was answered.
    pub answer: Value,
    /// Whether the platform did what was asked (a dropped answer can still be a done deed).
    pub accepted: bool,
    /// The fault that was played, if one was.
    pub fault: Option<Fault>,
}

/// What a stand-in does wrong on command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Fault {
    /// 429 in the platform's own shape, with or without saying how long to wait.
    RateLimited {
        /// The hint; rounded up to whole seconds where the platform speaks in seconds.
        retry_after: Option<Duration>,
    },
    /// A 5xx with a body that is not JSON, as a proxy writes it.
    ServerError {
        /// 500, 502, 503…
        status: u16,
        /// Whether the deed was done all the same.
        accepted: bool,
    },
    /// The connection goes away without an answer.
    Drop {
        /// Whether the deed was done first.
        accepted: bool,
    },
    /// No answer until the caller gives up.
    Hang {
        /// Whether the deed was done first.
        accepted: bool,
    },
    /// Any other answer. See [`Fault::slack`], [`Fault::discord`] and [`Fault::x`].
    Answer {
        /// The status.
        status: u16,
        /// The JSON body.
        body: Value,
    },
}

impl Fault {
    /// Slack's way of failing: 200 with `ok: false` and a code, such as `is_archived`.
    pub fn slack(code: &str) -> Self {
        Self::Answer { status: 200, body: serde_json::json!({"ok": false, "error": code}) }
    }

    /// Discord's: a status with a numbered code, such as `(403, 50001, "Missing Access")`.
    pub fn discord(status: u16, code: u32, message: &str) -> Self {
        Self::Answer { status, body: serde_json::json!({"message": message, "code": code}) }
    }

    /// X's: a problem document.
    pub fn x(status: u16, title: &str, detail: &str) -> Self {
        Self::Answer {
            status,
            body: serde_json::json!({
                "title": title, "detail": detail, "type": "about:blank", "status": status
            }),
        }
    }
}

struct Planned {
    fault: Fault,
    left: usize,
    only: Option<String>,
}

/// How many requests and sent calls are remembered; older ones are forgotten, so that a stage left
/// running for a week stays small.
const REMEMBERED: usize = 50_000;

/// What every stand-in keeps: what it received, what is in its rooms, what goes wrong next.
pub struct Room {
    platform: &'static str,
    pub(crate) clocks: Clocks,
    requests: Mutex<VecDeque<Request>>,
    messages: Mutex<Vec<Message>>,
    faults: Mutex<Vec<Planned>>,
    changes: broadcast::Sender<Change>,
    caller: Caller,
}

impl Room {
    fn new(platform: &'static str, clocks: Clocks, deadline: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            platform,
            clocks,
            requests: Mutex::default(),
            messages: Mutex::default(),
            faults: Mutex::default(),
            changes: broadcast::Sender::new(4096),
            caller: Caller::new(deadline)?,
        })
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clocks.real)()
    }

    pub(crate) fn chat_now(&self) -> DateTime<Utc> {
        (self.clocks.chat)()
    }

    /// Puts a message into its room, or replaces the one with its id, and tells whoever watches.
    pub(crate) fn put(&self, message: Message) {
        let mut messages = lock(&self.messages);
        let change = match messages.iter_mut().rev().find(|m| m.id == message.id) {
            Some(old) => {
                *old = message.clone();
                if message.deleted { Change::Deleted { message } } else { Change::Edited { message } }
            }
            None => {
                messages.push(message.clone());
                Change::Posted { message }
            }
        };
        drop(messages);
        self.tell(change);
    }

    pub(crate) fn tell(&self, change: Change) {
        // An error means that nobody watches, which is fine.
        let _ = self.changes.send(change);
    }

    fn take_fault(&self, call: &Call) -> Option<Fault> {
        let line = format!("{} {}", call.method, call.path);
        let mut faults = lock(&self.faults);
        let at = faults.iter().position(|f| f.only.as_ref().is_none_or(|part| line.contains(part)))?;
        let planned = &mut faults[at];
        planned.left = planned.left.saturating_sub(1);
        let fault = planned.fault.clone();
        if planned.left == 0 {
            faults.remove(at);
        }
        Some(fault)
    }

    fn record(&self, request: Request) {
        let mut requests = lock(&self.requests);
        if requests.len() >= REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
    }
}

/// What the three stand-ins have in common.
pub trait StandIn {
    /// What it keeps.
    fn room(&self) -> &Room;

    /// Its address, such as `http://127.0.0.1:40123`, without a slash at the end.
    fn url(&self) -> String;

    /// Every request it received, oldest first.
    fn requests(&self) -> Vec<Request> {
        lock(&self.room().requests).iter().cloned().collect()
    }

    /// Every message in its rooms, oldest first, removed ones included and marked.
    fn messages(&self) -> Vec<Message> {
        lock(&self.room().messages).clone()
    }

    /// Changes from now on. A watcher that falls 4,096 behind sees `Lagged` and reads
    /// [`messages`](Self::messages) again.
    fn changes(&self) -> broadcast::Receiver<Change> {
        self.room().changes.subscribe()
    }

    /// The next `times` requests meet this fault.
    fn inject(&self, fault: Fault, times: usize) {
        if times > 0 {
            lock(&self.room().faults).push(Planned { fault, left: times, only: None });
        }
    }

    /// The next `times` requests whose `METHOD /path` contains `part` meet this fault.
    fn inject_on(&self, part: &str, fault: Fault, times: usize) {
        if times > 0 {
            lock(&self.room().faults).push(Planned { fault, left: times, only: Some(part.into()) });
        }
    }

    /// Forgets the faults that are still to come.
    fn clear_faults(&self) {
        lock(&self.room().faults).clear();
    }

    /// Where Earshot is, such as `http://127.0.0.1:4040`. Until this is said, acting as a person is
    /// refused with an error.
    fn aim(&self, base: &str) {
        *lock(&self.room().caller.base) = Some(base.trim_end_matches('/').to_owned());
    }

    /// Every signed request it sent to Earshot, oldest first.
    fn sent(&self) -> Vec<Sent> {
        lock(&self.room().caller.sent).iter().cloned().collect()
    }

    /// Sends the same bytes and headers again, as a platform that saw no answer does, or tampered
    /// ones.
    ///
    /// # Errors
    /// When Earshot cannot be reached or does not answer within the platform's deadline.
    fn repeat(&self, sent: &Sent) -> impl Future<Output = anyhow::Result<Answer>> + Send
    where
        Self: Sync,
    {
        async move { self.room().caller.send(sent.clone()).await }
    }
}

/// One request to Earshot, as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// `GET` or `POST`.
    pub method: Method,
    /// The path, with the query string if there is one.
    pub path: String,
    /// Its headers, signature included.
    pub headers: Vec<(String, String)>,
    /// Its body, to the byte.
    pub body: Bytes,
}

/// What Earshot answered to somebody's action.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON, or text as a JSON string, or `null` when empty.
    pub body: Value,
    /// How long it took.
    pub took: Duration,
    /// Why the platform would not show this answer: a broken message, a form over its limits. People
    /// would see "this interaction failed".
    pub refused: Option<String>,
}

struct Caller {
    http: reqwest::Client,
    base: Mutex<Option<String>>,
    sent: Mutex<VecDeque<Sent>>,
    deadline: Mutex<Duration>,
}

impl Caller {
    fn new(deadline: Duration) -> anyhow::Result<Self> {
        // The loopback needs no proxy, and a redirect is an error to all three platforms.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("building the HTTP client that acts as people")?;
        Ok(Self { http, base: Mutex::default(), sent: Mutex::default(), deadline: Mutex::new(deadline) })
    }

    async fn send(&self, sent: Sent) -> anyhow::Result<Answer> {
        let base = lock(&self.base)
            .clone()
            .ok_or_else(|| anyhow!("the stand-in does not know where Earshot is: call `aim` first"))?;
        {
            let mut all = lock(&self.sent);
            if all.len() >= REMEMBERED {
                all.pop_front();
            }
            all.push_back(sent.clone());
        }
        let deadline = *lock(&self.deadline);
        let url = format!("{base}{}", sent.path);
        let mut request = self.http.request(sent.method.clone(), &url).timeout(deadline).body(sent.body);
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        let began = Instant::now();
        let response = request.send().await.with_context(|| format!("{} {}", sent.method, sent.path))?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.with_context(|| format!("the answer to {}", sent.path))?;
        Ok(Answer { status, body: readable(&bytes), took: began.elapsed(), refused: None })
    }
}

/// JSON if it is JSON, else text, else nothing.
fn readable(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

/// One call as a platform's server sees it.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.header("content-type").trim().to_ascii_lowercase().starts_with("application/json")
    }

    pub(crate) fn is_form(&self) -> bool {
        self.header("content-type")
            .trim()
            .to_ascii_lowercase()
            .starts_with("application/x-www-form-urlencoded")
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn query_pairs(&self) -> BTreeMap<String, String> {
        pairs(self.query.as_bytes())
    }

    /// The path in pieces, percent-decoding undone.
    pub(crate) fn pieces(&self) -> Vec<String> {
        self.path.split('/').filter(|p| !p.is_empty()).map(percent_decode).collect()
    }

    fn recorded_body(&self) -> Value {
        if self.is_form() {
            let object = pairs(&self.body).into_iter().map(|(k, v)| (k, Value::String(v)));
            return Value::Object(object.collect());
        }
        readable(&self.body)
    }

    fn safe_headers(&self) -> BTreeMap<String, String> {
        self.headers
            .iter()
            .map(|(name, value)| {
                let value = value.to_str().unwrap_or("(not text)");
                let shown = match name.as_str() {
                    // The scheme is what a test asks about; the rest is the secret.
                    "authorization" => match value.split_once(' ') {
                        Some((scheme, _)) => format!("{scheme} ***"),
                        None => "***".to_owned(),
                    },
                    "cookie" | "x-slack-signature" | "x-signature-ed25519" => "***".to_owned(),
                    _ => value.to_owned(),
                };
                (name.as_str().to_owned(), shown)
            })
            .collect()
    }
}

pub(crate) fn pairs(bytes: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn percent_decode(piece: &str) -> String {
    // A plus is a plus in a path, unlike in a form.
    let escaped = format!("p={}", piece.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    pairs(escaped.as_bytes()).remove("p").unwrap_or_default()
}

/// What a stand-in answers.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Answered,
}

/// The body of a [`Reply`].
#[derive(Clone)]
pub(crate) enum Answered {
    Json(Value),
    Text(&'static str, String),
    Nothing,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Answered::Json(body) }
    }

    pub(crate) fn nothing(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Answered::Nothing }
    }

    pub(crate) fn text(status: u16, kind: &'static str, text: &str) -> Self {
        Self { status, headers: Vec::new(), body: Answered::Text(kind, text.to_owned()) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    fn recorded(&self) -> Value {
        match &self.body {
            Answered::Json(value) => value.clone(),
            Answered::Text(_, text) => Value::String(text.clone()),
            Answered::Nothing => Value::Null,
        }
    }

    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let response = match self.body {
            Answered::Json(value) => response
                .header("content-type", "application/json; charset=utf-8")
                .body(Body::from(value.to_string())),
            Answered::Text(kind, text) => response.header("content-type", kind).body(Body::from(text)),
            Answered::Nothing => response.body(Body::empty()),
        };
        // Only a header that is not a header can fail here, which none of ours is; a caller would see
        // an empty 200 and fail its own check.
        response.unwrap_or_default()
    }
}

/// One platform's rules. Handling is synchronous: a deed is done or it is not, whatever becomes of
/// the connection.
pub(crate) trait Platform: Send + Sync + 'static {
    fn room(&self) -> &Room;
    fn handle(self: &Arc<Self>, call: &Call) -> Reply;
    fn rate_limited(&self, retry_after: Option<Duration>) -> Reply;
}

/// A listening stand-in; stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Server {
    pub(crate) async fn start<P: Platform>(platform: Arc<P>) -> anyhow::Result<Self> {
        let name = platform.room().platform;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .with_context(|| format!("the {name} stand-in could not listen on 127.0.0.1"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let served = Served { platform, stopped: stopped.clone() };
        let app = axum::Router::new().fallback(answer::<P>).with_state(served);
        let service = app.into_make_service_with_connect_info::<Cut>();
        let task = tokio::spawn(async move {
            let ended = axum::serve(Cuttable(listener), service)
                .with_graceful_shutdown(async move { until(stopped).await })
                .await;
            if let Err(error) = ended {
                tracing::error!(platform = name, %error, "the stand-in stopped listening");
            }
        });
        Ok(Self { address, stop, task: Mutex::new(Some(task)) })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn stop(&self) {
        let _ = self.stop.send(true);
        let task = lock(&self.task).take();
        if let Some(task) = task {
            // Connections that a client keeps open must not keep us.
            let _ = tokio::time::timeout(Duration::from_secs(2), task).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

struct Served<P> {
    platform: Arc<P>,
    stopped: watch::Receiver<bool>,
}

impl<P> Clone for Served<P> {
    fn clone(&self) -> Self {
        Self { platform: Arc::clone(&self.platform), stopped: self.stopped.clone() }
    }
}

/// The most that a stand-in reads of one body; no call of ours comes near.
const LARGEST_BODY: usize = 8 << 20;

async fn answer<P: Platform>(
    State(served): State<Served<P>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: AxumRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Reply::text(413, "text/plain", "too large").into_response();
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    let platform = &served.platform;
    let room = platform.room();
    let fault = room.take_fault(&call);
    let mut request = Request {
        at: room.now(),
        method: call.method.to_string(),
        path: call.path.clone(),
        query: call.query.clone(),
        headers: call.safe_headers(),
        body: call.recorded_body(),
        status: None,
        answer: Value::Null,
        accepted: false,
        fault: fault.clone(),
    };
    let mut deed = || {
        let reply = platform.handle(&call);
        let refused = reply.recorded().get("ok") == Some(&Value::Bool(false));
        request.accepted = reply.status < 400 && !refused;
        reply
    };
    let (reply, goes_away, hangs) = match fault {
        None => (Some(deed()), false, false),
        Some(Fault::RateLimited { retry_after }) => (Some(platform.rate_limited(retry_after)), false, false),
        Some(Fault::ServerError { status, accepted }) => {
            if accepted {
                deed();
            }
            (Some(Reply::text(status, "text/html", "<html><h1>upstream error</h1></html>")), false, false)
        }
        Some(Fault::Answer { status, body }) => (Some(Reply::json(status, body)), false, false),
        Some(Fault::Drop { accepted }) => {
            if accepted {
                deed();
            }
            (None, true, false)
        }
        Some(Fault::Hang { accepted }) => {
            if accepted {
                deed();
            }
            (None, true, true)
        }
    };
    if let Some(reply) = &reply {
        request.status = Some(reply.status);
        request.answer = reply.recorded();
    }
    room.record(request);
    if hangs {
        until(served.stopped.clone()).await;
    }
    if goes_away {
        cut.now();
    }
    reply.unwrap_or_else(|| Reply::nothing(200)).into_response()
}

/// A switch that ends one connection without an answer. `axum::serve` cannot be told to close a
/// connection, and a panic would do it at the price of a backtrace in every log.
#[derive(Clone, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::SeqCst) {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut on command"));
        }
        Ok(())
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().cut.clone()
    }
}

/// A listener whose connections can be cut.
pub(crate) struct Cuttable(TcpListener);

impl Listener for Cuttable {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small and a test counts milliseconds.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a stand-in's connection keeps Nagle's delay");
        }
        (Connection { stream, cut: Cut::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that can be cut.
pub(crate) struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// At most `limit` calls in each `window`, counted from the window's first call, as Discord and X
/// count them.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    limit: u32,
    window: Duration,
    began: Option<DateTime<Utc>>,
    used: u32,
}

impl Window {
    pub(crate) fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, began: None, used: 0 }
    }

    /// Takes one place; without one, how long until the window begins again.
    pub(crate) fn take(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let elapsed = self.began.map(|began| (now - began).to_std().unwrap_or_default());
        if elapsed.is_none_or(|elapsed| elapsed >= self.window) {
            self.began = Some(now);
            self.used = 0;
        }
        if self.used >= self.limit {
            return Err(self.left(now));
        }
        self.used += 1;
        Ok(())
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    pub(crate) fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    /// How long until the window begins again.
    pub(crate) fn left(&self, now: DateTime<Utc>) -> Duration {
        let elapsed = self.began.map_or(Duration::ZERO, |began| (now - began).to_std().unwrap_or_default());
        self.window.saturating_sub(elapsed)
    }
}

/// A bucket that holds `size` and regains one each `every`, as Slack paces a channel.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    size: u32,
    every: Duration,
    /// The instant at which the bucket would be full again.
    full_at: Option<DateTime<Utc>>,
}

impl Bucket {
    pub(crate) fn new(size: u32, every: Duration) -> Self {
        Self { size, every, full_at: None }
    }

    /// Takes one; when empty, how long until there is one.
    pub(crate) fn take(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let missing =
            self.full_at.map_or(Duration::ZERO, |full_at| (full_at - now).to_std().unwrap_or_default());
        let room = self.every * self.size.saturating_sub(1);
        if missing > room {
            return Err(missing - room);
        }
        self.full_at =
            now.checked_add_signed(chrono::TimeDelta::from_std(missing + self.every).unwrap_or_default());
        Ok(())
    }
}

/// A lock that outlives a panic elsewhere: what it guards is only ever replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Length as the platforms count it: characters, not bytes.
pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

/// Whole seconds, rounded up, and never none.
pub(crate) fn seconds_up(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

pub(crate) fn str_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `into` with the fields of `from` put over it.
pub(crate) fn overlay(into: &mut Value, from: &Value) {
    match (into.as_object_mut(), from.as_object()) {
        (Some(old), Some(new)) => {
            for (key, value) in new {
                old.insert(key.clone(), value.clone());
            }
        }
        _ => *into = from.clone(),
    }
}

/// HMAC-SHA256.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key) else {
        // HMAC takes a key of any length.
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
