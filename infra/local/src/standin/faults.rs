//! What a stand-in does wrong on command.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

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
    /// The deed is done at once, and the answer comes this much later (real time).
    Slow {
        /// How much.
        by: Duration,
    },
    /// From this call on our token is worth nothing, until somebody [mends](super::StandIn::mend) it.
    Revoke,
    /// From this call on the channel that it names is closed to us: archived on Slack, without the
    /// permission to write on Discord. X has no channels. Until somebody [mends](super::StandIn::mend) it.
    Archive,
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

/// What stays wrong until somebody mends it.
#[derive(Default)]
pub(super) struct Barred {
    pub(super) revoked: bool,
    pub(super) closed: BTreeSet<String>,
}

pub(super) struct Planned {
    pub(super) fault: Fault,
    pub(super) left: usize,
    pub(super) only: Option<String>,
}
