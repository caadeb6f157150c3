//! A stand-in for Discord: its HTTP API v10, its servers' rooms, and its people.
//!
//! Follows <https://docs.discord.com/developers/reference>,
//! <https://docs.discord.com/developers/topics/rate-limits>,
//! <https://docs.discord.com/developers/resources/message> and
//! <https://docs.discord.com/developers/interactions/receiving-and-responding>. Stricter than Discord, on
//! purpose, in these:
//!
//! - `content` is held to 2,000 characters on every route.
//! - A message read back carries no `nonce` unless [`Config::nonce_in_history`] says so: the page names
//!   the field without promising it, and libraries report it only in the answer to the send.
//! - Channel buckets are fixed at 5 messages in 5 s; Discord says that the numbers may change at any time,
//!   so a client must follow the headers rather than these.

mod api;
mod checks;
mod events;
mod interactions;
mod refused;
mod rooms;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{anyhow, bail};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::standin::{
    Answer, Author, Change, Clocks, Person, Room, Sent, Server, StandIn, Window, lock, snowflake, str_of,
};
pub use events::Scheduled;
use interactions::{filled_in, find_component};

/// Where Earshot takes interactions.
pub const INTERACTIONS: &str = "/discord/interactions";

/// Discord gives an app three seconds to answer.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long an interaction's token works.
const TOKEN: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// How long a nonce is remembered; Discord says "a few minutes", so a client may count on two.
const NONCE: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// 2015-01-01T00:00:00Z, in ms: where Discord's ids begin.
const EPOCH: i64 = 1_420_070_400_000;

/// `MANAGE_CHANNELS`.
pub const MANAGE_CHANNELS: u64 = 1 << 4;

/// What everyone may do: view, send, embed, react, use commands, talk in threads.
const EVERYONE: u64 = (1 << 6) | (1 << 10) | (1 << 11) | (1 << 14) | (1 << 16) | (1 << 31) | (1 << 38);

const EPHEMERAL: u64 = 1 << 6;

/// What anybody may upload (`attachment_size_limit` of an interaction).
const LARGEST_FILE: usize = 10 << 20;

const LOADING: u64 = 1 << 7;

const HAS_THREAD: u64 = 1 << 5;

const V2: u64 = 1 << 15;

/// A text channel of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// A snowflake.
    pub id: String,
    /// Its name without `#`.
    pub name: String,
    /// Its server.
    pub guild: String,
    /// Whether the bot sees it; 50001 Missing Access otherwise.
    pub visible: bool,
    /// Whether the bot may send and begin threads there; 50013 Missing Permissions otherwise.
    pub writable: bool,
}

impl Channel {
    /// A channel that the bot may use.
    pub fn new(id: &str, name: &str, guild: &str) -> Self {
        Self { id: id.into(), name: name.into(), guild: guild.into(), visible: true, writable: true }
    }
}

/// A role of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// A snowflake.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its server.
    pub guild: String,
    /// Whether the bot may give it; 50013 otherwise.
    pub assignable: bool,
}

/// Somebody who is in every server of the stand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who; `name` is the display name, `handle` the username.
    pub person: Person,
    /// The roles they have at first.
    pub roles: Vec<String>,
    /// Permissions beside everyone's, such as [`MANAGE_CHANNELS`].
    pub permissions: u64,
}

/// How fast Discord may be called.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Messages, and apart from them edits, per channel in [`channel_window`](Self::channel_window).
    pub channel: u32,
    /// See [`channel`](Self::channel).
    pub channel_window: Duration,
    /// Calls a second on all routes but those of interactions.
    pub global: u32,
    /// 401s, 403s and 429s in ten minutes until the address is banned.
    pub invalid: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { channel: 5, channel_window: Duration::from_secs(5), global: 50, invalid: 10_000 }
    }
}

/// What Discord is like.
#[derive(Clone)]
pub struct Config {
    /// The two clocks.
    pub clocks: Clocks,
    /// The application's id.
    pub application_id: String,
    /// The bot.
    pub bot: Person,
    /// The bot's token.
    pub bot_token: String,
    /// The seed of the key that interactions are signed with.
    pub seed: [u8; 32],
    /// Servers: id and name.
    pub guilds: Vec<(String, String)>,
    /// Their channels.
    pub channels: Vec<Channel>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Their people.
    pub members: Vec<Member>,
    /// Whether messages that are read back carry their `nonce`.
    pub nonce_in_history: bool,
    /// The interactions endpoint that somebody entered in the developer portal.
    pub endpoint: Option<String>,
    /// How fast it may be called.
    pub limits: Limits,
}

impl Config {
    /// A Discord with made-up secrets, and no servers yet.
    pub fn new(clocks: Clocks) -> Self {
        Self {
            clocks,
            application_id: "1100000000000000001".into(),
            bot: Person::new("1100000000000000001", "Earshot", "earshot"),
            bot_token: "stage-bot-not-a-secret".into(),
            seed: *b"a seed for a stage, not a secret",
            guilds: Vec::new(),
            channels: Vec::new(),
            roles: Vec::new(),
            members: Vec::new(),
            nonce_in_history: false,
            endpoint: None,
            limits: Limits::default(),
        }
    }
}

/// One message as Discord holds it.
#[derive(Clone)]
struct Stored {
    /// Where it lies: a channel, a thread, or a DM channel.
    channel: String,
    id: String,
    at: DateTime<Utc>,
    author: Author,
    payload: Value,
    edited: Option<DateTime<Utc>>,
    deleted: bool,
    ephemeral_for: Option<String>,
    pings: BTreeSet<String>,
    flags: u64,
    /// The interaction that it answers.
    interaction: Option<Value>,
    from_interaction: bool,
}

#[derive(Clone)]
struct Thread {
    id: String,
    parent: String,
    name: String,
    archived: bool,
    locked: bool,
    auto_archive: u64,
    at: DateTime<Utc>,
}

struct Interaction {
    user: String,
    channel: String,
    at: DateTime<Utc>,
    answered: bool,
    original: Option<String>,
}

struct Modal {
    user: String,
    channel: String,
    modal: Value,
    message: Option<String>,
}

/// A file that somebody was handed as the answer to a command.
struct Handed {
    /// Its attachment's id.
    id: String,
    /// To whom.
    to: String,
    name: String,
    content: String,
}

#[derive(Default)]
struct State {
    channels: Vec<Channel>,
    threads: Vec<Thread>,
    messages: Vec<Stored>,
    roles: HashMap<(String, String), BTreeSet<String>>,
    commands: HashMap<String, Vec<Value>>,
    interactions: HashMap<String, Interaction>,
    modals: Vec<Modal>,
    nonces: HashMap<String, (DateTime<Utc>, String)>,
    /// Events of all servers.
    events: Vec<Scheduled>,
    /// The bot may make no events.
    no_events: bool,
    files: Vec<Handed>,
    /// Who takes no direct messages.
    closed: BTreeSet<String>,
    buckets: HashMap<String, Window>,
    global: Option<Window>,
    invalid: Option<Window>,
    last_id: u64,
    counter: u64,
}

impl State {
    fn id(&mut self, now: DateTime<Utc>) -> String {
        snowflake(now, EPOCH, &mut self.last_id)
    }

    fn message(&mut self, channel: &str, id: &str) -> Option<&mut Stored> {
        self.messages.iter_mut().rev().find(|m| m.id == id && m.channel == channel && !m.deleted)
    }

    fn thread(&mut self, id: &str) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|t| t.id == id)
    }
}

struct Inner {
    config: Config,
    room: Room,
    key: SigningKey,
    state: Mutex<State>,
    /// One message at a time, so that of two with one nonce at once the second finds the first.
    turn: Mutex<()>,
}

/// A running Discord. Stops when dropped.
pub struct Discord {
    inner: Arc<Inner>,
    server: Server,
}

impl StandIn for Discord {
    fn room(&self) -> &Room {
        &self.inner.room
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

/// The channel in which the bot writes to somebody alone.
pub fn direct(user: &str) -> String {
    format!("99{user}")
}

impl Discord {
    /// Starts a Discord on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let mut state = State {
            channels: config.channels.clone(),
            global: Some(Window::new(config.limits.global, Duration::from_secs(1))),
            invalid: Some(Window::new(config.limits.invalid, Duration::from_secs(600))),
            ..State::default()
        };
        for (guild, _) in &config.guilds {
            for member in &config.members {
                let mine = |id: &&String| config.roles.iter().any(|r| r.id == **id && r.guild == *guild);
                let roles = member.roles.iter().filter(mine).cloned().collect();
                state.roles.insert((guild.clone(), member.person.id.clone()), roles);
            }
        }
        let room = Room::new("discord", config.clocks.clone(), DEADLINE)?;
        let key = SigningKey::from_bytes(&config.seed);
        let inner = Arc::new(Inner { config, room, key, state: Mutex::new(state), turn: Mutex::default() });
        let server = Server::start(Arc::clone(&inner)).await?;
        Ok(Self { inner, server })
    }

    /// The base for `DISCORD_API_URL`, with its slash.
    pub fn api_url(&self) -> String {
        format!("{}/api/v10/", self.server.url())
    }

    /// The key for `DISCORD_PUBLIC_KEY`: 64 hexadecimal digits.
    pub fn public_key_hex(&self) -> String {
        hex::encode(self.inner.key.verifying_key().as_bytes())
    }

    /// Adds a channel, or replaces the one with its id: hidden, or closed to the bot.
    pub fn set_channel(&self, channel: Channel) {
        let mut state = lock(&self.inner.state);
        match state.channels.iter_mut().find(|c| c.id == channel.id) {
            Some(old) => *old = channel,
            None => state.channels.push(channel),
        }
    }

    /// The roles that somebody has in a server.
    pub fn roles_of(&self, guild: &str, user: &str) -> Vec<String> {
        let state = lock(&self.inner.state);
        state.roles.get(&(guild.into(), user.into())).into_iter().flatten().cloned().collect()
    }

    /// The commands that were registered: for everyone with `None`, else for a server.
    pub fn commands(&self, guild: Option<&str>) -> Vec<Value> {
        lock(&self.inner.state).commands.get(guild.unwrap_or_default()).cloned().unwrap_or_default()
    }

    /// Somebody lets no direct messages through any more (50007), or again.
    pub fn close_direct(&self, user: &str, closed: bool) {
        let mut state = lock(&self.inner.state);
        if closed {
            state.closed.insert(user.to_owned())
        } else {
            state.closed.remove(user)
        };
    }

    /// The last file that somebody was handed as the answer to a command: its name and what is in it.
    pub fn file(&self, user: &str) -> Option<(String, String)> {
        let state = lock(&self.inner.state);
        let theirs = state.files.iter().rev().find(|file| file.to == user);
        theirs.map(|file| (file.name.clone(), file.content.clone()))
    }

    /// What is in an attachment that was handed over, by its id.
    pub fn attachment(&self, id: &str) -> Option<String> {
        let state = lock(&self.inner.state);
        state.files.iter().find(|file| file.id == id).map(|file| file.content.clone())
    }

    /// The events of a server, whatever came of them.
    pub fn events(&self, guild: &str) -> Vec<Scheduled> {
        self.inner.scheduled(guild)
    }

    /// The bot may make events (Create Events), or may not any more (50013).
    pub fn allow_events(&self, allowed: bool) {
        lock(&self.inner.state).no_events = !allowed;
    }

    /// Somebody of the server deletes an event.
    pub fn delete_event(&self, id: &str) {
        lock(&self.inner.state).events.retain(|event| event.id != id);
    }

    /// The form that somebody has open.
    pub fn modal(&self, user: &str) -> Option<Value> {
        lock(&self.inner.state).modals.iter().find(|m| m.user == user).map(|m| m.modal.clone())
    }

    /// Somebody types in a channel or thread. Nothing is sent to Earshot, which does not listen to
    /// messages.
    ///
    /// # Errors
    /// When there is no such person or channel.
    pub fn say(&self, user: &str, channel: &str, text: &str) -> anyhow::Result<String> {
        let member = self.inner.member(user)?;
        let author = Author::of(&member.person, false);
        self.inner.place(channel).map_err(|_| anyhow!("no channel {channel} in this Discord"))?;
        let payload = json!({"content": text});
        Ok(self.inner.store(channel, author, payload, None, 0, None, false).id)
    }

    /// Somebody uses a slash command, with its options by name. Where commands were registered, this
    /// one must be among them, with all that it requires.
    ///
    /// # Errors
    /// When the person could not do this, or Earshot does not answer within three seconds.
    pub async fn command(
        &self,
        user: &str,
        channel: &str,
        name: &str,
        options: &[(&str, Value)],
    ) -> anyhow::Result<Answer> {
        let data = self.inner.command_data(channel, name, options)?;
        self.inner.interact(2, user, channel, data, None).await
    }

    /// Somebody presses a button of a message they see.
    ///
    /// # Errors
    /// When there is no such button, or it is disabled, or Earshot does not answer within three seconds.
    pub async fn press(
        &self,
        user: &str,
        channel: &str,
        message: &str,
        custom_id: &str,
    ) -> anyhow::Result<Answer> {
        self.component(user, channel, message, custom_id, None).await
    }

    /// Somebody chooses from a menu of a message they see.
    ///
    /// # Errors
    /// As [`press`](Self::press).
    pub async fn choose(
        &self,
        user: &str,
        channel: &str,
        message: &str,
        custom_id: &str,
        values: &[&str],
    ) -> anyhow::Result<Answer> {
        self.component(user, channel, message, custom_id, Some(values)).await
    }

    async fn component(
        &self,
        user: &str,
        channel: &str,
        message: &str,
        custom_id: &str,
        values: Option<&[&str]>,
    ) -> anyhow::Result<Answer> {
        let stored = lock(&self.inner.state)
            .message(channel, message)
            .cloned()
            .ok_or_else(|| anyhow!("no message {message} in {channel}"))?;
        if stored.ephemeral_for.as_deref().is_some_and(|only| only != user) {
            bail!("{user} does not see the message {message}");
        }
        let mut seen = Vec::new();
        let found = find_component(stored.payload.get("components"), custom_id, &mut seen);
        let found = found.ok_or_else(|| anyhow!("no `{custom_id}` on this message; there are {seen:?}"))?;
        if found.get("disabled") == Some(&Value::Bool(true)) {
            bail!("`{custom_id}` is disabled");
        }
        let mut data = json!({
            "component_type": found["type"], "custom_id": custom_id, "id": found.get("id").cloned().unwrap_or(json!(1)),
        });
        if let Some(values) = values {
            data["values"] = json!(values);
        }
        self.inner.interact(3, user, channel, data, Some(stored)).await
    }

    /// Somebody fills in the form they have open and submits it; `values` go to the fields by
    /// `custom_id`, the others keep what the form offered.
    ///
    /// # Errors
    /// When no such form is open, or Discord's own client would not let it go (required, too short, too
    /// long), or Earshot does not answer within three seconds.
    pub async fn submit(
        &self,
        user: &str,
        custom_id: &str,
        values: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let (data, channel, message) = {
            let mut state = lock(&self.inner.state);
            let at = state
                .modals
                .iter()
                .position(|m| m.user == user && str_of(&m.modal, "custom_id") == custom_id)
                .ok_or_else(|| anyhow!("{user} has no form `{custom_id}` open"))?;
            let components = filled_in(&state.modals[at].modal, values)?;
            let modal = state.modals.remove(at);
            let message = modal.message.as_ref().and_then(|id| state.message(&modal.channel, id).cloned());
            (json!({"custom_id": custom_id, "components": components}), modal.channel, message)
        };
        self.inner.room.tell(Change::Form { platform: "discord", user: user.into(), view: Value::Null });
        self.inner.interact(5, user, &channel, data, message).await
    }

    /// Discord asks whether the address is ours: PING. Answers whether the answer is right.
    ///
    /// # Errors
    /// When Earshot does not answer within three seconds.
    pub async fn ping(&self) -> anyhow::Result<(Answer, bool)> {
        let body = json!({
            "id": self.inner.fresh_id(), "application_id": self.inner.config.application_id, "type": 1,
            "token": self.inner.fresh_token(), "version": 1, "entitlements": [],
        });
        let sent = self.signed(INTERACTIONS, Bytes::from(body.to_string()));
        let answer = self.inner.room.caller.send(sent).await?;
        let valid = answer.status == 200 && answer.body == json!({"type": 1});
        Ok((answer, valid))
    }

    /// The bad signature that Discord sends now and then, to see whether we look: the answer must be
    /// 401.
    ///
    /// # Errors
    /// When Earshot does not answer within three seconds.
    pub async fn probe(&self) -> anyhow::Result<Answer> {
        let body = json!({"id": self.inner.fresh_id(), "type": 1, "token": "probe", "version": 1});
        let mut sent = self.signed(INTERACTIONS, Bytes::from(body.to_string()));
        for (name, value) in &mut sent.headers {
            if name == "x-signature-ed25519" {
                *value = hex::encode(self.inner.key.sign(b"something else").to_bytes());
            }
        }
        self.inner.room.caller.send(sent).await
    }

    /// Signs any body as Discord would now, for tests that send something of their own through
    /// [`repeat`](StandIn::repeat).
    pub fn signed(&self, path: &str, body: Bytes) -> Sent {
        self.inner.signed(path, body)
    }
}
