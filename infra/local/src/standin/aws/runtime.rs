//! The Runtime API, which hands a function its events
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::Utc;
use http::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot, watch};

use super::body;
use crate::standin::lock;

/// What a function made of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// It answered.
    Answer(Value),
    /// It failed, as it says.
    Error(Value),
}

struct Event {
    id: String,
    body: String,
    made: oneshot::Sender<Made>,
}

#[derive(Default)]
struct Things {
    events: VecDeque<Event>,
    given: HashMap<String, oneshot::Sender<Made>>,
    count: u64,
    init_error: Option<Value>,
}

struct Inner {
    things: Mutex<Things>,
    news: Notify,
    /// How often it was asked for work.
    asked: watch::Sender<u64>,
}

/// The Runtime API of one function; it stops listening when it is dropped.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
    function: String,
    address: SocketAddr,
    _task: Arc<Task>,
}

struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Runtime {
    /// Starts it on the loopback.
    ///
    /// # Errors
    /// Where no port could be had.
    pub async fn start(function: &str) -> anyhow::Result<Runtime> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let (asked, _) = watch::channel(0);
        let inner = Arc::new(Inner { things: Mutex::new(Things::default()), news: Notify::new(), asked });
        let base = "/2018-06-01/runtime";
        let app = Router::new()
            .route(&format!("{base}/invocation/next"), get(next))
            .route(&format!("{base}/invocation/{{id}}/response"), post(answered))
            .route(&format!("{base}/invocation/{{id}}/error"), post(failed))
            .route(&format!("{base}/init/error"), post(not_started))
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the stand-in for Lambda stopped listening");
            }
        });
        Ok(Runtime { inner, function: function.to_owned(), address, _task: Arc::new(Task(task)) })
    }

    /// The variables that Lambda sets for the function.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_LAMBDA_RUNTIME_API", self.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", self.function.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", self.function)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
        ]
    }

    /// Hands an event to the function, and gives what it makes of it.
    ///
    /// # Errors
    /// Where the function went away without a word.
    pub async fn invoke(&self, event: &Value) -> anyhow::Result<Made> {
        let (made, outcome) = oneshot::channel();
        {
            let mut things = lock(&self.inner.things);
            things.count += 1;
            let id = format!("8476a536-e9f4-11e8-9739-{:012}", things.count);
            things.events.push_back(Event { id, body: event.to_string(), made });
        }
        self.inner.news.notify_waiters();
        outcome.await.context("the function is gone")
    }

    /// Waits until the function asks for work for the first time: its start is over.
    ///
    /// # Errors
    /// Where it is stopped before.
    pub async fn started(&self) -> anyhow::Result<()> {
        let mut asked = self.inner.asked.subscribe();
        asked.wait_for(|asked| *asked > 0).await.context("stopped")?;
        Ok(())
    }

    /// What a function said that could not even start.
    pub fn init_error(&self) -> Option<Value> {
        lock(&self.inner.things).init_error.clone()
    }
}

/// A function waits here until there is work.
async fn next(State(inner): State<Arc<Inner>>) -> Response {
    inner.asked.send_modify(|asked| *asked += 1);
    loop {
        let news = inner.news.notified();
        tokio::pin!(news);
        // From here on news is not missed, also before it is waited for.
        news.as_mut().enable();
        let event = {
            let mut things = lock(&inner.things);
            let event = things.events.pop_front();
            event.map(|event| {
                things.given.insert(event.id.clone(), event.made);
                (event.id, event.body)
            })
        };
        let Some((id, body)) = event else {
            news.await;
            continue;
        };
        let deadline = (Utc::now() + Duration::from_secs(30)).timestamp_millis().to_string();
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:earshot";
        let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1";
        let headers = [
            ("lambda-runtime-aws-request-id", id.as_str()),
            ("lambda-runtime-deadline-ms", deadline.as_str()),
            ("lambda-runtime-invoked-function-arn", arn),
            ("lambda-runtime-trace-id", trace),
            ("content-type", "application/json"),
        ];
        return (headers, Body::from(body)).into_response();
    }
}

fn settle(inner: &Inner, id: &str, made: Made) -> Response {
    let waiting = lock(&inner.things).given.remove(id);
    match waiting {
        Some(waiting) => {
            // Whoever invoked may have stopped waiting.
            let _ = waiting.send(made);
            (StatusCode::ACCEPTED, "{}").into_response()
        }
        None => (StatusCode::BAD_REQUEST, "no such invocation").into_response(),
    }
}

async fn answered(State(inner): State<Arc<Inner>>, Path(id): Path<String>, request: Request) -> Response {
    let answer = body(request).await;
    settle(&inner, &id, Made::Answer(answer))
}

async fn failed(State(inner): State<Arc<Inner>>, Path(id): Path<String>, request: Request) -> Response {
    let error = body(request).await;
    settle(&inner, &id, Made::Error(error))
}

async fn not_started(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let error = body(request).await;
    lock(&inner.things).init_error = Some(error);
    (StatusCode::ACCEPTED, "{}").into_response()
}
