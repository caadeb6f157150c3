//! Discord with a thread per question.

use earshot::cast;
use earshot::standin::{Fault, StandIn};
use tests::{Show, words_of};

async fn in_threads() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    let set = show.slack("set discord threads").await;
    assert!(set.contains("thread"), "{set}");
    show.ask_six().await;
    show.at("Tue 20:04").await;
    show
}

/// In which thread a card stands in Discord, by the name of its parent message; `flat` for the channel.
fn thread_of(show: &Show, part: &str) -> String {
    let said = show.said("discord", part);
    assert_eq!(said.len(), 1, "{part}:\n{}", show.transcript());
    match &said[0].thread {
        None => "flat".to_owned(),
        Some(thread) => {
            let parent = show.everything().into_iter().find(|m| m.platform == "discord" && m.id == *thread);
            parent
                .map_or_else(|| "?".to_owned(), |m| words_of(&m).replace("**", "").chars().take(3).collect())
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_gather_in_their_questions_thread() {
    let mut show = in_threads().await;
    show.x("adaokafor", "Hello from Lagos! #SMXChat").await;
    show.at("20:06").await;
    show.x("brunolima", "A1 Bruno, from Recife. #SMXChat").await;
    show.answer(cast::AMARA, "Amara, Accra. A choir!").await;
    show.at("20:15").await;
    show.x("danawhit", "A2 the people. #SMXChat").await;
    show.x("emrekaya", "A1 Emre, from Izmir. #SMXChat").await;
    assert_eq!(thread_of(&show, "Hello from Lagos"), "flat");
    assert_eq!(thread_of(&show, "Bruno, from Recife"), "Q1.");
    assert_eq!(thread_of(&show, "Amara, Accra"), "Q1.");
    assert_eq!(thread_of(&show, "A2 the people"), "Q2.");
    assert_eq!(thread_of(&show, "Emre, from Izmir"), "Q1.");
    // Filed elsewhere from Slack, the card moves from one thread to the other.
    show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "File under another question", "Emre, from Izmir")
        .await;
    show.press("A2").await;
    assert_eq!(thread_of(&show, "Emre, from Izmir"), "Q2.");
    show.at("20:20").await;
    insta::assert_snapshot!(show.transcript_since(tests::instant("2026-11-24T20:04:00Z")));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_made_although_the_answer_was_lost() {
    let mut show = in_threads().await;
    show.platforms.discord.inject_on("/threads", Fault::Drop { accepted: true }, 1);
    show.at("20:06").await;
    show.x("brunolima", "A1 Bruno, from Recife. #SMXChat").await;
    show.at("20:08").await;
    assert_eq!(thread_of(&show, "Bruno, from Recife"), "Q1.");
    let made: Vec<Option<u16>> = show
        .platforms
        .discord
        .requests()
        .iter()
        .filter(|r| r.method == "POST" && r.path.ends_with("/threads"))
        .map(|r| r.status)
        .collect();
    assert_eq!(made.len(), 2, "asked twice, made once: {made:?}");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_thread_an_answer_goes_into_the_channel() {
    let mut show = in_threads().await;
    // Discord makes no threads for a while.
    show.platforms.discord.inject_on("/threads", Fault::ServerError { status: 503, accepted: false }, 4);
    show.at("20:05:02").await;
    show.x("brunolima", "A1 Bruno, from Recife. #SMXChat").await;
    show.at("20:05:20").await;
    assert_eq!(thread_of(&show, "Bruno, from Recife"), "flat");
    // Later it does.
    show.at("20:12").await;
    show.x("danawhit", "A1 Dana, from Leeds. #SMXChat").await;
    show.at("20:13").await;
    assert_eq!(thread_of(&show, "Dana, from Leeds"), "Q1.");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_whose_making_hangs() {
    let mut show = in_threads().await;
    show.platforms.discord.inject_on("/threads", Fault::Hang { accepted: false }, 1);
    show.at("20:05:02").await;
    show.x("brunolima", "A1 Bruno, from Recife. #SMXChat").await;
    show.at("20:05:20").await;
    assert_eq!(thread_of(&show, "Bruno, from Recife"), "flat");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_removed_takes_no_answers_with_it() {
    let mut show = in_threads().await;
    show.at("20:06").await;
    show.x("adaokafor", "A1 Ada, from Lagos. #SMXChat").await;
    // Somebody removes the question, or locks its thread.
    show.platforms.slack.inject_on("chat.postMessage", Fault::slack("thread_not_found"), 1);
    show.platforms.discord.inject_on("/messages", Fault::discord(404, 10003, "Unknown Channel"), 1);
    show.x("brunolima", "A1 Bruno, from Recife. #SMXChat").await;
    show.x("chidi_eze", "A1 Chidi, from Enugu. #SMXChat").await;
    show.at("20:08").await;
    assert_eq!(thread_of(&show, "Ada, from Lagos"), "Q1.");
    for name in ["Bruno, from Recife", "Chidi, from Enugu"] {
        assert_eq!(thread_of(&show, name), "flat");
        assert_eq!(show.said("slack", name).len(), 1, "{name}");
        assert_eq!(show.said("slack", name)[0].thread, None, "{name}");
    }
    // The next question has a thread of its own again.
    show.at("20:15").await;
    show.x("danawhit", "A2 the people. #SMXChat").await;
    show.at("20:16").await;
    assert_eq!(thread_of(&show, "A2 the people"), "Q2.");
    show.at("21:20").await;
    show.assert_kept().await;
}
