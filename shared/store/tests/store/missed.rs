//! What came too late, and that somebody asked for it.

use chat::Change;
use chat::delivery::{Class, Work};
use chat::post::{Entry, Filed};
use chrono::Duration;
use store::NewDelivery;

use crate::made::{Table, delivery, discord, episode, episode_id, filed, now, person, post_id, slug};

fn late(id: &str, author: &str) -> Filed {
    Filed { entry: Entry::Late, ..filed(id, author) }
}

fn settled(id: &str, entry: Entry) -> Change {
    settled_as(id, id, entry)
}

/// The same, where this version of it was read.
fn settled_as(id: &str, version: &str, entry: Entry) -> Change {
    Change::Settled { post: post_id(id), version: version.to_owned(), episode: episode_id(), entry }
}

fn card(id: &str) -> NewDelivery {
    let mut new = delivery(&format!("smxchat/post/x:{id}"), discord(), Class::Post, 0);
    new.delivery.work = Work::Post(post_id(id));
    new
}

/// What is missed of the one episode, as it stands there.
async fn missed(table: &Table) -> Vec<(String, Entry)> {
    let episode = episode("2026-11-24T20:00:00Z");
    let (missed, _) = table.store.missed(&slug(), [&episode].into_iter()).await.expect("read");
    missed.into_iter().map(|filed| (filed.post.id.id, filed.entry)).collect()
}

#[tokio::test]
async fn what_was_missed_is_found_with_its_authors_and_settled_once() {
    let table = Table::new().await;
    let participant = chat::member::Participant {
        person: person("7"),
        name: "Person 7".to_owned(),
        first: episode_id(),
        latest: episode_id(),
        posts: 1,
        heard: None,
        admitted: None,
        recent: vec![],
        burst: None,
        said: vec![],
        version: 0,
    };
    for (id, author) in [("1", "7"), ("2", "7"), ("3", "8")] {
        table.done(vec![Change::Filed(late(id, author))], vec![]).await;
    }
    let fast = Filed { entry: Entry::TooFast, ..filed("4", "9") };
    table.done(vec![Change::Filed(fast), Change::Filed(filed("5", "9"))], vec![]).await;
    table.done(vec![Change::Participant(participant)], vec![]).await;
    let of = |id: &str, entry| (id.to_owned(), entry);
    assert_eq!(
        missed(&table).await,
        [of("1", Entry::Late), of("2", Entry::Late), of("3", Entry::Late), of("4", Entry::TooFast)]
    );
    let tuesday = episode("2026-11-24T20:00:00Z");
    let (_, authors) = table.store.missed(&slug(), [&tuesday].into_iter()).await.expect("read");
    assert_eq!(authors.iter().map(|a| a.person.clone()).collect::<Vec<_>>(), [person("7")]);
    let other = episode("2026-12-01T20:00:00Z");
    let (none, nobody) = table.store.missed(&slug(), [&other].into_iter()).await.expect("read");
    assert!(none.is_empty() && nobody.is_empty());

    // Carried and too fast, in one commit with the card.
    let page = vec![settled("1", Entry::Straight), settled("2", Entry::TooFast)];
    assert_eq!(table.done(page, vec![card("1")]).await, [discord()]);
    assert_eq!(
        missed(&table).await,
        [of("2", Entry::TooFast), of("3", Entry::Late), of("4", Entry::TooFast)]
    );
    let stands = table.store.filed(&slug(), &post_id("1")).await.expect("read").expect("filed");
    assert_eq!(stands, filed("1", "7"), "only how it stands has changed");
    // A second press, decided at the same moment: all of it, or nothing.
    let answer = crate::made::commit(
        vec![settled("3", Entry::Straight), settled("1", Entry::Straight)],
        vec![card("3"), card("1")],
    );
    let answer = table.store.commit(&slug(), answer).await;
    assert!(matches!(answer, Err(store::StoreError::Conflict)), "{answer:?}");
    assert_eq!(table.store.delivery(&card("3").delivery.id).await.expect("read"), None);
    // What was in the hour is nobody's to settle, nor what waits at the door.
    table.conflicts(vec![settled("5", Entry::Straight)]).await;
    table.conflicts(vec![settled("404", Entry::Straight)]).await;
    // A replay, or an edit, that was decided while it was only kept.
    table.conflicts(vec![Change::Filed(late("1", "7"))]).await;
    let mut edited = late("3", "8");
    edited.post.text = "A1 hello again".to_owned();
    edited.post.version = "33".to_owned();
    table.done(vec![Change::Filed(edited)], vec![]).await;
    table.conflicts(vec![settled("3", Entry::Straight)]).await;
    table.done(vec![settled_as("3", "33", Entry::Straight)], vec![card("3")]).await;
    let stands = table.store.filed(&slug(), &post_id("3")).await.expect("read").expect("filed");
    assert_eq!((stands.entry, stands.post.text.as_str()), (Entry::Straight, "A1 hello again"));
}

#[tokio::test]
async fn who_asked_is_found_until_all_is_carried() {
    let table = Table::new().await;
    let catching_up = |more| Change::CatchingUp { episode: episode_id(), more };
    let found = || async { table.store.catching_up(now() + Duration::seconds(1)).await.expect("read") };
    let asked = || async { table.store.is_catching_up(&episode_id()).await.expect("read") };
    assert!(!asked().await);
    table.done(vec![catching_up(true)], vec![]).await;
    assert!(asked().await);
    assert_eq!(found().await, [episode_id()]);
    assert_eq!(table.store.catching_up(now() - Duration::seconds(1)).await.expect("read"), []);
    // It is taken for nothing else that is swept, nor read as an episode or a cue.
    let later = now() + Duration::days(1);
    assert_eq!(table.store.letting_in(later).await.expect("read"), []);
    assert_eq!(table.store.destinations_waiting(later).await.expect("read"), []);
    assert_eq!(table.store.cues_due(later, 10).await.expect("read"), []);
    table.done(vec![catching_up(true)], vec![]).await;
    table.done(vec![catching_up(false)], vec![]).await;
    assert!(!asked().await);
    assert_eq!(found().await, []);
}
