//! One HTTP call, and what is true of every platform: a request that never left, an answer that
//! never came, a server that stumbled.

use std::error::Error as _;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::{Map, Value};
use url::Url;

use crate::error::{Reason, Scope, SendError, shorten};

/// Nothing left this machine: the next try may be soon.
const NOT_CONNECTED: Duration = Duration::from_secs(2);
/// A server that stumbles gets a moment.
const STUMBLED: Duration = Duration::from_secs(5);
/// An address that a guard turns away, or bans without saying for how long, had better stay away.
pub(crate) const TURNED_AWAY: Duration = Duration::from_secs(10 * 60);

/// What a call leaves behind if nobody knows whether it was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twice {
    /// Carried out twice, it shows twice: doubt means looking first.
    Shows,
    /// Carried out twice, it is as if once (an edit, a removal, a question): doubt means asking again.
    Harmless,
}

impl Twice {
    /// The error for a call of unknown fate.
    pub(crate) fn doubt(self, why: impl Into<String>) -> SendError {
        match self {
            Self::Shows => SendError::Unknown { why: why.into() },
            Self::Harmless => SendError::later(STUMBLED, Scope::Destination, why),
        }
    }
}

/// An answer of status 2xx or 4xx.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
    twice: Twice,
}

impl Answer {
    /// The body as JSON, if it is JSON.
    pub(crate) fn value(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as it came.
    pub(crate) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The body as JSON that a success must carry.
    pub(crate) fn expect_value(&self) -> Result<Value, SendError> {
        self.value().ok_or_else(|| self.unreadable())
    }

    /// The platform said yes in a way that we cannot read.
    pub(crate) fn unreadable(&self) -> SendError {
        self.twice.doubt(format!("answer {} could not be read", self.status.as_u16()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A header that holds a number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.header(name)?.trim().parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// `Retry-After` in seconds. Its date form is not used by these platforms.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        seconds(self.number(RETRY_AFTER.as_str())?)
    }

    /// What the status alone says.
    pub(crate) fn reason(&self) -> Reason {
        match self.status {
            StatusCode::UNAUTHORIZED => Reason::TokenInvalid,
            StatusCode::PAYMENT_REQUIRED => Reason::NoCredit,
            StatusCode::FORBIDDEN => Reason::NoPermission,
            StatusCode::NOT_FOUND | StatusCode::GONE => Reason::NotFound,
            StatusCode::PAYLOAD_TOO_LARGE => Reason::TooLong,
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Reason::BadPayload,
            _ => Reason::Other,
        }
    }

    /// A refusal that carries nothing but its status.
    pub(crate) fn refused_by_status(&self) -> SendError {
        SendError::refused(self.reason(), self.status_code(), "")
    }

    /// A refusal of the guard that stands before a platform's API (Cloudflare, with a page instead of
    /// JSON). It minds addresses, which a function shares with strangers, and not what we send: to
    /// take it for a missing permission would close channels that are open.
    pub(crate) fn is_the_guards(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.value().is_none()
    }

    /// Our name for a refusal without a code.
    pub(crate) fn status_code(&self) -> String {
        format!("http_{}", self.status.as_u16())
    }
}

/// Sends one request. 5xx, redirects and everything below HTTP end here as errors.
pub(crate) async fn call(request: RequestBuilder, twice: Twice) -> Result<Answer, SendError> {
    call_within(request, twice, usize::MAX).await
}

/// The same, for an answer from elsewhere than a platform's API: of more than so many bytes nothing is
/// kept, whatever length it claims to have.
pub(crate) async fn call_within(
    request: RequestBuilder,
    twice: Twice,
    most: usize,
) -> Result<Answer, SendError> {
    let mut response = request.send().await.map_err(|error| failed(error, twice))?;
    let status = response.status();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(more)) if more.len() > most - body.len() => {
                return Err(SendError::not_sent(Reason::TooLong, "the answer is longer than it may be"));
            }
            Ok(Some(more)) => body.extend_from_slice(&more),
            Ok(None) => break,
            // The status line and headers of a refusal say enough without its body.
            Err(_) if status.is_client_error() => {
                body.clear();
                break;
            }
            Err(error) => return Err(failed(error, twice)),
        }
    }
    let answer = Answer { status, headers, body, twice };
    if status.is_server_error() {
        let why = format!("the platform answered {}", status.as_u16());
        return Err(match (twice, answer.retry_after()) {
            (Twice::Harmless, Some(after)) => SendError::later(after, Scope::Destination, why),
            _ => twice.doubt(why),
        });
    }
    if status == StatusCode::REQUEST_TIMEOUT {
        return Err(twice.doubt("the platform answered 408"));
    }
    if !status.is_success() && !status.is_client_error() {
        // Following would mean sending a token, or a message, to a place nobody configured.
        return Err(SendError::refused(
            Reason::Other,
            answer.status_code(),
            "a redirect, which is never followed: is the base URL right?",
        ));
    }
    Ok(answer)
}

/// A call that got no answer. No address goes into the words: some carry tokens.
fn failed(error: reqwest::Error, twice: Twice) -> SendError {
    let error = error.without_url();
    let mut why = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        why.push_str(": ");
        why.push_str(&cause.to_string());
        source = cause.source();
    }
    let why = shorten(&why);
    if error.is_builder() {
        SendError::not_sent(Reason::BadPayload, &why)
    } else if error.is_connect() {
        SendError::later(NOT_CONNECTED, Scope::Destination, why)
    } else {
        twice.doubt(why)
    }
}

/// Seconds as platforms write them, if they make sense.
pub(crate) fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// A rendered payload, which must be a JSON object.
pub(crate) fn object(payload: &str) -> Result<Map<String, Value>, SendError> {
    match serde_json::from_str(payload) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(SendError::not_sent(Reason::BadPayload, "the payload is not a JSON object")),
        Err(error) => {
            Err(SendError::not_sent(Reason::BadPayload, &format!("the payload is not JSON: {error}")))
        }
    }
}

/// An `Authorization` header that reqwest will not print.
pub(crate) fn authorization(value: &str) -> Result<HeaderValue, SendError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        SendError::not_sent(Reason::TokenInvalid, "the token holds characters that no header may carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A platform's configured address.
#[derive(Debug, Clone)]
pub(crate) struct Base(Url);

impl Base {
    pub(crate) fn new(url: Url) -> Self {
        Self(url)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// An address below the base, whether the base was written with or without its last slash.
    /// Each segment is encoded, so that an id cannot lead to another route.
    pub(crate) fn at(&self, segments: &[&str]) -> Result<Url, SendError> {
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(SendError::not_sent(Reason::BadPayload, "an id is missing from the address"));
        }
        let mut url = self.0.clone();
        url.set_query(None);
        url.set_fragment(None);
        match url.path_segments_mut() {
            Ok(mut path) => {
                path.pop_if_empty().extend(segments);
            }
            Err(()) => {
                return Err(SendError::not_sent(Reason::BadPayload, "the base URL cannot have a path"));
            }
        }
        Ok(url)
    }
}
