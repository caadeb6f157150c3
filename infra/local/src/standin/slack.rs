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

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use super::{
    Answer, Answered, Author, Bucket, Call, Change, Clocks, Message, Person, Platform, Reply, Room, Sent,
    Server, StandIn, Window, hmac_sha256, length, lock, overlay, pairs, seconds_up, str_of,
};

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
    /// All text in one message's blocks, in characters.
    pub block_text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { burst: 1, posts_per_minute: 600, tiers: [1, 20, 50, 100], block_text: 12_000 }
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
            signing_secret: "stage-signing-not-a-secret".into(),
            command: "/chat".into(),
            channels: Vec::new(),
            people: Vec::new(),
            limits: Limits::default(),
        }
    }
}

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

    fn url(&self) -> String {
        self.server.url()
    }
}

/// What Slack says when it refuses: a code for `error`, and where the trouble is.
struct Refused {
    code: &'static str,
    detail: Vec<String>,
}

impl Refused {
    fn because(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: vec![detail.into()] }
    }

    fn body(&self) -> Value {
        let mut body = json!({"ok": false, "error": self.code});
        if !self.detail.is_empty() {
            body["response_metadata"] = json!({"messages": self.detail});
            if self.code == "invalid_blocks" {
                body["errors"] = json!(self.detail);
            }
        }
        body
    }
}

impl From<&'static str> for Refused {
    fn from(code: &'static str) -> Self {
        Self { code, detail: Vec::new() }
    }
}

type Answering = Result<Value, Refused>;

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

    /// Stops listening.
    pub async fn stop(&self) {
        self.server.stop().await;
    }

    /// How long Earshot has to answer; three seconds unless told otherwise.
    pub fn set_deadline(&self, deadline: Duration) {
        *lock(&self.inner.room.caller.deadline) = deadline;
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

    /// Somebody presses a button, or chooses from a menu, of a form or of their App Home.
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

    /// Somebody closes a form. Earshot hears of it only where the form asked with `notify_on_close`.
    ///
    /// # Errors
    /// When the form is not open, or Earshot does not answer within three seconds.
    pub async fn dismiss(&self, user: &str, view_id: &str) -> anyhow::Result<Option<Answer>> {
        let view = self.inner.view_of(user, view_id)?;
        self.inner.close_view(user, view_id);
        if view.get("notify_on_close") != Some(&Value::Bool(true)) {
            return Ok(None);
        }
        let payload = json!({"type": "view_closed", "view": view, "is_cleared": false});
        self.inner.interact(user, payload).await.map(Some)
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

fn form(fields: &[(&str, &str)]) -> Bytes {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        out.append_pair(name, value);
    }
    Bytes::from(out.finish())
}

fn dm_of(user: &str) -> String {
    format!("D{}", user.trim_start_matches(['U', 'W']))
}

/// The element with this `action_id`, and what Slack says when it is used.
fn action(blocks: Option<&Value>, action_id: &str, value: Option<&str>) -> anyhow::Result<Value> {
    let blocks = blocks.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut seen = Vec::new();
    for block in blocks {
        let elements = block.get("elements").and_then(Value::as_array).into_iter().flatten();
        for element in elements.chain(block.get("accessory")).chain(block.get("element")) {
            let id = str_of(element, "action_id");
            if id.is_empty() {
                continue;
            }
            seen.push(id.to_owned());
            if id != action_id {
                continue;
            }
            let kind = str_of(element, "type");
            let mut action = json!({
                "type": kind, "action_id": action_id, "block_id": str_of(block, "block_id"),
            });
            if kind == "button" {
                if value.is_some_and(|wanted| str_of(element, "value") != wanted) {
                    continue;
                }
                action["text"] = element["text"].clone();
                for key in ["value", "style"] {
                    if let Some(given) = element.get(key) {
                        action[key] = given.clone();
                    }
                }
                return Ok(action);
            }
            let wanted = value.ok_or_else(|| anyhow!("`{action_id}` is a {kind}: say which option"))?;
            let Some(option) = option_of(element, wanted) else { continue };
            action["selected_option"] = option;
            return Ok(action);
        }
    }
    bail!("no `{action_id}` with the value {value:?} to press here; there are {seen:?}")
}

fn option_of(element: &Value, wanted: &str) -> Option<Value> {
    let list = element.get("options").and_then(Value::as_array).into_iter().flatten();
    let grouped = element
        .get("option_groups")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|group| group.get("options").and_then(Value::as_array))
        .flatten();
    list.chain(grouped).find(|option| str_of(option, "value") == wanted).cloned()
}

/// What a filled-in form holds, as Slack sends it.
fn state_values(view: &Value, values: &[(&str, &str)]) -> anyhow::Result<Value> {
    let mut out = Map::new();
    let mut left: BTreeMap<&str, &str> = values.iter().copied().collect();
    for block in view.get("blocks").and_then(Value::as_array).into_iter().flatten() {
        let (block_id, element) = (str_of(block, "block_id"), &block["element"]);
        if str_of(block, "type") != "input" {
            continue;
        }
        let action_id = str_of(element, "action_id");
        let kind = str_of(element, "type");
        let label = str_of(&block["label"], "text");
        let typed = left.remove(block_id).or_else(|| left.remove(action_id));
        let mut value = json!({"type": kind});
        let empty;
        match kind {
            "static_select" | "radio_buttons" => {
                let chosen = match typed {
                    Some(wanted) => Some(
                        option_of(element, wanted)
                            .ok_or_else(|| anyhow!("\"{label}\" has no option {wanted:?}"))?,
                    ),
                    None => element.get("initial_option").cloned(),
                };
                empty = chosen.is_none();
                value["selected_option"] = json!(chosen);
            }
            "checkboxes" | "multi_static_select" => {
                let chosen = match typed {
                    Some(wanted) => wanted
                        .split(',')
                        .map(str::trim)
                        .filter(|w| !w.is_empty())
                        .map(|w| {
                            option_of(element, w).ok_or_else(|| anyhow!("\"{label}\" has no option {w:?}"))
                        })
                        .collect::<anyhow::Result<Vec<_>>>()?,
                    None => {
                        element.get("initial_options").and_then(Value::as_array).cloned().unwrap_or_default()
                    }
                };
                empty = chosen.is_empty();
                value["selected_options"] = json!(chosen);
            }
            "datepicker" | "timepicker" | "users_select" | "conversations_select" | "channels_select" => {
                let (key, initial) = match kind {
                    "datepicker" => ("selected_date", "initial_date"),
                    "timepicker" => ("selected_time", "initial_time"),
                    "users_select" => ("selected_user", "initial_user"),
                    "conversations_select" => ("selected_conversation", "initial_conversation"),
                    _ => ("selected_channel", "initial_channel"),
                };
                let chosen = typed.or_else(|| element.get(initial).and_then(Value::as_str));
                empty = chosen.is_none();
                value[key] = json!(chosen);
            }
            _ => {
                let text = typed.or_else(|| element.get("initial_value").and_then(Value::as_str));
                let text = text.filter(|text| !text.is_empty());
                let count = text.map_or(0, length);
                let limit = |key: &str| element.get(key).and_then(Value::as_u64).map(|n| n as usize);
                if limit("max_length").is_some_and(|most| count > most) {
                    bail!("Slack would not send the form: \"{label}\" has {count} characters, too many");
                }
                if text.is_some() && limit("min_length").is_some_and(|least| count < least) {
                    bail!("Slack would not send the form: \"{label}\" has {count} characters, too few");
                }
                empty = text.is_none();
                value["value"] = json!(text);
            }
        }
        if empty && block.get("optional") != Some(&Value::Bool(true)) {
            bail!("Slack would not send the form: \"{label}\" is required");
        }
        let entry = out.entry(block_id).or_insert_with(|| json!({}));
        entry[action_id] = value;
    }
    match left.keys().next() {
        Some(unknown) => Err(anyhow!("the form has no input `{unknown}`")),
        None => Ok(Value::Object(out)),
    }
}

impl Inner {
    fn person(&self, user: &str) -> anyhow::Result<Person> {
        self.config
            .people
            .iter()
            .find(|p| p.id == user)
            .cloned()
            .ok_or_else(|| anyhow!("nobody in this Slack has the id {user}"))
    }

    fn channel(&self, id: &str) -> anyhow::Result<Channel> {
        if let Some(user) = self.config.people.iter().find(|p| dm_of(&p.id) == id) {
            return Ok(Channel { private: true, ..Channel::new(id, &format!("dm-{}", user.handle)) });
        }
        let state = lock(&self.state);
        state
            .channels
            .iter()
            .find(|c| c.id == id)
            .cloned()
            .ok_or_else(|| anyhow!("no channel {id} in this Slack"))
    }

    fn event_ts(&self) -> String {
        let now = self.room.chat_now();
        lock(&self.state).ts(now)
    }

    /// A `trigger_id` that opens one view within three seconds.
    fn trigger(&self, user: &str) -> String {
        let mut state = lock(&self.state);
        let number = state.next();
        let id =
            format!("{number}.{}.{:032x}", self.config.team_id.trim_start_matches('T'), number * 0x9e37_79b9);
        let at = self.room.now();
        state.triggers.retain(|_, t| at - t.at < RESPONSE_URL);
        state.triggers.insert(id.clone(), Trigger { user: user.into(), at, used: false });
        id
    }

    fn response_url(&self, kind: &str, user: &str, channel: &str, source: Option<&str>) -> String {
        let mut state = lock(&self.state);
        let number = state.next();
        let path = format!("/{kind}/{}/{number}/{:024x}", self.config.team_id, number * 0x85eb_ca6b);
        let url = format!("{}{path}", lock(&self.url));
        let at = self.room.now();
        state.response_urls.insert(
            path,
            ResponseUrl {
                user: user.into(),
                channel: channel.into(),
                at,
                uses: 0,
                source: source.map(str::to_owned),
            },
        );
        url
    }

    fn signed(&self, path: &str, content_type: &str, body: Bytes) -> Sent {
        let timestamp = self.room.now().timestamp().to_string();
        let mac =
            hmac_sha256(self.config.signing_secret.as_bytes(), &[b"v0:", timestamp.as_bytes(), b":", &body]);
        Sent {
            method: Method::POST,
            path: path.into(),
            headers: vec![
                ("content-type".into(), content_type.into()),
                ("user-agent".into(), "Slackbot 1.0 (+https://api.slack.com/robots)".into()),
                ("x-slack-request-timestamp".into(), timestamp),
                ("x-slack-signature".into(), format!("v0={}", hex::encode(mac))),
            ],
            body,
        }
    }

    async fn send(&self, path: &str, content_type: &str, body: Bytes) -> anyhow::Result<Answer> {
        self.room.caller.send(self.signed(path, content_type, body)).await
    }

    async fn send_json(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(path, "application/json", Bytes::from(escaped(body))).await
    }

    /// Sends a payload with what every interaction carries.
    async fn interact(&self, user: &str, mut payload: Value) -> anyhow::Result<Answer> {
        let person = self.person(user)?;
        let trigger = self.trigger(user);
        overlay(
            &mut payload,
            &json!({
                "team": {"id": self.config.team_id, "domain": self.config.team_domain},
                "user": {
                    "id": user, "username": person.handle, "name": person.handle,
                    "team_id": self.config.team_id
                },
                "api_app_id": self.config.app_id,
                "token": "gone-out-of-use",
                "trigger_id": trigger,
                "enterprise": null,
                "is_enterprise_install": false,
            }),
        );
        let body = form(&[("payload", &escaped(&payload))]);
        let mut answer = self.send(INTERACTIONS, "application/x-www-form-urlencoded", body).await?;
        if answer.status != 200 {
            answer.refused = Some(format!("Slack shows an error: HTTP {}", answer.status));
        }
        Ok(answer)
    }

    /// An action with its time.
    fn acted(&self, mut action: Value) -> Value {
        action["action_ts"] = json!(self.event_ts());
        action
    }

    /// Puts a message into a room and answers its `ts`.
    fn store(
        &self,
        channel: &str,
        thread: Option<&str>,
        author: Author,
        payload: Value,
        ephemeral_for: Option<&str>,
        by_app: bool,
    ) -> String {
        let at = self.room.chat_now();
        let mut state = lock(&self.state);
        let ts = state.ts(at);
        let mut payload = payload;
        name_blocks(&mut payload, &mut state);
        let disguised = ["username", "icon_url", "icon_emoji"].iter().any(|k| payload.get(k).is_some());
        let mut author = author;
        if by_app && let Some(name) = payload.get("username").and_then(Value::as_str) {
            author.name = name.to_owned();
        }
        if by_app && let Some(icon) = payload.get("icon_url").and_then(Value::as_str) {
            author.avatar = Some(icon.to_owned());
        }
        let stored = Stored {
            channel: channel.into(),
            ts: ts.clone(),
            thread_ts: thread.map(str::to_owned),
            author,
            by_app,
            disguised,
            at,
            pings: pings(&payload),
            payload,
            edited: false,
            deleted: false,
            ephemeral_for: ephemeral_for.map(str::to_owned),
        };
        let message = stored.message();
        state.messages.push(stored);
        drop(state);
        self.room.put(message);
        ts
    }

    fn bot(&self) -> Author {
        Author::of(&self.config.bot, true)
    }

    /// Shows what Earshot said in answer to a command or through a `response_url`.
    fn reply(&self, user: &str, channel: &str, body: &Value) -> Result<(), Refused> {
        check_message(body, &self.config.limits, true)?;
        let alone = str_of(body, "response_type") != "in_channel";
        let thread = body.get("thread_ts").and_then(Value::as_str);
        self.store(channel, thread, self.bot(), body.clone(), alone.then_some(user), true);
        Ok(())
    }

    /// A message as the API and payloads show it.
    fn wire(&self, stored: &Stored, metadata: bool) -> Value {
        let mut out = json!({
            "type": "message",
            "user": stored.author.id,
            "ts": stored.ts,
            "team": self.config.team_id,
            "text": str_of(&stored.payload, "text"),
        });
        if stored.by_app {
            out["bot_id"] = json!(self.config.bot_id);
            out["app_id"] = json!(self.config.app_id);
            out["bot_profile"] = json!({
                "id": self.config.bot_id, "app_id": self.config.app_id, "name": self.config.bot.name,
                "deleted": false, "team_id": self.config.team_id
            });
        }
        if let Some(blocks) = stored.payload.get("blocks") {
            out["blocks"] = blocks.clone();
        }
        if let Some(thread) = &stored.thread_ts {
            out["thread_ts"] = json!(thread);
        }
        if stored.edited {
            out["edited"] = json!({"user": stored.author.id, "ts": stored.ts});
        }
        let data = stored.payload.get("metadata").filter(|m| m.as_object().is_some_and(|m| !m.is_empty()));
        if metadata && let Some(data) = data {
            out["metadata"] = data.clone();
        }
        out
    }

    fn view_of(&self, user: &str, view_id: &str) -> anyhow::Result<Value> {
        let state = lock(&self.state);
        state
            .views
            .iter()
            .find(|v| v.open && v.user == user && str_of(&v.view, "id") == view_id)
            .map(|v| v.view.clone())
            .with_context(|| format!("{user} has no form {view_id} open"))
    }

    fn close_view(&self, user: &str, view_id: &str) {
        let mut state = lock(&self.state);
        for view in state.views.iter_mut().filter(|v| str_of(&v.view, "id") == view_id) {
            view.open = false;
        }
        state.views.retain(|v| v.open);
        drop(state);
        self.tell_view(user, Value::Null);
    }

    fn tell_view(&self, user: &str, view: Value) {
        self.room.tell(Change::Form { platform: "slack", user: user.into(), view });
    }

    /// What becomes of a form once it was submitted.
    fn after_submit(&self, user: &str, view_id: &str, body: &Value) -> Result<(), Refused> {
        match str_of(body, "response_action") {
            "" => {
                self.close_view(user, view_id);
                Ok(())
            }
            "clear" => {
                let mut state = lock(&self.state);
                state.views.retain(|v| v.user != user || str_of(&v.view, "type") == "home");
                drop(state);
                self.tell_view(user, Value::Null);
                Ok(())
            }
            "errors" => {
                let view = self.view_of(user, view_id).map_err(|_| Refused::from("not_found"))?;
                let named = body.get("errors").and_then(Value::as_object).ok_or("invalid_arguments")?;
                let blocks = view.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
                for (block_id, text) in named {
                    let there = blocks
                        .iter()
                        .any(|b| str_of(b, "type") == "input" && str_of(b, "block_id") == block_id);
                    if !there {
                        let why = format!("the form has no input block {block_id}");
                        return Err(Refused::because("invalid_arguments", why));
                    }
                    if text.as_str().is_none_or(str::is_empty) {
                        return Err(Refused::because("invalid_arguments", "an error needs its words"));
                    }
                }
                Ok(())
            }
            "update" => self.replace_view(view_id, &body["view"]).map(|_| ()),
            "push" => self.show_view(user, &body["view"], true).map(|_| ()),
            other => Err(Refused::because("invalid_arguments", format!("no response_action {other}"))),
        }
    }

    fn show_view(&self, user: &str, view: &Value, pushed: bool) -> Answering {
        check_view(view, "modal")?;
        let mut state = lock(&self.state);
        let external = str_of(view, "external_id");
        if !external.is_empty() && state.views.iter().any(|v| str_of(&v.view, "external_id") == external) {
            return Err("duplicate_external_id".into());
        }
        let mine = |v: &&OpenView| v.user == user && str_of(&v.view, "type") == "modal";
        let stack: Vec<Value> = state.views.iter().filter(mine).map(|v| v.view.clone()).collect();
        if pushed && stack.len() >= 3 {
            return Err("push_limit_reached".into());
        }
        if !pushed {
            state.views.retain(|v| v.user != user || str_of(&v.view, "type") != "modal");
        }
        let view = self.complete_view(view, stack.last().filter(|_| pushed), &mut state);
        state.views.push(OpenView { user: user.into(), view: view.clone(), open: true });
        drop(state);
        self.tell_view(user, view.clone());
        Ok(view)
    }

    fn complete_view(&self, view: &Value, below: Option<&Value>, state: &mut State) -> Value {
        let number = state.next();
        let id = format!("V{number:08}");
        let mut out = json!({
            "id": id, "team_id": self.config.team_id, "callback_id": "", "private_metadata": "",
            "external_id": "", "clear_on_close": false, "notify_on_close": false, "close": null,
            "submit": null, "submit_disabled": false,
            "previous_view_id": below.map(|v| v["id"].clone()),
            "root_view_id": below.map_or(json!(id), |v| v["root_view_id"].clone()),
            "app_id": self.config.app_id, "app_installed_team_id": self.config.team_id,
            "bot_id": self.config.bot_id, "state": {"values": {}},
        });
        overlay(&mut out, view);
        out["hash"] = json!(format!("{}.{number:08x}", self.room.now().timestamp()));
        name_blocks(&mut out, state);
        out
    }

    fn replace_view(&self, view_id: &str, view: &Value) -> Answering {
        let mut state = lock(&self.state);
        let at = state.views.iter().position(|v| str_of(&v.view, "id") == view_id).ok_or("not_found")?;
        let kind = str_of(&state.views[at].view, "type").to_owned();
        check_view(view, &kind)?;
        let old = state.views[at].view.clone();
        let mut new = self.complete_view(view, None, &mut state);
        for key in ["id", "root_view_id", "previous_view_id"] {
            new[key] = old[key].clone();
        }
        if view.get("external_id").is_none() {
            new["external_id"] = old["external_id"].clone();
        }
        state.views[at].view = new.clone();
        let user = state.views[at].user.clone();
        drop(state);
        self.tell_view(&user, new.clone());
        Ok(new)
    }

    // The Web API.

    fn api(&self, method: &str, call: &Call) -> Reply {
        let answered = self.authorised(call).and_then(|()| self.paced(method)).and_then(|()| {
            let args = arguments(method, call).map_err(Problem::Refused)?;
            self.act(method, &args)
        });
        match answered {
            Ok(mut body) => {
                body["ok"] = json!(true);
                Reply::json(200, body)
            }
            Err(Problem::Refused(refused)) => Reply::json(200, refused.body()),
            Err(Problem::TooFast(wait)) => self.rate_limited(Some(wait)),
        }
    }

    fn authorised(&self, call: &Call) -> Result<(), Problem> {
        let header = call.header("authorization");
        if header.is_empty() {
            return Err(Problem::Refused("not_authed".into()));
        }
        if header.strip_prefix("Bearer ") != Some(self.config.bot_token.as_str()) {
            return Err(Problem::Refused("invalid_auth".into()));
        }
        Ok(())
    }

    fn paced(&self, method: &str) -> Result<(), Problem> {
        let [one, two, three, four] = self.config.limits.tiers;
        let most = match method {
            "chat.postMessage" | "auth.test" => return Ok(()),
            "apps.event.authorizations.list" => one,
            "conversations.list" | "users.list" | "conversations.create" => two,
            "views.open" | "views.update" | "views.push" | "views.publish" | "users.info"
            | "chat.postEphemeral" => four,
            _ => three,
        };
        let now = self.room.now();
        let mut state = lock(&self.state);
        let calls = state.methods.entry(method.to_owned()).or_default();
        let minute = chrono::TimeDelta::seconds(60);
        while calls.front().is_some_and(|first| now - *first >= minute) {
            calls.pop_front();
        }
        if calls.len() >= most as usize {
            let wait = calls.front().map(|first| (*first + minute - now).to_std().unwrap_or_default());
            return Err(Problem::TooFast(wait.unwrap_or(Duration::from_secs(60))));
        }
        calls.push_back(now);
        Ok(())
    }

    fn act(&self, method: &str, args: &Value) -> Result<Value, Problem> {
        let done = match method {
            "chat.postMessage" => return self.post_message(args),
            "chat.postEphemeral" => self.post_ephemeral(args),
            "chat.update" => self.update(args),
            "chat.delete" => self.delete(args),
            "conversations.history" => self.history(args),
            "conversations.replies" => self.replies(args),
            "conversations.info" => self.info(args),
            "users.info" => self.user_info(args),
            "views.open" => self.trigger_view(args, false),
            "views.push" => self.trigger_view(args, true),
            "views.update" => self.update_view(args),
            "views.publish" => self.publish_view(args),
            "auth.test" => Ok(json!({
                "url": format!("https://{}.slack.com/", self.config.team_domain),
                "team": self.config.team_domain, "user": self.config.bot.handle,
                "team_id": self.config.team_id, "user_id": self.config.bot.id,
                "bot_id": self.config.bot_id, "is_enterprise_install": false,
            })),
            _ => Err("unknown_method".into()),
        };
        done.map_err(Problem::Refused)
    }

    /// The channel that a call names, as far as the app may know of it. A user's id opens their
    /// direct messages.
    fn known_channel(&self, args: &Value) -> Result<Channel, Refused> {
        let id = str_of(args, "channel");
        let id = match self.config.people.iter().find(|p| p.id == id) {
            Some(person) => dm_of(&person.id),
            None => id.to_owned(),
        };
        let channel = self.channel(&id).map_err(|_| Refused::from("channel_not_found"))?;
        if channel.private && !channel.joined {
            return Err("channel_not_found".into());
        }
        Ok(channel)
    }

    fn post_message(&self, args: &Value) -> Result<Value, Problem> {
        let refused = Problem::Refused;
        let channel = self.known_channel(args).map_err(refused)?;
        if channel.archived {
            return Err(Problem::Refused("is_archived".into()));
        }
        check_message(args, &self.config.limits, false).map_err(refused)?;
        let thread = args.get("thread_ts").and_then(Value::as_str).filter(|ts| !ts.is_empty());
        let mut state = lock(&self.state);
        if let Some(ts) = thread {
            let parent = state.message(&channel.id, ts).filter(|m| m.ephemeral_for.is_none());
            match parent {
                None => return Err(Problem::Refused("thread_not_found".into())),
                Some(parent) if parent.thread_ts.is_some() => {
                    return Err(Problem::Refused("cannot_reply_to_message".into()));
                }
                Some(_) => {}
            }
        }
        // Only what would be posted counts against the pace, and the channel's before the workspace's.
        let now = self.room.now();
        let size = 1 + self.config.limits.burst;
        let pace = state
            .paces
            .entry(channel.id.clone())
            .or_insert_with(|| Bucket::new(size, Duration::from_secs(1)));
        pace.take(now).map_err(Problem::TooFast)?;
        if let Some(posts) = &mut state.posts {
            posts.take(now).map_err(Problem::TooFast)?;
        }
        drop(state);
        let ts = self.store(&channel.id, thread, self.bot(), args.clone(), None, true);
        let mut state = lock(&self.state);
        let message = state.message(&channel.id, &ts).cloned();
        drop(state);
        let message = message.map(|m| self.wire(&m, true));
        Ok(json!({"channel": channel.id, "ts": ts, "message": message}))
    }

    fn post_ephemeral(&self, args: &Value) -> Answering {
        let channel = self.known_channel(args)?;
        if channel.archived {
            return Err("is_archived".into());
        }
        let user = str_of(args, "user");
        if self.person(user).is_err() {
            return Err("user_not_in_channel".into());
        }
        check_message(args, &self.config.limits, false)?;
        let thread = args.get("thread_ts").and_then(Value::as_str);
        let ts = self.store(&channel.id, thread, self.bot(), args.clone(), Some(user), true);
        Ok(json!({"message_ts": ts}))
    }

    fn update(&self, args: &Value) -> Answering {
        let channel = self.known_channel(args)?;
        if channel.archived {
            return Err("is_archived".into());
        }
        let ts = str_of(args, "ts");
        let mut state = lock(&self.state);
        let live = |m: &&mut Stored| !m.deleted && m.ephemeral_for.is_none();
        let found = state.message(&channel.id, ts).filter(live).ok_or("message_not_found")?;
        if !found.by_app {
            return Err("cant_update_message".into());
        }
        check_message(args, &self.config.limits, false)?;
        let mut payload = found.payload.clone();
        if let Some(fields) = payload.as_object_mut() {
            // Text alone takes the blocks away.
            fields.remove("blocks");
        }
        overlay(&mut payload, args);
        if let Some(fields) = payload.as_object_mut() {
            fields.remove("ts");
        }
        name_blocks(&mut payload, &mut state);
        let found = state.message(&channel.id, ts).ok_or("message_not_found")?;
        found.pings.extend(pings(&payload));
        found.payload = payload;
        found.edited = true;
        let stored = found.clone();
        drop(state);
        self.room.put(stored.message());
        let text = str_of(&stored.payload, "text").to_owned();
        Ok(json!({"channel": channel.id, "ts": ts, "text": text, "message": self.wire(&stored, true)}))
    }

    fn delete(&self, args: &Value) -> Answering {
        let channel = self.known_channel(args)?;
        let ts = str_of(args, "ts");
        let mut state = lock(&self.state);
        let live = |m: &&mut Stored| !m.deleted && m.ephemeral_for.is_none();
        let found = state.message(&channel.id, ts).filter(live).ok_or("message_not_found")?;
        if !found.by_app || found.disguised {
            return Err("cant_delete_message".into());
        }
        found.deleted = true;
        let message = found.message();
        drop(state);
        self.room.put(message);
        Ok(json!({"channel": channel.id, "ts": ts}))
    }

    fn readable_channel(&self, args: &Value) -> Result<Channel, Refused> {
        let channel = self.known_channel(args)?;
        if !channel.joined {
            return Err("not_in_channel".into());
        }
        Ok(channel)
    }

    fn history(&self, args: &Value) -> Answering {
        let channel = self.readable_channel(args)?;
        let state = lock(&self.state);
        let top = |m: &&Stored| {
            m.channel == channel.id
                && !m.deleted
                && m.ephemeral_for.is_none()
                && (m.thread_ts.is_none() || flag(&m.payload, "reply_broadcast"))
        };
        let found: Vec<Stored> = state.messages.iter().rev().filter(top).cloned().collect();
        let replies: HashMap<String, Vec<String>> = state
            .messages
            .iter()
            .filter(|m| m.channel == channel.id && !m.deleted)
            .filter_map(|m| m.thread_ts.clone().map(|t| (t, m.ts.clone())))
            .fold(HashMap::new(), |mut all, (thread, ts)| {
                all.entry(thread).or_default().push(ts);
                all
            });
        drop(state);
        self.page(args, found, &replies)
    }

    fn replies(&self, args: &Value) -> Answering {
        let channel = self.readable_channel(args)?;
        let ts = str_of(args, "ts");
        let state = lock(&self.state);
        let shown = |m: &&Stored| m.channel == channel.id && m.ephemeral_for.is_none();
        // A parent that was removed keeps its thread.
        if !state.messages.iter().filter(shown).any(|m| m.ts == ts) {
            return Err("thread_not_found".into());
        }
        let found: Vec<Stored> = state
            .messages
            .iter()
            .filter(shown)
            .filter(|m| !m.deleted && (m.ts == ts || m.thread_ts.as_deref() == Some(ts)))
            .cloned()
            .collect();
        drop(state);
        self.page(args, found, &HashMap::new())
    }

    /// `oldest`, `latest`, `inclusive`, `limit` and `cursor`, as the history pages define them.
    fn page(&self, args: &Value, found: Vec<Stored>, replies: &HashMap<String, Vec<String>>) -> Answering {
        let number = |key: &str| match &args[key] {
            Value::String(text) => text.parse::<f64>().ok(),
            Value::Number(number) => number.as_f64(),
            _ => None,
        };
        let limit = match args.get("limit") {
            None => 100,
            Some(_) => number("limit").filter(|n| (1.0..=999.0).contains(n)).ok_or("invalid_limit")? as usize,
        };
        let inclusive = flag(args, "inclusive");
        let within = |m: &Stored| {
            // Exact as text; the same digits before and after the point make text order time's order.
            let edge = |key: &str| Some(str_of(args, key)).filter(|ts| !ts.is_empty()).map(padded);
            let ts = padded(&m.ts);
            let after = edge("oldest").is_none_or(|o| ts > o || (inclusive && ts == o));
            let before = edge("latest").is_none_or(|l| ts < l || (inclusive && ts == l));
            after && before
        };
        let metadata = flag(args, "include_all_metadata");
        let start = match str_of(args, "cursor") {
            "" => 0,
            cursor => cursor.strip_prefix("after-").and_then(|n| n.parse().ok()).ok_or("invalid_cursor")?,
        };
        let all: Vec<&Stored> = found.iter().filter(|m| within(m)).collect();
        let messages: Vec<Value> = all
            .iter()
            .skip(start)
            .take(limit)
            .map(|m| {
                let mut out = self.wire(m, metadata);
                if let Some(answers) = replies.get(&m.ts) {
                    out["thread_ts"] = json!(m.ts);
                    out["reply_count"] = json!(answers.len());
                    out["latest_reply"] = json!(answers.last());
                }
                out
            })
            .collect();
        let more = all.len() > start.saturating_add(limit);
        let mut body = json!({"messages": messages, "has_more": more});
        if more {
            body["response_metadata"] =
                json!({"next_cursor": format!("after-{}", start.saturating_add(limit))});
        }
        Ok(body)
    }

    fn info(&self, args: &Value) -> Answering {
        let channel = self.known_channel(args)?;
        let direct = channel.id.starts_with('D');
        Ok(json!({"channel": {
            "id": channel.id, "name": channel.name, "name_normalized": channel.name,
            "is_channel": !direct && !channel.private, "is_group": false, "is_im": direct, "is_mpim": false,
            "is_private": channel.private, "is_archived": channel.archived, "is_member": channel.joined,
            "is_general": false, "context_team_id": self.config.team_id,
        }}))
    }

    fn user_info(&self, args: &Value) -> Answering {
        let person = self.person(str_of(args, "user")).map_err(|_| Refused::from("user_not_found"))?;
        Ok(json!({"user": {
            "id": person.id, "team_id": self.config.team_id, "name": person.handle, "deleted": false,
            "real_name": person.name, "is_bot": false,
            "profile": {"real_name": person.name, "display_name": person.name, "image_72": person.avatar},
        }}))
    }

    fn trigger_view(&self, args: &Value, pushed: bool) -> Answering {
        let now = self.room.now();
        let mut state = lock(&self.state);
        let trigger = state.triggers.get_mut(str_of(args, "trigger_id")).ok_or("invalid_trigger_id")?;
        if trigger.used {
            return Err("exchanged_trigger_id".into());
        }
        if now - trigger.at > TRIGGER {
            return Err("expired_trigger_id".into());
        }
        let user = trigger.user.clone();
        drop(state);
        let view = self.show_view(&user, &args["view"], pushed)?;
        if let Some(trigger) = lock(&self.state).triggers.get_mut(str_of(args, "trigger_id")) {
            trigger.used = true;
        }
        Ok(json!({"view": view}))
    }

    fn update_view(&self, args: &Value) -> Answering {
        let (id, external) = (str_of(args, "view_id"), str_of(args, "external_id"));
        let state = lock(&self.state);
        let wanted = |v: &&OpenView| {
            (!id.is_empty() && str_of(&v.view, "id") == id)
                || (!external.is_empty() && str_of(&v.view, "external_id") == external)
        };
        let old = state.views.iter().find(wanted).ok_or("not_found")?.view.clone();
        drop(state);
        let hash = str_of(args, "hash");
        if !hash.is_empty() && hash != str_of(&old, "hash") {
            return Err("hash_conflict".into());
        }
        let view = self.replace_view(str_of(&old, "id"), &args["view"])?;
        Ok(json!({"view": view}))
    }

    fn publish_view(&self, args: &Value) -> Answering {
        let user = str_of(args, "user_id");
        self.person(user).map_err(|_| Refused::from("user_not_found"))?;
        check_view(&args["view"], "home")?;
        let mut state = lock(&self.state);
        state.views.retain(|v| v.user != user || str_of(&v.view, "type") != "home");
        let view = self.complete_view(&args["view"], None, &mut state);
        state.views.push(OpenView { user: user.into(), view: view.clone(), open: true });
        drop(state);
        self.tell_view(user, view.clone());
        Ok(json!({"view": view}))
    }

    /// A POST to a `response_url`: five in thirty minutes, without a token.
    fn respond(&self, call: &Call) -> Reply {
        let now = self.room.now();
        let mut state = lock(&self.state);
        let Some(url) = state.response_urls.get_mut(&call.path) else {
            return Reply::json(404, json!({"ok": false, "error": "expired_url"}));
        };
        if now - url.at > RESPONSE_URL {
            return Reply::json(404, json!({"ok": false, "error": "expired_url"}));
        }
        if url.uses >= RESPONSE_URL_USES {
            return Reply::json(404, json!({"ok": false, "error": "used_url"}));
        }
        let Some(body) = call.json().filter(Value::is_object) else {
            return Reply::json(400, json!({"ok": false, "error": "invalid_payload"}));
        };
        url.uses += 1;
        let (user, channel, source) = (url.user.clone(), url.channel.clone(), url.source.clone());
        drop(state);
        let done = match source {
            Some(ts) if flag(&body, "delete_original") => self.respond_over(&channel, &ts, None),
            Some(ts) if flag(&body, "replace_original") => self.respond_over(&channel, &ts, Some(&body)),
            _ => self.reply(&user, &channel, &body),
        };
        match done {
            Ok(()) => Reply::text(200, "text/plain", "ok"),
            Err(refused) => Reply::json(400, refused.body()),
        }
    }

    fn respond_over(&self, channel: &str, ts: &str, body: Option<&Value>) -> Result<(), Refused> {
        if let Some(body) = body {
            check_message(body, &self.config.limits, true)?;
        }
        let mut state = lock(&self.state);
        let mut payload = body.cloned();
        if let Some(payload) = &mut payload {
            name_blocks(payload, &mut state);
        }
        let found = state.message(channel, ts).filter(|m| !m.deleted).ok_or("message_not_found")?;
        match payload {
            Some(payload) => {
                found.pings.extend(pings(&payload));
                found.payload = payload;
                found.edited = true;
            }
            None => found.deleted = true,
        }
        let message = found.message();
        drop(state);
        self.room.put(message);
        Ok(())
    }
}

enum Problem {
    Refused(Refused),
    TooFast(Duration),
}

impl Platform for Inner {
    fn room(&self) -> &Room {
        &self.room
    }

    fn handle(self: &Arc<Self>, call: &Call) -> Reply {
        if let Some(method) = call.path.strip_prefix("/api/") {
            return self.api(method, call);
        }
        if call.method == Method::POST
            && (call.path.starts_with("/commands/") || call.path.starts_with("/actions/"))
        {
            return self.respond(call);
        }
        Reply::text(404, "text/plain", "Slack has nothing here")
    }

    fn rate_limited(&self, retry_after: Option<Duration>) -> Reply {
        let reply = Reply {
            status: 429,
            headers: Vec::new(),
            body: Answered::Json(json!({"ok": false, "error": "ratelimited"})),
        };
        match retry_after {
            Some(wait) => reply.with("retry-after", seconds_up(wait)),
            None => reply,
        }
    }
}

/// Slack escapes everything beyond ASCII in what it sends, so our parsers meet it too.
fn escaped(value: &Value) -> String {
    let mut out = String::new();
    for unit in value.to_string().chars() {
        if unit.is_ascii() {
            out.push(unit);
            continue;
        }
        let mut units = [0; 2];
        for half in unit.encode_utf16(&mut units) {
            out.push_str(&format!("\\u{half:04x}"));
        }
    }
    out
}

/// A `ts` whose order as text is its order in time.
fn padded(ts: &str) -> String {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, ""));
    format!("{seconds:0>12}.{rest:0<6}")
}

fn flag(value: &Value, key: &str) -> bool {
    match value.get(key) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// A call's arguments from query, form or JSON; in a form, structures are JSON in a string.
fn arguments(method: &str, call: &Call) -> Result<Value, Refused> {
    let reads = method.starts_with("conversations.") || method.starts_with("users.");
    let mut args: Map<String, Value> =
        call.query_pairs().into_iter().map(|(k, v)| (k, Value::String(v))).collect();
    if call.is_json() && !reads {
        match call.json() {
            Some(Value::Object(body)) => args.extend(body),
            Some(_) => return Err("json_not_object".into()),
            None => return Err("invalid_json".into()),
        }
    } else if call.is_form() {
        for (key, value) in pairs(&call.body) {
            let value = match key.as_str() {
                "blocks" | "metadata" | "view" | "attachments" => {
                    serde_json::from_str(&value).map_err(|_| Refused::from("invalid_arguments"))?
                }
                _ => Value::String(value),
            };
            args.insert(key, value);
        }
    } else if !call.body.is_empty() && !reads {
        return Err("invalid_post_type".into());
    }
    if args.contains_key("token") {
        // Tokens in the query string are refused for apps made since February 2021.
        return Err("invalid_auth".into());
    }
    Ok(Value::Object(args))
}

/// Gives a `block_id` to blocks, and an `action_id` to elements, that came without.
fn name_blocks(payload: &mut Value, state: &mut State) {
    let Some(blocks) = payload.get_mut("blocks").and_then(Value::as_array_mut) else { return };
    for block in blocks {
        let Some(block) = block.as_object_mut() else { continue };
        if !block.contains_key("block_id") {
            let id = format!("b{:05}", state.next());
            block.insert("block_id".into(), Value::String(id));
        }
        let interactive = |e: &Value| {
            !matches!(str_of(e, "type"), "" | "image" | "mrkdwn" | "plain_text")
                && e.get("action_id").is_none()
        };
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut name = |element: &mut Value| {
            if interactive(element) {
                element["action_id"] = json!(format!("a{:05}", state.next()));
            }
        };
        if kind == "actions" {
            block.get_mut("elements").and_then(Value::as_array_mut).into_iter().flatten().for_each(&mut name);
        }
        for key in ["accessory", "element"] {
            block.get_mut(key).into_iter().for_each(&mut name);
        }
    }
}

/// Whom a message notifies: `<!channel>`, `<!here>`, `<!everyone>`, `<@U…>`, `<!subteam^S…>`, in the
/// text or in a block's mrkdwn.
fn pings(payload: &Value) -> BTreeSet<String> {
    fn scan(text: &str, out: &mut BTreeSet<String>) {
        for part in text.split('<').skip(1) {
            let Some((inside, _)) = part.split_once('>') else { continue };
            let inside = inside.split('|').next().unwrap_or_default();
            match inside {
                "!channel" => out.insert("@channel".into()),
                "!here" => out.insert("@here".into()),
                "!everyone" => out.insert("@everyone".into()),
                _ => match inside.strip_prefix("!subteam^").or_else(|| inside.strip_prefix('@')) {
                    Some(id) => out.insert(id.to_owned()),
                    None => false,
                },
            };
        }
    }
    fn walk(value: &Value, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if fields.get("type").and_then(Value::as_str) == Some("mrkdwn") {
                    scan(fields.get("text").and_then(Value::as_str).unwrap_or_default(), out);
                }
                match fields.get("type").and_then(Value::as_str) {
                    Some("broadcast") => {
                        out.insert(format!(
                            "@{}",
                            fields.get("range").and_then(Value::as_str).unwrap_or("?")
                        ));
                    }
                    Some("user") => {
                        out.extend(fields.get("user_id").and_then(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                fields.values().for_each(|v| walk(v, out));
            }
            Value::Array(items) => items.iter().for_each(|v| walk(v, out)),
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    scan(str_of(payload, "text"), &mut out);
    if let Some(blocks) = payload.get("blocks") {
        walk(blocks, &mut out);
    }
    out
}

fn check_message(args: &Value, limits: &Limits, response: bool) -> Result<(), Refused> {
    let text = match args.get("text") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err("invalid_arguments".into()),
    };
    // `delete_original` carries nothing else.
    if text.trim().is_empty() && !(response && flag(args, "delete_original")) {
        return Err("no_text".into());
    }
    if length(text) > 40_000 {
        return Err("msg_too_long".into());
    }
    if let Some(blocks) = args.get("blocks").filter(|b| !b.is_null()) {
        check_blocks(blocks, 50, "message")?;
        if !response && block_text(blocks) > limits.block_text {
            return Err("msg_blocks_too_long".into());
        }
    }
    if let Some(metadata) = args.get("metadata").filter(|m| m.as_object().is_none_or(|m| !m.is_empty())) {
        if metadata.to_string().len() > 16_384 {
            return Err("metadata_too_large".into());
        }
        let named = metadata.get("event_type").and_then(Value::as_str).is_some_and(|n| !n.is_empty());
        if !named || !metadata.get("event_payload").is_some_and(Value::is_object) {
            return Err("invalid_metadata_format".into());
        }
    }
    Ok(())
}

fn block_text(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) if key == "text" => length(text),
                _ => block_text(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(block_text).sum(),
        _ => 0,
    }
}

fn check_view(view: &Value, kind: &str) -> Result<(), Refused> {
    let wrong = |why: String| Err(Refused::because("invalid_arguments", why));
    if !view.is_object() {
        return wrong("[ERROR] missing required field: view".into());
    }
    if str_of(view, "type") != kind {
        return wrong(format!("[ERROR] must be a valid view of type {kind} [json-pointer:/view/type]"));
    }
    let blocks = view.get("blocks").cloned().unwrap_or(Value::Null);
    check_blocks(&blocks, 100, kind).map_err(|refused| Refused { code: "invalid_arguments", ..refused })?;
    for (key, most) in [("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)] {
        if length(str_of(view, key)) > most {
            return wrong(format!(
                "[ERROR] must be less than {} characters [json-pointer:/view/{key}]",
                most + 1
            ));
        }
    }
    if kind == "modal" {
        for key in ["title", "submit", "close"] {
            match view.get(key).filter(|v| !v.is_null()) {
                Some(text) => plain(text, 24, &format!("/view/{key}")).map_err(invalid_arguments)?,
                None if key == "title" => {
                    return wrong("[ERROR] missing required field: title [json-pointer:/view]".into());
                }
                None => {}
            }
        }
        let asks = blocks.as_array().into_iter().flatten().any(|b| str_of(b, "type") == "input");
        if asks && view.get("submit").is_none_or(Value::is_null) {
            return wrong("[ERROR] submit is required when an input block is within blocks".into());
        }
    }
    Ok(())
}

fn invalid_arguments(why: String) -> Refused {
    Refused::because("invalid_arguments", why)
}

type Checked = Result<(), String>;

fn check_blocks(blocks: &Value, most: usize, place: &str) -> Result<(), Refused> {
    let bad = |why: String| Refused::because("invalid_blocks", why);
    let Some(list) = blocks.as_array() else {
        return Err(Refused::from("invalid_blocks_format"));
    };
    if list.len() > most {
        return Err(bad(format!("no more than {most} items allowed [json-pointer:/blocks]")));
    }
    let mut ids = BTreeSet::new();
    for (n, block) in list.iter().enumerate() {
        let at = format!("/blocks/{n}");
        let id = str_of(block, "block_id");
        if length(id) > 255 {
            return Err(bad(format!("must be less than 256 characters [json-pointer:{at}/block_id]")));
        }
        if !id.is_empty() && !ids.insert(id) {
            return Err(bad(format!("block_id {id} is not unique [json-pointer:{at}/block_id]")));
        }
        check_block(block, &at, place).map_err(bad)?;
    }
    Ok(())
}

fn check_block(block: &Value, at: &str, place: &str) -> Checked {
    let kind = str_of(block, "type");
    // An `action_id` is unique within its block.
    let actions = &mut BTreeSet::new();
    let items = |key: &str| block.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match kind {
        "divider" => Ok(()),
        "section" => {
            match block.get("text") {
                Some(given) => text(given, 3000, &format!("{at}/text"))?,
                None if items("fields").is_empty() => {
                    return Err(format!("missing required field: text [json-pointer:{at}]"));
                }
                None => {}
            }
            if items("fields").len() > 10 {
                return Err(format!("no more than 10 items allowed [json-pointer:{at}/fields]"));
            }
            for (n, field) in items("fields").iter().enumerate() {
                text(field, 2000, &format!("{at}/fields/{n}"))?;
            }
            match block.get("accessory") {
                Some(element) => check_element(element, &format!("{at}/accessory"), actions),
                None => Ok(()),
            }
        }
        "header" => plain(&block["text"], 150, &format!("{at}/text")),
        "context" => {
            let elements = items("elements");
            if elements.is_empty() || elements.len() > 10 {
                return Err(format!("must have 1 to 10 items [json-pointer:{at}/elements]"));
            }
            for (n, element) in elements.iter().enumerate() {
                let at = format!("{at}/elements/{n}");
                match str_of(element, "type") {
                    "image" => image(element, &at)?,
                    _ => text(element, 3000, &at)?,
                }
            }
            Ok(())
        }
        "actions" => {
            let elements = items("elements");
            if elements.is_empty() || elements.len() > 25 {
                return Err(format!("must have 1 to 25 items [json-pointer:{at}/elements]"));
            }
            for (n, element) in elements.iter().enumerate() {
                check_element(element, &format!("{at}/elements/{n}"), actions)?;
            }
            Ok(())
        }
        "image" => {
            image(block, at)?;
            match block.get("title") {
                Some(title) => plain(title, 2000, &format!("{at}/title")),
                None => Ok(()),
            }
        }
        "input" => {
            plain(&block["label"], 2000, &format!("{at}/label"))?;
            if let Some(hint) = block.get("hint") {
                plain(hint, 2000, &format!("{at}/hint"))?;
            }
            check_element(&block["element"], &format!("{at}/element"), actions)
        }
        "markdown" if place == "message" => {
            let given = str_of(block, "text");
            within(given, 1, 12_000, &format!("{at}/text"))
        }
        "rich_text" => match block.get("elements") {
            Some(Value::Array(_)) => Ok(()),
            _ => Err(format!("missing required field: elements [json-pointer:{at}]")),
        },
        _ => Err(format!("unsupported type: {kind} [json-pointer:{at}/type]")),
    }
}

fn check_element(element: &Value, at: &str, actions: &mut BTreeSet<String>) -> Checked {
    let kind = str_of(element, "type");
    let action_id = str_of(element, "action_id");
    if length(action_id) > 255 {
        return Err(format!("must be less than 256 characters [json-pointer:{at}/action_id]"));
    }
    let options = |most: usize| {
        let list = element.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list.is_empty() && element.get("option_groups").is_none() || list.len() > most {
            return Err(format!("must have 1 to {most} items [json-pointer:{at}/options]"));
        }
        for (n, option) in list.iter().enumerate() {
            let at = format!("{at}/options/{n}");
            text(&option["text"], 75, &format!("{at}/text"))?;
            within(str_of(option, "value"), 1, 75, &format!("{at}/value"))?;
            if let Some(more) = option.get("description") {
                text(more, 75, &format!("{at}/description"))?;
            }
        }
        Ok(())
    };
    match kind {
        "image" => return image(element, at),
        "button" => {
            plain(&element["text"], 75, &format!("{at}/text"))?;
            within(str_of(element, "value"), 0, 2000, &format!("{at}/value"))?;
            within(str_of(element, "url"), 0, 3000, &format!("{at}/url"))?;
            within(str_of(element, "accessibility_label"), 0, 75, &format!("{at}/accessibility_label"))?;
            if !matches!(str_of(element, "style"), "" | "primary" | "danger") {
                return Err(format!("must be primary or danger [json-pointer:{at}/style]"));
            }
        }
        "static_select" | "multi_static_select" => options(100)?,
        "overflow" => options(5)?,
        "checkboxes" | "radio_buttons" => options(10)?,
        "plain_text_input" => {
            let number = |key: &str| element.get(key).and_then(Value::as_u64);
            let (least, most) = (number("min_length"), number("max_length"));
            if least.is_some_and(|n| n > 3000) || most.is_some_and(|n| !(1..=3000).contains(&n)) {
                return Err(format!("lengths must be between 1 and 3000 [json-pointer:{at}/max_length]"));
            }
            let initial = length(str_of(element, "initial_value")) as u64;
            if initial > most.unwrap_or(3000) {
                return Err(format!("longer than max_length [json-pointer:{at}/initial_value]"));
            }
        }
        "datepicker"
        | "timepicker"
        | "datetimepicker"
        | "users_select"
        | "conversations_select"
        | "channels_select"
        | "number_input"
        | "email_text_input"
        | "url_text_input" => {}
        _ => return Err(format!("unsupported type: {kind} [json-pointer:{at}/type]")),
    }
    if let Some(hint) = element.get("placeholder") {
        plain(hint, 150, &format!("{at}/placeholder"))?;
    }
    if !action_id.is_empty() && !actions.insert(action_id.to_owned()) {
        return Err(format!(
            "action_id {action_id} is not unique in its block [json-pointer:{at}/action_id]"
        ));
    }
    Ok(())
}

fn within(given: &str, least: usize, most: usize, at: &str) -> Checked {
    let count = length(given);
    if count < least {
        return Err(format!("must be more than {} characters [json-pointer:{at}]", least.saturating_sub(1)));
    }
    if count > most {
        return Err(format!("must be less than {} characters [json-pointer:{at}]", most + 1));
    }
    Ok(())
}

fn text(given: &Value, most: usize, at: &str) -> Checked {
    if !matches!(str_of(given, "type"), "plain_text" | "mrkdwn") {
        return Err(format!("must be a text object [json-pointer:{at}/type]"));
    }
    if str_of(given, "type") == "mrkdwn" && given.get("emoji").is_some() {
        return Err(format!("emoji is for plain_text only [json-pointer:{at}/emoji]"));
    }
    within(str_of(given, "text"), 1, most, &format!("{at}/text"))
}

fn plain(given: &Value, most: usize, at: &str) -> Checked {
    if str_of(given, "type") != "plain_text" {
        return Err(format!("must be a plain_text object [json-pointer:{at}/type]"));
    }
    text(given, most, at)
}

fn image(given: &Value, at: &str) -> Checked {
    let url = str_of(given, "image_url");
    let file = given.get("slack_file").is_some();
    if !file && !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(format!("must be a valid URL [json-pointer:{at}/image_url]"));
    }
    within(url, 0, 3000, &format!("{at}/image_url"))?;
    within(str_of(given, "alt_text"), 1, 2000, &format!("{at}/alt_text"))
}
