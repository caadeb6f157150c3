//! What X was paid for, how far it was searched, and whose removals we hear of.

use chat::cost::{Month, Spent};
use chat::money::Money;
use chrono::{Duration, TimeDelta};
use store::{Audit, Rest, Searched, Stage};

use crate::made::*;

fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(|s| (*s).to_owned()).collect()
}

#[tokio::test]
async fn a_post_is_paid_for_once_a_day_of_utc() {
    let table = Table::new().await;
    let evening = at("2026-11-24T23:59:59Z");
    let morning = at("2026-11-25T00:00:00Z");
    assert!(table.store.give("901", &slug(), evening).await.expect("noted"));
    assert!(!table.store.give("901", &slug(), evening).await.expect("noted"), "the same day is free");
    let given = table.store.given(&strings(&["902", "901", "901"]), evening).await.expect("read");
    assert_eq!(given.into_iter().collect::<Vec<_>>(), ["901"]);
    assert!(table.store.given(&strings(&["901"]), morning).await.expect("read").is_empty());
    assert!(table.store.give("901", &slug(), morning).await.expect("noted"), "the next day is not");
    assert!(table.store.given(&[], morning).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_months_account_adds_up() {
    let table = Table::new().await;
    let month = Month::of(at("2026-11-24T20:00:00Z"));
    assert_eq!(table.store.spent(&slug(), month).await.expect("read"), Spent::default());
    let read = Spent { read: 3, money: Money::micros(15_000), ..Spent::default() };
    let written = Spent { written: 1, money: Money::micros(200_000), ..Spent::default() };
    table.store.spend(&slug(), month, read).await.expect("added");
    let sum = table.store.spend(&slug(), month, written).await.expect("added");
    assert_eq!(sum, Spent { read: 3, written: 1, deleted: 0, money: Money::micros(215_000) });
    assert_eq!(table.store.spent(&slug(), month).await.expect("read"), sum);
    assert_eq!(table.store.spent(&slug(), month.next()).await.expect("read"), Spent::default());
    // Many at once lose nothing.
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = table.store.clone();
        all.spawn(async move { store.spend(&slug(), month, read).await });
    }
    while let Some(added) = all.join_next().await {
        added.expect("no panic").expect("added");
    }
    assert_eq!(table.store.spent(&slug(), month).await.expect("read").read, 63);
}

#[tokio::test]
async fn a_slot_is_taken_once() {
    let table = Table::new().await;
    let slot = at("2026-11-24T20:00:15Z");
    assert!(!table.store.slot_taken(slot, now()).await.expect("read"));
    assert!(table.store.take_slot(slot, now()).await.expect("taken"));
    assert!(!table.store.take_slot(slot, now()).await.expect("asked"), "whoever comes second does nothing");
    assert!(table.store.slot_taken(slot, now()).await.expect("read"));
    assert!(table.store.take_slot(slot + Duration::seconds(15), now()).await.expect("taken"));
    // A rehearsal plays the same hour again, in another one of real time.
    assert!(table.store.take_slot(slot, now() + Duration::hours(7)).await.expect("taken"));
}

#[tokio::test]
async fn a_day_is_taken_once_a_chat() {
    let table = Table::new().await;
    let day = now().date_naive();
    assert!(table.store.take_day(&slug(), day, now()).await.expect("taken"));
    assert!(!table.store.take_day(&slug(), day, now()).await.expect("asked"));
    let other = "books".parse().expect("a slug");
    assert!(table.store.take_day(&other, day, now()).await.expect("taken"));
    assert!(table.store.take_day(&slug(), day + Duration::days(1), now()).await.expect("taken"));
}

#[tokio::test]
async fn how_far_was_searched_is_written_by_who_read_it() {
    let table = Table::new().await;
    let until = at("2026-11-24T20:00:00Z");
    assert_eq!(table.store.searched("SMXChat").await.expect("read"), None);
    let first = Searched { until, rest: None, version: 0 };
    assert!(table.store.search_done("SMXChat", &first).await.expect("written"));
    assert!(!table.store.search_done("#smxchat", &first).await.expect("asked"), "somebody else has");
    let rest = Rest { before: until + TimeDelta::minutes(3), upto: until + TimeDelta::minutes(9) };
    let read = table.store.searched("#smxchat").await.expect("read").expect("there");
    assert_eq!(read, Searched { version: 1, ..first });
    let second = Searched { rest: Some(rest), ..read };
    assert!(table.store.search_done("SMXChat", &second).await.expect("written"));
    let read = table.store.searched("smxchat").await.expect("read");
    assert_eq!(read, Some(Searched { version: 2, ..second }));
    assert_eq!(table.store.searched("books").await.expect("read"), None);
}

#[tokio::test]
async fn an_author_waits_to_be_watched_once() {
    let table = Table::new().await;
    let (ada, bo) = (person("21"), person("22"));
    let posted = at("2026-11-24T20:10:00Z");
    table.store.watch(&ada, posted).await.expect("noted");
    table.store.watch(&bo, posted - Duration::minutes(5)).await.expect("noted");
    assert_eq!(table.store.to_watch(10).await.expect("read"), [bo.clone(), ada.clone()]);
    assert_eq!(table.store.to_watch(1).await.expect("read"), std::slice::from_ref(&bo));
    assert!(table.store.watched(&ada, "s1").await.expect("noted"));
    assert!(!table.store.watched(&ada, "s2").await.expect("asked"), "of two subscriptions one is too many");
    // Another post moves their last one on, and an older one does not move it back.
    table.store.watch(&ada, posted + Duration::minutes(5)).await.expect("noted");
    table.store.watch(&ada, posted).await.expect("noted");
    assert_eq!(
        table.store.to_watch(10).await.expect("read"),
        std::slice::from_ref(&bo),
        "watched people are not asked for again"
    );
    let watches = table.store.watches().await.expect("read");
    let of = |who: &chat::name::Person| watches.iter().find(|w| w.person == *who).expect("there").clone();
    assert_eq!(of(&ada).subscription.as_deref(), Some("s1"));
    assert_eq!(of(&ada).last, posted + Duration::minutes(5));
    assert_eq!((of(&bo).subscription, table.store.watching().await.expect("counted")), (None, 2));
    table.store.unwatch(&ada).await.expect("gone");
    assert_eq!(table.store.watching().await.expect("counted"), 1);
    assert!(!table.store.watched(&ada, "s3").await.expect("asked"), "nobody is there");
    table.store.watch(&ada, posted).await.expect("noted");
    assert_eq!(
        table.store.to_watch(10).await.expect("read").len(),
        2,
        "with their next post they are new again"
    );
}

#[tokio::test]
async fn a_chat_from_before_budgets_has_the_usual_one() {
    use chat::settings::{Cards, Settings};
    let table = Table::new().await;
    let boundless = Settings {
        budget: None,
        destinations: vec![chat::settings::Destination { cards: Cards::Links, ..destination(discord()) }],
        ..settings()
    };
    table.done(vec![chat::Change::Settings(boundless.clone())], vec![]).await;
    let read = table.store.settings(&slug()).await.expect("read").expect("there");
    assert_eq!((read.budget, read.destinations), (None, boundless.destinations));
    let key = |name: &str, value: &str| {
        (name.to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned()))
    };
    let asked = table
        .client
        .update_item()
        .table_name("earshot")
        .set_key(Some([key("pk", &format!("CHAT#{}", slug())), key("sk", "META")].into()))
        .update_expression("REMOVE budget, destinations[0].cards");
    asked.send().await.expect("an older row");
    let read = table.store.settings(&slug()).await.expect("read").expect("there");
    assert_eq!(read.budget, Some(Settings::USUAL_BUDGET));
    assert_eq!(read.destinations[0].cards, Cards::Full);
}

#[tokio::test]
async fn a_days_job_is_taken_on_by_one_at_a_time() {
    let table = Table::new().await;
    let (day, next) = (at("2026-11-25T00:00:00Z").date_naive(), at("2026-11-25T00:00:30.5Z"));
    assert_eq!(table.store.audit(day).await.expect("read"), None);
    let mut audit = Audit { stage: Stage::Wanted, next, tries: 2, version: 0 };
    for stage in [
        Stage::Wanted,
        Stage::Made { job: "7".into(), upload: "https://s.example.org/up?s=1".into() },
        Stage::Asked { job: "7".into(), since: now(), taken: 100 },
        Stage::Over,
        Stage::Refused,
    ] {
        audit.stage = stage;
        assert!(table.store.audited(day, &audit).await.expect("written"));
        assert!(!table.store.audited(day, &audit).await.expect("asked"), "whoever comes second does nothing");
        audit.version += 1;
        assert_eq!(table.store.audit(day).await.expect("read"), Some(audit.clone()));
    }
    assert_eq!(table.store.audit(day.succ_opt().expect("a day")).await.expect("read"), None, "each day anew");
}

#[tokio::test]
async fn the_last_beat_is_remembered() {
    let table = Table::new().await;
    assert_eq!(table.store.heartbeat().await.expect("read"), None, "nothing has ticked yet");
    for at in [now(), now() + TimeDelta::milliseconds(60_250)] {
        table.store.beat(at).await.expect("written");
        assert_eq!(table.store.heartbeat().await.expect("read"), Some(at));
    }
}
