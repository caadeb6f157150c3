//! Hiding by the link that people copy where they read: a card's own, in Slack and in Discord.

use earshot::cast;
use earshot::standin::Message;
use earshot::standin::x::Draft;
use tests::{Show, words_of};

use crate::removals::{a_minute_after, assert_carried, assert_gone, in_q1, in_q1_in_threads};

/// What "Copy link" gives of a message.
fn link(message: &Message) -> String {
    if message.platform == "slack" {
        let thread = message.thread.as_ref().map(|ts| format!("?thread_ts={ts}&cid={}", message.channel));
        let time = message.id.replace('.', "");
        return format!(
            "<https://smx.slack.com/archives/{}/p{time}{}>",
            message.channel,
            thread.unwrap_or_default().replace('&', "&amp;")
        );
    }
    let channel = message.thread.as_ref().unwrap_or(&message.channel);
    format!("<https://discord.com/channels/{}/{channel}/{}>", cast::SERVER, message.id)
}

fn link_of(show: &Show, room: &str, part: &str) -> String {
    let said = show.said(room, part);
    assert_eq!(said.len(), 1, "{part:?} in {room}:\n{}", show.transcript());
    link(&said[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_hidden_by_its_own_link() {
    for threads in [false, true] {
        for room in ["slack", "discord"] {
            let mut show = if threads { in_q1_in_threads().await } else { in_q1().await };
            show.x("adaokafor", "A1 buy my coins! #SMXChat").await;
            show.x("brunolima", "A1 we had a choir. #SMXChat").await;
            let copied = link_of(&show, room, "my coins");
            let before = show.facts().await;
            let refused = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, &format!("hide {copied}")).await;
            assert_eq!(show.facts().await, before, "{refused}");
            let known = show.now();
            let read = show.slack(&format!("hide {copied}")).await;
            a_minute_after(&mut show, known).await;
            assert_gone(&show, "my coins").await;
            assert_carried(&show, "a choir");
            let again = show.slack(&format!("hide {copied}")).await;
            if !threads && room == "slack" {
                insta::assert_snapshot!(format!("{read}\n\n{again}"));
            }
            show.at("21:20").await;
            show.assert_kept().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_in_a_message_the_right_one_is_asked_for() {
    let mut show = in_q1().await;
    for (n, (id, _, _)) in cast::ON_X.iter().enumerate() {
        let text = format!("A1 voice number {n:02}. #SMXChat");
        let post = show.platforms.x.put(id, Draft::text(&text)).expect("posted");
        assert_eq!(show.platforms.x.deliver(&post).await.expect("an answer").status, 200);
    }
    show.settle().await;
    let copied = link_of(&show, "slack", "number 05");
    let which = show.slack(&format!("hide {copied}")).await;
    assert!(!which.contains("voice number"), "an answer is kept, and what is hidden must not be: {which}");
    let (_, name, _) = cast::ON_X[5];
    let label = which
        .split(['[', ']'])
        .find(|label| label.contains(name))
        .unwrap_or_else(|| panic!("{name} is among them: {which}"))
        .to_owned();
    let known = show.now();
    let pressed = show.press(&label).await;
    a_minute_after(&mut show, known).await;
    assert_gone(&show, "voice number 05").await;
    for room in ["slack", "discord"] {
        let told: String = show.said(room, "voice number").iter().map(words_of).collect();
        assert_eq!(told.matches("voice number").count(), cast::ON_X.len() - 1, "{room}");
    }
    insta::assert_snapshot!(format!("{which}\n\n{pressed}"));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_anything_else_is_no_card() {
    let mut show = in_q1().await;
    let question = link_of(&show, "discord", "Q1.");
    let announced = show.slack(&format!("hide {question}")).await;
    let unknown = show.slack("hide https://smx.slack.com/archives/C0SMXCHAT/p1795550400000100").await;
    let odd = show.slack("hide https://example.com/archives/C0SMXCHAT/p1795550400000100").await;
    insta::assert_snapshot!(format!("{announced}\n\n{unknown}\n\n{odd}"));
    show.at("21:20").await;
    show.assert_kept().await;
}
