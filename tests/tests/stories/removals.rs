//! What people change their minds about: edited posts, posts that are taken back, and what organisers
//! take out. Within a minute it is gone from every room and from the table, and stays gone.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use earshot::cast;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, StandIn};
use tests::{Show, is_card, words_of, x_id};

/// An hour of six questions in which Q1 is open.
pub(crate) async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

/// The same with a thread for each question in Discord too.
pub(crate) async fn in_q1_in_threads() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("set discord threads").await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

/// Lets time pass until a minute after `known`.
pub(crate) async fn a_minute_after(show: &mut Show, known: DateTime<Utc>) {
    show.until(known + TimeDelta::seconds(60)).await;
}

/// The cards in a room that contain these words.
pub(crate) fn cards(show: &Show, room: &str, part: &str) -> Vec<String> {
    show.said(room, part).iter().filter(|m| is_card(m)).map(words_of).collect()
}

/// Asserts that these words stand in no room, and in no row of the table.
pub(crate) async fn assert_gone(show: &Show, words: &str) {
    for room in ["discord", "slack", "desk"] {
        assert!(show.said(room, words).is_empty(), "{words:?} in {room}:\n{}", show.transcript());
    }
    let rows: Vec<String> = show.dump().await.into_iter().filter(|row| row.contains(words)).collect();
    assert!(rows.is_empty(), "{words:?} in the table:\n{}", rows.join("\n"));
}

pub(crate) fn assert_carried(show: &Show, part: &str) {
    for room in ["discord", "slack"] {
        assert_eq!(cards(show, room, part).len(), 1, "{part:?} in {room}:\n{}", show.transcript());
    }
}

/// Ten people say something at once, which one message carries. Gives their posts, the first one's first.
async fn ten_at_once(show: &mut Show) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..10 {
        let (id, _, _) = cast::ON_X[n % cast::ON_X.len()];
        let text = format!("A1 voice number {n:02}. #SMXChat");
        let post = show.platforms.x.put(id, Draft::text(&text)).expect("posted");
        assert_eq!(show.platforms.x.deliver(&post).await.expect("an answer").status, 200);
        ids.push(post);
    }
    show.settle().await;
    ids
}

/// The message in a room that shows these words, with how many of the ten voices it carries.
fn shared(show: &Show, room: &str, part: &str) -> (String, usize) {
    let said = show.said(room, part);
    assert_eq!(said.len(), 1, "{part:?} in {room}:\n{}", show.transcript());
    let words = words_of(&said[0]);
    let voices = words.matches("voice number").count();
    (words, voices)
}

pub(crate) async fn withdraw(show: &mut Show, handle: &str, id: &str) {
    let told = show.platforms.x.delete_as(x_id(handle), id, true).await.expect("removed");
    assert_eq!(told.map(|answer| answer.status), Some(200));
}

pub(crate) async fn edit(show: &mut Show, handle: &str, id: &str, text: &str) -> String {
    let edited = show.platforms.x.edit_as(x_id(handle), id, text).await.expect("edited");
    show.settle().await;
    edited.id
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_edits_what_was_mirrored() {
    for threads in [false, true] {
        let mut show = if threads { in_q1_in_threads().await } else { in_q1().await };
        let id = show.x("adaokafor", "A1 we printed the adress book. #SMXChat").await;
        show.x("brunolima", "A1 we had a choir. #SMXChat").await;
        assert_carried(&show, "adress book");
        let known = show.now();
        let second = edit(&mut show, "adaokafor", &id, "A1 we printed the address book. #SMXChat").await;
        a_minute_after(&mut show, known).await;
        assert_carried(&show, "address book");
        assert_gone(&show, "adress book").await;
        // And once more. What arrives late of the versions before changes nothing.
        let third = edit(&mut show, "adaokafor", &second, "A1 we printed two address books. #SMXChat").await;
        for version in [&id, &second, &third] {
            assert_eq!(show.platforms.x.deliver(version).await.expect("an answer").status, 200);
        }
        show.settle().await;
        assert_carried(&show, "two address books");
        assert_gone(&show, "the address book").await;
        assert_carried(&show, "a choir");
        // An edit that lost the hashtag is an edit all the same.
        show.platforms.x.set_webhook(false);
        let fourth = edit(&mut show, "adaokafor", &third, "A1 we printed two address books.").await;
        show.platforms.x.set_webhook(true);
        let body = show.platforms.x.activity_body(&fourth).expect("a body");
        let told = show.platforms.x.signed("/x/webhook", body.to_string().into());
        assert_eq!(show.platforms.x.repeat(&told).await.expect("an answer").status, 200);
        show.settle().await;
        assert_gone(&show, "two address books. #SMXChat").await;
        assert_carried(&show, "two address books.");
        // A reply to any version is a reply to the post.
        show.at("20:15").await;
        let reply = show.platforms.x.post_activity(x_id("chidi_eze"), "On paper!", Some(&second)).await;
        reply.expect("posted");
        show.settle().await;
        assert!(cards(&show, "slack", "On paper!")[0].contains("· A1"), "{}", show.transcript());
        if !threads {
            insta::assert_snapshot!(show.transcript_since(tests::instant("2026-11-24T20:06:00Z")));
        }
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_names_another_question_moves_there() {
    let mut show = in_q1_in_threads().await;
    show.at("20:15").await;
    let id = show.x("adaokafor", "A1 because of the people. #SMXChat").await;
    edit(&mut show, "adaokafor", &id, "A2 because of the people. #SMXChat").await;
    show.at("20:17").await;
    for room in ["discord", "slack"] {
        let cards = cards(&show, room, "because of the people");
        assert_eq!(cards.len(), 1, "{room}\n{}", show.transcript());
        assert!(cards[0].contains("· A2"), "{room}: {}", cards[0]);
    }
    // What an organiser filed stays there.
    let id = show.x("brunolima", "A2 the food. #SMXChat").await;
    show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "File under another question", "the food").await;
    show.press("A1").await;
    edit(&mut show, "brunolima", &id, "A2 the food, the food! #SMXChat").await;
    show.at("20:19").await;
    for room in ["discord", "slack"] {
        let cards = cards(&show, room, "the food, the food!");
        assert_eq!(cards.len(), 1, "{room}\n{}", show.transcript());
        assert!(cards[0].contains("· A1"), "{room}: {}", cards[0]);
    }
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_in_a_shared_message_leaves_the_others_as_they_were() {
    let mut show = in_q1().await;
    let ids = ten_at_once(&mut show).await;
    let before: Vec<String> = ["discord", "slack"].map(|room| shared(&show, room, "number 05").0).into();
    let known = show.now();
    let second = edit(&mut show, cast::ON_X[5].2, &ids[5], "A1 the fifth, in other words. #SMXChat").await;
    a_minute_after(&mut show, known).await;
    for (room, before) in ["discord", "slack"].into_iter().zip(&before) {
        let (after, _) = shared(&show, room, "the fifth, in other words.");
        let before = before.replace("voice number 05.", "the fifth, in other words.");
        // Its link leads to the new version.
        assert_eq!(after, before.replace(&ids[5], &second), "{room}");
    }
    assert_gone(&show, "voice number 05").await;
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_what_is_on_its_way_shows_in_the_end() {
    for fault in [Fault::Hang { accepted: true }, Fault::Drop { accepted: true }] {
        let mut show = in_q1().await;
        show.platforms.slack.inject_on("chat.postMessage", fault.clone(), 1);
        show.platforms.discord.inject_on("/messages", fault, 1);
        let id = show.x("adaokafor", "A1 we printed the adress book. #SMXChat").await;
        let known = show.now();
        edit(&mut show, "adaokafor", &id, "A1 we printed the address book. #SMXChat").await;
        a_minute_after(&mut show, known).await;
        assert_carried(&show, "address book");
        assert_gone(&show, "adress book").await;
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_is_taken_back_goes_from_every_room() {
    for (threads, of_old) in [(false, false), (true, true)] {
        let mut show = if threads { in_q1_in_threads().await } else { in_q1().await };
        let id = show.x("adaokafor", "A1 a thing I should not have said. #SMXChat").await;
        show.x("brunolima", "A1 we had a choir. #SMXChat").await;
        let stream = show.platforms.x.sent();
        let known = show.now();
        if of_old {
            let told = show.platforms.x.delete_as_of_old(x_id("adaokafor"), &id).await.expect("removed");
            assert_eq!(told.status, 200);
        } else {
            withdraw(&mut show, "adaokafor", &id).await;
        }
        a_minute_after(&mut show, known).await;
        assert_gone(&show, "should not have said").await;
        assert_carried(&show, "a choir");
        // X replays the whole day: 200 each time, and nothing comes back.
        for sent in stream {
            assert_eq!(show.platforms.x.repeat(&sent).await.expect("an answer").status, 200);
        }
        show.settle().await;
        show.at("20:20").await;
        assert_gone(&show, "should not have said").await;
        assert_carried(&show, "a choir");
        if !threads {
            insta::assert_snapshot!(show.transcript_since(tests::instant("2026-11-24T20:06:00Z")));
        }
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_ten_in_a_message_goes_and_nine_stay_as_they_were() {
    let mut show = in_q1().await;
    let ids = ten_at_once(&mut show).await;
    let whole: Vec<(String, usize)> =
        ["discord", "slack"].map(|room| shared(&show, room, "number 04")).into();
    assert!(whole.iter().all(|(_, voices)| *voices > 1), "they share a message: {whole:?}");
    let known = show.now();
    withdraw(&mut show, cast::ON_X[5].2, &ids[5]).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "voice number 05").await;
    for (room, (before, voices)) in ["discord", "slack"].into_iter().zip(&whole) {
        let (after, left) = shared(&show, room, "number 04");
        assert_eq!(left, voices - 1, "{room}");
        let lines = |words: &str| -> Vec<String> {
            let cards = words.split(" [⋯").next().unwrap_or_default();
            cards.lines().map(str::to_owned).collect()
        };
        // Name, words and foot of one card are gone, and nothing else.
        let mut expected = lines(before);
        let at = expected.iter().position(|line| line.contains("number 05")).expect("it stood there");
        expected.drain(at - 1..=at + 1);
        assert_eq!(lines(&after), expected, "{room}");
    }
    // All the others, one after the other: the last one takes the message.
    let known = show.now();
    for (n, id) in ids.iter().enumerate().filter(|(n, _)| *n != 5) {
        withdraw(&mut show, cast::ON_X[n % cast::ON_X.len()].2, id).await;
    }
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "voice number").await;
    let standing = show.everything().into_iter().filter(|m| m.author.bot && !m.deleted && is_card(m));
    assert_eq!(standing.count(), 0, "{}", show.transcript());
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_comes_before_its_post() {
    let mut show = in_q1().await;
    let ada = x_id("adaokafor");
    let id = show.platforms.x.put(ada, Draft::text("A1 never mind. #SMXChat")).expect("posted");
    let body = show.platforms.x.stream_body(&id).expect("a body");
    withdraw(&mut show, "adaokafor", &id).await;
    show.settle().await;
    let late = show.platforms.x.signed("/x/webhook", body.to_string().into());
    assert_eq!(show.platforms.x.repeat(&late).await.expect("an answer").status, 200);
    show.settle().await;
    assert_gone(&show, "never mind").await;
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_any_version_deletes_the_chain() {
    // The removal names a later version than the first, before and after that version was heard of.
    for heard in [true, false] {
        let mut show = in_q1().await;
        let ada = x_id("adaokafor");
        let id = show.x("adaokafor", "A1 a first thought. #SMXChat").await;
        show.platforms.x.set_webhook(heard);
        let second =
            show.platforms.x.edit_as(ada, &id, "A1 a second thought. #SMXChat").await.expect("edited").id;
        show.platforms.x.set_webhook(true);
        show.settle().await;
        let body = show.platforms.x.stream_body(&second).expect("a body");
        let known = show.now();
        withdraw(&mut show, "adaokafor", &second).await;
        // X is late with the edit where it was not heard of; that is when the chain is known.
        let late = show.platforms.x.signed("/x/webhook", body.to_string().into());
        assert_eq!(show.platforms.x.repeat(&late).await.expect("an answer").status, 200);
        a_minute_after(&mut show, known).await;
        assert_gone(&show, "thought").await;
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_is_taken_back_while_it_waits_is_never_shown() {
    let mut show = in_q1().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) };
    show.platforms.slack.inject_on("chat.postMessage", limited.clone(), 1);
    show.platforms.discord.inject_on("/messages", limited, 1);
    show.x("brunolima", "A1 we had a choir. #SMXChat").await;
    let id = show.x("adaokafor", "A1 a thing I should not have said. #SMXChat").await;
    let known = show.now();
    withdraw(&mut show, "adaokafor", &id).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "should not have said").await;
    assert_carried(&show, "a choir");
    let ever = show.everything().into_iter().filter(|m| words_of(m).contains("should not have said"));
    assert_eq!(ever.filter(|m| m.platform != "x").count(), 0, "it was never there");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_is_taken_back_while_it_is_on_its_way() {
    for fault in [
        Fault::Hang { accepted: true },
        Fault::Hang { accepted: false },
        Fault::Drop { accepted: true },
        Fault::ServerError { status: 502, accepted: true },
    ] {
        let mut show = in_q1().await;
        show.platforms.slack.inject_on("chat.postMessage", fault.clone(), 1);
        show.platforms.discord.inject_on("/messages", fault.clone(), 1);
        let id = show.x("adaokafor", "A1 a thing I should not have said. #SMXChat").await;
        let known = show.now();
        withdraw(&mut show, "adaokafor", &id).await;
        // Others go on meanwhile.
        show.x("brunolima", "A1 we had a choir. #SMXChat").await;
        a_minute_after(&mut show, known).await;
        assert_gone(&show, "should not have said").await;
        assert_carried(&show, "a choir");
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_waits_for_nobody_elses_doubt() {
    let mut show = in_q1().await;
    let id = show.x("adaokafor", "A1 a thing I should not have said. #SMXChat").await;
    // Whether Bruno's card came to be in Discord cannot be found out for some minutes.
    show.platforms.discord.inject_on("POST", Fault::Drop { accepted: true }, 1);
    show.platforms.discord.inject_on("GET", Fault::ServerError { status: 503, accepted: false }, 10_000);
    show.x("brunolima", "A1 we had a choir. #SMXChat").await;
    let known = show.now();
    withdraw(&mut show, "adaokafor", &id).await;
    // A place that fails is asked once a minute, whatever for: this takes as long as that.
    show.until(known + TimeDelta::seconds(90)).await;
    assert_gone(&show, "should not have said").await;
    let place = chat::name::Place::new(chat::name::Platform::Discord, cast::SERVER, cast::DISCORD_CHANNEL);
    let behind = show.host().store().behind(&place).await.expect("the table");
    assert_eq!(behind, 1, "the doubt lasts");
    // Once it can be looked for, it is there, and once.
    show.platforms.discord.clear_faults();
    show.at("20:13").await;
    assert_carried(&show, "a choir");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_removed_by_hand_counts_as_done_and_what_slack_keeps_is_emptied() {
    let mut show = in_q1().await;
    let id = show.x("adaokafor", "A1 a thing I should not have said. #SMXChat").await;
    show.platforms.slack.inject_on("chat.delete", Fault::slack("cant_delete_message"), 1);
    show.platforms.discord.inject_on("DELETE", Fault::discord(404, 10008, "Unknown Message"), 1);
    let known = show.now();
    withdraw(&mut show, "adaokafor", &id).await;
    a_minute_after(&mut show, known).await;
    assert!(cards(&show, "slack", "should not have said").is_empty(), "{}", show.transcript());
    assert_eq!(show.said("slack", "(removed)").len(), 1, "{}", show.transcript());
    assert!(show.said("desk", "by hand").is_empty(), "{}", show.transcript());
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_out_is_told() {
    let mut show = in_q1().await;
    let id = show.x("adaokafor", "A1 a thing I should not have said. #SMXChat").await;
    show.platforms.discord.inject_on("DELETE", Fault::discord(403, 50001, "Missing Access"), 1);
    withdraw(&mut show, "adaokafor", &id).await;
    show.at("20:08").await;
    let told = show.said("desk", "by hand");
    assert_eq!(told.len(), 1, "{}", show.transcript());
    insta::assert_snapshot!(words_of(&told[0]));
    assert!(show.said("slack", "should not have said").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organiser_hides_a_post_by_its_link() {
    let mut show = in_q1().await;
    let id = show.x("adaokafor", "A1 buy my coins! #SMXChat").await;
    show.x("brunolima", "A1 we had a choir. #SMXChat").await;
    let stream = show.platforms.x.sent();
    let second = edit(&mut show, "adaokafor", &id, "A1 buy my coins now! #SMXChat").await;
    let before = show.facts().await;
    let refused = show
        .slack_as(cast::PRIYA, cast::SLACK_CHANNEL, &format!("hide https://x.com/adaokafor/status/{id}"))
        .await;
    assert_eq!(show.facts().await, before, "{refused}");
    let known = show.now();
    let read = show.slack(&format!("hide <https://twitter.com/AdaOkafor/status/{second}?s=20>")).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "my coins").await;
    assert_carried(&show, "a choir");
    for sent in stream {
        assert_eq!(show.platforms.x.repeat(&sent).await.expect("an answer").status, 200);
    }
    show.settle().await;
    assert_gone(&show, "my coins").await;
    let again = show.slack(&format!("hide https://x.com/adaokafor/status/{id}")).await;
    let unknown = show.slack("hide https://x.com/somebody/status/2080761390344937796").await;
    let odd = show.slack("hide https://smx.slack.com/archives/C0SMXCHAT/p1795550400000100").await;
    let ours = show.announced_on_x().pop().expect("announced").0;
    let ours = show.slack(&format!("hide https://x.com/SMXChat/status/{ours}")).await;
    let desk: Vec<String> = show.said("desk", "hid").iter().map(words_of).collect();
    insta::assert_snapshot!(format!(
        "{refused}\n\n{read}\n\n{again}\n\n{unknown}\n\n{odd}\n\n{ours}\n\n{}",
        desk.join("\n")
    ));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organiser_hides_and_blocks_from_a_cards_menu() {
    let mut show = in_q1().await;
    show.x("adaokafor", "A1 buy my coins! #SMXChat").await;
    show.answer(cast::JUNO, "Juno, from Leeds. You are all fools.").await;
    show.answer(cast::AMARA, "Amara, from Accra. A choir!").await;
    let known = show.now();
    let hidden = show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Hide this post", "my coins").await;
    let blocked = show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Block this person", "all fools").await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "my coins").await;
    assert_gone(&show, "all fools").await;
    assert_carried(&show, "from Accra");
    // Who is blocked in Discord answers no more; who only had a post hidden still may.
    let modal = show.discord_press(cast::JUNO, "Answer").await;
    let refused = tests::words::discord(modal.get("data").expect("an answer"));
    show.x("adaokafor", "A1 sorry about that. #SMXChat").await;
    assert_carried(&show, "sorry about that");
    let let_in = show.press("Unblock").await;
    show.answer(cast::JUNO, "Juno again, and kinder.").await;
    assert_carried(&show, "and kinder");
    let did = ["hid a post", "blocked", "let Juno in"];
    let desk: Vec<String> = did.iter().flat_map(|did| show.said("desk", did)).map(|m| words_of(&m)).collect();
    insta::assert_snapshot!(format!("{hidden}\n\n{blocked}\n\n{refused}\n\n{let_in}\n\n{}", desk.join("\n")));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_takes_out_everything_of_three_weeks() {
    let mut show = Show::new("2026-11-09T10:00:00Z").await;
    show.set_up().await;
    for week in 1..=3 {
        show.at("Tue 19:55").await;
        show.x("adaokafor", &format!("Week {week}: buy my coins! #SMXChat")).await;
        show.at("20:06").await;
        // Five people at once, Ada twice: they share a message.
        for (n, (id, _, handle)) in cast::ON_X[..5].iter().enumerate() {
            let what = if *handle == "adaokafor" { "my coins are" } else { "a quiet word is" };
            let text = format!("{what} number {week}{n} #SMXChat");
            let post = show.platforms.x.put(id, Draft::text(&text)).expect("posted");
            assert_eq!(show.platforms.x.deliver(&post).await.expect("an answer").status, 200);
        }
        show.settle().await;
        show.at("21:30").await;
    }
    let quiet = |show: &Show| -> Vec<String> {
        let words: String = show.said("discord", "a quiet word").iter().map(words_of).collect();
        let mut lines: Vec<String> =
            words.lines().filter(|line| line.contains("a quiet word")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = quiet(&show);
    assert_eq!(before.len(), 12, "{before:?}");
    let known = show.now();
    let read = show.slack("block https://x.com/AdaOkafor").await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "my coins").await;
    let about = |row: &String| row.contains("9001") && !row.contains("\"S\":\"BAR#");
    let left: Vec<String> =
        show.dump().await.into_iter().filter(about).filter(|r| r.contains("Ada Okafor")).collect();
    assert!(left.is_empty(), "{}", left.join("\n"));
    assert_eq!(quiet(&show), before, "the others stand as they stood");
    // Nothing new comes in, also not as a reply.
    show.at("Tue 20:06").await;
    show.x("adaokafor", "A1 buy my coins again! #SMXChat").await;
    show.settle().await;
    assert_gone(&show, "my coins").await;
    let unblocked = show.slack("unblock adaokafor").await;
    show.x("adaokafor", "Only saying hello. #SMXChat").await;
    assert_carried(&show, "Only saying hello");
    let nobody = show.slack("unblock @adaokafor").await;
    let ourselves = show.slack("block @smxchat").await;
    insta::assert_snapshot!(format!("{read}\n\n{unblocked}\n\n{nobody}\n\n{ourselves}"));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_out_stays_so_under_another_name() {
    let mut show = in_q1().await;
    show.x("adaokafor", "A1 Ada, from Lagos. #SMXChat").await;
    let known = show.now();
    let read = show.slack("leave-out @AdaOkafor").await;
    // Somebody who has never posted here, and who posts once before they rename themselves.
    let never = show.slack("leave-out @brunolima").await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "from Lagos").await;
    show.x("brunolima", "A1 Bruno, from Recife. #SMXChat").await;
    let (ada, bruno) = (x_id("adaokafor"), x_id("brunolima"));
    show.platforms.x.rename(ada, "ada_writes").expect("renamed");
    show.platforms.x.rename(bruno, "bruno_cooks").expect("renamed");
    show.x("adaokafor", "A1 it is me, Ada. #SMXChat").await;
    show.x("brunolima", "A1 it is me, Bruno. #SMXChat").await;
    show.at("20:10").await;
    for words in ["from Recife", "it is me"] {
        assert_gone(&show, words).await;
    }
    let (chat, day) = ("smxchat".parse().expect("a slug"), show.now().date_naive());
    let counted = show.host().store().counted(&chat, chat::Uncarried::Barred, day).await;
    assert_eq!(counted.expect("the table"), 3);
    // Under the name they had then.
    let back = show.slack("unblock @adaokafor").await;
    show.x("adaokafor", "A1 good to be back. #SMXChat").await;
    assert_carried(&show, "good to be back");
    let desk: Vec<String> = show.said("desk", "out, as they asked").iter().map(words_of).collect();
    insta::assert_snapshot!(format!("{read}\n\n{never}\n\n{back}\n\n{}", desk.join("\n")));
    show.at("21:20").await;
    show.assert_kept().await;
}

/// Maya types a command, and nothing is worked off.
pub(crate) async fn type_only(show: &Show, text: &str) {
    let typed = show.platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, text);
    assert_eq!(typed.await.expect("an answer").status, 200, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_finished_after_a_restart() {
    let mut show = Show::kept("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    // More than a page of them.
    for n in 0..25 {
        let text = format!("A1 buy my coins, {n:02}! #SMXChat");
        let post = show.platforms.x.put(x_id("adaokafor"), Draft::text(&text)).expect("posted");
        assert_eq!(show.platforms.x.deliver(&post).await.expect("an answer").status, 200);
    }
    show.x("brunolima", "A1 we had a choir. #SMXChat").await;
    let known = show.now();
    // Written down, and its bell lost with the process.
    type_only(&show, "block @adaokafor").await;
    show.restart().await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "my coins").await;
    assert_carried(&show, "a choir");
    // Lost again, and let in again before the next tick: what was to go goes, and what is new stays.
    show.slack("unblock @adaokafor").await;
    show.x("adaokafor", "A1 buy my coins, please! #SMXChat").await;
    type_only(&show, "block @adaokafor").await;
    show.restart().await;
    show.sleep_until("20:09").await;
    type_only(&show, "unblock @adaokafor").await;
    let post = show.platforms.x.put(x_id("adaokafor"), Draft::text("A1 I am sorry. #SMXChat"));
    assert_eq!(show.platforms.x.deliver(&post.expect("posted")).await.expect("an answer").status, 200);
    show.at("20:11").await;
    assert_gone(&show, "my coins").await;
    assert_carried(&show, "I am sorry");
    show.at("21:20").await;
    show.assert_kept().await;
}
