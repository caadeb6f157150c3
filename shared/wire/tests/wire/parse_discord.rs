//! What Discord sends, and what we make of it.

use chat::command::MemberCommand;
use chat::name::{Person, Place, Platform};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::{Inbound, Malformed, discord};

use crate::shared;

fn parse(value: &Value) -> Result<Inbound, Malformed> {
    discord::interaction(value.to_string().as_bytes())
}

fn ignored(kind: &str) -> Result<Inbound, Malformed> {
    Ok(Inbound::Ignored { kind: kind.to_owned() })
}

fn from_server(kind: u64, data: Value) -> Value {
    json!({
        "id": "1310000000000000001",
        "application_id": "1300000000000000000",
        "type": kind,
        "token": "interaction-token",
        "version": 1,
        "guild_id": "4105",
        "channel_id": "4106",
        "channel": { "id": "4106", "type": 0 },
        "member": {
            "nick": null,
            "avatar": null,
            "permissions": "2147483648",
            "roles": [],
            "user": { "id": "80351110224678912", "username": "nelly", "global_name": "Nelly", "avatar": "8342729096ea3675442027381ff50dfe" },
        },
        "data": data,
    })
}

#[test]
fn a_ping() {
    assert_eq!(parse(&json!({ "id": "1", "type": 1, "token": "t", "version": 1 })), Ok(Inbound::Ping));
    assert_eq!(discord::pong(), json!({ "type": 1 }));
}

#[test]
fn commands() {
    for (name, expected) in [
        ("join", MemberCommand::Join),
        ("leave", MemberCommand::Leave),
        ("when", MemberCommand::When),
        ("questions", MemberCommand::Questions),
        ("help", MemberCommand::Help),
        ("suggestions", MemberCommand::Suggestions),
        // Its option is not there, so a form asks.
        ("suggest", MemberCommand::Suggest { text: None }),
        ("connect", MemberCommand::Connect { code: "K7QX".to_owned() }),
    ] {
        let data = json!({ "id": "9", "name": name, "type": 1, "options": [{ "name": "code", "type": 3, "value": " K7QX " }] });
        let Ok(Inbound::Member { id, by, place, command, token, .. }) = parse(&from_server(2, data)) else {
            panic!("{name}")
        };
        assert_eq!(command, expected);
        assert_eq!((id.as_str(), token.as_str()), ("1310000000000000001", "interaction-token"));
        assert_eq!(by.person, Person::new(Platform::Discord, "", "80351110224678912"));
        assert_eq!(place, Place::new(Platform::Discord, "4105", "4106"));
        assert_eq!(by.name, "Nelly");
        assert!(!by.manages_channels);
        assert_eq!(
            by.picture.as_deref(),
            Some("https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png")
        );
    }
}

#[test]
fn a_suggestion_with_its_words() {
    for (typed, read) in [("  What made you stay? ", Some("What made you stay?")), ("   ", None)] {
        let option = json!({ "name": "question", "type": 3, "value": typed });
        let data = json!({ "id": "9", "name": "suggest", "type": 1, "options": [option] });
        let Ok(Inbound::Member { command, .. }) = parse(&from_server(2, data)) else { panic!("{typed}") };
        assert_eq!(command, MemberCommand::Suggest { text: read.map(str::to_owned) });
    }
}

#[test]
fn the_name_and_picture_of_that_server_come_first() {
    let visitor = |member: Value| {
        let mut body = from_server(2, json!({ "name": "when" }));
        body["member"] = member;
        match parse(&body) {
            Ok(Inbound::Member { by, .. }) => by,
            other => panic!("{other:?}"),
        }
    };
    let by = visitor(
        json!({ "nick": "Ada of Accra", "avatar": "a_0b", "user": { "id": "80351110224678912", "username": "ada", "global_name": "Ada", "avatar": "c0" } }),
    );
    assert_eq!(by.name, "Ada of Accra");
    assert_eq!(
        by.picture.as_deref(),
        Some("https://cdn.discordapp.com/guilds/4105/users/80351110224678912/avatars/a_0b.png")
    );
    let by = visitor(json!({ "user": { "id": "80351110224678912", "username": "ada" } }));
    assert_eq!(by.name, "ada");
    assert_eq!(by.picture.as_deref(), Some("https://cdn.discordapp.com/embed/avatars/5.png"));
    let by = visitor(json!({ "user": { "id": "7", "username": "", "avatar": "../../evil" } }));
    assert_eq!(
        (by.name.as_str(), by.picture.as_deref()),
        ("7", Some("https://cdn.discordapp.com/embed/avatars/0.png"))
    );
}

#[test]
fn who_may_manage_the_channel() {
    for (permissions, expected) in [
        (json!("0"), false),
        (json!("8"), true),
        (json!("16"), true),
        (json!("32"), false),
        (json!(24), true),
        (json!("2248473465835073"), false),
        (json!("340282366920938463463374607431768211455"), true),
        (json!("many"), false),
        (Value::Null, false),
    ] {
        let mut body = from_server(2, json!({ "name": "connect" }));
        body["member"]["permissions"] = permissions.clone();
        let Ok(Inbound::Member { by, .. }) = parse(&body) else { panic!("a command") };
        assert_eq!(by.manages_channels, expected, "{permissions}");
    }
}

#[test]
fn a_thread_counts_as_its_channel() {
    let mut body = from_server(2, json!({ "name": "when" }));
    body["channel_id"] = json!("5000");
    body["channel"] = json!({ "id": "5000", "type": 11, "parent_id": "4106" });
    let Ok(Inbound::Member { place, .. }) = parse(&body) else { panic!("a command") };
    assert_eq!(place.channel, "4106");
    // A channel's parent is its category.
    body["channel"] = json!({ "id": "5000", "type": 0, "parent_id": "4106" });
    let Ok(Inbound::Member { place, .. }) = parse(&body) else { panic!("a command") };
    assert_eq!(place.channel, "5000");
}

#[test]
fn in_a_direct_message() {
    let mut body = from_server(2, json!({ "name": "help" }));
    let fields = body.as_object_mut().unwrap();
    fields.remove("guild_id");
    let member = fields.remove("member").unwrap();
    fields.insert("user".to_owned(), member["user"].clone());
    let Ok(Inbound::Member { place, by, .. }) = parse(&body) else { panic!("a command") };
    assert_eq!((place.home.as_str(), by.name.as_str()), ("", "Nelly"));
}

#[test]
fn a_button() {
    let mut body = from_server(3, json!({ "component_type": 2, "custom_id": "join|smxchat" }));
    body["message"] = json!({ "id": "777", "flags": 64 });
    let Ok(Inbound::Press { id, place, action, message, ephemeral, trigger, token, response_url, .. }) =
        parse(&body)
    else {
        panic!("a press")
    };
    assert_eq!(action.to_string(), "join|smxchat");
    assert_eq!(place, Place::new(Platform::Discord, "4105", "4106"));
    assert_eq!((id.as_str(), message.as_deref(), ephemeral), ("1310000000000000001", Some("777"), true));
    assert_eq!((trigger, token.as_deref(), response_url), (None, Some("interaction-token"), None));
    body["message"]["flags"] = json!(4096);
    assert!(matches!(parse(&body), Ok(Inbound::Press { ephemeral: false, .. })));
}

#[test]
fn a_menu_carries_the_action_of_what_was_chosen() {
    let body = from_server(
        3,
        json!({ "component_type": 3, "custom_id": "menu", "values": ["refile|smxchat/2026-11-24T20:00Z|x:1|2"] }),
    );
    let Ok(Inbound::Press { action, .. }) = parse(&body) else { panic!("a press") };
    assert_eq!(action.to_string(), "refile|smxchat/2026-11-24T20:00Z|x:1|2");
}

#[test]
fn a_submitted_form_labelled_or_in_the_old_rows() {
    let text = json!({ "type": 4, "id": 2, "custom_id": "text", "value": "We moved to <a forum> & stayed" });
    let more = json!({ "type": 3, "custom_id": "more", "values": ["b"] });
    for components in [
        json!([{ "type": 18, "id": 1, "component": text }, { "type": 18, "component": more }, { "type": 10, "content": "words" }]),
        json!([{ "type": 1, "components": [text] }, { "type": 1, "components": [more] }]),
    ] {
        let body = from_server(
            5,
            json!({ "custom_id": "answer|smxchat/2026-11-24T20:00Z|3", "components": components }),
        );
        let Ok(Inbound::Submit { id, place, action, values, token, .. }) = parse(&body) else {
            panic!("a form")
        };
        assert_eq!(action.to_string(), "answer|smxchat/2026-11-24T20:00Z|3");
        assert_eq!(values["text"], "We moved to <a forum> & stayed");
        assert_eq!(values["more"], "b");
        assert_eq!(values.len(), 2);
        assert_eq!(place, Some(Place::new(Platform::Discord, "4105", "4106")));
        assert_eq!((id.as_str(), token.as_deref()), ("1310000000000000001", Some("interaction-token")));
    }
}

#[test]
fn what_is_not_ours_is_ignored() {
    assert_eq!(parse(&from_server(2, json!({ "name": "ban" }))), ignored("command"));
    assert_eq!(parse(&from_server(2, json!({ "name": "join", "type": 2 }))), ignored("command"));
    assert_eq!(parse(&from_server(3, json!({ "custom_id": "click_me" }))), ignored("component"));
    assert_eq!(
        parse(&from_server(3, json!({ "custom_id": "join|smxchat", "values": ["x"] }))),
        ignored("component")
    );
    assert_eq!(parse(&from_server(4, json!({ "name": "join" }))), ignored("autocomplete"));
    assert_eq!(parse(&from_server(5, json!({ "custom_id": "survey" }))), ignored("modal"));
    assert_eq!(parse(&json!({ "type": 99 })), ignored("type-99"));
}

#[test]
fn one_of_ours_that_lacks_something() {
    for (field, missing) in [("id", "id"), ("token", "token"), ("member", "member.user")] {
        let mut body = from_server(2, json!({ "name": "join" }));
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(parse(&body), Err(Malformed::Missing(missing)));
    }
    let mut body = from_server(2, json!({ "name": "join" }));
    body.as_object_mut().unwrap().retain(|field, _| !field.starts_with("channel"));
    assert_eq!(parse(&body), Err(Malformed::Missing("channel_id")));
    assert_eq!(parse(&json!({ "type": "1" })), Err(Malformed::Missing("type")));
    assert_eq!(parse(&json!({})), Err(Malformed::Missing("type")));
    assert_eq!(parse(&json!(1)), Err(Malformed::NotAnObject));
    assert!(discord::interaction(b"").is_err());
}

/// Every published Discord sample that can arrive at us, and what becomes of it. The others are objects,
/// requests and responses of the API.
const SAMPLES: [(&str, &str); 20] = [
    ("interaction-component-button.json", "component"),
    ("interaction-component-channel-select.json", "component"),
    ("interaction-component-stringselect.json", "component"),
    ("interaction-component-user-select.json", "component"),
    ("interaction-message-command-interaction.json", "command"),
    ("interaction-modal-submit-channel-select.json", "modal"),
    ("interaction-modal-submit-checkbox-group.json", "modal"),
    ("interaction-modal-submit-checkbox.json", "modal"),
    ("interaction-modal-submit-radio-group.json", "modal"),
    ("interaction-modal-submit-string-select.json", "modal"),
    ("interaction-modal-submit-textinput.json", "modal"),
    ("interaction-modal-submit-user-select.json", "modal"),
    ("interaction-slash-command-interaction.json", "command"),
    ("interaction-user-command-interaction.json", "command"),
    ("interactions-js-application-command.json", "command"),
    ("interactions-js-autocomplete.json", "autocomplete"),
    ("interactions-js-message-component.json", "component"),
    ("interactions-js-ping.json", "a ping"),
    ("webhook-event-application-authorized-example.json", "APPLICATION_AUTHORIZED"),
    ("webhook-event-application-deauthorized-example.json", "APPLICATION_DEAUTHORIZED"),
];

#[test]
fn published_samples() {
    for (name, expected) in SAMPLES {
        let Some(file) = shared::file(&format!("samples/discord/{name}")) else { return };
        let outcome = match discord::interaction(&file).unwrap_or_else(|e| panic!("{name}: {e}")) {
            Inbound::Ignored { kind } => kind,
            Inbound::Ping => "a ping".to_owned(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

/// The same samples, made ours: with the fields that the documentation leaves out and our own names.
#[test]
fn published_samples_as_if_they_were_ours() {
    let Some(file) = shared::file("samples/discord/interaction-slash-command-interaction.json") else {
        return;
    };
    let mut body: Value = serde_json::from_slice(&file).unwrap();
    body["data"]["name"] = json!("join");
    let Ok(Inbound::Member { by, place, .. }) = parse(&body) else { panic!("a command") };
    assert_eq!((by.name.as_str(), place.home.as_str()), ("Mason", "290926798626357999"));
    assert!(by.manages_channels);

    let Some(file) = shared::file("samples/discord/interaction-modal-submit-textinput.json") else { return };
    let sample: Value = serde_json::from_slice(&file).unwrap();
    let mut body = from_server(5, sample["data"].clone());
    body["data"]["custom_id"] = json!("hello|smxchat/2026-11-24T20:00Z");
    let Ok(Inbound::Submit { values, .. }) = parse(&body) else { panic!("a form") };
    assert!(values["game_feedback"].starts_with("The recent changes"));
}

proptest! {
    #[test]
    fn nothing_panics(body in any::<Vec<u8>>(), kind in 0_u64..7, text in any::<String>()) {
        let _ = discord::interaction(&body);
        let _ = parse(&from_server(kind, json!({ "custom_id": text, "name": text, "values": [text], "components": [text] })));
        let _ = parse(&json!({ "type": kind, "member": text, "data": text, "channel": [text] }));
    }
}
