//! What Slack sends.

use std::collections::{BTreeMap, HashMap};

use chat::action::Action;
use chat::name::{Person, Place, Platform};
use serde_json::Value;

use crate::reading::{first, kind, object, string, unescaped};
use crate::{Inbound, Malformed, Visitor};

/// The `callback_id` of every form of ours.
pub(super) const CALLBACK: &str = "earshot";
/// That of a view that was opened from App Home, whatever it is: what is done in it shows there.
pub(super) const FROM_HOME: &str = "earshot-home";

fn form(body: &[u8]) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    for (key, value) in form_urlencoded::parse(body) {
        fields.entry(key.into_owned()).or_insert_with(|| value.into_owned());
    }
    fields
}

fn visitor(team: String, id: String, name: Option<String>) -> Visitor {
    let name = name.filter(|n| !n.is_empty()).unwrap_or_else(|| id.clone());
    Visitor { person: Person::new(Platform::Slack, team, id), name, picture: None, manages_channels: false }
}

/// A slash command, or Slack's `ssl_check`.
/// <https://docs.slack.dev/interactivity/implementing-slash-commands>
///
/// # Errors
/// [`Malformed::Missing`] where it does not say who, where or with which trigger.
pub fn command(body: &[u8]) -> Result<Inbound, Malformed> {
    let mut fields = form(body);
    if fields.get("ssl_check").is_some_and(|v| v == "1") {
        return Ok(Inbound::SslCheck);
    }
    let mut need = |name: &'static str| fields.remove(name).ok_or(Malformed::Missing(name));
    let (team, channel, user) = (need("team_id")?, need("channel_id")?, need("user_id")?);
    let (trigger, response_url) = (need("trigger_id")?, need("response_url")?);
    let text = fields.remove("text").unwrap_or_default();
    Ok(Inbound::Command {
        id: trigger.clone(),
        by: visitor(team.clone(), user, fields.remove("user_name")),
        place: Place::new(Platform::Slack, team, channel),
        channel_name: fields.remove("channel_name").unwrap_or_default(),
        text: unescaped(&text),
        trigger,
        response_url,
    })
}

/// A button, a menu choice or a submitted modal. What is not ours is ignored.
/// <https://docs.slack.dev/interactivity/handling-user-interaction>
///
/// # Errors
/// [`Malformed`] where there is no payload, or one of ours does not say who did it.
pub fn interaction(body: &[u8]) -> Result<Inbound, Malformed> {
    let fields = form(body);
    if fields.get("ssl_check").is_some_and(|v| v == "1") {
        return Ok(Inbound::SslCheck);
    }
    let payload = object(fields.get("payload").ok_or(Malformed::Missing("payload"))?.as_bytes())?;
    let kind_of = string(&payload, "/type").ok_or(Malformed::Missing("type"))?;
    match kind_of.as_str() {
        "block_actions" => press(&payload),
        "view_submission" => submit(&payload),
        other => Ok(Inbound::Ignored { kind: kind(other) }),
    }
}

fn who(payload: &Value) -> Result<(String, Visitor), Malformed> {
    // An app installed for a whole organisation gets no team; the person's own then stands in.
    let team = first(payload, &["/team/id", "/user/team_id", "/view/team_id"])
        .ok_or(Malformed::Missing("team.id"))?;
    let user = string(payload, "/user/id").ok_or(Malformed::Missing("user.id"))?;
    let name = first(payload, &["/user/name", "/user/username"]);
    Ok((team.clone(), visitor(team, user, name)))
}

fn press(payload: &Value) -> Result<Inbound, Malformed> {
    let chosen =
        ["/actions/0/value", "/actions/0/selected_option/value", "/actions/0/selected_options/0/value"];
    let Some(action) = first(payload, &chosen).and_then(|written| written.parse::<Action>().ok()) else {
        return Ok(Inbound::Ignored { kind: "block_actions".to_owned() });
    };
    let (team, by) = who(payload)?;
    let channel = first(payload, &["/channel/id", "/container/channel_id"]).unwrap_or_default();
    let trigger = string(payload, "/trigger_id");
    let id = trigger
        .clone()
        .or_else(|| string(payload, "/actions/0/action_ts"))
        .ok_or(Malformed::Missing("trigger_id"))?;
    Ok(Inbound::Press {
        id,
        by,
        place: Place::new(Platform::Slack, team, channel),
        action,
        message: first(payload, &["/container/message_ts", "/message/ts"]),
        ephemeral: payload.pointer("/container/is_ephemeral").and_then(Value::as_bool).unwrap_or(false),
        trigger,
        token: None,
        response_url: string(payload, "/response_url").filter(|url| !url.is_empty()),
        view: string(payload, "/view/id").filter(|_| {
            // App Home is a view too, and keeps what stands there.
            string(payload, "/view/type").is_some_and(|kind| kind == "modal")
        }),
        home: from_home(payload) || string(payload, "/view/type").is_some_and(|kind| kind == "home"),
    })
}

fn from_home(payload: &Value) -> bool {
    string(payload, "/view/callback_id").is_some_and(|id| id == FROM_HOME)
}

fn submit(payload: &Value) -> Result<Inbound, Malformed> {
    let home = from_home(payload);
    let ours = home || string(payload, "/view/callback_id").is_some_and(|id| id == CALLBACK);
    let action = string(payload, "/view/private_metadata").and_then(|m| m.parse::<Action>().ok());
    let (true, Some(action)) = (ours, action) else {
        return Ok(Inbound::Ignored { kind: "view_submission".to_owned() });
    };
    let (_, by) = who(payload)?;
    let mut values = BTreeMap::new();
    if let Some(blocks) = payload.pointer("/view/state/values").and_then(Value::as_object) {
        for (key, inputs) in blocks {
            let input = inputs.as_object().and_then(|inputs| inputs.values().next());
            let typed = input.and_then(|i| first(i, &["/value", "/selected_option/value"]));
            values.insert(key.clone(), unescaped(&typed.unwrap_or_default()));
        }
    }
    Ok(Inbound::Submit {
        id: string(payload, "/view/id").ok_or(Malformed::Missing("view.id"))?,
        by,
        place: None,
        action,
        values,
        token: None,
        home,
    })
}

/// An event of the Events API: the challenge that proves the URL is ours, and that somebody opened their App Home
/// (<https://docs.slack.dev/reference/events/app_home_opened>). No other is needed.
/// <https://docs.slack.dev/apis/events-api>
///
/// # Errors
/// [`Malformed`] where it is not JSON, does not say what kind it is, or whose home it is about.
pub fn event(body: &[u8]) -> Result<Inbound, Malformed> {
    let event = object(body)?;
    let kind_of = string(&event, "/type").ok_or(Malformed::Missing("type"))?;
    match kind_of.as_str() {
        "url_verification" => {
            string(&event, "/challenge").map(Inbound::Challenge).ok_or(Malformed::Missing("challenge"))
        }
        "event_callback" => {
            let inner = string(&event, "/event/type").unwrap_or(kind_of);
            if inner == "app_home_opened" {
                opened(&event)
            } else {
                Ok(Inbound::Ignored { kind: kind(&inner) })
            }
        }
        other => Ok(Inbound::Ignored { kind: kind(other) }),
    }
}

/// Which of its tabs somebody opened. Before there were tabs there was none but the messages.
fn opened(event: &Value) -> Result<Inbound, Malformed> {
    if string(event, "/event/tab").is_none_or(|tab| tab != "home") {
        return Ok(Inbound::MessagesOpened);
    }
    // Of an app that is installed for a whole organisation the team may be absent; the view then knows its own.
    let team = first(event, &["/team_id", "/event/view/team_id", "/authorizations/0/team_id"])
        .ok_or(Malformed::Missing("team_id"))?;
    let user = string(event, "/event/user").ok_or(Malformed::Missing("event.user"))?;
    Ok(Inbound::HomeOpened { by: Person::new(Platform::Slack, team, user) })
}
