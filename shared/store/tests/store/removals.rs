//! Tombstones, bars, and what is erased page by page.

use chat::delivery::{Class, Work};
use chat::name::{Place, Platform};
use chat::removal::{Bar, Bars, Removal, Whom, Why};
use chat::{Change, Uncarried};
use chrono::Duration;
use store::{Claim, NewDelivery, Sent, StoreError};

use crate::made::{
    Table, commit, delivery, discord, episode_id, filed, now, other, person, post_id, slack, slug,
};

fn removal(id: &str, author: &str, why: Why) -> Change {
    Change::Gone(Removal {
        post: post_id(id),
        also: Vec::new(),
        why,
        author: Some(person(author)),
        handle: Some(format!("p{author}")),
        episode: Some(episode_id()),
        quoted: None,
    })
}

/// The card of a post in a place.
fn card(id: &str, to: Place) -> NewDelivery {
    let mut new = delivery(&format!("{}/post/{}", slug(), post_id(id)), to, Class::Post, 0);
    new.delivery.work = Work::Post(post_id(id));
    new
}

fn bar(whom: Whom) -> Bar {
    Bar { whom, why: Bars::Blocked, called: "p7".to_owned(), since: now() }
}

#[tokio::test]
async fn a_tombstone_outlives_its_post_and_keeps_it_out() {
    let table = Table::new().await;
    table.done(vec![Change::Filed(filed("1", "7"))], vec![card("1", discord())]).await;
    table.done(vec![removal("1", "7", Why::Hidden)], vec![]).await;
    assert_eq!(table.store.filed(&slug(), &post_id("1")).await.expect("read"), None);
    assert_eq!(table.store.showable(&slug(), &post_id("1")).await.expect("read"), None);
    assert_eq!(table.store.gone(&slug(), &[post_id("1")]).await.expect("read"), Some(Why::Hidden));
    assert!(table.store.posts(&episode_id()).await.expect("read").is_empty());
    assert!(table.store.posts_by(&slug(), &person("7"), None, 20).await.expect("read").is_empty());
    // Whoever decided from what was read before cannot write it any more.
    table.conflicts(vec![Change::Filed(filed("1", "7"))]).await;
    // Hidden here, it may stand in another chat; taken back by its author, nowhere.
    let mut theirs = filed("1", "7");
    theirs.episode.chat = other();
    let there = commit(vec![Change::Filed(theirs.clone())], vec![]);
    table.store.commit(&other(), there).await.expect("filed");
    table.store.bury(&post_id("1"), now()).await.expect("buried");
    table.store.bury(&post_id("1"), now()).await.expect("buried twice");
    assert_eq!(table.store.gone(&other(), &[post_id("1")]).await.expect("read"), Some(Why::Withdrawn));
    assert_eq!(table.store.gone(&slug(), &[post_id("1")]).await.expect("read"), Some(Why::Withdrawn));
    assert_eq!(table.store.showable(&other(), &post_id("1")).await.expect("read"), None);
    let again = table.store.commit(&other(), commit(vec![Change::Filed(theirs)], vec![])).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

#[tokio::test]
async fn every_version_leads_to_the_first_and_any_tombstone_counts() {
    let table = Table::new().await;
    let mut second = filed("1", "7");
    second.post.version = "3".to_owned();
    second.post.versions = ["1", "2", "3"].map(str::to_owned).into();
    table.done(vec![Change::Filed(second.clone())], vec![]).await;
    for version in ["1", "2", "3"] {
        assert_eq!(table.store.first_of(&post_id(version)).await.expect("read"), post_id("1"), "{version}");
    }
    assert_eq!(table.store.first_of(&post_id("9")).await.expect("read"), post_id("9"));
    // A version that was removed before it came.
    table.store.bury(&post_id("4"), now()).await.expect("buried");
    let mut fourth = second.clone();
    fourth.post.version = "4".to_owned();
    fourth.post.versions.push("4".to_owned());
    table.conflicts(vec![Change::Filed(fourth.clone())]).await;
    let gone = table.store.gone(&slug(), &fourth.post.names()).await.expect("read");
    assert_eq!(gone, Some(Why::Withdrawn));
}

#[tokio::test]
async fn neither_an_edit_nor_a_filing_undoes_the_other() {
    let table = Table::new().await;
    let first = filed("1", "7");
    table.done(vec![Change::Filed(first.clone())], vec![]).await;
    let mut edited = first.clone();
    edited.post.version = "2".to_owned();
    edited.post.versions.push("2".to_owned());
    edited.post.text = "A1 hello, all".to_owned();
    table.done(vec![Change::Filed(edited.clone())], vec![]).await;
    // An organiser's filing that was decided from the first version.
    let refiled = chat::post::Filed { refiled: 1, ..first };
    table.conflicts(vec![Change::Filed(refiled)]).await;
    let refiled = chat::post::Filed { refiled: 1, ..edited.clone() };
    table.done(vec![Change::Filed(refiled.clone())], vec![]).await;
    // A third version that was decided before that filing.
    let mut third = edited;
    third.post.version = "3".to_owned();
    third.post.versions.push("3".to_owned());
    table.conflicts(vec![Change::Filed(third)]).await;
    assert_eq!(table.store.filed(&slug(), &post_id("1")).await.expect("read"), Some(refiled));
}

#[tokio::test]
async fn a_posts_cards_are_found_wherever_they_are() {
    let table = Table::new().await;
    let cards = vec![card("1", discord()), card("1", slack()), card("2", discord())];
    table.done(vec![Change::Filed(filed("1", "7")), Change::Filed(filed("2", "8"))], cards).await;
    let found = table.store.cards(&slug(), &post_id("1")).await.expect("read");
    let places: Vec<Platform> = found.iter().map(|card| card.to.platform).collect();
    assert_eq!(places, [Platform::Discord, Platform::Slack]);
    assert!(table.store.cards(&other(), &post_id("1")).await.expect("read").is_empty());
    // What was given up is none.
    let waiting = table.store.waiting(&slack(), 10).await.expect("read");
    table.store.failed(&waiting, "archived", now(), &[]).await.expect("given up");
    assert_eq!(table.store.cards(&slug(), &post_id("1")).await.expect("read").len(), 1);
}

#[tokio::test]
async fn a_message_keeps_the_words_of_people_only_while_it_is_on_its_way() {
    let table = Table::new().await;
    table.done(vec![Change::Filed(filed("1", "7"))], vec![card("1", discord())]).await;
    let claim = |mark: &str| Claim {
        mark: mark.to_owned(),
        by: mark.to_owned(),
        lease: now() + Duration::seconds(20),
        payload: Some("\"A1 hello\"".to_owned()),
        posts: vec![post_id("1")],
    };
    let payload = |mark: &'static str| {
        let store = &table.store;
        async move {
            let message = store.message(&discord(), mark).await.expect("read").expect("there");
            (message.payload, message.posts.len())
        }
    };
    let waiting = table.store.waiting(&discord(), 10).await.expect("read");
    let claimed = table.store.claim(&waiting, &claim("together")).await.expect("claimed");
    assert_eq!(payload("together").await, (Some("\"A1 hello\"".to_owned()), 1));
    // Refused, and let go of: it goes out under another mark.
    table.store.release(&claimed, now()).await.expect("released");
    assert_eq!(payload("together").await, (None, 1), "and who it showed, for a worker who comes back late");
    let waiting = table.store.waiting(&discord(), 10).await.expect("read");
    let claimed = table.store.claim(&waiting, &claim("alone")).await.expect("claimed");
    let sent =
        Sent { mark: "alone".to_owned(), external: "900".to_owned(), room: None, ext: None, at: now() };
    table.store.sent(&claimed, &sent).await.expect("recorded");
    table.store.sent(&claimed, &sent).await.expect("recorded twice");
    assert_eq!(payload("alone").await, (None, 1));
}

#[tokio::test]
async fn who_is_barred_files_nothing() {
    let table = Table::new().await;
    table.done(vec![Change::Filed(filed("1", "7"))], vec![]).await;
    assert_eq!(table.store.known_as(&slug(), "P7").await.expect("read"), Some(person("7")));
    assert_eq!(table.store.known_as(&other(), "p7").await.expect("read"), None);
    let theirs = bar(Whom::Person(person("7")));
    table.done(vec![Change::Bar(theirs.clone()), Change::Bar(bar(Whom::handle("P8")))], vec![]).await;
    // Decided before the bar, and too late.
    table.conflicts(vec![Change::Filed(filed("2", "7"))]).await;
    table.conflicts(vec![Change::Filed(filed("3", "8"))]).await;
    assert_eq!(table.store.showable(&slug(), &post_id("1")).await.expect("read"), None, "at the claim too");
    let found = |id: &'static str, handle: &'static str| {
        let store = &table.store;
        async move { store.bar(&slug(), &person(id), Some(handle)).await.expect("read").map(|bar| bar.whom) }
    };
    assert_eq!(found("7", "another").await, Some(Whom::Person(person("7"))));
    assert_eq!(found("8", "p8").await, Some(Whom::handle("p8")));
    assert_eq!(found("9", "p9").await, None);
    assert_eq!(table.store.bars(&slug()).await.expect("read").len(), 2);
    table.done(vec![Change::Unbar(theirs.whom)], vec![]).await;
    table.done(vec![Change::Filed(filed("2", "7"))], vec![]).await;
    table.done(vec![Change::Counted(Uncarried::Barred)], vec![]).await;
    let counted = table.store.counted(&slug(), Uncarried::Barred, now().date_naive()).await;
    assert_eq!(counted.expect("read"), 1);
}

#[tokio::test]
async fn what_is_to_be_erased_is_found_until_it_is_done() {
    let table = Table::new().await;
    for n in 1..=5 {
        table.done(vec![Change::Filed(filed(&n.to_string(), "7"))], vec![]).await;
    }
    let all = table.store.posts_by(&slug(), &person("7"), None, 20).await.expect("read");
    assert_eq!(all.len(), 5);
    let page = table.store.posts_by(&slug(), &person("7"), Some(&all[1]), 2).await.expect("read");
    assert_eq!(page, all[2..4], "the next two");
    assert_eq!(table.store.to_erase(&slug(), &person("7")).await.expect("read"), None);
    table.done(vec![Change::Erase { person: person("7"), until: now() }], vec![]).await;
    let erasures = table.store.erasures(now()).await.expect("read");
    assert_eq!((erasures.len(), &erasures[0].slug, &erasures[0].person), (1, &slug(), &person("7")));
    let wanted = table.store.to_erase(&slug(), &person("7")).await.expect("read").expect("asked for");
    let since = wanted.since;
    assert_eq!(wanted.until, Some(now()));
    for post in &all {
        table.done(vec![removal(&post.id, "7", Why::Barred)], vec![]).await;
    }
    assert!(table.store.voices(&episode_id()).await.expect("read").is_empty(), "nor did they speak there");
    assert_eq!(table.store.known_as(&slug(), "p7").await.expect("read"), None);
    // Asked for again meanwhile, it is not done.
    let again = table.store.erased(&slug(), &person("7"), since - 1, true).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    table.store.erased(&slug(), &person("7"), since, true).await.expect("done");
    assert!(table.store.erasures(now()).await.expect("read").is_empty());
    assert_eq!(table.store.to_erase(&slug(), &person("7")).await.expect("read"), None);
}

#[tokio::test]
async fn who_leaves_is_forgotten_and_their_posts_are_not() {
    let table = Table::new().await;
    let wanted = async || table.store.to_erase(&slug(), &person("7")).await.expect("read");
    table.done(vec![Change::Forget(person("7"))], vec![]).await;
    let erasures = table.store.erasures(now()).await.expect("read");
    assert_eq!((erasures.len(), &erasures[0].person), (1, &person("7")), "the sweep finds it");
    let first = wanted().await.expect("asked for");
    assert_eq!(first.until, None);
    table.store.erased(&slug(), &person("7"), first.since, false).await.expect("done");
    assert_eq!(wanted().await, None);
    // In either order, everything stays everything.
    table.done(vec![Change::Forget(person("7"))], vec![]).await;
    table.done(vec![Change::Erase { person: person("7"), until: now() }], vec![]).await;
    assert_eq!(wanted().await.expect("asked for").until, Some(now()));
    table.done(vec![Change::Forget(person("7"))], vec![]).await;
    assert_eq!(wanted().await.expect("asked for").until, Some(now()));
}
