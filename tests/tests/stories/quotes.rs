//! What people quote: somebody else's words in their own card. They go with the post they were taken from, and
//! with the person who is blocked; the post that quotes them stays.

use std::time::Duration;

use chat::name::{Platform, PostId};
use chrono::TimeDelta;
use earshot::cast;
use earshot::standin::x::{Draft, Rule};
use earshot::standin::{Fault, StandIn};
use tests::{Show, Stage, instant, is_card, words_of, x_id};

use crate::removals::{a_minute_after, assert_carried, assert_gone, cards, edit, in_q1, type_only, withdraw};

/// Somebody posts without the hashtag, so that nothing of it comes here. Gives the post's id.
fn elsewhere(show: &Show, handle: &str, text: &str) -> String {
    show.platforms.x.put(x_id(handle), Draft::text(text)).expect("posted")
}

fn draft(text: &str, quotes: &str) -> Draft {
    Draft { quotes: Some(quotes.to_owned()), ..Draft::text(text) }
}

/// Somebody quotes a post. Gives the id of theirs.
async fn quote(show: &mut Show, handle: &str, text: &str, quotes: &str) -> String {
    let id = show.platforms.x.put(x_id(handle), draft(text, quotes)).expect("posted");
    assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    show.settle().await;
    id
}

/// X tells that a post was taken back, whoever wrote it.
async fn taken_back(show: &mut Show, handle: &str, id: &str) {
    let told = show.platforms.x.delete_as_of_old(x_id(handle), id).await.expect("removed");
    assert_eq!(told.status, 200);
    show.settle().await;
}

/// Asserts that a card with these words stands in both rooms and shows these others inset.
fn assert_quotes(show: &Show, part: &str, quoted: &str) {
    assert_carried(show, part);
    for room in ["discord", "slack"] {
        assert!(cards(show, room, part)[0].contains(quoted), "{room}:\n{}", show.transcript());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_is_quoted_no_more() {
    for carried in [true, false] {
        let mut show = in_q1().await;
        let said = "A1 a thing I should not have said.";
        let gone = if carried {
            show.x("brunolima", &format!("{said} #SMXChat")).await
        } else {
            elsewhere(&show, "brunolima", said)
        };
        quote(&mut show, "adaokafor", "A1 this, exactly! #SMXChat", &gone).await;
        show.x("chidi_eze", "A1 we had a choir. #SMXChat").await;
        assert_quotes(&show, "this, exactly!", "should not have said");
        let stream = show.platforms.x.sent();
        let known = show.now();
        taken_back(&mut show, "brunolima", &gone).await;
        a_minute_after(&mut show, known).await;
        assert_gone(&show, "should not have said").await;
        assert_carried(&show, "this, exactly!");
        assert_carried(&show, "a choir");
        // X replays the whole day, as it was: 200 each time, and nothing comes back.
        for sent in stream {
            assert_eq!(show.platforms.x.repeat(&sent).await.expect("an answer").status, 200);
        }
        show.at("20:20").await;
        assert_gone(&show, "should not have said").await;
        assert_carried(&show, "this, exactly!");
        if !carried {
            insta::assert_snapshot!(show.transcript_since(instant("2026-11-24T20:06:00Z")));
        }
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_quoted_after_it_was_taken_back_is_never_shown() {
    let mut show = in_q1().await;
    let gone = show.x("brunolima", "A1 a thing I should not have said. #SMXChat").await;
    let second = edit(&mut show, "brunolima", &gone, "A1 a thing I should not say. #SMXChat").await;
    // X wrote these down while it was there, and delivers them later.
    let mut late = Vec::new();
    for (n, quoted) in [&gone, &second].into_iter().enumerate() {
        let post = draft(&format!("A1 exactly, {n}! #SMXChat"), quoted);
        let id = show.platforms.x.put(x_id("adaokafor"), post).expect("posted");
        let body = show.platforms.x.stream_body(&id).expect("a body");
        assert!(body.to_string().contains("a thing I should not"), "{body}");
        late.push(show.platforms.x.signed("/x/webhook", body.to_string().into()));
    }
    withdraw(&mut show, "brunolima", &second).await;
    show.settle().await;
    for sent in &late {
        assert_eq!(show.platforms.x.repeat(sent).await.expect("an answer").status, 200);
    }
    show.at("20:10").await;
    assert_gone(&show, "a thing I should not").await;
    assert_carried(&show, "exactly, 0!");
    assert_carried(&show, "exactly, 1!");
    let ever = show.everything().into_iter().filter(|m| m.platform != "x" && is_card(m));
    let ever: Vec<String> = ever.map(|m| words_of(&m)).filter(|w| w.contains("exactly")).collect();
    assert!(ever.iter().all(|words| !words.contains("should not")), "{ever:?}");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quotation_and_its_end_at_the_same_moment() {
    let mut show = in_q1().await;
    for n in 0..6 {
        let gone = elsewhere(&show, "brunolima", &format!("Not meant, number {n}."));
        let post = draft(&format!("A1 exactly, {n}! #SMXChat"), &gone);
        let id = show.platforms.x.put(x_id(cast::ON_X[n].2), post).expect("posted");
        let body = show.platforms.x.stream_body(&id).expect("a body");
        let late = show.platforms.x.signed("/x/webhook", body.to_string().into());
        let x = &show.platforms.x;
        let (posted, removed) = tokio::join!(x.repeat(&late), x.delete_as_of_old(x_id("brunolima"), &gone));
        assert_eq!((posted.expect("an answer").status, removed.expect("removed").status), (200, 200));
    }
    let known = show.now();
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "Not meant").await;
    let told: Vec<String> = ["discord", "slack"]
        .map(|room| show.said(room, "exactly, ").iter().map(words_of).collect::<String>())
        .into();
    assert!(told.iter().all(|words| words.matches("exactly, ").count() == 6), "{told:?}");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_shared_message_only_the_quotation_goes() {
    let mut show = in_q1().await;
    let gone = elsewhere(&show, "hirotanaka", "A thing I should not have said.");
    for n in 0..6 {
        let text = format!("A1 voice number {n:02}. #SMXChat");
        let post = if n == 3 { draft(&text, &gone) } else { Draft::text(&text) };
        let id = show.platforms.x.put(x_id(cast::ON_X[n].2), post).expect("posted");
        assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    }
    show.settle().await;
    let shared = |show: &Show, room: &str| {
        let said = show.said(room, "voice number 03");
        assert_eq!(said.len(), 1, "{room}:\n{}", show.transcript());
        words_of(&said[0])
    };
    let before = ["discord", "slack"].map(|room| shared(&show, room));
    assert!(before.iter().all(|words| words.matches("voice number").count() > 1), "{before:?}");
    let known = show.now();
    taken_back(&mut show, "hirotanaka", &gone).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "should not have said").await;
    let without = |words: &str| -> Vec<String> {
        let inset = |line: &&str| !line.contains("Hiro Tanaka") && !line.contains("should not have said");
        words.lines().filter(inset).map(|line| line.trim_end().to_owned()).collect()
    };
    for (room, before) in ["discord", "slack"].into_iter().zip(&before) {
        let after = shared(&show, room);
        assert_eq!(without(&after), without(before), "{room}");
        assert_eq!(after.lines().count(), without(&after).len(), "{room}: {after}");
    }
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_organiser_hides_is_quoted_no_more_here() {
    const OTHER: &str = "C0BOOKS";
    let mut show = Show::on(Stage {
        cast: |slack, _, x| {
            slack.channels.push(earshot::standin::slack::Channel::new(OTHER, "bookclub"));
            x.rules.push(Rule::hashtag("2", "BookClub"));
        },
        ..Stage::at("2026-11-19T10:00:00Z")
    })
    .await;
    show.set_up().await;
    show.ask_six().await;
    show.slack_as(cast::MAYA, OTHER, "new #BookClub every Tuesday 8pm London").await;
    show.slack_as(cast::MAYA, OTHER, "bookclub connect slack").await;
    show.at("Tue 20:06").await;
    let coins = show.x("brunolima", "A1 buy my coins! #SMXChat").await;
    quote(&mut show, "adaokafor", "A1 who says such things? #SMXChat #BookClub", &coins).await;
    let standing =
        |show: &Show, room: &str| show.said("slack", "my coins").iter().filter(|m| m.channel == room).count();
    assert_eq!((standing(&show, cast::SLACK_CHANNEL), standing(&show, OTHER)), (2, 1));
    let known = show.now();
    show.slack(&format!("smxchat hide https://x.com/brunolima/status/{coins}")).await;
    a_minute_after(&mut show, known).await;
    assert_eq!(standing(&show, cast::SLACK_CHANNEL), 0, "{}", show.transcript());
    assert_eq!(show.said("discord", "my coins").len(), 0, "{}", show.transcript());
    assert_eq!(standing(&show, OTHER), 1, "another chat sees to itself");
    assert_eq!(show.said("slack", "who says such things?").len(), 2);
    // Quoted again here, it is not shown; taken back, it goes from there as well.
    quote(&mut show, "chidi_eze", "A1 not again! #SMXChat", &coins).await;
    assert_carried(&show, "not again!");
    assert_eq!(standing(&show, cast::SLACK_CHANNEL), 0);
    let known = show.now();
    taken_back(&mut show, "brunolima", &coins).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "my coins").await;
    assert_eq!(show.said("slack", "who says such things?").len(), 2);
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_is_quoted_no_more() {
    let mut show = in_q1().await;
    // One post that came here, one that did not; and somebody of whom nothing ever came.
    let here = show.x("brunolima", "A1 buy my coins! #SMXChat").await;
    let there = elsewhere(&show, "brunolima", "Really, buy my coins!");
    let theirs = elsewhere(&show, "chidi_eze", "Or my coins, which shine!");
    for (n, quoted) in [&here, &there, &theirs].into_iter().enumerate() {
        quote(&mut show, cast::ON_X[n + 3].2, &format!("A1 look, {n}! #SMXChat"), quoted).await;
        assert_quotes(&show, &format!("look, {n}!"), "my coins");
    }
    let known = show.now();
    show.slack("block @brunolima").await;
    show.slack("leave-out @Chidi_Eze").await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "my coins").await;
    let named = |row: &String| row.contains("Bruno Lima") || row.contains("Chidi Eze");
    let left: Vec<String> = show.dump().await.into_iter().filter(named).collect();
    assert!(left.is_empty(), "{}", left.join("\n"));
    // Quoted from now on, by their id and by a handle of which nobody knew: without them.
    show.slack("block @gracewanjiru").await;
    let unheard = elsewhere(&show, "gracewanjiru", "And my coins!");
    for (n, quoted) in [&here, &there, &theirs, &unheard].into_iter().enumerate() {
        quote(&mut show, cast::ON_X[n + 3].2, &format!("A1 see, {n}! #SMXChat"), quoted).await;
    }
    show.at("20:12").await;
    assert_gone(&show, "my coins").await;
    for n in 0..3 {
        assert_carried(&show, &format!("look, {n}!"));
    }
    for n in 0..3 {
        assert_carried(&show, &format!("see, {n}!"));
    }
    // Let in again, they may be quoted again; what was taken out stays out.
    show.slack("unblock @brunolima").await;
    let anew = elsewhere(&show, "brunolima", "I sell no more.");
    quote(&mut show, "adaokafor", "A1 good! #SMXChat", &anew).await;
    assert_quotes(&show, "A1 good!", "I sell no more.");
    assert_gone(&show, "my coins").await;
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_a_crowd_quotes_is_forgotten_after_a_restart() {
    let mut show = Show::kept("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("set burst off").await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    let gone = elsewhere(&show, "hirotanaka", "A thing I should not have said.");
    // More than two pages of them.
    for n in 0..45 {
        let post = draft(&format!("A1 hear, hear, {n:02}! #SMXChat"), &gone);
        let id = show.platforms.x.put(x_id(cast::ON_X[n % 7].2), post).expect("posted");
        assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    }
    show.at("20:08").await;
    let known = show.now();
    // Written down, and its bell lost with the process.
    let told = show.platforms.x.delete_as_of_old(x_id("hirotanaka"), &gone).await.expect("removed");
    assert_eq!(told.status, 200);
    let post = PostId { source: Platform::X, id: gone };
    let waiting = show.host().store().to_unquote(known).await.expect("the table");
    assert!(waiting.iter().any(|gone| gone.post == post), "{waiting:?}");
    show.restart().await;
    // The next tick finds it; then each room takes one change a second.
    show.until(known + TimeDelta::seconds(120)).await;
    assert_gone(&show, "should not have said").await;
    for room in ["discord", "slack"] {
        let told: String = show.said(room, "hear, hear").iter().map(words_of).collect();
        assert_eq!(told.matches("hear, hear").count(), 45, "{room}");
    }
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_quotes_somebody_blocked_quotes_them_no_more_after_a_restart() {
    let mut show = Show::kept("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("set burst off").await;
    show.ask_six().await;
    show.at("Tue 20:08").await;
    let coins = elsewhere(&show, "hirotanaka", "Then buy my coins.");
    for n in 0..25 {
        quote(&mut show, cast::ON_X[n % 7].2, &format!("A1 oh no, {n:02}! #SMXChat"), &coins).await;
    }
    show.at("20:11").await;
    let known = show.now();
    type_only(&show, "block @hirotanaka").await;
    show.restart().await;
    show.until(known + TimeDelta::seconds(120)).await;
    assert_gone(&show, "my coins").await;
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_or_waits_loses_its_quotation_too() {
    for fault in [
        Fault::Hang { accepted: true },
        Fault::Drop { accepted: true },
        Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) },
    ] {
        let mut show = in_q1().await;
        show.platforms.slack.inject_on("chat.postMessage", fault.clone(), 1);
        show.platforms.discord.inject_on("/messages", fault, 1);
        let gone = elsewhere(&show, "brunolima", "A thing I should not have said.");
        quote(&mut show, "adaokafor", "A1 this, exactly! #SMXChat", &gone).await;
        let known = show.now();
        taken_back(&mut show, "brunolima", &gone).await;
        a_minute_after(&mut show, known).await;
        assert_gone(&show, "should not have said").await;
        assert_carried(&show, "this, exactly!");
        show.at("21:20").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_an_edit_nor_a_filing_nor_catching_up_brings_a_quotation_back() {
    let mut show = in_q1().await;
    show.at("20:15").await;
    let gone = elsewhere(&show, "brunolima", "A thing I should not have said.");
    let quotes = quote(&mut show, "adaokafor", "A1 this, exactly! #SMXChat", &gone).await;
    quote(&mut show, "chidi_eze", "A1 yes, yes! #SMXChat", &gone).await;
    // An edit and a late post, both written down by X while it was there.
    show.platforms.x.set_webhook(false);
    let second = edit(&mut show, "adaokafor", &quotes, "A1 this, in other words! #SMXChat").await;
    show.platforms.x.set_webhook(true);
    let missed =
        show.platforms.x.put(x_id("danawhit"), draft("A1 so true! #SMXChat", &gone)).expect("posted");
    let mut bodies = Vec::new();
    for id in [&second, &missed] {
        let body = show.platforms.x.stream_body(id).expect("a body");
        assert!(body.to_string().contains("should not have said"), "{body}");
        bodies.push(show.platforms.x.signed("/x/webhook", body.to_string().into()));
    }
    // Filed anew while the words still stand there, between the removal and what follows from it.
    let told = show.platforms.x.delete_as_of_old(x_id("brunolima"), &gone).await.expect("removed");
    assert_eq!(told.status, 200);
    show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "File under another question", "yes, yes!").await;
    show.press("A2").await;
    assert_eq!(show.platforms.x.repeat(&bodies[0]).await.expect("an answer").status, 200);
    show.at("20:17").await;
    assert_gone(&show, "should not have said").await;
    assert_carried(&show, "this, in other words!");
    assert!(cards(&show, "slack", "yes, yes!")[0].contains("· A2"), "{}", show.transcript());
    show.at("21:30").await;
    assert_eq!(show.platforms.x.repeat(&bodies[1]).await.expect("an answer").status, 200);
    show.slack("catch-up").await;
    show.press("Carry them").await;
    show.at("21:33").await;
    assert_carried(&show, "so true!");
    assert_gone(&show, "should not have said").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_at_the_door_is_let_in_without_what_they_quoted() {
    let mut show = in_q1().await;
    show.slack("door regulars").await;
    let gone = elsewhere(&show, "brunolima", "A thing I should not have said.");
    let kept = elsewhere(&show, "chidi_eze", "A thing worth saying.");
    for n in 0..6 {
        let quoted = if n % 2 == 0 { &gone } else { &kept };
        quote(&mut show, "adaokafor", &format!("A1 hear, hear, {n}! #SMXChat"), quoted).await;
    }
    assert_eq!(show.said("desk", "should not have said").len(), 3, "{}", show.transcript());
    let known = show.now();
    taken_back(&mut show, "brunolima", &gone).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "should not have said").await;
    assert_eq!(show.said("desk", "A thing worth saying.").len(), 3);
    let reply = show.press_under(cast::MAYA, cast::DESK, "Let in", "hear, hear, 0!").await;
    let known = show.now();
    a_minute_after(&mut show, known).await;
    for n in 0..6 {
        assert_eq!(show.said("desk", &format!("hear, hear, {n}!")).len(), 1);
        let told: String = show.said("slack", "hear, hear").iter().map(words_of).collect();
        assert_eq!(told.matches(&format!("hear, hear, {n}!")).count(), 1, "{told}");
    }
    // And what was let in is quoted at the desk no more either.
    let known = show.now();
    taken_back(&mut show, "chidi_eze", &kept).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "A thing worth saying").await;
    let desk: Vec<String> = show.said("desk", "hear, hear").iter().map(words_of).collect();
    insta::assert_snapshot!(format!("{reply}\n\n{}", desk.join("\n\n")));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_x_shows_no_more_is_quoted_no_more_the_next_day() {
    let mut show = Show::on(Stage {
        variables: &[("X_WEBHOOK_ID", "1460000000000000001")],
        cast: |_, _, x| x.activity = true,
        ..Stage::at("2026-11-23T10:00:00Z")
    })
    .await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    let gone = elsewhere(&show, "brunolima", "A thing I should not have said.");
    quote(&mut show, "adaokafor", "A1 this, exactly! #SMXChat", &gone).await;
    show.at("20:30").await;
    assert_quotes(&show, "this, exactly!", "should not have said");
    show.platforms.x.delete_as(x_id("brunolima"), &gone, false).await.expect("gone, and nobody told");
    show.at("23:59").await;
    assert_quotes(&show, "this, exactly!", "should not have said");
    for _ in 0..12 {
        let next = show.now() + TimeDelta::minutes(1);
        show.until(next).await;
    }
    assert_gone(&show, "should not have said").await;
    assert_carried(&show, "this, exactly!");
    show.assert_kept().await;
}
