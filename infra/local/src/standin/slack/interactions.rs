//! What Slack signs and sends when somebody acts, and the `response_url` it gives along.

use anyhow::{anyhow, bail};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::api::{Refused, flag};
use super::checks::check_message;
use super::rooms::{name_blocks, pings};
use super::{INTERACTIONS, Inner, RESPONSE_URL, RESPONSE_URL_USES, ResponseUrl, Trigger};
use crate::standin::{Answer, Call, Reply, Sent, hmac_sha256, lock, overlay, str_of};

pub(super) fn form(fields: &[(&str, &str)]) -> Bytes {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        out.append_pair(name, value);
    }
    Bytes::from(out.finish())
}

/// The element with this `action_id`, and what Slack says when it is used.
pub(super) fn action(blocks: Option<&Value>, action_id: &str, value: Option<&str>) -> anyhow::Result<Value> {
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

pub(super) fn option_of(element: &Value, wanted: &str) -> Option<Value> {
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

impl Inner {
    /// A `trigger_id` that opens one view within three seconds.
    pub(super) fn trigger(&self, user: &str) -> String {
        let mut state = lock(&self.state);
        let number = state.next();
        let at = self.room.now();
        // With its time, so that a Slack that was started anew does not give the ids of the one before:
        // whoever remembers those takes them for repeats.
        let (since, team) = (at.timestamp_micros(), self.config.team_id.trim_start_matches('T'));
        let id = format!("{since}.{team}.{:032x}", number * 0x9e37_79b9);
        state.triggers.retain(|_, t| at - t.at < RESPONSE_URL);
        state.triggers.insert(id.clone(), Trigger { user: user.into(), at, used: false });
        id
    }

    pub(super) fn response_url(&self, kind: &str, user: &str, channel: &str, source: Option<&str>) -> String {
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

    pub(super) fn signed(&self, path: &str, content_type: &str, body: Bytes) -> Sent {
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

    pub(super) async fn send(&self, path: &str, content_type: &str, body: Bytes) -> anyhow::Result<Answer> {
        self.room.caller.send(self.signed(path, content_type, body)).await
    }

    pub(super) async fn send_json(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(path, "application/json", Bytes::from(escaped(body))).await
    }

    /// Sends a payload with what every interaction carries.
    pub(super) async fn interact(&self, user: &str, mut payload: Value) -> anyhow::Result<Answer> {
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
    pub(super) fn acted(&self, mut action: Value) -> Value {
        action["action_ts"] = json!(self.event_ts());
        action
    }

    /// A POST to a `response_url`: five in thirty minutes, without a token.
    pub(super) fn respond(&self, call: &Call) -> Reply {
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
