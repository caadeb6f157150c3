//! What was missed while the webhook was away: kept when X gives it back, and carried when an organiser asks.

use std::time::Duration;

use chrono::TimeDelta;
use earshot::cable::{Cable, Trouble};
use earshot::cast;
use earshot::dice::Dice;
use earshot::standin::StandIn;
use earshot::standin::x::Draft;
use tests::kept::{Carried, Far, broken};
use tests::{Show, Stage, instant, is_card, words_of};

/// An hour that passed in silence: people wrote on X, and nothing reached us. Their posts, oldest first.
async fn silence(posts: usize) -> (Show, Vec<String>) {
    let mut show = Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.slack(&format!("moderator add <@{}|sol>", cast::SOL)).await;
    show.ask_six().await;
    let mut written = Vec::new();
    for (n, moment) in
        ["Tue 20:06", "20:10", "20:16", "20:20", "20:26", "20:33", "20:38", "20:43", "20:52", "21:05"]
            .iter()
            .enumerate()
    {
        show.at(moment).await;
        for _ in 0..posts / 10 {
            let (id, _, _) = cast::ON_X[written.len() % cast::ON_X.len()];
            let text = format!("A{} unheard {:03}. #SMXChat", n / 2 + 1, written.len());
            written.push(show.platforms.x.put(id, Draft::text(&text)).expect("posted"));
        }
    }
    show.at("Wed 12:00").await;
    (show, written)
}

/// X gives these back, in whatever order.
async fn replay(show: &mut Show, written: &[String], seed: u64) {
    let mut left = written.to_vec();
    let mut dice = Dice::new(seed);
    while !left.is_empty() {
        let id = left.swap_remove(dice.below(left.len()));
        assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    }
    show.settle().await;
}

async fn assert_all_carried(show: &Show, written: &[String]) {
    let carried: Vec<Carried> =
        written.iter().enumerate().map(|(turn, id)| Carried { id: id.clone(), turn }).collect();
    let wrong = broken(show, &carried, Far::Settled).await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), show.transcript());
    for room in ["discord", "slack"] {
        let told: String = show.said(room, "unheard").iter().map(words_of).collect();
        assert_eq!(told.matches("unheard").count(), written.len(), "in {room}");
    }
    let asked = show.dump().await.into_iter().filter(|row| row.contains("CATCHUP")).collect::<Vec<_>>();
    assert_eq!(asked, Vec::<String>::new(), "nothing is still to be carried");
}

/// Every fact but the count of what was not carried, and the answers to requests.
async fn facts(show: &Show) -> Vec<String> {
    show.facts().await.into_iter().filter(|row| !row.contains("COUNTED#")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_given_back_and_carried_when_an_organiser_asks() {
    let (mut show, written) = silence(200).await;
    let standing = show.everything();
    replay(&mut show, &written, 1).await;
    show.at("Wed 13:00").await;
    assert_eq!(show.everything(), standing, "nobody is shown it late");

    let stranger = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, "catch-up").await;
    let moderator = show.slack_as(cast::SOL, cast::DESK, "catch-up").await;
    let since = show.now();
    let asked = show.slack("catch-up").await;
    assert_eq!(show.everything(), standing, "asking shows nothing");
    let pressed = show.press("Carry them").await;
    show.at("Wed 13:20").await;
    assert_all_carried(&show, &written).await;
    for room in ["discord", "slack"] {
        let messages = show.said(room, "unheard").iter().filter(|m| is_card(m)).count();
        // At most one each was said; as many as fit share one.
        assert!(messages <= 40, "{messages} in {room}");
    }
    // Under their own times.
    let last = show.said("discord", "unheard 199").iter().map(words_of).collect::<String>();
    let written_at = instant("2026-11-24T21:05:00Z").timestamp();
    assert!(last.contains(&format!("A5 unheard 199. #SMXChat\n<t:{written_at}:t>")), "{last}");

    // Asked again, and given back once more: nothing changes.
    let again = show.slack("catch-up").await;
    let (before, standing) = (facts(&show).await, show.everything());
    replay(&mut show, &written, 2).await;
    show.at("Wed 20:00").await;
    assert_eq!(facts(&show).await, before, "a replay changes nothing");
    assert_eq!(show.everything(), standing);
    let desk: Vec<String> = show.said("desk", "asked for").iter().map(words_of).collect();
    let first = show.transcript_since(since).lines().take(12).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(format!(
        "{stranger}\n{moderator}\n{asked}\n{pressed}\n{again}\n---\n{}\n---\n{first}",
        desk.join("\n")
    ));
    show.assert_kept().await;
}

/// The button under Maya's last reply that has it: its message, its action and its value.
fn carry_them(show: &Show) -> (String, (String, Option<String>)) {
    let messages = show.platforms.slack.messages().into_iter().rev();
    let mut hers = messages.filter(|message| message.ephemeral_for.as_deref() == Some(cast::MAYA));
    let button = hers.find_map(|message| {
        Some((message.id.clone(), tests::words::slack_button(&message.payload, "Carry them")?))
    });
    button.expect("a button")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_presses_at_once_carry_once() {
    let (mut show, written) = silence(40).await;
    replay(&mut show, &written, 3).await;
    show.slack("catch-up").await;
    let (ts, (action, value)) = carry_them(&show);
    let slack = &show.platforms.slack;
    let press = || slack.press(cast::MAYA, cast::SLACK_CHANNEL, &ts, &action, value.as_deref());
    let (a, b, c) = tokio::join!(press(), press(), press());
    for answer in [a, b, c] {
        assert_eq!(answer.expect("an answer").status, 200);
    }
    show.settle().await;
    show.at("Wed 12:20").await;
    assert_all_carried(&show, &written).await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_catching_up_is_no_loss() {
    let (mut show, written) = silence(80).await;
    replay(&mut show, &written, 4).await;
    show.slack("catch-up").await;
    let (ts, (action, value)) = carry_them(&show);
    let slack = &show.platforms.slack;
    let pressed = slack.press(cast::MAYA, cast::SLACK_CHANNEL, &ts, &action, value.as_deref()).await;
    assert_eq!(pressed.expect("an answer").status, 200);
    // Its first page is written; then the process is gone, with every bell it had rung.
    show.restart().await;
    let asked = show.dump().await.iter().filter(|row| row.contains("CATCHUP#")).count();
    assert_eq!(asked, 1, "what was asked for is written down");
    // Whoever goes on dies in the middle of a page, which is written, and of which it never hears.
    let cable = Cable::lay(&show.database()).await.expect("a cable on loopback");
    cable.plan("TransactWriteItems CATCHUP#", 2, 1, Trouble::Hung { done: true });
    let mut met = cable.met();
    let victim = show.host_at(&cable.endpoint());
    let asked = show.looking().store().catching_up(show.now() + TimeDelta::days(1)).await.expect("the table");
    let task = tokio::spawn(async move { victim.catch_up(&asked[0]).await });
    let seen = tokio::time::timeout(Duration::from_secs(30), met.wait_for(|met| *met > 0)).await;
    seen.expect("the page comes").expect("the cable is there");
    task.abort();
    drop(task.await);
    show.at("Wed 12:30").await;
    assert_all_carried(&show, &written).await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_before_somebody_asked_stays_away() {
    let (mut show, written) = silence(10).await;
    replay(&mut show, &written, 5).await;
    let post = |n: usize| written[n].clone();
    show.slack(&format!("hide https://x.com/somebody/status/{}", post(2))).await;
    show.slack("block @danawhit").await;
    show.slack("mute unheard 005").await;
    show.settle().await;
    let asked = show.slack("catch-up").await;
    // Hidden between the question and the answer.
    show.slack(&format!("hide https://x.com/somebody/status/{}", post(4))).await;
    let pressed = show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Carry them", "came too late").await;
    // And while it is on its way.
    show.slack(&format!("hide https://x.com/somebody/status/{}", post(0))).await;
    show.at("Wed 12:20").await;
    let mut left: Vec<String> = Vec::new();
    for message in show.said("discord", "unheard").iter().filter(|m| is_card(m)) {
        let words = words_of(message);
        left.extend(words.match_indices("unheard ").map(|(at, _)| words[at + 8..at + 11].to_owned()));
    }
    // Dana wrote 003, and no other of the ten.
    assert_eq!(left, ["001", "006", "007", "008", "009"], "{}", show.transcript());
    let after = show.slack("catch-up").await;
    insta::assert_snapshot!(format!("{asked}\n{pressed}\n{after}"));
    show.assert_kept().await;
}
