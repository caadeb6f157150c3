//! An organiser's hand on the hour: what is acknowledged is kept.

use earshot::cast;
use tests::{Show, room_of, words_of};

/// An hour of six questions that has just been opened.
async fn open_hour() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:01").await;
    show
}

/// When each question, and the close, was said in a room: `Q1 20:05:00 Q2 …`.
fn times(show: &Show, room: &str) -> String {
    let mut out = Vec::new();
    for message in show.everything().iter().filter(|m| m.author.bot && !m.deleted && room_of(m) == room) {
        let words = words_of(message).replace("**", "");
        let what = match words.split_once(". ") {
            Some((q, _)) if q.starts_with('Q') && q.len() <= 3 => q.to_owned(),
            _ if words.starts_with("That's the hour") => "close".to_owned(),
            _ => continue,
        };
        out.push(format!("{what} {}", message.at.format("%H:%M:%S")));
    }
    out.join(" ")
}

fn assert_times(show: &Show, expected: &str) {
    for room in ["x", "discord", "slack"] {
        assert_eq!(times(show, room), expected, "in {room}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hold_and_its_undo() {
    let mut show = open_hour().await;
    show.at("20:24").await;
    let held = show.slack("hold 3m").await;
    assert_eq!(held, "Held. Q4 20:35, Q5 20:42, Q6 20:49; close stays 21:00. [Undo] [Close 21:03 instead]");
    // Its old moment comes and goes.
    show.at("20:34").await;
    assert_times(&show, "Q1 20:05:00 Q2 20:14:00 Q3 20:23:00");
    show.at("20:36").await;
    assert_times(&show, "Q1 20:05:00 Q2 20:14:00 Q3 20:23:00 Q4 20:35:00");
    let held = show.slack("hold 2m").await;
    let undone = show.press("Undo").await;
    show.at("21:05").await;
    insta::assert_snapshot!(format!("{held}\n{undone}"));
    assert_times(
        &show,
        "Q1 20:05:00 Q2 20:14:00 Q3 20:23:00 Q4 20:35:00 Q5 20:42:00 Q6 20:49:00 close 21:00:00",
    );
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hold_while_a_question_is_going_out() {
    let mut show = open_hour().await;
    // Handed out and about to be claimed: the hold comes first, and the one in flight does nothing.
    show.at("20:13:57").await;
    let first = show.slack("hold 5m").await;
    show.at("20:18").await;
    assert_times(&show, "Q1 20:05:00");
    show.at("20:33").await;
    // The same second that a question went out: it stands, and the hold begins with the next.
    let stands = times(&show, "x");
    let second = show.slack("hold 1m").await;
    show.at("21:05").await;
    for room in ["discord", "slack"] {
        assert_eq!(times(&show, room), times(&show, "x"), "in {room}");
    }
    assert!(times(&show, "x").starts_with(&stands));
    insta::assert_snapshot!(format!("{first}\n{second}\n{}", times(&show, "x")));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn next_and_stop() {
    let mut show = open_hour().await;
    show.at("20:07").await;
    let next = show.slack("next").await;
    assert_eq!(next, "Q2 goes out in 5 seconds. [Stop]");
    show.at("20:07:02").await;
    let stopped = show.press("Stop").await;
    show.at("20:10").await;
    assert_times(&show, "Q1 20:05:00");
    let again = show.slack("next").await;
    show.at("20:10:06").await;
    assert_times(&show, "Q1 20:05:00 Q2 20:10:05");
    let too_late = show.press("Stop").await;
    show.at("21:05").await;
    insta::assert_snapshot!(format!("{stopped}\n{again}\n{too_late}\n{}", times(&show, "x")));
    for room in ["discord", "slack"] {
        assert_eq!(times(&show, room), times(&show, "x"), "in {room}");
    }
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_and_resume() {
    let mut show = open_hour().await;
    show.at("20:15").await;
    let paused = show.slack("pause").await;
    let again = show.slack("pause").await;
    show.at("20:24").await;
    let status = show.slack("status").await;
    show.x("adaokafor", "A2 still talking about this one. #SMXChat").await;
    show.at("20:40").await;
    assert_times(&show, "Q1 20:05:00 Q2 20:14:00");
    assert!(show.said("discord", "still talking").len() == 1, "a pause keeps nobody quiet");
    let resumed = show.slack("resume").await;
    let not_paused = show.slack("resume").await;
    show.at("21:05").await;
    for room in ["discord", "slack"] {
        assert_eq!(times(&show, room), times(&show, "x"), "in {room}");
    }
    insta::assert_snapshot!(format!(
        "{paused}\n{again}\n{status}\n{resumed}\n{not_paused}\n{}",
        times(&show, "x")
    ));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_until_the_end_and_closed_all_the_same() {
    let mut show = open_hour().await;
    show.at("20:15").await;
    show.slack("pause").await;
    show.at("21:05").await;
    assert_times(&show, "Q1 20:05:00 Q2 20:14:00 close 21:00:00");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_early() {
    let mut show = open_hour().await;
    show.at("20:24").await;
    let asked = show.slack("close").await;
    show.at("20:25").await;
    let closing = show.press("Close the hour").await;
    show.at("20:26").await;
    let told = times(&show, "x");
    assert!(told.contains("Q3 20:23:00 close 20:25:0"), "{told}");
    show.at("21:30").await;
    assert_eq!(times(&show, "x"), told, "nothing comes after the close");
    insta::assert_snapshot!(format!("{asked}\n{closing}"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_changed_while_it_goes_out() {
    let mut show = open_hour().await;
    // Within five seconds of its moment its cue is in somebody's hands.
    show.at("20:22:58").await;
    let changed = show.slack("ask Q3 What did your community do when its platform changed?").await;
    show.at("20:23:01").await;
    let too_late = show.slack("ask Q3 What did your community do in that week?").await;
    let fixed = show.slack("fix Q3 What did your community do in that week?").await;
    show.at("20:30").await;
    insta::assert_snapshot!(format!("{changed}\n{too_late}\n{fixed}"));
    show.assert_once_everywhere("Q3. ");
    assert_eq!(show.said("x", "Q3. What did your community do when its platform changed?").len(), 1);
    for room in ["discord", "slack"] {
        assert_eq!(show.said(room, "Q3. What did your community do in that week?").len(), 1, "{room}");
    }
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn say_and_think_better_of_it() {
    let mut show = open_hour().await;
    let asked = show.slack("say Back in a minute!").await;
    let unsaid = show.press("Never mind").await;
    show.at("20:04").await;
    for room in ["x", "discord", "slack"] {
        assert_eq!(show.said(room, "Back in a minute").len(), 0, "in {room}");
    }
    show.slack("say Back in two minutes!").await;
    show.press("Say it").await;
    // Pressed again by a second organiser who did not see that: said once.
    show.at("20:05").await;
    show.assert_once_everywhere("Back in two minutes!");
    insta::assert_snapshot!(format!("{asked}\n{unsaid}"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_organisers_at_once() {
    let mut show = open_hour().await;
    show.slack(&format!("organiser add <@{}|sol>", cast::SOL)).await;
    show.at("20:24").await;
    let maya = show.slack("hold 3m").await;
    let sol = show.slack_as(cast::SOL, cast::SLACK_CHANNEL, "hold 3m").await;
    let mine_is_stale = show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Undo", "Q4 20:35").await;
    insta::assert_snapshot!(format!("{maya}\n{sol}\n{mine_is_stale}"));
    show.at("21:05").await;
    show.assert_kept().await;
}
