//! What every Lambda does first: it opens its log and reads its environment, once per cold start.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use tracing_subscriber::EnvFilter;

use crate::{Body, Host, Misconfigured};

/// What is logged: `RUST_LOG`, or `usual` where that is absent, empty or unreadable (which is said).
/// Libraries that log what they carry are held at `info`, whatever it says: bodies stay out of logs.
pub fn filter(usual: &str) -> EnvFilter {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.trim().is_empty() { usual } else { wanted.trim() };
    let read = EnvFilter::try_new(wanted).or_else(|error| {
        complain(&error);
        EnvFilter::try_new(usual)
    });
    let mut filter = read.unwrap_or_else(|_| EnvFilter::new("info"));
    for carrier in CARRIERS {
        let quieter = quieter(wanted, carrier).or_else(|| quieter(usual, carrier)).unwrap_or("info");
        if let Ok(directive) = format!("{carrier}={quieter}").parse() {
            filter = filter.add_directive(directive);
        }
    }
    filter
}

/// Libraries through which bodies pass.
const CARRIERS: [&str; 7] =
    ["dynoxide", "hyper", "hyper_util", "h2", "reqwest", "aws_smithy_runtime", "aws_sdk_dynamodb"];

/// The level that a setting gives a library by name, where it is quieter than `info`.
fn quieter<'a>(setting: &'a str, library: &str) -> Option<&'a str> {
    let levels = setting.split(',').filter_map(|part| part.trim().strip_prefix(library)?.strip_prefix('='));
    levels.map(str::trim).find(|level| matches!(*level, "warn" | "error" | "off"))
}

/// The log is not open yet when its own setting is found unreadable.
#[expect(clippy::print_stderr, reason = "there is no log to say it in")]
fn complain(error: &dyn std::error::Error) {
    eprintln!("RUST_LOG cannot be read, so it is left aside: {error}");
}

/// Opens the log: one JSON object a line on standard output, which is what CloudWatch takes up. The level
/// comes from `RUST_LOG` and is `info` where that is absent or unreadable. A second call changes nothing.
pub fn logs() {
    let level = filter("info");
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
    fn a_library_may_be_quieter_than_its_bound_and_not_louder() {
        assert_eq!(quieter("warn,dynoxide=error", "dynoxide"), Some("error"));
        assert_eq!(quieter("trace, dynoxide = trace, dynoxide=warn", "dynoxide"), Some("warn"));
        assert_eq!(quieter("dynoxide=trace", "dynoxide"), None);
        assert_eq!(quieter("hyper_util=error", "hyper"), None);
        assert_eq!(quieter("info", "hyper"), None);
    }

    #[test]
    fn a_closed_door_keeps_what_is_missing_to_the_log() {
        let missing = vec!["SLACK_BOT_TOKEN".to_owned()];
        let answer = closed(&Misconfigured { missing, wrong: Vec::new() });
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!String::from_utf8_lossy(answer.body()).contains("SLACK"), "{answer:?}");
    }
}
