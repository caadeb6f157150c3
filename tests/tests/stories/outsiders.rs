//! Somebody who steers nothing: refused in a friendly way, and shown no question before its time.

use earshot::cast;
use earshot::standin::StandIn;
use tests::{SIX, Show, words};

async fn planned() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    show.ask_six().await;
    show
}

/// Whether any question that was not asked yet can be read in there.
fn assert_secret(read: &str, asked: usize, what: &str) {
    for question in SIX.iter().skip(asked) {
        assert!(!read.contains(question), "{what} shows {question:?}:\n{read}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_organisers_command_is_refused() {
    let mut show = planned().await;
    show.at("Tue 20:06").await;
    let commands = [
        "set length 90",
        "set",
        "topic Mine now",
        "guest Somebody",
        "ask Something?",
        "ask Q3 Something?",
        "fix Q1 Something?",
        "move Q3 Q2",
        "drop Q4",
        "edit",
        "ideas",
        "ideas on 8 Dec",
        "preview",
        "rehearse",
        "rehearse <#C0DESK|smxchat-desk>",
        "rehearse stop",
        "skip 1 Dec",
        "reschedule 1 Dec to Thu 3 Dec 19:00",
        "add 3 Dec at 19:00",
        "say Something",
        "words opening Something",
        "connect slack",
        "connect discord",
        "connect x",
        "disconnect slack",
        "disconnect x",
        "organiser add <@U0PRIYA|priya>",
        "organiser remove <@U0MAYA|maya>",
        "hold 3m",
        "next",
        "pause",
        "resume",
        "close",
        "catch-up",
        "heard",
        "status",
        "retire",
        "hide https://x.com/adaokafor/status/2080761390344937796",
        "block @adaokafor",
        "unblock @adaokafor",
        "leave-out @adaokafor",
        "new #Mine every Monday 8pm London",
    ];
    let before = show.facts().await;
    let mut told = Vec::new();
    for command in commands {
        let read = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, command).await;
        assert_secret(&read, 1, command);
        assert!(show.platforms.slack.views(cast::PRIYA).is_empty(), "{command} opens a form");
        told.push(format!("{command}: {read}"));
    }
    assert_eq!(show.facts().await, before, "something was changed");
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_may_read() {
    let mut show = planned().await;
    show.at("Tue 20:06").await;
    let mut told = Vec::new();
    for command in ["when", "questions", "show", "help", "help ask", ""] {
        let read = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, command).await;
        assert_secret(&read, 1, command);
        told.push(format!("/chat {command}\n{read}\n"));
    }
    for command in ["when", "questions", "help", "join"] {
        let read = show.discord(cast::AMARA, command).await;
        assert_secret(&read, 1, command);
        told.push(format!("/{command}\n{read}\n"));
    }
    insta::assert_snapshot!(told.join("\n"));
    // Nobody but the organiser has read an unasked question anywhere: not in a room, not in a form.
    for message in show.everything() {
        assert_secret(&message.payload.to_string(), 1, "a room");
    }
    for message in show.platforms.slack.messages() {
        if message.ephemeral_for.as_deref() != Some(cast::MAYA) {
            assert_secret(&message.payload.to_string(), 1, "a whisper");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisers_buttons_in_a_strangers_hand() {
    let mut show = planned().await;
    show.at("Tue 20:06").await;
    show.x("adaokafor", "My neighbours #SMXChat").await;
    // The card's menu is there for all to see.
    let menu = "File under another question";
    let read = show.press_under(cast::PRIYA, cast::SLACK_CHANNEL, menu, "My neighbours").await;
    assert_secret(&read, 1, menu);
    let mut told = vec![format!("[{menu}] {read}")];
    // A stranger who forges a press on what only Maya saw: the action is signed by Slack, the person is not
    // an organiser.
    for typed in ["hold 2m", "edit", "say Something rude", "skip 1 Dec", "preview"] {
        show.slack(typed).await;
        let messages = show.platforms.slack.messages();
        let reply = messages.iter().rfind(|m| m.ephemeral_for.as_deref() == Some(cast::MAYA));
        let Some(reply) = reply else { continue };
        let before = show.facts().await;
        for action in actions(&reply.payload) {
            let payload = serde_json::json!({
                "type": "block_actions",
                "user": {"id": cast::PRIYA, "username": "priya", "team_id": "T01"},
                "team": {"id": "T01", "domain": "stage"},
                "trigger_id": "1.2.3",
                "channel": {"id": cast::SLACK_CHANNEL, "name": "smxchat"},
                "container": {"type": "message", "message_ts": reply.id, "channel_id": cast::SLACK_CHANNEL},
                "actions": [action],
            });
            let mut form = String::from("payload=");
            for byte in payload.to_string().bytes() {
                form.push_str(&format!("%{byte:02X}"));
            }
            let kind = "application/x-www-form-urlencoded";
            let sent = show.platforms.slack.signed("/slack/interactions", kind, form.into());
            assert_eq!(show.platforms.slack.repeat(&sent).await.expect("an answer").status, 200);
        }
        assert_eq!(show.facts().await, before, "{typed}: pressed by a stranger");
    }
    told.dedup();
    insta::assert_snapshot!(told.join("\n"));
    assert!(show.platforms.slack.views(cast::PRIYA).is_empty());
}

fn actions(value: &serde_json::Value) -> Vec<serde_json::Value> {
    match value {
        serde_json::Value::Object(map) if map.get("type").and_then(|t| t.as_str()) == Some("button") => {
            vec![value.clone()]
        }
        serde_json::Value::Object(map) => map.values().flat_map(actions).collect(),
        serde_json::Value::Array(list) => list.iter().flat_map(actions).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_hour_nobody_reads_a_question() {
    let mut show = planned().await;
    show.at("Mon 20:10").await;
    for command in ["questions", "when", "show"] {
        let read = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, command).await;
        assert_secret(&read, 0, command);
    }
    let read = show.discord(cast::AMARA, "questions").await;
    assert_secret(&read, 0, "/questions");
    for message in show.everything() {
        assert_secret(&words::slack(&message.payload), 0, "a room");
        assert_secret(&message.payload.to_string(), 0, "a room");
    }
}
