//! Slack's Web API: its methods, who may call them and how fast, and how it says no.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Map, Value, json};

use super::checks::check_message;
use super::rooms::{dm_of, name_blocks, pings};
use super::{Channel, Inner, Stored};
use crate::standin::{
    Answered, Barred, Bucket, Call, Platform, Reply, Room, lock, overlay, pairs, seconds_up, str_of,
};

/// What Slack says when it refuses: a code for `error`, and where the trouble is.
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) detail: Vec<String>,
}

impl Refused {
    pub(super) fn because(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: vec![detail.into()] }
    }

    pub(super) fn body(&self) -> Value {
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

pub(super) type Answering = Result<Value, Refused>;

impl Inner {
    fn api(&self, method: &str, call: &Call) -> Reply {
        let authorised = self.authorised(call);
        let known = authorised.is_ok();
        let answered = authorised.and_then(|()| self.paced(method)).and_then(|()| {
            let args = arguments(method, call).map_err(Problem::Refused)?;
            self.scoped(method, &args)?;
            self.act(method, &args)
        });
        let reply = match answered {
            Ok(mut body) => {
                body["ok"] = json!(true);
                Reply::json(200, body)
            }
            Err(Problem::Refused(refused)) => Reply::json(200, refused.body()),
            Err(Problem::TooFast(wait)) => self.rate_limited(Some(wait)),
            Err(Problem::Scope(needed)) => Reply::json(
                200,
                json!({
                    "ok": false, "error": "missing_scope", "needed": needed,
                    "provided": self.config.scopes.join(","),
                }),
            ),
        };
        // Whose token it is Slack says with each answer, whatever the answer is.
        if known { reply.with("x-oauth-scopes", self.config.scopes.join(",")) } else { reply }
    }

    /// What each method's page lists as the scope it needs; for a channel it depends on its kind.
    fn scoped(&self, method: &str, args: &Value) -> Result<(), Problem> {
        let private = lock(&self.state)
            .channels
            .iter()
            .any(|channel| channel.private && channel.id == str_of(args, "channel"));
        let needed = match (method, private) {
            ("chat.postMessage" | "chat.postEphemeral" | "chat.update" | "chat.delete", _) => "chat:write",
            ("conversations.history" | "conversations.replies", false) => "channels:history",
            ("conversations.history" | "conversations.replies", true) => "groups:history",
            ("conversations.info", false) => "channels:read",
            ("conversations.info", true) => "groups:read",
            ("users.info", _) => "users:read",
            // `auth.test`, `chat.getPermalink` and forms need none.
            _ => return Ok(()),
        };
        if self.config.scopes.iter().any(|scope| scope == needed) {
            Ok(())
        } else {
            Err(Problem::Scope(needed))
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
            "chat.getPermalink" => self.config.limits.permalinks,
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
            "chat.getPermalink" => self.permalink(args),
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

    /// The message's `ts` without its point; in a thread with the parent's behind it.
    fn permalink(&self, args: &Value) -> Answering {
        let channel = self.known_channel(args)?;
        let ts = str_of(args, "message_ts");
        let mut state = lock(&self.state);
        let live = |m: &&mut Stored| !m.deleted && m.ephemeral_for.is_none();
        let found = state.message(&channel.id, ts).filter(live).ok_or("message_not_found")?;
        let mut permalink = format!(
            "https://{}.slack.com/archives/{}/p{}",
            self.config.team_domain,
            channel.id,
            found.ts.replace('.', "")
        );
        if let Some(parent) = &found.thread_ts {
            permalink.push_str(&format!("?thread_ts={parent}&cid={}", channel.id));
        }
        Ok(json!({"channel": channel.id, "permalink": permalink}))
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
}

enum Problem {
    Refused(Refused),
    /// The token lacks this scope.
    Scope(&'static str),
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

    fn written_into(&self, call: &Call) -> Option<String> {
        let method =
            call.path.strip_prefix("/api/").filter(|method| method.starts_with("chat.") && !reads(method))?;
        let args = arguments(method, call).ok()?;
        Some(str_of(&args, "channel").to_owned()).filter(|channel| !channel.is_empty())
    }

    fn barred(&self, call: &Call, barred: &Barred) -> Option<Reply> {
        let refused = |code: &'static str| Some(Reply::json(200, Refused::from(code).body()));
        if barred.revoked && call.path.starts_with("/api/") {
            return refused("token_revoked");
        }
        let channel = self.written_into(call)?;
        if barred.closed.contains(&channel) { refused("is_archived") } else { None }
    }
}

/// A `ts` whose order as text is its order in time.
fn padded(ts: &str) -> String {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, ""));
    format!("{seconds:0>12}.{rest:0<6}")
}

pub(super) fn flag(value: &Value, key: &str) -> bool {
    match value.get(key) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// Whether a method only reads.
fn reads(method: &str) -> bool {
    method.starts_with("conversations.") || method.starts_with("users.") || method == "chat.getPermalink"
}

/// A call's arguments from query, form or JSON; in a form, structures are JSON in a string.
fn arguments(method: &str, call: &Call) -> Result<Value, Refused> {
    let reads = reads(method);
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
