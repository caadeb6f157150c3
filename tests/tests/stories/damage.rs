//! A row that cannot be read stops only what needs it: its own chat, its own post, and nobody beside it.

use std::time::Duration;

use earshot::cast;
use earshot::standin::x::{Draft, Rule};
use earshot::standin::{Fault, StandIn, slack};
use tests::{Show, Stage, is_card, words_of, x_id};

const OTHER: &str = "C0BOOKS";

/// Two chats on Tuesdays at eight, each in a channel of its own.
async fn two_chats(variables: &'static [(&'static str, &'static str)]) -> Show {
    let cast: fn(&mut slack::Config, &mut _, &mut earshot::standin::x::Config) = |slack, _, x| {
        slack.channels.push(slack::Channel::new(OTHER, "bookclub"));
        x.rules.push(Rule::hashtag("2", "BookClub"));
    };
    let mut show = Show::on(Stage { variables, cast, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.slack_as(cast::MAYA, OTHER, "new #BookClub every Tuesday 8pm London").await;
    show.slack_as(cast::MAYA, OTHER, "bookclub connect slack").await;
    show.slack_as(cast::MAYA, OTHER, "ask What are you reading?").await;
    show
}

fn in_books(show: &Show, part: &str) -> usize {
    show.said("slack", part).iter().filter(|m| m.channel == OTHER).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_line_in_the_lists_of_chats_stops_nobody_elses_hour() {
    let mut show = two_chats(&[]).await;
    show.damage("CHATS", "bookclub").await;
    let (pk, sk) = show.row_with(&["WORKSPACE#", "CHAT#bookclub"]).await;
    show.damage(&pk, &sk).await;
    let (pk, sk) = show.row_with(&["PLACE#slack", "CHAT#bookclub"]).await;
    show.damage(&pk, &sk).await;
    let status = show.slack("status").await;
    assert!(status.starts_with("#SMXChat: next Tue 24 Nov 20:00"), "{status}");
    let when = show.discord(cast::AMARA, "when").await;
    assert!(when.contains("#SMXChat"), "{when}");
    show.at("Tue 20:06").await;
    show.x("adaokafor", "A1 a bookshelf. #SMXChat").await;
    show.at("21:20").await;
    for part in ["Q1. ", "Q2. ", "Q6. ", "That's the hour"] {
        assert_eq!(show.said("discord", part).len(), 1, "{part}: {}", show.transcript());
    }
    assert_eq!(show.said("discord", "a bookshelf").len(), 1);
    // What was planned of the other one before is said: the list only says which chats to plan.
    assert_eq!(in_books(&show, "What are you reading?"), 1, "{}", show.transcript());
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_cannot_be_read_stands_still_alone_and_goes_on_when_it_can() {
    let mut show = two_chats(&[("EARSHOT_X_SOURCE", "poll")]).await;
    show.at("Tue 20:06").await;
    show.damage("CHAT#bookclub", "META").await;
    let find = |show: &Show, handle: &str, text: &str| {
        show.platforms.x.put(x_id(handle), Draft::text(text)).expect("posted");
    };
    find(&show, "adaokafor", "A1 a bookshelf. #SMXChat");
    find(&show, "brunolima", "A1 Middlemarch. #BookClub");
    show.at("20:10").await;
    assert_eq!(show.said("slack", "a bookshelf").len(), 1, "{}", show.transcript());
    assert_eq!(show.said("discord", "a bookshelf").len(), 1);
    assert_eq!(show.said("slack", "Middlemarch").len(), 0);
    show.at("20:30").await;
    assert_eq!(show.said("discord", "Q2. ").len(), 1);
    show.repair("CHAT#bookclub", "META").await;
    show.at("20:32").await;
    assert_eq!(
        in_books(&show, "Middlemarch"),
        1,
        "searched for from where it stopped: {}",
        show.transcript()
    );
    show.at("21:20").await;
    assert_eq!(show.said("discord", "That's the hour").len(), 1);
    assert_eq!(in_books(&show, "That's the hour"), 1, "{}", show.transcript());
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_post_keeps_no_other_from_its_room() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    // For a moment nothing is taken, so that four wait together.
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) };
    show.platforms.slack.inject_on("chat.postMessage", limited.clone(), 1);
    show.platforms.discord.inject_on("/messages", limited, 1);
    let mut ids = Vec::new();
    for handle in ["adaokafor", "brunolima", "chidi_eze", "danawhit"] {
        ids.push(show.x(handle, &format!("A1 I am {handle}. #SMXChat")).await);
    }
    assert_eq!(show.said("slack", "I am").len() + show.said("discord", "I am").len(), 0);
    // One is filed in a way that nobody can read, and of another nobody can read that it waits in Slack.
    let filed = format!("POST#x:{}", ids[1]);
    show.damage("EP#smxchat/2026-11-24T20:00Z", &filed).await;
    let (pk, sk) = show.row_with(&["\"WAIT#slack:", &format!("post/x:{}>", ids[2])]).await;
    show.damage(&pk, &sk).await;
    show.at("20:09").await;
    let shown = |show: &Show, room: &str| -> Vec<&str> {
        let words: String = show.said(room, "I am").iter().filter(|m| is_card(m)).map(words_of).collect();
        let handles = ["adaokafor", "brunolima", "chidi_eze", "danawhit"].into_iter();
        handles.filter(|handle| words.contains(&format!("I am {handle}"))).collect()
    };
    assert_eq!(shown(&show, "slack"), ["adaokafor", "danawhit"], "{}", show.transcript());
    assert_eq!(shown(&show, "discord"), ["adaokafor", "chidi_eze", "danawhit"]);
    // The hour goes on around them.
    show.at("20:16").await;
    show.assert_once_everywhere("Q2. ");
    // Readable again, they are carried.
    show.repair("EP#smxchat/2026-11-24T20:00Z", &filed).await;
    show.repair(&pk, &sk).await;
    show.at("20:18").await;
    for room in ["slack", "discord"] {
        assert_eq!(shown(&show, room).len(), 4, "{room}: {}", show.transcript());
    }
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn organisers_hear_once_that_their_hour_stands_still() {
    let mut show = two_chats(&[]).await;
    show.at("Tue 20:06").await;
    let episode = ("CHAT#smxchat", "EP#2026-11-24T20:00Z");
    show.damage(episode.0, episode.1).await;
    // The clock hands the question out; who fires it is told that the chat cannot be read, and so are they.
    let cue = "smxchat/2026-11-24T20:00Z/q/2".parse().expect("a cue");
    let due = show.now() + chrono::TimeDelta::seconds(1);
    for _ in 0..2 {
        assert!(show.host().fire(&cue, 1, due).await.is_err(), "it is given again");
    }
    show.settle().await;
    let told =
        |show: &Show| -> Vec<String> { show.said("desk", "cannot read").iter().map(words_of).collect() };
    insta::assert_snapshot!(told(&show).join("\n"));
    assert_eq!(told(&show).len(), 1, "{}", show.transcript());
    assert_eq!(show.said("discord", "cannot read").len(), 0, "not in front of everybody");
    let typed = show.slack("status").await;
    assert!(typed.contains("finds the reason in its log"), "{typed}");
    show.repair(episode.0, episode.1).await;
    show.at("21:20").await;
    for part in ["Q2. ", "Q6. ", "That's the hour"] {
        assert_eq!(show.said("discord", part).len(), 1, "{part}: {}", show.transcript());
    }
    assert_eq!(told(&show).len(), 1);
    show.assert_kept().await;
}
