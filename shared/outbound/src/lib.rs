#![doc = include_str!("../README.md")]

mod admin;
mod bus;
mod call;
mod compliance;
mod discord;
mod error;
mod oauth;
mod reader;
mod slack;
mod webhooks;
mod x;

use std::fmt;
use std::time::Duration;

pub use admin::{Account, Application, Identity, PERMISSIONS, Permission, Rule, SCOPES, Scoped};
pub use bus::{Bus, Entry, MOST_ENTRIES};
pub use compliance::{Job, JobState};
pub use discord::{Bot, Discord};
pub use error::{Reason, Rejection, Scope, SendError};
pub use reader::{Page, Search, Subscription, XReader};
pub use slack::{Shown, Slack};
pub use webhooks::Webhook;
pub use x::{Keys, X};

/// How long one call may take, from the first packet to the last byte of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(6);

/// How long connecting may take, TLS included, within [`TIMEOUT`].
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Idle connections are dropped well before platforms and NAT gateways forget them: sending on a
/// forgotten one looks exactly like a message that may have arrived.
const IDLE: Duration = Duration::from_secs(20);

const USER_AGENT: &str =
    concat!("earshot/", env!("CARGO_PKG_VERSION"), " (+https://github.com/earshot/earshot)");

/// The client that every platform shares, with its time-outs.
pub fn client() -> reqwest::Client {
    client_with(TIMEOUT)
}

/// As [`client`], with another limit for the whole call: tests need short ones.
///
/// The environment's proxies are not used. reqwest would also send `http://127.0.0.1` to them, and a
/// rehearsal on an office network would then fail, or worse, leave the machine.
///
/// HTTP/1.1 only: a room takes one call a second, so there is nothing to send side by side, and HTTP/2 would be
/// a twentieth of every function. hyper repeats a request by itself only where not a byte of it was sent
/// because the connection had ended meanwhile: such a request is known not to have been accepted.
pub fn client_with(timeout: Duration) -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(USER_AGENT)
        .build()
        .expect("rustls with roots compiled in reads nothing from outside that could fail")
}

/// The client below AWS's SDK: the same library, for another caller. The SDK times each attempt, repeats
/// and names itself; its services speak HTTP/1.1.
pub fn client_for_aws(connecting: Duration) -> reqwest::Client {
    reqwest::Client::builder()
        .connect_timeout(connecting)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .http1_only()
        .build()
        .expect("rustls with roots compiled in reads nothing from outside that could fail")
}

/// A token or key. It prints as `Secret(…)`, and cannot be shown by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; white space around it, such as a file's last newline, is dropped.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(secret.as_ref().trim().to_owned())
    }

    /// The secret itself, to be handed to whatever signs or sends.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What the platform accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The platform's name for it: Slack's `ts`, Discord's and X's id.
    pub id: String,
    /// Where it landed, if the platform said so. It differs from the channel asked for where Slack
    /// was given a person (`U…`) and opened a conversation (`D…`); edits need this one.
    pub channel: Option<String>,
    /// What may still be sent, if the platform said so. Slack never does.
    pub pace: Option<Pace>,
}

/// What a platform says is left of the limit that a call counted against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Calls that remain until the limit starts afresh.
    pub remaining: u32,
    /// How long until it does.
    pub reset_after: Duration,
    /// Discord's name for the limit, shared by the routes that count against it.
    pub bucket: Option<String>,
}
