//! App Home: opened, it is there; opened again, it is up to date; and nobody reads in it what is not for them.

use chrono::TimeDelta;
use earshot::cast;
use earshot::standin::{Fault, StandIn};
use serde_json::Value;
use tests::{SIX, Show, Stage, words};

/// A week before an hour of six questions, all set up.
async fn set_up() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show
}

/// What was published, in order: for whom.
fn published(show: &Show) -> Vec<String> {
    let all = show.platforms.slack.requests().into_iter().filter(|r| r.path.ends_with("views.publish"));
    all.map(|r| r.body["user_id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Somebody presses a button in their home; what opens above it.
async fn press(show: &mut Show, user: &str, label: &str) -> String {
    let home = show.home_view(user).expect("a home");
    let id = home.get("id").and_then(Value::as_str).expect("a view has an id").to_owned();
    let (action_id, value) =
        words::slack_button(&home, label).unwrap_or_else(|| panic!("no {label}: {home}"));
    let pressed = show.platforms.slack.press_in_view(user, &id, &action_id, value.as_deref());
    let answer = Box::pin(pressed).await.expect("Earshot answers");
    assert_eq!((answer.status, answer.refused), (200, None), "{label}");
    show.settle().await;
    show.forms(user).pop().map(|view| words::slack_form(&view)).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_it_shows_what_is_missing_and_a_button_mends_it() {
    let mut show = set_up().await;
    let mut read = vec![show.home(cast::MAYA).await];
    let form = press(&mut show, cast::MAYA, "Questions").await;
    assert!(form.starts_with("(Questions Tue 24 Nov)"), "{form}");
    assert_eq!(published(&show).len(), 1, "a form that opened has changed nothing");
    let typed: Vec<(String, &str)> = (0..).map(|n| format!("new{n}")).zip(SIX).collect();
    let typed: Vec<(&str, &str)> = typed.iter().map(|(key, text)| (key.as_str(), *text)).collect();
    let saved = show.fill_in(cast::MAYA, &typed).await;
    read.push(words::slack(saved.body.get("view").expect("what was saved")));
    // It changes by itself, since it was done from there.
    read.push(show.home_words(cast::MAYA));
    assert_eq!(published(&show).len(), 2);
    // Taken back in the form that is still open, it changes again.
    show.press_in_form(cast::MAYA, "Undo").await;
    read.push(show.home_words(cast::MAYA));
    insta::assert_snapshot!(read.join("\n\n=====\n\n"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_elsewhere_is_there_when_it_is_opened_again() {
    let mut show = set_up().await;
    assert!(show.home(cast::MAYA).await.contains("No question yet"));
    show.ask_six().await;
    show.slack("topic Communities that outlive their platform").await;
    assert!(show.home_words(cast::MAYA).contains("No question yet"), "it is as old as it says");
    let later = show.now() + TimeDelta::minutes(5);
    show.until(later).await;
    let read = show.home(cast::MAYA).await;
    assert!(read.contains("Six questions:") && read.contains("Nothing is missing."), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_ten_times_in_a_row_it_is_published_twice_at_most() {
    let mut show = set_up().await;
    for _ in 0..10 {
        show.platforms.slack.app_home_opened(cast::MAYA).await.expect("Earshot answers");
    }
    assert_eq!(published(&show).len(), 0, "the door only rings");
    show.settle().await;
    let all = published(&show);
    assert!((1..=2).contains(&all.len()), "{all:?}");
    // What is remembered for that names her, and goes by itself.
    let (pk, sk) = show.row_with(&["DEST#", &format!("{}/home", cast::MAYA)]).await;
    let row = show.row_with(&["expires_at", &pk]).await;
    assert_eq!(row, (pk, sk));
    for second in 1..=20 {
        show.platforms.slack.app_home_opened(cast::MAYA).await.expect("Earshot answers");
        let then = show.now() + TimeDelta::milliseconds(300);
        show.until(then).await;
        assert!(published(&show).len() <= 2 + second, "{second}");
    }
    show.settle().await;
    // Six seconds of it: as many as fit three seconds apart, and one at each end.
    assert!(published(&show).len() <= all.len() + 4, "{:?}", published(&show));
    // Somebody else's is their own.
    show.home(cast::SOL).await;
    assert_eq!(published(&show).last().map(String::as_str), Some(cast::SOL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_reads_what_anybody_may_and_no_question() {
    let mut show = set_up().await;
    show.ask_six().await;
    show.slack("spare What made you smile this week?").await;
    let mut read = vec![show.home(cast::PRIYA).await];
    let form = press(&mut show, cast::PRIYA, "Suggest a question for #SMXChat").await;
    assert!(form.contains("Suggest"), "{form}");
    show.at("Tue 20:15").await;
    read.push(show.home(cast::PRIYA).await);
    insta::assert_snapshot!(read.join("\n\n=====\n\n"));
    // Of all that Slack was ever sent for her, nothing is a question.
    let hers = show.platforms.slack.requests().into_iter();
    let hers: Vec<String> = hers
        .map(|r| r.body.to_string())
        .filter(|body| body.contains("\"home\"") && body.contains(cast::PRIYA))
        .collect();
    assert_eq!(hers.len(), 2);
    for secret in SIX.iter().chain(&["What made you smile this week?"]) {
        assert!(hers.iter().all(|body| !body.contains(secret)), "{secret}");
    }
    assert!(show.home(cast::MAYA).await.contains("On now: Q"), "{}", show.home_words(cast::MAYA));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_begin_a_chat_from_there_and_nobody_else() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    let read = show.home(cast::MAYA).await;
    assert!(read.contains("No chat lives here yet.") && read.contains("/chat new"), "{read}");
    let form = press(&mut show, cast::MAYA, "A new chat").await;
    assert!(form.starts_with("(A new chat)"), "{form}");
    let typed = [("hashtag", "#SMXChat"), ("when", "every Tuesday 8pm"), ("city", "London")];
    show.fill_in(cast::MAYA, &typed).await;
    let read = show.home_words(cast::MAYA);
    assert!(read.contains("It speaks nowhere yet."), "{read}");
    let stranger = show.home(cast::PRIYA).await;
    assert!(!stranger.contains("/chat new"), "{stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_x_refuses_is_told_of_until_it_works() {
    let mut show = set_up().await;
    show.ask_six().await;
    let refused = Fault::x(401, "Unauthorized", "Unauthorized");
    show.platforms.x.inject_on("POST /2/tweets", refused, 400);
    show.at("Tue 20:10").await;
    let read = show.home(cast::MAYA).await;
    assert!(read.contains("Nothing of mine gets into X (@SMXChat) since"), "{read}");
    assert!(read.contains("my key there is not accepted any more"), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_slack_is_busy_it_is_tried_again_a_few_times() {
    let mut show = set_up().await;
    show.platforms.slack.inject_on("views.publish", Fault::ServerError { status: 503, accepted: false }, 2);
    show.platforms.slack.app_home_opened(cast::MAYA).await.expect("Earshot answers");
    let later = show.now() + TimeDelta::minutes(2);
    show.until(later).await;
    assert!(show.home_words(cast::MAYA).contains("#SMXChat"), "published in the end");
    assert_eq!(published(&show).len(), 3);
    show.platforms.slack.inject_on("views.publish", Fault::ServerError { status: 503, accepted: false }, 400);
    show.platforms.slack.app_home_opened(cast::MAYA).await.expect("Earshot answers");
    let later = show.now() + TimeDelta::hours(1);
    show.until(later).await;
    assert!(published(&show).len() <= 3 + 4, "{}", published(&show).len());
    // Switched off, it is no matter for another try; and nothing is left waiting.
    show.platforms.slack.clear_faults();
    show.platforms.slack.inject_on("views.publish", Fault::slack("not_enabled"), 1);
    let before = published(&show).len();
    show.platforms.slack.app_home_opened(cast::MAYA).await.expect("Earshot answers");
    show.settle().await;
    assert_eq!(published(&show).len(), before + 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_cannot_be_read_is_said_and_the_others_are_shown() {
    let mut show = Show::on(Stage::at("2026-11-19T10:00:00Z")).await;
    show.set_up().await;
    show.slack_as(cast::MAYA, cast::DESK, "new #BookHour every Sunday 6pm Nairobi").await;
    show.damage("CHAT#bookhour", "META").await;
    let read = show.home(cast::MAYA).await;
    assert!(read.contains("I cannot read one of my own notes about #BookHour"), "{read}");
    assert!(read.contains("Next: Tue 24 Nov 20:00 (20:00 London)"), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_beside_it_change_nothing() {
    let show = set_up().await;
    let before = show.dump().await;
    let messages = serde_json::json!({
        "type": "app_home_opened", "user": cast::MAYA, "tab": "messages", "channel": "D1", "event_ts": "1.2",
    });
    let answer = show.platforms.slack.event(messages).await.expect("Earshot answers");
    assert_eq!(answer.status, 200);
    assert_eq!(show.dump().await, before);
    assert_eq!(published(&show).len(), 0);
}
