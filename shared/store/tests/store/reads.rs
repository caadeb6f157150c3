//! What is loaded, and how much of it.

use aws_sdk_dynamodb::types::AttributeValue;
use chat::Change;
use chat::agenda::State;
use chat::cue::{Cue, CueId, CueState, Kind};
use chrono::Duration;
use store::StoreError;

use crate::made::*;

#[tokio::test]
async fn the_table_is_made_once() {
    let table = Table::new().await;
    table.store.ensure_table().await.expect("it is there");
    let ttl = table.client.describe_time_to_live().table_name("earshot").send().await.expect("described");
    let attribute = ttl.time_to_live_description.and_then(|d| d.attribute_name);
    assert_eq!(attribute.as_deref(), Some(store::TTL));
}

fn open_cue(of: &chat::agenda::Episode) -> Cue {
    let id = CueId { episode: of.id.clone(), kind: Kind::Open };
    Cue { id, due: of.starts, rev: 1, state: CueState::Waiting }
}

#[tokio::test]
async fn only_what_matters_is_loaded() {
    let table = Table::new().await;
    let mut changes = vec![Change::Settings(settings())];
    let mut add = |planned: &str, shape: &dyn Fn(&mut chat::agenda::Episode)| {
        let mut episode = episode(planned);
        shape(&mut episode);
        changes.push(Change::Cue(open_cue(&episode)));
        changes.push(Change::Episode(episode));
    };
    let closed = |e: &mut chat::agenda::Episode| e.state = State::Closed { at: e.ends() };
    add("2026-11-03T20:00:00Z", &closed);
    // Never closed: the machine was off for two weeks.
    add("2026-11-10T20:00:00Z", &|e| e.state = State::Open);
    add("2026-11-17T20:00:00Z", &|e| e.state = State::Cancelled);
    add("2026-11-23T20:00:00Z", &closed);
    add("2026-11-24T20:00:00Z", &|_| {});
    // Moved from the summer to next week, and from next week to next summer.
    add("2026-07-07T19:00:00Z", &|e| e.starts = at("2026-12-01T20:00:00Z"));
    add("2026-12-08T20:00:00Z", &|e| e.starts = at("2027-06-01T19:00:00Z"));
    add("2026-06-30T19:00:00Z", &closed);
    table.done(changes, vec![]).await;

    let loaded = table.store.load(&slug(), now()).await.expect("loaded").expect("there");
    let names: Vec<_> = loaded.episodes.iter().map(|e| e.id.to_string()).collect();
    assert_eq!(
        names,
        vec![
            "smxchat/2026-11-10T20:00Z",
            "smxchat/2026-11-23T20:00Z",
            "smxchat/2026-11-24T20:00Z",
            "smxchat/2026-07-07T19:00Z",
            "smxchat/2026-12-08T20:00Z",
        ]
    );
    let mut of_cues: Vec<_> = loaded.cues.iter().map(|c| c.id.episode.to_string()).collect();
    assert!(loaded.cues.is_sorted_by_key(|c| c.due));
    of_cues.sort();
    let mut expected = names;
    expected.sort();
    assert_eq!(of_cues, expected, "each episode that matters has its cue, and no other");

    // Next summer, the one that was moved there is found by its signpost, with its cue.
    let june = at("2027-06-01T18:00:00Z");
    let loaded = table.store.load(&slug(), june).await.expect("loaded").expect("there");
    let names: Vec<_> = loaded.episodes.iter().map(|e| e.id.to_string()).collect();
    assert_eq!(names, vec!["smxchat/2026-12-08T20:00Z"]);
    assert_eq!(loaded.cues.len(), 1);

    // A signpost that another move left behind does no harm.
    let mut moved = loaded.episodes[0].clone();
    moved.starts = at("2027-06-02T19:00:00Z");
    table.done(vec![Change::Episode(moved)], vec![]).await;
    let loaded = table.store.load(&slug(), june).await.expect("loaded").expect("there");
    assert_eq!(loaded.episodes.len(), 1);
    assert_eq!(loaded.episodes[0].starts, at("2027-06-02T19:00:00Z"));
}

#[tokio::test]
async fn more_than_a_page_is_read_to_its_end() {
    let table = Table::new().await;
    table.done(vec![Change::Settings(settings())], vec![]).await;
    for week in 0..12 {
        let mut episode = episode("2026-11-24T20:00:00Z");
        episode.id.planned += Duration::weeks(week);
        episode.starts = episode.id.planned;
        episode.topic = Some("t".repeat(150_000));
        table.done(vec![Change::Episode(episode)], vec![]).await;
    }
    let loaded = table.store.load(&slug(), now()).await.expect("loaded").expect("there");
    assert_eq!(loaded.episodes.len(), 12);
    assert!(loaded.episodes.iter().all(|e| e.topic.as_ref().is_some_and(|t| t.len() == 150_000)));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_stops_only_those_who_need_it() {
    let table = Table::new().await;
    table
        .done(vec![Change::Settings(settings()), Change::Episode(episode("2026-11-24T20:00:00Z"))], vec![])
        .await;
    table.done(vec![Change::Cue(cue(Kind::Open, now()))], vec![]).await;
    let text = |s: &str| AttributeValue::S(s.to_owned());
    let put = |pk: &str, sk: &str| {
        table
            .client
            .put_item()
            .table_name("earshot")
            .item("pk", text(pk))
            .item("sk", text(sk))
            .item("v", AttributeValue::N("2".to_owned()))
    };
    put("CHAT#smxchat", "CUE#nonsense")
        .item("ripe", text("CUE"))
        .item("ripe_at", AttributeValue::N("0".to_owned()))
        .send()
        .await
        .expect("put");
    put("WAIT#nonsense", "0#0#x")
        .item("ripe", text("WAIT"))
        .item("ripe_at", AttributeValue::N("0".to_owned()))
        .send()
        .await
        .expect("put");
    table.done(vec![], vec![announcement("a")]).await;
    let later = now() + Duration::hours(1);
    assert_eq!(table.store.cues_due(later, 10).await.expect("the others are due").len(), 1);
    assert_eq!(table.store.destinations_waiting(later).await.expect("read"), vec![discord()]);

    put("CHAT#smxchat", "EP#2026-12-01T20:00Z").send().await.expect("put");
    match table.store.load(&slug(), now()).await {
        Err(StoreError::Unreadable { key, why }) => {
            assert_eq!(key, "CHAT#smxchat/EP#2026-12-01T20:00Z");
            assert!(why.contains('2'), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn lists_pass_over_what_cannot_be_read_and_say_which() {
    let table = Table::new().await;
    let other: chat::name::Slug = "other".parse().expect("a slug");
    table
        .done(vec![Change::Settings(settings()), Change::Episode(episode("2026-11-24T20:00:00Z"))], vec![])
        .await;
    table.done(vec![tag("smxchat", None)], vec![announcement("a")]).await;
    let text = |s: &str| AttributeValue::S(s.to_owned());
    let place = discord();
    let damaged = [
        ("CHATS", "other"),
        ("WORKSPACE#T024BE7LD", "CHAT#other"),
        (&format!("PLACE#{place}"), "CHAT#other"),
        ("CHAT#smxchat", "EP#2026-12-01T20:00Z"),
        ("CHAT#smxchat", "MEMBER#discord::1"),
        ("EP#smxchat/2026-11-24T20:00Z", "POST#x:1"),
        ("EP#smxchat/2026-11-24T20:00Z", "SPOKE#x::1"),
        (&format!("WAIT#{place}"), "0"),
        ("WATCH", "x::1"),
        ("TAG#other", "-"),
    ];
    for (pk, sk) in &damaged {
        let row = table.client.put_item().table_name("earshot").item("pk", text(pk)).item("sk", text(sk));
        // Of this version, and with nothing else in it: damaged, and not newer.
        row.item("v", AttributeValue::N("1".to_owned())).send().await.expect("put");
    }
    let store = &table.store;
    assert_eq!(store.take_passed_over().len(), 0);
    assert_eq!(store.all_chats().await.expect("read").len(), 1);
    assert_eq!(store.chats("T024BE7LD").await.expect("read").len(), 1);
    assert_eq!(store.chats_at(&place).await.expect("read"), [slug()]);
    let tags = ["smxchat".to_owned(), "other".to_owned()];
    assert_eq!(store.chats_by_tag(&tags).await.expect("read"), [slug()]);
    assert_eq!(store.episodes_since(&slug(), now()).await.expect("read").len(), 1);
    assert_eq!(store.members(&slug()).await.expect("read"), []);
    assert_eq!(store.posts(&episode_id()).await.expect("read"), []);
    assert_eq!(store.voices(&episode_id()).await.expect("read"), []);
    assert_eq!(store.waiting(&place, 10).await.expect("read").len(), 1, "what waits behind it goes out");
    assert_eq!(store.watches().await.expect("read"), []);
    let said: Vec<String> = store.take_passed_over().into_iter().collect();
    let mut keys: Vec<String> = damaged.iter().map(|(pk, sk)| format!("{pk}/{sk}")).collect();
    keys.sort();
    assert_eq!(said, keys);
    assert_eq!(store.take_passed_over().len(), 0, "told once");
    // What is decided from is not guessed at, and a table that does not answer is no damaged row.
    assert!(matches!(store.load(&slug(), now()).await, Err(StoreError::Unreadable { .. })));
    assert_eq!(store.load(&other, now()).await.expect("read"), None);
    let away: Result<(), _> = Err(StoreError::Unavailable("it is away".into()));
    assert!(matches!(store.if_readable(away), Err(StoreError::Unavailable(_))));
}
