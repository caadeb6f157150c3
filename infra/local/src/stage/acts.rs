//! What a person does on the page, done by the stand-ins with signed requests.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Stage, lock, views};
use crate::standin::{Answer, StandIn};

type Done = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn wrong(error: impl std::fmt::Display) -> (StatusCode, Json<Value>) {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()})))
}

/// What Earshot answered, or why the platform would not have shown it.
fn shown(answer: anyhow::Result<Answer>) -> Result<Value, (StatusCode, Json<Value>)> {
    let answer = answer.map_err(|error| wrong(format!("{error:#}")))?;
    if let Some(refused) = answer.refused {
        return Err(wrong(refused));
    }
    Ok(if answer.body.is_object() { answer.body } else { json!({}) })
}

#[derive(Deserialize)]
pub(super) struct SlackCommand {
    user: String,
    channel: String,
    text: String,
}

pub(super) async fn slack_command(State(stage): State<Stage>, Json(ask): Json<SlackCommand>) -> Done {
    let slack = &stage.inner.platforms.slack;
    let _hush = Hush::new(&stage, &ask.user);
    // The stage's box offers no list of people and channels: whom it knows by name is meant.
    let text = slack.escaped(&ask.text);
    let mut body = shown(slack.slash_command(&ask.user, &ask.channel, &text).await)?;
    name_reply(&mut body, "ts", slack.messages(), &ask.user);
    Ok(Json(body))
}

/// While it lives, private replies to this person are shown by whoever asked for them, and not as a
/// message of the room as well.
struct Hush<'a> {
    stage: &'a Stage,
    user: String,
}

impl<'a> Hush<'a> {
    fn new(stage: &'a Stage, user: &str) -> Hush<'a> {
        lock(&stage.inner.asking).push(user.to_owned());
        Hush { stage, user: user.to_owned() }
    }
}

impl Drop for Hush<'_> {
    fn drop(&mut self) {
        let mut asking = lock(&self.stage.inner.asking);
        if let Some(at) = asking.iter().position(|user| *user == self.user) {
            asking.remove(at);
        }
    }
}

/// Gives a private reply the id under which its buttons are pressed.
fn name_reply(body: &mut Value, key: &str, messages: Vec<crate::standin::Message>, user: &str) {
    let reply = messages.into_iter().rev().find(|m| m.ephemeral_for.as_deref() == Some(user) && !m.deleted);
    if let (Some(reply), Some(body)) = (reply, body.as_object_mut())
        && !body.is_empty()
    {
        body.insert(key.to_owned(), json!(reply.id));
    }
}

#[derive(Deserialize)]
pub(super) struct SlackPress {
    user: String,
    channel: String,
    message: String,
    action_id: String,
    value: Option<String>,
}

pub(super) async fn slack_press(State(stage): State<Stage>, Json(press): Json<SlackPress>) -> Done {
    let slack = &stage.inner.platforms.slack;
    let answer = slack
        .press(&press.user, &press.channel, &press.message, &press.action_id, press.value.as_deref())
        .await;
    Ok(Json(shown(answer)?))
}

#[derive(Deserialize)]
pub(super) struct SlackPressInView {
    user: String,
    view_id: String,
    action_id: String,
    value: Option<String>,
}

/// A press in an open form; the answer is the form as it stands then.
pub(super) async fn slack_press_in_view(
    State(stage): State<Stage>,
    Json(press): Json<SlackPressInView>,
) -> Done {
    let slack = &stage.inner.platforms.slack;
    let SlackPressInView { user, view_id, action_id, value } = press;
    shown(slack.press_in_view(&user, &view_id, &action_id, value.as_deref()).await)?;
    let views = slack.views(&user);
    let view = views.into_iter().find(|view| view.get("id").and_then(Value::as_str) == Some(&view_id));
    Ok(Json(json!({ "view": view })))
}

#[derive(Deserialize)]
pub(super) struct SlackHome {
    user: String,
}

/// Somebody opens their App Home. What stands there now is the answer; what is published next is told as it comes.
pub(super) async fn slack_home(State(stage): State<Stage>, Json(home): Json<SlackHome>) -> Done {
    let slack = &stage.inner.platforms.slack;
    shown(slack.app_home_opened(&home.user).await)?;
    let mut views = slack.views(&home.user).into_iter();
    let view = views.find(|view| view.get("type").and_then(Value::as_str) == Some("home"));
    Ok(Json(json!({ "view": view })))
}

#[derive(Deserialize)]
pub(super) struct SlackSubmit {
    user: String,
    view_id: String,
    values: Map<String, Value>,
}

fn texts(values: &Map<String, Value>) -> Vec<(String, String)> {
    values
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}

pub(super) async fn slack_submit(State(stage): State<Stage>, Json(form): Json<SlackSubmit>) -> Done {
    let values = texts(&form.values);
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let answer = stage.inner.platforms.slack.submit(&form.user, &form.view_id, &values).await;
    Ok(Json(shown(answer)?))
}

#[derive(Deserialize)]
pub(super) struct DiscordCommand {
    user: String,
    channel: String,
    name: String,
    #[serde(default)]
    options: Map<String, Value>,
}

pub(super) async fn discord_command(State(stage): State<Stage>, Json(ask): Json<DiscordCommand>) -> Done {
    let discord = &stage.inner.platforms.discord;
    let options: Vec<(&str, Value)> = ask.options.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    let _hush = Hush::new(&stage, &ask.user);
    let mut body = shown(discord.command(&ask.user, &ask.channel, &ask.name, &options).await)?;
    name_reply(&mut body, "id", discord.messages(), &ask.user);
    Ok(Json(body))
}

#[derive(Deserialize)]
pub(super) struct DiscordPress {
    user: String,
    channel: String,
    message: String,
    custom_id: String,
    values: Option<Vec<String>>,
}

pub(super) async fn discord_press(State(stage): State<Stage>, Json(press): Json<DiscordPress>) -> Done {
    let discord = &stage.inner.platforms.discord;
    let DiscordPress { user, channel, message, custom_id, values } = press;
    let _hush = Hush::new(&stage, &user);
    let answer = match values {
        Some(values) => {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            discord.choose(&user, &channel, &message, &custom_id, &values).await
        }
        None => discord.press(&user, &channel, &message, &custom_id).await,
    };
    let mut body = shown(answer)?;
    name_reply(&mut body, "id", discord.messages(), &user);
    Ok(Json(body))
}

#[derive(Deserialize)]
pub(super) struct DiscordSubmit {
    user: String,
    custom_id: String,
    values: Map<String, Value>,
}

pub(super) async fn discord_submit(State(stage): State<Stage>, Json(form): Json<DiscordSubmit>) -> Done {
    let discord = &stage.inner.platforms.discord;
    let values = texts(&form.values);
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let _hush = Hush::new(&stage, &form.user);
    let mut body = shown(discord.submit(&form.user, &form.custom_id, &values).await)?;
    name_reply(&mut body, "id", discord.messages(), &form.user);
    Ok(Json(body))
}

#[derive(Deserialize)]
pub(super) struct XPost {
    user: String,
    text: String,
    in_reply_to: Option<String>,
}

pub(super) async fn x_post(State(stage): State<Stage>, Json(post): Json<XPost>) -> Done {
    let posted = stage.inner.platforms.x.post_as(&post.user, &post.text, post.in_reply_to.as_deref()).await;
    Ok(Json(json!({"id": posted.map_err(|error| wrong(format!("{error:#}")))?.id})))
}

#[derive(Deserialize)]
pub(super) struct XRepost {
    user: String,
    id: String,
}

pub(super) async fn x_repost(State(stage): State<Stage>, Json(ask): Json<XRepost>) -> Done {
    let posted = stage.inner.platforms.x.repost_as(&ask.user, &ask.id).await;
    Ok(Json(json!({"id": posted.map_err(|error| wrong(format!("{error:#}")))?.id})))
}

#[derive(Deserialize)]
pub(super) struct SetClock {
    at: Option<String>,
    speed: Option<f64>,
    jump: Option<i64>,
}

pub(super) async fn clock(State(stage): State<Stage>, Json(set): Json<SetClock>) -> Done {
    let host = stage.host().ok_or_else(|| wrong("The stage is being set."))?;
    let clock = &host.clocks().chat;
    if !clock.is_moved() {
        return Err(wrong("The machine's own clock cannot be moved."));
    }
    if set.speed.is_some_and(|speed| !(0.0..=3_600.0).contains(&speed)) {
        return Err(wrong("The clock runs from 0 to 3600 times as fast as time."));
    }
    let now = clock.now();
    let at = match &set.at {
        Some(at) => DateTime::parse_from_rfc3339(at).map_err(wrong)?.to_utc(),
        None => now,
    };
    // A year is as far as anything is planned; the table's instants end in the year 2262.
    let to = at + TimeDelta::seconds(set.jump.unwrap_or(0).clamp(-31_536_000, 31_536_000));
    clock.set(to, set.speed);
    // Whatever the move made due is handed out now and not at the next tick.
    if let Err(error) = host.tick().await {
        tracing::warn!(%error, "the tick after a moved clock failed; the next comes in a second");
    }
    Ok(Json(views::clock(&host, &stage.inner.slug).await))
}
