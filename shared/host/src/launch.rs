//! What every Lambda does first: it opens its log and reads its environment, once per cold start.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use tokio::sync::{Mutex, OnceCell};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{Body, Figures, Host, Misconfigured};

/// What is logged: `RUST_LOG` (`info`, or `info,host=debug`, by module), or `usual` where that is absent,
/// empty or unreadable (which is said). Libraries that log what they carry are held at `info`, whatever it
/// says: bodies stay out of logs.
///
/// By module and level only. A filter by span and field would bring an engine for regular expressions into
/// every function.
pub fn filter(usual: &str) -> Targets {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.trim().is_empty() { usual } else { wanted.trim() };
    let read = wanted.parse::<Targets>().or_else(|error| {
        complain(&error);
        usual.parse()
    });
    bounded(read.unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO)), wanted, usual)
}

/// The same with the libraries that log what they carry held at `info`, or at what everybody else is held at where
/// that is quieter: a command that says itself what went wrong must not be interrupted by an SDK.
fn bounded(mut filter: Targets, wanted: &str, usual: &str) -> Targets {
    let most = filter.default_level().unwrap_or(LevelFilter::INFO).min(LevelFilter::INFO);
    for carrier in CARRIERS {
        let quieter = quieter(wanted, carrier).or_else(|| quieter(usual, carrier));
        filter = filter.with_target(carrier, quieter.unwrap_or(most));
    }
    filter
}

/// Libraries through which bodies pass.
const CARRIERS: [&str; 7] =
    ["dynoxide", "hyper", "hyper_util", "h2", "reqwest", "aws_smithy_runtime", "aws_sdk_dynamodb"];

/// The level that a setting gives a library by name, where it is quieter than `info`.
fn quieter(setting: &str, library: &str) -> Option<LevelFilter> {
    let levels = setting.split(',').filter_map(|part| part.trim().strip_prefix(library)?.strip_prefix('='));
    levels.filter_map(|level| level.trim().parse().ok()).find(|level| *level < LevelFilter::INFO)
}

/// The log is not open yet when its own setting is found unreadable.
#[expect(clippy::print_stderr, reason = "there is no log to say it in")]
fn complain(error: &dyn std::error::Error) {
    eprintln!("RUST_LOG cannot be read, so it is left aside: {error}");
}

/// Opens the log: one JSON object a line on standard output, which is what CloudWatch takes up. The level
/// comes from `RUST_LOG` and is `info` where that is absent or unreadable. A second call changes nothing.
pub fn logs() {
    // Flattened, so that a query asks for `cue` and not for `fields.cue`.
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(LevelFilter::TRACE);
    // An error means that a log is open already, and then it is that one.
    let _ = lines.finish().with(filter("info")).try_init();
}

/// Whoever asks a host that is not configured causes another look at the environment, at most this often.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// One Lambda: its host, made once from the environment, and its figures.
///
/// Where something is missing the process stays up and says so: a door answers 503, a queue keeps its
/// messages. It looks again from time to time, so that a parameter which is put right is seen by those who
/// are running, and not by the next ones only.
#[derive(Debug)]
pub struct Lambda {
    host: OnceCell<Host>,
    closed: Mutex<Option<(Instant, Misconfigured)>>,
    figures: Figures,
}

impl Lambda {
    /// Opens the log and makes the host, which opens its way to the table while the machine is still starting:
    /// an init has a whole processor, and the first request would wait for TLS otherwise. What is missing is
    /// logged by name, never by value.
    pub async fn start() -> Lambda {
        logs();
        let lambda = Lambda { host: OnceCell::new(), closed: Mutex::new(None), figures: Figures::from_env() };
        // What it lacks is logged there, and whoever asks is told.
        let _ = lambda.host().await;
        lambda
    }

    /// The host.
    ///
    /// # Errors
    /// [`Misconfigured`], with every name at once.
    pub async fn host(&self) -> Result<&Host, Misconfigured> {
        if let Some(host) = self.host.get() {
            return Ok(host);
        }
        let mut closed = self.closed.lock().await;
        if let Some((at, problem)) = &*closed
            && at.elapsed() < LOOK_EVERY
        {
            return Err(problem.clone());
        }
        let made = self.host.get_or_try_init(|| Box::pin(Host::from_env())).await;
        made.inspect_err(|problem| {
            tracing::error!(%problem, "not configured");
            *closed = Some((Instant::now(), problem.clone()));
        })
    }

    /// Ends an invocation: the figures that came together are written.
    pub fn done(&self) {
        if let Some(host) = self.host.get() {
            host.count_passed_over();
        }
        self.figures.write();
    }
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
        assert_eq!(quieter("warn,dynoxide=error", "dynoxide"), Some(LevelFilter::ERROR));
        assert_eq!(quieter("trace, dynoxide = trace, dynoxide=warn", "dynoxide"), Some(LevelFilter::WARN));
        assert_eq!(quieter("dynoxide=trace", "dynoxide"), None);
        assert_eq!(quieter("hyper_util=error", "hyper"), None);
        assert_eq!(quieter("info", "hyper"), None);
    }

    #[test]
    fn where_all_is_quiet_a_library_is_quiet_as_well() {
        use tracing::Level;
        for (setting, errors, infos, debugs) in [
            ("off,dynoxide=off", false, false, false),
            ("error", true, false, false),
            ("info", true, true, false),
            ("trace", true, true, false),
            ("host=debug", true, true, false),
        ] {
            let filter = bounded(setting.parse().expect("a filter"), setting, setting);
            let enabled = |level| filter.would_enable("aws_smithy_runtime::client::orchestrator", &level);
            let found = (enabled(Level::ERROR), enabled(Level::INFO), enabled(Level::DEBUG));
            assert_eq!(found, (errors, infos, debugs), "{setting}");
        }
    }

    #[test]
    fn a_closed_door_keeps_what_is_missing_to_the_log() {
        let missing = vec!["SLACK_BOT_TOKEN".to_owned()];
        let answer = closed(&Misconfigured { missing, wrong: Vec::new() });
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!String::from_utf8_lossy(answer.body()).contains("SLACK"), "{answer:?}");
    }
}
