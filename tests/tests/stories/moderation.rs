//! Keeping it kind, as the rooms and the desk see it: muted words, bursts, the door, and who may.

use earshot::cast;
use earshot::standin::StandIn;
use earshot::standin::x::Draft;
use serde_json::json;
use tests::{Show, is_card, words_of, x_id};

/// An hour of six questions in which Q1 is open, and Sol moderates.
async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.slack(&format!("moderator add <@{}|sol>", cast::SOL)).await;
    show.at("Tue 20:06").await;
    show
}

/// What Sol reads when they type something at the desk.
async fn sol(show: &mut Show, typed: &str) -> String {
    show.slack_as(cast::SOL, cast::DESK, typed).await
}

/// The cards in a room that contain these words.
fn cards(show: &Show, room: &str, part: &str) -> Vec<String> {
    show.said(room, part).iter().filter(|m| is_card(m)).map(words_of).collect()
}

fn assert_cards(show: &Show, part: &str, expected: usize) {
    for room in ["discord", "slack"] {
        assert_eq!(cards(show, room, part).len(), expected, "{part:?} in {room}:\n{}", show.transcript());
    }
}

/// Somebody writes these at once, and X delivers one after the other.
async fn at_once(show: &mut Show, handle: &str, texts: &[String]) {
    for text in texts {
        let id = show.platforms.x.put(x_id(handle), Draft::text(text)).expect("posted");
        assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    }
    show.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newcomers_wait_at_the_desk_for_one_tap() {
    let mut show = in_q1().await;
    show.x("adaokafor", "A1 Ada, who will be back. #SMXChat").await;
    show.at("2026-12-01T20:01:00Z").await;
    let since = show.now();
    let door = sol(&mut show, "door regulars").await;
    show.x("adaokafor", "Ada again, hello! #SMXChat").await;
    show.x("brunolima", "Bruno, first time, from Recife. #SMXChat").await;
    show.x("chidi_eze", "Chidi, BUY MY COURSE. #SMXChat").await;
    show.at("20:03").await;
    assert_cards(&show, "Ada again", 1);
    assert_cards(&show, "Bruno", 0);
    show.x("brunolima", "And still Bruno. #SMXChat").await;
    show.x("danawhit", "Dana says what comes later. #SMXChat").await;
    let status = show.slack("status").await;
    show.at("20:04").await;
    let reply = show.press_under(cast::SOL, cast::DESK, "Let in", "first time, from Recife").await;
    let again = show.press_under(cast::MAYA, cast::DESK, "Let in", "Dana").await;
    show.at("20:05").await;
    assert_cards(&show, "Bruno", 2);
    // From now on they come straight in.
    show.x("brunolima", "Bruno without a tap. #SMXChat").await;
    show.at("20:06").await;
    assert_cards(&show, "Bruno without a tap", 1);
    // In their order, by when they were written, as far as they waited together.
    let told: String = show.said("slack", "Bruno").iter().map(words_of).collect();
    assert!(told.find("from Recife") < told.find("And still Bruno"), "{told}");
    show.at("21:20").await;
    let over = show.slack("status").await;
    let desk: String = show
        .transcript_since(since)
        .lines()
        .scan(false, |on, line| {
            if line.contains(" | ") {
                *on = line.contains("| desk");
            }
            Some(on.then(|| format!("{line}\n")))
        })
        .flatten()
        .collect();
    insta::assert_snapshot!(format!("{door}\n{status}\n{reply}\n{again}\n{over}\n---\n{desk}"));
    assert_cards(&show, "Dana says", 1);
    // Nobody tapped: it stays where it was.
    assert_cards(&show, "BUY MY COURSE", 0);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_post_goes_nowhere_and_leaves_no_trace() {
    let mut show = in_q1().await;
    let muted = sol(&mut show, "mute giveaway, free crypto").await;
    let list = sol(&mut show, "muted").await;
    show.x("adaokafor", "A1 the Great GIVE\u{200B}AWAY of snakeoil. #SMXChat").await;
    show.x("brunolima", "A1 snakeoil, paid in #FreeCrypto #SMXChat").await;
    show.x("chidi_eze", "A1 we gave away our giveaways. #SMXChat").await;
    let modal = show.discord_press(cast::AMARA, "Answer").await;
    let refused = show.submit_modal(cast::AMARA, &modal, "A giveaway saved our snakeoil community.").await;
    show.at("20:08").await;
    assert_cards(&show, "snakeoil", 0);
    assert_cards(&show, "giveaways", 1);
    let status = show.slack("status").await;
    // Nobody who steers nothing reads the words; the desk reads how many there are.
    let stranger = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, "muted").await;
    let desk: Vec<String> = show.said("desk", "muted").iter().map(words_of).collect();
    insta::assert_snapshot!(format!(
        "{muted}\n{list}\n{refused}\n{status}\n{stranger}\n---\n{}",
        desk.join("\n")
    ));
    for message in show.everything() {
        assert!(message.author.bot || message.platform == "x", "{message:?}");
        let ours = message.author.bot.then(|| message.payload.to_string().to_lowercase());
        assert!(!ours.is_some_and(|payload| payload.contains("crypto")), "{message:?}");
    }
    // Only the answer that was given back to who typed it has her words; no post of anybody is kept.
    for row in show.facts().await {
        assert!(!row.contains("snakeoil"), "{row}");
    }
    show.press_under(cast::SOL, cast::DESK, "Undo", "Muted: “giveaway”").await;
    show.x("adaokafor", "A1 giveaway after all. #SMXChat").await;
    show.at("20:10").await;
    assert_cards(&show, "giveaway after all", 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_too_fast_is_carried_six_times_a_minute() {
    let mut show = in_q1().await;
    let texts: Vec<String> = (0..20).map(|n| format!("A1 shouting {n:02} #SMXChat")).collect();
    at_once(&mut show, "adaokafor", &texts).await;
    show.x("brunolima", "A1 Bruno gets a word in. #SMXChat").await;
    show.at("20:08").await;
    for room in ["discord", "slack"] {
        let told: String = show.said(room, "shouting").iter().map(words_of).collect();
        assert_eq!(told.matches("shouting").count(), 6, "in {room}: {told}");
        assert!(told.contains("shouting 05") && !told.contains("shouting 06"), "{told}");
    }
    assert_cards(&show, "Bruno gets a word in", 1);
    // What was said twice over by X is counted once.
    let before = show.facts().await;
    let id = show
        .platforms
        .x
        .messages()
        .iter()
        .find(|m| words_of(m).contains("shouting 19"))
        .map(|m| m.id.clone());
    let id = id.expect("posted");
    assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    let known =
        |rows: Vec<String>| rows.into_iter().filter(|r| !r.contains("COUNTED#known")).collect::<Vec<_>>();
    assert_eq!(known(show.facts().await), known(before));
    let status = show.slack("status").await;
    show.at("20:10").await;
    show.x("adaokafor", "A1 calm again. #SMXChat").await;
    show.at("20:11").await;
    assert_cards(&show, "calm again", 1);
    let set = sol(&mut show, "set burst 10").await;
    let desk: Vec<String> = show.said("desk", "").iter().rev().take(2).map(words_of).collect();
    insta::assert_snapshot!(format!("{status}\n{set}\n---\n{}", desk.join("\n")));
    assert_eq!(show.said("desk", "writes more than").len(), 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_discord_waits_like_any_other() {
    let mut show = in_q1().await;
    sol(&mut show, "door regulars").await;
    let waits = show.answer(cast::AMARA, "We met in the car park.").await;
    show.at("20:08").await;
    assert_cards(&show, "car park", 0);
    let reply = show.press_as(cast::SOL, cast::DESK, "Let in").await;
    let straight = show.answer(cast::AMARA, "And stayed there.").await;
    show.at("20:10").await;
    assert_cards(&show, "car park", 1);
    assert_cards(&show, "stayed there", 1);
    // Who sits at the desk needs no tap: Sol answers in Slack.
    show.press_as(cast::SOL, cast::SLACK_CHANNEL, "Answer").await;
    show.fill_in(cast::SOL, &[("answer", "Sol was there too.")]).await;
    show.at("20:11").await;
    assert_cards(&show, "Sol was there too", 1);
    let desk: Vec<String> = show.said("desk", "car park").iter().map(words_of).collect();
    insta::assert_snapshot!(format!("{waits}\n{reply}\n{straight}\n---\n{}", desk.join("\n")));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_taps_at_once_carry_once() {
    let mut show = in_q1().await;
    sol(&mut show, "door regulars").await;
    let texts: Vec<String> = (0..4).map(|n| format!("A1 number {n} of Bruno #SMXChat")).collect();
    at_once(&mut show, "brunolima", &texts).await;
    show.at("20:08").await;
    let notes = show.said("desk", "of Bruno");
    assert_eq!(notes.len(), 4);
    let press = |user: &'static str, note: usize| {
        let message = &notes[note];
        let (action, value) = tests::words::slack_button(&message.payload, "Let in").expect("a button");
        let slack = &show.platforms.slack;
        let ts = message.id.clone();
        async move { slack.press(user, cast::DESK, &ts, &action, value.as_deref()).await }
    };
    let (a, b, c) = tokio::join!(press(cast::SOL, 0), press(cast::MAYA, 3), press(cast::SOL, 1));
    for answer in [a, b, c] {
        assert_eq!(answer.expect("an answer").status, 200);
    }
    show.settle().await;
    show.at("20:10").await;
    for n in 0..4 {
        assert_cards(&show, &format!("number {n} of Bruno"), 1);
    }
    let notes = show.said("desk", "of Bruno");
    assert!(notes.iter().all(|m| words_of(m).contains("Let in by")), "{}", show.transcript());
    assert!(!show.sees_button(cast::MAYA, cast::DESK, "Let in"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_dies_while_letting_in_is_no_loss() {
    let mut show = in_q1().await;
    show.slack("set burst off").await;
    sol(&mut show, "door regulars").await;
    let texts: Vec<String> = (0..20).map(|n| format!("A1 voice {n:02} waits #SMXChat")).collect();
    at_once(&mut show, "brunolima", &texts).await;
    show.at("20:10").await;
    assert_cards(&show, "waits", 0);
    // As far as it got: Bruno is let in, and nothing is carried yet.
    let key = |sk: &str| json!({"pk": {"S": "CHAT#smxchat"}, "sk": {"S": format!("{sk}#x::{}", x_id("brunolima"))}});
    let update = json!({
        "Key": key("PERSON"),
        "UpdateExpression": "SET admitted = :by",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":by": {"S": "Sol"}},
    });
    show.table("UpdateItem", update).await;
    let mut row = key("LETIN");
    let at = show.now().timestamp_millis().to_string();
    for (name, value) in [
        ("v", json!({"N": "1"})),
        ("slug", json!({"S": "smxchat"})),
        ("ripe", json!({"S": "LETIN"})),
        ("ripe_at", json!({"N": at})),
    ] {
        row[name] = value;
    }
    show.table("PutItem", json!({"Item": row})).await;
    show.until(show.now() + chrono::TimeDelta::seconds(1)).await;
    show.tick().await;
    show.at("20:13").await;
    for room in ["discord", "slack"] {
        let told: String = show.said(room, "waits").iter().filter(|m| is_card(m)).map(words_of).collect();
        let order: Vec<&str> =
            told.split("voice ").skip(1).map(|rest| rest.get(..2).unwrap_or_default()).collect();
        assert_eq!(order, (0..20).map(|n| format!("{n:02}")).collect::<Vec<_>>(), "in {room}");
    }
    let left = |row: &String| row.contains("HELD#") || row.contains("LETIN#");
    assert_eq!(show.dump().await.into_iter().filter(left).collect::<Vec<_>>(), Vec::<String>::new());
    assert!(!show.sees_button(cast::MAYA, cast::DESK, "Let in"));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_moderator_may_and_what_not() {
    let mut show = in_q1().await;
    show.x("adaokafor", "A1 a card with a menu. #SMXChat").await;
    let mut told = Vec::new();
    for typed in [
        "help",
        "hold 3m",
        "set burst 8",
        "mute scam",
        "unmute scam",
        "door",
        "door regulars",
        "door open",
        "moderator",
        "questions",
    ] {
        let read = sol(&mut show, typed).await;
        told.push(format!("/chat {typed}\n{read}\n"));
    }
    let before = show.facts().await;
    for typed in [
        "next",
        "pause",
        "close",
        "say Mine",
        "status",
        "topic Mine",
        "ask Mine?",
        "edit",
        "preview",
        "skip 1 Dec",
        "set length 90m",
        "set desk none",
        "moderator add <@U0PRIYA|priya>",
        "organiser add <@U0SOL|sol>",
        "words opening Mine",
        "disconnect slack",
        "retire",
        "connect x",
        "new #Mine every Monday 8pm London",
    ] {
        let read = sol(&mut show, typed).await;
        assert!(show.platforms.slack.views(cast::SOL).is_empty(), "{typed} opens a form");
        told.push(format!("/chat {typed}\n{read}\n"));
    }
    let menu = "File under another question";
    let read = show.press_under(cast::SOL, cast::SLACK_CHANNEL, menu, "a card with a menu").await;
    told.push(format!("[{menu}] {read}\n"));
    assert_eq!(show.facts().await, before, "something was changed");
    told.dedup();
    insta::assert_snapshot!(told.join("\n"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_without_a_desk_keeps_its_door_open() {
    let mut show = Show::without_x("2026-11-19T10:00:00Z").await;
    show.slack("new #SMXChat every Tuesday 8pm London").await;
    show.slack("connect slack").await;
    let refused = show.slack("door regulars").await;
    show.slack(&format!("set desk <#{}|smxchat-desk>", cast::DESK)).await;
    let door = show.slack("door regulars").await;
    let kept = show.slack("set desk none").await;
    insta::assert_snapshot!(format!("{refused}\n{door}\n{kept}"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_blocked_in_discord_is_listed_and_let_in_by_name() {
    let mut show = in_q1().await;
    show.answer(cast::AMARA, "We met in the car park.").await;
    show.at("20:07").await;
    show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Block this person", "car park").await;
    show.slack("leave-out @bruno_lima").await;
    let listed = show.slack("show").await;
    assert!(listed.contains("Blocked: Amara") && listed.contains("Left out: @bruno_lima"), "{listed}");
    let unknown = show.slack("unblock @somebody").await;
    assert!(unknown.contains("/chat show"), "{unknown}");
    let name = listed.lines().find_map(|line| line.strip_prefix("Blocked: ")).expect("a name").to_owned();
    let let_in = show.slack(&format!("unblock {}", name.to_lowercase())).await;
    assert!(let_in.starts_with(&name) || let_in.contains(&name), "{let_in}");
    show.answer(cast::AMARA, "And I am back.").await;
    show.at("20:08").await;
    assert_cards(&show, "And I am back.", 1);
    show.at("Wed 10:00").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_slack_may_show_links_only_so_may_the_desk() {
    let mut show = in_q1().await;
    show.slack("set slack links").await;
    sol(&mut show, "door regulars").await;
    show.x("brunolima", "A1 Bruno, first time. #SMXChat").await;
    show.at("20:07").await;
    let waits = show.said("desk", "waits at the door");
    assert_eq!(waits.len(), 1, "{}", show.transcript());
    assert!(words_of(&waits[0]).contains("View on X"), "{}", words_of(&waits[0]));
    show.press_under(cast::SOL, cast::DESK, "Let in", "waits at the door").await;
    show.at("20:08").await;
    for room in ["desk", "slack"] {
        assert_eq!(show.said(room, "first time. #").len(), 0, "{room}:\n{}", show.transcript());
    }
    assert_eq!(cards(&show, "discord", "Bruno, first time.").len(), 1, "{}", show.transcript());
    show.at("Wed 10:00").await;
    show.assert_kept().await;
}
