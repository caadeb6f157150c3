//! Posts as they should not be and are: out of order, out of time, without what a card would like to show.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use earshot::standin::x::{Draft, Picture};
use earshot::standin::{Fault, StandIn};
use serde_json::json;
use tests::kept::{Carried, Far, broken};
use tests::{Show, is_card, words_of, x_id};

async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

fn cards(show: &Show, room: &str, part: &str) -> Vec<String> {
    show.said(room, part).iter().filter(|m| is_card(m)).map(words_of).collect()
}

/// Until the doors open and after they have closed, posts are counted and nobody is shown them.
#[tokio::test(flavor = "multi_thread")]
async fn posts_outside_any_episode_are_counted_and_not_carried() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    let mut outside = 0;
    for moment in ["Fri 12:00", "Tue 19:49", "21:16"] {
        show.at(moment).await;
        let standing = show.everything().len();
        show.x("adaokafor", &format!("Looking forward, at {moment}! #SMXChat")).await;
        outside += 1;
        // The post itself stands on X, and nothing else came to be.
        assert_eq!(show.everything().len(), standing + 1, "{moment}: {}", show.transcript());
        let rows = show.dump().await;
        let counted = rows.iter().filter(|row| row.contains("COUNTED#outside#"));
        let count: u64 = counted
            .map(|row| serde_json::from_str::<serde_json::Value>(row).expect("JSON"))
            .filter_map(|row| row.pointer("/count/N")?.as_str()?.parse::<u64>().ok())
            .sum();
        assert_eq!(count, outside, "{moment}");
    }
    show.assert_kept().await;
}

/// What comes in disorder while a room is closed is shown in the order in which it was written; what was
/// shown already stays where it is.
#[tokio::test(flavor = "multi_thread")]
async fn posts_out_of_order_by_seconds_are_sorted_while_they_wait() {
    let mut show = in_q1().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) };
    show.platforms.slack.inject_on("chat.postMessage", limited.clone(), 1);
    show.platforms.discord.inject_on("/messages", limited, 1);
    let mut ids = Vec::new();
    for turn in 0..6 {
        let text = format!("A1 thought {turn}. #SMXChat");
        ids.push(show.platforms.x.put(x_id("adaokafor"), Draft::text(&text)).expect("posted"));
        let next = show.now() + TimeDelta::seconds(2);
        show.sleep_to(next);
    }
    for n in [4, 0, 5, 2, 1, 3] {
        assert_eq!(show.platforms.x.deliver(&ids[n]).await.expect("an answer").status, 200);
        show.settle().await;
    }
    show.at("20:08").await;
    let carried: Vec<Carried> =
        ids.iter().enumerate().map(|(turn, id)| Carried { id: id.clone(), turn }).collect();
    let wrong = broken(&show, &carried, Far::Settled).await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), show.transcript());
}

/// X's clock is some seconds ahead of ours, or behind.
#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_differ_by_seconds_lose_nothing() {
    let mut show = in_q1().await;
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    for (name, skew) in [("adaokafor", 7), ("brunolima", -7)] {
        let text = format!("A1 I am {name}. #SMXChat");
        let id = show.platforms.x.put(x_id(name), Draft::text(&text)).expect("posted");
        let mut body = show.platforms.x.stream_body(&id).expect("a body");
        body["data"]["created_at"] = json!(written(show.now() + TimeDelta::seconds(skew)));
        let sent = show.platforms.x.signed("/x/webhook", body.to_string().into());
        assert_eq!(show.platforms.x.repeat(&sent).await.expect("an answer").status, 200);
        show.settle().await;
        for room in ["discord", "slack"] {
            assert_eq!(cards(&show, room, name).len(), 1, "{name} in {room}:\n{}", show.transcript());
        }
    }
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_without_a_description_dead_links_and_too_many_hashtags() {
    let mut show = in_q1().await;
    let since = show.now();
    let picture = |alt: Option<&str>| Picture {
        url: "https://pbs.twimg.com/media/a.jpg".to_owned(),
        alt: alt.map(str::to_owned),
    };
    let post = Draft {
        text: "A1 no words for this #SMXChat".to_owned(),
        pictures: vec![picture(None), picture(Some(""))],
        ..Draft::default()
    };
    show.platforms.x.post(x_id("adaokafor"), post).await.expect("posted");
    show.settle().await;
    // A link that leads nowhere, and one that X does not explain.
    show.x("brunolima", "A1 see https://example.invalid/gone?a=b #SMXChat").await;
    let text = "A1 or this https://example.invalid/unexplained #SMXChat";
    let id = show.platforms.x.put(x_id("emrekaya"), Draft::text(text)).expect("posted");
    let mut body = show.platforms.x.stream_body(&id).expect("a body");
    if let Some(entities) = body["data"]["entities"].as_object_mut() {
        entities.remove("urls");
    }
    let sent = show.platforms.x.signed("/x/webhook", body.to_string().into());
    assert_eq!(show.platforms.x.repeat(&sent).await.expect("an answer").status, 200);
    show.settle().await;
    let tags: String = (1..=24).map(|n| format!(" #tag{n}")).collect();
    show.x("chidi_eze", &format!("A1 everywhere! #SMXChat{tags}")).await;
    // The same hashtag, three times, in three spellings: one post all the same.
    show.x("danawhit", "A1 #SMXChat #smxchat #SMXCHAT").await;
    show.at("20:09").await;
    insta::assert_snapshot!(show.transcript_since(since));
    for room in ["discord", "slack"] {
        for part in
            ["no words for this", "example.invalid/gone", "or this https://t.co/", "#tag24", "#SMXCHAT"]
        {
            assert_eq!(cards(&show, room, part).len(), 1, "{part} in {room}");
        }
    }
    show.at("21:20").await;
    show.assert_kept().await;
}
