//! The services that Earshot calls beside its table, in the AWS JSON protocols: SQS's `SendMessage`,
//! EventBridge's `PutEvents`, the Parameter Store's `GetParameters`.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::body;
use crate::standin::lock;

/// A message that a queue took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The queue's name, the last part of its address.
    pub queue: String,
    /// The message.
    pub body: String,
    /// In seconds.
    pub delay: i64,
    /// FIFO queues only.
    pub group: Option<String>,
}

#[derive(Default)]
struct Things {
    count: u64,
    queued: Vec<Queued>,
    told: Vec<Value>,
    parameters: HashMap<String, String>,
    refuse: Vec<String>,
}

/// The services; they stop listening when this is dropped.
pub struct Services {
    things: Arc<Mutex<Things>>,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Services {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// SQS delays at most this long
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>).
const LONGEST_DELAY: i64 = 900;
/// Parameters in one call, entries in one call.
const MOST: usize = 10;

impl Services {
    /// Starts them on the loopback.
    ///
    /// # Errors
    /// Where no port could be had.
    pub async fn start() -> anyhow::Result<Services> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let things = Arc::new(Mutex::new(Things::default()));
        let app = Router::new().fallback(service).with_state(Arc::clone(&things));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the stand-in for AWS stopped listening");
            }
        });
        Ok(Services { things, address, task })
    }

    /// The variables that point a function at them, its table at `database`.
    pub fn variables(&self, database: &str) -> Vec<(&'static str, String)> {
        let queue = |name: &str| format!("http://{}/123456789012/{name}", self.address);
        vec![
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ENDPOINT_URL_DYNAMODB", database.to_owned()),
            ("EARSHOT_CUES_QUEUE_URL", queue("cues")),
            ("EARSHOT_MIRROR_QUEUE_URL", queue("mirror.fifo")),
            ("EARSHOT_POLL_QUEUE_URL", queue("poll")),
        ]
    }

    /// Puts a secret where a function finds it.
    pub fn set_parameter(&self, name: &str, value: &str) {
        lock(&self.things).parameters.insert(name.to_owned(), value.to_owned());
    }

    /// So many calls of this action (`SendMessage`) are refused, as by a service that has too much to do.
    pub fn refuse(&self, action: &str, times: usize) {
        lock(&self.things).refuse.extend(std::iter::repeat_n(action.to_owned(), times));
    }

    /// Takes what the queues took.
    pub fn queued(&self) -> Vec<Queued> {
        std::mem::take(&mut lock(&self.things).queued)
    }

    /// Takes what was told on the bus: entries of `PutEvents`.
    pub fn told(&self) -> Vec<Value> {
        std::mem::take(&mut lock(&self.things).told)
    }
}

fn problem(code: &str, message: &str) -> Response {
    let body = json!({"__type": code, "message": message}).to_string();
    (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], body).into_response()
}

/// The services, told apart by `X-Amz-Target`.
async fn service(State(things): State<Arc<Mutex<Things>>>, headers: HeaderMap, request: Request) -> Response {
    let target = headers.get("x-amz-target").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    if headers.get("authorization").is_none() {
        return problem("MissingAuthenticationToken", "the request is not signed");
    }
    let body = body(request).await;
    let action = target.rsplit('.').next().unwrap_or_default();
    let mut things = lock(&things);
    if let Some(at) = things.refuse.iter().position(|refused| refused == action) {
        things.refuse.remove(at);
        return problem("RequestThrottled", "too many requests");
    }
    let answer = match target.as_str() {
        "AmazonSQS.SendMessage" => send_message(&mut things, &body),
        "AWSEvents.PutEvents" => put_events(&mut things, &body),
        "AmazonSSM.GetParameters" => get_parameters(&things, &body),
        _ => Err(problem("UnknownOperationException", &format!("{target} is not played here"))),
    };
    match answer {
        Ok(answer) => ([("content-type", "application/x-amz-json-1.0")], answer.to_string()).into_response(),
        Err(problem) => problem,
    }
}

fn word(body: &Value, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[expect(clippy::result_large_err, reason = "an answer is an answer, whichever way it goes")]
fn send_message(things: &mut Things, body: &Value) -> Result<Value, Response> {
    let wrong = |why: &str| problem("InvalidParameterValue", why);
    let url = word(body, "QueueUrl").ok_or_else(|| wrong("QueueUrl is missing"))?;
    let queue = url.rsplit('/').next().unwrap_or_default().to_owned();
    let message =
        word(body, "MessageBody").filter(|m| !m.is_empty()).ok_or_else(|| wrong("an empty message"))?;
    let delay = body.get("DelaySeconds").and_then(Value::as_i64);
    let (group, name) = (word(body, "MessageGroupId"), word(body, "MessageDeduplicationId"));
    if queue.ends_with(".fifo") {
        let narrow = |s: &String| {
            (1..=128).contains(&s.len())
                && s.bytes().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_punctuation())
        };
        if delay.is_some() {
            return Err(wrong("DelaySeconds is not allowed for single messages of a FIFO queue"));
        }
        if !group.as_ref().is_some_and(narrow) || !name.as_ref().is_some_and(narrow) {
            return Err(wrong(
                "a FIFO queue needs MessageGroupId and MessageDeduplicationId of 1 to 128 characters",
            ));
        }
    } else if name.is_some() {
        return Err(wrong("MessageDeduplicationId is for FIFO queues"));
    }
    let delay = delay.unwrap_or(0);
    if !(0..=LONGEST_DELAY).contains(&delay) {
        return Err(wrong("DelaySeconds must be between 0 and 900"));
    }
    things.count += 1;
    let id = format!("00000000-0000-0000-0000-{:012}", things.count);
    things.queued.push(Queued { queue, body: message, delay, group });
    Ok(json!({"MessageId": id}))
}

#[expect(clippy::result_large_err, reason = "as above")]
fn put_events(things: &mut Things, body: &Value) -> Result<Value, Response> {
    let entries = body.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
    if entries.is_empty() || entries.len() > MOST {
        return Err(problem("ValidationException", "1 to 10 entries"));
    }
    let mut answers = Vec::new();
    for entry in entries {
        let detail = word(&entry, "Detail").and_then(|d| serde_json::from_str::<Value>(&d).ok());
        if detail.is_some_and(|d| d.is_object())
            && word(&entry, "Source").is_some()
            && word(&entry, "DetailType").is_some()
        {
            things.count += 1;
            answers.push(json!({"EventId": format!("event-{}", things.count)}));
            things.told.push(entry);
        } else {
            answers.push(json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}));
        }
    }
    let failed = answers.iter().filter(|a| a.get("ErrorCode").is_some()).count();
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}

#[expect(clippy::result_large_err, reason = "as above")]
fn get_parameters(things: &Things, body: &Value) -> Result<Value, Response> {
    let names: Vec<String> = body
        .get("Names")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if names.is_empty() || names.len() > MOST {
        return Err(problem("ValidationException", "1 to 10 names"));
    }
    let decrypted = body.get("WithDecryption").and_then(Value::as_bool).unwrap_or(false);
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in names {
        match things.parameters.get(&name) {
            Some(value) => {
                let value = if decrypted { value.as_str() } else { "AQICAHg-encrypted" };
                found.push(json!({"Name": name, "Type": "SecureString", "Value": value, "Version": 1}));
            }
            None => invalid.push(name),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": invalid}))
}
