//! Slack.

use anyhow::{Context, Result};
use earshot::standin::slack::{Channel, Config, Slack};
use earshot::standin::{Change, Person, StandIn};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use crate::support::{Ear, Time, client, long};

struct Room {
    time: Time,
    slack: Slack,
    ear: Ear,
    http: reqwest::Client,
    token: String,
}

async fn room() -> Result<Room> {
    room_with(|_| ()).await
}

async fn room_with(change: impl FnOnce(&mut Config)) -> Result<Room> {
    let time = Time::new();
    let mut config = Config::new(time.clocks());
    config.channels = vec![Channel::new("C1", "smxchat"), Channel::new("C2", "desk")];
    config.channels.push(Channel { archived: true, ..Channel::new("C3", "old") });
    config.channels.push(Channel { private: true, joined: false, ..Channel::new("C4", "secret") });
    config.channels.push(Channel { joined: false, ..Channel::new("C5", "elsewhere") });
    config.people = vec![Person::new("U1", "Olu", "olu"), Person::new("U2", "Mei", "mei")];
    change(&mut config);
    let token = config.bot_token.clone();
    let slack = Slack::start(config).await?;
    let ear = Ear::start().await?;
    slack.aim(&ear.url);
    Ok(Room { time, slack, ear, http: client()?, token })
}

impl Room {
    async fn raw(&self, method: &str, body: Value) -> Result<reqwest::Response> {
        let url = format!("{}{method}", self.slack.api_url());
        Ok(self.http.post(url).bearer_auth(&self.token).json(&body).send().await?)
    }

    async fn call(&self, method: &str, body: Value) -> Result<Value> {
        Ok(self.raw(method, body).await?.json().await?)
    }

    async fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = format!("{}{method}", self.slack.api_url());
        Ok(self.http.get(url).bearer_auth(&self.token).query(query).send().await?.json().await?)
    }

    /// Posts after the channel has calmed down.
    async fn post(&self, mut body: Value) -> Result<Value> {
        self.time.pass(2_000);
        if body.get("channel").is_none() {
            body["channel"] = json!("C1");
        }
        self.call("chat.postMessage", body).await
    }

    async fn error_of(&self, body: Value) -> Result<String> {
        let answer = self.post(body).await?;
        Ok(answer["error"].as_str().unwrap_or("none").to_owned())
    }
}

fn button(action_id: &str, value: &str) -> Value {
    json!({"type": "button", "text": {"type": "plain_text", "text": "Press"}, "action_id": action_id, "value": value})
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

#[tokio::test]
async fn a_message_is_posted_edited_removed_and_seen() -> Result<()> {
    let room = room().await?;
    let mut changes = room.slack.changes();
    let metadata = json!({"event_type": "earshot_delivery", "event_payload": {"name": "d1"}});
    let posted =
        room.post(json!({"text": "Hello", "blocks": [section("Hello")], "metadata": metadata})).await?;
    assert_eq!(posted["ok"], true, "{posted}");
    let ts = posted["ts"].as_str().context("a ts")?.to_owned();
    assert_eq!(posted["message"]["bot_id"], "B0EARSHOT");

    let history =
        room.get("conversations.history", &[("channel", "C1"), ("include_all_metadata", "true")]).await?;
    assert_eq!(history["messages"][0]["metadata"], metadata);
    let history = room.get("conversations.history", &[("channel", "C1")]).await?;
    assert_eq!(history["messages"][0]["metadata"], Value::Null, "only when asked for");

    // Text alone takes the blocks away, and leaves the metadata.
    let updated = room.call("chat.update", json!({"channel": "C1", "ts": ts, "text": "Hello again"})).await?;
    assert_eq!(updated["message"]["text"], "Hello again");
    assert_eq!(updated["message"]["blocks"], Value::Null);
    assert_eq!(updated["message"]["metadata"], metadata);

    let deleted = room.call("chat.delete", json!({"channel": "C1", "ts": ts})).await?;
    assert_eq!(deleted["ok"], true);
    for method in ["chat.update", "chat.delete"] {
        let gone = room.call(method, json!({"channel": "C1", "ts": ts, "text": "?"})).await?;
        assert_eq!(gone["error"], "message_not_found");
    }
    let messages = room.slack.messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].edited && messages[0].deleted && messages[0].author.bot);
    assert!(matches!(changes.recv().await?, Change::Posted { .. }));
    assert!(matches!(changes.recv().await?, Change::Edited { .. }));
    assert!(matches!(changes.recv().await?, Change::Deleted { .. }));
    let seen = &room.slack.requests()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/api/chat.postMessage"));
    assert_eq!(seen.headers["authorization"], "Bearer ***");
    assert_eq!(seen.body["text"], "Hello");
    assert_eq!(seen.status, Some(200));
    Ok(())
}

#[tokio::test]
async fn only_the_bearer_token_opens_the_door() -> Result<()> {
    let room = room().await?;
    let url = format!("{}auth.test", room.slack.api_url());
    let none: Value = room.http.post(&url).send().await?.json().await?;
    assert_eq!(none["error"], "not_authed");
    let wrong: Value = room.http.post(&url).bearer_auth("xoxb-other").send().await?.json().await?;
    assert_eq!(wrong["error"], "invalid_auth");
    let right: Value = room.http.post(&url).bearer_auth(&room.token).send().await?.json().await?;
    assert_eq!((right["ok"].as_bool(), right["team_id"].as_str()), (Some(true), Some("T01")));
    let query: Value = room.get("auth.test", &[("token", &room.token)]).await?;
    assert_eq!(query["error"], "invalid_auth", "a token does not belong in a query string");
    Ok(())
}

#[tokio::test]
async fn one_message_a_second_and_channel_with_a_burst_of_one() -> Result<()> {
    let room = room().await?;
    let say = |channel: &'static str| room.raw("chat.postMessage", json!({"channel": channel, "text": "x"}));
    assert_eq!(say("C1").await?.status(), 200);
    assert_eq!(say("C1").await?.status(), 200, "one beyond the pace is let pass");
    let third = say("C1").await?;
    assert_eq!(third.status(), 429);
    assert_eq!(third.headers()["retry-after"], "1");
    assert_eq!(third.json::<Value>().await?["error"], "ratelimited");
    assert_eq!(say("C2").await?.status(), 200, "another channel has its own pace");
    room.time.pass(999);
    assert_eq!(say("C1").await?.status(), 429);
    room.time.pass(1);
    assert_eq!(say("C1").await?.status(), 200);
    assert_eq!(say("C1").await?.status(), 429);
    // At one a second nothing is ever refused.
    for _ in 0..20 {
        room.time.pass(1000);
        assert_eq!(say("C1").await?.status(), 200);
    }
    Ok(())
}

#[tokio::test]
async fn tiers_hold_per_method_and_minute() -> Result<()> {
    let room = room().await?;
    let ask = |body: Value| room.raw("chat.update", body);
    for _ in 0..50 {
        assert_eq!(ask(json!({"channel": "C1", "ts": "1.000001", "text": "x"})).await?.status(), 200);
        room.time.pass(100);
    }
    let more = ask(json!({"channel": "C1", "ts": "1.000001", "text": "x"})).await?;
    assert_eq!(more.status(), 429);
    assert_eq!(more.headers()["retry-after"], "55");
    room.time.pass(55_000);
    assert_eq!(ask(json!({"channel": "C1", "ts": "1.000001", "text": "x"})).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn the_workspace_has_a_pace_too() -> Result<()> {
    let time = Time::new();
    let mut config = Config::new(time.clocks());
    config.limits.posts_per_minute = 3;
    config.channels = (0..5).map(|n| Channel::new(&format!("C{n}"), "room")).collect();
    let (token, slack, http) = (config.bot_token.clone(), Slack::start(config).await?, client()?);
    let mut seen = Vec::new();
    for n in 0..5 {
        let url = format!("{}chat.postMessage", slack.api_url());
        let body = json!({"channel": format!("C{n}"), "text": "x"});
        seen.push(http.post(url).bearer_auth(&token).json(&body).send().await?.status().as_u16());
    }
    assert_eq!(seen, [200, 200, 200, 429, 429]);
    Ok(())
}

#[tokio::test]
async fn channels_refuse_by_name() -> Result<()> {
    let room = room().await?;
    for (channel, error) in [
        ("C9", "channel_not_found"),
        ("", "channel_not_found"),
        ("C4", "channel_not_found"),
        ("C3", "is_archived"),
    ] {
        assert_eq!(room.error_of(json!({"channel": channel, "text": "x"})).await?, error, "{channel}");
    }
    // `chat:write.public` posts where the app is not; reading needs membership.
    assert_eq!(room.error_of(json!({"channel": "C5", "text": "x"})).await?, "none");
    let unread = room.get("conversations.history", &[("channel", "C5")]).await?;
    assert_eq!(unread["error"], "not_in_channel");
    // A person's id opens their direct messages.
    let direct = room.post(json!({"channel": "U2", "text": "psst"})).await?;
    assert_eq!(direct["channel"], "D2");
    let info = room.get("conversations.info", &[("channel", "C1")]).await?;
    assert_eq!(
        (info["channel"]["name"].as_str(), info["channel"]["is_private"].as_bool()),
        (Some("smxchat"), Some(false))
    );
    room.slack.set_channel(Channel { archived: true, ..Channel::new("C1", "smxchat") });
    assert_eq!(room.error_of(json!({"text": "x"})).await?, "is_archived");
    assert_eq!(room.call("chat.nonsense", json!({})).await?["error"], "unknown_method");
    Ok(())
}

#[tokio::test]
async fn messages_have_bounds() -> Result<()> {
    let room = room().await?;
    let with = |blocks: Value| json!({"text": "t", "blocks": blocks});
    let label = |n: usize| {
        json!([{"type": "actions", "elements": [
            {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": long(n)}}
        ]}])
    };
    let many = |n: usize| Value::Array((0..n).map(|_| json!({"type": "divider"})).collect());
    let context = |n: usize| {
        json!([{"type": "context", "elements":
        (0..n).map(|_| json!({"type": "mrkdwn", "text": "x"})).collect::<Vec<_>>()}])
    };
    let picture =
        |alt: &str| json!([{"type": "image", "image_url": "https://example.com/a.png", "alt_text": alt}]);
    let sized = |n: usize| Value::Array((0..n / 3000).map(|_| section(&long(3000))).collect());
    let cases = [
        (json!({"blocks": [section("x")]}), "no_text"),
        (json!({"text": "  "}), "no_text"),
        (json!({"text": long(40_000)}), "none"),
        (json!({"text": long(40_001)}), "msg_too_long"),
        (with(many(50)), "none"),
        (with(many(51)), "invalid_blocks"),
        (with(json!([section(&long(3000))])), "none"),
        (with(json!([section(&long(3001))])), "invalid_blocks"),
        (with(json!([section("")])), "invalid_blocks"),
        (with(sized(12_000)), "none"),
        (with(sized(15_000)), "msg_blocks_too_long"),
        (with(label(75)), "none"),
        (with(label(76)), "invalid_blocks"),
        (
            with(
                json!([{"type": "actions", "elements": (0..25).map(|n| button(&n.to_string(), "v")).collect::<Vec<_>>()}]),
            ),
            "none",
        ),
        (
            with(
                json!([{"type": "actions", "elements": (0..26).map(|n| button(&n.to_string(), "v")).collect::<Vec<_>>()}]),
            ),
            "invalid_blocks",
        ),
        (with(json!([{"type": "actions", "elements": []}])), "invalid_blocks"),
        (with(json!([{"type": "actions", "elements": [button("a", &long(2001))]}])), "invalid_blocks"),
        (
            with(json!([{"type": "actions", "elements": [button("a", "1"), button("a", "2")]}])),
            "invalid_blocks",
        ),
        (with(json!([{"type": "actions", "elements": [button(&long(256), "1")]}])), "invalid_blocks"),
        (with(context(10)), "none"),
        (with(context(11)), "invalid_blocks"),
        (with(picture("a kettle")), "none"),
        (with(picture("")), "invalid_blocks"),
        (with(json!([{"type": "header", "text": {"type": "plain_text", "text": long(150)}}])), "none"),
        (
            with(json!([{"type": "header", "text": {"type": "plain_text", "text": long(151)}}])),
            "invalid_blocks",
        ),
        (with(json!([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}])), "invalid_blocks"),
        (with(json!([{"type": "nonsense"}])), "invalid_blocks"),
        (
            with(json!([{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}])),
            "invalid_blocks",
        ),
        (with(json!("[]")), "invalid_blocks_format"),
        (json!({"text": "t", "thread_ts": "1.000001"}), "thread_not_found"),
        (json!({"text": "t", "metadata": {"event_type": "e"}}), "invalid_metadata_format"),
        (
            json!({"text": "t", "metadata": {"event_type": "e", "event_payload": {"x": long(16_384)}}}),
            "metadata_too_large",
        ),
    ];
    for (body, expected) in cases {
        let shown: String = body.to_string().chars().take(120).collect();
        assert_eq!(room.error_of(body).await?, expected, "{shown}");
    }
    Ok(())
}

#[tokio::test]
async fn threads_have_a_parent_and_history_has_pages() -> Result<()> {
    let room = room().await?;
    let parent = room.post(json!({"text": "Q1"})).await?["ts"].as_str().context("ts")?.to_owned();
    let reply = room.post(json!({"text": "A1", "thread_ts": parent})).await?;
    assert_eq!(reply["message"]["thread_ts"], parent.as_str());
    let nested = room.error_of(json!({"text": "?", "thread_ts": reply["ts"]})).await?;
    assert_eq!(nested, "cannot_reply_to_message");
    for n in 0..3 {
        room.post(json!({"text": format!("m{n}")})).await?;
    }
    let first = room.get("conversations.history", &[("channel", "C1"), ("limit", "3")]).await?;
    let texts = |page: &Value| -> Vec<String> {
        let list = page["messages"].as_array().cloned().unwrap_or_default();
        list.iter().map(|m| m["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(texts(&first), ["m2", "m1", "m0"], "newest first, replies apart");
    assert_eq!(first["has_more"], true);
    let cursor = first["response_metadata"]["next_cursor"].as_str().context("cursor")?;
    let second =
        room.get("conversations.history", &[("channel", "C1"), ("limit", "3"), ("cursor", cursor)]).await?;
    assert_eq!(texts(&second), ["Q1"]);
    assert_eq!(second["messages"][0]["reply_count"], 1);
    let since = room.get("conversations.history", &[("channel", "C1"), ("oldest", &parent)]).await?;
    assert_eq!(texts(&since), ["m2", "m1", "m0"], "oldest is exclusive");
    let since = room
        .get("conversations.history", &[("channel", "C1"), ("oldest", &parent), ("inclusive", "true")])
        .await?;
    assert_eq!(texts(&since).len(), 4);
    let thread = room.get("conversations.replies", &[("channel", "C1"), ("ts", &parent)]).await?;
    assert_eq!(texts(&thread), ["Q1", "A1"]);
    let missing = room.get("conversations.replies", &[("channel", "C1"), ("ts", "1.0")]).await?;
    assert_eq!(missing["error"], "thread_not_found");
    assert_eq!(room.slack.messages()[1].thread.as_deref(), Some(parent.as_str()));
    Ok(())
}

#[tokio::test]
async fn ts_is_unique_and_grows_while_the_clock_stands_still() -> Result<()> {
    let room = room().await?;
    let mut seen = Vec::new();
    for n in 0..5 {
        if n == 3 {
            room.time.move_chat(chrono::TimeDelta::hours(-1));
        }
        seen.push(room.slack.say("U1", "C1", "hi", None)?);
    }
    assert!(seen.is_sorted() && seen.windows(2).all(|w| w[0] != w[1]), "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn a_disguised_message_cannot_be_deleted_nor_anothers_changed() -> Result<()> {
    let room = room().await?;
    let posted = room.post(json!({"text": "as if", "username": "Ada"})).await?;
    let ts = posted["ts"].clone();
    assert_eq!(
        room.call("chat.delete", json!({"channel": "C1", "ts": ts})).await?["error"],
        "cant_delete_message"
    );
    let theirs = room.slack.say("U1", "C1", "mine", None)?;
    let edit = room.call("chat.update", json!({"channel": "C1", "ts": theirs, "text": "no"})).await?;
    assert_eq!(edit["error"], "cant_update_message");
    Ok(())
}

#[tokio::test]
async fn whom_a_message_notifies_is_written_down() -> Result<()> {
    let room = room().await?;
    room.post(json!({"text": "&lt;!channel&gt; @everyone", "blocks": [section("quiet")]})).await?;
    room.post(json!({"text": "x", "blocks": [section("<!channel> <@U1> <!here|here>")]})).await?;
    let messages = room.slack.messages();
    assert!(messages[0].pings.is_empty());
    assert_eq!(messages[1].pings, ["@channel", "@here", "U1"]);
    Ok(())
}

#[tokio::test]
async fn a_slash_command_is_signed_and_its_answer_shown() -> Result<()> {
    let room = room().await?;
    room.ear.will_answer(200, json!({"response_type": "ephemeral", "text": "Saved as Q1."}));
    let answer = room.slack.slash_command("U1", "C1", "ask What did…?").await?;
    assert_eq!((answer.status, answer.refused.as_deref()), (200, None));
    let heard = room.ear.last()?;
    assert_eq!(heard.path, "/slack/commands");
    for (field, value) in [
        ("command", "/chat"),
        ("text", "ask What did…?"),
        ("team_id", "T01"),
        ("channel_id", "C1"),
        ("channel_name", "smxchat"),
        ("user_id", "U1"),
        ("user_name", "olu"),
    ] {
        assert_eq!(heard.field(field), value);
    }
    let timestamp = heard.header("x-slack-request-timestamp");
    assert_eq!(timestamp, room.time.real().timestamp().to_string(), "the real clock signs");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"stage-signing-not-a-secret")?;
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(&heard.body);
    let expected = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(heard.header("x-slack-signature"), expected);
    let shown = room.slack.messages();
    assert_eq!(shown[0].ephemeral_for.as_deref(), Some("U1"));
    assert_eq!(shown[0].payload["text"], "Saved as Q1.");

    // The very same bytes again.
    room.slack.repeat(&room.slack.sent()[0]).await?;
    let [first, second] = &room.ear.heard()[..] else { anyhow::bail!("heard twice") };
    assert_eq!(
        (&first.body, first.header("x-slack-signature")),
        (&second.body, second.header("x-slack-signature"))
    );

    // A broken answer is what Slack would not show.
    room.ear.will_answer(200, json!({"text": "x", "blocks": [section(&long(3001))]}));
    assert!(room.slack.slash_command("U1", "C1", "help").await?.refused.is_some());
    room.ear.will_answer(500, Value::Null);
    assert!(room.slack.slash_command("U1", "C1", "help").await?.refused.is_some());
    Ok(())
}

#[tokio::test]
async fn a_response_url_works_five_times_in_half_an_hour() -> Result<()> {
    let room = room().await?;
    room.slack.slash_command("U1", "C1", "help").await?;
    let url = room.ear.last()?.field("response_url");
    let send = |text: &'static str| room.http.post(&url).json(&json!({"text": text})).send();
    for _ in 0..5 {
        assert_eq!(send("later").await?.status(), 200);
    }
    let sixth = send("later").await?;
    assert_eq!(sixth.status(), 404);
    assert_eq!(sixth.json::<Value>().await?["error"], "used_url");
    assert!(room.slack.messages().iter().all(|m| m.ephemeral_for.as_deref() == Some("U1")));
    room.slack.slash_command("U1", "C1", "help").await?;
    let url = room.ear.last()?.field("response_url");
    room.time.pass(30 * 60 * 1000 + 1);
    let late = room.http.post(&url).json(&json!({"text": "x"})).send().await?;
    assert_eq!(late.json::<Value>().await?["error"], "expired_url");
    Ok(())
}

#[tokio::test]
async fn a_button_is_pressed_where_it_is_shown() -> Result<()> {
    let room = room().await?;
    let blocks = json!([section("Q1"), {"type": "actions", "block_id": "q", "elements": [button("answer", "q1"), button("answer2", "q2")]}]);
    let ts =
        room.post(json!({"text": "Q1", "blocks": blocks})).await?["ts"].as_str().context("ts")?.to_owned();
    let answer = room.slack.press("U2", "C1", &ts, "answer", None).await?;
    assert_eq!(answer.status, 200);
    let heard = room.ear.last()?;
    assert_eq!(heard.path, "/slack/interactions");
    let payload = heard.payload();
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["actions"][0]["value"], "q1");
    assert_eq!(payload["actions"][0]["block_id"], "q");
    assert_eq!(payload["message"]["ts"], ts.as_str());
    assert_eq!(payload["message"]["blocks"][1], blocks[1]);
    assert_eq!(payload["user"]["id"], "U2");
    assert!(heard.field("payload").is_ascii(), "Slack escapes what is not ASCII");
    assert!(room.slack.press("U2", "C1", &ts, "nonsense", None).await.is_err());
    assert!(room.slack.press("U2", "C1", &ts, "answer", Some("q9")).await.is_err());

    // Its response_url can replace or remove the message.
    let url = payload["response_url"].as_str().context("url")?.to_owned();
    let done = room.http.post(&url).json(&json!({"text": "gone", "replace_original": true})).send().await?;
    assert_eq!(done.status(), 200);
    assert_eq!(room.slack.messages()[0].payload["text"], "gone");
    room.http.post(&url).json(&json!({"delete_original": true})).send().await?;
    assert!(room.slack.messages()[0].deleted);
    Ok(())
}

fn modal() -> Value {
    json!({
        "type": "modal", "callback_id": "answer", "private_metadata": "q1",
        "title": {"type": "plain_text", "text": "Your answer"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {"type": "input", "block_id": "text", "label": {"type": "plain_text", "text": "Answer"},
             "element": {"type": "plain_text_input", "action_id": "value", "max_length": 10}},
            {"type": "input", "block_id": "mood", "optional": true, "label": {"type": "plain_text", "text": "Mood"},
             "element": {"type": "static_select", "action_id": "pick", "options": [
                {"text": {"type": "plain_text", "text": "Good"}, "value": "good"}]}}
        ]
    })
}

#[tokio::test]
async fn a_trigger_opens_one_view_within_three_seconds() -> Result<()> {
    let room = room().await?;
    let trigger = || async {
        room.slack.slash_command("U1", "C1", "edit").await?;
        anyhow::Ok(room.ear.last()?.field("trigger_id"))
    };
    let id = trigger().await?;
    let opened = room.call("views.open", json!({"trigger_id": id, "view": modal()})).await?;
    assert_eq!(opened["ok"], true, "{opened}");
    let again = room.call("views.open", json!({"trigger_id": id, "view": modal()})).await?;
    assert_eq!(again["error"], "exchanged_trigger_id");
    let id = trigger().await?;
    room.time.pass(3_001);
    let late = room.call("views.open", json!({"trigger_id": id, "view": modal()})).await?;
    assert_eq!(late["error"], "expired_trigger_id");
    let made_up = room.call("views.open", json!({"trigger_id": "1.2.3", "view": modal()})).await?;
    assert_eq!(made_up["error"], "invalid_trigger_id");

    for (path, value) in [
        ("title", json!({"type": "plain_text", "text": long(25)})),
        ("submit", Value::Null),
        ("private_metadata", json!(long(3001))),
        ("callback_id", json!(long(256))),
        ("type", json!("home")),
        ("blocks", Value::Array((0..101).map(|_| json!({"type": "divider"})).collect())),
    ] {
        let mut view = modal();
        view[path] = value;
        let id = trigger().await?;
        let refused = room.call("views.open", json!({"trigger_id": id, "view": view})).await?;
        assert_eq!(refused["error"], "invalid_arguments", "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_form_is_filled_in_and_answered() -> Result<()> {
    let room = room().await?;
    room.slack.slash_command("U1", "C1", "edit").await?;
    let trigger = room.ear.last()?.field("trigger_id");
    let opened = room.call("views.open", json!({"trigger_id": trigger, "view": modal()})).await?;
    let id = opened["view"]["id"].as_str().context("id")?.to_owned();
    assert!(room.slack.submit("U1", &id, &[]).await.is_err(), "required");
    assert!(room.slack.submit("U1", &id, &[("text", "far too long for it")]).await.is_err());
    assert!(room.slack.submit("U1", &id, &[("text", "yes"), ("other", "?")]).await.is_err());
    assert!(room.slack.submit("U2", &id, &[("text", "yes")]).await.is_err(), "not their form");

    room.ear.will_answer(200, json!({"response_action": "errors", "errors": {"text": "Try again"}}));
    let answer = room.slack.submit("U1", &id, &[("text", "yes")]).await?;
    assert_eq!(answer.refused, None);
    assert_eq!(room.slack.views("U1").len(), 1, "errors keep it open");
    room.ear.will_answer(200, json!({"response_action": "errors", "errors": {"nonsense": "?"}}));
    assert!(room.slack.submit("U1", &id, &[("text", "yes")]).await?.refused.is_some());

    let hash = room.slack.views("U1")[0]["hash"].clone();
    let stale = room.call("views.update", json!({"view_id": id, "hash": "1.0", "view": modal()})).await?;
    assert_eq!(stale["error"], "hash_conflict");
    let fresh = room.call("views.update", json!({"view_id": id, "hash": hash, "view": modal()})).await?;
    assert_eq!(fresh["ok"], true);

    room.ear.will_answer(200, Value::Null);
    room.slack.submit("U1", &id, &[("value", "yes"), ("mood", "good")]).await?;
    let payload = room.ear.last()?.payload();
    assert_eq!(payload["type"], "view_submission");
    assert_eq!(payload["view"]["callback_id"], "answer");
    assert_eq!(payload["view"]["private_metadata"], "q1");
    let values = &payload["view"]["state"]["values"];
    assert_eq!(values["text"]["value"], json!({"type": "plain_text_input", "value": "yes"}));
    assert_eq!(values["mood"]["pick"]["selected_option"]["value"], "good");
    assert!(room.slack.views("U1").is_empty(), "an empty answer closes it");
    Ok(())
}

#[tokio::test]
async fn events_are_wrapped_and_the_challenge_comes_back() -> Result<()> {
    let room = room().await?;
    room.ear.will_answer(200, json!({"challenge": "something else"}));
    assert!(!room.slack.url_verification().await?.1);
    let published = room
        .call("views.publish", json!({"user_id": "U1", "view": {"type": "home", "blocks": [section("Hi")]}}))
        .await?;
    assert_eq!(published["ok"], true, "{published}");
    room.slack.app_home_opened("U1").await?;
    let body = room.ear.last()?.json();
    assert_eq!(body["type"], "event_callback");
    assert_eq!(body["event"]["type"], "app_home_opened");
    assert_eq!(body["event"]["view"]["type"], "home");
    assert!(body["event_id"].as_str().is_some_and(|id| id.starts_with("Ev")));
    Ok(())
}

#[tokio::test]
async fn a_home_is_published_for_one_person_within_its_limits() -> Result<()> {
    let room = room().await?;
    let publish = async |user: &str, view: Value, hash: &str| {
        room.call("views.publish", json!({"user_id": user, "view": view, "hash": hash})).await
    };
    let home = |blocks: Vec<Value>| json!({"type": "home", "blocks": blocks});
    let first = publish("U1", home(vec![section("One")]), "").await?;
    assert_eq!(first["ok"], true, "{first}");
    let (id, hash) = (first["view"]["id"].clone(), first["view"]["hash"].as_str().unwrap_or_default());
    assert_eq!(publish("U1", home(vec![section("Two")]), "1.0").await?["error"], "hash_conflict");
    let second = publish("U1", home(vec![section("Two")]), hash).await?;
    assert_eq!((&second["ok"], &second["view"]["id"]), (&json!(true), &id), "{second}");
    assert_ne!(second["view"]["hash"], hash);
    assert_eq!(room.slack.views("U1").len(), 1, "one home");
    assert_eq!(room.slack.views("U2").len(), 0, "and nobody else's");

    let many = |n: usize| home((0..n).map(|_| json!({"type": "divider"})).collect());
    assert_eq!(publish("U1", many(100), "").await?["ok"], true);
    let long = |n: usize| home(vec![section(&"x".repeat(n))]);
    assert_eq!(publish("U1", long(3_000), "").await?["ok"], true);
    for (view, error) in [
        (many(101), "invalid_arguments"),
        (long(3_001), "invalid_arguments"),
        (
            json!({"type": "modal", "title": {"type": "plain_text", "text": "No"}, "blocks": []}),
            "invalid_arguments",
        ),
        (home((0..90).map(|_| section(&"x".repeat(3_000))).collect()), "view_too_large"),
    ] {
        let refused = publish("U1", view, "").await?;
        assert_eq!(refused["error"], error, "{refused}");
    }
    assert_eq!(publish("U9", many(1), "").await?["error"], "user_not_found");
    let shut = room_with(|config| config.home_tab = false).await?;
    let refused = shut.call("views.publish", json!({"user_id": "U1", "view": many(1)})).await?;
    assert_eq!(refused["error"], "not_enabled");
    Ok(())
}

#[tokio::test]
async fn a_form_encoded_call_is_read_too_and_reads_do_not_take_json() -> Result<()> {
    let room = room().await?;
    let url = format!("{}chat.postMessage", room.slack.api_url());
    let blocks = json!([section("Hi")]).to_string();
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("channel", "C1"), ("text", "Hi"), ("blocks", &blocks)])
        .finish();
    let form = "application/x-www-form-urlencoded";
    let sent =
        room.http.post(url).bearer_auth(&room.token).header("content-type", form).body(body).send().await?;
    assert_eq!(sent.json::<Value>().await?["ok"], true);
    assert_eq!(room.slack.messages()[0].payload["blocks"][0]["text"]["text"], "Hi");
    let read = room.call("conversations.history", json!({"channel": "C1"})).await?;
    assert_eq!(read["error"], "channel_not_found");
    for (kind, body, error) in [
        ("application/json", "{", "invalid_json"),
        ("application/json", "[]", "json_not_object"),
        ("text/plain", "x", "invalid_post_type"),
    ] {
        let url = format!("{}chat.postMessage", room.slack.api_url());
        let sent = room
            .http
            .post(url)
            .bearer_auth(&room.token)
            .header("content-type", kind)
            .body(body)
            .send()
            .await?;
        assert_eq!(sent.json::<Value>().await?["error"], error);
    }
    Ok(())
}

#[tokio::test]
async fn names_are_escaped_as_slacks_own_client_does() {
    let clocks = host::Clocks::stepped("2026-11-24T19:50:00Z".parse().expect("an instant"));
    let slack =
        earshot::standin::slack::Slack::start(earshot::cast::slack(&clocks)).await.expect("it starts");
    for (typed, sent) in [
        ("organiser add @Sol", "organiser add <@U0SOL|sol>"),
        ("set desk #smxchat-desk", "set desk <#C0DESK|smxchat-desk>"),
        ("ask Who is @nobody, and what is #SMXChat?", "ask Who is @nobody, and what is #SMXChat?"),
    ] {
        assert_eq!(slack.escaped(typed), sent);
    }
}

#[tokio::test]
async fn a_method_whose_scope_the_token_lacks_is_refused_by_its_name() -> Result<()> {
    let room = room_with(|config| config.scopes = vec!["commands".into(), "channels:read".into()]).await?;
    let answer = room.raw("auth.test", json!({})).await?;
    assert_eq!(answer.headers()["x-oauth-scopes"], "commands,channels:read");
    assert_eq!(answer.json::<Value>().await?["user_id"], "U0EARSHOT", "it needs none");
    assert_eq!(room.get("conversations.info", &[("channel", "C1")]).await?["ok"], true);
    for (method, channel, needed) in [
        ("conversations.info", "C4", "groups:read"),
        ("conversations.history", "C1", "channels:history"),
        ("conversations.history", "C4", "groups:history"),
        ("users.info", "", "users:read"),
    ] {
        let query = [("channel", channel), ("user", "U1")];
        let refused = room.get(method, &query).await?;
        let said = (refused["error"].as_str(), refused["needed"].as_str(), refused["provided"].as_str());
        assert_eq!(said, (Some("missing_scope"), Some(needed), Some("commands,channels:read")), "{method}");
    }
    assert_eq!(room.error_of(json!({"text": "hi"})).await?, "missing_scope");
    assert!(room.slack.messages().is_empty());
    let url = format!("{}auth.test", room.slack.api_url());
    let stranger = room.http.post(url).bearer_auth("another").json(&json!({})).send().await?;
    assert!(stranger.headers().get("x-oauth-scopes").is_none(), "a stranger's token has none");
    Ok(())
}

#[tokio::test]
async fn a_message_that_stands_has_an_address_and_hundreds_are_given_a_minute() -> Result<()> {
    let room = room_with(|config| {
        config.scopes = vec!["chat:write".into()];
        config.limits.permalinks = 7;
    })
    .await?;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let parent = text(&room.post(json!({"text": "Q1"})).await?, "ts");
    let reply = text(&room.post(json!({"text": "A1", "thread_ts": parent})).await?, "ts");
    let whisper =
        room.call("chat.postEphemeral", json!({"channel": "C1", "user": "U1", "text": "psst"})).await?;
    let ask = async |channel: &str, ts: &str| {
        room.get("chat.getPermalink", &[("channel", channel), ("message_ts", ts)]).await
    };
    // It needs no scope.
    let digits = |ts: &str| ts.replace('.', "");
    let of = ask("C1", &parent).await?;
    assert_eq!(of["permalink"], format!("https://stage.slack.com/archives/C1/p{}", digits(&parent)));
    assert_eq!((of["ok"].as_bool(), of["channel"].as_str()), (Some(true), Some("C1")));
    let of = ask("C1", &reply).await?;
    let expected =
        format!("https://stage.slack.com/archives/C1/p{}?thread_ts={parent}&cid=C1", digits(&reply));
    assert_eq!(of["permalink"], expected, "in a thread");
    for (channel, ts, error) in [
        ("C9", parent.as_str(), "channel_not_found"),
        ("C4", &parent, "channel_not_found"),
        ("C2", &parent, "message_not_found"),
        ("C1", &text(&whisper, "message_ts"), "message_not_found"),
    ] {
        assert_eq!(ask(channel, ts).await?["error"], error, "{channel} {ts}");
    }
    room.call("chat.delete", json!({"channel": "C1", "ts": reply})).await?;
    assert_eq!(ask("C1", &reply).await?["error"], "message_not_found", "removed");
    let query = [("channel", "C1"), ("message_ts", parent.as_str())];
    let url = format!("{}chat.getPermalink", room.slack.api_url());
    let eighth = room.http.get(url).bearer_auth(&room.token).query(&query).send().await?;
    assert_eq!((eighth.status().as_u16(), eighth.headers().contains_key("retry-after")), (429, true));
    room.time.pass(60_000);
    assert_eq!(ask("C1", &parent).await?["ok"], true);
    Ok(())
}
