//! What stands in the rooms, whom it pings, and how the API shows it.

use std::collections::BTreeSet;

use anyhow::anyhow;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::checks::check_message;
use super::refused::{MISSING_PERMISSIONS, NOT_THE_AUTHOR, Refused, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use super::{Channel, EPHEMERAL, EVERYONE, HAS_THREAD, Inner, LOADING, Member, State, Stored, Thread, V2};
use crate::standin::{Author, Message, lock, overlay, str_of};

/// A place that takes messages.
pub(super) struct Place {
    pub(super) channel: Channel,
    pub(super) thread: Option<Thread>,
    pub(super) direct: bool,
}

impl Inner {
    pub(super) fn member(&self, user: &str) -> anyhow::Result<Member> {
        let found = self.config.members.iter().find(|m| m.person.id == user).cloned();
        found.ok_or_else(|| anyhow!("nobody in this Discord has the id {user}"))
    }

    pub(super) fn place(&self, id: &str) -> Result<Place, Refused> {
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

    pub(super) fn bot(&self) -> Author {
        Author::of(&self.config.bot, true)
    }

    pub(super) fn user_object(&self, author: &Author) -> Value {
        json!({
            "id": author.id, "username": author.handle, "global_name": author.name, "discriminator": "0",
            "avatar": null, "public_flags": 0, "bot": author.bot, "avatar_decoration_data": null,
        })
    }

    pub(super) fn member_object(&self, guild: &str, member: &Member) -> Value {
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

    pub(super) fn channel_object(&self, place: &Place) -> Value {
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

    pub(super) fn thread_object(&self, thread: &Thread, guild: &str) -> Value {
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

    #[allow(clippy::too_many_arguments)] // One message has that many sides.
    pub(super) fn store(
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
    pub(super) fn wire(&self, stored: &Stored) -> Value {
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
            "mention_everyone": everyone, "mentions": users, "mention_roles": roles, "attachments": field("attachments", json!([])),
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

    pub(super) fn edit(
        &self,
        channel: &str,
        id: &str,
        body: &Value,
        from_interaction: bool,
    ) -> Result<Value, Refused> {
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

    pub(super) fn delete(&self, channel: &str, id: &str) -> Result<(), Refused> {
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
