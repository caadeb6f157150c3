//! What every Lambda does first: it opens its log and reads its environment, once per cold start.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use tracing_subscriber::EnvFilter;

use crate::{Body, Host, Misconfigured};

/// Opens the log: one JSON object a line on standard output, which is what CloudWatch takes up. The level
/// comes from `RUST_LOG` and is `info` where that is absent or unreadable. A second call changes nothing.
pub fn logs() {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Flattened, so that a query asks for `cue` and not for `fields.cue`.
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(level);
    // An error means that a log is open already, and then it is that one.
    let _ = lines.try_init();
}

/// Opens the log, then makes a host from the environment. What is missing is logged by name, never by
/// value.
///
/// # Errors
/// [`Misconfigured`], with every name at once.
pub async fn launch() -> Result<Host, Misconfigured> {
    logs();
    Host::from_env().await.inspect_err(|problem| tracing::error!(%problem, "not configured"))
}

/// What a door answers while its host is not configured. 503 and not 500, because a platform sends its
/// event again after it, by when somebody may have read the log.
pub fn closed(problem: &Misconfigured) -> Response<Body> {
    tracing::error!(%problem, "closed: not configured");
    let mut response =
        Response::new(Bytes::from_static(b"Earshot is not set up yet. Its log says what is missing."));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_door_keeps_what_is_missing_to_the_log() {
        let missing = vec!["SLACK_BOT_TOKEN".to_owned()];
        let answer = closed(&Misconfigured { missing, wrong: Vec::new() });
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!String::from_utf8_lossy(answer.body()).contains("SLACK"), "{answer:?}");
    }
}
