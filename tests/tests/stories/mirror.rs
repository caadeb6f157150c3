//! Posts from X: carried once, whatever is delivered how often, and by whomever.

use std::time::Duration;

use earshot::cast;
use earshot::standin::StandIn;
use earshot::standin::x::Draft;
use tests::{Show, Stage, is_card, words_of, x_id};

/// An hour of six questions in which Q1 is open.
async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

/// The cards in a room that contain these words.
fn cards(show: &Show, room: &str, part: &str) -> Vec<String> {
    show.said(room, part).iter().filter(|m| is_card(m)).map(words_of).collect()
}

fn assert_carried_once(show: &Show, part: &str) {
    for room in ["discord", "slack"] {
        assert_eq!(cards(show, room, part).len(), 1, "{part:?} in {room}:\n{}", show.transcript());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_post_delivered_five_times_and_told_of_by_both_products() {
    let mut show = in_q1().await;
    let ada = x_id("adaokafor");
    let id = show.platforms.x.put(ada, Draft::text("A1 Ada, from Lagos. #SMXChat")).expect("posted");
    // The filtered stream and the Activity API tell of the same post, in turn, before anything is sent.
    let body = show.platforms.x.activity_body(&id).expect("a body");
    let activity = show.platforms.x.signed("/x/webhook", body.to_string().into());
    for _ in 0..5 {
        assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
        assert_eq!(show.platforms.x.repeat(&activity).await.expect("an answer").status, 200);
    }
    show.settle().await;
    assert_carried_once(&show, "from Lagos");
    // And the very same bytes, long after it was shown.
    let stream = show.platforms.x.sent().iter().find(|s| s.body != activity.body).cloned().expect("sent");
    show.at("20:10").await;
    let before = show.dump().await;
    for _ in 0..5 {
        assert_eq!(show.platforms.x.repeat(&stream).await.expect("an answer").status, 200);
    }
    show.settle().await;
    assert_carried_once(&show, "from Lagos");
    let counts = |rows: &[String]| {
        let counted = |row: &&String| ["COUNTED#", "GIVEN#", "COST#"].iter().any(|part| row.contains(part));
        rows.iter().filter(|row| !counted(row)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(counts(&show.dump().await), counts(&before), "a repeat changes nothing but what is counted");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_deliveries_at_once() {
    let mut show = in_q1().await;
    let id = show.platforms.x.put(x_id("adaokafor"), Draft::text("A1 Ada. #SMXChat")).expect("posted");
    let x = &show.platforms.x;
    let (a, b, c, d, e) =
        tokio::join!(x.deliver(&id), x.deliver(&id), x.deliver(&id), x.deliver(&id), x.deliver(&id));
    for answer in [a, b, c, d, e] {
        assert_eq!(answer.expect("an answer").status, 200);
    }
    show.settle().await;
    assert_carried_once(&show, "A1 Ada.");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_announcements_come_back_and_the_hosts_own_posts_are_posts() {
    // Here X echoes by itself, as soon as it has answered.
    let cast: fn(&mut _, &mut _, &mut earshot::standin::x::Config) = |_, _, x| x.echo = Some(Duration::ZERO);
    let mut show = Show::on(Stage { cast, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    let announced = show.announced_on_x();
    assert_eq!(announced.len(), 4, "{announced:?}");
    for (id, text) in &announced {
        // Once more, from the other product.
        let body = show.platforms.x.activity_body(id).expect("a body");
        let activity = show.platforms.x.signed("/x/webhook", body.to_string().into());
        assert_eq!(show.platforms.x.repeat(&activity).await.expect("an answer").status, 200);
        show.settle().await;
        let start: String = text.chars().take(30).collect();
        for room in ["discord", "slack"] {
            assert!(cards(&show, room, &start).is_empty(), "{text}\n{}", show.transcript());
        }
    }
    // The host writes by hand, from the same account.
    show.x("SMXChat", "I have a cold, bear with me tonight. #SMXChat").await;
    assert_carried_once(&show, "I have a cold");
    // Even Q1 by hand, in other words.
    show.x("SMXChat", "Q1 again for those who came late: who are you? #SMXChat").await;
    assert_carried_once(&show, "Q1 again for those");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_filed_under_what_they_reply_to() {
    let mut show = in_q1().await;
    let q1 = show.announced_on_x().into_iter().find(|(_, text)| text.starts_with("Q1.")).expect("Q1 on X").0;
    show.at("20:15").await;
    // Q2 is open by now. Without prefix and without hashtag, but a reply to Q1.
    let reply = show.platforms.x.post_activity(x_id("adaokafor"), "Ada, from Lagos.", Some(&q1)).await;
    let reply = reply.expect("posted").id;
    show.settle().await;
    // A reply to that reply, likewise.
    let body = show.platforms.x.post_activity(x_id("brunolima"), "Hello Ada!", Some(&reply)).await;
    body.expect("posted");
    show.settle().await;
    // The prefix wins over the reply.
    show.x_reply("chidi_eze", "A2 because of the people #SMXChat", Some(&q1)).await;
    // A repost is nobody's post.
    let repost = Draft { reposts: Some(reply), ..Draft::default() };
    let repost = show.platforms.x.put(x_id("danawhit"), repost).expect("reposted");
    assert_eq!(show.platforms.x.deliver(&repost).await.expect("an answer").status, 200);
    // Neither is somebody's post without the hashtag.
    show.platforms.x.post_activity(x_id("emrekaya"), "What a lovely evening", None).await.expect("posted");
    show.settle().await;
    let since = show.now() - chrono::TimeDelta::seconds(30);
    insta::assert_snapshot!(show.transcript_since(since));
    assert!(cards(&show, "slack", "Ada, from Lagos.")[0].contains("· A1"));
    assert!(cards(&show, "slack", "Hello Ada!")[0].contains("· A1"));
    assert!(cards(&show, "slack", "because of the people")[0].contains("· A2"));
    assert!(cards(&show, "discord", "lovely evening").is_empty());
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_keeps_its_order_and_loses_nobody() {
    let mut show = in_q1().await;
    for n in 0..40 {
        let (id, _, _) = cast::ON_X[n % cast::ON_X.len()];
        let post = show.platforms.x.put(id, Draft::text(&format!("A1 voice number {n:02}. #SMXChat")));
        let answer = show.platforms.x.deliver(&post.expect("posted")).await.expect("an answer");
        assert_eq!(answer.status, 200);
    }
    show.at("20:13").await;
    for room in ["discord", "slack"] {
        let told: String = show.said(room, "voice number").iter().map(words_of).collect();
        let order: Vec<&str> =
            told.split("voice number ").skip(1).map(|rest| rest.get(..2).unwrap_or_default()).collect();
        let expected: Vec<String> = (0..40).map(|n| format!("{n:02}")).collect();
        assert_eq!(order, expected, "in {room}");
    }
    show.at("21:20").await;
    show.assert_kept().await;
}
