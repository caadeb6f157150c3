//! What operators watch: a few figures in CloudWatch's embedded metric format, one line a call
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//!
//! Where nobody collects them, as on a laptop, counting costs nothing. They have no dimension: each metric
//! and dimension is paid for, and what a figure is about stands in the log beside it.

use std::time::Duration;

use chrono::TimeDelta;
use metrics_cloudwatch_embedded::{Builder, Collector};

/// Where figures go, for a Lambda: its log.
#[derive(Clone, Copy)]
pub struct Figures(Option<&'static Collector>);

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Figures({})", if self.0.is_some() { "collected" } else { "not collected" })
    }
}

impl Figures {
    /// Collects them under the namespace that `EARSHOT_METRICS` names; without it nothing is collected.
    pub fn from_env() -> Figures {
        let namespace = std::env::var("EARSHOT_METRICS").unwrap_or_default();
        if namespace.trim().is_empty() {
            return Figures(None);
        }
        match Builder::new().cloudwatch_namespace(namespace.trim().to_owned()).init() {
            Ok(collector) => {
                units();
                Figures(Some(collector))
            }
            Err(error) => {
                tracing::error!(%error, "no figures are collected");
                Figures(None)
            }
        }
    }

    /// Writes what came together since the last time: to be called at the end of each invocation, because
    /// Lambda may freeze the process after it.
    pub fn write(self) {
        let Some(collector) = self.0 else { return };
        if let Err(error) = collector.flush(std::io::stdout()) {
            tracing::error!(%error, "figures were lost");
        }
    }
}

fn units() {
    use metrics::{Unit, describe_counter, describe_histogram};
    describe_counter!(HEARTBEAT, Unit::Count, "ticks of the clock that came to their end");
    describe_histogram!(LATENESS, Unit::Milliseconds, "how late a cue began to go out");
    describe_counter!(MIRRORED, Unit::Count, "posts shown, once for each room");
    describe_histogram!(MIRROR_DELAY, Unit::Milliseconds, "from knowing of a post to showing it");
    describe_counter!(REFUSED, Unit::Count, "requests that were not signed as they should be");
    describe_counter!(UNHEARD, Unit::Count, "events, messages and rows that cannot be read");
    describe_counter!(FAILED, Unit::Count, "deliveries that were given up");
    describe_counter!(X_READS, Unit::Count, "posts that X charges for reading");
    describe_counter!(X_WRITES, Unit::Count, "posts that X charges for writing");
}

const HEARTBEAT: &str = "Heartbeat";
const LATENESS: &str = "Lateness";
const MIRRORED: &str = "Mirrored";
const MIRROR_DELAY: &str = "MirrorDelay";
const REFUSED: &str = "Refused";
const UNHEARD: &str = "Unheard";
const FAILED: &str = "Failed";
const X_READS: &str = "XReads";
const X_WRITES: &str = "XWrites";

/// A tick came to its end.
pub(crate) fn ticked() {
    metrics::counter!(HEARTBEAT).increment(1);
}

/// A cue began to go out so much after its time.
pub(crate) fn late_by(late: TimeDelta) {
    metrics::histogram!(LATENESS).record(millis(late));
}

/// A post is shown in a room, so much after it was written down.
pub(crate) fn mirrored(after: TimeDelta) {
    metrics::counter!(MIRRORED).increment(1);
    metrics::histogram!(MIRROR_DELAY).record(millis(after));
}

/// Somebody came to a door without a valid signature.
pub(crate) fn refused() {
    metrics::counter!(REFUSED).increment(1);
}

/// Something came that nobody here knows what to do with, or stands in the table and cannot be read.
pub(crate) fn unheard() {
    metrics::counter!(UNHEARD).increment(1);
}

/// Deliveries were given up.
pub(crate) fn failed(count: usize) {
    metrics::counter!(FAILED).increment(count as u64);
}

/// X gave posts, and took some, that are paid for.
pub(crate) fn spent(read: u64, written: u64) {
    if read > 0 {
        metrics::counter!(X_READS).increment(read);
    }
    if written > 0 {
        metrics::counter!(X_WRITES).increment(written);
    }
}

/// Clocks of two machines differ: what seems to come before its time came on time.
fn millis(span: TimeDelta) -> f64 {
    span.to_std().unwrap_or(Duration::ZERO).as_secs_f64() * 1_000.0
}
