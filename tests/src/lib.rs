//! The stories' stage: a whole deployment in one process, on a clock that stands still until it is
//! moved, over the real protocol. `show.at("Tue 19:00"); show.slack("/chat ask …"); show.transcript()`.

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::{Europe::London, Tz};
use earshot::cast;
use earshot::local::{Local, Platforms};
use earshot::standin::{Answer, Message, StandIn, x::Delivered};
use earshot::worker;
use host::{Bell, Clocks, Rung};
use serde_json::Value;
use tokio::net::TcpListener;

/// A deployment to tell a story with.
pub struct Show {
    /// The platforms' stand-ins.
    pub platforms: Platforms,
    local: Option<Local>,
    clocks: Clocks,
    pending: Vec<Rung>,
    folder: Option<tempfile::TempDir>,
    base: String,
    zone: Tz,
}

/// Reads `2026-11-24T20:00:00Z`.
pub fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an instant in RFC 3339").to_utc()
}

impl Show {
    /// A deployment with X, at an instant, with nothing set up.
    pub async fn new(start: &str) -> Show {
        Show::with(start, true).await
    }

    /// The same, with X on or off.
    pub async fn with(start: &str, x: bool) -> Show {
        let clocks = Clocks::stepped(instant(start));
        let platforms = Platforms::start(&clocks, x).await.expect("stand-ins start on loopback");
        let mut show = Show {
            platforms,
            local: None,
            clocks,
            pending: Vec::new(),
            folder: Some(tempfile::tempdir().expect("a temporary folder")),
            base: String::new(),
            zone: London,
        };
        show.start().await;
        show
    }

    async fn start(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let config = self.platforms.config().expect("the stand-ins' own settings");
        let data = self.folder.as_ref().map(|f| PathBuf::from(f.path()));
        let more = axum::Router::new();
        let local = Local::start(config, data.as_deref(), self.clocks.clone(), listener, more)
            .await
            .expect("the host starts");
        self.base = local.url();
        self.platforms.aim(&self.base);
        self.local = Some(local);
    }

    /// Stops the host in the middle of things and starts another one on the same table. Everything that
    /// was only rung for, and not written down, is gone.
    pub async fn restart(&mut self) {
        self.pending.clear();
        if let Some(local) = self.local.take() {
            local.stop().await.expect("the host stops");
        }
        self.start().await;
    }

    /// The running host.
    pub fn host(&self) -> &host::Host {
        &self.local.as_ref().expect("a host is running").host
    }

    /// The chat's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clocks.chat.now()
    }

    /// Sets up #SMXChat as its organiser would: the chat, Slack, Discord, X, a desk, cities, and the
    /// approval of a preview.
    pub async fn set_up(&mut self) {
        self.slack("new #SMXChat every Tuesday 8pm London").await;
        self.slack("connect slack").await;
        let reply = self.slack("connect discord").await;
        let code = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
        let code = code.expect("the reply names a code");
        self.discord_with(cast::TOMASZ, "connect", &[("code", Value::String(code))]).await;
        self.slack(&format!("set role <@&{}>", cast::ROLE)).await;
        self.slack(&format!("set desk <#{}|smxchat-desk>", cast::DESK)).await;
        self.slack("set cities New York, Nairobi").await;
        if self.host_has_x() {
            self.slack("connect x").await;
            self.slack("preview").await;
            self.press("Approve X").await;
        }
    }

    fn host_has_x(&self) -> bool {
        self.platforms.config().is_ok_and(|config| config.x.is_some())
    }

    /// Lets time pass until a moment: `Tue 19:00` is the next one by the chat's wall clock, `20:23` is
    /// today's or tomorrow's; also RFC 3339.
    pub async fn at(&mut self, when: &str) {
        let to = self.moment(when);
        self.until(to).await;
    }

    fn moment(&self, when: &str) -> DateTime<Utc> {
        if let Ok(at) = DateTime::parse_from_rfc3339(when) {
            return at.to_utc();
        }
        let (day, time) = when.split_once(' ').map_or((None, when), |(day, time)| (Some(day), time));
        let time = NaiveTime::parse_from_str(time, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"))
            .expect("a time of day");
        let weekday: Option<Weekday> = day.map(|day| day.parse().expect("a weekday"));
        let now = self.now();
        let today = now.with_timezone(&self.zone).date_naive();
        (0..8)
            .map(|ahead| today + TimeDelta::days(ahead))
            .filter(|date| weekday.is_none_or(|weekday| date.weekday() == weekday))
            .map(|date| chat::zone::resolve(self.zone, date.and_time(time)))
            .find(|at| *at >= now)
            .expect("a moment within the week")
    }

    /// Lets time pass until an instant: ticks, cues and doorbells in their order.
    pub async fn until(&mut self, to: DateTime<Utc>) {
        let mut planned = DateTime::<Utc>::MIN_UTC;
        let mut ticked = DateTime::<Utc>::MIN_UTC;
        for _ in 0..1_000_000 {
            self.collect();
            let now = self.now();
            if now - planned >= TimeDelta::hours(24) {
                planned = now;
                self.tick().await;
                continue;
            }
            let next_bell = self.pending.iter().map(|rung| rung.at).min();
            let ahead = self.host().store().cues_due(to + TimeDelta::seconds(180), 1).await.expect("the table");
            let known = |id: &str| self.pending.iter().any(|r| matches!(&r.bell, Bell::Cue { id: i, .. } if i == id));
            let next_tick = ahead
                .first()
                .filter(|cue| !known(&cue.id.to_string()))
                .map(|cue| cue.due - TimeDelta::seconds(170))
                .map(|at| at.max(now).max(ticked + TimeDelta::seconds(60)));
            let daily = planned + TimeDelta::hours(24);
            let next = [next_bell, next_tick, Some(daily)].into_iter().flatten().min().unwrap_or(to);
            if next > to {
                break;
            }
            if Some(next) == next_bell {
                self.ring().await;
            } else {
                self.clocks.chat.set(next.max(now), None);
                ticked = next.max(now);
                self.tick().await;
            }
        }
        if self.now() < to {
            self.clocks.chat.set(to, None);
        }
    }

    /// Works off everything that can be done without time passing by itself, and a little after.
    pub async fn settle(&mut self) {
        let to = self.now() + TimeDelta::seconds(12);
        for _ in 0..10_000 {
            self.collect();
            match self.pending.iter().map(|rung| rung.at).min() {
                Some(next) if next <= to => self.ring().await,
                _ => return,
            }
        }
    }

    async fn tick(&mut self) {
        self.host().tick().await.expect("a tick");
        self.collect();
    }

    fn collect(&mut self) {
        let queue = self.local.as_ref().map(|local| std::sync::Arc::clone(&local.queue));
        let Some(queue) = queue else { return };
        for rung in queue.take() {
            let same = self.pending.iter_mut().find(|p| p.bell == rung.bell);
            match same {
                Some(known) => known.at = known.at.min(rung.at),
                None => self.pending.push(rung),
            }
        }
    }

    /// Answers the bell that is next.
    async fn ring(&mut self) {
        let next = self.pending.iter().enumerate().min_by_key(|(_, r)| r.at).map(|(n, _)| n);
        let Some(next) = next else { return };
        let rung = self.pending.remove(next);
        if self.now() < rung.at && matches!(rung.bell, Bell::Ring { .. }) {
            self.clocks.chat.set(rung.at, None);
        }
        let host = self.host().clone();
        worker::answer(&host, &rung.bell).await.expect("the table answers");
        self.collect();
    }

    /// Maya types `/chat …` in the chat's Slack channel. Gives what she reads.
    pub async fn slack(&mut self, text: &str) -> String {
        self.slack_as(cast::MAYA, cast::SLACK_CHANNEL, text).await
    }

    /// Somebody types `/chat …` somewhere in Slack.
    pub async fn slack_as(&mut self, user: &str, channel: &str, text: &str) -> String {
        let answer = self.platforms.slack.slash_command(user, channel, text).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "{text}: {answer:?}");
        assert_eq!(answer.refused, None, "{text}");
        self.settle().await;
        slack_words(&answer.body)
    }

    /// Maya presses the newest button of this label that she sees in the chat's channel.
    pub async fn press(&mut self, label: &str) -> String {
        self.press_as(cast::MAYA, cast::SLACK_CHANNEL, label).await
    }

    /// Somebody presses the newest Slack button of this label that they see in a channel.
    pub async fn press_as(&mut self, user: &str, channel: &str, label: &str) -> String {
        let (ts, action_id, value) = self.slack_button(user, channel, label);
        let before = self.platforms.slack.messages();
        let answer = self
            .platforms
            .slack
            .press(user, channel, &ts, &action_id, value.as_deref())
            .await
            .expect("Earshot answers");
        assert_eq!(answer.status, 200, "{label}: {answer:?}");
        assert_eq!(answer.refused, None, "{label}");
        let after = self.platforms.slack.messages();
        let words = after
            .iter()
            .filter(|m| m.ephemeral_for.as_deref() == Some(user))
            .find(|m| !before.contains(m))
            .map(|m| slack_words(&m.payload))
            .unwrap_or_default();
        self.settle().await;
        words
    }

    fn slack_button(&self, user: &str, channel: &str, label: &str) -> (String, String, Option<String>) {
        let messages = self.platforms.slack.messages();
        let seen = messages.iter().rev().filter(|m| {
            m.channel == channel && !m.deleted && m.ephemeral_for.as_deref().is_none_or(|only| only == user)
        });
        for message in seen {
            if let Some((action_id, value)) = find_button(&message.payload, label) {
                return (message.id.clone(), action_id, value);
            }
        }
        panic!("{user} sees no button {label:?} in {channel}:\n{}", self.transcript());
    }

    /// Submits the Slack form that is open for somebody.
    pub async fn fill_in(&mut self, user: &str, values: &[(&str, &str)]) -> Answer {
        let views = self.platforms.slack.views(user);
        let view = views.last().expect("a form is open");
        let id = view.get("id").and_then(Value::as_str).expect("a view has an id").to_owned();
        let answer = self.platforms.slack.submit(user, &id, values).await.expect("Earshot answers");
        assert_eq!(answer.refused, None);
        self.settle().await;
        answer
    }

    /// A member uses a command in the chat's Discord channel. Gives what they read.
    pub async fn discord(&mut self, user: &str, name: &str) -> String {
        self.discord_with(user, name, &[]).await
    }

    /// The same with options.
    pub async fn discord_with(&mut self, user: &str, name: &str, options: &[(&str, Value)]) -> String {
        let discord = &self.platforms.discord;
        let answer =
            discord.command(user, cast::DISCORD_CHANNEL, name, options).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "/{name}: {answer:?}");
        assert_eq!(answer.refused, None, "/{name}");
        self.settle().await;
        discord_words(answer.body.get("data").unwrap_or(&Value::Null))
    }

    /// A member presses the newest Discord button of this label, and gives what comes back.
    pub async fn discord_press(&mut self, user: &str, label: &str) -> Value {
        let messages = self.platforms.discord.messages();
        let found = messages
            .iter()
            .rev()
            .filter(|m| !m.deleted && m.ephemeral_for.as_deref().is_none_or(|only| only == user))
            .find_map(|m| Some((m, find_component(&m.payload, label)?)));
        let Some((message, custom_id)) = found else {
            panic!("no button {label:?} in Discord:\n{}", self.transcript());
        };
        let channel = message.thread.as_deref().unwrap_or(&message.channel);
        let answer = self
            .platforms
            .discord
            .press(user, channel, &message.id, &custom_id)
            .await
            .expect("Earshot answers");
        assert_eq!(answer.status, 200, "{label}: {answer:?}");
        assert_eq!(answer.refused, None, "{label}");
        self.settle().await;
        answer.body
    }

    /// A member presses Answer under the newest question and sends an answer. Gives what they read.
    pub async fn answer(&mut self, user: &str, text: &str) -> String {
        let modal = self.discord_press(user, "Answer").await;
        self.submit_modal(user, &modal, text).await
    }

    /// Fills in a Discord modal's one field.
    pub async fn submit_modal(&mut self, user: &str, modal: &Value, text: &str) -> String {
        let custom_id = modal.pointer("/data/custom_id").and_then(Value::as_str).expect("a modal").to_owned();
        let answer = self
            .platforms
            .discord
            .submit(user, &custom_id, &[("answer", text)])
            .await
            .expect("Earshot answers");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.refused, None);
        self.settle().await;
        discord_words(answer.body.get("data").unwrap_or(&Value::Null))
    }

    /// Somebody posts on X, by their handle. Gives the post's id.
    pub async fn x(&mut self, handle: &str, text: &str) -> String {
        self.x_reply(handle, text, None).await
    }

    /// Somebody replies on X.
    pub async fn x_reply(&mut self, handle: &str, text: &str, to: Option<&str>) -> String {
        let id = cast::ON_X.iter().find(|(_, _, h)| *h == handle).map_or(cast::ACCOUNT, |(id, ..)| *id);
        let posted = self.platforms.x.post_as(id, text, to).await.expect("X takes it");
        if let Delivered::Answered(answer) = &posted.delivered {
            assert_eq!(answer.status, 200, "{text}: {answer:?}");
        }
        self.settle().await;
        posted.id
    }

    /// Everything that stands in the rooms, in the order in which it was posted, as people see it.
    pub fn transcript(&self) -> String {
        self.transcript_since(DateTime::<Utc>::MIN_UTC)
    }

    /// The same from an instant on.
    pub fn transcript_since(&self, since: DateTime<Utc>) -> String {
        let mut all: Vec<Message> = self.platforms.x.messages();
        all.extend(self.platforms.discord.messages());
        all.extend(self.platforms.slack.messages());
        all.retain(|m| m.ephemeral_for.is_none() && m.at >= since);
        let order = |m: &Message| match m.platform {
            "x" => 0,
            "discord" => 1,
            _ => 2,
        };
        all.sort_by(|a, b| (a.at.timestamp(), order(a), &a.id).cmp(&(b.at.timestamp(), order(b), &b.id)));
        let mut text = String::new();
        for message in &all {
            let at = message.at.with_timezone(&self.zone).format("%a %d %b %H:%M:%S");
            let room = self.room(message, &all);
            let mut words = match message.platform {
                "x" => message.payload.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
                "discord" => discord_words(&message.payload),
                _ => slack_words(&message.payload),
            };
            if message.deleted {
                words = "(removed)".to_owned();
            } else if message.edited {
                words.push_str(" (edited)");
            }
            if !message.pings.is_empty() {
                let _ = write!(words, " (pings {})", message.pings.len());
            }
            let _ = writeln!(text, "{at} | {room} | {}", words.replace('\n', "\n    "));
        }
        text
    }

    fn room(&self, message: &Message, all: &[Message]) -> String {
        let who = if message.author.bot { String::new() } else { format!(" {}", message.author.name) };
        let thread = message.thread.as_ref().map(|thread| {
            let parent = all.iter().find(|m| m.platform == message.platform && m.id == *thread);
            let words = parent.map(|p| match p.platform {
                "slack" => slack_words(&p.payload),
                _ => discord_words(&p.payload),
            });
            let words = words.unwrap_or_default();
            format!(" > {}", words.chars().take(12).collect::<String>().trim().replace('\n', " "))
        });
        let channel = if message.channel == cast::DESK { " desk" } else { "" };
        format!("{}{channel}{}{who}", message.platform, thread.filter(|_| message.platform != "x").unwrap_or_default())
    }
}

/// A button of a Slack message: its `action_id` and value.
fn find_button(value: &Value, label: &str) -> Option<(String, Option<String>)> {
    match value {
        Value::Object(map) => {
            let text = map.get("text").and_then(|t| t.get("text")).and_then(Value::as_str);
            if map.get("type").and_then(Value::as_str) == Some("button") && text == Some(label) {
                let id = map.get("action_id").and_then(Value::as_str)?.to_owned();
                return Some((id, map.get("value").and_then(Value::as_str).map(str::to_owned)));
            }
            if let Some(options) = map.get("options").and_then(Value::as_array) {
                for option in options {
                    let text = option.get("text").and_then(|t| t.get("text")).and_then(Value::as_str);
                    if text == Some(label) {
                        let id = map.get("action_id").and_then(Value::as_str)?.to_owned();
                        return Some((id, option.get("value").and_then(Value::as_str).map(str::to_owned)));
                    }
                }
            }
            map.values().find_map(|v| find_button(v, label))
        }
        Value::Array(list) => list.iter().find_map(|v| find_button(v, label)),
        _ => None,
    }
}

/// A button of a Discord message: its `custom_id`.
fn find_component(value: &Value, label: &str) -> Option<String> {
    match value {
        Value::Object(map) => {
            if map.get("label").and_then(Value::as_str) == Some(label) {
                return map.get("custom_id").and_then(Value::as_str).map(str::to_owned);
            }
            map.values().find_map(|v| find_component(v, label))
        }
        Value::Array(list) => list.iter().find_map(|v| find_component(v, label)),
        _ => None,
    }
}

/// A Slack message as it reads: the words of its blocks, then its buttons.
pub fn slack_words(payload: &Value) -> String {
    let mut words = Vec::new();
    let mut buttons = Vec::new();
    for block in payload.get("blocks").and_then(Value::as_array).into_iter().flatten() {
        match block.get("type").and_then(Value::as_str) {
            Some("section" | "header") => {
                words.extend(block.pointer("/text/text").and_then(Value::as_str).map(str::to_owned));
                if block.pointer("/accessory/type").and_then(Value::as_str) == Some("overflow") {
                    buttons.push("⋯".to_owned());
                }
            }
            Some("context") => {
                let elements = block.get("elements").and_then(Value::as_array).into_iter().flatten();
                let texts: Vec<&str> =
                    elements.filter_map(|e| e.get("text").or_else(|| e.get("alt_text"))).filter_map(Value::as_str).collect();
                words.push(texts.join(" "));
            }
            Some("actions") => {
                for element in block.get("elements").and_then(Value::as_array).into_iter().flatten() {
                    buttons.extend(element.pointer("/text/text").and_then(Value::as_str).map(str::to_owned));
                }
            }
            Some("image") => {
                let alt = block.get("alt_text").and_then(Value::as_str).unwrap_or_default();
                words.push(format!("(picture: {alt})"));
            }
            Some("rich_text") => words.push(rich(block)),
            _ => {}
        }
    }
    if words.is_empty() {
        words.extend(payload.get("text").and_then(Value::as_str).map(str::to_owned));
    }
    with_buttons(words.join("\n"), &buttons)
}

fn rich(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let own = map.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
            own + &map.get("elements").map(rich).unwrap_or_default()
        }
        Value::Array(list) => list.iter().map(rich).collect(),
        _ => String::new(),
    }
}

/// A Discord message as it reads: content, embeds, buttons.
pub fn discord_words(payload: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(payload.get("content").and_then(Value::as_str).filter(|c| !c.is_empty()).map(str::to_owned));
    for embed in payload.get("embeds").and_then(Value::as_array).into_iter().flatten() {
        let part = |path: &str| embed.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let lines = [part("/author/name"), part("/title"), part("/description"), part("/footer/text")];
        words.push(lines.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    }
    let mut buttons = Vec::new();
    for row in payload.get("components").and_then(Value::as_array).into_iter().flatten() {
        for element in row.get("components").and_then(Value::as_array).into_iter().flatten() {
            buttons.extend(element.get("label").and_then(Value::as_str).map(str::to_owned));
            for option in element.get("options").and_then(Value::as_array).into_iter().flatten() {
                buttons.extend(option.get("label").and_then(Value::as_str).map(|l| format!("▾{l}")));
            }
        }
    }
    with_buttons(words.join("\n"), &buttons)
}

fn with_buttons(words: String, buttons: &[String]) -> String {
    if buttons.is_empty() {
        return words;
    }
    let shown: Vec<String> = buttons.iter().map(|b| format!("[{b}]")).collect();
    format!("{words} {}", shown.join(" "))
}
