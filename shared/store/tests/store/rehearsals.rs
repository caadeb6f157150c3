//! A rehearsal: one row, without which nothing of it is claimed.

use chat::Change;
use chat::delivery::{Class, Progress};
use chat::rehearsal::Rehearsal;
use chrono::Duration;
use store::{Claim, NewDelivery, StoreError, Waiting};

use crate::made::{Table, delivery, discord, episode_id, now, slug};

fn rehearsal(run: &str, on: bool, version: u64) -> Rehearsal {
    Rehearsal {
        run: run.to_owned(),
        place: discord(),
        episode: episode_id(),
        starts: now() + Duration::days(2),
        moments: vec![now() + Duration::seconds(5), now() + Duration::milliseconds(15_250)],
        on,
        version,
    }
}

fn said(run: &str, n: u32) -> NewDelivery {
    let what = format!("smxchat/rehearsal/{run}/{n:02}");
    delivery(&what, discord(), Class::Announcement, i64::from(n))
}

fn claim(by: &str) -> Claim {
    let mark = format!("mark of {by}");
    Claim { mark, by: by.to_owned(), lease: now() + Duration::seconds(20), payload: None, posts: vec![] }
}

async fn waiting(table: &Table) -> Vec<Waiting> {
    table.store.waiting(&discord(), 20).await.expect("read")
}

#[tokio::test]
async fn it_comes_back_as_it_was_written() {
    let table = Table::new().await;
    assert_eq!(table.store.rehearsal(&slug()).await.expect("read"), None);
    for (version, on) in [(0, true), (1, false), (2, true)] {
        table.done(vec![Change::Rehearsal(rehearsal("one", on, version))], vec![]).await;
        let read = table.store.rehearsal(&slug()).await.expect("read");
        assert_eq!(read, Some(rehearsal("one", on, version + 1)));
    }
    // Two at once: the second decides anew.
    let late = crate::made::commit(vec![Change::Rehearsal(rehearsal("two", true, 1))], vec![]);
    assert!(matches!(table.store.commit(&slug(), late).await, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn nothing_of_it_is_claimed_once_it_was_stopped() {
    let table = Table::new().await;
    let begun = vec![Change::Rehearsal(rehearsal("one", true, 0))];
    table.done(begun, vec![said("one", 1), said("one", 2)]).await;
    let [first, second] = &waiting(&table).await[..] else { panic!("two wait") };
    let first = table.store.claim(std::slice::from_ref(first), &claim("a")).await.expect("claimed");
    assert!(matches!(first[0].progress, Progress::Claimed { .. }));
    // Whoever has read what waits, and claims after the stop, claims nothing.
    table.done(vec![Change::Rehearsal(rehearsal("one", false, 1))], vec![]).await;
    let stopped = table.store.claim(std::slice::from_ref(second), &claim("b")).await;
    assert!(matches!(stopped, Err(StoreError::Conflict)), "{stopped:?}");
    // Nor does another one let it go on.
    table.done(vec![Change::Rehearsal(rehearsal("two", true, 2))], vec![said("two", 1)]).await;
    let other = table.store.claim(std::slice::from_ref(second), &claim("c")).await;
    assert!(matches!(other, Err(StoreError::Conflict)), "{other:?}");
    let waits = waiting(&table).await;
    let theirs = waits.iter().find(|w| w.delivery.id.0.contains("/two/")).expect("it waits");
    table.store.claim(std::slice::from_ref(theirs), &claim("d")).await.expect("claimed");
    // What was claimed before the stop is as ever, and anything else is none of its business.
    table.done(vec![], vec![delivery("smxchat/did/1", discord(), Class::Announcement, 9)]).await;
    let waits = waiting(&table).await;
    let note = waits.iter().find(|w| w.delivery.id.0.contains("/did/")).expect("it waits");
    table.store.claim(std::slice::from_ref(note), &claim("e")).await.expect("claimed");
}

#[tokio::test]
async fn what_waits_for_its_moment_is_swept_only_after_it() {
    let table = Table::new().await;
    let begun = vec![Change::Rehearsal(rehearsal("one", true, 0))];
    let later = NewDelivery { look_at: Some(now() + Duration::seconds(30)), ..said("one", 1) };
    table.done(begun, vec![later]).await;
    let swept = |seconds: i64| table.store.destinations_waiting(now() + Duration::seconds(seconds));
    assert_eq!(swept(29).await.expect("read"), []);
    assert_eq!(swept(30).await.expect("read"), [discord()]);
}
