//! A stand-in for one Slack workspace: its Web API, its rooms, and its people.
//!
//! Follows <https://docs.slack.dev/reference/methods>, <https://docs.slack.dev/apis/web-api/rate-limits>
//! and <https://docs.slack.dev/reference/block-kit>. Stricter than Slack, on purpose, in these:
//!
//! - `text` is required beside blocks (Slack accepts its absence and then notifies with nothing).
//! - More than 40,000 characters are refused with `msg_too_long` (Slack shortens silently).
//! - Read methods take a query string or a form, as their pages show first; a JSON body is not read.
//! - `thread_ts` must be a parent that exists (Slack lets a reply's `ts` pass and loses the message).
//!
//! The sum of all text in a message's blocks is held to 12,000 characters (`msg_blocks_too_long`):
//! undocumented, but observed and confirmed by Slack's staff in slackapi/bolt-js#2509.

mod api;
mod checks;
mod interactions;
mod rooms;
mod views;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{anyhow, bail};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::standin::{
    Answer, Author, Bucket, Clocks, Message, Person, Room, Sent, Server, StandIn, Window, lock, str_of,
};
use interactions::{action, form};
pub use rooms::dm_of;
use views::state_values;

/// A channel of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// `C…`.
    pub id: String,
    /// Its name without `#`.
    pub name: String,
    /// Private channels do not exist for an app that is not in them.
    pub private: bool,
    /// Archived channels refuse messages with `is_archived`.
    pub archived: bool,
    /// Whether the app is a member. Public channels take its messages anyway (`chat:write.public`),
    /// but show it no history.
    pub joined: bool,
}

impl Channel {
    /// A public channel that the app is in.
    pub fn new(id: &str, name: &str) -> Self {
        Self { id: id.into(), name: name.into(), private: false, archived: false, joined: true }
    }
}

/// How fast Slack may be called.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Messages that a channel takes at once beyond its one a second.
    pub burst: u32,
    /// Messages a minute in the whole workspace; the page says "several hundred".
    pub posts_per_minute: u32,
    /// Calls a minute of each method of tiers 1 to 4.
    pub tiers: [u32; 4],
    /// Calls a minute of `chat.getPermalink`; the page says "hundreds", which two of them are at least.
    pub permalinks: u32,
    /// All text in one message's blocks, in characters.
    pub block_text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { burst: 1, posts_per_minute: 600, tiers: [1, 20, 50, 100], permalinks: 200, block_text: 12_000 }
    }
}

/// What the workspace is like.
#[derive(Clone)]
pub struct Config {
    /// The two clocks.
    pub clocks: Clocks,
    /// `T…`.
    pub team_id: String,
    /// The workspace's subdomain.
    pub team_domain: String,
    /// `A…`.
    pub app_id: String,
    /// The app's bot user, `U…`.
    pub bot: Person,
    /// `B…`, which messages of the app carry.
    pub bot_id: String,
    /// `xoxb-…`.
    pub bot_token: String,
    /// What the token may do, as Slack tells in a header of each answer. A method whose scope is not among
    /// them is refused with `missing_scope`.
    pub scopes: Vec<String>,
    /// What requests to Earshot are signed with.
    pub signing_secret: String,
    /// The slash command, such as `/chat`.
    pub command: String,
    /// The channels.
    pub channels: Vec<Channel>,
    /// The people.
    pub people: Vec<Person>,
    /// How fast it may be called.
    pub limits: Limits,
    /// Whether the app's Home tab is switched on; otherwise nothing can be published there.
    pub home_tab: bool,
}

impl Config {
    /// A workspace `T01` with made-up secrets, and no channels or people yet.
    pub fn new(clocks: Clocks) -> Self {
        Self {
            clocks,
            team_id: "T01".into(),
            team_domain: "stage".into(),
            app_id: "A01EARSHOT".into(),
            bot: Person::new("U0EARSHOT", "Earshot", "earshot"),
            bot_id: "B0EARSHOT".into(),
            bot_token: "xoxb-stage-not-a-secret".into(),
            scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            signing_secret: "stage-signing-not-a-secret".into(),
            command: "/chat".into(),
            channels: Vec::new(),
            people: Vec::new(),
            limits: Limits::default(),
            home_tab: true,
        }
    }
}

/// What an app like Earshot asks for when it is installed.
const SCOPES: [&str; 7] = [
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "users:read",
];

/// Where Earshot takes slash commands.
pub const COMMANDS: &str = "/slack/commands";

/// Where Earshot takes buttons and forms.
pub const INTERACTIONS: &str = "/slack/interactions";

/// Where Earshot takes events.
pub const EVENTS: &str = "/slack/events";

/// Slack gives an app three seconds to answer.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long a `trigger_id` opens a view.
const TRIGGER: chrono::TimeDelta = chrono::TimeDelta::seconds(3);

/// How long a `response_url` works, and how often.
const RESPONSE_URL: chrono::TimeDelta = chrono::TimeDelta::minutes(30);

const RESPONSE_URL_USES: u32 = 5;

/// One message as Slack holds it.
#[derive(Clone)]
struct Stored {
    channel: String,
    ts: String,
    thread_ts: Option<String>,
    author: Author,
    by_app: bool,
    /// Sent under another name with `username` or an icon; such a message cannot be deleted.
    disguised: bool,
    at: DateTime<Utc>,
    payload: Value,
    edited: bool,
    deleted: bool,
    ephemeral_for: Option<String>,
    pings: BTreeSet<String>,
}

impl Stored {
    fn message(&self) -> Message {
        Message {
            platform: "slack",
            channel: self.channel.clone(),
            thread: self.thread_ts.clone(),
            id: self.ts.clone(),
            at: self.at,
            author: self.author.clone(),
            payload: self.payload.clone(),
            edited: self.edited,
            deleted: self.deleted,
            ephemeral_for: self.ephemeral_for.clone(),
            pings: self.pings.iter().cloned().collect(),
        }
    }
}

struct Trigger {
    user: String,
    at: DateTime<Utc>,
    used: bool,
}

struct ResponseUrl {
    user: String,
    channel: String,
    at: DateTime<Utc>,
    uses: u32,
    /// The message whose button was pressed; a slash command has none.
    source: Option<String>,
}

struct OpenView {
    user: String,
    view: Value,
    open: bool,
}

#[derive(Default)]
struct State {
    channels: Vec<Channel>,
    messages: Vec<Stored>,
    views: Vec<OpenView>,
    triggers: HashMap<String, Trigger>,
    response_urls: HashMap<String, ResponseUrl>,
    paces: HashMap<String, Bucket>,
    methods: HashMap<String, VecDeque<DateTime<Utc>>>,
    posts: Option<Window>,
    last_micros: i64,
    counter: u64,
}

impl State {
    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A `ts` that is unique and increasing, also while the clock stands still or goes back.
    fn ts(&mut self, now: DateTime<Utc>) -> String {
        self.last_micros = now.timestamp_micros().max(self.last_micros + 1);
        format!("{}.{:06}", self.last_micros.div_euclid(1_000_000), self.last_micros.rem_euclid(1_000_000))
    }

    fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Stored> {
        self.messages.iter_mut().rev().find(|m| m.ts == ts && m.channel == channel)
    }
}

struct Inner {
    config: Config,
    room: Room,
    state: Mutex<State>,
    url: Mutex<String>,
}

/// A running Slack. Stops when dropped.
pub struct Slack {
    inner: Arc<Inner>,
    server: Server,
}

impl StandIn for Slack {
    fn room(&self) -> &Room {
        &self.inner.room
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

impl Slack {
    /// Starts a workspace on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let state = State {
            channels: config.channels.clone(),
            posts: Some(Window::new(config.limits.posts_per_minute, Duration::from_secs(60))),
            ..State::default()
        };
        let room = Room::new("slack", config.clocks.clone(), DEADLINE)?;
        let inner = Arc::new(Inner { config, room, state: Mutex::new(state), url: Mutex::default() });
        let server = Server::start(Arc::clone(&inner)).await?;
        *lock(&inner.url) = server.url();
        Ok(Self { inner, server })
    }

    /// The base for `SLACK_API_URL`, with its slash.
    pub fn api_url(&self) -> String {
        format!("{}/api/", self.server.url())
    }

    /// Adds a channel, or replaces the one with its id: archived, private, left.
    pub fn set_channel(&self, channel: Channel) {
        let mut state = lock(&self.inner.state);
        match state.channels.iter_mut().find(|c| c.id == channel.id) {
            Some(old) => *old = channel,
            None => state.channels.push(channel),
        }
    }

    /// Somebody types in a channel. Nothing is sent to Earshot, which does not listen to messages.
    ///
    /// # Errors
    /// When there is no such person or channel.
    pub fn say(&self, user: &str, channel: &str, text: &str, thread: Option<&str>) -> anyhow::Result<String> {
        let person = self.inner.person(user)?;
        self.inner.channel(channel)?;
        let mut payload = json!({"channel": channel, "text": text});
        if let Some(thread) = thread {
            payload["thread_ts"] = json!(thread);
        }
        Ok(self.inner.store(channel, thread, Author::of(&person, false), payload, None, false))
    }

    /// Somebody who may do that deletes a message by hand, whoever wrote it.
    ///
    /// # Errors
    /// When there is no such message.
    pub fn remove(&self, channel: &str, ts: &str) -> anyhow::Result<()> {
        let mut state = lock(&self.inner.state);
        let found = state.message(channel, ts).filter(|m| !m.deleted && m.ephemeral_for.is_none());
        let found = found.ok_or_else(|| anyhow!("no message {ts} in {channel}"))?;
        found.deleted = true;
        let message = found.message();
        drop(state);
        self.inner.room.put(message);
        Ok(())
    }

    /// Somebody types the slash command, such as `ask What did…?`. What Earshot answers at once is
    /// shown in the channel, to them alone unless it says `in_channel`.
    ///
    /// # Errors
    /// When there is no such person or channel, or Earshot does not answer within three seconds.
    pub async fn slash_command(&self, user: &str, channel: &str, text: &str) -> anyhow::Result<Answer> {
        self.slash(&self.inner.config.command, user, channel, text).await
    }

    /// The same with another command than the configured one.
    ///
    /// # Errors
    /// As [`slash_command`](Self::slash_command).
    pub async fn slash(
        &self,
        command: &str,
        user: &str,
        channel: &str,
        text: &str,
    ) -> anyhow::Result<Answer> {
        let inner = &self.inner;
        let person = inner.person(user)?;
        let name = inner.channel(channel)?.name;
        let response_url = inner.response_url("commands", user, channel, None);
        let form = form(&[
            ("token", "gone-out-of-use"),
            ("team_id", &inner.config.team_id),
            ("team_domain", &inner.config.team_domain),
            ("channel_id", channel),
            ("channel_name", &name),
            ("user_id", user),
            ("user_name", &person.handle),
            ("command", command),
            ("text", text),
            ("api_app_id", &inner.config.app_id),
            ("is_enterprise_install", "false"),
            ("response_url", &response_url),
            ("trigger_id", &inner.trigger(user)),
        ]);
        let mut answer = inner.send(COMMANDS, "application/x-www-form-urlencoded", form).await?;
        if answer.status == 200 {
            let shown = match &answer.body {
                Value::Null => Ok(()),
                Value::String(text) if text.trim().is_empty() => Ok(()),
                Value::String(text) => inner.reply(user, channel, &json!({"text": text})),
                body if body.as_object().is_some_and(Map::is_empty) => Ok(()),
                body => inner.reply(user, channel, body),
            };
            answer.refused = shown.err().map(|refused| refused.body().to_string());
        } else {
            answer.refused = Some(format!("{command} failed with the error \"http_{}\"", answer.status));
        }
        Ok(answer)
    }

    /// What Slack's client makes of a command's text where somebody picked people and channels from its
    /// lists: `@Sol` and `#smxchat-desk` become the escapes that carry their ids. Whatever is nobody's name
    /// stays as it is typed.
    pub fn escaped(&self, text: &str) -> String {
        let people = &self.inner.config.people;
        let word = |word: &str| {
            let (name, end) = word.split_at(word.trim_end_matches(['.', ',', ':', '?', '!']).len());
            let person =
                name.strip_prefix('@').and_then(|n| people.iter().find(|p| p.name == n || p.handle == n));
            let channel = name.strip_prefix('#').and_then(|n| self.inner.channel_named(n));
            match (person, channel) {
                (Some(p), _) => format!("<@{}|{}>{end}", p.id, p.handle),
                (_, Some((id, name))) => format!("<#{id}|{name}>{end}"),
                _ => word.to_owned(),
            }
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// Somebody presses a button, or chooses from a menu, of a message. The element must be there and
    /// the person must see the message; `value` picks among several with the same `action_id`, and is
    /// the chosen option's value in a menu.
    ///
    /// # Errors
    /// When there is nothing to press, or Earshot does not answer within three seconds.
    pub async fn press(
        &self,
        user: &str,
        channel: &str,
        message_ts: &str,
        action_id: &str,
        value: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let inner = &self.inner;
        let name = inner.channel(channel)?.name;
        let stored = lock(&inner.state)
            .message(channel, message_ts)
            .filter(|m| !m.deleted)
            .cloned()
            .ok_or_else(|| anyhow!("no message {message_ts} in {channel}"))?;
        if stored.ephemeral_for.as_deref().is_some_and(|only| only != user) {
            bail!("{user} does not see the message {message_ts}");
        }
        let action = action(stored.payload.get("blocks"), action_id, value)?;
        let response_url = inner.response_url("actions", user, channel, Some(message_ts));
        let mut container = json!({
            "type": "message", "message_ts": message_ts, "channel_id": channel,
            "is_ephemeral": stored.ephemeral_for.is_some()
        });
        if let Some(thread) = &stored.thread_ts {
            container["thread_ts"] = json!(thread);
        }
        let mut payload = json!({
            "type": "block_actions",
            "container": container,
            "channel": {"id": channel, "name": name},
            "response_url": response_url,
            "state": {"values": {}},
            "actions": [inner.acted(action)],
        });
        // An ephemeral message is not kept by Slack, so it is not told either.
        if stored.ephemeral_for.is_none() {
            payload["message"] = inner.wire(&stored, true);
        }
        inner.interact(user, payload).await
    }

    /// Somebody presses a button, or chooses from a menu, of a form.
    ///
    /// # Errors
    /// As [`press`](Self::press).
    pub async fn press_in_view(
        &self,
        user: &str,
        view_id: &str,
        action_id: &str,
        value: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let view = self.inner.view_of(user, view_id)?;
        let action = action(view.get("blocks"), action_id, value)?;
        let payload = json!({
            "type": "block_actions",
            "container": {"type": "view", "view_id": view_id},
            "view": view,
            "actions": [self.inner.acted(action)],
        });
        self.inner.interact(user, payload).await
    }

    /// Somebody fills in a form and submits it. `values` go to the inputs by `block_id` or `action_id`;
    /// the others keep what the form offered. For menus the value is the option's; several are
    /// separated by commas. Then the form closes, stays with errors, or changes, as Earshot answers.
    ///
    /// # Errors
    /// When the form is not open, has no such input, or Slack's own client would not let it go
    /// (required, too short, too long), or Earshot does not answer within three seconds.
    pub async fn submit(&self, user: &str, view_id: &str, values: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let inner = &self.inner;
        let mut view = inner.view_of(user, view_id)?;
        view["state"] = json!({"values": state_values(&view, values)?});
        let payload = json!({
            "type": "view_submission", "view": view, "response_urls": [],
        });
        let mut answer = inner.interact(user, payload).await?;
        if answer.status == 200 {
            answer.refused =
                inner.after_submit(user, view_id, &answer.body).err().map(|r| r.body().to_string());
        }
        Ok(answer)
    }

    /// The forms that somebody has open, newest last, and their App Home.
    pub fn views(&self, user: &str) -> Vec<Value> {
        let state = lock(&self.inner.state);
        state.views.iter().filter(|v| v.open && v.user == user).map(|v| v.view.clone()).collect()
    }

    /// Slack asks whether the events address is ours. Answers whether the challenge came back.
    ///
    /// # Errors
    /// When Earshot does not answer within three seconds.
    pub async fn url_verification(&self) -> anyhow::Result<(Answer, bool)> {
        let challenge = format!("challenge-{}", lock(&self.inner.state).next());
        let body = json!({"token": "gone-out-of-use", "challenge": challenge, "type": "url_verification"});
        let answer = self.inner.send_json(EVENTS, &body).await?;
        let echoed =
            answer.body.as_str() == Some(&challenge) || str_of(&answer.body, "challenge") == challenge;
        let valid = answer.status == 200 && echoed;
        Ok((answer, valid))
    }

    /// Somebody opens Earshot's App Home.
    ///
    /// # Errors
    /// When there is no such person, or Earshot does not answer within three seconds.
    pub async fn app_home_opened(&self, user: &str) -> anyhow::Result<Answer> {
        let inner = &self.inner;
        inner.person(user)?;
        let mut event = json!({
            "type": "app_home_opened", "user": user, "tab": "home",
            "channel": dm_of(user), "event_ts": inner.event_ts(),
        });
        if let Some(view) = self.views(user).into_iter().find(|v| str_of(v, "type") == "home") {
            event["view"] = view;
        }
        self.event(event).await
    }

    /// Any other event, wrapped and signed as Slack does.
    ///
    /// # Errors
    /// When Earshot does not answer within three seconds.
    pub async fn event(&self, event: Value) -> anyhow::Result<Answer> {
        let inner = &self.inner;
        let number = lock(&inner.state).next();
        let body = json!({
            "token": "gone-out-of-use",
            "team_id": inner.config.team_id,
            "api_app_id": inner.config.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": format!("Ev{number:09}"),
            "event_time": inner.room.chat_now().timestamp(),
            "authorizations": [{
                "enterprise_id": null, "team_id": inner.config.team_id, "user_id": inner.config.bot.id,
                "is_bot": true, "is_enterprise_install": false
            }],
            "is_ext_shared_channel": false,
            "event_context": format!("4-event-context-{number}"),
        });
        inner.send_json(EVENTS, &body).await
    }

    /// Signs any body as Slack would now, for tests that send something of their own through
    /// [`repeat`](StandIn::repeat).
    pub fn signed(&self, path: &str, content_type: &str, body: Bytes) -> Sent {
        self.inner.signed(path, content_type, body)
    }
}
