//! A call as a platform receives it, what it answers, and what is remembered of both.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::caller::readable;
use super::faults::Fault;
use super::room::rfc3339;

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
    /// The JSON body (of a form with files its `payload_json`), a form as an object of strings, or `null`.
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

/// One piece of a form with files.
pub(super) struct Piece {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) content: String,
}

/// One call as a platform's server sees it.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// What came of asking Earshot first: see [`Platform::challenge`](super::Platform::challenge).
    pub(super) challenged: Option<Result<(), String>>,
}

impl Call {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn is_json(&self) -> bool {
        self.header("content-type").trim().to_ascii_lowercase().starts_with("application/json")
    }

    pub(super) fn is_form(&self) -> bool {
        self.header("content-type")
            .trim()
            .to_ascii_lowercase()
            .starts_with("application/x-www-form-urlencoded")
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.header("content-type").trim().to_ascii_lowercase().starts_with("multipart/form-data")
    }

    /// The pieces of a `multipart/form-data` body ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)); `None`
    /// where it is not one.
    pub(super) fn multipart(&self) -> Option<Vec<Piece>> {
        let kind = self.header("content-type");
        let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
        let boundary = format!("--{}", boundary.trim_matches('"'));
        let body = std::str::from_utf8(&self.body).ok()?;
        let mut pieces = Vec::new();
        let mut rest = body.strip_prefix(boundary.as_str())?;
        loop {
            if rest.starts_with("--") {
                return Some(pieces);
            }
            let (piece, after) = rest.strip_prefix("\r\n")?.split_once(&format!("\r\n{boundary}"))?;
            let (headers, content) = piece.split_once("\r\n\r\n")?;
            let disposition = headers
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with("content-disposition: form-data;"))?;
            let value = |name: &str| {
                let (_, after) = disposition.split_once(&format!(" {name}=\""))?;
                Some(after.split_once('"')?.0.to_owned())
            };
            let (name, filename) = (value("name")?, value("filename"));
            pieces.push(Piece { name, filename, content: content.to_owned() });
            rest = after;
        }
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(super) fn query_pairs(&self) -> BTreeMap<String, String> {
        pairs(self.query.as_bytes())
    }

    /// The path in pieces, percent-decoding undone.
    pub(super) fn pieces(&self) -> Vec<String> {
        self.path.split('/').filter(|p| !p.is_empty()).map(percent_decode).collect()
    }

    pub(super) fn recorded_body(&self) -> Value {
        if self.is_form() {
            let object = pairs(&self.body).into_iter().map(|(k, v)| (k, Value::String(v)));
            return Value::Object(object.collect());
        }
        if self.is_multipart() {
            let pieces = self.multipart().unwrap_or_default();
            let json = pieces.iter().find(|piece| piece.name == "payload_json");
            return json.map_or(Value::Null, |piece| readable(piece.content.as_bytes()));
        }
        readable(&self.body)
    }

    pub(super) fn safe_headers(&self) -> BTreeMap<String, String> {
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

pub(super) fn pairs(bytes: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

pub(super) fn percent_decode(piece: &str) -> String {
    // A plus is a plus in a path, unlike in a form.
    let escaped = format!("p={}", piece.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    pairs(escaped.as_bytes()).remove("p").unwrap_or_default()
}

/// What a stand-in answers.
#[derive(Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Answered,
}

/// The body of a [`Reply`].
#[derive(Clone)]
pub(super) enum Answered {
    Json(Value),
    Text(&'static str, String),
    Nothing,
}

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Answered::Json(body) }
    }

    pub(super) fn nothing(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Answered::Nothing }
    }

    pub(super) fn text(status: u16, kind: &'static str, text: &str) -> Self {
        Self { status, headers: Vec::new(), body: Answered::Text(kind, text.to_owned()) }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(super) fn recorded(&self) -> Value {
        match &self.body {
            Answered::Json(value) => value.clone(),
            Answered::Text(_, text) => Value::String(text.clone()),
            Answered::Nothing => Value::Null,
        }
    }

    pub(super) fn into_response(self) -> Response {
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
