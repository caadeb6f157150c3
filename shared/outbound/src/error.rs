//! What went wrong, named by what to do next.

use std::fmt;
use std::time::Duration;

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing was accepted. Ask again, no sooner than this.
    #[error("ask again in {after:?} ({scope}): {why}")]
    RetryAfter {
        /// How long to wait, at most a day.
        after: Duration,
        /// What else must wait.
        scope: Scope,
        /// The platform's words or ours, for the log.
        why: String,
    },
    /// The platform has refused; asking again changes nothing.
    #[error("refused: {0}")]
    Rejected(Rejection),
    /// It may have been accepted: look before sending again.
    #[error("it may have been accepted: {why}")]
    Unknown {
        /// What happened, for the log.
        why: String,
    },
}

/// What must wait when a platform asks us to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This destination only.
    Destination,
    /// Everything on this platform.
    Platform,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Destination => "this destination",
            Self::Platform => "the whole platform",
        })
    }
}

/// A refusal, and the platform's own name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// What it means for us.
    pub reason: Reason,
    /// The platform's own code: Slack's `error`, Discord's number, X's problem; where there is none,
    /// `http_` and the status; where we refused ourselves, `not_sent`.
    pub code: String,
    /// The platform's words, shortened, for the log and the operator. May be empty.
    pub detail: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} [{}]", self.reason, self.code)?;
        if !self.detail.is_empty() {
            write!(f, " {}", self.detail)?;
        }
        Ok(())
    }
}

/// Why a platform refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The token or key is wrong, revoked or expired. Nothing on this platform works until an
    /// operator has replaced it.
    TokenInvalid,
    /// The channel, server or addressed person does not exist any more, or (Slack) we cannot see it.
    ChannelGone,
    /// We may not do this there: not invited, a missing permission or scope, a closed inbox, a
    /// conversation that X lets only others answer.
    NoPermission,
    /// The channel or thread is archived.
    Archived,
    /// Longer than the platform takes.
    TooLong,
    /// The platform, or we ourselves, found the payload malformed: our own fault.
    BadPayload,
    /// X holds that this text was posted already. After doubt, [`crate::X::find_own`] gives its id.
    Duplicate,
    /// The server's own rules (Discord's AutoMod) stopped the text.
    Blocked,
    /// The message, thread, person or role that this was about does not exist (any more). From
    /// Discord's Create Message: a message with this nonce was sent, and then deleted.
    NotFound,
    /// A trigger, response address or interaction token was used up or came too late.
    Expired,
    /// X wants to be paid first.
    NoCredit,
    /// Anything else; see the code.
    Other,
}

impl SendError {
    /// The refusal's reason, if this is a refusal.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Rejected(rejection) => Some(rejection.reason),
            Self::RetryAfter { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Whether X says that the plan of the app does not have this. It answers so (403, `client-forbidden`,
    /// with the reason `client-not-enrolled`) also where the app belongs to no project yet.
    pub fn wants_another_plan(&self) -> bool {
        match self {
            Self::Rejected(rejection) => {
                rejection.code == "client-forbidden" || rejection.detail.contains("not-enrolled")
            }
            Self::RetryAfter { .. } | Self::Unknown { .. } => false,
        }
    }

    pub(crate) fn refused(reason: Reason, code: impl Into<String>, detail: &str) -> Self {
        Self::Rejected(Rejection { reason, code: code.into(), detail: shorten(detail) })
    }

    /// Refused by us, before anything was sent.
    pub(crate) fn not_sent(reason: Reason, detail: &str) -> Self {
        Self::refused(reason, "not_sent", detail)
    }

    pub(crate) fn later(after: Duration, scope: Scope, why: impl Into<String>) -> Self {
        // A garbled header must not close a destination for years.
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self::RetryAfter { after: after.min(DAY), scope, why: why.into() }
    }
}

/// Platforms' words go to logs and alarms: one line, bounded.
pub(crate) fn shorten(words: &str) -> String {
    const MOST: usize = 200;
    let mut line: String = words.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if words.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}
