//! From waiting to the end.

use chat::delivery::{Class, Progress, Room, Trouble, Untaken, Work};
use chat::name::{DeliveryId, Platform, QuestionId};
use chat::noise::Shown;
use chrono::{DateTime, Duration, Utc};
use store::{
    Claim, External, Hold, Limit, MOST_CLAIMED, NewDelivery, Opened, Pace, Sent, Standing, StoreError,
    Waiting,
};

use crate::made::*;

fn lease() -> DateTime<Utc> {
    now() + Duration::seconds(20)
}

pub(crate) fn claim(mark: &str, by: &str) -> Claim {
    Claim {
        mark: mark.to_owned(),
        by: by.to_owned(),
        lease: lease(),
        payload: Some(r#"{"content":"hi"}"#.to_owned()),
        posts: vec![post_id("1")],
    }
}

fn sent(mark: &str, external: &str) -> Sent {
    Sent { mark: mark.to_owned(), external: external.to_owned(), room: None, ext: None, at: now() }
}

pub(crate) async fn waiting(table: &Table) -> Vec<Waiting> {
    table.store.waiting(&discord(), 1000).await.expect("read")
}

fn conflicted<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
}

#[tokio::test]
async fn announcements_go_first_then_source_time() {
    let table = Table::new().await;
    let order = [(Class::Post, 5), (Class::Post, -60), (Class::Announcement, 9), (Class::Post, 1000)];
    for (class, second) in order {
        let new = delivery(&format!("d{second}"), discord(), class, second);
        table.done(vec![], vec![new]).await;
    }
    table.done(vec![], vec![delivery("elsewhere", slack(), Class::Post, 0)]).await;
    let names = |waiting: Vec<Waiting>| -> Vec<String> {
        waiting
            .into_iter()
            .map(|w| w.delivery.id.0.split('>').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(names(waiting(&table).await), ["d9", "d-60", "d5", "d1000"]);
    assert_eq!(names(table.store.waiting(&discord(), 2).await.expect("read")), ["d9", "d-60"]);
    assert_eq!(table.store.behind(&discord()).await.expect("read"), 4);
    assert_eq!(table.store.behind(&x()).await.expect("read"), 0);
}

#[tokio::test]
async fn what_waits_is_what_was_asked_for_however_much() {
    let table = Table::new().await;
    let mut all = Vec::new();
    for n in 0..12 {
        let mut new = delivery(&format!("p{n:02}"), discord(), Class::Post, n);
        new.payload = Some("x".repeat(150_000));
        new.delivery.room = Room::Question(episode_id(), QuestionId(2));
        new.delivery.work = Work::Post(post_id(&n.to_string()));
        new.delivery.expires = Some(now());
        table.done(vec![], vec![new.clone()]).await;
        all.push(new);
    }
    let waiting = waiting(&table).await;
    assert_eq!(waiting.len(), 12);
    assert_eq!(table.store.behind(&discord()).await.expect("read"), 12);
    for (w, new) in waiting.iter().zip(&all) {
        assert_eq!((&w.delivery, &w.payload), (&new.delivery, &new.payload));
        assert_eq!((&w.progress, w.attempts, &w.mark), (&Progress::Pending, 0, &None));
        assert_eq!((&w.slug, w.created), (&slug(), now()));
    }
}

#[tokio::test]
async fn a_delivery_is_claimed_once_and_sent() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a"), announcement("b")]).await;
    let before = waiting(&table).await;
    let (one, two) = (claim("m1", "one"), claim("m2", "two"));
    let (a, b) = tokio::join!(table.store.claim(&before, &one), table.store.claim(&before, &two));
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
    let mark = if a.is_ok() { "m1" } else { "m2" };
    let claimed = a.or(b).expect("one of them");
    assert_eq!(waiting(&table).await, claimed, "what is given back is what is stored");
    assert_eq!(claimed[0].progress, Progress::Claimed { lease: lease() });
    assert_eq!((claimed[0].attempts, claimed[0].mark.as_deref()), (1, Some(mark)));
    let message = table.store.message(&discord(), mark).await.expect("read").expect("there");
    assert_eq!(message.posts, vec![post_id("1")]);
    assert_eq!((message.external, message.version, message.deliveries.len()), (None, 1, 2));
    let lost = if mark == "m1" { "m2" } else { "m1" };
    assert_eq!(table.store.message(&discord(), lost).await.expect("read"), None);

    let room = Room::Question(episode_id(), QuestionId(1));
    let ext = External {
        delivery: claimed[0].delivery.id.clone(),
        slug: slug(),
        episode: Some(episode_id()),
        question: Some(QuestionId(1)),
    };
    let record = Sent {
        room: Some(Opened { room: room.clone(), thread: "900".to_owned(), ready: true }),
        ext: Some(ext.clone()),
        ..sent(mark, "900")
    };
    // Recorded twice, as after a lost answer.
    table.store.sent(&claimed, &record).await.expect("recorded");
    table.store.sent(&claimed, &record).await.expect("recorded again");
    assert!(waiting(&table).await.is_empty());
    assert!(table.store.destinations_waiting(now() + Duration::days(1)).await.expect("read").is_empty());
    for waited in &claimed {
        let row = table.store.delivery(&waited.delivery.id).await.expect("read").expect("there");
        assert_eq!(row.standing, Standing::Sent { external: "900".to_owned() });
        assert_eq!((row.mark.as_deref(), &row.to, &row.slug), (Some(mark), &discord(), &slug()));
    }
    let message = table.store.message(&discord(), mark).await.expect("read").expect("there");
    assert_eq!(message.external.as_deref(), Some("900"));
    let found = table.store.room(&discord(), &room).await.expect("read").expect("there");
    assert_eq!((found.thread.as_str(), found.ready, found.since), ("900", true, now()));
    assert_eq!(table.store.room(&slack(), &room).await.expect("read"), None);
    assert_eq!(table.store.external(Platform::Discord, "900").await.expect("read"), Some(ext));
    assert_eq!(table.store.external(Platform::X, "900").await.expect("read"), None);

    // Another id for the same delivery means that it went out twice: nobody may overlook that.
    conflicted(table.store.sent(&claimed, &sent(mark, "901")).await);
    // What was sent cannot be claimed, given up or let go any more.
    conflicted(table.store.claim(&before, &claim("m3", "three")).await);
    conflicted(table.store.failed(&claimed, "late", now(), &[]).await);
    conflicted(table.store.unknown(&claimed).await);
    conflicted(table.store.release(&claimed, now()).await);
}

#[tokio::test]
async fn who_comes_back_late_changes_nothing() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a")]).await;
    let first = table.store.claim(&waiting(&table).await, &claim("m", "one")).await.expect("claimed");
    table.store.release(&first, now() + Duration::seconds(30)).await.expect("let go");
    assert_eq!(waiting(&table).await[0].progress, Progress::Pending);
    assert_eq!(waiting(&table).await[0].attempts, 1);
    let second = table.store.claim(&waiting(&table).await, &claim("m", "two")).await.expect("claimed");
    assert_eq!(second[0].attempts, 2);

    conflicted(table.store.release(&first, now()).await);
    conflicted(table.store.unknown(&first).await);
    conflicted(table.store.failed(&first, "no", now(), &[]).await);
    conflicted(table.store.claim(&first, &claim("m", "one")).await);
    assert_eq!(waiting(&table).await, second);
    // But what the first one did send is sent.
    table.store.sent(&first, &sent("m", "900")).await.expect("recorded");
    assert!(waiting(&table).await.is_empty());
}

#[tokio::test]
async fn an_unknown_outcome_is_looked_into_and_then_settled() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a")]).await;
    // What nobody claimed cannot have gone out.
    conflicted(table.store.unknown(&waiting(&table).await).await);
    let claimed = table.store.claim(&waiting(&table).await, &claim("m", "one")).await.expect("claimed");
    table.store.unknown(&claimed).await.expect("noted");
    table.store.unknown(&claimed).await.expect("noted again");
    let unknown = waiting(&table).await;
    assert_eq!(unknown[0].progress, Progress::Unknown);
    assert_eq!(unknown[0].mark.as_deref(), Some("m"), "it is looked for by its mark");
    conflicted(table.store.claim(&unknown, &claim("m", "two")).await);
    let after_lease = lease() + Duration::seconds(1);
    assert_eq!(table.store.destinations_waiting(after_lease).await.expect("read"), vec![discord()]);

    // Not found there: it may be sent again, under the same mark.
    table.store.release(&unknown, now()).await.expect("let go");
    let again = table.store.claim(&waiting(&table).await, &claim("m", "two")).await.expect("claimed");
    table.store.unknown(&again).await.expect("noted");
    // Found: it was sent.
    table.store.sent(&waiting(&table).await, &sent("m", "900")).await.expect("recorded");
    let row = table.store.delivery(&announcement("a").delivery.id).await.expect("read").expect("there");
    assert_eq!(row.standing, Standing::Sent { external: "900".to_owned() });
}

#[tokio::test]
async fn what_failed_is_kept_with_its_reason() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a"), announcement("b")]).await;
    let both = waiting(&table).await;
    // Given up before anybody tried: it ran out.
    table.store.failed(&both[..1], "nobody needs it any more", now(), &[]).await.expect("noted");
    table.store.failed(&both[..1], "nobody needs it any more", now(), &[]).await.expect("noted again");
    let claimed = table.store.claim(&both[1..], &claim("m", "one")).await.expect("claimed");
    table.store.failed(&claimed, "the channel is gone", now(), &[]).await.expect("noted");
    assert!(waiting(&table).await.is_empty());
    assert!(table.store.destinations_waiting(now() + Duration::days(1)).await.expect("read").is_empty());
    let ids = [both[0].delivery.id.clone(), both[1].delivery.id.clone()];
    let row = table.store.delivery(&ids[0]).await.expect("read").expect("there");
    assert_eq!(row.standing, Standing::Failed { reason: "nobody needs it any more".to_owned() });
    let row = table.store.delivery(&ids[1]).await.expect("read").expect("there");
    assert_eq!(row.standing, Standing::Failed { reason: "the channel is gone".to_owned() });
    assert_eq!(table.store.delivery(&DeliveryId("none".to_owned())).await.expect("read"), None);
}

#[tokio::test]
async fn as_many_as_can_be_claimed_can_be_recorded() {
    let table = Table::new().await;
    let many = |from: usize, to: usize| -> Vec<NewDelivery> {
        (from..to).map(|n| announcement(&format!("{n:03}"))).collect()
    };
    table.done(vec![], many(0, 25)).await;
    table.done(vec![], many(25, MOST_CLAIMED + 1)).await;
    let all = waiting(&table).await;
    let answer = table.store.claim(&all, &claim("m", "one")).await;
    assert!(matches!(answer, Err(StoreError::TooLarge { .. })));
    let claimed = table.store.claim(&all[..MOST_CLAIMED], &claim("m", "one")).await.expect("claimed");
    let ext =
        External { delivery: claimed[0].delivery.id.clone(), slug: slug(), episode: None, question: None };
    let record = Sent {
        room: Some(Opened { room: Room::Channel, thread: "1".to_owned(), ready: false }),
        ext: Some(ext),
        ..sent("m", "900")
    };
    table.store.sent(&claimed, &record).await.expect("recorded");
    assert_eq!(table.store.behind(&discord()).await.expect("read"), 1);
    assert!(table.store.claim(&[], &claim("m", "one")).await.expect("nothing").is_empty());
    table.store.sent(&[], &record).await.expect("nothing");
    table.store.release(&[], now()).await.expect("nothing");
}

#[tokio::test]
async fn a_message_is_made_anew_one_at_a_time() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a")]).await;
    let claimed = table.store.claim(&waiting(&table).await, &claim("m", "one")).await.expect("claimed");
    table.store.sent(&claimed, &sent("m", "900")).await.expect("recorded");
    let message = table.store.message(&discord(), "m").await.expect("read").expect("there");
    table.store.remade(&message, &[]).await.expect("made anew");
    conflicted(table.store.remade(&message, &[]).await);
    let now_shows = table.store.message(&discord(), "m").await.expect("read").expect("there");
    assert_eq!((now_shows.payload.as_deref(), now_shows.version), (None, 2));
    assert_eq!(now_shows.external.as_deref(), Some("900"));
    assert!(now_shows.posts.is_empty());
}

#[tokio::test]
async fn sweeps_find_each_destination_once_when_its_time_came() {
    let table = Table::new().await;
    table
        .done(vec![], vec![announcement("a"), announcement("b"), delivery("a", slack(), Class::Post, 0)])
        .await;
    let look = |seconds| table.store.destinations_waiting(now() + Duration::seconds(seconds));
    let mut found = look(0).await.expect("read");
    found.sort();
    assert_eq!(found, vec![slack(), discord()]);
    assert!(look(-1).await.expect("read").is_empty());
    let claimed = table.store.claim(&waiting(&table).await, &claim("m", "one")).await.expect("claimed");
    assert_eq!(look(0).await.expect("read"), vec![slack()]);
    assert_eq!(look(20).await.expect("read"), vec![slack(), discord()], "a lease that ran out is looked at");
    table.store.release(&claimed, now() + Duration::minutes(10)).await.expect("let go");
    assert_eq!(look(599).await.expect("read"), vec![slack()]);
    assert_eq!(look(600).await.expect("read").len(), 2);
}

#[tokio::test]
async fn an_own_text_is_known_for_a_week() {
    let table = Table::new().await;
    let mut to_x = delivery("q/1", x(), Class::Announcement, 0);
    to_x.said = Some("abc123".to_owned());
    let mut twin = delivery("q/1/again", x(), Class::Announcement, 0);
    twin.said = Some("abc123".to_owned());
    assert!(!table.store.said("abc123", now()).await.expect("read"));
    table.done(vec![], vec![to_x, twin]).await;
    assert!(table.store.said("abc123", now()).await.expect("read"));
    assert!(!table.store.said("other", now()).await.expect("read"));
    assert!(table.store.said("abc123", now() + Duration::days(6)).await.expect("read"));
    assert!(!table.store.said("abc123", now() + Duration::days(7)).await.expect("read"));
}

#[tokio::test]
async fn one_worker_holds_a_destination() {
    let table = Table::new().await;
    let until = now() + Duration::seconds(15);
    let (place, store) = (discord(), &table.store);
    assert_eq!(store.pace(&place).await.expect("read"), Pace::default());
    let (a, b) = tokio::join!(
        store.hold_destination(&place, "one", until, now()),
        store.hold_destination(&place, "two", until, now())
    );
    let (a, b) = (a.expect("answered"), b.expect("answered"));
    let (mut pace, busy) = match (a, b) {
        (Hold::Held(pace), busy) | (busy, Hold::Held(pace)) => (pace, busy),
        both => panic!("{both:?}"),
    };
    assert_eq!(busy, Hold::Busy { until });
    let holder = pace.held.clone().expect("held").0;
    let other = if holder == "one" { "two" } else { "one" };
    // Another destination is free.
    assert!(matches!(store.hold_destination(&slack(), other, until, now()).await, Ok(Hold::Held(_))));
    // The same one may go on holding.
    assert!(matches!(store.hold_destination(&place, &holder, until, now()).await, Ok(Hold::Held(_))));

    pace.failures = 3;
    pace.lately = vec![Shown { room: Room::Channel, at: now(), cards: 3 }];
    pace.turn = Some(now() + Duration::seconds(2));
    pace.not_before = Some(now() + Duration::seconds(42));
    store.free_destination(&place, &pace).await.expect("freed");
    let read = store.pace(&place).await.expect("read");
    assert_eq!((read.held, read.failures), (None, 3));
    assert_eq!((&read.lately, read.turn, read.not_before), (&pace.lately, pace.turn, pace.not_before));

    // A lease that ran out frees it too; then the first one has no say any more.
    let Ok(Hold::Held(first)) = store.hold_destination(&place, "one", until, now()).await else { panic!() };
    assert_eq!(first.failures, 3);
    assert!(matches!(store.hold_destination(&place, "two", until, now()).await, Ok(Hold::Busy { .. })));
    let later = until + Duration::seconds(15);
    assert!(matches!(store.hold_destination(&place, "two", later, until).await, Ok(Hold::Held(_))));
    conflicted(store.free_destination(&place, &first).await);
    let mut well = store.pace(&place).await.expect("read");
    (well.failures, well.turn, well.not_before) = (0, None, None);
    store.free_destination(&place, &well).await.expect("freed");
    let read = store.pace(&place).await.expect("read");
    assert_eq!((read.failures, read.turn), (0, None));
    assert_eq!(read.not_before, pace.not_before, "it is only ever raised");
}

#[tokio::test]
async fn a_destination_is_closed_and_kept_quiet() {
    let table = Table::new().await;
    let (store, place) = (&table.store, discord());
    let at = |s| now() + Duration::seconds(s);
    store.close_destination(&place, at(40)).await.expect("closed");
    store.close_destination(&place, at(5)).await.expect("closed");
    assert_eq!(store.pace(&place).await.expect("read").not_before, Some(at(40)));

    store.quiet(&place, at(-2), at(8)).await.expect("quiet");
    assert_eq!(store.pace(&place).await.expect("read").quiet, Some((at(-2), at(8))));
    // A second cue asks for quiet before the first one is done.
    store.quiet(&place, at(1), at(11)).await.expect("quiet");
    store.unquiet(&place, at(8)).await.expect("done");
    assert_eq!(store.pace(&place).await.expect("read").quiet, Some((at(1), at(11))));
    store.unquiet(&place, at(11)).await.expect("done");
    assert_eq!(store.pace(&place).await.expect("read").quiet, None);
    assert_eq!(store.pace(&place).await.expect("read").not_before, Some(at(40)));
}

#[tokio::test]
async fn what_gets_through_to_nobody_is_remembered_whoever_holds_it() {
    let table = Table::new().await;
    let (store, place) = (&table.store, discord());
    let trouble = Trouble { since: now(), why: Some(Untaken::Archived), told: false };
    store.trouble(&place, Some(&trouble)).await.expect("written");
    let told = Trouble { told: true, why: None, ..trouble };
    let until = now() + Duration::seconds(15);
    let Ok(Hold::Held(pace)) = store.hold_destination(&place, "one", until, now()).await else { panic!() };
    assert_eq!(pace.trouble, Some(trouble));
    store.trouble(&place, Some(&told)).await.expect("written");
    store.free_destination(&place, &pace).await.expect("freed");
    assert_eq!(store.pace(&place).await.expect("read").trouble, Some(told), "freeing changes nothing of it");
    store.trouble(&place, None).await.expect("written");
    assert_eq!(store.pace(&place).await.expect("read").trouble, None);
}

#[tokio::test]
async fn a_platform_is_shared_in_turn() {
    let table = Table::new().await;
    let limit = Limit { slot: Duration::seconds(1), calls: 3 };
    let at = |s: i64| now() + Duration::seconds(s);
    let mut turns = Vec::new();
    for _ in 0..8 {
        turns.push(table.store.turn(Platform::Slack, limit, now()).await.expect("a turn"));
    }
    assert_eq!(turns, [at(0), at(0), at(0), at(1), at(1), at(1), at(2), at(2)]);
    // Who comes later stands behind them, and another platform has turns of its own.
    assert_eq!(table.store.turn(Platform::Slack, limit, at(1)).await.expect("a turn"), at(2));
    assert_eq!(table.store.turn(Platform::Slack, limit, at(1)).await.expect("a turn"), at(3));
    assert_eq!(table.store.turn(Platform::Discord, limit, now()).await.expect("a turn"), now());
    let half = now() + Duration::milliseconds(5_500);
    assert_eq!(table.store.turn(Platform::Slack, limit, half).await.expect("a turn"), half);
    let mut many = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let store = table.store.clone();
        many.spawn(async move { store.turn(Platform::X, limit, at(60)).await.expect("a turn") });
    }
    let many = many.join_all().await;
    for second in 0..10 {
        let taken = many.iter().filter(|t| **t == at(60 + second)).count();
        assert_eq!(taken, 3, "in second {second} of {many:?}");
    }
}
