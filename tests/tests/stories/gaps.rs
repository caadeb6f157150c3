//! `earshot may-deploy` over a moved clock: whether this is a good moment, and when the next one is.

use chrono::TimeDelta;
use earshot::gap::{self, MARGIN, Moment};
use earshot::setup::Ended;
use earshot::standin::{Fault, StandIn};
use tests::Show;

async fn look(show: &Show, margin: TimeDelta) -> Moment {
    gap::look(show.looking().store(), margin, show.now()).await.expect("the table answers")
}

/// What an operator reads now, and how it ends.
async fn may_deploy(show: &Show, margin: TimeDelta) -> (String, Ended) {
    let mut out = Vec::new();
    let ended = gap::say(&look(show, margin).await, margin, show.now(), &mut out).expect("memory takes it");
    (String::from_utf8(out).expect("text"), ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_is_kept_free_of_deployments() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    let (told, ended) = may_deploy(&show, MARGIN).await;
    assert_eq!((ended, told.lines().count()), (Ended::Well, 1), "{told}");
    let mut all = format!("nothing set up: {told}");
    show.set_up().await;
    show.ask_six().await;
    for (when, good) in [
        ("Tue 19:44", true),
        ("19:45", false),
        ("19:59:59", false),
        ("20:30", false),
        ("20:59:30", false),
        ("21:01", true),
    ] {
        show.at(when).await;
        show.settle().await;
        let (told, ended) = may_deploy(&show, MARGIN).await;
        assert_eq!(ended == Ended::Well, good, "{when}: {told}");
        assert_eq!(good, told.lines().count() == 1, "{when}: {told}");
        all.push_str(&format!("{when}: {told}"));
    }
    insta::assert_snapshot!(all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_margin_is_the_operators() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.at("Tue 18:01").await;
    assert!(look(&show, MARGIN).await.is_good());
    assert!(!look(&show, TimeDelta::hours(2)).await.is_good());
    show.at("19:59:50").await;
    show.settle().await;
    assert!(look(&show, TimeDelta::zero()).await.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_hour_is_open_and_a_cancelled_one_is_not() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:10").await;
    show.slack("pause").await;
    let moment = look(&show, MARGIN).await;
    assert!(moment.near.len() == 1 && moment.near[0].open, "{moment:?}");
    show.at("21:20").await;
    show.slack("skip 1 Dec").await;
    show.at("Tue 20:01").await;
    show.settle().await;
    assert!(look(&show, MARGIN).await.near.is_empty());
}

/// Two chats whose hours follow each other leave no gap between them.
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_one_for_every_chat() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("new #Gardens every Tuesday 9:10pm London").await;
    show.slack("new #LateShow every Tuesday 11pm New York").await;
    show.at("Tue 20:30").await;
    let (told, ended) = may_deploy(&show, MARGIN).await;
    assert_eq!(ended, Ended::Wanting);
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_to_be_said_is_waited_for() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.at("Wed 11:00").await;
    assert!(look(&show, MARGIN).await.is_good());
    show.platforms.slack.inject_on("chat.postMessage", Fault::slack("service_unavailable"), 50);
    show.slack("topic Gardens").await;
    let (told, ended) = may_deploy(&show, MARGIN).await;
    assert_eq!(ended, Ended::Wanting);
    insta::assert_snapshot!(told);
    show.platforms.slack.clear_faults();
    let later = show.now() + TimeDelta::minutes(2);
    show.until(later).await;
    assert!(look(&show, MARGIN).await.is_good());
}
