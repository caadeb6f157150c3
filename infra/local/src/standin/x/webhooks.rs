//! The app's webhooks as X knows them, and the link between one of them and the filtered stream.
//! <https://docs.x.com/x-api/webhooks/quickstart>, <https://docs.x.com/x-api/webhooks/stream/quickstart>
//!
//! Here every name leads to where Earshot was [aimed](crate::standin::StandIn::aim): an address that is
//! registered must look as X wants it (https, no port), and what is called is its path there.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde_json::{Value, json};

use super::api::Problem;
use super::{Inner, Names, WEBHOOK, X};
use crate::standin::{Answer, Call, Sent, length, lock, str_of};

/// How Earshot's webhook stands with X.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registered {
    /// Registered, and its last challenge was answered rightly.
    #[default]
    Valid,
    /// Registered, and given up: X sends nothing there until it is validated again.
    Invalid,
    /// Not registered.
    No,
}

/// A registered webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its id.
    pub id: String,
    /// Where X sends.
    pub url: String,
    /// Whether X still does.
    pub valid: bool,
    at: DateTime<Utc>,
}

impl Hook {
    fn shown(&self) -> Value {
        json!({
            "id": self.id, "url": self.url, "valid": self.valid,
            "created_at": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }
}

/// The most characters of an address.
const LONGEST_URL: usize = 200;

impl X {
    /// What X says of Earshot's webhook from now on. Whether it delivers is
    /// [`set_webhook`](X::set_webhook)'s.
    pub fn set_registered(&self, registered: Registered) {
        let usual = self.inner.usual_hook(registered == Registered::Valid);
        let mut state = lock(&self.inner.state);
        state.hooks = if registered == Registered::No { Vec::new() } else { vec![usual] };
        let hooks = state.hooks.clone();
        state.links.retain(|link| hooks.iter().any(|hook| hook.id == *link));
    }

    /// The webhooks that are registered.
    pub fn hooks(&self) -> Vec<Hook> {
        lock(&self.inner.state).hooks.clone()
    }

    /// The webhooks that the stream is delivered to, by their ids.
    pub fn links(&self) -> Vec<String> {
        lock(&self.inner.state).links.clone()
    }
}

impl Inner {
    /// The webhook that is there from the beginning.
    pub(super) fn usual_hook(&self, valid: bool) -> Hook {
        Hook {
            id: self.config.webhook_id.clone(),
            url: format!("https://earshot.example.org{WEBHOOK}"),
            valid,
            at: self.room.now(),
        }
    }

    /// Asks the challenge at a path of Earshot's; whether the response token was right.
    pub(super) async fn crc(&self, path: &str, token: &str) -> anyhow::Result<(Answer, bool)> {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("crc_token", token).finish();
        let sent = Sent {
            method: Method::GET,
            path: format!("{path}?{query}"),
            headers: vec![("user-agent".into(), "Twitterbot/1.0".into())],
            body: Bytes::new(),
        };
        let answer = self.room.caller.send(sent).await?;
        let expected = self.signature(token.as_bytes());
        let valid = answer.status == 200 && str_of(&answer.body, "response_token") == expected;
        Ok((answer, valid))
    }

    /// The challenge that comes before a webhook is taken, or taken again. `None` for every other call.
    pub(super) async fn challenge_for(&self, call: &Call) -> Option<Result<(), String>> {
        if call.header("authorization").strip_prefix("Bearer ") != Some(self.config.bearer_token.as_str()) {
            return None;
        }
        let pieces = call.pieces();
        let path: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let url = match (call.method.as_str(), path.as_slice()) {
            ("POST", ["2", "webhooks"]) => self.new_address(call).ok()?,
            ("PUT", ["2", "webhooks", id]) => {
                lock(&self.state).hooks.iter().find(|hook| hook.id == *id)?.url.clone()
            }
            _ => return None,
        };
        let path = path_of(&url).ok()?;
        let token = {
            let mut state = lock(&self.state);
            state.counter += 1;
            format!("crc-{:016}", state.counter)
        };
        Some(match self.crc(&path, &token).await {
            Ok((_, true)) => Ok(()),
            Ok((answer, false)) if answer.status == 200 => Err("Invalid `response_token`".to_owned()),
            Ok((answer, false)) => Err(format!("Non-200 response code: {}", answer.status)),
            Err(_) => Err("URL could not be reached".to_owned()),
        })
    }

    pub(super) fn webhooks(&self) -> Value {
        let hooks = lock(&self.state).hooks.clone();
        let shown: Vec<Value> = hooks.iter().map(Hook::shown).collect();
        let meta = json!({"result_count": shown.len()});
        // An empty list is left out, as everywhere in this API.
        if shown.is_empty() { json!({"meta": meta}) } else { json!({"data": shown, "meta": meta}) }
    }

    /// The address that is to be registered, if it may be.
    fn new_address(&self, call: &Call) -> Result<String, Problem> {
        let body = call.json().ok_or_else(|| Problem::invalid("", "Request body must be valid JSON"))?;
        let fields = body.as_object().filter(|fields| fields.keys().all(|name| name == "url"));
        let url = fields.and_then(|fields| fields.get("url")).and_then(Value::as_str).unwrap_or_default();
        if url.is_empty() || length(url) > LONGEST_URL {
            return Err(Problem::invalid(
                "url",
                "$.url: must have 1 to 200 characters, and nothing beside it",
            ));
        }
        path_of(url).map_err(|why| Problem::invalid("url", &format!("UrlValidationFailed: {why}")))?;
        let state = lock(&self.state);
        if state.hooks.iter().any(|hook| hook.url == url) {
            return Err(Problem::invalid("url", "DuplicateUrlFailed: Webhook URL is already registered"));
        }
        if state.hooks.len() >= self.config.most_webhooks {
            let why = "WebhookLimitExceeded: The app has as many webhooks as it may have";
            return Err(Problem::invalid("url", why));
        }
        Ok(url.to_owned())
    }

    pub(super) fn create_webhook(&self, call: &Call) -> Result<Value, Problem> {
        let url = self.new_address(call)?;
        answered(call)?;
        let at = self.room.now();
        let mut state = lock(&self.state);
        let hook = Hook { id: state.id(at), url, valid: true, at };
        state.hooks.push(hook.clone());
        Ok(json!({"data": hook.shown()}))
    }

    pub(super) fn validate_webhook(&self, id: &str, call: &Call) -> Result<Value, Problem> {
        let answered = answered(call);
        let mut state = lock(&self.state);
        let hook = state.hooks.iter_mut().find(|hook| hook.id == id).ok_or_else(no_such_hook)?;
        hook.valid = answered.is_ok();
        answered.map(|()| json!({"data": {"valid": true}}))
    }

    pub(super) fn delete_webhook(&self, id: &str) -> Result<Value, Problem> {
        let mut state = lock(&self.state);
        let before = state.hooks.len();
        state.hooks.retain(|hook| hook.id != id);
        if state.hooks.len() == before {
            return Err(no_such_hook());
        }
        drop(state);
        self.cut_link(id);
        Ok(json!({"data": {"deleted": true}}))
    }

    /// Only Enterprise has the stream delivered to a webhook; X answers anybody else so.
    fn streams(&self) -> Result<(), Problem> {
        if self.config.stream_webhooks {
            return Ok(());
        }
        Err(Problem::plan())
    }

    pub(super) fn stream_links(&self) -> Result<Value, Problem> {
        self.streams()?;
        let links = lock(&self.state).links.clone();
        let shown: Vec<Value> = links
            .iter()
            .map(|id| json!({"application_id": "1", "instance_id": "1", "fields": [], "webhook_id": id}))
            .collect();
        Ok(json!({"data": {"links": shown}}))
    }

    pub(super) fn link_stream(&self, id: &str, call: &Call) -> Result<Value, Problem> {
        self.streams()?;
        let fields = match self.config.names {
            Names::Tweet => "tweet.fields",
            Names::Post => "post.fields",
        };
        let known = ["expansions", "user.fields", "media.fields", "poll.fields", "place.fields", fields];
        if let Some(unknown) = call.query_pairs().into_keys().find(|name| !known.contains(&name.as_str())) {
            let why = format!("The query parameter [{unknown}] is not one of the allowed ones");
            return Err(Problem::invalid(&unknown, &why));
        }
        let mut state = lock(&self.state);
        if !state.hooks.iter().any(|hook| hook.id == id && hook.valid) {
            return Err(Problem::invalid("webhook_id", "WebhookIdInvalid"));
        }
        if !state.links.iter().any(|link| link == id) {
            state.links.push(id.to_owned());
        }
        drop(state);
        *lock(&self.webhook) = true;
        Ok(json!({"data": {"provisioned": true}}))
    }

    pub(super) fn unlink_stream(&self, id: &str) -> Result<Value, Problem> {
        self.streams()?;
        if !lock(&self.state).links.iter().any(|link| link == id) {
            return Err(no_such_hook());
        }
        self.cut_link(id);
        Ok(json!({"data": {"deleted": true}}))
    }

    /// Without a link nothing is delivered.
    fn cut_link(&self, id: &str) {
        let mut state = lock(&self.state);
        let before = state.links.len();
        state.links.retain(|link| link != id);
        if state.links.len() < before && state.links.is_empty() {
            drop(state);
            *lock(&self.webhook) = false;
        }
    }
}

/// X takes an address only once its challenge was answered there.
fn answered(call: &Call) -> Result<(), Problem> {
    let why = match &call.challenged {
        Some(Ok(())) => return Ok(()),
        Some(Err(why)) => why,
        None => "URL could not be reached",
    };
    let why = format!("CrcValidationFailed: URL returned bad response during CRC with error: {why}");
    Err(Problem::invalid("url", &why))
}

fn no_such_hook() -> Problem {
    Problem::new(404, "Not Found Error", "WebhookIdInvalid: there is no such webhook")
}

/// The path of an address that X takes: https, and no port.
fn path_of(url: &str) -> Result<String, &'static str> {
    let rest = url.strip_prefix("https://").ok_or("the URL must use https")?;
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    if host.contains(':') {
        return Err("the URL must not name a port");
    }
    if host.is_empty() || host.contains('@') {
        return Err("the URL is malformed");
    }
    Ok(if path.is_empty() { "/".to_owned() } else { path.to_owned() })
}
