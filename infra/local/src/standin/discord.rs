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

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use ed25519_dalek::{Signer, SigningKey};
use http::Method;
use serde_json::{Map, Value, json};

use super::{
    Answer, Author, Call, Change, Clocks, Message, Person, Platform, Reply, Room, Sent, Server, StandIn,
    Window, length, lock, overlay, seconds_up, str_of,
};

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
    buckets: HashMap<String, Window>,
    global: Option<Window>,
    invalid: Option<Window>,
    last_id: u64,
    counter: u64,
}

impl State {
    /// An id that is unique and increasing, also while the clock stands still or goes back.
    fn id(&mut self, now: DateTime<Utc>) -> String {
        let ms = u64::try_from(now.timestamp_millis() - EPOCH).unwrap_or(0);
        self.last_id = (ms << 22).max(self.last_id + 1);
        self.last_id.to_string()
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

    fn url(&self) -> String {
        self.server.url()
    }
}

/// A refusal: status, numbered code, words, and for 50035 where the trouble is.
#[derive(Debug)]
struct Refused {
    status: u16,
    code: u32,
    message: &'static str,
    errors: Option<Value>,
}

const fn refused(status: u16, code: u32, message: &'static str) -> Refused {
    Refused { status, code, message, errors: None }
}

const UNAUTHORIZED: Refused = refused(401, 0, "401: Unauthorized");
const NOT_FOUND: Refused = refused(404, 0, "404: Not Found");
const UNKNOWN_CHANNEL: Refused = refused(404, 10003, "Unknown Channel");
const UNKNOWN_GUILD: Refused = refused(404, 10004, "Unknown Guild");
const UNKNOWN_MEMBER: Refused = refused(404, 10007, "Unknown Member");
const UNKNOWN_MESSAGE: Refused = refused(404, 10008, "Unknown Message");
const UNKNOWN_ROLE: Refused = refused(404, 10011, "Unknown Role");
const UNKNOWN_WEBHOOK: Refused = refused(404, 10015, "Unknown Webhook");
const MISSING_ACCESS: Refused = refused(403, 50001, "Missing Access");
const NOT_THE_AUTHOR: Refused = refused(403, 50005, "Cannot edit a message authored by another user");
const EMPTY: Refused = refused(400, 50006, "Cannot send an empty message");
const MISSING_PERMISSIONS: Refused = refused(403, 50013, "Missing Permissions");
const INVALID_TOKEN: Refused = refused(401, 50027, "Invalid Webhook Token");
const ARCHIVED: Refused = refused(400, 50083, "Thread is archived");
const NOT_JSON: Refused = refused(400, 50109, "The request body contains invalid JSON.");
const HAS_A_THREAD: Refused = refused(400, 160_004, "A thread has already been created for this message");
const NO_USER_AGENT: Refused = refused(403, 40333, "internal network error");

impl Refused {
    /// 50035 at a path such as `embeds.0.title`.
    fn form(path: &str, code: &str, why: &str) -> Self {
        let mut errors = json!({"_errors": [{"code": code, "message": why}]});
        for piece in path.rsplit('.').filter(|p| !p.is_empty()) {
            errors = json!({piece: errors});
        }
        Self { status: 400, code: 50035, message: "Invalid Form Body", errors: Some(errors) }
    }

    fn body(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
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

    /// Stops listening.
    pub async fn stop(&self) {
        self.server.stop().await;
    }

    /// How long Earshot has to answer; three seconds unless told otherwise.
    pub fn set_deadline(&self, deadline: Duration) {
        *lock(&self.inner.room.caller.deadline) = deadline;
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

/// The component with this `custom_id`, wherever it lies.
fn find_component<'a>(
    components: Option<&'a Value>,
    custom_id: &str,
    seen: &mut Vec<String>,
) -> Option<&'a Value> {
    for component in components.and_then(Value::as_array).into_iter().flatten() {
        if let Some(id) = component.get("custom_id").and_then(Value::as_str) {
            seen.push(id.to_owned());
            if id == custom_id {
                return Some(component);
            }
        }
        let inside = component.get("accessory").map(std::slice::from_ref).unwrap_or_default();
        for accessory in inside {
            if str_of(accessory, "custom_id") == custom_id {
                return Some(accessory);
            }
        }
        if let Some(found) = find_component(component.get("components"), custom_id, seen) {
            return Some(found);
        }
    }
    None
}

/// A form's components as Discord sends them back.
fn filled_in(modal: &Value, values: &[(&str, &str)]) -> anyhow::Result<Value> {
    let mut left: BTreeMap<&str, &str> = values.iter().copied().collect();
    let mut out = Vec::new();
    let mut fill = |field: &Value, number: u64, label: &str| -> anyhow::Result<Value> {
        let custom_id = str_of(field, "custom_id");
        let typed = left.remove(custom_id);
        let kind = field.get("type").and_then(Value::as_u64).unwrap_or(0);
        let label = if label.is_empty() { str_of(field, "label") } else { label };
        let required = field.get("required") != Some(&Value::Bool(false));
        let mut filled = json!({"type": kind, "id": number, "custom_id": custom_id});
        if kind == 4 {
            let text = typed.unwrap_or_else(|| str_of(field, "value"));
            let limit = |key: &str| field.get(key).and_then(Value::as_u64).map(|n| n as usize);
            if required && text.is_empty() {
                bail!("Discord would not send the form: \"{label}\" is required");
            }
            if length(text) > limit("max_length").unwrap_or(4000) {
                bail!("Discord would not send the form: \"{label}\" is too long");
            }
            if !text.is_empty() && length(text) < limit("min_length").unwrap_or(0) {
                bail!("Discord would not send the form: \"{label}\" is too short");
            }
            filled["value"] = json!(text);
        } else {
            let chosen: Vec<&str> =
                typed.unwrap_or_default().split(',').map(str::trim).filter(|v| !v.is_empty()).collect();
            if required && chosen.is_empty() {
                bail!("Discord would not send the form: \"{label}\" is required");
            }
            filled["values"] = json!(chosen);
        }
        Ok(filled)
    };
    for (n, component) in modal.get("components").and_then(Value::as_array).into_iter().flatten().enumerate()
    {
        let number = n as u64 * 2 + 1;
        match component.get("type").and_then(Value::as_u64) {
            Some(18) => {
                let filled = fill(&component["component"], number + 1, str_of(component, "label"))?;
                out.push(json!({"type": 18, "id": number, "component": filled}));
            }
            Some(1) => {
                let fields = component.get("components").and_then(Value::as_array).into_iter().flatten();
                let filled = fields.map(|f| fill(f, number + 1, "")).collect::<anyhow::Result<Vec<_>>>()?;
                out.push(json!({"type": 1, "id": number, "components": filled}));
            }
            Some(kind) => out.push(json!({"type": kind, "id": number})),
            None => {}
        }
    }
    match left.keys().next() {
        Some(unknown) => Err(anyhow!("the form has no field `{unknown}`")),
        None => Ok(Value::Array(out)),
    }
}

/// A place that takes messages.
struct Place {
    channel: Channel,
    thread: Option<Thread>,
    direct: bool,
}

impl Inner {
    fn member(&self, user: &str) -> anyhow::Result<Member> {
        let found = self.config.members.iter().find(|m| m.person.id == user).cloned();
        found.ok_or_else(|| anyhow!("nobody in this Discord has the id {user}"))
    }

    fn fresh_id(&self) -> String {
        let now = self.room.chat_now();
        lock(&self.state).id(now)
    }

    fn fresh_token(&self) -> String {
        let mut state = lock(&self.state);
        state.counter += 1;
        let mac = super::hmac_sha256(&self.config.seed, &[b"token", &state.counter.to_be_bytes()]);
        format!("aW50ZXJhY3Rpb24{}", hex::encode(mac))
    }

    fn place(&self, id: &str) -> Result<Place, Refused> {
        let state = lock(&self.state);
        if let Some(user) = id.strip_prefix("99").filter(|user| self.member(user).is_ok()) {
            // A DM channel's id is made of its person's.
            let channel = Channel::new(id, &format!("dm-{user}"), "");
            return Ok(Place { channel, thread: None, direct: true });
        }
        let thread = state.threads.iter().find(|t| t.id == id).cloned();
        let home = thread.as_ref().map_or(id, |t| t.parent.as_str());
        let channel = state.channels.iter().find(|c| c.id == home).cloned().ok_or(UNKNOWN_CHANNEL)?;
        Ok(Place { channel, thread, direct: false })
    }

    fn signed(&self, path: &str, body: Bytes) -> Sent {
        let timestamp = self.room.now().timestamp().to_string();
        let signature = self.key.sign(&[timestamp.as_bytes(), &body].concat());
        Sent {
            method: Method::POST,
            path: path.into(),
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("user-agent".into(), "Discord-Interactions/1.0 (+https://discord.com)".into()),
                ("x-signature-ed25519".into(), hex::encode(signature.to_bytes())),
                ("x-signature-timestamp".into(), timestamp),
            ],
            body,
        }
    }

    fn bot(&self) -> Author {
        Author::of(&self.config.bot, true)
    }

    fn user_object(&self, author: &Author) -> Value {
        json!({
            "id": author.id, "username": author.handle, "global_name": author.name, "discriminator": "0",
            "avatar": null, "public_flags": 0, "bot": author.bot, "avatar_decoration_data": null,
        })
    }

    fn member_object(&self, guild: &str, member: &Member) -> Value {
        let state = lock(&self.state);
        let roles =
            state.roles.get(&(guild.to_owned(), member.person.id.clone())).cloned().unwrap_or_default();
        drop(state);
        json!({
            "user": self.user_object(&Author::of(&member.person, false)),
            "roles": roles, "nick": null, "avatar": null, "banner": null, "premium_since": null,
            "joined_at": "2024-03-13T19:19:14.040000+00:00", "is_pending": false, "pending": false,
            "communication_disabled_until": null, "unusual_dm_activity_until": null, "flags": 0,
            "mute": false, "deaf": false, "permissions": (EVERYONE | member.permissions).to_string(),
        })
    }

    fn channel_object(&self, place: &Place) -> Value {
        match &place.thread {
            Some(thread) => self.thread_object(thread, &place.channel.guild),
            None if place.direct => {
                json!({"id": place.channel.id, "type": 1, "flags": 0, "last_message_id": null})
            }
            None => json!({
                "id": place.channel.id, "type": 0, "guild_id": place.channel.guild, "name": place.channel.name,
                "position": 0, "permission_overwrites": [], "nsfw": false, "topic": null,
                "rate_limit_per_user": 0, "parent_id": null, "last_message_id": null, "flags": 0,
            }),
        }
    }

    fn thread_object(&self, thread: &Thread, guild: &str) -> Value {
        json!({
            "id": thread.id, "type": 11, "guild_id": guild, "parent_id": thread.parent, "name": thread.name,
            "owner_id": self.config.bot.id, "rate_limit_per_user": 0, "message_count": 0, "member_count": 1,
            "flags": 0, "last_message_id": null, "total_message_sent": 0,
            "thread_metadata": {
                "archived": thread.archived, "locked": thread.locked,
                "auto_archive_duration": thread.auto_archive,
                "archive_timestamp": stamp(thread.at), "create_timestamp": stamp(thread.at),
            },
        })
    }

    fn command_data(&self, channel: &str, name: &str, options: &[(&str, Value)]) -> anyhow::Result<Value> {
        let place = self.place(channel).map_err(|_| anyhow!("no channel {channel} in this Discord"))?;
        let state = lock(&self.state);
        let scopes = ["", place.channel.guild.as_str()];
        let registered: Vec<Value> =
            scopes.iter().filter_map(|s| state.commands.get(*s)).flatten().cloned().collect();
        drop(state);
        let known = registered.iter().find(|c| str_of(c, "name") == name);
        if !registered.is_empty() && known.is_none() {
            bail!("/{name} is not registered, so nobody can type it");
        }
        let declared: Vec<&Value> =
            known.and_then(|c| c.get("options")).and_then(Value::as_array).into_iter().flatten().collect();
        if known.is_some() {
            for (given, _) in options {
                if !declared.iter().any(|o| str_of(o, "name") == *given) {
                    bail!("/{name} has no option `{given}`");
                }
            }
            for option in &declared {
                let required = option.get("required") == Some(&Value::Bool(true));
                let wanted = str_of(option, "name");
                if required && !options.iter().any(|(given, _)| *given == wanted) {
                    bail!("/{name} needs its option `{wanted}`");
                }
            }
        }
        let id = known.map_or_else(|| self.fresh_id(), |c| str_of(c, "id").to_owned());
        let mut data = json!({"id": id, "name": name, "type": 1});
        if known.is_some_and(|c| c.get("guild_id").is_some()) {
            data["guild_id"] = json!(place.channel.guild);
        }
        if !options.is_empty() {
            let given = options.iter().map(|(name, value)| {
                let declared =
                    declared.iter().find(|o| str_of(o, "name") == *name).and_then(|o| o["type"].as_u64());
                let kind = declared.unwrap_or(match value {
                    Value::Bool(_) => 5,
                    Value::Number(n) if n.is_f64() => 10,
                    Value::Number(_) => 4,
                    _ => 3,
                });
                json!({"name": name, "type": kind, "value": value})
            });
            data["options"] = Value::Array(given.collect());
        }
        Ok(data)
    }

    /// Sends one interaction and lets its answer happen.
    async fn interact(
        &self,
        kind: u64,
        user: &str,
        channel: &str,
        data: Value,
        message: Option<Stored>,
    ) -> anyhow::Result<Answer> {
        let member = self.member(user)?;
        let place = self.place(channel).map_err(|_| anyhow!("no channel {channel} in this Discord"))?;
        let guild = place.channel.guild.clone();
        let (id, token) = (self.fresh_id(), self.fresh_token());
        let mut payload = json!({
            "id": id, "application_id": self.config.application_id, "type": kind, "data": data,
            "channel": self.channel_object(&place), "channel_id": channel, "token": token, "version": 1,
            "locale": "en-GB", "entitlements": [], "attachment_size_limit": 10_485_760,
        });
        if place.direct {
            payload["user"] = self.user_object(&Author::of(&member.person, false));
            payload["context"] = json!(1);
            payload["authorizing_integration_owners"] = json!({"1": user});
            payload["app_permissions"] = json!(EVERYONE.to_string());
        } else {
            payload["guild_id"] = json!(guild);
            payload["guild"] = json!({"id": guild, "locale": "en-GB", "features": ["COMMUNITY"]});
            payload["guild_locale"] = json!("en-GB");
            payload["member"] = self.member_object(&guild, &member);
            payload["context"] = json!(0);
            payload["authorizing_integration_owners"] = json!({"0": guild});
            payload["app_permissions"] = json!((EVERYONE | (1 << 28) | (1 << 35)).to_string());
        }
        if let Some(message) = &message {
            payload["message"] = self.wire(message);
        }
        {
            let at = self.room.now();
            let mut state = lock(&self.state);
            state.interactions.retain(|_, i| at - i.at < TOKEN + TOKEN);
            let original = message.as_ref().map(|m| m.id.clone());
            state.interactions.insert(
                token.clone(),
                Interaction { user: user.into(), channel: channel.into(), at, answered: false, original },
            );
        }
        let sent = self.signed(INTERACTIONS, Bytes::from(payload.to_string()));
        let mut answer = self.room.caller.send(sent).await.context("\"The application did not respond\"")?;
        let name = json!({
            "id": id, "type": kind, "user": payload["member"]["user"], "name": str_of(&payload["data"], "name"),
        });
        answer.refused = self.answered(kind, &token, &answer, message.as_ref(), &name).err();
        Ok(answer)
    }

    /// What an interaction's answer does, by its callback type.
    fn answered(
        &self,
        kind: u64,
        token: &str,
        answer: &Answer,
        message: Option<&Stored>,
        name: &Value,
    ) -> Result<(), String> {
        if answer.status == 202 {
            return Ok(());
        }
        if answer.status != 200 {
            return Err(format!("\"This interaction failed\": HTTP {}", answer.status));
        }
        let data = answer.body.get("data").cloned().unwrap_or_else(|| json!({}));
        let callback = answer.body.get("type").and_then(Value::as_u64);
        let (user, channel) = {
            let state = lock(&self.state);
            let found = state.interactions.get(token).ok_or("the token is unknown")?;
            (found.user.clone(), found.channel.clone())
        };
        let tell = |refused: Refused| refused.body().to_string();
        let flags = data.get("flags").and_then(Value::as_u64).unwrap_or(0);
        let alone = (flags & EPHEMERAL != 0).then_some(user.as_str());
        let original = match callback {
            Some(4) => {
                check_message(&data, flags).map_err(tell)?;
                let stored = self.store(&channel, self.bot(), data, alone, flags, Some(name.clone()), true);
                Some(stored.id)
            }
            Some(5) => {
                let flags = (flags & EPHEMERAL) | LOADING;
                let body = json!({"content": "", "flags": flags});
                let stored = self.store(&channel, self.bot(), body, alone, flags, Some(name.clone()), true);
                Some(stored.id)
            }
            Some(6) if message.is_some() => message.map(|m| m.id.clone()),
            Some(7) if message.is_some() => {
                let id = message.map(|m| m.id.clone()).unwrap_or_default();
                self.edit(&channel, &id, &data, true).map_err(tell)?;
                Some(id)
            }
            Some(9) if kind == 2 || kind == 3 => {
                check_modal(&data).map_err(tell)?;
                let mut state = lock(&self.state);
                state.modals.retain(|m| m.user != user);
                let message = message.map(|m| m.id.clone());
                state.modals.push(Modal { user: user.clone(), channel, modal: data.clone(), message });
                drop(state);
                self.room.tell(Change::Form { platform: "discord", user, view: data });
                None
            }
            other => return Err(format!("callback type {other:?} does not answer interaction type {kind}")),
        };
        if let Some(found) = lock(&self.state).interactions.get_mut(token) {
            found.answered = true;
            found.original = original;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // One message has that many sides.
    fn store(
        &self,
        channel: &str,
        author: Author,
        payload: Value,
        ephemeral_for: Option<&str>,
        flags: u64,
        interaction: Option<Value>,
        from_interaction: bool,
    ) -> Stored {
        let at = self.room.chat_now();
        let mut state = lock(&self.state);
        let id = state.id(at);
        let pings = if author.bot { self.pings(&payload, from_interaction) } else { BTreeSet::new() };
        let stored = Stored {
            channel: channel.into(),
            id,
            at,
            author,
            pings,
            payload,
            edited: None,
            deleted: false,
            ephemeral_for: ephemeral_for.map(str::to_owned),
            flags,
            interaction,
            from_interaction,
        };
        state.messages.push(stored.clone());
        if let Some(thread) = state.thread(channel) {
            thread.archived = false;
        }
        let message = self.normal(&stored, &state);
        drop(state);
        self.room.put(message);
        stored
    }

    fn normal(&self, stored: &Stored, state: &State) -> Message {
        let thread = state.threads.iter().find(|t| t.id == stored.channel);
        Message {
            platform: "discord",
            channel: thread.map_or(&stored.channel, |t| &t.parent).clone(),
            thread: thread.map(|t| t.id.clone()),
            id: stored.id.clone(),
            at: stored.at,
            author: stored.author.clone(),
            payload: stored.payload.clone(),
            edited: stored.edited.is_some(),
            deleted: stored.deleted,
            ephemeral_for: stored.ephemeral_for.clone(),
            pings: stored.pings.iter().cloned().collect(),
        }
    }

    /// A message as the API shows it.
    fn wire(&self, stored: &Stored) -> Value {
        let state = lock(&self.state);
        let thread = state.threads.iter().find(|t| t.id == stored.id).cloned();
        drop(state);
        let field = |key: &str, otherwise: Value| stored.payload.get(key).cloned().unwrap_or(otherwise);
        let mut flags = stored.flags;
        if thread.is_some() {
            flags |= HAS_THREAD;
        }
        let users: Vec<Value> = stored
            .pings
            .iter()
            .filter_map(|id| self.member(id).ok())
            .map(|m| self.user_object(&Author::of(&m.person, false)))
            .collect();
        let roles: Vec<&String> =
            stored.pings.iter().filter(|id| self.config.roles.iter().any(|r| r.id == **id)).collect();
        let everyone = stored.pings.iter().any(|p| p.starts_with('@'));
        let embeds = field("embeds", json!([])).as_array().cloned().unwrap_or_default();
        let embeds: Vec<Value> = embeds
            .into_iter()
            .map(|mut embed| {
                embed["type"] = json!("rich");
                embed
            })
            .collect();
        let mut out = json!({
            "id": stored.id, "channel_id": stored.channel, "type": if stored.interaction.is_some() { 20 } else { 0 },
            "content": str_of(&stored.payload, "content").trim(), "author": self.user_object(&stored.author),
            "timestamp": stamp(stored.at), "edited_timestamp": stored.edited.map(stamp), "tts": false,
            "mention_everyone": everyone, "mentions": users, "mention_roles": roles, "attachments": [],
            "embeds": embeds, "pinned": false, "flags": flags, "components": field("components", json!([])),
        });
        if stored.author.bot {
            out["application_id"] = json!(self.config.application_id);
        }
        if self.config.nonce_in_history
            && let Some(nonce) = stored.payload.get("nonce")
        {
            out["nonce"] = nonce.clone();
        }
        if let Some(name) = &stored.interaction {
            out["interaction_metadata"] = json!({
                "id": name["id"], "type": name["type"], "user": name["user"],
                "authorizing_integration_owners": {},
            });
        }
        if let Some(reference) = stored.payload.get("message_reference") {
            out["message_reference"] = reference.clone();
            out["type"] = json!(19);
        }
        if let Some(thread) = thread {
            let guild = self.place(&thread.parent).map(|p| p.channel.guild).unwrap_or_default();
            out["thread"] = self.thread_object(&thread, &guild);
        }
        out
    }

    /// Whom a message notifies, by `allowed_mentions`. Left out, a bot's message may notify anybody,
    /// an interaction's only users.
    fn pings(&self, payload: &Value, from_interaction: bool) -> BTreeSet<String> {
        let mut said = String::from(str_of(payload, "content"));
        displayed(payload.get("components"), &mut said);
        let (mut users, mut roles, mut all) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for part in said.split('<').skip(1) {
            let Some((inside, _)) = part.split_once('>') else { continue };
            let digits = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
            if let Some(id) = inside.strip_prefix("@&").filter(|id| digits(id)) {
                roles.insert(id.to_owned());
            } else if let Some(id) =
                inside.strip_prefix("@!").or_else(|| inside.strip_prefix('@')).filter(|id| digits(id))
            {
                users.insert(id.to_owned());
            }
        }
        for word in ["@everyone", "@here"] {
            if said.contains(word) {
                all.insert(word.to_owned());
            }
        }
        let Some(allowed) = payload.get("allowed_mentions").filter(|a| a.is_object()) else {
            if from_interaction {
                return users;
            }
            return users.into_iter().chain(roles).chain(all).collect();
        };
        let list = |key: &str| -> Vec<&str> {
            allowed
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        };
        let parse = list("parse");
        let mut out = BTreeSet::new();
        out.extend(
            users.into_iter().filter(|u| parse.contains(&"users") || list("users").contains(&u.as_str())),
        );
        out.extend(
            roles.into_iter().filter(|r| parse.contains(&"roles") || list("roles").contains(&r.as_str())),
        );
        if parse.contains(&"everyone") {
            out.extend(all);
        }
        out
    }

    // The HTTP API.

    fn sendable(&self, id: &str) -> Result<Place, Refused> {
        let place = self.place(id)?;
        if !place.channel.visible {
            return Err(MISSING_ACCESS);
        }
        if !place.channel.writable {
            return Err(MISSING_PERMISSIONS);
        }
        if place.thread.as_ref().is_some_and(|t| t.locked) {
            return Err(ARCHIVED);
        }
        Ok(place)
    }

    fn visible(&self, id: &str) -> Result<Place, Refused> {
        let place = self.place(id)?;
        if place.channel.visible { Ok(place) } else { Err(MISSING_ACCESS) }
    }

    fn create(&self, channel: &str, body: &Value) -> Result<Value, Refused> {
        self.sendable(channel)?;
        let flags = body.get("flags").and_then(Value::as_u64).unwrap_or(0);
        check_message(body, flags)?;
        let nonce = match body.get("nonce") {
            None | Some(Value::Null) => None,
            Some(Value::String(nonce)) => Some(nonce.clone()),
            Some(Value::Number(nonce)) => Some(nonce.to_string()),
            Some(_) => {
                return Err(Refused::form(
                    "nonce",
                    "NONCE_TYPE_INVALID",
                    "Nonce must be a string or integer",
                ));
            }
        };
        if nonce.as_deref().is_some_and(|n| length(n) > 25) {
            return Err(Refused::form("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."));
        }
        let _turn = lock(&self.turn);
        let enforced = body.get("enforce_nonce") == Some(&Value::Bool(true));
        let now = self.room.now();
        if enforced && let Some(nonce) = &nonce {
            let mut state = lock(&self.state);
            state.nonces.retain(|_, (at, _)| now - *at < NONCE);
            if let Some((_, id)) = state.nonces.get(nonce).cloned() {
                // By the same author, in whatever channel: so says the page.
                let found = state.messages.iter().find(|m| m.id == id && !m.deleted).cloned();
                drop(state);
                let found = found.ok_or(UNKNOWN_MESSAGE)?;
                let mut out = self.wire(&found);
                out["nonce"] = json!(nonce);
                return Ok(out);
            }
        }
        if let Some(reference) = body.get("message_reference") {
            let missing = lock(&self.state).message(channel, str_of(reference, "message_id")).is_none();
            if missing && reference.get("fail_if_not_exists") != Some(&Value::Bool(false)) {
                return Err(Refused::form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message"));
            }
        }
        let stored =
            self.store(channel, self.bot(), body.clone(), None, flags & !(EPHEMERAL | LOADING), None, false);
        let mut out = self.wire(&stored);
        if let Some(nonce) = nonce {
            out["nonce"] = json!(nonce);
            if enforced {
                lock(&self.state).nonces.insert(nonce, (now, stored.id));
            }
        }
        Ok(out)
    }

    fn edit(&self, channel: &str, id: &str, body: &Value, from_interaction: bool) -> Result<Value, Refused> {
        let at = self.room.chat_now();
        let mut state = lock(&self.state);
        let found = state.message(channel, id).ok_or(UNKNOWN_MESSAGE)?;
        if !found.author.bot {
            return Err(NOT_THE_AUTHOR);
        }
        let mut payload = found.payload.clone();
        overlay(&mut payload, body);
        if let Some(fields) = payload.as_object_mut() {
            // Not sent again means the defaults again.
            if body.get("allowed_mentions").is_none() {
                fields.remove("allowed_mentions");
            }
            // Null means none.
            fields.retain(|_, value| !value.is_null());
        }
        // Components V2 cannot be taken back; the ephemeral flag cannot change.
        let asked = body.get("flags").and_then(Value::as_u64).unwrap_or(found.flags);
        let flags = (asked & !(EPHEMERAL | LOADING)) | (found.flags & (EPHEMERAL | V2));
        check_message(&payload, flags)?;
        let pings = self.pings(&payload, from_interaction || found.from_interaction);
        let loading = found.flags & LOADING != 0;
        found.payload = payload;
        found.flags = flags;
        // A late answer is an answer, not an edit.
        found.edited = if loading { None } else { Some(at) };
        found.pings.extend(pings);
        let stored = found.clone();
        let message = self.normal(&stored, &state);
        drop(state);
        self.room.put(message);
        Ok(self.wire(&stored))
    }

    fn delete(&self, channel: &str, id: &str) -> Result<(), Refused> {
        let mut state = lock(&self.state);
        let found = state.message(channel, id).ok_or(UNKNOWN_MESSAGE)?;
        if !found.author.bot {
            return Err(MISSING_PERMISSIONS);
        }
        found.deleted = true;
        let stored = found.clone();
        let message = self.normal(&stored, &state);
        drop(state);
        self.room.put(message);
        Ok(())
    }

    fn list(&self, channel: &str, query: &BTreeMap<String, String>) -> Result<Value, Refused> {
        self.visible(channel)?;
        let limit = match query.get("limit") {
            None => 50,
            Some(limit) => {
                limit.parse::<usize>().ok().filter(|n| (1..=100).contains(n)).ok_or_else(|| {
                    Refused::form(
                        "limit",
                        "NUMBER_TYPE_MAX",
                        "int value should be less than or equal to 100.",
                    )
                })?
            }
        };
        let edge = |key: &str| -> Result<Option<u64>, Refused> {
            let parse = |v: &String| {
                v.parse().map_err(|_| Refused::form(key, "NUMBER_TYPE_COERCE", "Value is not snowflake."))
            };
            query.get(key).map(parse).transpose()
        };
        let (before, after, around) = (edge("before")?, edge("after")?, edge("around")?);
        let state = lock(&self.state);
        let here = |m: &&Stored| m.channel == channel && !m.deleted && m.ephemeral_for.is_none();
        let mut found: Vec<(u64, Stored)> =
            state.messages.iter().filter(here).map(|m| (m.id.parse().unwrap_or(0), m.clone())).collect();
        drop(state);
        if let Some(middle) = around {
            found.sort_by_key(|(id, _)| id.abs_diff(middle));
            found.truncate(limit);
            found.sort_by_key(|(id, _)| *id);
        } else if let Some(after) = after {
            found.retain(|(id, _)| *id > after);
            found.truncate(limit);
        } else {
            found.retain(|(id, _)| before.is_none_or(|before| *id < before));
            found.drain(..found.len().saturating_sub(limit));
        }
        Ok(found.iter().rev().map(|(_, m)| self.wire(m)).collect())
    }

    fn start_thread(&self, channel: &str, message: Option<&str>, body: &Value) -> Result<Value, Refused> {
        let place = self.sendable(channel)?;
        if place.thread.is_some() || place.direct {
            return Err(refused(400, 50024, "Cannot execute action on this channel type"));
        }
        let name = str_of(body, "name");
        within(name, 1, 100, "name")?;
        let auto_archive = match body.get("auto_archive_duration") {
            None | Some(Value::Null) => 4320,
            Some(given) => {
                given.as_u64().filter(|n| matches!(n, 60 | 1440 | 4320 | 10080)).ok_or_else(|| {
                    let why = "Value must be one of (60, 1440, 4320, 10080).";
                    Refused::form("auto_archive_duration", "BASE_TYPE_CHOICES", why)
                })?
            }
        };
        let at = self.room.chat_now();
        let mut state = lock(&self.state);
        let id = match message {
            Some(id) => {
                state.message(channel, id).filter(|m| m.ephemeral_for.is_none()).ok_or(UNKNOWN_MESSAGE)?;
                id.to_owned()
            }
            None => state.id(at),
        };
        if state.thread(&id).is_some() {
            return Err(HAS_A_THREAD);
        }
        let thread = Thread {
            id: id.clone(),
            parent: channel.to_owned(),
            name: name.to_owned(),
            archived: false,
            locked: false,
            auto_archive,
            at,
        };
        state.threads.push(thread.clone());
        drop(state);
        self.room.tell(Change::Thread {
            platform: "discord",
            channel: channel.into(),
            thread: id,
            name: name.into(),
        });
        Ok(self.thread_object(&thread, &place.channel.guild))
    }

    fn change_channel(&self, id: &str, body: &Value) -> Result<Value, Refused> {
        let place = self.visible(id)?;
        if place.thread.is_none() {
            return Err(MISSING_PERMISSIONS);
        }
        if let Some(name) = body.get("name").and_then(Value::as_str) {
            within(name, 1, 100, "name")?;
        }
        let mut state = lock(&self.state);
        let thread = state.thread(id).ok_or(UNKNOWN_CHANNEL)?;
        if let Some(name) = body.get("name").and_then(Value::as_str) {
            thread.name = name.to_owned();
        }
        if let Some(archived) = body.get("archived").and_then(Value::as_bool) {
            thread.archived = archived;
        }
        if let Some(locked) = body.get("locked").and_then(Value::as_bool) {
            thread.locked = locked;
        }
        let thread = thread.clone();
        drop(state);
        Ok(self.thread_object(&thread, &place.channel.guild))
    }

    fn change_role(&self, guild: &str, user: &str, role: &str, has: bool) -> Result<(), Refused> {
        if !self.config.guilds.iter().any(|(id, _)| id == guild) {
            return Err(UNKNOWN_GUILD);
        }
        self.member(user).map_err(|_| UNKNOWN_MEMBER)?;
        let found =
            self.config.roles.iter().find(|r| r.id == role && r.guild == guild).ok_or(UNKNOWN_ROLE)?;
        if !found.assignable {
            return Err(MISSING_PERMISSIONS);
        }
        let mut state = lock(&self.state);
        let roles = state.roles.entry((guild.into(), user.into())).or_default();
        if has {
            roles.insert(role.to_owned());
        } else {
            roles.remove(role);
        }
        drop(state);
        self.room.tell(Change::Role {
            platform: "discord",
            guild: guild.into(),
            user: user.into(),
            role: role.into(),
            has,
        });
        Ok(())
    }

    fn put_commands(&self, guild: Option<&str>, body: &Value) -> Result<Value, Refused> {
        let Some(list) = body.as_array() else {
            return Err(Refused::form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
        };
        check_commands(list)?;
        let at = self.room.chat_now();
        let mut state = lock(&self.state);
        let old = state.commands.remove(guild.unwrap_or_default()).unwrap_or_default();
        let mut out = Vec::new();
        for command in list {
            let name = str_of(command, "name");
            let id = match old.iter().find(|c| str_of(c, "name") == name) {
                Some(kept) => str_of(kept, "id").to_owned(),
                None => state.id(at),
            };
            let mut full = json!({
                "type": 1, "description": "", "default_member_permissions": null, "nsfw": false,
                "contexts": null, "integration_types": [0], "dm_permission": true,
            });
            overlay(&mut full, command);
            full["id"] = json!(id);
            full["application_id"] = json!(self.config.application_id);
            full["version"] = json!(state.id(at));
            if let Some(guild) = guild {
                full["guild_id"] = json!(guild);
            }
            out.push(full);
        }
        state.commands.insert(guild.unwrap_or_default().to_owned(), out.clone());
        Ok(Value::Array(out))
    }

    /// `/webhooks/{application}/{token}/…`: what an interaction's token allows.
    fn interaction_hook(
        &self,
        method: &Method,
        token: &str,
        rest: &[&str],
        body: &Value,
    ) -> Result<Reply, Refused> {
        let now = self.room.now();
        let (channel, user, original) = {
            let state = lock(&self.state);
            let found = state.interactions.get(token).ok_or(UNKNOWN_WEBHOOK)?;
            if now - found.at > TOKEN {
                return Err(INVALID_TOKEN);
            }
            // Before the first answer has arrived there is nothing to follow up.
            if !found.answered {
                return Err(UNKNOWN_WEBHOOK);
            }
            (found.channel.clone(), found.user.clone(), found.original.clone())
        };
        let message = match rest {
            ["messages", "@original"] => Some(original.ok_or(UNKNOWN_MESSAGE)?),
            ["messages", id] => Some((*id).to_owned()),
            [] => None,
            _ => return Err(NOT_FOUND),
        };
        match (method, message) {
            (&Method::POST, None) => {
                let flags = body.get("flags").and_then(Value::as_u64).unwrap_or(0);
                check_message(body, flags)?;
                let alone = (flags & EPHEMERAL != 0).then_some(user.as_str());
                let stored = self.store(&channel, self.bot(), body.clone(), alone, flags, None, true);
                Ok(Reply::json(200, self.wire(&stored)))
            }
            (&Method::GET, Some(id)) => {
                let found = lock(&self.state).message(&channel, &id).cloned().ok_or(UNKNOWN_MESSAGE)?;
                Ok(Reply::json(200, self.wire(&found)))
            }
            (&Method::PATCH, Some(id)) => Ok(Reply::json(200, self.edit(&channel, &id, body, true)?)),
            (&Method::DELETE, Some(id)) => {
                self.delete(&channel, &id)?;
                Ok(Reply::nothing(204))
            }
            _ => Err(refused(405, 0, "405: Method Not Allowed")),
        }
    }

    fn route(&self, call: &Call, path: &[&str]) -> Result<Reply, Refused> {
        let writes =
            matches!(call.method, Method::POST | Method::PATCH | Method::PUT) && !call.body.is_empty();
        let body = if writes { call.json().ok_or(NOT_JSON)? } else { json!({}) };
        let ok = |value: Value| Ok(Reply::json(200, value));
        let application = self.config.application_id.as_str();
        match (call.method.as_str(), path) {
            (_, ["webhooks", app, token, rest @ ..]) => {
                if *app != application {
                    return Err(UNKNOWN_WEBHOOK);
                }
                self.interaction_hook(&call.method, token, rest, &body)
            }
            ("POST", ["channels", channel, "messages"]) => ok(self.create(channel, &body)?),
            ("GET", ["channels", channel, "messages"]) => ok(self.list(channel, &call.query_pairs())?),
            ("GET", ["channels", channel, "messages", id]) => {
                self.visible(channel)?;
                let found = lock(&self.state)
                    .message(channel, id)
                    .filter(|m| m.ephemeral_for.is_none())
                    .cloned()
                    .ok_or(UNKNOWN_MESSAGE)?;
                ok(self.wire(&found))
            }
            ("PATCH", ["channels", channel, "messages", id]) => {
                self.visible(channel)?;
                ok(self.edit(channel, id, &body, false)?)
            }
            ("DELETE", ["channels", channel, "messages", id]) => {
                self.visible(channel)?;
                self.delete(channel, id)?;
                Ok(Reply::nothing(204))
            }
            ("POST", ["channels", channel, "messages", id, "threads"]) => {
                Ok(Reply::json(201, self.start_thread(channel, Some(id), &body)?))
            }
            ("POST", ["channels", channel, "threads"]) => {
                Ok(Reply::json(201, self.start_thread(channel, None, &body)?))
            }
            ("GET", ["channels", channel]) => ok(self.channel_object(&self.visible(channel)?)),
            ("PATCH", ["channels", channel]) => ok(self.change_channel(channel, &body)?),
            ("PUT" | "DELETE", ["guilds", guild, "members", user, "roles", role]) => {
                self.change_role(guild, user, role, call.method == Method::PUT)?;
                Ok(Reply::nothing(204))
            }
            ("GET", ["guilds", guild, "members", user]) => {
                let member = self.member(user).map_err(|_| UNKNOWN_MEMBER)?;
                ok(self.member_object(guild, &member))
            }
            ("GET", ["guilds", guild]) => {
                let found = self.config.guilds.iter().find(|(id, _)| id == guild).ok_or(UNKNOWN_GUILD)?;
                ok(json!({"id": found.0, "name": found.1, "preferred_locale": "en-GB"}))
            }
            ("GET", ["users", "@me"]) => ok(self.user_object(&self.bot())),
            ("POST", ["users", "@me", "channels"]) => {
                let user = str_of(&body, "recipient_id");
                let member = self.member(user).map_err(|_| refused(400, 50033, "Invalid Recipient(s)"))?;
                ok(json!({
                    "id": format!("99{user}"), "type": 1, "flags": 0, "last_message_id": null,
                    "recipients": [self.user_object(&Author::of(&member.person, false))],
                }))
            }
            ("PUT", ["applications", app, "commands"]) if *app == application => {
                ok(self.put_commands(None, &body)?)
            }
            ("PUT", ["applications", app, "guilds", guild, "commands"]) if *app == application => {
                if !self.config.guilds.iter().any(|(id, _)| id == guild) {
                    return Err(MISSING_ACCESS);
                }
                ok(self.put_commands(Some(guild), &body)?)
            }
            ("GET", ["applications", app, "commands"]) if *app == application => ok(self.listed_commands("")),
            ("GET", ["applications", app, "guilds", guild, "commands"]) if *app == application => {
                ok(self.listed_commands(guild))
            }
            ("GET", ["applications", "@me"]) => {
                let key = hex::encode(self.key.verifying_key().as_bytes());
                ok(json!({"id": application, "name": self.config.bot.name, "verify_key": key}))
            }
            _ => Err(NOT_FOUND),
        }
    }

    fn listed_commands(&self, guild: &str) -> Value {
        Value::Array(lock(&self.state).commands.get(guild).cloned().unwrap_or_default())
    }

    /// The bucket that a call counts against: messages and edits of one channel.
    fn bucket(&self, method: &Method, path: &[&str]) -> Option<String> {
        match (method.as_str(), path) {
            ("POST", ["channels", channel, "messages"]) => Some(format!("send-{channel}")),
            ("PATCH", ["channels", channel, "messages", _]) => Some(format!("edit-{channel}")),
            _ => None,
        }
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// What Components V2 display: their text can mention people too.
fn displayed(components: Option<&Value>, out: &mut String) {
    for component in components.and_then(Value::as_array).into_iter().flatten() {
        if component.get("type").and_then(Value::as_u64) == Some(10) {
            out.push('\n');
            out.push_str(str_of(component, "content"));
        }
        displayed(component.get("components"), out);
    }
}

fn within(given: &str, least: usize, most: usize, path: &str) -> Result<(), Refused> {
    let count = length(given);
    if count < least {
        let why = "This field is required";
        return Err(Refused::form(path, "BASE_TYPE_REQUIRED", why));
    }
    if count > most {
        let why = format!("Must be {most} or fewer in length.");
        return Err(Refused::form(path, "BASE_TYPE_MAX_LENGTH", &why));
    }
    Ok(())
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], Refused> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Refused::form(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")),
    }
}

fn check_message(body: &Value, flags: u64) -> Result<(), Refused> {
    if !body.is_object() {
        return Err(Refused::form("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType"));
    }
    let content = match body.get("content") {
        None | Some(Value::Null) => "",
        Some(Value::String(content)) => content,
        Some(_) => {
            return Err(Refused::form("content", "STRING_TYPE_CONVERT", "Could not interpret as a string."));
        }
    };
    within(content, 0, 2000, "content")?;
    let embeds = list(body, "embeds")?;
    check_embeds(embeds)?;
    let components = list(body, "components")?;
    if flags & V2 != 0 {
        if !content.is_empty() || !embeds.is_empty() {
            let why =
                "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2";
            let path = if content.is_empty() { "embeds" } else { "content" };
            return Err(Refused::form(path, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", why));
        }
        if components.is_empty() {
            return Err(EMPTY);
        }
        check_components_v2(components)?;
    } else {
        let bare = list(body, "sticker_ids")?.is_empty()
            && list(body, "attachments")?.is_empty()
            && body.get("poll").is_none_or(Value::is_null);
        if content.trim().is_empty() && embeds.is_empty() && components.is_empty() && bare {
            return Err(EMPTY);
        }
        check_components(components)?;
    }
    check_allowed_mentions(body.get("allowed_mentions"))
}

fn check_allowed_mentions(allowed: Option<&Value>) -> Result<(), Refused> {
    let Some(allowed) = allowed.filter(|a| !a.is_null()) else { return Ok(()) };
    let parse = list(allowed, "parse")?;
    for (n, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("users" | "roles" | "everyone")) {
            let why = "Value must be one of ('users', 'everyone', 'roles').";
            return Err(Refused::form(&format!("allowed_mentions.parse.{n}"), "BASE_TYPE_CHOICES", why));
        }
    }
    for key in ["users", "roles"] {
        let ids = list(allowed, key)?;
        if ids.len() > 100 {
            return Err(Refused::form(
                &format!("allowed_mentions.{key}"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 100 or fewer in length.",
            ));
        }
        if !ids.is_empty() && parse.iter().any(|p| p.as_str() == Some(key)) {
            let why = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            return Err(Refused::form("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &why));
        }
    }
    Ok(())
}

fn check_embeds(embeds: &[Value]) -> Result<(), Refused> {
    if embeds.len() > 10 {
        return Err(Refused::form("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    let mut total = 0;
    for (n, embed) in embeds.iter().enumerate() {
        let at = format!("embeds.{n}");
        if !embed.is_object() {
            return Err(Refused::form(
                &at,
                "MODEL_TYPE_CONVERT",
                "Only dictionaries may be used in a ModelType",
            ));
        }
        let mut count = |text: &str, least: usize, most: usize, path: String| {
            total += length(text);
            within(text, least, most, &path)
        };
        count(str_of(embed, "title"), 0, 256, format!("{at}.title"))?;
        count(str_of(embed, "description"), 0, 4096, format!("{at}.description"))?;
        count(str_of(&embed["footer"], "text"), 0, 2048, format!("{at}.footer.text"))?;
        if let Some(author) = embed.get("author").filter(|a| !a.is_null()) {
            count(str_of(author, "name"), 1, 256, format!("{at}.author.name"))?;
        }
        let fields = list(embed, "fields")?;
        if fields.len() > 25 {
            return Err(Refused::form(
                &format!("{at}.fields"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 25 or fewer in length.",
            ));
        }
        for (f, field) in fields.iter().enumerate() {
            count(str_of(field, "name"), 1, 256, format!("{at}.fields.{f}.name"))?;
            count(str_of(field, "value"), 1, 1024, format!("{at}.fields.{f}.value"))?;
        }
        let links = [
            ("url", embed.get("url")),
            ("image.url", embed["image"].get("url")),
            ("thumbnail.url", embed["thumbnail"].get("url")),
            ("author.url", embed["author"].get("url")),
            ("author.icon_url", embed["author"].get("icon_url")),
            ("footer.icon_url", embed["footer"].get("icon_url")),
        ];
        for (name, link) in links {
            check_link(link, &format!("{at}.{name}"))?;
        }
        if let Some(color) = embed.get("color").filter(|c| !c.is_null())
            && color.as_u64().is_none_or(|c| c > 0xff_ffff)
        {
            return Err(Refused::form(
                &format!("{at}.color"),
                "NUMBER_TYPE_MAX",
                "int value should be less than or equal to 16777215.",
            ));
        }
        if let Some(time) = embed.get("timestamp").filter(|t| !t.is_null())
            && time.as_str().is_none_or(|t| DateTime::parse_from_rfc3339(t).is_err())
        {
            return Err(Refused::form(
                &format!("{at}.timestamp"),
                "DATE_TIME_TYPE_PARSE",
                "Could not parse. Should be ISO8601.",
            ));
        }
    }
    if total > 6000 {
        let why = "Embed size exceeds maximum size of 6000";
        return Err(Refused::form("embeds", "MAX_EMBED_SIZE_EXCEEDED", why));
    }
    Ok(())
}

fn check_link(link: Option<&Value>, path: &str) -> Result<(), Refused> {
    let Some(link) = link.filter(|l| !l.is_null()) else { return Ok(()) };
    let link = link.as_str().unwrap_or_default();
    let known =
        ["https://", "http://", "attachment://"].iter().any(|s| link.len() > s.len() && link.starts_with(s));
    if !known {
        let why = "Scheme must be one of ('http', 'https').";
        return Err(Refused::form(path, "URL_TYPE_INVALID_SCHEME", why));
    }
    within(link, 1, 2048, path)
}

fn kind_of(component: &Value) -> u64 {
    component.get("type").and_then(Value::as_u64).unwrap_or(0)
}

fn check_components(components: &[Value]) -> Result<(), Refused> {
    if components.len() > 5 {
        return Err(Refused::form(
            "components",
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 5 in length.",
        ));
    }
    let mut ids = BTreeSet::new();
    for (n, row) in components.iter().enumerate() {
        let at = format!("components.{n}");
        if kind_of(row) != 1 {
            return Err(Refused::form(
                &at,
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1,).",
            ));
        }
        check_row(row, &at, &mut ids)?;
    }
    Ok(())
}

fn check_row(row: &Value, at: &str, ids: &mut BTreeSet<String>) -> Result<(), Refused> {
    let inside = list(row, "components")?;
    let buttons = inside.iter().filter(|c| kind_of(c) == 2).count();
    let menus = inside.len() - buttons;
    if inside.is_empty() || buttons > 5 || menus > 1 || (menus == 1 && buttons > 0) {
        let why = "Must be between 1 and 5 in length.";
        return Err(Refused::form(&format!("{at}.components"), "BASE_TYPE_BAD_LENGTH", why));
    }
    for (n, component) in inside.iter().enumerate() {
        check_interactive(component, &format!("{at}.components.{n}"), ids)?;
    }
    Ok(())
}

fn check_custom_id(component: &Value, at: &str, ids: &mut BTreeSet<String>) -> Result<(), Refused> {
    let id = str_of(component, "custom_id");
    within(id, 1, 100, &format!("{at}.custom_id"))?;
    if !ids.insert(id.to_owned()) {
        let why = "Component custom id cannot be duplicated";
        return Err(Refused::form(&format!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", why));
    }
    Ok(())
}

fn check_interactive(component: &Value, at: &str, ids: &mut BTreeSet<String>) -> Result<(), Refused> {
    match kind_of(component) {
        2 => {
            within(str_of(component, "label"), 0, 80, &format!("{at}.label"))?;
            if str_of(component, "label").is_empty() && component.get("emoji").is_none() {
                let why = "A button must have a label or emoji";
                return Err(Refused::form(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", why));
            }
            match component.get("style").and_then(Value::as_u64) {
                Some(1..=4) if component.get("url").is_none() => check_custom_id(component, at, ids),
                Some(5) if component.get("custom_id").is_none() => {
                    within(str_of(component, "url"), 1, 512, &format!("{at}.url"))?;
                    check_link(component.get("url"), &format!("{at}.url"))
                }
                Some(1..=5) => {
                    let why = "A custom id and url cannot both be specified";
                    Err(Refused::form(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", why))
                }
                _ => {
                    let why = "Value must be one of {1, 2, 3, 4, 5, 6}.";
                    Err(Refused::form(&format!("{at}.style"), "BASE_TYPE_CHOICES", why))
                }
            }
        }
        3 => {
            check_custom_id(component, at, ids)?;
            let options = list(component, "options")?;
            if options.is_empty() || options.len() > 25 {
                let why = "Must be between 1 and 25 in length.";
                return Err(Refused::form(&format!("{at}.options"), "BASE_TYPE_BAD_LENGTH", why));
            }
            for (n, option) in options.iter().enumerate() {
                within(str_of(option, "label"), 1, 100, &format!("{at}.options.{n}.label"))?;
                within(str_of(option, "value"), 1, 100, &format!("{at}.options.{n}.value"))?;
                within(str_of(option, "description"), 0, 100, &format!("{at}.options.{n}.description"))?;
            }
            within(str_of(component, "placeholder"), 0, 150, &format!("{at}.placeholder"))
        }
        5..=8 => check_custom_id(component, at, ids),
        _ => Err(Refused::form(
            at,
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).",
        )),
    }
}

fn check_components_v2(components: &[Value]) -> Result<(), Refused> {
    struct Count {
        components: usize,
        text: usize,
        ids: BTreeSet<String>,
    }
    fn walk(components: &[Value], at: &str, top: bool, count: &mut Count) -> Result<(), Refused> {
        for (n, component) in components.iter().enumerate() {
            let at = format!("{at}.{n}");
            count.components += 1;
            match kind_of(component) {
                1 => {
                    count.components += list(component, "components")?.len();
                    check_row(component, &at, &mut count.ids)?;
                }
                9 => {
                    let texts = list(component, "components")?;
                    if texts.is_empty() || texts.len() > 3 || texts.iter().any(|t| kind_of(t) != 10) {
                        let why = "Must be between 1 and 3 in length.";
                        return Err(Refused::form(&format!("{at}.components"), "BASE_TYPE_BAD_LENGTH", why));
                    }
                    walk(texts, &format!("{at}.components"), false, count)?;
                    count.components += 1;
                    match kind_of(&component["accessory"]) {
                        2 => check_interactive(
                            &component["accessory"],
                            &format!("{at}.accessory"),
                            &mut count.ids,
                        )?,
                        11 => check_link(
                            component["accessory"]["media"].get("url"),
                            &format!("{at}.accessory.media.url"),
                        )?,
                        _ => {
                            return Err(Refused::form(
                                &format!("{at}.accessory"),
                                "BASE_TYPE_REQUIRED",
                                "This field is required",
                            ));
                        }
                    }
                }
                10 => {
                    let content = str_of(component, "content");
                    within(content, 1, 4000, &format!("{at}.content"))?;
                    count.text += length(content);
                }
                12 => {
                    let items = list(component, "items")?;
                    if items.is_empty() || items.len() > 10 {
                        let why = "Must be between 1 and 10 in length.";
                        return Err(Refused::form(&format!("{at}.items"), "BASE_TYPE_BAD_LENGTH", why));
                    }
                    for (i, item) in items.iter().enumerate() {
                        check_link(item["media"].get("url"), &format!("{at}.items.{i}.media.url"))?;
                        within(str_of(item, "description"), 0, 1024, &format!("{at}.items.{i}.description"))?;
                    }
                }
                13 | 14 => {}
                17 if top => walk(list(component, "components")?, &format!("{at}.components"), false, count)?,
                _ => {
                    let why = "Value of field \"type\" must be one of (1, 9, 10, 12, 13, 14, 17).";
                    return Err(Refused::form(&at, "UNION_TYPE_CHOICES", why));
                }
            }
        }
        Ok(())
    }
    let mut count = Count { components: 0, text: 0, ids: BTreeSet::new() };
    walk(components, "components", true, &mut count)?;
    if count.components > 40 {
        return Err(Refused::form(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "The total number of components exceeds 40.",
        ));
    }
    if count.text > 4000 {
        return Err(Refused::form(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "The total displayable text exceeds 4000.",
        ));
    }
    Ok(())
}

fn check_modal(modal: &Value) -> Result<(), Refused> {
    within(str_of(modal, "title"), 1, 45, "title")?;
    within(str_of(modal, "custom_id"), 1, 100, "custom_id")?;
    let components = list(modal, "components")?;
    if components.is_empty() || components.len() > 5 {
        return Err(Refused::form(
            "components",
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 5 in length.",
        ));
    }
    let mut ids = BTreeSet::new();
    for (n, component) in components.iter().enumerate() {
        let at = format!("components.{n}");
        match kind_of(component) {
            18 => {
                within(str_of(component, "label"), 1, 45, &format!("{at}.label"))?;
                within(str_of(component, "description"), 0, 100, &format!("{at}.description"))?;
                check_field(&component["component"], &format!("{at}.component"), &mut ids, true)?;
            }
            1 => {
                let inside = list(component, "components")?;
                if inside.len() != 1 {
                    let why = "Must be between 1 and 1 in length.";
                    return Err(Refused::form(&format!("{at}.components"), "BASE_TYPE_BAD_LENGTH", why));
                }
                check_field(&inside[0], &format!("{at}.components.0"), &mut ids, false)?;
            }
            10 => within(str_of(component, "content"), 1, 4000, &format!("{at}.content"))?,
            _ => {
                return Err(Refused::form(
                    &at,
                    "UNION_TYPE_CHOICES",
                    "Value of field \"type\" must be one of (1, 10, 18).",
                ));
            }
        }
    }
    Ok(())
}

fn check_field(field: &Value, at: &str, ids: &mut BTreeSet<String>, labelled: bool) -> Result<(), Refused> {
    match kind_of(field) {
        4 => {
            check_custom_id(field, at, ids)?;
            if labelled == field.get("label").is_some_and(|l| !l.is_null()) {
                let why = "A label is required in an action row, and refused inside a Label";
                return Err(Refused::form(&format!("{at}.label"), "BASE_TYPE_REQUIRED", why));
            }
            within(str_of(field, "label"), 0, 45, &format!("{at}.label"))?;
            within(str_of(field, "placeholder"), 0, 100, &format!("{at}.placeholder"))?;
            within(str_of(field, "value"), 0, 4000, &format!("{at}.value"))?;
            if !matches!(field.get("style").and_then(Value::as_u64), Some(1 | 2)) {
                return Err(Refused::form(
                    &format!("{at}.style"),
                    "BASE_TYPE_CHOICES",
                    "Value must be one of {1, 2}.",
                ));
            }
            let number = |key: &str| field.get(key).and_then(Value::as_u64);
            if number("min_length").is_some_and(|n| n > 4000)
                || number("max_length").is_some_and(|n| !(1..=4000).contains(&n))
            {
                return Err(Refused::form(
                    &format!("{at}.max_length"),
                    "NUMBER_TYPE_MAX",
                    "int value should be between 1 and 4000.",
                ));
            }
            Ok(())
        }
        3 | 5..=8 if labelled => check_interactive(field, at, ids),
        _ => Err(Refused::form(
            at,
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" is not one that a form takes.",
        )),
    }
}

fn check_commands(commands: &[Value]) -> Result<(), Refused> {
    let mut names = BTreeSet::new();
    let of_kind = |wanted: u64| {
        commands.iter().filter(|c| c.get("type").and_then(Value::as_u64).unwrap_or(1) == wanted).count()
    };
    if of_kind(1) > 100 || of_kind(2) > 15 || of_kind(3) > 15 {
        return Err(refused(400, 30032, "Maximum number of application commands reached (100)"));
    }
    for (n, command) in commands.iter().enumerate() {
        let kind = command.get("type").and_then(Value::as_u64).unwrap_or(1);
        let name = str_of(command, "name");
        check_name(name, kind == 1, &format!("{n}.name"))?;
        if !names.insert((kind, name)) {
            let why = "Application command names must be unique";
            return Err(Refused::form(&n.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", why));
        }
        if kind == 1 {
            within(str_of(command, "description"), 1, 100, &format!("{n}.description"))?;
        }
        let mut total = length(name) + length(str_of(command, "description"));
        let options = list(command, "options")?;
        if options.len() > 25 {
            return Err(Refused::form(
                &format!("{n}.options"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 25 or fewer in length.",
            ));
        }
        let mut optional = false;
        for (o, option) in options.iter().enumerate() {
            let at = format!("{n}.options.{o}");
            check_name(str_of(option, "name"), true, &format!("{at}.name"))?;
            within(str_of(option, "description"), 1, 100, &format!("{at}.description"))?;
            if !(1..=11).contains(&kind_of(option)) {
                return Err(Refused::form(
                    &format!("{at}.type"),
                    "BASE_TYPE_CHOICES",
                    "Value must be one of (1, …, 11).",
                ));
            }
            let required = option.get("required") == Some(&Value::Bool(true));
            if required && optional {
                let why = "Required options must be placed before non-required options";
                return Err(Refused::form(&at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", why));
            }
            optional |= !required;
            let choices = list(option, "choices")?;
            if choices.len() > 25 {
                return Err(Refused::form(
                    &format!("{at}.choices"),
                    "BASE_TYPE_MAX_LENGTH",
                    "Must be 25 or fewer in length.",
                ));
            }
            total += length(str_of(option, "name")) + length(str_of(option, "description"));
            total +=
                choices.iter().map(|c| length(str_of(c, "name")) + length(str_of(c, "value"))).sum::<usize>();
        }
        if total > 8000 {
            let why = "Command exceeds maximum size (8000)";
            return Err(Refused::form(&n.to_string(), "APPLICATION_COMMAND_TOO_LARGE", why));
        }
    }
    Ok(())
}

fn check_name(name: &str, slash: bool, path: &str) -> Result<(), Refused> {
    within(name, 1, 32, path)?;
    let fits = |c: char| (c.is_alphanumeric() || c == '-' || c == '_' || c == '\'') && !c.is_uppercase();
    if slash && !name.chars().all(fits) {
        return Err(Refused::form(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"));
    }
    Ok(())
}

impl Platform for Inner {
    fn room(&self) -> &Room {
        &self.room
    }

    fn handle(self: &Arc<Self>, call: &Call) -> Reply {
        let now = self.room.now();
        let banned =
            lock(&self.state).invalid.as_ref().is_some_and(|w| w.remaining() == 0 && !w.left(now).is_zero());
        if banned {
            // The ban is made at the edge: no JSON, no hint.
            return Reply::text(
                429,
                "text/html",
                "<html><title>Access denied</title>error code: 1015</html>",
            );
        }
        let reply = self.limited(call, now);
        if matches!(reply.status, 401 | 403 | 429)
            && let Some(invalid) = &mut lock(&self.state).invalid
        {
            // Only the count matters here.
            let _ = invalid.take(now);
        }
        reply
    }

    fn rate_limited(&self, retry_after: Option<Duration>) -> Reply {
        match retry_after {
            Some(wait) => too_fast(wait, false).with("x-ratelimit-scope", "user"),
            // What a shared address meets at the edge, when others have misbehaved.
            None => {
                Reply::text(429, "text/html", "<html><title>Access denied</title>error code: 1015</html>")
            }
        }
    }
}

fn too_fast(wait: Duration, global: bool) -> Reply {
    let mut seconds = Map::new();
    seconds.insert("message".into(), json!("You are being rate limited."));
    seconds.insert("retry_after".into(), json!(wait.as_millis().max(1) as f64 / 1000.0));
    seconds.insert("global".into(), json!(global));
    Reply::json(429, Value::Object(seconds)).with("retry-after", seconds_up(wait))
}

impl Inner {
    fn limited(&self, call: &Call, now: DateTime<Utc>) -> Reply {
        let pieces = call.pieces();
        let path: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let fail = |refused: Refused| Reply::json(refused.status, refused.body());
        if !call.header("user-agent").starts_with("DiscordBot (") {
            return fail(NO_USER_AGENT);
        }
        let ["api", version, path @ ..] = path.as_slice() else { return fail(NOT_FOUND) };
        if *version != "v10" {
            return fail(refused(400, 50041, "Invalid API version"));
        }
        let of_interaction = matches!(path, ["webhooks", ..]);
        if !of_interaction {
            if call.header("authorization").strip_prefix("Bot ") != Some(self.config.bot_token.as_str()) {
                return fail(UNAUTHORIZED);
            }
            if let Some(global) = &mut lock(&self.state).global
                && let Err(wait) = global.take(now)
            {
                return too_fast(wait, true)
                    .with("x-ratelimit-global", "true")
                    .with("x-ratelimit-scope", "global");
            }
        }
        let Some(bucket) = self.bucket(&call.method, path) else {
            return self.route(call, path).unwrap_or_else(fail);
        };
        let limits = &self.config.limits;
        let (taken, window) = {
            let mut state = lock(&self.state);
            let fresh = || Window::new(limits.channel, limits.channel_window);
            let window = state.buckets.entry(bucket.clone()).or_insert_with(fresh);
            (window.take(now), window.clone())
        };
        let reply = match taken {
            Ok(()) => self.route(call, path).unwrap_or_else(fail),
            Err(wait) => too_fast(wait, false).with("x-ratelimit-scope", "user"),
        };
        let left = window.left(now);
        let reset = (now.timestamp_millis() as f64 + left.as_millis() as f64) / 1000.0;
        let name = hex::encode(
            &super::hmac_sha256(b"bucket", &[bucket.split('-').next().unwrap_or("").as_bytes()])[..8],
        );
        reply
            .with("x-ratelimit-limit", window.limit())
            .with("x-ratelimit-remaining", window.remaining())
            .with("x-ratelimit-reset", format!("{reset:.3}"))
            .with("x-ratelimit-reset-after", format!("{:.3}", left.as_secs_f64()))
            .with("x-ratelimit-bucket", name)
    }
}
