//! Slack's Web API: <https://docs.slack.dev/apis/web-api>. Thin calls of our own.
//!
//! Most failures arrive as HTTP 200 with `"ok": false` and a code; their tables are at the end of
//! each method's page, such as <https://docs.slack.dev/reference/methods/chat.postMessage>.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use url::Url;

use crate::call::{Answer, Base, Twice, authorization, call, object};
use crate::error::{Reason, Scope, SendError};
use crate::{Posted, Secret};

/// The metadata type under which our mark travels.
const MARK_TYPE: &str = "earshot_delivery";

/// Pages of history that a search reads, and messages on each.
const PAGES: usize = 5;
const PAGE: &str = "200";

/// Without a hint from Slack: about one message a second and channel is the rule, with bursts.
const BUSY: Duration = Duration::from_secs(10);
/// The whole workspace is over its limit, or being moved.
const WORKSPACE_BUSY: Duration = Duration::from_secs(60);

/// Where response addresses lie: <https://docs.slack.dev/interactivity/handling-user-interaction>.
const RESPONSE_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// One Slack workspace, through one bot token.
#[derive(Debug, Clone)]
pub struct Slack {
    http: reqwest::Client,
    api: Base,
    token: Secret,
}

/// How somebody shows themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The display name they chose, else their full name.
    pub name: String,
    /// An `https` address of 72 pixels.
    pub picture: Option<String>,
}

impl Slack {
    /// `api_url` as configured, by default `https://slack.com/api/`.
    pub fn new(http: reqwest::Client, api_url: Url, bot_token: Secret) -> Self {
        Self { http, api: Base::new(api_url), token: bot_token }
    }

    /// Posts a message ([chat.postMessage]), without link previews, marked so that
    /// [`find_message`](Self::find_message) can recognise it. `payload` is an object with `text` and
    /// `blocks`; `thread_ts` is a thread's parent. A `channel` of `U…` opens a direct message.
    ///
    /// Slack has no documented way to refuse a repeat (`client_msg_id` appears in its error table
    /// only, so nothing rests on it): doubt ends in [`SendError::Unknown`].
    ///
    /// [chat.postMessage]: https://docs.slack.dev/reference/methods/chat.postMessage
    pub async fn post_message(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        payload: &str,
        mark: &str,
    ) -> Result<Posted, SendError> {
        let mut body = object(payload)?;
        body.insert("channel".into(), channel.into());
        if let Some(parent) = thread_ts {
            body.insert("thread_ts".into(), parent.into());
        }
        body.insert("unfurl_links".into(), false.into());
        body.insert("unfurl_media".into(), false.into());
        body.insert("metadata".into(), metadata(mark));
        let (answer, said) = self.post("chat.postMessage", &body.into(), Twice::Shows).await?;
        let id = text(&said, "ts").ok_or_else(|| answer.unreadable())?;
        Ok(Posted { id, channel: text(&said, "channel"), pace: None })
    }

    /// Replaces a message's text and blocks ([chat.update]). The mark is sent again, so that the
    /// message stays recognisable. Needs the channel that [`Posted`] named.
    ///
    /// [chat.update]: https://docs.slack.dev/reference/methods/chat.update
    pub async fn update_message(
        &self,
        channel: &str,
        ts: &str,
        payload: &str,
        mark: &str,
    ) -> Result<(), SendError> {
        let mut body = object(payload)?;
        body.insert("channel".into(), channel.into());
        body.insert("ts".into(), ts.into());
        body.insert("metadata".into(), metadata(mark));
        self.post("chat.update", &body.into(), Twice::Harmless).await.map(drop)
    }

    /// Removes a message of ours ([chat.delete]). One that is gone already counts as removed.
    ///
    /// [chat.delete]: https://docs.slack.dev/reference/methods/chat.delete
    pub async fn delete_message(&self, channel: &str, ts: &str) -> Result<(), SendError> {
        let body = json!({ "channel": channel, "ts": ts });
        match self.post("chat.delete", &body, Twice::Harmless).await {
            Err(SendError::Rejected(refusal)) if refusal.code == "message_not_found" => Ok(()),
            other => other.map(drop),
        }
    }

    /// Looks for the message that carries `mark`, among those since `since`: in the channel
    /// ([conversations.history]), or in one thread ([conversations.replies]). `None` means that
    /// everything since then was read and it is not there.
    ///
    /// Needs `channels:history` or `groups:history`, and at most five calls. A history that is longer
    /// than those show ends in [`SendError::Unknown`].
    ///
    /// [conversations.history]: https://docs.slack.dev/reference/methods/conversations.history
    /// [conversations.replies]: https://docs.slack.dev/reference/methods/conversations.replies
    pub async fn find_message(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        mark: &str,
        since: DateTime<Utc>,
    ) -> Result<Option<String>, SendError> {
        let oldest = format!("{}.{:06}", since.timestamp(), since.timestamp_subsec_micros());
        let method = if thread_ts.is_some() { "conversations.replies" } else { "conversations.history" };
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = vec![
                ("channel", channel),
                ("oldest", oldest.as_str()),
                ("inclusive", "true"),
                ("include_all_metadata", "true"),
                ("limit", PAGE),
            ];
            query.extend(thread_ts.map(|parent| ("ts", parent)));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let (answer, said) = self.get(method, &query).await?;
            let messages = said.get("messages").and_then(Value::as_array);
            let messages = messages.ok_or_else(|| answer.unreadable())?;
            if let Some(message) = messages.iter().find(|message| carries(message, mark)) {
                return text(message, "ts").map(Some).ok_or_else(|| answer.unreadable());
            }
            let next = said.get("response_metadata").and_then(|meta| text(meta, "next_cursor"));
            cursor = next.filter(|cursor| !cursor.is_empty());
            if cursor.is_none() {
                let more = said.get("has_more").and_then(Value::as_bool).unwrap_or(false);
                return if more { Err(answer.unreadable()) } else { Ok(None) };
            }
        }
        Err(SendError::Unknown { why: format!("{method}: more messages since then than one search reads") })
    }

    /// Opens a form ([views.open]) within three seconds of the command or button that gave
    /// `trigger_id`; later it is [`Reason::Expired`]. `view` is the view object.
    ///
    /// [views.open]: https://docs.slack.dev/reference/methods/views.open
    pub async fn open_view(&self, trigger_id: &str, view: &str) -> Result<(), SendError> {
        let body = json!({ "trigger_id": trigger_id, "view": object(view)? });
        self.post("views.open", &body, Twice::Shows).await.map(drop)
    }

    /// Puts another view in the place of an open modal ([views.update]), after a button in it was pressed.
    ///
    /// [views.update]: https://docs.slack.dev/reference/methods/views.update
    pub async fn update_view(&self, view_id: &str, view: &str) -> Result<(), SendError> {
        let body = json!({ "view_id": view_id, "view": object(view)? });
        self.post("views.update", &body, Twice::Shows).await.map(drop)
    }

    /// Puts a view into somebody's App Home ([views.publish]), in the place of the one that stands there. Needs no
    /// scope, and the app's Home tab switched on. `view` is the view object.
    ///
    /// The `hash` that Slack offers against two who publish at once is not sent: whoever publishes holds the home
    /// meanwhile, and a conflict would only mean to read everything again.
    ///
    /// [views.publish]: https://docs.slack.dev/reference/methods/views.publish
    pub async fn publish_home(&self, user: &str, view: &str) -> Result<(), SendError> {
        let body = json!({ "user_id": user, "view": object(view)? });
        self.post("views.publish", &body, Twice::Harmless).await.map(drop)
    }

    /// Answers a command or button at its `response_url`: five times, within thirty minutes.
    ///
    /// The address comes from a payload. It is called only if it is `https` on Slack's own host for
    /// them, or on the configured API's origin (the stand-in), and our token never travels with it.
    pub async fn respond(&self, response_url: &str, payload: &str) -> Result<(), SendError> {
        let body = object(payload)?;
        let url = Url::parse(response_url).ok().filter(|url| self.may_respond_to(url)).ok_or_else(|| {
            SendError::not_sent(Reason::BadPayload, "the response address is not Slack's: not called")
        })?;
        let answer = call(json_body(self.http.post(url), &body.into()), Twice::Shows).await?;
        if answer.status.is_success() {
            // The body is "ok" or {"ok":true}; a refusal can come with 200 as well.
            return match answer.value() {
                Some(said) if said.get("ok") == Some(&Value::Bool(false)) => {
                    Err(refusal(&answer, &said, Twice::Shows))
                }
                _ => Ok(()),
            };
        }
        match (answer.status, answer.value()) {
            (StatusCode::TOO_MANY_REQUESTS, _) => Err(busy(&answer)),
            (_, Some(said)) if said.get("error").is_some_and(Value::is_string) => {
                Err(refusal(&answer, &said, Twice::Shows))
            }
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => {
                Err(SendError::refused(Reason::Expired, answer.status_code(), ""))
            }
            _ => Err(answer.refused_by_status()),
        }
    }

    /// Whether we can post in a channel ([conversations.info]), without posting. Needs `channels:read`, or
    /// `groups:read` for a private one.
    ///
    /// # Errors
    /// [`Reason::Archived`], [`Reason::NoPermission`] where we are not in it, and whatever Slack says.
    ///
    /// [conversations.info]: https://docs.slack.dev/reference/methods/conversations.info
    pub async fn check_channel(&self, channel: &str) -> Result<(), SendError> {
        let (_, said) = self.get("conversations.info", &[("channel", channel)]).await?;
        let is = |what: &str| said.pointer(&format!("/channel/{what}")).and_then(Value::as_bool);
        match (is("is_archived"), is("is_member")) {
            (Some(true), _) => Err(SendError::refused(Reason::Archived, "is_archived", "")),
            (_, Some(false)) => Err(SendError::refused(Reason::NoPermission, "not_in_channel", "")),
            _ => Ok(()),
        }
    }

    /// The name and picture that somebody shows in Slack ([users.info]); payloads carry only their login.
    /// Needs `users:read`. `None` where they show no name of their own.
    ///
    /// [users.info]: https://docs.slack.dev/reference/methods/users.info
    pub async fn shown_as(&self, user: &str) -> Result<Option<Shown>, SendError> {
        let (_, said) = self.get("users.info", &[("user", user)]).await?;
        let at = |pointer: &str| {
            let found = said.pointer(pointer).and_then(Value::as_str).map(str::trim);
            found.filter(|found| !found.is_empty()).map(str::to_owned)
        };
        let names = ["/user/profile/display_name", "/user/profile/real_name", "/user/real_name"];
        let picture = at("/user/profile/image_72").filter(|url| url.starts_with("https://"));
        Ok(names.into_iter().find_map(at).map(|name| Shown { name, picture }))
    }

    /// The address of a message, also of one in a thread ([chat.getPermalink]). Needs no scope, and takes hundreds of
    /// calls a minute. It stays the same for as long as the message stands.
    ///
    /// # Errors
    /// [`Reason::NotFound`] where no such message stands, [`Reason::ChannelGone`], and whatever Slack says; and
    /// [`SendError::RetryAfter`] where what it says is no `https` address.
    ///
    /// [chat.getPermalink]: https://docs.slack.dev/reference/methods/chat.getPermalink
    pub async fn permalink(&self, channel: &str, ts: &str) -> Result<String, SendError> {
        let query = [("channel", channel), ("message_ts", ts)];
        let (answer, said) = self.get("chat.getPermalink", &query).await?;
        text(&said, "permalink").filter(|url| url.starts_with("https://")).ok_or_else(|| answer.unreadable())
    }

    fn may_respond_to(&self, url: &Url) -> bool {
        let slacks = url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(|host| RESPONSE_HOSTS.contains(&host));
        let nobody_named = url.username().is_empty() && url.password().is_none();
        nobody_named && (slacks || url.origin() == self.api.url().origin())
    }

    pub(crate) async fn post(
        &self,
        method: &str,
        body: &Value,
        twice: Twice,
    ) -> Result<(Answer, Value), SendError> {
        let request = self.http.post(self.api.at(&[method])?);
        self.ask(json_body(request, body), twice).await
    }

    async fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<(Answer, Value), SendError> {
        let mut url = self.api.at(&[method])?;
        url.query_pairs_mut().extend_pairs(query);
        self.ask(self.http.get(url), Twice::Harmless).await
    }

    async fn ask(
        &self,
        request: reqwest::RequestBuilder,
        twice: Twice,
    ) -> Result<(Answer, Value), SendError> {
        let bearer = authorization(&format!("Bearer {}", self.token.expose()))?;
        let answer = call(request.header(AUTHORIZATION, bearer), twice).await?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(busy(&answer));
        }
        let said = answer.value().unwrap_or_default();
        match said.get("ok").and_then(Value::as_bool) {
            Some(true) if answer.status.is_success() => Ok((answer, said)),
            Some(false) => Err(refusal(&answer, &said, twice)),
            _ if answer.status.is_success() => Err(answer.unreadable()),
            _ => Err(answer.refused_by_status()),
        }
    }
}

/// Slack warns about JSON without a charset.
fn json_body(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request.header(CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_string())
}

fn metadata(mark: &str) -> Value {
    json!({ "event_type": MARK_TYPE, "event_payload": { "mark": mark } })
}

fn carries(message: &Value, mark: &str) -> bool {
    message.pointer("/metadata/event_type").and_then(Value::as_str) == Some(MARK_TYPE)
        && message.pointer("/metadata/event_payload/mark").and_then(Value::as_str) == Some(mark)
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

/// HTTP 429: the limit is the method's, per workspace, and for messages the channel's. Slack does
/// not say which it was; the channel is by far the tighter one.
fn busy(answer: &Answer) -> SendError {
    SendError::later(answer.retry_after().unwrap_or(BUSY), Scope::Destination, "Slack: too many requests")
}

/// `"ok": false`, sorted by what to do next.
fn refusal(answer: &Answer, said: &Value, twice: Twice) -> SendError {
    let code = said.get("error").and_then(Value::as_str).unwrap_or("no_code");
    let reason = match code {
        "ratelimited" | "rate_limited" => return busy(answer),
        "message_limit_exceeded" | "team_added_to_org" | "org_login_required" => {
            let after = answer.retry_after().unwrap_or(WORKSPACE_BUSY);
            return SendError::later(after, Scope::Platform, format!("Slack: {code}"));
        }
        "external_channel_migrating" => {
            return SendError::later(WORKSPACE_BUSY, Scope::Destination, format!("Slack: {code}"));
        }
        // Our request arrived torn: nothing of it was used.
        "request_timeout" => return Twice::Harmless.doubt(format!("Slack: {code}")),
        // "It is possible some aspect of the operation succeeded before the error was raised."
        "fatal_error" | "internal_error" | "service_unavailable" => {
            return twice.doubt(format!("Slack: {code}"));
        }
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "not_allowed_token_type"
        | "two_factor_setup_required" => Reason::TokenInvalid,
        "channel_not_found" | "channel_is_deleted" | "user_not_found" | "user_disabled" | "is_inactive" => {
            Reason::ChannelGone
        }
        "is_archived" => Reason::Archived,
        "not_in_channel"
        | "missing_scope"
        | "no_permission"
        | "access_denied"
        | "accesslimited"
        | "ekm_access_denied"
        | "enterprise_is_restricted"
        | "team_access_not_granted"
        | "cant_update_message"
        | "cant_delete_message"
        | "edit_window_closed"
        | "compliance_exports_prevent_deletion"
        | "messages_tab_disabled"
        | "not_enabled"
        | "cannot_dm_bot"
        | "user_is_restricted"
        | "channel_type_not_supported"
        | "method_not_supported_for_channel_type" => Reason::NoPermission,
        "msg_too_long"
        | "msg_blocks_too_long"
        | "metadata_too_large"
        | "view_too_large"
        | "attachment_payload_limit_exceeded" => Reason::TooLong,
        "message_not_found" | "thread_not_found" | "duplicate_message_not_found" | "view_not_found" => {
            Reason::NotFound
        }
        "expired_trigger_id"
        | "trigger_expired"
        | "exchanged_trigger_id"
        | "trigger_exchanged"
        | "expired_url"
        | "used_url" => Reason::Expired,
        "no_text"
        | "json_not_object"
        | "missing_post_type"
        | "markdown_text_conflict"
        | "block_mismatch"
        | "too_many_attachments"
        | "cannot_reply_to_message" => Reason::BadPayload,
        code if code.starts_with("restricted_action") => Reason::NoPermission,
        code if code.starts_with("invalid_") => Reason::BadPayload,
        _ => Reason::Other,
    };
    SendError::refused(reason, code, &detail(said))
}

/// What Slack adds to a code: the scope it misses, or the place in the blocks that it cannot read.
fn detail(said: &Value) -> String {
    if let Some(scope) = said.get("needed").and_then(Value::as_str) {
        return format!("needs {scope}");
    }
    let messages = said.pointer("/response_metadata/messages").and_then(Value::as_array);
    let words: Vec<&str> = messages.into_iter().flatten().filter_map(Value::as_str).collect();
    words.join("; ")
}
