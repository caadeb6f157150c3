//! What platforms do wrong: each fault stops only itself.

use std::time::Duration;

use earshot::cast;
use earshot::standin::{Fault, StandIn, discord, slack};
use tests::{Show, words_of};

async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

fn assert_rest_of_hour(show: &Show, rooms: &[&str]) {
    for room in rooms {
        for part in ["Q2. ", "Q3. ", "Q4. ", "Q5. ", "Q6. ", "That's the hour"] {
            assert_eq!(show.said(room, part).len(), 1, "{part} in {room}:\n{}", show.transcript());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_asks_us_to_wait_and_is_heard() {
    let mut show = in_q1().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) };
    show.platforms.slack.inject_on("chat.postMessage", limited, 1);
    let began = show.now();
    for name in ["adaokafor", "brunolima", "chidi_eze", "danawhit"] {
        show.x(name, &format!("A1 I am {name}. #SMXChat")).await;
    }
    assert_eq!(show.said("discord", "I am").len(), 4, "Discord waits for nobody");
    show.at("20:06:29").await;
    assert_eq!(show.said("slack", "I am").len(), 0);
    show.at("20:07").await;
    let told = show.said("slack", "I am");
    assert!(told.iter().all(|m| m.at >= began + chrono::TimeDelta::seconds(30)));
    let words: String = told.iter().map(words_of).collect();
    let order: Vec<usize> = ["adaokafor", "brunolima", "chidi_eze", "danawhit"]
        .iter()
        .map(|name| words.find(&format!("I am {name}")).expect("each once"))
        .collect();
    assert!(order.is_sorted(), "{words}");
    let calls: Vec<_> = show
        .platforms
        .slack
        .requests()
        .into_iter()
        .filter(|r| r.path.ends_with("chat.postMessage") && r.at >= began)
        .collect();
    assert_eq!(calls[0].status, Some(429));
    assert!(calls[1].at >= calls[0].at + chrono::TimeDelta::seconds(30), "no call in between");
    show.at("21:20").await;
    assert_rest_of_hour(&show, &["x", "discord", "slack"]);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_at_a_closed_door_is_late_and_once() {
    let mut show = in_q1().await;
    show.at("20:13:30").await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(20)) };
    show.platforms.slack.inject_on("chat.postMessage", limited, 1);
    show.at("20:16").await;
    show.assert_once_everywhere("Q2. ");
    assert_eq!(show.said("slack", "Q2. ")[0].at.format("%H:%M:%S").to_string(), "20:14:20");
    show.at("21:20").await;
    assert_rest_of_hour(&show, &["x", "discord", "slack"]);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_after_the_deed_are_looked_for() {
    for fault in [Fault::Drop { accepted: true }, Fault::ServerError { status: 502, accepted: true }] {
        let mut show = in_q1().await;
        show.at("20:13:30").await;
        show.platforms.slack.inject_on("chat.postMessage", fault.clone(), 1);
        show.platforms.discord.inject_on("/messages", fault.clone(), 1);
        show.platforms.x.inject_on("POST /2/tweets", fault.clone(), 1);
        show.at("20:15").await;
        show.assert_once_everywhere("Q2. ");
        show.x("adaokafor", "A2 the people. #SMXChat").await;
        show.platforms.slack.inject_on("chat.postMessage", fault.clone(), 1);
        show.platforms.discord.inject_on("/messages", fault, 1);
        show.x("brunolima", "A2 the food. #SMXChat").await;
        show.at("20:17").await;
        for room in ["discord", "slack"] {
            assert_eq!(show.said(room, "the people").len(), 1, "{room}");
            assert_eq!(show.said(room, "the food").len(), 1, "{room}:\n{}", show.transcript());
        }
        show.at("21:20").await;
        assert_rest_of_hour(&show, &["x", "discord", "slack"]);
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_lost_before_the_deed_are_made_again() {
    for fault in [Fault::Drop { accepted: false }, Fault::ServerError { status: 503, accepted: false }] {
        let mut show = in_q1().await;
        show.at("20:13:30").await;
        show.platforms.slack.inject_on("chat.postMessage", fault.clone(), 2);
        show.platforms.discord.inject_on("/messages", fault.clone(), 2);
        show.platforms.x.inject_on("POST /2/tweets", fault.clone(), 2);
        show.at("20:18").await;
        show.assert_once_everywhere("Q2. ");
        show.at("21:20").await;
        assert_rest_of_hour(&show, &["x", "discord", "slack"]);
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x_says_duplicate_although_nothing_of_ours_is_there() {
    let mut show = in_q1().await;
    show.at("20:13:30").await;
    let duplicate =
        Fault::x(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.");
    show.platforms.x.inject_on("POST /2/tweets", duplicate, 1);
    let since = show.now();
    show.at("20:17").await;
    assert_eq!(show.said("x", "Q2. ").len(), 0);
    for room in ["discord", "slack"] {
        assert_eq!(show.said(room, "Q2. ").len(), 1, "{room}");
    }
    let told = show.said("desk", "X");
    let told: Vec<String> = told.iter().filter(|m| m.at >= since).map(words_of).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    insta::assert_snapshot!(told[0]);
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_says_duplicate_because_the_first_try_was_ours() {
    let mut show = in_q1().await;
    show.at("20:13:30").await;
    // The deed was done, the answer lost, and for a while the timeline does not show it.
    show.platforms.x.inject_on("POST /2/tweets", Fault::Drop { accepted: true }, 1);
    show.platforms.x.inject_on("GET /2/users", Fault::Answer { status: 200, body: empty() }, 1);
    show.at("20:18").await;
    show.assert_once_everywhere("Q2. ");
    show.at("21:20").await;
    assert_eq!(show.said("desk", "did not make it").len(), 0);
    show.assert_kept().await;
}

/// What was written down long ago is not older doubt: X shows a post a while after the *call*.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_minutes_of_waiting() {
    let mut show = in_q1().await;
    show.at("20:13:30").await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(180)) };
    show.platforms.x.inject_on("POST /2/tweets", limited, 1);
    show.platforms.x.inject_on("POST /2/tweets", Fault::Drop { accepted: true }, 1);
    // The timeline lags: the first looks do not find what is there.
    show.platforms.x.inject_on("GET /2/users", Fault::Answer { status: 200, body: empty() }, 1);
    show.at("20:20").await;
    show.assert_once_everywhere("Q2. ");
    show.at("21:20").await;
    assert_eq!(show.said("desk", "did not make it").len(), 0, "{}", show.transcript());
    let tried = show.platforms.x.requests();
    let tried = tried
        .iter()
        .filter(|r| r.method == "POST" && r.body["text"].as_str().is_some_and(|t| t.starts_with("Q2. ")))
        .count();
    assert_eq!(tried, 2, "limited, then lost; found, and not said again");
    show.assert_kept().await;
}

fn empty() -> serde_json::Value {
    serde_json::from_str(r#"{"meta":{"result_count":0}}"#).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_card_that_cannot_be_shown_takes_no_others_with_it() {
    let mut show = in_q1().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(20)) };
    show.platforms.slack.inject_on("chat.postMessage", limited.clone(), 1);
    show.platforms.discord.inject_on("/messages", limited, 1);
    // The message that they share is refused, and then the one card of them that was at fault.
    show.platforms.slack.inject_on("chat.postMessage", Fault::slack("invalid_blocks"), 2);
    show.platforms.discord.inject_on("/messages", Fault::discord(400, 50035, "Invalid Form Body"), 2);
    let names = ["adaokafor", "brunolima", "chidi_eze", "danawhit"];
    for name in names {
        show.x(name, &format!("A1 I am {name}. #SMXChat")).await;
    }
    show.at("20:08").await;
    for room in ["slack", "discord"] {
        assert_eq!(show.said(room, "I am adaokafor").len(), 0, "{room}");
        for name in &names[1..] {
            assert_eq!(show.said(room, &format!("I am {name}")).len(), 1, "{name} in {room}");
        }
    }
    show.at("21:20").await;
    assert_rest_of_hour(&show, &["x", "discord", "slack"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_channel_is_told_of_once_and_stops_only_itself() {
    let mut show = in_q1().await;
    let archived = slack::Channel { archived: true, ..slack::Channel::new(cast::SLACK_CHANNEL, "smxchat") };
    show.platforms.slack.set_channel(archived);
    let since = show.now();
    show.x("adaokafor", "A1 Ada. #SMXChat").await;
    // The close, too, waits half an hour for somebody to open the channel.
    show.at("21:35").await;
    assert_rest_of_hour(&show, &["x", "discord"]);
    assert_eq!(show.said("discord", "A1 Ada.").len(), 1);
    let told = show.said("desk", "Slack");
    let told: Vec<String> = told.iter().filter(|m| m.at >= since).map(words_of).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(told.len(), 1, "{told:#?}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discord_channel_that_is_closed_to_us() {
    let mut show = in_q1().await;
    let channel = discord::Channel::new(cast::DISCORD_CHANNEL, "smxchat", cast::SERVER);
    show.platforms.discord.set_channel(discord::Channel { writable: false, ..channel.clone() });
    let since = show.now();
    show.at("20:16").await;
    assert_eq!(show.said("discord", "Q2. ").len(), 0);
    show.platforms.discord.set_channel(channel);
    show.at("21:20").await;
    // What was said meanwhile waited for somebody to open it again, which took two minutes.
    for part in ["Q2. ", "Q3. ", "Q4. ", "Q5. ", "Q6. ", "That's the hour"] {
        show.assert_once_everywhere(part);
    }
    let told = show.said("desk", "Discord");
    let told: Vec<String> = told.iter().filter(|m| m.at >= since).map(words_of).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(told.len(), 2, "once that it is closed, once that it is open: {told:#?}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_on_x() {
    let mut show = in_q1().await;
    show.platforms.x.inject_on("POST /2/tweets", Fault::x(401, "Unauthorized", "Unauthorized"), usize::MAX);
    let since = show.now();
    show.at("21:20").await;
    assert_rest_of_hour(&show, &["discord", "slack"]);
    let told = show.said("desk", "X");
    let told: Vec<String> = told.iter().filter(|m| m.at >= since).map(words_of).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(told.len(), 1, "{told:#?}");
    show.assert_kept().await;
}

/// What is refused until somebody mends it is not asked for all the time, and not kept for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_closed_channel_waits_half_an_hour() {
    let mut show = in_q1().await;
    let archived = slack::Channel { archived: true, ..slack::Channel::new(cast::SLACK_CHANNEL, "smxchat") };
    show.platforms.slack.set_channel(archived);
    let since = show.now();
    show.x("adaokafor", "A1 too early for it. #SMXChat").await;
    show.at("20:36").await;
    show.x("brunolima", "A4 just in time. #SMXChat").await;
    show.at("20:40").await;
    let asked = show.platforms.slack.requests();
    let asked = asked.iter().filter(|r| {
        r.at >= since && r.path.ends_with("chat.postMessage") && r.body["channel"] == cast::SLACK_CHANNEL
    });
    assert!(asked.count() <= 36, "one probe a minute");
    show.platforms.slack.set_channel(slack::Channel::new(cast::SLACK_CHANNEL, "smxchat"));
    show.at("20:43").await;
    assert_eq!(show.said("slack", "too early for it").len(), 0);
    assert_eq!(show.said("slack", "just in time").len(), 1);
    let q: Vec<usize> = (1..=5).map(|n| show.said("slack", &format!("Q{n}. ")).len()).collect();
    assert_eq!(q, [1, 1, 1, 1, 1], "{}", show.transcript());
    show.assert_kept().await;
}

/// The desk is in Slack too: with Slack's key gone, somebody must be told elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn with_slacks_key_gone_organisers_are_told_in_discord() {
    let mut show = in_q1().await;
    show.platforms.slack.inject_on("chat.postMessage", Fault::slack("token_revoked"), usize::MAX);
    let since = show.now();
    show.x("adaokafor", "A1 Ada. #SMXChat").await;
    show.at("20:20").await;
    let told = show.said("discord", "A word to the organisers");
    let told: Vec<String> = told.iter().filter(|m| m.at >= since).map(words_of).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    insta::assert_snapshot!(told[0]);
}

/// Scenario of an outage: three failures, then one probe a minute, and everything in order afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn discord_is_down_for_twenty_minutes() {
    let mut show = in_q1().await;
    let down = Fault::ServerError { status: 503, accepted: false };
    show.platforms.discord.inject_on("/messages", down, usize::MAX);
    let since = show.now();
    for n in 0..20 {
        show.x("adaokafor", &format!("A1 number {n:02}. #SMXChat")).await;
        show.until(show.now() + chrono::TimeDelta::seconds(40)).await;
    }
    let asked = show.platforms.discord.requests();
    let posts = asked.iter().filter(|r| r.at >= since && r.method == "POST" && r.path.ends_with("/messages"));
    assert!(posts.count() <= 3, "a doubt is looked into, not sent again");
    show.at("20:26").await;
    show.platforms.discord.clear_faults();
    show.at("20:30").await;
    let words: String = show.said("discord", "number").iter().map(words_of).collect();
    let order: Vec<usize> = (0..20).map(|n| words.find(&format!("number {n:02}")).expect("each")).collect();
    assert!(order.is_sorted(), "{words}");
    for n in 0..20 {
        assert_eq!(words.matches(&format!("number {n:02}")).count(), 1);
    }
    let told = show.said("desk", "Discord");
    let told: Vec<String> = told.iter().filter(|m| m.at >= since).map(words_of).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(told.len(), 2, "{told:#?}");
    show.at("21:20").await;
    show.assert_kept().await;
}
