//! What Discord signs and sends when somebody acts, and what the answer does.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use ed25519_dalek::Signer;
use http::Method;
use serde_json::{Value, json};

use super::checks::{check_message, check_modal};
use super::refused::{INVALID_TOKEN, NOT_FOUND, Refused, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, refused};
use super::{EPHEMERAL, EVERYONE, Handed, INTERACTIONS, Inner, Interaction, LOADING, Modal, Stored, TOKEN};
use crate::standin::call::Piece;
use crate::standin::{Answer, Author, Change, Reply, Sent, hmac_sha256, length, lock, str_of};

/// The component with this `custom_id`, wherever it lies.
pub(super) fn find_component<'a>(
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
pub(super) fn filled_in(modal: &Value, values: &[(&str, &str)]) -> anyhow::Result<Value> {
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

impl Inner {
    pub(super) fn fresh_id(&self) -> String {
        let now = self.room.chat_now();
        lock(&self.state).id(now)
    }

    pub(super) fn fresh_token(&self) -> String {
        let mut state = lock(&self.state);
        state.counter += 1;
        let mac = hmac_sha256(&self.config.seed, &[b"token", &state.counter.to_be_bytes()]);
        format!("aW50ZXJhY3Rpb24{}", hex::encode(mac))
    }

    pub(super) fn signed(&self, path: &str, body: Bytes) -> Sent {
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

    pub(super) fn command_data(
        &self,
        channel: &str,
        name: &str,
        options: &[(&str, Value)],
    ) -> anyhow::Result<Value> {
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
    pub(super) async fn interact(
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

    /// `/webhooks/{application}/{token}/…`: what an interaction's token allows.
    pub(super) fn interaction_hook(
        &self,
        method: &Method,
        token: &str,
        rest: &[&str],
        body: &Value,
        files: &[Piece],
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
            (&Method::PATCH, Some(id)) => {
                let mut body = body.clone();
                let mut kept = Vec::new();
                for file in files.iter().filter(|piece| piece.name.starts_with("files[")) {
                    let name = file.filename.clone().unwrap_or_default();
                    let fresh = self.fresh_id();
                    kept.push(json!({
                        "id": fresh, "filename": name, "size": file.content.len(),
                        "content_type": "application/json", "url": format!("https://cdn.discordapp.com/ephemeral-attachments/{channel}/{fresh}/{name}"),
                        "proxy_url": format!("https://media.discordapp.net/ephemeral-attachments/{channel}/{fresh}/{name}"),
                    }));
                    let handed = Handed { id: fresh, to: user.clone(), name, content: file.content.clone() };
                    lock(&self.state).files.push(handed);
                }
                if !files.is_empty() {
                    body["attachments"] = Value::Array(kept);
                }
                Ok(Reply::json(200, self.edit(&channel, &id, &body, true)?))
            }
            (&Method::DELETE, Some(id)) => {
                self.delete(&channel, &id)?;
                Ok(Reply::nothing(204))
            }
            _ => Err(refused(405, 0, "405: Method Not Allowed")),
        }
    }
}
