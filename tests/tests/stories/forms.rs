//! Forms in Slack: what several people have open at once, and what can be taken back in them.

use earshot::cast;
use serde_json::Value;
use tests::{Show, words_of};

async fn planned() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.slack(&format!("organiser add <@{}|sol>", cast::SOL)).await;
    show
}

/// The key of the field that shows these words.
fn field(show: &Show, user: &str, shows: &str) -> String {
    let view = show.platforms.slack.views(user).pop().expect("a form is open");
    let blocks = view.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
    let found = blocks
        .iter()
        .find(|b| b.pointer("/element/initial_value").and_then(Value::as_str) == Some(shows))
        .and_then(|b| b.get("block_id").and_then(Value::as_str));
    found.expect("a field with those words").to_owned()
}

fn shown(show: &Show, user: &str) -> String {
    let view = show.platforms.slack.views(user).pop().expect("a form is open");
    tests::words::slack(&view)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_organisers_have_the_questions_open_at_once() {
    let mut show = planned().await;
    show.slack("edit").await;
    show.slack_as(cast::SOL, cast::SLACK_CHANNEL, "edit").await;
    let first = field(&show, cast::MAYA, tests::SIX[0]);
    let second = field(&show, cast::SOL, tests::SIX[1]);
    let mine = [(first.as_str(), "Who are you, and where is home?")];
    show.fill_in(cast::MAYA, &mine).await;
    let theirs =
        [(first.as_str(), "Who are you when nobody asks?"), (second.as_str(), "What keeps you here?")];
    show.fill_in(cast::SOL, &theirs).await;
    let (maya, sol) = (shown(&show, cast::MAYA), shown(&show, cast::SOL));
    // Taken back where it was saved, with nothing of what the other one did.
    let undone = show.press_in_form(cast::SOL, "Undo").await;
    let again = show.slack("questions").await;
    insta::assert_snapshot!(format!("{maya}\n\n{sol}\n\n{undone}\n\n{again}"));
    show.at("Tue 21:20").await;
    assert_eq!(show.said("x", "Who are you, and where is home?").len(), 1);
    assert_eq!(show.said("x", tests::SIX[1]).len(), 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_reads_what_was_done_in_the_order_in_which_it_was_done() {
    let mut show = planned().await;
    let since = show.now();
    let typed = [
        "ask One more?",
        "ask Q7 One more, then?",
        "move Q7 Q1",
        "drop Q1",
        "set title The Hour",
        "topic Ends",
    ];
    for typed in typed {
        // At one and the same instant: nothing is worked off in between.
        let answer = show.platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, typed);
        assert_eq!(answer.await.expect("Earshot answers").status, 200);
    }
    show.settle().await;
    show.until(show.now() + chrono::TimeDelta::minutes(1)).await;
    let desk = show.everything().into_iter().filter(|m| m.channel == cast::DESK && m.at >= since);
    let told: Vec<String> = desk.map(|m| words_of(&m)).collect();
    insta::assert_snapshot!(told.join("\n"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hashtag_that_another_chat_has_is_refused_and_ones_own_comes_back() {
    let mut show = planned().await;
    show.slack("new #BookClub every Thursday 8pm London").await;
    let taken = show.slack("set hashtag #BookClub").await;
    let set = show.slack("set hashtag #SMXHour").await;
    let undone = show.press("Undo").await;
    // Free again for whoever asks.
    let other = show.slack("bookclub set hashtag #SMXHour").await;
    insta::assert_snapshot!(format!("{taken}\n{set}\n{undone}\n{other}"));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_of_weeks_ago_is_read_by_its_date() {
    let mut show = planned().await;
    show.at("2027-01-20T12:00:00Z").await;
    let maya = show.slack("questions on 24 Nov").await;
    let priya = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, "questions on 24 Nov").await;
    assert!(maya.starts_with("Tue 24 Nov") && maya.contains("Q6 ✓ 20:50"), "{maya}");
    assert!(priya.starts_with("Asked Tue 24 Nov") && priya.contains(tests::SIX[5]), "{priya}");
}
