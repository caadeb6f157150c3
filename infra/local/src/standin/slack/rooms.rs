//! What stands in the rooms, whom it pings, and how the API shows it.

use std::collections::BTreeSet;

use anyhow::anyhow;
use serde_json::{Value, json};

use super::api::Refused;
use super::checks::check_message;
use super::{Channel, Inner, State, Stored};
use crate::standin::{Author, Person, lock, str_of};

/// The channel in which the bot writes to somebody alone.
pub fn dm_of(user: &str) -> String {
    format!("D{}", user.trim_start_matches(['U', 'W']))
}

impl Inner {
    pub(super) fn person(&self, user: &str) -> anyhow::Result<Person> {
        self.config
            .people
            .iter()
            .find(|p| p.id == user)
            .cloned()
            .ok_or_else(|| anyhow!("nobody in this Slack has the id {user}"))
    }

    /// The id and name of the channel of this very name.
    pub(super) fn channel_named(&self, name: &str) -> Option<(String, String)> {
        let state = lock(&self.state);
        state.channels.iter().find(|c| c.name == name).map(|c| (c.id.clone(), c.name.clone()))
    }

    pub(super) fn channel(&self, id: &str) -> anyhow::Result<Channel> {
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

    pub(super) fn event_ts(&self) -> String {
        let now = self.room.chat_now();
        lock(&self.state).ts(now)
    }

    /// Puts a message into a room and answers its `ts`.
    pub(super) fn store(
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

    pub(super) fn bot(&self) -> Author {
        Author::of(&self.config.bot, true)
    }

    /// Shows what Earshot said in answer to a command or through a `response_url`.
    pub(super) fn reply(&self, user: &str, channel: &str, body: &Value) -> Result<(), Refused> {
        check_message(body, &self.config.limits, true)?;
        let alone = str_of(body, "response_type") != "in_channel";
        let thread = body.get("thread_ts").and_then(Value::as_str);
        self.store(channel, thread, self.bot(), body.clone(), alone.then_some(user), true);
        Ok(())
    }

    /// A message as the API and payloads show it.
    pub(super) fn wire(&self, stored: &Stored, metadata: bool) -> Value {
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
}

/// Gives a `block_id` to blocks, and an `action_id` to elements, that came without.
pub(super) fn name_blocks(payload: &mut Value, state: &mut State) {
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
pub(super) fn pings(payload: &Value) -> BTreeSet<String> {
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
