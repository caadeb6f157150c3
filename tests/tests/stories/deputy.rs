//! The lead organiser is silent when the hour opens, and the next one is called.

use earshot::cast;
use earshot::standin::StandIn;
use tests::{Show, words_of};

/// An hour on Tuesday, steered by Maya and these.
async fn steered_with(others: &[(&str, &str)]) -> Show {
    let mut show = Show::new("2026-11-23T10:00:00Z").await;
    show.set_up().await;
    for (id, name) in others {
        show.slack(&format!("organiser add <@{id}|{name}>")).await;
    }
    show.ask_six().await;
    show
}

/// What the bot wrote to somebody alone, with its time.
fn alone(show: &Show, user: &str) -> Vec<String> {
    // Slack calls that channel by an id of its own.
    let channel = user.replacen('U', "D", 1);
    let all = show.platforms.slack.messages();
    let theirs = all.iter().filter(|m| m.channel == channel && m.ephemeral_for.is_none());
    theirs.map(|m| format!("{} {}", m.at.format("%H:%M:%S"), words_of(m))).collect()
}

/// What was said of a call, and to whom.
fn calls(show: &Show) -> String {
    let mut told = Vec::new();
    for (name, user) in [("Maya", cast::MAYA), ("Sol", cast::SOL), ("Priya", cast::PRIYA)] {
        told.extend(alone(show, user).into_iter().map(|words| format!("{name}: {words}")));
    }
    let desk = show.said("desk", "seen yet");
    told.extend(desk.iter().map(|m| format!("desk: {} {}", m.at.format("%H:%M:%S"), words_of(m))));
    told.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_next_is_called_where_the_lead_is_not_seen() {
    let mut show = steered_with(&[(cast::SOL, "sol"), (cast::PRIYA, "priya")]).await;
    // What she did long before says nothing about now.
    show.at("Tue 19:40").await;
    show.slack("status").await;
    show.at("20:01").await;
    assert_eq!(calls(&show), "");
    show.at("20:20").await;
    insta::assert_snapshot!(calls(&show));
    // It notifies: Slack makes a mention of it.
    let desk = show.said("desk", "seen yet").remove(0).payload.to_string();
    assert!(desk.contains(&format!("\"user_id\":\"{}\"", cast::SOL)), "{desk}");
    show.assert_once_everywhere("Q1.");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_who_was_called_is_there_by_the_first_thing_they_do() {
    let mut show = steered_with(&[(cast::SOL, "sol"), (cast::PRIYA, "priya")]).await;
    show.at("Tue 20:03").await;
    assert_eq!(alone(&show, cast::SOL).len(), 1);
    // Even where it is refused.
    show.slack_as(cast::SOL, cast::SLACK_CHANNEL, "drop Q9").await;
    show.at("21:20").await;
    assert_eq!(alone(&show, cast::PRIYA), [""; 0]);
    assert_eq!(alone(&show, cast::SOL).len(), 1, "and nobody twice");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_lead_does_counts_as_being_there() {
    let nothing = "nothing";
    for does in ["reads", "opens their home", "presses the desk", "answers", "pauses", nothing] {
        let mut show = steered_with(&[(cast::SOL, "sol")]).await;
        show.at("Tue 19:51").await;
        match does {
            "reads" => drop(show.slack("status").await),
            "opens their home" => drop(show.home(cast::MAYA).await),
            "presses the desk" => {
                show.at("20:01").await;
                show.press_under(cast::MAYA, cast::DESK, "Hold 3 min", "#SMXChat").await;
            }
            "answers" => {
                show.at("20:00:30").await;
                show.press("Say hello").await;
                show.fill_in(cast::MAYA, &[("answer", "Maya, in Leeds. Kettle's on!")]).await;
            }
            "pauses" => {
                show.at("20:01").await;
                show.slack("pause").await;
            }
            _ => {}
        }
        show.at("20:15").await;
        let called = alone(&show, cast::SOL).iter().any(|words| words.contains("seen yet"));
        assert_eq!(called, does == nothing, "{does}: {}", calls(&show));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_was_opened_too_early_or_by_somebody_else_says_nothing() {
    let mut show = steered_with(&[(cast::SOL, "sol")]).await;
    // Long before the start; and later by Priya, who steers nothing here.
    show.at("Tue 19:40").await;
    show.home(cast::MAYA).await;
    show.at("19:58").await;
    show.home(cast::PRIYA).await;
    show.at("20:03").await;
    assert_eq!(alone(&show, cast::SOL).len(), 1, "{}", calls(&show));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_where_there_is_nobody_or_no_hour() {
    // One organiser: the desk hears nothing more than it did.
    let mut alone_in_it = steered_with(&[]).await;
    alone_in_it.at("Tue 21:20").await;
    assert_eq!(calls(&alone_in_it), "");
    // Skipped, and rehearsed: the rehearsal opens no hour.
    let mut show = steered_with(&[(cast::SOL, "sol")]).await;
    show.slack(&format!("rehearse in <#{}|smxchat-desk> 5m", cast::DESK)).await;
    show.at("11:00").await;
    show.slack("skip 24 Nov").await;
    show.at("Tue 21:20").await;
    assert_eq!(calls(&show), "");
    // Moved: what was done for the old time says nothing about the new one.
    show.at("Wed 10:00").await;
    show.slack("reschedule 1 Dec to 19:30").await;
    show.at("2026-12-01T19:31:00Z").await;
    assert_eq!(calls(&show), "");
    show.at("2026-12-01T19:33:00Z").await;
    assert_eq!(alone(&show, cast::SOL).len(), 1, "{}", calls(&show));
    show.at("2026-12-01T21:00:00Z").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_comes_too_late_is_not_made() {
    let mut show = Show::kept("2026-11-23T10:00:00Z").await;
    show.set_up().await;
    show.slack(&format!("organiser add <@{}|sol>", cast::SOL)).await;
    show.ask_six().await;
    show.at("Tue 19:59").await;
    show.sleep_until("20:09").await;
    show.restart().await;
    show.at("20:30").await;
    assert!(!calls(&show).contains("seen yet"), "{}", calls(&show));
    let dropped = show.dump().await;
    let dropped = dropped.iter().filter(|row| row.contains("#deputy/1@") && row.contains("too_late")).count();
    assert_eq!(dropped, 1, "and that is recorded");
}
