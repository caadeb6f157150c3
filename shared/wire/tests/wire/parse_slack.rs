//! What Slack sends, and what we make of it.

use chat::action::Action;
use chat::name::{Person, Place, Platform};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::{Inbound, Malformed, slack};

use crate::shared;

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn payload(value: &Value) -> Vec<u8> {
    form(&[("payload", &value.to_string())])
}

fn ignored(kind: &str) -> Result<Inbound, Malformed> {
    Ok(Inbound::Ignored { kind: kind.to_owned() })
}

const COMMAND: [(&str, &str); 10] = [
    ("token", "legacy"),
    ("team_id", "T1"),
    ("channel_id", "C1"),
    ("channel_name", "smxchat"),
    ("user_id", "U1"),
    ("user_name", "maya"),
    ("command", "/chat"),
    ("text", "ask What about R&amp;D, &lt;3 and &amp;lt;? in <#C2|general>"),
    ("response_url", "https://hooks.slack.com/commands/T1/2/x"),
    ("trigger_id", "13345224609.738474920.8088930838d88f008e0"),
];

#[test]
fn a_command() {
    let Inbound::Command { id, by, place, channel_name, text, trigger, response_url } =
        slack::command(&form(&COMMAND)).unwrap()
    else {
        panic!("a command")
    };
    assert_eq!(by.person, Person::new(Platform::Slack, "T1", "U1"));
    assert_eq!((by.name.as_str(), by.picture, by.manages_channels), ("maya", None, false));
    assert_eq!(place, Place::new(Platform::Slack, "T1", "C1"));
    assert_eq!(channel_name, "smxchat");
    assert_eq!(text, "ask What about R&D, <3 and &lt;? in <#C2|general>");
    assert_eq!(id, trigger);
    assert_eq!(trigger, "13345224609.738474920.8088930838d88f008e0");
    assert_eq!(response_url, "https://hooks.slack.com/commands/T1/2/x");
}

#[test]
fn a_command_that_lacks_something() {
    for missing in ["team_id", "channel_id", "user_id", "response_url", "trigger_id"] {
        let fields: Vec<_> = COMMAND.into_iter().filter(|(name, _)| *name != missing).collect();
        assert_eq!(slack::command(&form(&fields)), Err(Malformed::Missing(missing)));
    }
    for optional in ["text", "user_name", "channel_name", "command", "token"] {
        let fields: Vec<_> = COMMAND.into_iter().filter(|(name, _)| *name != optional).collect();
        assert!(slack::command(&form(&fields)).is_ok(), "{optional}");
    }
    assert!(slack::command(b"").is_err());
    assert!(slack::command(b"{\"json\":true}").is_err());
}

#[test]
fn ssl_check() {
    let body = form(&[("token", "x"), ("ssl_check", "1")]);
    assert_eq!(slack::command(&body), Ok(Inbound::SslCheck));
    assert_eq!(slack::interaction(&body), Ok(Inbound::SslCheck));
    let not = form(&[("ssl_check", "0")]);
    assert_eq!(slack::command(&not), Err(Malformed::Missing("team_id")));
}

fn pressed(action: Value) -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": "U1", "username": "maya", "name": "maya", "team_id": "T1" },
        "team": { "id": "T1", "domain": "smx" },
        "container": { "type": "message", "message_ts": "1795550400.000100", "channel_id": "C1", "is_ephemeral": true },
        "channel": { "id": "C1", "name": "smxchat" },
        "trigger_id": "111.222.abc",
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "actions": [action],
    })
}

#[test]
fn a_button() {
    let body = payload(&pressed(json!({ "type": "button", "action_id": "join-0", "value": "join|smxchat" })));
    let Inbound::Press {
        id,
        by,
        place,
        action,
        message,
        ephemeral,
        trigger,
        token,
        response_url,
        view,
        home,
    } = slack::interaction(&body).unwrap()
    else {
        panic!("a press")
    };
    assert_eq!(by.person, Person::new(Platform::Slack, "T1", "U1"));
    assert_eq!(place, Place::new(Platform::Slack, "T1", "C1"));
    assert_eq!(action, Action::Join("smxchat".parse().unwrap()));
    assert_eq!(message.as_deref(), Some("1795550400.000100"));
    assert!(ephemeral);
    assert_eq!(id, "111.222.abc");
    assert_eq!(trigger.as_deref(), Some("111.222.abc"));
    assert_eq!(token, None);
    assert_eq!(response_url.as_deref(), Some("https://hooks.slack.com/actions/T1/1/x"));
    assert_eq!((view, home), (None, false));
}

#[test]
fn a_button_in_app_home_and_in_what_was_opened_from_there() {
    let mut body = pressed(
        json!({ "type": "button", "action_id": "edit-0", "value": "edit|smxchat/2026-11-24T20:00Z" }),
    );
    for key in ["channel", "response_url"] {
        body.as_object_mut().unwrap().remove(key);
    }
    for (kind, callback, view_is, home_is) in [
        ("home", "", None, true),
        ("modal", "earshot-home", Some("V1"), true),
        ("modal", "earshot", Some("V1"), false),
        ("modal", "", Some("V1"), false),
    ] {
        body["container"] = json!({ "type": "view", "view_id": "V1" });
        body["view"] = json!({ "id": "V1", "type": kind, "callback_id": callback });
        let Ok(Inbound::Press { place, view, home, response_url, .. }) = slack::interaction(&payload(&body))
        else {
            panic!("a press")
        };
        assert_eq!(place.channel, "");
        assert_eq!((view.as_deref(), home, response_url), (view_is, home_is, None), "{kind} {callback}");
    }
}

#[test]
fn a_button_in_a_modal_has_no_channel_and_names_its_modal() {
    let mut body = pressed(json!({ "type": "button", "action_id": "undo-0", "value": "undo|smxchat|abc" }));
    body["container"] = json!({ "type": "view", "view_id": "V1" });
    body["view"] = json!({ "id": "V1", "type": "modal" });
    for key in ["channel", "response_url"] {
        body.as_object_mut().unwrap().remove(key);
    }
    let Ok(Inbound::Press { place, view, response_url, .. }) = slack::interaction(&payload(&body)) else {
        panic!("a press")
    };
    assert_eq!((place.channel.as_str(), view.as_deref(), response_url), ("", Some("V1"), None));
}

#[test]
fn a_menu_carries_the_action_of_what_was_chosen() {
    for kind in ["static_select", "overflow", "radio_buttons"] {
        let body = payload(&pressed(json!({
            "type": kind,
            "action_id": "refile-0",
            "selected_option": { "text": { "type": "plain_text", "text": "Q2" }, "value": "refile-menu|smxchat/2026-11-24T20:00Z|x:1" },
        })));
        let Ok(Inbound::Press { action, .. }) = slack::interaction(&body) else { panic!("{kind}") };
        assert_eq!(action.to_string(), "refile-menu|smxchat/2026-11-24T20:00Z|x:1");
    }
}

#[test]
fn what_is_not_ours_is_ignored() {
    for action in [
        json!({ "type": "button", "value": "click_me" }),
        json!({ "type": "button", "value": "join|No Such Slug" }),
        json!({ "type": "button" }),
        json!({ "type": "a_block_of_next_year", "value": { "deep": [1] } }),
        json!("not even an object"),
    ] {
        assert_eq!(slack::interaction(&payload(&pressed(action))), ignored("block_actions"));
    }
    for kind in ["view_closed", "shortcut", "message_action", "block_suggestion", "something_new"] {
        assert_eq!(slack::interaction(&payload(&json!({ "type": kind }))), ignored(kind));
    }
    assert_eq!(
        slack::interaction(&payload(&json!({ "type": "<script>&text with words" }))),
        ignored("scripttextwithwords")
    );
}

#[test]
fn a_press_in_a_modal_has_no_channel() {
    let mut body = pressed(json!({ "type": "button", "value": "new" }));
    let fields = body.as_object_mut().unwrap();
    fields.remove("channel");
    fields.remove("response_url");
    fields.insert("container".to_owned(), json!({ "type": "view", "view_id": "V1" }));
    let Ok(Inbound::Press { place, response_url, message, ephemeral, .. }) =
        slack::interaction(&payload(&body))
    else {
        panic!("a press")
    };
    assert_eq!(place, Place::new(Platform::Slack, "T1", ""));
    assert_eq!((response_url, message, ephemeral), (None, None, false));
}

#[test]
fn an_organisation_wide_install_has_no_team() {
    let mut body = pressed(json!({ "type": "button", "value": "new" }));
    body["team"] = Value::Null;
    let Ok(Inbound::Press { by, .. }) = slack::interaction(&payload(&body)) else { panic!("a press") };
    assert_eq!(by.person.home, "T1");
}

fn submitted(callback: &str, metadata: &str) -> Value {
    json!({
        "type": "view_submission",
        "team": { "id": "T1" },
        "user": { "id": "U1", "name": "maya" },
        "view": {
            "id": "V1",
            "callback_id": callback,
            "private_metadata": metadata,
            "state": { "values": {
                "text": { "text": { "type": "plain_text_input", "value": "A3 R&amp;D \u{1F44B}" } },
                "empty": { "empty": { "type": "plain_text_input", "value": null } },
                "chosen": { "chosen": { "type": "static_select", "selected_option": { "value": "two" } } },
                "odd": null,
            } },
        },
    })
}

#[test]
fn a_submitted_form() {
    let body = payload(&submitted("earshot", "answer|smxchat/2026-11-24T20:00Z|3"));
    let Inbound::Submit { id, by, place, action, values, token, home } = slack::interaction(&body).unwrap()
    else {
        panic!("a submission")
    };
    assert_eq!((id.as_str(), place, token, home), ("V1", None, None, false));
    assert_eq!(by.person, Person::new(Platform::Slack, "T1", "U1"));
    assert_eq!(action.to_string(), "answer|smxchat/2026-11-24T20:00Z|3");
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(values, [("chosen", "two"), ("empty", ""), ("odd", ""), ("text", "A3 R&D \u{1F44B}")]);
}

#[test]
fn a_form_that_was_opened_from_app_home() {
    let body = payload(&submitted("earshot-home", "answer|smxchat/2026-11-24T20:00Z|3"));
    assert!(matches!(slack::interaction(&body), Ok(Inbound::Submit { home: true, .. })));
}

#[test]
fn somebody_elses_form() {
    assert_eq!(slack::interaction(&payload(&submitted("other", "new"))), ignored("view_submission"));
    assert_eq!(
        slack::interaction(&payload(&submitted("earshot", "This is for you!"))),
        ignored("view_submission")
    );
}

#[test]
fn not_an_interaction_at_all() {
    assert_eq!(slack::interaction(b""), Err(Malformed::Missing("payload")));
    assert_eq!(slack::interaction(b"payload="), Err(Malformed::NotJson { line: 1, column: 0 }));
    assert_eq!(slack::interaction(b"payload=[]"), Err(Malformed::NotAnObject));
    assert_eq!(slack::interaction(b"payload={}"), Err(Malformed::Missing("type")));
    let nobody = json!({ "type": "block_actions", "team": { "id": "T1" }, "actions": [{ "value": "new" }] });
    assert_eq!(slack::interaction(&payload(&nobody)), Err(Malformed::Missing("user.id")));
}

#[test]
fn events() {
    let event = |value: Value| slack::event(value.to_string().as_bytes());
    assert_eq!(
        event(json!({ "type": "url_verification", "challenge": "3eZbrw1a" })),
        Ok(Inbound::Challenge("3eZbrw1a".to_owned()))
    );
    assert_eq!(event(json!({ "type": "url_verification" })), Err(Malformed::Missing("challenge")));
    let opened = |event: Value| json!({ "type": "event_callback", "team_id": "T1", "event": event });
    assert_eq!(
        event(opened(json!({ "type": "app_home_opened", "user": "U1", "tab": "home" }))),
        Ok(Inbound::HomeOpened { by: Person::new(Platform::Slack, "T1", "U1") })
    );
    for beside in [
        json!({ "type": "app_home_opened", "user": "U1", "tab": "messages" }),
        json!({ "type": "app_home_opened", "user": "U1" }),
        json!({ "type": "app_home_opened" }),
    ] {
        assert_eq!(event(opened(beside)), Ok(Inbound::MessagesOpened));
    }
    // Installed for a whole organisation, the app is told the team elsewhere, or not at all.
    let of_organisation = |view: Value| {
        let home = json!({ "type": "app_home_opened", "user": "U1", "tab": "home", "view": view });
        event(json!({ "type": "event_callback", "team_id": null, "event": home }))
    };
    assert_eq!(
        of_organisation(json!({ "team_id": "T2" })),
        Ok(Inbound::HomeOpened { by: Person::new(Platform::Slack, "T2", "U1") })
    );
    assert_eq!(of_organisation(Value::Null), Err(Malformed::Missing("team_id")));
    assert_eq!(
        event(opened(json!({ "type": "app_home_opened", "tab": "home" }))),
        Err(Malformed::Missing("event.user"))
    );
    assert_eq!(event(json!({ "type": "event_callback" })), ignored("event_callback"));
    assert_eq!(event(json!({ "type": "app_rate_limited" })), ignored("app_rate_limited"));
    assert_eq!(event(json!({})), Err(Malformed::Missing("type")));
    assert_eq!(event(json!([])), Err(Malformed::NotAnObject));
    assert_eq!(slack::event(b"\xff\xfe"), Err(Malformed::NotJson { line: 1, column: 1 }));
    assert!(slack::event("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn an_error_quotes_nothing_of_the_body() {
    let error = slack::event(br#"{"type": "secret words" oops}"#).unwrap_err();
    assert_eq!(error.to_string(), "the body is not JSON (line 1, column 25)");
}

/// Every published Slack sample that can arrive at us, and what becomes of it. The others are answers of
/// Slack's API, manifests, and the signature vector.
const SAMPLES: [(&str, &str); 38] = [
    ("block_actions.json", "block_actions"),
    ("block_actions.form.txt", "block_actions"),
    ("block_actions-lazy.json", "block_actions"),
    ("block_suggestion.json", "block_suggestion"),
    ("interactive_message-legacy.json", "interactive_message"),
    ("shape-block_actions.json", "block_actions"),
    ("shape-view_closed.json", "view_closed"),
    ("shape-view_submission.json", "view_submission"),
    ("shortcut-global.json", "shortcut"),
    ("shortcut-message_action.json", "message_action"),
    ("view_closed.json", "view_closed"),
    ("view_submission.json", "view_submission"),
    ("view_submission.form.txt", "view_submission"),
    ("view_submission-response_urls.json", "view_submission"),
    ("view_submission-slack-connect.json", "view_submission"),
    ("slash_command.fields.json", "a command"),
    ("slash_command.form.txt", "a command"),
    ("shape-slash_command.json", "a command"),
    ("url_verification.json", "a challenge"),
    ("event-app_mention.json", "app_mention"),
    ("event-app_uninstalled.json", "app_uninstalled"),
    ("event-member_joined_channel.json", "member_joined_channel"),
    ("event-member_left_channel.json", "member_left_channel"),
    ("event-message.json", "message"),
    ("event-message-bot_message.json", "message"),
    ("event-message-file_share.json", "message"),
    ("event-message-thread_broadcast.json", "message"),
    ("event-message-user.json", "message"),
    ("event-message_changed.json", "message"),
    ("event-message_deleted.json", "message"),
    ("event-org-app.json", "team_access_granted"),
    ("event-org-app-2.json", "team_access_revoked"),
    ("event-org-app-3.json", "the messages tab"),
    ("event-org-app-4.json", "message"),
    ("event-own-reaction-to-ignore.json", "reaction_added"),
    ("event-own-response_url-message-to-ignore.json", "message"),
    ("event-reaction_added.json", "reaction_added"),
    ("event-tokens_revoked.json", "tokens_revoked"),
];

#[test]
fn published_samples() {
    for (name, expected) in SAMPLES {
        let Some(file) = shared::file(&format!("samples/slack/{name}")) else { return };
        let json = || serde_json::from_slice::<Value>(&file).unwrap();
        let inbound = match name {
            _ if name.starts_with("slash_command") || name.ends_with("slash_command.json") => {
                let body = if name.ends_with(".txt") {
                    file.clone()
                } else {
                    let fields = json();
                    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                    let fields: Vec<(&str, String)> =
                        fields.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), text(v))).collect();
                    form(&fields.iter().map(|(k, v)| (*k, v.as_str())).collect::<Vec<_>>())
                };
                slack::command(&body)
            }
            _ if name.starts_with("event-") || name == "url_verification.json" => slack::event(&file),
            _ if name.ends_with(".txt") => slack::interaction(&file),
            _ => slack::interaction(&payload(&json())),
        };
        let outcome = match inbound.unwrap_or_else(|e| panic!("{name}: {e}")) {
            Inbound::Ignored { kind } => kind,
            Inbound::Command { .. } => "a command".to_owned(),
            Inbound::Challenge(_) => "a challenge".to_owned(),
            Inbound::MessagesOpened => "the messages tab".to_owned(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(body in any::<Vec<u8>>(), text in any::<String>()) {
        let _ = (slack::command(&body), slack::interaction(&body), slack::event(&body));
        let _ = slack::interaction(&form(&[("payload", &text)]));
        let _ = slack::interaction(&payload(&submitted("earshot", &text)));
        let _ = slack::interaction(&payload(&pressed(json!({ "value": text }))));
    }
}
