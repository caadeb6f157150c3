//! What stands in the rooms, in one shape for all three platforms, and who hears of a change.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;
use tokio::sync::{broadcast, watch};

use super::call::{Call, Request};
use super::caller::Caller;
use super::faults::{Barred, Fault, Planned};
use super::{Clocks, Person, REMEMBERED, lock};
use crate::dice::Weather;

/// Who wrote a [`Message`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The platform's id of the author.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The name without spaces.
    pub handle: String,
    /// An address of their picture.
    pub avatar: Option<String>,
    /// Whether a program wrote it.
    pub bot: bool,
}

impl Author {
    pub(super) fn of(person: &Person, bot: bool) -> Self {
        Self {
            id: person.id.clone(),
            name: person.name.clone(),
            handle: person.handle.clone(),
            avatar: person.avatar.clone(),
            bot,
        }
    }
}

/// One message as it stands in a room now, in one shape for all three platforms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// `slack`, `discord` or `x`.
    pub platform: &'static str,
    /// The channel's id; `timeline` on X. For a message in a thread, the thread's parent channel.
    pub channel: String,
    /// Slack: the parent's `ts`. Discord: the thread's channel id. X: the conversation's first post,
    /// for replies.
    pub thread: Option<String>,
    /// Slack's `ts`, else a snowflake.
    pub id: String,
    /// When it was posted, by the chat's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub author: Author,
    /// The JSON body as it was received; after an edit, with the edited fields replaced.
    pub payload: Value,
    /// Whether it was edited since.
    pub edited: bool,
    /// Whether it was removed. A removed message stays in the list, so that a test can see it go.
    pub deleted: bool,
    /// The only person who sees it.
    pub ephemeral_for: Option<String>,
    /// Everyone this message notified or would have notified, by id, over all its versions; also
    /// `@everyone` and `@here`. Empty is what a mirrored post must be.
    pub pings: Vec<String>,
}

pub(super) fn rfc3339<S: Serializer>(at: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Something that changed in a room, for the stage's live page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new message.
    Posted {
        /// As it stands.
        message: Message,
    },
    /// A message changed.
    Edited {
        /// As it stands now.
        message: Message,
    },
    /// A message went.
    Deleted {
        /// As it stood.
        message: Message,
    },
    /// A thread was begun under a message.
    Thread {
        /// `discord`.
        platform: &'static str,
        /// The parent channel.
        channel: String,
        /// The thread's channel id.
        thread: String,
        /// The thread's name.
        name: String,
    },
    /// A member got or lost a role.
    Role {
        /// `discord`.
        platform: &'static str,
        /// The server.
        guild: String,
        /// The member.
        user: String,
        /// The role.
        role: String,
        /// Whether they have it now.
        has: bool,
    },
    /// A form, or Slack's App Home, is shown to somebody. `view: null` says that it closed.
    Form {
        /// `slack` or `discord`.
        platform: &'static str,
        /// Who sees it.
        user: String,
        /// The view or modal as the platform holds it.
        view: Value,
    },
}

/// What every stand-in keeps: what it received, what is in its rooms, what goes wrong next.
pub struct Room {
    pub(super) platform: &'static str,
    pub(super) clocks: Clocks,
    pub(super) requests: Mutex<VecDeque<Request>>,
    pub(super) messages: Mutex<Vec<Message>>,
    pub(super) faults: Mutex<Vec<Planned>>,
    pub(super) weather: Mutex<Option<Weather<Fault>>>,
    pub(super) barred: Mutex<Barred>,
    /// How many calls have met a fault; of one that hangs it is counted before it hangs.
    pub(super) met: watch::Sender<usize>,
    /// How many connections are open.
    pub(super) open: watch::Sender<usize>,
    pub(super) changes: broadcast::Sender<Change>,
    pub(super) caller: Caller,
}

impl Room {
    pub(super) fn new(platform: &'static str, clocks: Clocks, deadline: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            platform,
            clocks,
            requests: Mutex::default(),
            messages: Mutex::default(),
            faults: Mutex::default(),
            weather: Mutex::default(),
            barred: Mutex::default(),
            met: watch::Sender::new(0),
            open: watch::Sender::new(0),
            changes: broadcast::Sender::new(4096),
            caller: Caller::new(deadline)?,
        })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clocks.real)()
    }

    pub(super) fn chat_now(&self) -> DateTime<Utc> {
        (self.clocks.chat)()
    }

    /// Puts a message into its room, or replaces the one with its id, and tells whoever watches.
    pub(super) fn put(&self, message: Message) {
        let mut messages = lock(&self.messages);
        let change = match messages.iter_mut().rev().find(|m| m.id == message.id) {
            Some(old) => {
                *old = message.clone();
                if message.deleted { Change::Deleted { message } } else { Change::Edited { message } }
            }
            None => {
                messages.push(message.clone());
                Change::Posted { message }
            }
        };
        drop(messages);
        self.tell(change);
    }

    pub(super) fn tell(&self, change: Change) {
        // An error means that nobody watches, which is fine.
        let _ = self.changes.send(change);
    }

    pub(super) fn take_fault(&self, call: &Call) -> Option<Fault> {
        let line = format!("{} {}?{}", call.method, call.path, call.query);
        let mut faults = lock(&self.faults);
        let planned = faults.iter().position(|f| f.only.as_ref().is_none_or(|part| line.contains(part)));
        let Some(at) = planned else {
            return lock(&self.weather).as_mut().and_then(Weather::draw);
        };
        let planned = &mut faults[at];
        planned.left = planned.left.saturating_sub(1);
        let fault = planned.fault.clone();
        if planned.left == 0 {
            faults.remove(at);
        }
        Some(fault)
    }

    pub(super) fn record(&self, request: Request) {
        let mut requests = lock(&self.requests);
        if requests.len() >= REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
    }
}
