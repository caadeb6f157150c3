//! What a platform sends to Earshot when somebody acts.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::{REMEMBERED, lock};

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

pub(super) struct Caller {
    http: reqwest::Client,
    pub(super) base: Mutex<Option<String>>,
    pub(super) sent: Mutex<VecDeque<Sent>>,
    deadline: Duration,
}

impl Caller {
    pub(super) fn new(deadline: Duration) -> anyhow::Result<Self> {
        // The loopback needs no proxy, and a redirect is an error to all three platforms.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("building the HTTP client that acts as people")?;
        Ok(Self { http, base: Mutex::default(), sent: Mutex::default(), deadline })
    }

    pub(super) async fn send(&self, sent: Sent) -> anyhow::Result<Answer> {
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
        let url = format!("{base}{}", sent.path);
        let mut request = self.http.request(sent.method.clone(), &url).timeout(self.deadline).body(sent.body);
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
pub(super) fn readable(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}
