//! Doorbells. The table is the truth: a message only says where to look, and may be lost, doubled or
//! late without harm.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use chat::cue::CueId;
use chat::name::{EpisodeId, Person, Place, Slug};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::ToUnquote;

use crate::signed::{SQS, Service};

/// A message of the queues `cues`, `poll` and `mirror.fifo`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bell {
    /// A cue is near. Only its name and version: text and state are read when it is claimed.
    Cue {
        /// Its name.
        id: String,
        /// Its version; with another one it does nothing.
        rev: u64,
        /// When it is due, in milliseconds of the chat's clock.
        due: i64,
    },
    /// X is to be searched.
    Poll {
        /// The quarter of a minute for which, in milliseconds of the chat's clock: doubled, it is searched
        /// once.
        slot: i64,
    },
    /// Something waits for this destination.
    Ring {
        /// The destination.
        place: String,
    },
    /// Everything that somebody posted in a chat is to be removed. What exactly is read from the table.
    Erase {
        /// The chat.
        chat: String,
        /// The person.
        person: String,
    },
    /// A removed post is to be quoted no more. By whom is read from the table.
    Unquote {
        /// The post, by one of its names.
        post: String,
        /// The chat it was removed in; absent where it was taken back, for every chat.
        chat: Option<String>,
    },
    /// The rest of what somebody said who was let in is to be carried. What exactly is read from the table.
    LetIn {
        /// The chat.
        chat: String,
        /// The person.
        person: String,
    },
    /// What was missed in an episode is to be carried. What exactly is read from the table.
    CatchUp {
        /// The episode.
        episode: String,
    },
    /// The living message of an hour at the desk is to be looked at. What it shows is read from the table.
    Desk {
        /// The hour.
        episode: String,
        /// From when on, in milliseconds of the chat's clock.
        at: i64,
    },
    /// Somebody's App Home is to be published. What it shows is read from the table.
    Home {
        /// Whose.
        person: String,
        /// When they opened it, in milliseconds of real time: what was published since then is new enough.
        opened: i64,
        /// From when on, likewise.
        at: i64,
    },
}

/// SQS delays at most this long; the clock hands out cues well within it.
const LONGEST_DELAY: i64 = 900;
/// A cue is taken up this early, in seconds, to connect before it is due.
pub const EARLY: i64 = 5;

/// The queues, with an arm for AWS and one for a single process.
#[derive(Debug, Clone)]
pub enum Queues {
    /// Amazon SQS.
    Aws {
        /// The client.
        sqs: Sqs,
        /// The standard queue `cues`, for what has a time.
        cues: String,
        /// The FIFO queue `mirror.fifo`, one group a destination.
        mirror: String,
        /// The standard queue `poll`, for searching X; where X is not searched there is none.
        poll: Option<String>,
    },
    /// In this process.
    Local(Arc<Local>),
}

/// A queue in this process: rung bells, to be taken by a worker or by a story.
#[derive(Debug, Default)]
pub struct Local {
    rung: Mutex<Vec<Rung>>,
    known: Mutex<HashSet<Bell>>,
    news: tokio::sync::Notify,
}

/// A bell and when it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The bell.
    pub bell: Bell,
    /// Not before this: real time for rings and homes, the chat's clock for cues, slots and looks at the desk.
    pub at: DateTime<Utc>,
}

/// A queue did not take a message. Nothing is lost by it: a sweep finds what waits.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take a bell: {0}")]
pub struct Unrung(String);

impl Local {
    /// Takes everything that was rung so far.
    pub fn take(&self) -> Vec<Rung> {
        let taken = std::mem::take(&mut *open(&self.rung));
        let mut known = open(&self.known);
        for rung in &taken {
            known.remove(&rung.bell);
        }
        taken
    }

    /// Puts a bell back for later.
    pub fn push(&self, bell: Bell, at: DateTime<Utc>) {
        // The same cue or slot is handed out by several ticks; here, unlike on SQS, that can be seen.
        let timed = matches!(bell, Bell::Cue { .. } | Bell::Poll { .. } | Bell::Desk { .. });
        if timed && !open(&self.known).insert(bell.clone()) {
            return;
        }
        open(&self.rung).push(Rung { bell, at });
        self.news.notify_one();
    }

    /// Waits until something was rung.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

fn open<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bell {
    /// What [`Bell::Unquote`] names; `None` where those are no names.
    pub fn to_unquote(post: &str, chat: Option<&str>) -> Option<ToUnquote> {
        let slug = chat.map(str::parse::<Slug>).transpose().ok()?;
        Some(ToUnquote { post: post.parse().ok()?, slug })
    }
}

impl Queues {
    /// Hands out a cue, to be taken up a few seconds before it is due.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; the next tick hands it out again.
    pub async fn cue(
        &self,
        id: &CueId,
        rev: u64,
        due: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Unrung> {
        let bell = Bell::Cue { id: id.to_string(), rev, due: due.timestamp_millis() };
        match self {
            Queues::Local(local) => {
                local.push(bell, due);
                Ok(())
            }
            Queues::Aws { sqs, cues, .. } => {
                let delay = (due - now).num_seconds() - EARLY;
                let delay = i32::try_from(delay.clamp(0, LONGEST_DELAY)).unwrap_or(0);
                let request =
                    sqs.send_message().queue_url(cues).message_body(body(&bell)).delay_seconds(delay);
                request.send().await
            }
        }
    }

    /// Asks for a search at a slot, an instant of the chat's clock.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it, or there is none; a later search finds what this one
    /// would have found.
    pub async fn poll(&self, slot: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Unrung> {
        let bell = Bell::Poll { slot: slot.timestamp_millis() };
        match self {
            Queues::Local(local) => {
                local.push(bell, slot);
                Ok(())
            }
            Queues::Aws { poll: None, .. } => Err(Unrung("EARSHOT_POLL_QUEUE_URL is not set".to_owned())),
            Queues::Aws { sqs, poll: Some(poll), .. } => {
                let delay = i32::try_from((slot - now).num_seconds().clamp(0, LONGEST_DELAY)).unwrap_or(0);
                let request =
                    sqs.send_message().queue_url(poll).message_body(body(&bell)).delay_seconds(delay);
                request.send().await
            }
        }
    }

    /// Rings a destination's doorbell at once. `commit` names the commit that asks for it: a FIFO
    /// queue drops repeats of a name for five minutes, so it must never be the destination's.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; a sweep finds what waits.
    pub async fn ring(&self, place: &Place, commit: &str, now: DateTime<Utc>) -> Result<(), Unrung> {
        let bell = Bell::Ring { place: place.to_string() };
        match self {
            Queues::Local(local) => {
                local.push(bell, now);
                Ok(())
            }
            Queues::Aws { sqs, mirror, .. } => {
                let request = sqs
                    .send_message()
                    .queue_url(mirror)
                    .message_body(body(&bell))
                    .message_group_id(place.to_string())
                    .message_deduplication_id(format!("{commit}@{}", digest(place)));
                request.send().await
            }
        }
    }

    /// Rings it at a later moment of real time. FIFO queues take no delay, so it travels through `cues`.
    ///
    /// # Errors
    /// [`Unrung`], likewise.
    pub async fn ring_at(&self, place: &Place, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Unrung> {
        let bell = Bell::Ring { place: place.to_string() };
        match self {
            Queues::Local(local) => {
                local.push(bell, at);
                Ok(())
            }
            Queues::Aws { sqs, cues, .. } => {
                // Rounded up: a bell a moment too early would find the door still closed.
                let delay = ((at - now).num_milliseconds() + 999) / 1000;
                let delay = i32::try_from(delay.clamp(0, LONGEST_DELAY)).unwrap_or(0);
                let request =
                    sqs.send_message().queue_url(cues).message_body(body(&bell)).delay_seconds(delay);
                request.send().await
            }
        }
    }

    /// Asks for a look at the living message of an hour, at a moment of the chat's clock. It travels through `cues`.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; another look comes soon.
    pub async fn desk(
        &self,
        episode: &EpisodeId,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Unrung> {
        let bell = Bell::Desk { episode: episode.to_string(), at: at.timestamp_millis() };
        match self {
            Queues::Local(local) => {
                local.push(bell, at);
                Ok(())
            }
            Queues::Aws { sqs, cues, .. } => {
                let delay = i32::try_from((at - now).num_seconds().clamp(0, LONGEST_DELAY)).unwrap_or(0);
                let request =
                    sqs.send_message().queue_url(cues).message_body(body(&bell)).delay_seconds(delay);
                request.send().await
            }
        }
    }

    /// Rings for what is to be erased, at this moment of real time. It travels through `cues`, side by side
    /// with others: nothing waits for it.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; the next tick rings again.
    pub async fn erase(&self, chat: &Slug, person: &Person, at: DateTime<Utc>) -> Result<(), Unrung> {
        self.at_once(Bell::Erase { chat: chat.to_string(), person: person.to_string() }, at).await
    }

    /// Rings for a removed post that is quoted, at this moment of real time, likewise.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; the next tick rings again.
    pub async fn unquote(&self, gone: &ToUnquote, at: DateTime<Utc>) -> Result<(), Unrung> {
        let chat = gone.slug.as_ref().map(ToString::to_string);
        self.at_once(Bell::Unquote { post: gone.post.to_string(), chat }, at).await
    }

    /// Rings for the rest of what somebody said who was let in, at this moment of real time, likewise.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; the next tick finds it.
    pub async fn let_in(&self, chat: &Slug, person: &Person, at: DateTime<Utc>) -> Result<(), Unrung> {
        self.at_once(Bell::LetIn { chat: chat.to_string(), person: person.to_string() }, at).await
    }

    /// Rings for what was missed in an episode and is to be carried, at this moment of real time, likewise.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; the next tick rings again.
    pub async fn catch_up(&self, episode: &EpisodeId, at: DateTime<Utc>) -> Result<(), Unrung> {
        self.at_once(Bell::CatchUp { episode: episode.to_string() }, at).await
    }

    /// Asks for somebody's App Home, which they opened then, at a moment of real time. It travels through `cues`.
    ///
    /// # Errors
    /// [`Unrung`] where the queue did not take it; the home is shown when it is opened again.
    pub async fn home(
        &self,
        person: &Person,
        opened: DateTime<Utc>,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Unrung> {
        let (opened, from) = (opened.timestamp_millis(), at.timestamp_millis());
        let bell = Bell::Home { person: person.to_string(), opened, at: from };
        match self {
            Queues::Local(local) => {
                local.push(bell, at);
                Ok(())
            }
            Queues::Aws { sqs, cues, .. } => {
                let delay = i32::try_from((at - now).num_seconds().clamp(0, LONGEST_DELAY)).unwrap_or(0);
                let request =
                    sqs.send_message().queue_url(cues).message_body(body(&bell)).delay_seconds(delay);
                request.send().await
            }
        }
    }

    async fn at_once(&self, bell: Bell, at: DateTime<Utc>) -> Result<(), Unrung> {
        match self {
            Queues::Local(local) => {
                local.push(bell, at);
                Ok(())
            }
            Queues::Aws { sqs, cues, .. } => {
                let request = sqs.send_message().queue_url(cues).message_body(body(&bell));
                request.send().await
            }
        }
    }
}

fn body(bell: &Bell) -> String {
    serde_json::to_string(bell).expect("a bell is names and numbers, which JSON can always hold")
}

/// Deduplication ids may have 128 characters of a narrow set.
fn digest(place: &Place) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(place.to_string()))[..16].to_owned()
}

/// Amazon SQS, as far as bells are rung.
#[derive(Debug, Clone)]
pub struct Sqs(Arc<Service>);

impl Sqs {
    /// The service of an account's region.
    pub fn new(sdk: &SdkConfig) -> Sqs {
        Sqs(Arc::new(Service::new(sdk, &SQS)))
    }

    /// A message, to be filled in and sent.
    fn send_message(&self) -> SendMessage<'_> {
        SendMessage { sqs: self, body: Map::new() }
    }
}

/// A message for a queue
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>).
struct SendMessage<'a> {
    sqs: &'a Sqs,
    body: Map<String, Value>,
}

impl SendMessage<'_> {
    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body.insert(name.to_owned(), value.into());
        self
    }

    fn queue_url(self, url: &str) -> Self {
        self.with("QueueUrl", url)
    }

    fn message_body(self, body: String) -> Self {
        self.with("MessageBody", body)
    }

    /// In seconds.
    fn delay_seconds(self, delay: i32) -> Self {
        self.with("DelaySeconds", delay)
    }

    fn message_group_id(self, group: String) -> Self {
        self.with("MessageGroupId", group)
    }

    fn message_deduplication_id(self, id: String) -> Self {
        self.with("MessageDeduplicationId", id)
    }

    async fn send(self) -> Result<(), Unrung> {
        self.sqs.0.call("SendMessage", &Value::Object(self.body)).await.map(drop).map_err(Unrung)
    }
}
