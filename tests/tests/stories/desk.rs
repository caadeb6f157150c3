//! The live desk: one message for each hour where organisers steer it from, changed in place.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use earshot::cast;
use earshot::standin::{Fault, Message, StandIn};
use tests::{Show, Stage, room_of, words_of};

/// Ten minutes before an hour of six questions, at a desk that is looked at four times a minute.
async fn before_the_doors(stage: Stage) -> Show {
    let mut show = Show::on(Stage { desk: true, ..stage }).await;
    show.set_up().await;
    show.ask_six().await;
    show.slack("topic Communities that outlive their platform").await;
    show.at("Tue 19:49").await;
    show
}

async fn in_q2() -> Show {
    let mut show = before_the_doors(Stage::at("2026-11-19T10:00:00Z")).await;
    show.at("20:15").await;
    show
}

/// The one message that lives at the desk, as it reads.
fn desk(show: &Show) -> String {
    let desks = show.desks();
    assert_eq!(desks.len(), 1, "{}", show.transcript());
    desks.into_iter().next().unwrap_or_default()
}

/// Presses a button of the living message as it stands now.
async fn press_as(show: &mut Show, user: &str, label: &str) -> String {
    show.press_under(user, cast::DESK, label, "#SMXChat").await
}

async fn press(show: &mut Show, label: &str) -> String {
    press_as(show, cast::MAYA, label).await
}

/// Lets a few seconds pass: two changes of a message are as far apart.
async fn moments_later(show: &mut Show) {
    let then = show.now() + TimeDelta::seconds(4);
    show.until(then).await;
}

/// When the living message was changed since then.
fn changes(show: &Show, since: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let all = show.platforms.slack.requests().into_iter();
    all.filter(|r| r.path.ends_with("chat.update") && r.at >= since).map(|r| r.at).collect()
}

fn questions_of(show: &Show, room: &str) -> Vec<String> {
    let all = show.everything().into_iter().filter(|m| m.author.bot && room_of(m) == room);
    let words = all.map(|m| words_of(&m).replace("**", ""));
    words
        .filter(|w| w.starts_with('Q') && w.contains(". "))
        .map(|w| w.lines().next().unwrap_or_default().to_owned())
        .collect()
}

fn message(show: &Show) -> Message {
    let mut all = show.said("desk", "#SMXChat");
    all.retain(|m| words_of(m).starts_with('#'));
    all.pop().expect("a living message")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_as_it_is_read_at_the_desk() {
    let mut show = before_the_doors(Stage::at("2026-11-19T10:00:00Z")).await;
    show.slack("spare What made you smile this week?").await;
    assert_eq!(show.desks(), Vec::<String>::new(), "the doors are closed");
    let mut read = Vec::new();
    show.at("19:50:30").await;
    read.push(desk(&show));
    show.at("20:10").await;
    for (name, words) in
        [("adaokafor", "A1 I am Ada."), ("brunolima", "A1 I am Bruno."), ("adaokafor", "A1 Hello!")]
    {
        show.x(name, &format!("{words} #SMXChat")).await;
    }
    show.answer(cast::AMARA, "We met in the car park.").await;
    show.at("20:14:20").await;
    read.push(desk(&show));
    let mut said = vec![press(&mut show, "Hold 3 min").await];
    moments_later(&mut show).await;
    read.push(desk(&show));
    for label in ["5 min longer", "Spare for Q3"] {
        said.push(press(&mut show, label).await);
        moments_later(&mut show).await;
        read.push(desk(&show));
    }
    show.at("21:06").await;
    read.push(desk(&show));
    show.at("21:25").await;
    let last = desk(&show);
    insta::assert_snapshot!(format!("{}\n\n---\n{}", read.join("\n\n"), said.join("\n\n")));
    assert_eq!(read.last(), Some(&last), "its last word");
    assert_eq!(show.said("desk", "#SMXChat").len(), 1, "one message");
    for room in ["x", "discord", "slack"] {
        assert_eq!(show.said(room, "a little longer").len(), 1, "{room}");
        let third = &questions_of(&show, room)[2];
        assert!(third.starts_with("Q3. What made you smile this week?"), "{third}");
    }
    // Nothing lives on, and nobody looks any more.
    let alive = show.looking().store().all_living(show.now() + TimeDelta::days(1)).await.expect("the table");
    assert_eq!(alive, []);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_changed_only_where_it_shows_something_else_and_not_too_often() {
    let mut show = in_q2().await;
    let since = show.now();
    show.at("20:20").await;
    let quiet = changes(&show, since);
    // Only the minutes that are left.
    assert!((4..=6).contains(&quiet.len()), "{quiet:?}");
    let since = show.now();
    for (n, label) in ["Hold 3 min", "5 min longer", "Ask Q3 now"].into_iter().enumerate() {
        press(&mut show, label).await;
        show.x("adaokafor", &format!("A2 Number {n} of mine. #SMXChat")).await;
    }
    moments_later(&mut show).await;
    moments_later(&mut show).await;
    let busy = changes(&show, since);
    assert!(!busy.is_empty() && busy.windows(2).all(|w| w[1] - w[0] >= TimeDelta::seconds(3)), "{busy:?}");
    assert!(desk(&show).contains("Now: Q3"), "{}", desk(&show));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_steers_nothing_is_told_so_kindly_and_nothing_changes() {
    let mut show = in_q2().await;
    let before = desk(&show);
    for label in ["Ask Q3 now", "Hold 3 min", "Leave out Q3", "5 min longer", "Close"] {
        let read = press_as(&mut show, cast::PRIYA, label).await;
        assert_eq!(
            read, "@U0MAYA steers #SMXChat. You can: /chat when, /chat questions, /chat suggest, /chat help.",
            "{label}"
        );
    }
    assert_eq!(desk(&show), before);
    show.at("20:24").await;
    assert_eq!(questions_of(&show, "discord").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn pressed_twice_or_after_the_close_it_does_no_harm() {
    let mut show = in_q2().await;
    // From now on the message stands still, and everybody presses what it showed at 20:15.
    show.platforms.slack.inject_on("chat.update", Fault::ServerError { status: 503, accepted: false }, 400);
    let mut said = Vec::new();
    let presses = ["Ask Q3 now", "Ask Q3 now", "Leave out Q3", "Hold 3 min", "5 min longer", "5 min longer"];
    for label in presses {
        said.push(format!("{label}: {}", press(&mut show, label).await));
        moments_later(&mut show).await;
    }
    show.at("21:06").await;
    for label in ["Ask Q3 now", "Hold 3 min", "Leave out Q3", "5 min longer", "Close"] {
        said.push(format!("{label}, after the close: {}", press(&mut show, label).await));
    }
    insta::assert_snapshot!(said.join("\n"));
    show.platforms.slack.clear_faults();
    show.at("21:08").await;
    assert_eq!(tests::words::slack_button(&message(&show).payload, "Close"), None, "nothing to press");
    assert_eq!(show.said("discord", "That's the hour").len(), 1);
    assert_eq!(questions_of(&show, "discord").len(), 6, "each once");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_by_hand_it_comes_back_once() {
    let mut show = in_q2().await;
    let first = message(&show);
    show.platforms.slack.remove(cast::DESK, &first.id).expect("deleted");
    show.at("20:18").await;
    let second = message(&show);
    assert_ne!(first.id, second.id);
    assert!(desk(&show).contains("To come: Q3 20:23"), "{}", desk(&show));
    let held = press(&mut show, "Hold 3 min").await;
    assert!(held.starts_with("Held."), "{held}");
    show.platforms.slack.remove(cast::DESK, &second.id).expect("deleted");
    show.at("21:30").await;
    assert_eq!(show.desks(), Vec::<String>::new(), "somebody does not want it");
    assert_eq!(questions_of(&show, "x").len(), 6);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_slack_is_down_nothing_piles_up() {
    let mut show = in_q2().await;
    let since = show.now();
    show.platforms.slack.inject(Fault::ServerError { status: 503, accepted: false }, 400);
    show.at("20:30").await;
    let tried = changes(&show, since).len();
    assert!(tried <= 61, "{tried} tries in a quarter of an hour");
    show.platforms.slack.clear_faults();
    let mended = show.now();
    show.at("20:31:30").await;
    assert!(changes(&show, mended).len() <= 4, "{:?}", changes(&show, mended));
    assert!(desk(&show).contains("Now: Q3"), "{}", desk(&show));
    assert_eq!(show.said("desk", "The doors are open").len(), 0);
    show.at("21:30").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_slack_asks_to_wait_for_is_waited_for_and_holds_up_nobody() {
    let mut show = in_q2().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(90)) };
    show.platforms.slack.inject_on("chat.update", limited, 1);
    let since = show.now() + TimeDelta::seconds(1);
    show.at("20:16:05").await;
    let limited_at = changes(&show, since);
    assert_eq!(limited_at.len(), 1, "{limited_at:?}");
    // Organisers are told what others do, and cards go into the rooms, as ever.
    show.slack("say Kettle break!").await;
    show.press("Say it").await;
    show.x("adaokafor", "A2 Still here. #SMXChat").await;
    let soon = limited_at[0] + TimeDelta::seconds(30);
    show.until(soon).await;
    assert_eq!(show.said("desk", "said in every room").len(), 1);
    assert_eq!(show.said("slack", "Still here").len(), 1);
    show.at("20:19").await;
    let then = changes(&show, limited_at[0] + TimeDelta::seconds(1));
    assert!(then[0] - limited_at[0] >= TimeDelta::seconds(90), "{then:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_post_in_doubt_is_looked_for() {
    for accepted in [true, false] {
        let mut show = before_the_doors(Stage::at("2026-11-19T10:00:00Z")).await;
        let desk_only = Fault::Drop { accepted };
        show.at("19:49:50").await;
        // The desk's is the first of the reminder's second there.
        show.platforms.slack.inject_on("chat.postMessage", desk_only, 2);
        show.at("20:01:20").await;
        assert!(desk(&show).contains("20:01"), "{}", desk(&show));
        show.at("21:30").await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_is_called_off_or_moved_leaves_no_stale_desk() {
    let mut show = before_the_doors(Stage::at("2026-11-19T10:00:00Z")).await;
    show.at("19:52").await;
    show.slack("reschedule 24 Nov to 26 Nov 19:30").await;
    show.at("19:53").await;
    let moved = desk(&show);
    show.at("Thu 19:21").await;
    let two = show.desks();
    assert_eq!(two.len(), 2, "{two:?}");
    show.slack("skip 26 Nov").await;
    show.at("19:25").await;
    let off = show.desks();
    insta::assert_snapshot!(format!("{moved}\n\n{}\n\n{}", two[1], off[1]));
    assert_eq!(off[0], moved);
    show.at("21:30").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_goes_where_it_is_set_and_the_old_one_says_so() {
    let mut show = in_q2().await;
    show.slack(&format!("set desk <#{}|smxchat>", cast::SLACK_CHANNEL)).await;
    show.at("20:16").await;
    let old = desk(&show);
    let new: Vec<String> =
        show.said("slack", "To come: Q3").iter().map(words_of).filter(|w| w.starts_with('#')).collect();
    assert_eq!(new.len(), 1, "{}", show.transcript());
    assert_eq!(old, format!("#SMXChat is steered from #{} now.", cast::SLACK_CHANNEL));
    show.slack("set desk none").await;
    show.at("20:18").await;
    assert_eq!(desk(&show), "#SMXChat has no desk any more.");
    show.at("21:30").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_and_doubled_bells_change_nothing_of_what_is_read() {
    let mut show = in_q2().await;
    let episode = "smxchat/2026-11-24T20:00Z".parse().expect("a name");
    let host = show.host().clone();
    let now = show.now();
    let before = changes(&show, now).len();
    let twice = [host.desk(&episode, now), host.desk(&episode, now), host.desk(&episode, now)];
    for done in futures_join(twice).await {
        done.expect("looked at");
    }
    assert!(changes(&show, now).len() <= before + 1, "{:?}", changes(&show, now));
    // A tick that comes twice hands out the same looks.
    show.tick().await;
    show.tick().await;
    show.at("20:17:20").await;
    assert!(desk(&show).contains("20:17"), "{}", desk(&show));
}

async fn futures_join<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut done = Vec::new();
    for one in all {
        done.push(Box::pin(one).await);
    }
    done
}
