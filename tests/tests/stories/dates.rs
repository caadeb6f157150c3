//! Dates that change after people were told of them.

use tests::{Show, instant};

async fn planned() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    show.ask_six().await;
    show
}

#[tokio::test(flavor = "multi_thread")]
async fn an_episode_that_is_moved_after_its_reminder_is_announced_again() {
    let mut show = planned().await;
    show.at("Mon 20:30").await;
    let since = show.now();
    let moved = show.slack("reschedule 24 Nov to Thu 26 Nov 19:00").await;
    show.at("Tue 22:00").await;
    assert_eq!(show.said("x", "Kettle").len(), 0, "nothing is said for the old time");
    show.at("Thu 20:30").await;
    show.assert_kept().await;
    let told = show.transcript_between(since, instant("2026-11-26T19:01:00Z"));
    insta::assert_snapshot!(format!("{moved}\n{told}"));
    for room in ["x", "discord", "slack"] {
        assert_eq!(show.said(room, "Kettle").len(), 1, "in {room}");
        assert_eq!(show.said(room, "Welcome").len(), 1, "in {room}");
        // Two: the one for the old date, and the new one a day before the new date.
        assert_eq!(show.said(room, "Tomorrow").len(), 2, "in {room}");
    }
    assert_eq!(show.said("x", "Welcome")[0].at, instant("2026-11-26T19:00:00Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_episode_that_is_moved_before_its_reminder() {
    let mut show = planned().await;
    let since = show.now();
    let moved = show.slack("reschedule 24 Nov to Thu 26 Nov 19:00").await;
    show.at("Mon 20:30").await;
    // In the first reminder's place.
    insta::assert_snapshot!(format!("{moved}\n{}", show.transcript_since(since)));
    show.at("Thu 20:30").await;
    for room in ["x", "discord", "slack"] {
        assert_eq!(show.said(room, "Welcome").len(), 1, "in {room}");
    }
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_skipped_and_said_so_in_time() {
    let mut show = planned().await;
    let since = show.now();
    let skipped = show.slack("skip 24 Nov").await;
    show.at("Wed 10:00").await;
    for part in ["Kettle", "Welcome", "Q1."] {
        for room in ["x", "discord", "slack"] {
            assert_eq!(show.said(room, part).len(), 0, "{part} in {room}");
        }
    }
    insta::assert_snapshot!(format!("{skipped}\n{}", show.transcript_since(since)));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_skipped_after_its_reminder_and_brought_back() {
    let mut show = planned().await;
    show.at("Tue 10:00").await;
    let since = show.now();
    let skipped = show.slack("skip 24 Nov").await;
    show.at("Tue 10:05").await;
    let undone = show.press("Undo").await;
    show.at("Wed 10:00").await;
    show.assert_kept().await;
    let told = show.transcript_between(since, instant("2026-11-24T20:01:00Z"));
    insta::assert_snapshot!(format!("{skipped}\n{undone}\n{told}"));
    show.assert_once_everywhere("Kettle");
    show.assert_once_everywhere("Welcome");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skip_is_undone_before_anybody_was_told() {
    let mut show = planned().await;
    let skipped = show.slack("skip 24 Nov").await;
    let undone = show.press("Undo").await;
    show.at("Wed 10:00").await;
    assert_eq!(show.said("x", "No #SMXChat").len(), 0);
    for part in ["Tomorrow", "Kettle", "Welcome", "That's the hour"] {
        show.assert_once_everywhere(part);
    }
    insta::assert_snapshot!(format!("{skipped}\n{undone}"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skip_is_said_at_once_when_asked_to() {
    let mut show = planned().await;
    let since = show.now();
    show.slack("skip 24 Nov").await;
    let said = show.press("Say now").await;
    show.at("Thu 12:00").await;
    let early = show.transcript_since(since);
    show.at("Wed 10:00").await;
    show.assert_kept().await;
    insta::assert_snapshot!(format!("{said}\n{early}"));
    assert_eq!(show.transcript_since(since).matches("| x |").count(), 1, "said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_over_the_holidays() {
    let mut show = Show::new("2026-12-10T10:00:00Z").await;
    show.set_up().await;
    let since = show.now();
    let skipped = show.slack("skip 22 Dec to 5 Jan").await;
    let when = show.slack("when").await;
    show.until(instant("2027-01-13T10:00:00Z")).await;
    let openings: Vec<String> =
        show.said("slack", "Welcome").iter().map(|m| m.at.format("%d %b").to_string()).collect();
    assert_eq!(openings, ["15 Dec", "12 Jan"], "{}", show.transcript_since(since));
    let said: Vec<String> = show
        .everything()
        .iter()
        .filter(|m| m.platform == "x")
        .map(|m| format!("{} {}", m.at.format("%a %d %b %H:%M"), tests::words_of(m)))
        .collect();
    insta::assert_snapshot!(format!("{skipped}\n{when}\n{}", said.join("\n")));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_on_every_day_of_the_week() {
    let mut show = Show::new("2026-11-21T10:00:00Z").await;
    let days = "Mondays, Tuesdays, Wednesdays, Thursdays, Fridays, Saturdays and Sundays";
    let made = show.slack(&format!("new #SMXChat {days} 8pm London")).await;
    assert!(made.starts_with("#SMXChat is on"), "{made}");
    show.slack("connect slack").await;
    show.slack("ask What did you do today?").await;
    let moved = show.slack(&format!("set time {days} 9pm London")).await;
    assert!(moved.contains("21:00"), "{moved}");
    show.at("2026-11-26T22:30:00Z").await;
    // Six evenings, each opened and closed once, at the new hour.
    let opened = show.said("slack", "Welcome to #SMXChat!");
    let hours: Vec<String> = opened.iter().map(|m| m.at.format("%a %H:%M").to_string()).collect();
    assert_eq!(hours, ["Sat 21:00", "Sun 21:00", "Mon 21:00", "Tue 21:00", "Wed 21:00", "Thu 21:00"]);
    assert_eq!(show.said("slack", "That's the hour").len(), 6);
    show.slack("skip 27 Nov to 5 Dec").await;
    show.slack("retire").await;
    let read = show.press("Retire it").await;
    assert!(!read.contains("notebook"), "{read}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_chats_on_a_day_a_button_chooses() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up_as("new #SMXChat every Tuesday 10am and 8pm London").await;
    let asked = show.slack("ask What <now> & then? on 24 Nov").await;
    let before = show.dump().await;
    let saved = show.press("20:00").await;
    assert_ne!(before, show.dump().await, "nothing was saved before");
    let part = show.slack("topic What we do on Friday").await;
    let topic = show.press("It is part of it").await;
    // Opened from a button, the form is the evening's.
    show.slack("edit on 24 Nov").await;
    show.press("20:00").await;
    // A text that is refused after the choice is given back.
    show.slack("ask Have you been to Booking.com for this? on 24 Nov").await;
    let refused = show.press("20:00").await;
    let skipped = show.slack("skip 24 Nov 10am").await;
    show.at("Tue 20:30").await;
    show.assert_kept().await;
    assert_eq!(show.said("x", "Q1. What <now> & then?").len(), 1);
    assert_eq!(show.said("x", "Welcome").len(), 1);
    insta::assert_snapshot!(
        [asked, saved, part, topic, refused, skipped, show.transcript_since(instant("2026-11-23T09:00:00Z"))]
            .join("\n\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn skipped_said_at_once_and_brought_back_people_know_how_it_is() {
    let mut show = planned().await;
    show.slack("skip 1 Dec").await;
    let since = show.now();
    show.press("Say now").await;
    show.slack("add 1 Dec").await;
    show.slack("skip 1 Dec").await;
    show.press("Undo").await;
    show.at("Wed 10:00").await;
    for room in ["x", "discord", "slack"] {
        let told = show.everything();
        let mut said =
            told.iter().filter(|m| tests::room_of(m) == room && m.at >= since).map(tests::words_of);
        let last = said.rfind(|w| w.contains("No #SMXChat") || w.contains("on after all"));
        assert!(
            last.is_none_or(|words| words.contains("on after all")),
            "{room}: {}",
            show.transcript_since(since)
        );
    }
    // In the rooms the same words stand twice, and rightly so; on X they may not.
    let on_x: Vec<String> = show.said("x", "#SMXChat").iter().map(tests::words_of).collect();
    let distinct: std::collections::HashSet<&String> = on_x.iter().collect();
    assert_eq!(on_x.len(), distinct.len(), "{on_x:#?}");
}
