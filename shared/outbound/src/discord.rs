//! Discord's HTTP API, v10: <https://docs.discord.com/developers/reference>.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use url::Url;

use crate::call::{Answer, Base, TURNED_AWAY, Twice, authorization, call, object, seconds};
use crate::error::{Reason, Scope, SendError};
use crate::{Pace, Posted, Secret};

/// Requests without an agent of this form are blocked (code 40333).
const AGENT: &str =
    concat!("DiscordBot (https://github.com/earshot/earshot, ", env!("CARGO_PKG_VERSION"), ")");

/// Longest nonce, in characters.
const NONCE: usize = 25;

/// Pages of history that a search reads, and messages on each.
const PAGES: usize = 5;
const PAGE: usize = 100;

/// The first instant of Discord's ids, in Unix milliseconds.
const EPOCH: u64 = 1_420_070_400_000;

/// Discord says "later" without saying when.
const LATER: Duration = Duration::from_secs(60);

/// Discord, through one application's bot.
#[derive(Debug)]
pub struct Discord {
    http: reqwest::Client,
    pub(crate) api: Base,
    token: Secret,
    pub(crate) application: String,
    /// Our bot's id, asked for once.
    own_id: OnceLock<String>,
}

/// Who we are in Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// The bot user's id. Older applications' bots have another id than the application.
    pub id: String,
    /// Its user name.
    pub username: String,
}

impl Discord {
    /// `api_url` as configured, by default `https://discord.com/api/v10/`.
    pub fn new(http: reqwest::Client, api_url: Url, bot_token: Secret, application_id: String) -> Self {
        let own_id = OnceLock::new();
        Self { http, api: Base::new(api_url), token: bot_token, application: application_id, own_id }
    }

    /// Posts a message as the bot ([Create Message]). `channel` may be a thread. `nonce`, at most 25
    /// characters, together with `enforce_nonce` makes Discord answer a repeat within the next
    /// minutes with the first message instead of posting it again.
    ///
    /// The payload must say who may be pinged: without `allowed_mentions` everyone may, so such a
    /// payload is not sent.
    ///
    /// [Create Message]: https://docs.discord.com/developers/resources/message#create-message
    pub async fn create_message(
        &self,
        channel: &str,
        payload: &str,
        nonce: &str,
    ) -> Result<Posted, SendError> {
        let mut body = silent(payload)?;
        if nonce.is_empty() || nonce.chars().count() > NONCE {
            return Err(SendError::not_sent(Reason::BadPayload, "a nonce has 1 to 25 characters"));
        }
        body.insert("nonce".into(), nonce.into());
        body.insert("enforce_nonce".into(), true.into());
        let url = self.api.at(&["channels", channel, "messages"])?;
        let answer = self.ask(Method::POST, url, Some(&body.into()), Twice::Shows).await?;
        let said = answer.expect_value()?;
        let id = text(&said, "id").ok_or_else(|| answer.unreadable())?;
        Ok(Posted { id, channel: text(&said, "channel_id"), pace: pace(&answer) })
    }

    /// Replaces a message of ours ([Edit Message]). Edits parse mentions afresh, so `allowed_mentions`
    /// is required here too.
    ///
    /// [Edit Message]: https://docs.discord.com/developers/resources/message#edit-message
    pub async fn edit_message(
        &self,
        channel: &str,
        message: &str,
        payload: &str,
    ) -> Result<Option<Pace>, SendError> {
        let body = silent(payload)?;
        let url = self.api.at(&["channels", channel, "messages", message])?;
        let answer = self.ask(Method::PATCH, url, Some(&body.into()), Twice::Harmless).await?;
        Ok(pace(&answer))
    }

    /// Removes a message ([Delete Message]). One that is gone already (10008) counts as removed.
    ///
    /// [Delete Message]: https://docs.discord.com/developers/resources/message#delete-message
    pub async fn delete_message(&self, channel: &str, message: &str) -> Result<Option<Pace>, SendError> {
        let url = self.api.at(&["channels", channel, "messages", message])?;
        gone_is_fine(self.ask(Method::DELETE, url, None, Twice::Harmless).await, &["10008"])
    }

    /// Looks for a message of ours since `since` that looks like `payload`, or carries `nonce`
    /// ([Get Channel Messages]; its messages seldom carry one). Alike means: the same content, the
    /// same embeds by address and description, the same buttons by `custom_id`. `None` means that
    /// everything since then was read and it is not there.
    ///
    /// Make `since` the instant of the claim: an older message of ours with the same text is not
    /// this one. A bot without READ_MESSAGE_HISTORY is shown an empty history, so that permission
    /// belongs to connecting a channel. At most five calls; a history that is longer than those show
    /// ends in [`SendError::Unknown`].
    ///
    /// [Get Channel Messages]: https://docs.discord.com/developers/resources/message#get-channel-messages
    pub async fn find_message(
        &self,
        channel: &str,
        payload: &str,
        nonce: &str,
        since: DateTime<Utc>,
    ) -> Result<Option<String>, SendError> {
        let wanted = Looks::of(&Value::Object(object(payload)?));
        let own_id = self.own_id().await?;
        // Ids are precise to the millisecond, downwards.
        let since = since.trunc_subsecs(3);
        let mut before: Option<String> = None;
        for _ in 0..PAGES {
            let mut url = self.api.at(&["channels", channel, "messages"])?;
            url.query_pairs_mut().append_pair("limit", &PAGE.to_string());
            if let Some(before) = &before {
                url.query_pairs_mut().append_pair("before", before);
            }
            let answer = self.ask(Method::GET, url, None, Twice::Harmless).await?;
            let said = answer.expect_value()?;
            // Newest first.
            let messages = said.as_array().ok_or_else(|| answer.unreadable())?;
            for message in messages {
                let id = text(message, "id").ok_or_else(|| answer.unreadable())?;
                if created(message, &id).ok_or_else(|| answer.unreadable())? < since {
                    return Ok(None);
                }
                let ours = message.pointer("/author/id").and_then(Value::as_str) == Some(&own_id);
                if ours && (has_nonce(message, nonce) || wanted.are_those_of(message)) {
                    return Ok(Some(id));
                }
                before = Some(id);
            }
            if messages.len() < PAGE {
                return Ok(None);
            }
        }
        Err(SendError::Unknown { why: "Discord: more messages since then than one search reads".into() })
    }

    /// Whether we can post in a channel, without posting: we show that we are typing ([Trigger Typing
    /// Indicator]), which needs the same permissions and is gone after ten seconds. To read the channel's
    /// overwrites and the server's roles and to compute what they come to would be the other way; it takes
    /// three calls, and Discord's own answer is worth more than our sum.
    ///
    /// # Errors
    /// [`Reason::ChannelGone`], [`Reason::NoPermission`] and whatever Discord says.
    ///
    /// [Trigger Typing Indicator]: https://docs.discord.com/developers/resources/channel#trigger-typing-indicator
    pub async fn check_channel(&self, channel: &str) -> Result<(), SendError> {
        let url = self.api.at(&["channels", channel, "typing"])?;
        self.ask(Method::POST, url, None, Twice::Harmless).await.map(drop)
    }

    /// Which server a channel is in ([Get Channel]); `None` where it is in none, as a direct message.
    ///
    /// # Errors
    /// [`Reason::ChannelGone`], [`Reason::NoPermission`] and whatever Discord says.
    ///
    /// [Get Channel]: https://docs.discord.com/developers/resources/channel#get-channel
    pub async fn server_of(&self, channel: &str) -> Result<Option<String>, SendError> {
        let url = self.api.at(&["channels", channel])?;
        let answer = self.ask(Method::GET, url, None, Twice::Harmless).await?;
        Ok(text(&answer.expect_value()?, "guild_id"))
    }

    /// The channel in which a person is written to alone ([Create DM]); the same one each time it is asked for.
    /// Whether they take messages there shows when one is posted (50007 where they do not).
    ///
    /// [Create DM]: https://docs.discord.com/developers/resources/user#create-dm
    pub async fn open_direct(&self, user: &str) -> Result<String, SendError> {
        let url = self.api.at(&["users", "@me", "channels"])?;
        let body = json!({ "recipient_id": user });
        let answer = self.ask(Method::POST, url, Some(&body), Twice::Harmless).await?;
        text(&answer.expect_value()?, "id").ok_or_else(|| answer.unreadable())
    }

    /// Starts a thread from a message ([Start Thread from Message]) and gives its id. A message has
    /// at most one thread, whose id is its own: "already created" (160004) means found.
    ///
    /// [Start Thread from Message]: https://docs.discord.com/developers/resources/channel#start-thread-from-message
    pub async fn start_thread(&self, channel: &str, message: &str, name: &str) -> Result<String, SendError> {
        let url = self.api.at(&["channels", channel, "messages", message, "threads"])?;
        match self.ask(Method::POST, url, Some(&json!({ "name": name })), Twice::Harmless).await {
            Ok(answer) => text(&answer.expect_value()?, "id").ok_or_else(|| answer.unreadable()),
            Err(SendError::Rejected(refusal)) if refusal.code == "160004" => Ok(message.to_owned()),
            Err(error) => Err(error),
        }
    }

    /// Makes an event in a server's list ([Create Guild Scheduled Event]) and gives its id. Needs Create Events.
    ///
    /// [Create Guild Scheduled Event]: https://docs.discord.com/developers/resources/guild-scheduled-event#create-guild-scheduled-event
    pub async fn create_event(&self, guild: &str, payload: &str) -> Result<String, SendError> {
        let url = self.api.at(&["guilds", guild, "scheduled-events"])?;
        let body = Value::Object(object(payload)?);
        let answer = self.ask(Method::POST, url, Some(&body), Twice::Shows).await?;
        text(&answer.expect_value()?, "id").ok_or_else(|| answer.unreadable())
    }

    /// Changes an event of ours ([Modify Guild Scheduled Event]). One that somebody deleted is
    /// [`Reason::NotFound`].
    ///
    /// [Modify Guild Scheduled Event]: https://docs.discord.com/developers/resources/guild-scheduled-event#modify-guild-scheduled-event
    pub async fn change_event(&self, guild: &str, event: &str, payload: &str) -> Result<(), SendError> {
        let url = self.api.at(&["guilds", guild, "scheduled-events", event])?;
        let body = Value::Object(object(payload)?);
        self.ask(Method::PATCH, url, Some(&body), Twice::Harmless).await.map(drop)
    }

    /// Looks for an event of ours with the name and the start of `payload` among all that are to come in a server
    /// ([List Scheduled Events for Guild]: at most a hundred, in one answer).
    ///
    /// [List Scheduled Events for Guild]: https://docs.discord.com/developers/resources/guild-scheduled-event#list-scheduled-events-for-guild
    pub async fn find_event(&self, guild: &str, payload: &str) -> Result<Option<String>, SendError> {
        let wanted = Value::Object(object(payload)?);
        let start = |event: &Value| text(event, "scheduled_start_time")?.parse::<DateTime<Utc>>().ok();
        let own_id = self.own_id().await?;
        let url = self.api.at(&["guilds", guild, "scheduled-events"])?;
        let answer = self.ask(Method::GET, url, None, Twice::Harmless).await?;
        let said = answer.expect_value()?;
        let events = said.as_array().ok_or_else(|| answer.unreadable())?;
        let ours = |event: &&Value| {
            text(event, "creator_id").as_deref() == Some(&own_id)
                && trimmed(event, "name") == trimmed(&wanted, "name")
                && start(event) == start(&wanted)
        };
        Ok(events.iter().find(ours).and_then(|event| text(event, "id")))
    }

    /// Gives a member a role ([Add Guild Member Role]). Giving it twice is giving it once.
    ///
    /// [Add Guild Member Role]: https://docs.discord.com/developers/resources/guild#add-guild-member-role
    pub async fn grant_role(&self, guild: &str, user: &str, role: &str) -> Result<Option<Pace>, SendError> {
        let url = self.api.at(&["guilds", guild, "members", user, "roles", role])?;
        self.ask(Method::PUT, url, None, Twice::Harmless).await.map(|answer| pace(&answer))
    }

    /// Takes a role from a member ([Remove Guild Member Role]). A member (10007), person (10013) or
    /// role (10011) that is gone has it no more.
    ///
    /// [Remove Guild Member Role]: https://docs.discord.com/developers/resources/guild#remove-guild-member-role
    pub async fn revoke_role(&self, guild: &str, user: &str, role: &str) -> Result<Option<Pace>, SendError> {
        let url = self.api.at(&["guilds", guild, "members", user, "roles", role])?;
        let answered = self.ask(Method::DELETE, url, None, Twice::Harmless).await;
        gone_is_fine(answered, &["10007", "10011", "10013"])
    }

    /// Completes a deferred reply ([Edit Original Interaction Response]), within fifteen minutes.
    /// `allowed_mentions` is required, the bot's token is not sent.
    ///
    /// [`Reason::Expired`] is also the answer while Discord has not yet taken in the deferral, so
    /// within the first seconds it is worth asking again.
    ///
    /// [Edit Original Interaction Response]: https://docs.discord.com/developers/interactions/receiving-and-responding#edit-original-interaction-response
    pub async fn edit_original(
        &self,
        interaction_token: &str,
        payload: &str,
    ) -> Result<Option<Pace>, SendError> {
        let body: Value = silent(payload)?.into();
        let request = self.http.patch(self.original(interaction_token)?).json(&body);
        self.finish(request).await
    }

    /// The same with one file beside the words, as [multipart/form-data]: `payload_json` and `files[0]`. `name`
    /// is what the file is saved as; it has no quotes and no line breaks. A file beyond what Discord takes (ten
    /// megabytes) is [`Reason::TooLong`].
    ///
    /// [multipart/form-data]: https://docs.discord.com/developers/reference#uploading-files
    pub async fn hand_over(
        &self,
        interaction_token: &str,
        payload: &str,
        name: &str,
        file: &str,
    ) -> Result<Option<Pace>, SendError> {
        if name.is_empty() || name.contains(['"', '\\', '\r', '\n']) {
            return Err(SendError::not_sent(Reason::BadPayload, "a file needs a plain name"));
        }
        let mut body = silent(payload)?;
        body.insert("attachments".into(), json!([{ "id": "0", "filename": name }]));
        let body = Value::from(body).to_string();
        let boundary = boundary(&[&body, file]);
        let part = |named: &str, content: &str| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; {named}\r\n\
                 Content-Type: application/json\r\n\r\n{content}\r\n"
            )
        };
        let file = part(&format!("name=\"files[0]\"; filename=\"{name}\""), file);
        let form = format!("{}{file}--{boundary}--\r\n", part("name=\"payload_json\"", &body));
        let kind = format!("multipart/form-data; boundary={boundary}");
        let request =
            self.http.patch(self.original(interaction_token)?).header(CONTENT_TYPE, kind).body(form);
        self.finish(request).await
    }

    fn original(&self, interaction_token: &str) -> Result<Url, SendError> {
        self.api.at(&["webhooks", &self.application, interaction_token, "messages", "@original"])
    }

    async fn finish(&self, request: reqwest::RequestBuilder) -> Result<Option<Pace>, SendError> {
        let answer = call(request.header(USER_AGENT, AGENT), Twice::Harmless).await?;
        // Whatever is wrong with this token, it is the interaction's: the bot's own is not to blame.
        let over = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND);
        match accepted(answer) {
            Err(SendError::Rejected(mut refusal)) if over => {
                refusal.reason = Reason::Expired;
                Err(SendError::Rejected(refusal))
            }
            other => other.map(|answer| pace(&answer)),
        }
    }

    /// Who the token belongs to ([Get Current User]); also a cheap call to have a connection open
    /// before a cue falls due.
    ///
    /// [Get Current User]: https://docs.discord.com/developers/resources/user#get-current-user
    pub async fn me(&self) -> Result<Bot, SendError> {
        let url = self.api.at(&["users", "@me"])?;
        let answer = self.ask(Method::GET, url, None, Twice::Harmless).await?;
        let said = answer.expect_value()?;
        let id = text(&said, "id").ok_or_else(|| answer.unreadable())?;
        Ok(Bot { id, username: text(&said, "username").unwrap_or_default() })
    }

    async fn own_id(&self) -> Result<String, SendError> {
        if let Some(id) = self.own_id.get() {
            return Ok(id.clone());
        }
        let id = self.me().await?.id;
        Ok(self.own_id.get_or_init(|| id).clone())
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        twice: Twice,
    ) -> Result<Answer, SendError> {
        let bot = authorization(&format!("Bot {}", self.token.expose()))?;
        let mut request = self.http.request(method, url).header(AUTHORIZATION, bot).header(USER_AGENT, AGENT);
        if let Some(body) = body {
            request = request.json(body);
        }
        accepted(call(request, twice).await?)
    }
}

/// What parts a form's pieces: something that none of them has in it.
fn boundary(pieces: &[&str]) -> String {
    let mut n = 0_u32;
    loop {
        let boundary = format!("earshot-part-{n}");
        if pieces.iter().all(|piece| !piece.contains(&boundary)) {
            return boundary;
        }
        n += 1;
    }
}

/// A payload that says whom it may ping.
fn silent(payload: &str) -> Result<Map<String, Value>, SendError> {
    let body = object(payload)?;
    if body.get("allowed_mentions").is_some_and(Value::is_object) {
        Ok(body)
    } else {
        Err(SendError::not_sent(Reason::BadPayload, "allowed_mentions is missing: it could ping everyone"))
    }
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

/// <https://docs.discord.com/developers/topics/rate-limits#header-format>
fn pace(answer: &Answer) -> Option<Pace> {
    Some(Pace {
        remaining: answer.header("x-ratelimit-remaining")?.trim().parse().ok()?,
        reset_after: seconds(answer.number("x-ratelimit-reset-after")?)?,
        bucket: answer.header("x-ratelimit-bucket").map(str::to_owned),
    })
}

fn gone_is_fine(answered: Result<Answer, SendError>, codes: &[&str]) -> Result<Option<Pace>, SendError> {
    match answered {
        Ok(answer) => Ok(pace(&answer)),
        Err(SendError::Rejected(refusal)) if codes.contains(&refusal.code.as_str()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A success, or the refusal sorted by what to do next:
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>.
fn accepted(answer: Answer) -> Result<Answer, SendError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let said = answer.value();
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        return Err(busy(&answer, said.as_ref()));
    }
    if answer.is_the_guards() {
        return Err(SendError::later(TURNED_AWAY, Scope::Platform, "Discord: 403 from before its API"));
    }
    let Some(said) = said else {
        return Err(answer.refused_by_status());
    };
    let number = said.get("code").and_then(Value::as_i64).unwrap_or_default();
    let message = said.get("message").and_then(Value::as_str).unwrap_or_default();
    let faults = faults(&said);
    let reason = match number {
        // Slow mode, and edits of old messages: limits that arrive as refusals.
        20016 | 20022 | 20028 | 30046 | 40062 | 110001 | 130000 => {
            let after = said.get("retry_after").and_then(Value::as_f64).and_then(seconds);
            let after = after.or_else(|| answer.retry_after()).unwrap_or(LATER);
            return Err(SendError::later(after, Scope::Destination, format!("Discord: {number} {message}")));
        }
        40333 => {
            let why = format!("Discord: {number} {message}");
            return Err(SendError::later(TURNED_AWAY, Scope::Platform, why));
        }
        10003 | 10004 => Reason::ChannelGone,
        10007 | 10008 | 10011 | 10013 | 10070 => Reason::NotFound,
        10015 | 10062 | 50027 => Reason::Expired,
        50014 | 50025 => Reason::TokenInvalid,
        40001 if answer.status == StatusCode::UNAUTHORIZED => Reason::TokenInvalid,
        40001 | 50001 | 50003 | 50005 | 50007 | 50008 | 50013 | 50021 | 50024 | 160002 | 160005 => {
            Reason::NoPermission
        }
        40005 => Reason::TooLong,
        50083 => Reason::Archived,
        50035 if faults.iter().any(|(_, code)| code.contains("LENGTH")) => Reason::TooLong,
        40058 | 50006 | 50035 | 50109 | 220001..=220004 => Reason::BadPayload,
        200000 | 200001 | 20009 => Reason::Blocked,
        0 => return Err(answer.refused_by_status()),
        _ if answer.status == StatusCode::UNAUTHORIZED => Reason::TokenInvalid,
        _ => Reason::Other,
    };
    let faults: Vec<String> = faults.into_iter().map(|(place, code)| format!("{place}: {code}")).collect();
    let detail =
        if faults.is_empty() { message.to_owned() } else { format!("{message}: {}", faults.join(", ")) };
    Err(SendError::refused(reason, number.to_string(), &detail))
}

/// HTTP 429: <https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit>.
fn busy(answer: &Answer, said: Option<&Value>) -> SendError {
    let in_body = said.and_then(|said| said.get("retry_after")).and_then(Value::as_f64).and_then(seconds);
    let Some(after) = in_body.or_else(|| answer.retry_after()) else {
        // The ban of an address that strangers share with us arrives so:
        // <https://github.com/discord/discord-api-docs/issues/5810>.
        return SendError::later(
            TURNED_AWAY,
            Scope::Platform,
            "Discord: 429 without a hint; is this address banned?",
        );
    };
    let global = said.and_then(|said| said.get("global")).and_then(Value::as_bool).unwrap_or(false)
        || answer.header("x-ratelimit-global").is_some_and(|global| global.eq_ignore_ascii_case("true"))
        || answer.header("x-ratelimit-scope").is_some_and(|scope| scope.eq_ignore_ascii_case("global"));
    // What does not come from Discord's API itself, in JSON, comes from the guard before it, which
    // minds addresses and not channels.
    let guard = said.is_none() && answer.header("x-ratelimit-scope").is_none();
    let scope = if global || guard { Scope::Platform } else { Scope::Destination };
    SendError::later(after, scope, "Discord: too many requests")
}

/// The places and codes in a form's error, without its words, which may quote the text:
/// <https://docs.discord.com/developers/reference#error-messages>.
fn faults(said: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
        for (key, inner) in value.as_object().into_iter().flatten() {
            if key == "_errors" {
                for fault in inner.as_array().into_iter().flatten() {
                    let code = fault.get("code").and_then(Value::as_str).unwrap_or("unnamed");
                    found.push((place.to_owned(), code.to_owned()));
                }
            } else {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                walk(inner, &place, found);
            }
        }
    }
    let mut found = Vec::new();
    if let Some(errors) = said.get("errors") {
        walk(errors, "", &mut found);
    }
    found
}

/// When a message was posted: its timestamp, else its id.
fn created(message: &Value, id: &str) -> Option<DateTime<Utc>> {
    let stated = message.get("timestamp").and_then(Value::as_str);
    if let Some(at) = stated.and_then(|at| DateTime::parse_from_rfc3339(at).ok()) {
        return Some(at.to_utc());
    }
    let millis = (id.parse::<u64>().ok()? >> 22) + EPOCH;
    DateTime::from_timestamp_millis(i64::try_from(millis).ok()?)
}

fn has_nonce(message: &Value, nonce: &str) -> bool {
    match message.get("nonce") {
        Some(Value::String(theirs)) => theirs == nonce,
        Some(Value::Number(theirs)) => theirs.to_string() == nonce,
        _ => false,
    }
}

/// What a message is recognised by.
#[derive(Debug, PartialEq, Eq)]
struct Looks {
    content: String,
    /// Address and description of each embed, in order.
    embeds: Vec<(String, String)>,
    /// `custom_id`s, and the texts of Components V2, in order.
    components: Vec<String>,
}

impl Looks {
    fn of(message: &Value) -> Self {
        let embeds = message.get("embeds").and_then(Value::as_array).into_iter().flatten();
        let mut components = Vec::new();
        if let Some(rows) = message.get("components") {
            named(rows, &mut components);
        }
        Self {
            content: trimmed(message, "content"),
            embeds: embeds.map(|embed| (trimmed(embed, "url"), trimmed(embed, "description"))).collect(),
            components,
        }
    }

    /// Nothing to recognise it by recognises nothing. Embeds that Discord itself made from links in
    /// the text come on top of ours and are passed over.
    fn are_those_of(&self, message: &Value) -> bool {
        let theirs = Self::of(message);
        let says_something =
            !self.content.is_empty() || !self.embeds.is_empty() || !self.components.is_empty();
        let mut rest = theirs.embeds.iter();
        says_something
            && self.content == theirs.content
            && self.components == theirs.components
            && self.embeds.iter().all(|ours| rest.any(|their| their == ours))
    }
}

/// Discord trims what it is given.
fn trimmed(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

fn named(components: &Value, found: &mut Vec<String>) {
    match components {
        Value::Array(list) => list.iter().for_each(|component| named(component, found)),
        Value::Object(component) => {
            for key in ["custom_id", "content"] {
                if let Some(name) = component.get(key).and_then(Value::as_str) {
                    found.push(name.trim().to_owned());
                }
            }
            for key in ["components", "component", "accessory"] {
                if let Some(inner) = component.get(key) {
                    named(inner, found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::boundary;

    #[test]
    fn nothing_of_a_form_has_its_boundary_in_it() {
        assert_eq!(boundary(&["{}", "hello"]), "earshot-part-0");
        assert_eq!(boundary(&["--earshot-part-0--", "earshot-part-1"]), "earshot-part-2");
    }
}
