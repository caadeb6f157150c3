//! Stand-ins for X, Slack and Discord: small servers on the loopback which accept the calls that
//! Earshot's own clients make, keep the limits the platforms document, and act as people by sending
//! signed HTTP to Earshot's endpoints.
//!
//! They are strict rather than generous. Where a platform's pages leave a choice, the stand-in takes
//! the one that a wrong client cannot pass, and the item says so. None of them shares code with the
//! production clients or parsers: a mistake made twice would prove nothing.
//!
//! Two clocks, as everywhere in Earshot. The *chat's* clock stamps messages and may be moved; the
//! *real* one rules signatures, pacing, triggers and tokens. Both are given, so that a test can move
//! either.

pub mod aws;
mod call;
mod caller;
mod cut;
pub mod discord;
mod faults;
mod limits;
mod room;
mod server;
pub mod slack;
pub mod x;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::{broadcast, watch};

pub use call::Request;
use call::{Answered, Call, Reply, pairs};
pub use caller::{Answer, Sent};
pub use faults::Fault;
use faults::{Barred, Planned};
use limits::{Bucket, Window, seconds_up};
pub use room::{Author, Change, Message, Room};
use server::Platform;
pub use server::Server;

use crate::dice::Weather;

/// Tells the time. Given rather than read, so that a test or a rehearsal can move it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The two clocks that a stand-in lives by.
#[derive(Clone)]
pub struct Clocks {
    /// Rules signatures, pacing, triggers and tokens. Never sped up.
    pub real: Clock,
    /// Stamps messages and posts. A rehearsal may move it and speed it up.
    pub chat: Clock,
}

impl Clocks {
    /// Both clocks from one source.
    pub fn same(clock: Clock) -> Self {
        Self { real: Arc::clone(&clock), chat: clock }
    }
}

/// Somebody with an account on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The platform's own id: `U…` on Slack, a snowflake on Discord and X.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The name without spaces: Slack's `user_name`, Discord's `username`, X's `username` (no `@`).
    pub handle: String,
    /// An address of their picture.
    pub avatar: Option<String>,
}

impl Person {
    /// A person without a picture.
    pub fn new(id: &str, name: &str, handle: &str) -> Self {
        Self { id: id.into(), name: name.into(), handle: handle.into(), avatar: None }
    }
}

/// How many requests and sent calls are remembered; older ones are forgotten, so that a stage left
/// running for a week stays small.
const REMEMBERED: usize = 50_000;

/// What the three stand-ins have in common.
pub trait StandIn {
    /// What it keeps.
    fn room(&self) -> &Room;

    /// Where it listens.
    fn server(&self) -> &Server;

    /// Its address, such as `http://127.0.0.1:40123`, without a slash at the end.
    fn url(&self) -> String {
        self.server().url()
    }

    /// Stops listening.
    fn stop(&self) -> impl Future<Output = ()> + Send
    where
        Self: Sync,
    {
        async move { self.server().stop().await }
    }

    /// Every request it received, oldest first.
    fn requests(&self) -> Vec<Request> {
        lock(&self.room().requests).iter().cloned().collect()
    }

    /// Every message in its rooms, oldest first, removed ones included and marked.
    fn messages(&self) -> Vec<Message> {
        lock(&self.room().messages).clone()
    }

    /// Changes from now on. A watcher that falls 4,096 behind sees `Lagged` and reads
    /// [`messages`](Self::messages) again.
    fn changes(&self) -> broadcast::Receiver<Change> {
        self.room().changes.subscribe()
    }

    /// The next `times` requests meet this fault.
    fn inject(&self, fault: Fault, times: usize) {
        if times > 0 {
            lock(&self.room().faults).push(Planned { fault, left: times, only: None });
        }
    }

    /// The next `times` requests whose `METHOD /path?query` contains `part` meet this fault.
    fn inject_on(&self, part: &str, fault: Fault, times: usize) {
        if times > 0 {
            lock(&self.room().faults).push(Planned { fault, left: times, only: Some(part.into()) });
        }
    }

    /// From now on every call that meets no planned fault may meet one of these.
    fn set_weather(&self, weather: Weather<Fault>) {
        *lock(&self.room().weather) = Some(weather);
    }

    /// Forgets the faults that are still to come, and the weather.
    fn clear_faults(&self) {
        lock(&self.room().faults).clear();
        *lock(&self.room().weather) = None;
    }

    /// Gives a revoked token back and opens closed channels: what [`Fault::Revoke`] and
    /// [`Fault::Archive`] did, and nothing that the stand-in was told otherwise.
    fn mend(&self) {
        *lock(&self.room().barred) = Barred::default();
    }

    /// Whether a token is revoked or a channel closed, until somebody [mends](Self::mend) it.
    fn is_barred(&self) -> bool {
        let barred = lock(&self.room().barred);
        barred.revoked || !barred.closed.is_empty()
    }

    /// How many calls have met a fault. A call that hangs is counted before it hangs, so that a test can
    /// do something in that very moment.
    fn met(&self) -> watch::Receiver<usize> {
        self.room().met.subscribe()
    }

    /// How many connections are open. Once those of a caller that went away are closed, everything it had
    /// asked for is done or will never be.
    fn open(&self) -> watch::Receiver<usize> {
        self.room().open.subscribe()
    }

    /// Where Earshot is, such as `http://127.0.0.1:4040`. Until this is said, acting as a person is
    /// refused with an error.
    fn aim(&self, base: &str) {
        *lock(&self.room().caller.base) = Some(base.trim_end_matches('/').to_owned());
    }

    /// Every signed request it sent to Earshot, oldest first.
    fn sent(&self) -> Vec<Sent> {
        lock(&self.room().caller.sent).iter().cloned().collect()
    }

    /// Sends the same bytes and headers again, as a platform that saw no answer does, or tampered
    /// ones.
    ///
    /// # Errors
    /// When Earshot cannot be reached or does not answer within the platform's deadline.
    fn repeat(&self, sent: &Sent) -> impl Future<Output = anyhow::Result<Answer>> + Send
    where
        Self: Sync,
    {
        async move { self.room().caller.send(sent.clone()).await }
    }
}

/// A lock that outlives a panic elsewhere: what it guards is only ever replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An id that holds its time in ms since `epoch`, as Discord and X give them. It is unique and increasing,
/// also while the clock stands still or goes back.
fn snowflake(now: DateTime<Utc>, epoch: i64, last: &mut u64) -> String {
    let ms = u64::try_from(now.timestamp_millis() - epoch).unwrap_or(0);
    *last = (ms << 22).max(*last + 1);
    last.to_string()
}

/// Length as the platforms count it: characters, not bytes.
fn length(text: &str) -> usize {
    text.chars().count()
}

fn str_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `into` with the fields of `from` put over it.
fn overlay(into: &mut Value, from: &Value) {
    match (into.as_object_mut(), from.as_object()) {
        (Some(old), Some(new)) => {
            for (key, value) in new {
                old.insert(key.clone(), value.clone());
            }
        }
        _ => *into = from.clone(),
    }
}

/// HMAC-SHA256.
fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key) else {
        // HMAC takes a key of any length.
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
