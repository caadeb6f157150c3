//! A chat that moves: more of it than one page of a scan, another chat beside it, and what is nobody's.

use chat::Change;
use chat::delivery::{Class, Work};
use chat::name::{EpisodeId, Slug};
use chat::post::{Entry, Filed};
use chat::removal::{Removal, Why};
use chat::settings::Settings;
use store::{Arrival, Claim, Gathered, Halfway, InTheWay, Kind, NewDelivery, Record, Sent, StoreError};

use crate::made::{
    Table, at, commit, delivery, discord, episode, episode_id, filed, now, person, post_id, settings, slug,
    tag,
};

async fn gathered(table: &Table) -> Gathered {
    table.store.gather(&slug(), now()).await.expect("the table answers").expect("a chat")
}

fn count(gathered: &Gathered, kind: Kind) -> usize {
    gathered.records.iter().filter(|record| record.kind() == kind).count()
}

/// A card that was sent, of each of these posts, in one message.
async fn show(table: &Table, posts: &[(Slug, Filed)], mark: &str) {
    for (slug, filed) in posts {
        let mut card: NewDelivery =
            delivery(&format!("{slug}/post/{}", filed.post.id), discord(), Class::Post, 0);
        card.delivery.work = Work::Post(filed.post.id.clone());
        let commit = commit(vec![Change::Filed(filed.clone())], vec![card]);
        table.store.commit(slug, commit).await.expect("committed");
    }
    let waiting = table.store.waiting(&discord(), 100).await.expect("the table answers");
    let claim = Claim {
        mark: mark.to_owned(),
        by: mark.to_owned(),
        lease: now(),
        payload: Some("words".to_owned()),
        posts: posts.iter().map(|(_, filed)| filed.post.id.clone()).collect(),
    };
    let claimed = table.store.claim(&waiting, &claim).await.expect("claimed");
    let sent =
        Sent { mark: mark.to_owned(), external: format!("m-{mark}"), room: None, ext: None, at: now() };
    table.store.sent(&claimed, &sent).await.expect("sent");
}

fn of_gardens(mut filed: Filed) -> Filed {
    filed.episode = EpisodeId { chat: gardens(), planned: episode_id().planned };
    filed
}

fn gardens() -> Slug {
    "gardens".parse().expect("a slug")
}

async fn two_chats() -> Table {
    let table = Table::new().await;
    let planned = episode("2026-11-24T20:00:00Z");
    table
        .done(vec![tag("smxchat", None), Change::Settings(settings()), Change::Episode(planned)], vec![])
        .await;
    let other = Settings {
        slug: gardens(),
        hashtag: "Gardens".to_owned(),
        title: "Gardens".to_owned(),
        ..settings()
    };
    let changes = vec![tag("gardens", None), Change::Settings(other)];
    table.store.commit(&gardens(), commit(changes, vec![])).await.expect("committed");
    table
}

#[tokio::test]
async fn a_thousand_posts_travel_page_by_page() {
    let table = two_chats().await;
    for n in 0..1_000 {
        let mut post = filed(&format!("{n:04}"), &format!("{}", n % 50));
        // Long enough for several pages of a scan, which end after a megabyte.
        post.post.text = format!("A1 {n} {}", "and so on ".repeat(120));
        post.entry = Entry::Straight;
        table.store.commit(&slug(), commit(vec![Change::Filed(post)], vec![])).await.expect("committed");
    }
    let all = gathered(&table).await;
    for kind in [Kind::Post, Kind::FiledIn, Kind::By] {
        assert_eq!(count(&all, kind), 1_000, "{kind:?}");
    }
    assert_eq!((count(&all, Kind::Spoke), count(&all, Kind::Handle)), (50, 50));
    assert!(all.records.iter().map(Record::size).sum::<usize>() > 1 << 20, "there is one page only");
    assert_eq!(gathered(&table).await, all, "two looks at what nobody writes are the same");

    let other = Table::new().await;
    let arrival = Arrival::of(&slug(), all.records.clone(), now()).expect("one whole chat");
    let mut heard = Vec::new();
    let changes = other.store.arrive(&arrival, "file", now(), &mut |done, of| heard.push((done, of))).await;
    let changes = changes.expect("it arrives");
    assert_eq!((changes.written, changes.there, changes.removed), (all.records.len(), 0, 0));
    assert!(heard.len() > 100 && heard.is_sorted(), "{heard:?}");
    assert_eq!(heard.last(), Some(&(all.records.len(), all.records.len())));
    assert_eq!(gathered(&other).await, all);
    assert_eq!(other.store.posts(&episode_id()).await.expect("the table answers").len(), 1_000);
    let here = other.store.in_the_way(&arrival).await.expect("the table answers");
    assert_eq!(here, [InTheWay::Here { title: "SMX Chat".to_owned() }]);
    let again = other.store.arrive(&arrival, "file", now(), &mut |_, _| {}).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

/// What two chats share is taken along by each, and what is another's by none.
#[tokio::test]
async fn another_chat_is_left_out_and_what_is_shared_is_not() {
    let table = two_chats().await;
    let (ours, theirs) = (filed("1", "7"), of_gardens(filed("2", "8")));
    show(&table, &[(slug(), ours.clone()), (gardens(), theirs.clone())], "shared").await;
    show(&table, &[(gardens(), of_gardens(filed("3", "8")))], "theirs").await;
    // Taken back: one of ours, one of theirs, one that nobody filed yet.
    for post in ["1", "2", "9"] {
        table.store.bury(&post_id(post), now()).await.expect("buried");
    }
    for who in ["7", "8"] {
        table.store.watch(&person(who), now()).await.expect("noted");
        assert!(table.store.watched(&person(who), "subscription").await.expect("noted"));
    }
    // Nobody quotes them.
    for gone in table.store.to_unquote(now()).await.expect("the table answers") {
        table.store.unquoted(&gone).await.expect("noted");
    }
    let all = gathered(&table).await;
    let names: Vec<String> = all.records.iter().map(Record::name).collect();
    let has = |part: &str| names.iter().any(|name| name.contains(part));
    assert!(has("POST#x:1/GONE") && has("POST#x:9/GONE") && !has("POST#x:2/GONE"), "{names:?}");
    assert!(has("/shared") && !has("/theirs"), "{names:?}");
    assert!(has("SHOWN#discord#") && count(&all, Kind::Shown) == 1, "{names:?}");
    assert!(has("WATCH/x::7") && !has("WATCH/x::8"), "{names:?}");
    assert!(!has("gardens"), "{names:?}");
    let text = format!("{:?}", all.records);
    assert!(!text.contains("subscription") && !text.contains("ripe"), "what is the table's stays there");

    // Whoever takes it in asks X anew, and keeps what is known there already.
    let other = Table::new().await;
    other.store.watch(&person("7"), now()).await.expect("noted");
    assert!(other.store.watched(&person("7"), "its own").await.expect("noted"));
    let arrival = Arrival::of(&slug(), all.records, now()).expect("one whole chat");
    other.store.arrive(&arrival, "file", now(), &mut |_, _| {}).await.expect("it arrives");
    let watches = other.store.watches().await.expect("the table answers");
    assert_eq!(watches[0].subscription.as_deref(), Some("its own"));
    let elsewhere = Table::new().await;
    elsewhere.store.arrive(&arrival, "file", now(), &mut |_, _| {}).await.expect("it arrives");
    assert_eq!(elsewhere.store.to_watch(9).await.expect("the table answers"), [person("7")]);
}

#[tokio::test]
async fn what_is_under_way_is_named() {
    let table = two_chats().await;
    let post = filed("1", "7");
    let card = delivery("smxchat/post/x:1", discord(), Class::Post, 0);
    table.done(vec![Change::Filed(post.clone())], vec![card]).await;
    let until = at("2026-11-24T20:30:00Z");
    table.done(vec![Change::Erase { person: person("7"), until }], vec![]).await;
    let removal = Removal {
        post: post_id("1"),
        also: vec![],
        why: Why::Hidden,
        episode: Some(episode_id()),
        author: Some(person("7")),
        handle: None,
        quoted: None,
    };
    table.done(vec![Change::Gone(removal)], vec![]).await;
    let all = gathered(&table).await;
    assert_eq!(all.waiting, [(discord(), 1)]);
    assert_eq!(all.unfinished, ["CHAT#smxchat/ERASE#x::7", "POST#x:1/GONE#smxchat"]);
    // What waits stays, and counts as not done where the chat goes.
    let waits = all.records.iter().find(|record| record.kind() == Kind::Delivery).expect("a delivery");
    assert!(format!("{waits:?}").contains("stayed there"), "{waits:?}");
}

#[tokio::test]
async fn who_moved_out_is_found_by_nobody_and_can_be_fetched_again() {
    let table = two_chats().await;
    let before = gathered(&table).await;
    assert!(table.store.move_out(&slug(), now()).await.expect("it moves"));
    table.store.hush(&slug(), now()).await.expect("it is silent");
    assert!(!table.store.move_out(&slug(), now()).await.expect("it has moved"), "once is enough");
    assert_eq!(table.store.load(&slug(), now()).await.expect("the table answers"), None);
    assert_eq!(table.store.chats_at(&discord()).await.expect("the table answers"), [gardens()]);
    let lines = table.store.all_chats().await.expect("the table answers");
    assert_eq!(lines.iter().map(|line| line.slug.clone()).collect::<Vec<_>>(), [gardens()]);
    assert_eq!(table.store.chats("T024BE7LD").await.expect("the table answers").len(), 1);
    // Its hashtag is kept for it, and whoever decided before it left finds out.
    assert_eq!(table.store.chats_by_tag(&["smxchat".to_owned()]).await.expect("the table answers"), [slug()]);
    table.conflicts(vec![Change::Settings(Settings { version: 1, ..settings() })]).await;
    let away = gathered(&table).await;
    assert_eq!((away.moved, &away.records), (Some(now()), &before.records));
    assert_eq!(table.store.moved(&slug()).await.expect("the table answers"), Some(now()));
    let arrival = Arrival::of(&slug(), away.records, now()).expect("one whole chat");
    let changes = table.store.arrive(&arrival, "file", now(), &mut |_, _| {}).await.expect("it is back");
    assert_eq!((changes.written, changes.removed), (1, 0), "all but the settings stood there");
    assert_eq!(gathered(&table).await, before);
    assert!(matches!(table.store.hush(&slug(), now()).await, Err(StoreError::Conflict)), "it is at home");
}

#[tokio::test]
async fn what_is_left_of_a_chat_that_moved_goes_and_nothing_else() {
    let table = two_chats().await;
    let (ours, theirs) = (filed("1", "7"), of_gardens(filed("2", "8")));
    show(&table, &[(slug(), ours), (gardens(), theirs)], "shared").await;
    show(&table, &[(slug(), filed("3", "7"))], "ours").await;
    assert_eq!(
        table.store.left_behind(&slug(), true).await.expect("the table answers"),
        None,
        "it lives here"
    );
    let neighbours = table.store.gather(&gardens(), now()).await.expect("the table answers");
    let all = gathered(&table).await;
    table.store.move_out(&slug(), now()).await.expect("it moves");
    table.store.hush(&slug(), now()).await.expect("it is silent");
    let left = table.store.left_behind(&slug(), false).await.expect("the table answers").expect("something");
    assert!(left.rows > 15 && left.halfway.is_none(), "{left:?}");
    assert_eq!(gathered(&table).await.records, all.records, "looking removes nothing");
    assert_eq!(table.store.left_behind(&slug(), true).await.expect("the table answers"), Some(left));
    assert_eq!(table.store.left_behind(&slug(), true).await.expect("the table answers"), None);
    assert_eq!(table.store.gather(&slug(), now()).await.expect("the table answers"), None);
    assert_eq!(table.store.chats_by_tag(&["smxchat".to_owned()]).await.expect("the table answers"), []);
    assert_eq!(table.store.gather(&gardens(), now()).await.expect("the table answers"), neighbours);
    let rows = table.client.scan().table_name("earshot").send().await.expect("the table answers");
    // The rooms of the other chat are called so as well.
    let rows = rows.items().iter().map(|row| format!("{row:?}"));
    let rows = rows.filter(|row| row.contains("smxchat") && !row.contains("CHAT#gardens"));
    // The message that carries a card of the other chat as well.
    assert_eq!(rows.filter(|row| !row.contains("\"shared\"")).collect::<Vec<_>>(), Vec::<String>::new());
    // And it may come back as if it had never been here.
    let arrival = Arrival::of(&slug(), all.records.clone(), now()).expect("one whole chat");
    table.store.arrive(&arrival, "file", now(), &mut |_, _| {}).await.expect("it arrives");
    assert_eq!(gathered(&table).await.records, all.records);
}

/// Whoever stays after all has lost nothing: neither what waits nor what is under way, nor the words of what may be
/// standing there.
#[tokio::test]
async fn who_stays_after_all_is_as_before() {
    let table = two_chats().await;
    let cue = chat::cue::Cue {
        id: chat::cue::CueId { episode: episode_id(), kind: chat::cue::Kind::Open },
        due: episode_id().planned,
        rev: 1,
        state: chat::cue::CueState::Waiting,
    };
    let card = delivery("smxchat/post/x:1", discord(), Class::Post, 0);
    table.done(vec![Change::Cue(cue), Change::Filed(filed("1", "7"))], vec![card]).await;
    let waiting = table.store.waiting(&discord(), 9).await.expect("the table answers");
    let claim = Claim {
        mark: "doubt".to_owned(),
        by: "me".to_owned(),
        lease: now(),
        payload: Some("words".to_owned()),
        posts: vec![post_id("1")],
    };
    table.store.claim(&waiting, &claim).await.expect("claimed");
    table.done(vec![Change::Erase { person: person("7"), until: now() }], vec![]).await;
    let rows = async || {
        let rows = table.client.scan().table_name("earshot").send().await.expect("the table answers");
        let mut rows: Vec<_> = rows.items().to_vec();
        // Lists and indexes are written anew, by nobody's commit.
        rows.iter_mut().for_each(|row| drop(row.remove("by")));
        rows.sort_by_key(|row| format!("{:?} {:?}", row.get("pk"), row.get("sk")));
        rows
    };
    let before = rows().await;
    table.store.move_out(&slug(), now()).await.expect("it moves");
    table.store.hush(&slug(), now()).await.expect("it is silent");
    assert_eq!(table.store.cues_due(at("2027-01-01T00:00:00Z"), 9).await.expect("the table answers"), []);
    // What is exported now and comes back here by its file changes none of what is the table's own, either.
    let away = gathered(&table).await;
    assert_eq!((away.waiting.len(), away.unfinished.len()), (1, 1));
    let arrival = Arrival::of(&slug(), away.records, now()).expect("one whole chat");
    let changes = table.store.arrival_changes(&arrival).await.expect("the table answers");
    assert_eq!((changes.written, changes.removed), (2, 0), "the settings and the cue");
    table.store.stay(&slug(), now()).await.expect("it stays");
    table.store.stay(&slug(), now()).await.expect("it has stayed");
    assert_eq!(rows().await, before);
    assert_eq!(
        table.store.cues_due(at("2027-01-01T00:00:00Z"), 9).await.expect("the table answers").len(),
        1
    );
    let nowhere: Slug = "nowhere".parse().expect("a slug");
    assert!(matches!(table.store.stay(&nowhere, now()).await, Err(StoreError::Conflict)));
}

/// DynamoDB keeps a transaction's token for ten minutes and answers a repeat of it without writing. Whoever changes
/// their mind twice within them writes the same rows again, and means it.
#[tokio::test]
async fn who_moves_out_again_within_ten_minutes_falls_silent_again() {
    let table = two_chats().await;
    let cue = chat::cue::Cue {
        id: chat::cue::CueId { episode: episode_id(), kind: chat::cue::Kind::Open },
        due: episode_id().planned,
        rev: 1,
        state: chat::cue::CueState::Waiting,
    };
    table.done(vec![Change::Cue(cue)], vec![]).await;
    for minute in 0..3 {
        let then = now() + chrono::Duration::minutes(minute);
        let due = async || {
            let due = table.store.cues_due(at("2027-01-01T00:00:00Z"), 9).await;
            due.expect("the table answers").len()
        };
        let here = async || {
            let here = table.store.chats_at(&discord()).await.expect("the table answers").contains(&slug());
            (here, table.store.settings(&slug()).await.expect("the table answers").is_some())
        };
        table.store.move_out(&slug(), then).await.expect("it moves");
        table.store.hush(&slug(), then).await.expect("it is silent");
        assert_eq!((due().await, here().await), (0, (false, false)), "silent, time {minute}");
        table.store.stay(&slug(), then).await.expect("it stays");
        assert_eq!((due().await, here().await), (1, (true, true)), "at home, time {minute}");
    }
}

/// A file of before would bring back what went since; one of the same moment, or a later one, would not.
#[tokio::test]
async fn what_is_older_than_what_lies_here_does_not_arrive() {
    let table = two_chats().await;
    let all = gathered(&table).await;
    let (before, after) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T12:00:00Z"));
    let of = |as_of| Arrival::of(&slug(), all.records.clone(), as_of).expect("one whole chat");
    table.store.move_out(&slug(), after).await.expect("it moves");
    table.store.hush(&slug(), now()).await.expect("it is silent");
    let away = gathered(&table).await;
    let newer = [InTheWay::Newer { of: after, halfway: false }];
    assert_eq!(table.store.in_the_way(&of(before)).await.expect("the table answers"), newer);
    let arrived = table.store.arrive(&of(before), "file", now(), &mut |_, _| {}).await;
    assert!(matches!(arrived, Err(StoreError::Conflict)), "{arrived:?}");
    assert_eq!(gathered(&table).await, away, "nothing was written");
    for as_of in [after, after + chrono::TimeDelta::seconds(1)] {
        assert_eq!(table.store.in_the_way(&of(as_of)).await.expect("the table answers"), []);
    }
    table.store.arrive(&of(after), "file", now(), &mut |_, _| {}).await.expect("it is back");
    assert_eq!(table.store.moved(&slug()).await.expect("the table answers"), None);
}

/// Stopped after so many rows, it is told with its hashtag; what is older does not go on from there, and what came can
/// be removed, with nothing else.
#[tokio::test]
async fn what_came_only_in_part_is_named_and_can_be_removed() {
    let source = two_chats().await;
    for n in 0..60 {
        let post = filed(&n.to_string(), "7");
        source.store.commit(&slug(), commit(vec![Change::Filed(post)], vec![])).await.expect("committed");
    }
    let all = gathered(&source).await;
    let (of, begun) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T11:00:00Z"));
    let arrival = |as_of| Arrival::of(&slug(), all.records.clone(), as_of).expect("one whole chat");
    let table = Table::new().await;
    let other = Settings { slug: gardens(), hashtag: "Gardens".to_owned(), ..settings() };
    let changes = vec![tag("gardens", None), Change::Settings(other)];
    table.store.commit(&gardens(), commit(changes, vec![])).await.expect("committed");
    let neighbours = table.store.gather(&gardens(), now()).await.expect("the table answers");
    let told = std::sync::atomic::AtomicUsize::new(0);
    let mut tell = |_, _| {
        told.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let coming = arrival(of);
    let mut arriving = Box::pin(table.store.arrive(&coming, "digest", begun, &mut tell));
    // A process ends wherever it is; a future that is dropped does as well.
    let done = std::future::poll_fn(|context| {
        let polled = arriving.as_mut().poll(context).map(|done| Some(done.is_ok()));
        let enough = told.load(std::sync::atomic::Ordering::Relaxed) > 1;
        if enough && polled.is_pending() { std::task::Poll::Ready(None) } else { polled }
    });
    assert_eq!(done.await, None, "it was stopped");
    drop(arriving);
    let halfway = table.store.arriving(&slug()).await.expect("the table answers").expect("it is under way");
    let what = Halfway {
        slug: slug(),
        hashtag: "SMXChat".to_owned(),
        begun,
        as_of: Some(of),
        file: "digest".to_owned(),
    };
    assert_eq!(halfway, what);
    assert_eq!(table.store.all_arriving().await.expect("the table answers"), std::slice::from_ref(&what));
    let older = arrival(of - chrono::TimeDelta::hours(1));
    let newer = [InTheWay::Newer { of, halfway: true }];
    assert_eq!(table.store.in_the_way(&older).await.expect("the table answers"), newer);
    assert_eq!(table.store.in_the_way(&arrival(of)).await.expect("the table answers"), []);

    let left = table.store.left_behind(&slug(), false).await.expect("the table answers").expect("something");
    assert!(left.rows > 50 && left.halfway == Some(what), "{left:?}");
    assert_eq!(table.store.left_behind(&slug(), true).await.expect("the table answers"), Some(left));
    assert_eq!(table.store.all_arriving().await.expect("the table answers"), []);
    assert_eq!(table.store.left_behind(&slug(), false).await.expect("the table answers"), None);
    assert_eq!(table.store.gather(&gardens(), now()).await.expect("the table answers"), neighbours);
    // A chat of that name may begin there, which no row of the other may be in the way of.
    let begins = vec![
        tag("smxchat", None),
        Change::Settings(settings()),
        Change::Episode(episode("2026-11-24T20:00:00Z")),
    ];
    table.store.commit(&slug(), commit(begins, vec![])).await.expect("it begins");
}

/// Whoever removes what came while more of it is on its way has it wake never, rather than with half of its rows.
#[tokio::test]
async fn what_is_removed_while_it_arrives_does_not_wake() {
    let source = two_chats().await;
    for n in 0..60 {
        let post = filed(&n.to_string(), "7");
        source.store.commit(&slug(), commit(vec![Change::Filed(post)], vec![])).await.expect("committed");
    }
    let arrival = Arrival::of(&slug(), gathered(&source).await.records, now()).expect("one whole chat");
    let table = Table::new().await;
    let told = std::sync::atomic::AtomicUsize::new(0);
    let mut tell = |_, _| {
        told.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let mut arriving = Box::pin(table.store.arrive(&arrival, "digest", now(), &mut tell));
    std::future::poll_fn(|context| {
        assert!(arriving.as_mut().poll(context).is_pending(), "there is no middle");
        let enough = told.load(std::sync::atomic::Ordering::Relaxed) > 1;
        if enough { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    table.store.left_behind(&slug(), true).await.expect("the table answers").expect("something");
    let arrived = arriving.await;
    assert!(matches!(arrived, Err(StoreError::Conflict)), "{arrived:?}");
    assert_eq!(table.store.load(&slug(), now()).await.expect("the table answers"), None);
    let half = table.store.all_arriving().await.expect("the table answers");
    assert_eq!(half.len(), 1, "what came after that is not lost sight of");
    // Once more, it is whole.
    table.store.arrive(&arrival, "digest", now(), &mut |_, _| {}).await.expect("it arrives");
    assert_eq!(gathered(&table).await.records, gathered(&source).await.records);
}
