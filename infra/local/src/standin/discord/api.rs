//! Discord's HTTP API: its routes, and how fast they may be called.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use super::checks::{check_commands, check_message, within};
use super::refused::{
    ARCHIVED, CANNOT_SEND, HAS_A_THREAD, MISSING_ACCESS, MISSING_PERMISSIONS, NO_USER_AGENT, NOT_FOUND,
    NOT_JSON, Refused, TOO_LARGE, UNAUTHORIZED, UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER,
    UNKNOWN_MESSAGE, UNKNOWN_ROLE, UNKNOWN_WEBHOOK, refused,
};
use super::rooms::Place;
use super::{EPHEMERAL, Inner, LARGEST_FILE, LOADING, NONCE, Stored, Thread};
use crate::standin::call::Piece;
use crate::standin::{
    Author, Barred, Call, Change, Platform, Reply, Room, Window, hmac_sha256, length, lock, overlay,
    seconds_up, str_of,
};

impl Inner {
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
        let place = self.sendable(channel)?;
        if place.direct && channel.strip_prefix("99").is_some_and(|u| lock(&self.state).closed.contains(u)) {
            return Err(CANNOT_SEND);
        }
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
            as_discord_writes(&mut full);
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

    fn route(&self, call: &Call, path: &[&str]) -> Result<Reply, Refused> {
        let writes =
            matches!(call.method, Method::POST | Method::PATCH | Method::PUT) && !call.body.is_empty();
        let files =
            if writes && call.is_multipart() { Some(call.multipart().ok_or(NOT_JSON)?) } else { None };
        let body = match &files {
            Some(pieces) => of_form(pieces)?,
            None if writes => call.json().ok_or(NOT_JSON)?,
            None => json!({}),
        };
        let ok = |value: Value| Ok(Reply::json(200, value));
        let application = self.config.application_id.as_str();
        match (call.method.as_str(), path) {
            (_, ["webhooks", app, token, rest @ ..]) => {
                if *app != application {
                    return Err(UNKNOWN_WEBHOOK);
                }
                self.interaction_hook(&call.method, token, rest, &body, &files.unwrap_or_default())
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
            ("POST", ["channels", channel, "typing"]) => {
                self.sendable(channel)?;
                Ok(Reply::nothing(204))
            }
            ("GET", ["channels", channel]) => ok(self.channel_object(&self.visible(channel)?)),
            ("PATCH", ["channels", channel]) => ok(self.change_channel(channel, &body)?),
            ("PUT" | "DELETE", ["guilds", guild, "members", user, "roles", role]) => {
                self.change_role(guild, user, role, call.method == Method::PUT)?;
                Ok(Reply::nothing(204))
            }
            (_, ["guilds", guild, "scheduled-events", rest @ ..]) => {
                self.scheduled_events(&call.method, guild, rest, &body)
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
                    "id": super::direct(user), "type": 1, "flags": 0, "last_message_id": null,
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
                ok(json!({
                    "id": application, "name": self.config.bot.name, "description": "", "icon": null,
                    "verify_key": key, "bot_public": true, "flags": 0,
                    "interactions_endpoint_url": self.config.endpoint,
                }))
            }
            ("DELETE", ["applications", app, "commands", id]) if *app == application => {
                let mut state = lock(&self.state);
                let commands = state.commands.entry(String::new()).or_default();
                let before = commands.len();
                commands.retain(|command| str_of(command, "id") != *id);
                if commands.len() == before {
                    return Err(refused(404, 10063, "Unknown application command"));
                }
                Ok(Reply::nothing(204))
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
            // Its numbers are not documented; the headers say them.
            ("POST" | "PATCH", ["guilds", guild, "scheduled-events", ..]) => Some(format!("events-{guild}")),
            _ => None,
        }
    }
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

    fn written_into(&self, call: &Call) -> Option<String> {
        let pieces = call.pieces();
        let path: Vec<&str> = pieces.iter().map(String::as_str).collect();
        match (call.method.as_str(), path.as_slice()) {
            // What is closed is the channel, and its threads with it.
            ("POST" | "PATCH", ["api", _, "channels", id, "messages", ..]) => {
                Some(self.place(id).map_or_else(|_| (*id).to_owned(), |place| place.channel.id))
            }
            _ => None,
        }
    }

    fn barred(&self, call: &Call, barred: &Barred) -> Option<Reply> {
        let said = |refused: Refused| Some(Reply::json(refused.status, refused.body()));
        let of_interaction = call.pieces().get(2).is_some_and(|piece| piece == "webhooks");
        if barred.revoked && !of_interaction {
            return said(UNAUTHORIZED);
        }
        let channel = self.written_into(call)?;
        if barred.closed.contains(&channel) { said(MISSING_PERMISSIONS) } else { None }
    }
}

/// What a form with files says: its `payload_json`, with a file for each attachment it names.
/// <https://docs.discord.com/developers/reference#uploading-files>
fn of_form(pieces: &[Piece]) -> Result<Value, Refused> {
    let json = pieces.iter().find(|piece| piece.name == "payload_json");
    let body =
        json.map_or(Ok(json!({})), |piece| serde_json::from_str(&piece.content).map_err(|_| NOT_JSON))?;
    let named = body["attachments"].as_array().into_iter().flatten();
    for (n, attachment) in named.enumerate() {
        let id = match &attachment["id"] {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        };
        if !pieces.iter().any(|piece| piece.name == format!("files[{id}]") && piece.filename.is_some()) {
            let why = "This attachment has no file.";
            return Err(Refused::form(&format!("attachments.{n}.id"), "ATTACHMENT_NOT_FOUND", why));
        }
    }
    if pieces.iter().any(|piece| piece.content.len() > LARGEST_FILE) {
        return Err(TOO_LARGE);
    }
    Ok(body)
}

/// Discord gives permissions back as text, and leaves away an option's flags that are not set.
fn as_discord_writes(command: &mut Value) {
    if let Some(permissions) = command["default_member_permissions"].as_u64() {
        command["default_member_permissions"] = json!(permissions.to_string());
    }
    for option in command.get_mut("options").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(fields) = option.as_object_mut() {
            fields.retain(|_, value| *value != Value::Bool(false));
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
        let name =
            hex::encode(&hmac_sha256(b"bucket", &[bucket.split('-').next().unwrap_or("").as_bytes()])[..8]);
        reply
            .with("x-ratelimit-limit", window.limit())
            .with("x-ratelimit-remaining", window.remaining())
            .with("x-ratelimit-reset", format!("{reset:.3}"))
            .with("x-ratelimit-reset-after", format!("{:.3}", left.as_secs_f64()))
            .with("x-ratelimit-bucket", name)
    }
}
