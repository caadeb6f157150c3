//! The wire breaks, the table is busy: what was written is found, and nothing is written twice.

use chat::Change;
use chat::delivery::Progress;
use store::{Commit, Committed, Request, Sent, StoreError};

use crate::deliveries::{claim, waiting};
use crate::made::*;

/// A commit with every kind of condition.
fn everything(episode_version: u64) -> Commit {
    let mut episode = episode("2026-11-24T20:00:00Z");
    episode.version = episode_version;
    let mut commit = commit(vec![Change::Episode(episode)], vec![announcement("open")]);
    commit.request =
        Some(Request { by: person("amara"), key: "request".to_owned(), reply: "our answer".to_owned() });
    commit
}

async fn version(table: &Table) -> Option<u64> {
    table.done(vec![Change::Settings(settings())], vec![]).await;
    let loaded = table.store.load(&slug(), now()).await.expect("loaded").expect("there");
    loaded.episodes.first().map(|e| e.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_again() {
    let table = Table::new().await;
    let (store, wire) = table.over(&[Fault::AnswerLost]);
    let answer = store.commit(&slug(), everything(0)).await.expect("done");
    assert_eq!(answer, Committed::Done { new: vec![discord()] });
    assert_eq!(wire.transactions(), 2);
    assert_eq!(version(&table).await, Some(1), "it was written once");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_rows_mean_done() {
    let table = Table::new().await;
    let (store, wire) = table.over(&[Fault::AnswerLost; 3]);
    let answer = store.commit(&slug(), everything(0)).await.expect("done");
    assert_eq!(answer, Committed::Done { new: vec![discord()] });
    assert_eq!(wire.transactions(), 3);
    assert_eq!(version(&table).await, Some(1));
    assert_eq!(waiting(&table).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_rows_mean_done_when_they_break_ones_own_conditions() {
    let table = Table::new().await;
    let (store, wire) = table.over(&[Fault::AnswerLost, Fault::Forgotten]);
    let answer = store.commit(&slug(), everything(0)).await.expect("done");
    assert_eq!(answer, Committed::Done { new: vec![discord()] }, "and not a repeat of our own answer");
    assert_eq!(wire.transactions(), 2);
    assert_eq!(version(&table).await, Some(1));

    // Deliveries alone: they are ours, so they are new.
    let (store, _wire) = table.over(&[Fault::AnswerLost, Fault::Forgotten]);
    let answer = store.commit(&slug(), commit(vec![], vec![announcement("b")])).await.expect("done");
    assert_eq!(answer, Committed::Done { new: vec![discord()] });

    // And a claim.
    let before = waiting(&table).await;
    let (store, _wire) = table.over(&[Fault::AnswerLost, Fault::Forgotten]);
    let claimed = store.claim(&before, &claim("m", "one")).await.expect("it is ours");
    assert_eq!(waiting(&table).await, claimed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrived_is_not_done() {
    let table = Table::new().await;
    let (store, wire) = table.over(&[Fault::Lost; 3]);
    let unreached = everything(0);
    let answer = store.commit(&slug(), unreached.clone()).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(wire.transactions(), 3);
    assert!(waiting(&table).await.is_empty());
    // The same commit again, later.
    store.commit(&slug(), unreached).await.expect("done");
    assert_eq!(version(&table).await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_after_a_lost_request_is_a_conflict() {
    let table = Table::new().await;
    let theirs = commit(vec![Change::Episode(episode("2026-11-24T20:00:00Z"))], vec![]);
    table.store.commit(&slug(), theirs).await.expect("done");
    let (store, wire) = table.over(&[Fault::Lost]);
    let answer = store.commit(&slug(), everything(0)).await;
    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    assert_eq!(wire.transactions(), 2);
    assert!(waiting(&table).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_table_is_asked_again_a_few_times() {
    let table = Table::new().await;
    let (store, wire) = table.over(&[Fault::Busy, Fault::Contended]);
    store.commit(&slug(), everything(0)).await.expect("done");
    assert_eq!(wire.transactions(), 3);

    let (store, wire) = table.over(&[Fault::Busy; 3]);
    let answer = store.commit(&slug(), commit(vec![], vec![announcement("b")])).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(wire.transactions(), 3);

    let (store, wire) = table.over(&[Fault::Contended; 3]);
    let answer = store.commit(&slug(), commit(vec![], vec![announcement("b")])).await;
    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    assert_eq!(wire.transactions(), 3);
    assert_eq!(waiting(&table).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_claim_is_told_from_anothers() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a")]).await;
    let before = waiting(&table).await;
    let (store, _wire) = table.over(&[Fault::AnswerLost; 3]);
    let claimed = store.claim(&before, &claim("m", "one")).await.expect("it is ours");
    assert_eq!(claimed[0].attempts, 1);
    assert_eq!(waiting(&table).await, claimed);

    // The same mark and lease, by somebody else, whose own request was lost at first.
    let (store, _wire) = table.over(&[Fault::Lost]);
    let answer = store.claim(&before, &claim("m", "two")).await;
    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_survives_a_lost_answer() {
    let table = Table::new().await;
    table.done(vec![], vec![announcement("a"), announcement("b")]).await;
    let both = waiting(&table).await;
    let claimed = table.store.claim(&both[..1], &claim("m", "one")).await.expect("claimed");
    let record = Sent { mark: "m".to_owned(), external: "900".to_owned(), room: None, ext: None, at: now() };
    let (store, wire) = table.over(&[Fault::AnswerLost]);
    store.sent(&claimed, &record).await.expect("recorded");
    assert_eq!(wire.transactions(), 2);
    let (store, _wire) = table.over(&[Fault::AnswerLost]);
    store.failed(&both[1..], "gone", now(), &[]).await.expect("noted");
    assert!(waiting(&table).await.is_empty());

    table.done(vec![], vec![announcement("c")]).await;
    let claimed = table.store.claim(&waiting(&table).await, &claim("c", "one")).await.expect("claimed");
    let (store, _wire) = table.over(&[Fault::AnswerLost, Fault::AnswerLost]);
    store.release(&claimed, now()).await.expect("let go");
    assert_eq!(waiting(&table).await[0].progress, Progress::Pending);
}

#[tokio::test]
async fn a_missing_table_is_for_an_operator() {
    let table = Table::new().await;
    let nowhere = store::Store::new(table.client.clone(), "another");
    let answer = nowhere.load(&slug(), now()).await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    let answer = nowhere.commit(&slug(), commit(vec![], vec![announcement("a")])).await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
}

#[tokio::test]
async fn what_cannot_be_stored_is_told_from_a_closed_table() {
    let table = Table::new().await;
    let mut long = announcement("a");
    long.delivery.id = chat::name::DeliveryId("a".repeat(3_000));
    let answer = table.store.commit(&slug(), commit(vec![], vec![long])).await;
    assert!(matches!(answer, Err(StoreError::Unfit(_))), "{answer:?}");
    let mut large = announcement("b");
    large.payload = Some("b".repeat(420_000));
    let answer = table.store.commit(&slug(), commit(vec![], vec![large])).await;
    assert!(matches!(answer, Err(StoreError::Unfit(_))), "{answer:?}");
    assert!(waiting(&table).await.is_empty());
}
