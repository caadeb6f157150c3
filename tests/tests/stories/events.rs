//! Events in Discord's own list: made, moved and cancelled with their hours, where a chat wants them.

use std::fmt::Write as _;

use earshot::cast;
use earshot::standin::{Fault, StandIn};
use tests::Show;

async fn show() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show
}

/// The list as people see it.
fn list(show: &Show) -> String {
    let mut text = String::new();
    for event in show.platforms.discord.events(cast::SERVER) {
        let status = ["", "scheduled", "active", "completed", "cancelled"]
            .get(usize::try_from(event.status).unwrap_or_default())
            .unwrap_or(&"?");
        let (from, to) = (event.starts.format("%a %d %b %H:%M"), event.ends.format("%H:%M"));
        let _ = writeln!(text, "{status} | {from} to {to} | {} | {}", event.name, event.description);
    }
    text
}

fn scheduled(show: &Show) -> usize {
    show.platforms.discord.events(cast::SERVER).iter().filter(|event| matches!(event.status, 1 | 2)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn made_renamed_moved_cancelled_and_brought_back_with_its_hour() {
    let mut show = show().await;
    assert_eq!(list(&show), "", "nobody asked for any");
    let mut told = vec![show.slack("set events on").await];
    show.settle().await;
    told.push(list(&show));
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Wanjiru Kamau, Nairobi").await;
    show.ask_six().await;
    told.push(list(&show));
    show.slack("reschedule 24 Nov to 24 Nov 9pm").await;
    told.push(list(&show));
    show.slack("skip 1 Dec").await;
    told.push(list(&show));
    show.press("Undo").await;
    told.push(list(&show));
    // The weeks go on, and each hour has one.
    show.at("2026-11-24T21:30:00Z").await;
    told.push(list(&show));
    show.at("2026-11-25T12:00:00Z").await;
    told.push(list(&show));
    told.push(show.slack("set events off").await);
    told.push(list(&show));
    assert_eq!(scheduled(&show), 0);
    show.assert_kept().await;
    insta::assert_snapshot!(told.join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_permission_organisers_hear_of_it_once() {
    let mut show = show().await;
    show.platforms.discord.allow_events(false);
    show.slack("set events on").await;
    show.slack("topic Communities that outlive their platform").await;
    show.at("Tue 21:20").await;
    let told = show.said("desk", "I may not make events");
    assert_eq!(told.len(), 1, "{}", show.transcript());
    show.assert_once_everywhere("Welcome");
    // With it, the next one is there.
    show.platforms.discord.allow_events(true);
    show.slack("topic Gardens on 1 Dec").await;
    show.at("2026-11-29T20:01:00Z").await;
    assert!(list(&show).contains("#SMXChat: Gardens"), "{}", list(&show));
    show.assert_kept().await;
    insta::assert_snapshot!(tests::words_of(&told[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_deletes_one_does_not_get_it_back() {
    let mut show = show().await;
    show.slack("set events on").await;
    let before = show.platforms.discord.events(cast::SERVER);
    show.platforms.discord.delete_event(&before[0].id);
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Wanjiru Kamau, Nairobi").await;
    show.at("2026-11-22T20:01:00Z").await;
    assert!(!list(&show).contains("24 Nov"), "{}", list(&show));
    assert!(list(&show).contains("01 Dec"), "the week after has its own: {}", list(&show));
    show.at("Tue 21:20").await;
    assert!(!list(&show).contains("24 Nov"), "{}", list(&show));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_no_second_one() {
    for fault in [Fault::Drop { accepted: true }, Fault::Drop { accepted: false }] {
        let mut show = show().await;
        show.platforms.discord.inject_on("scheduled-events", fault.clone(), 1);
        show.slack("set events on").await;
        let later = show.now() + chrono::TimeDelta::minutes(3);
        show.at(&later.to_rfc3339()).await;
        let starts: Vec<_> = show.platforms.discord.events(cast::SERVER).iter().map(|e| e.starts).collect();
        let mut once = starts.clone();
        once.dedup();
        assert_eq!((starts.len() >= 2, &starts), (true, &once), "{fault:?}: {}", list(&show));
        // It is known from then on: it is renamed, and no other one is made.
        show.slack("topic Communities that outlive their platform").await;
        assert_eq!(list(&show).matches("outlive").count(), 1, "{fault:?}: {}", list(&show));
        assert_eq!(show.platforms.discord.events(cast::SERVER).len(), starts.len());
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_goes_on_for_longer_has_an_event_that_does() {
    let mut show = show().await;
    show.slack("set events on").await;
    show.ask_six().await;
    show.at("Tue 20:20").await;
    let before = list(&show);
    assert!(before.contains("active | Tue 24 Nov 20:00 to 21:00"), "{before}");
    show.slack("close").await;
    show.at("Tue 20:40").await;
    // Closed early, it is let be: Discord ends it by itself.
    assert_eq!(list(&show).lines().next(), before.lines().next());
    show.at("Wed 10:00").await;
    assert!(list(&show).contains("completed | Tue 24 Nov"), "{}", list(&show));
    show.assert_kept().await;
}
