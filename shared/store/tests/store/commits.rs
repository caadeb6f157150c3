//! Conditions: who may write what, and what a repeat does.

use chat::Change;
use chat::Uncarried;
use chat::cue::{Cue, CueState, Kind};
use chat::delivery::Class;
use chat::member::{Member, Participant, Wishes};
use chat::name::QuestionId;
use chat::post::Entry;
use chat::settings::Settings;
use chrono::Duration;
use store::{Committed, Loaded, Request, Standing, StoreError};

use crate::made::*;

async fn load(table: &Table) -> Loaded {
    table.store.load(&slug(), now()).await.expect("loaded").expect("there is a chat")
}

#[tokio::test]
async fn settings_are_written_with_what_finds_them() {
    let table = Table::new().await;
    assert_eq!(table.store.load(&slug(), now()).await.expect("read"), None);

    let desk = chat::name::Place::new(chat::name::Platform::Slack, "T024BE7LD", "CDESK");
    let first = Settings { desk: Some(desk.clone()), ..settings() };
    table.done(vec![Change::Settings(first.clone()), tag("smxchat", None)], vec![]).await;
    let read = load(&table).await.settings;
    assert_eq!(read, Settings { version: 1, ..first });
    let tags = vec!["#SMXchat".to_owned(), "other".to_owned(), "SmxChat".to_owned()];
    assert_eq!(table.store.chats_by_tag(&tags).await.expect("read"), vec![slug()]);
    for place in [discord(), slack(), desk.clone()] {
        assert_eq!(table.store.chats_at(&place).await.expect("read"), vec![slug()]);
    }
    assert!(table.store.chats_at(&x()).await.expect("read").is_empty());
    let lines = table.store.chats("T024BE7LD").await.expect("read");
    assert_eq!(lines, table.store.all_chats().await.expect("read"));
    assert_eq!((lines[0].hashtag.as_str(), lines[0].retired), ("SMXChat", false));

    // Discord goes, X comes, the desk is a destination now; the chat is renamed and retired.
    let second = Settings {
        destinations: vec![destination(slack()), destination(x()), destination(desk.clone())],
        desk: None,
        hashtag: "SMX2".to_owned(),
        retired: true,
        ..read
    };
    table.done(vec![Change::Settings(second), tag("smx2", Some("SMXChat"))], vec![]).await;
    assert!(table.store.chats_at(&discord()).await.expect("read").is_empty());
    for place in [slack(), x(), desk] {
        assert_eq!(table.store.chats_at(&place).await.expect("read"), vec![slug()]);
    }
    assert!(table.store.chats_by_tag(&tags).await.expect("read").is_empty());
    let lines = table.store.chats("T024BE7LD").await.expect("read");
    assert_eq!((lines[0].hashtag.as_str(), lines[0].retired), ("SMX2", true));

    // Another workspace takes over.
    let third = Settings { workspace: "T2".to_owned(), ..load(&table).await.settings };
    table.done(vec![Change::Settings(third)], vec![]).await;
    assert!(table.store.chats("T024BE7LD").await.expect("read").is_empty());
    assert_eq!(table.store.chats("T2").await.expect("read").len(), 1);
    assert_eq!(table.store.all_chats().await.expect("read")[0].workspace, "T2");
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let table = Table::new().await;
    table.done(vec![Change::Settings(settings())], vec![]).await;
    // Version 0 means that there was none.
    table.conflicts(vec![Change::Settings(settings())]).await;
    table.conflicts(vec![Change::Settings(Settings { version: 7, ..settings() })]).await;

    let read = load(&table).await.settings;
    let one = Settings { title: "One".to_owned(), destinations: vec![destination(x())], ..read.clone() };
    let two = Settings { title: "Two".to_owned(), destinations: vec![], ..read };
    let (chat, other) = (slug(), slug());
    let (a, b) = tokio::join!(
        table.store.commit(&chat, commit(vec![Change::Settings(one)], vec![])),
        table.store.commit(&other, commit(vec![Change::Settings(two)], vec![])),
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
    assert!([a, b].iter().any(|r| matches!(r, Err(StoreError::Conflict))));
    let settings = load(&table).await.settings;
    assert_eq!(settings.version, 2);
    let at_x = table.store.chats_at(&x()).await.expect("read").len();
    assert_eq!(at_x, usize::from(settings.title == "One"), "the index follows the winner");
    assert!(table.store.chats_at(&discord()).await.expect("read").is_empty());
}

#[tokio::test]
async fn an_episode_is_written_by_version_and_a_lost_race_writes_nothing() {
    let table = Table::new().await;
    let mut episode = episode("2026-11-24T20:00:00Z");
    episode.add_question("What is the best biscuit?");
    table.done(vec![Change::Settings(settings()), Change::Episode(episode.clone())], vec![]).await;
    let read = load(&table).await.episodes.remove(0);
    assert_eq!(read.version, 1);
    assert_eq!(read.questions, episode.questions);

    // The second half of this commit is outdated, so its first half is not written either.
    let settings = Settings { title: "New".to_owned(), ..load(&table).await.settings };
    table.conflicts(vec![Change::Settings(settings.clone()), Change::Episode(episode)]).await;
    assert_eq!(load(&table).await.settings.title, "SMX Chat");
    table.done(vec![Change::Settings(settings), Change::Episode(read)], vec![]).await;
    assert_eq!(load(&table).await.episodes[0].version, 2);
}

#[tokio::test]
async fn a_hashtag_belongs_to_one_chat() {
    let table = Table::new().await;
    table.done(vec![tag("smxchat", None)], vec![]).await;
    table.done(vec![tag("smxchat", None)], vec![]).await;
    let theirs = |tag, was| commit(vec![self::tag(tag, was)], vec![]);
    let taken = table.store.commit(&other(), theirs("SMXChat", None)).await;
    assert!(matches!(taken, Err(StoreError::Conflict)));
    // Nor can another chat free it.
    let taken = table.store.commit(&other(), theirs("teach", Some("smxchat"))).await;
    assert!(matches!(taken, Err(StoreError::Conflict)));
    table.done(vec![tag("smx", Some("smxchat"))], vec![]).await;
    table.store.commit(&other(), theirs("smxchat", None)).await.expect("it is free now");
    assert_eq!(table.store.chats_by_tag(&["smxchat".to_owned()]).await.expect("read"), vec![other()]);
}

fn question() -> Cue {
    cue(Kind::Question(QuestionId(3)), at("2026-11-24T20:20:00Z"))
}

async fn due(table: &Table) -> Vec<(String, u64)> {
    let due = table.store.cues_due(at("2026-11-25T00:00:00Z"), 100).await.expect("read");
    due.into_iter().map(|d| (d.id.to_string(), d.rev)).collect()
}

#[tokio::test]
async fn a_cue_is_claimed_once_and_leaves_the_index() {
    let table = Table::new().await;
    let cue = question();
    table
        .done(vec![Change::Settings(settings()), Change::Episode(episode("2026-11-24T20:00:00Z"))], vec![])
        .await;
    table.done(vec![Change::Cue(cue.clone())], vec![]).await;
    // The same cue again, by a doubled tick.
    table.conflicts(vec![Change::Cue(cue.clone())]).await;
    assert_eq!(due(&table).await, vec![("smxchat/2026-11-24T20:00Z/q/3".to_owned(), 1)]);
    assert_eq!(load(&table).await.cues, vec![cue.clone()]);

    let fired = Change::Cue(Cue { state: CueState::Fired, ..cue.clone() });
    let (one, two) = (slug(), slug());
    let (a, b) = tokio::join!(
        table.store.commit(&one, commit(vec![fired.clone()], vec![announcement("q/3")])),
        table.store.commit(&two, commit(vec![fired.clone()], vec![announcement("q/3")])),
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
    assert!(due(&table).await.is_empty());
    assert_eq!(load(&table).await.cues[0].state, CueState::Fired);
    assert_eq!(table.store.waiting(&discord(), 10).await.expect("read").len(), 1);

    // No command stops what was fired.
    let withdrawn = Cue { rev: 2, state: CueState::Withdrawn, ..cue };
    table.conflicts(vec![Change::Cue(withdrawn)]).await;
}

#[tokio::test]
async fn a_hold_and_a_claim_exclude_each_other() {
    for hold_first in [true, false] {
        let table = Table::new().await;
        let cue = question();
        table.done(vec![Change::Cue(cue.clone())], vec![]).await;
        let held = Change::Cue(Cue { due: cue.due + Duration::minutes(5), rev: 2, ..cue.clone() });
        let fired = Change::Cue(Cue { state: CueState::Fired, ..cue.clone() });
        let (first, second) = if hold_first { (held, fired) } else { (fired, held) };
        table.done(vec![first], vec![]).await;
        table.conflicts(vec![second]).await;
    }
    // And when they meet at the same moment, one of them loses.
    let table = Table::new().await;
    let cue = question();
    table.done(vec![Change::Cue(cue.clone())], vec![]).await;
    let held = Change::Cue(Cue { due: cue.due + Duration::minutes(5), rev: 2, ..cue.clone() });
    let fired = Change::Cue(Cue { state: CueState::Fired, ..cue });
    let (one, two) = (slug(), slug());
    let (a, b) = tokio::join!(
        table.store.commit(&one, commit(vec![held], vec![])),
        table.store.commit(&two, commit(vec![fired], vec![])),
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
}

#[tokio::test]
async fn cues_are_moved_withdrawn_and_taken_up_again() {
    let table = Table::new().await;
    let cue = question();
    let with = |rev, state| Cue { rev, state, ..cue.clone() };
    // What was never written cannot be fired.
    table.conflicts(vec![Change::Cue(with(1, CueState::Fired))]).await;
    table.done(vec![Change::Cue(with(1, CueState::Waiting))], vec![]).await;
    table.done(vec![Change::Cue(with(2, CueState::Withdrawn))], vec![]).await;
    assert!(due(&table).await.is_empty());
    table.conflicts(vec![Change::Cue(with(2, CueState::Fired))]).await;
    table.done(vec![Change::Cue(with(3, CueState::Waiting))], vec![]).await;
    assert_eq!(due(&table).await, vec![("smxchat/2026-11-24T20:00Z/q/3".to_owned(), 3)]);
    table.conflicts(vec![Change::Cue(with(1, CueState::Fired))]).await;
    table.conflicts(vec![Change::Cue(with(2, CueState::TooLate))]).await;
    // A revision that nobody wrote is no claim either.
    table.conflicts(vec![Change::Cue(with(4, CueState::Fired))]).await;
    table.done(vec![Change::Cue(with(3, CueState::TooLate))], vec![]).await;
    assert!(due(&table).await.is_empty());
    table.conflicts(vec![Change::Cue(with(4, CueState::Waiting))]).await;
}

#[tokio::test]
async fn due_cues_come_soonest_first_however_old() {
    let table = Table::new().await;
    let old = cue(Kind::Open, at("2026-11-01T20:00:00Z"));
    let changes = vec![
        Change::Cue(cue(Kind::Close, at("2026-11-24T21:00:00Z"))),
        Change::Cue(question()),
        Change::Cue(old.clone()),
    ];
    table.done(changes, vec![]).await;
    let due = table.store.cues_due(at("2026-11-24T20:20:00Z"), 10).await.expect("read");
    let names: Vec<_> = due.iter().map(|d| (d.id.kind.clone(), d.due)).collect();
    assert_eq!(names, vec![(Kind::Open, old.due), (Kind::Question(QuestionId(3)), question().due)]);
    assert_eq!(table.store.cues_due(at("2026-11-25T00:00:00Z"), 1).await.expect("read").len(), 1);
    assert!(table.store.cues_due(at("2026-10-01T00:00:00Z"), 10).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_delivery_whose_name_is_known_is_left_out_alone() {
    let table = Table::new().await;
    assert_eq!(table.done(vec![], vec![announcement("q/3")]).await, vec![discord()]);
    let to_slack = delivery("q/3", slack(), Class::Announcement, 0);
    let undo = Change::Undo(chat::Undo {
        id: "u".into(),
        what: "w".into(),
        by: None,
        settings: None,
        episodes: vec![],
    });
    let again = vec![announcement("q/3"), to_slack.clone(), to_slack.clone()];
    assert_eq!(table.done(vec![undo.clone()], again).await, vec![slack()]);
    assert!(table.store.undo(&slug(), "u").await.expect("read").is_some());
    assert_eq!(table.store.waiting(&discord(), 10).await.expect("read").len(), 1);
    assert_eq!(table.store.waiting(&slack(), 10).await.expect("read").len(), 1);
    // Nothing left to write is fine too.
    assert_eq!(table.done(vec![], vec![announcement("q/3"), to_slack]).await, vec![]);
    assert_eq!(table.done(vec![], vec![]).await, vec![]);

    // It stays known when it was sent, and a delivery that is left out does not hide a conflict.
    let waiting = table.store.waiting(&discord(), 1).await.expect("read");
    table.store.failed(&waiting, "no such channel", now(), &[]).await.expect("noted");
    assert_eq!(table.done(vec![], vec![announcement("q/3")]).await, vec![]);
    assert!(table.store.waiting(&discord(), 10).await.expect("read").is_empty());
    table.done(vec![Change::Settings(settings())], vec![]).await;
    let answer = table
        .store
        .commit(&slug(), commit(vec![Change::Settings(settings())], vec![announcement("q/3")]))
        .await;
    assert!(matches!(answer, Err(StoreError::Conflict)));
    let row = table.store.delivery(&announcement("q/3").delivery.id).await.expect("read").expect("there");
    assert_eq!(row.standing, Standing::Failed { reason: "no such channel".to_owned() });
}

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer() {
    let table = Table::new().await;
    let asked = |reply: &str, hours| {
        let mut commit = commit(vec![], vec![announcement(reply)]);
        commit.request =
            Some(Request { by: person("amara"), key: "slack/U1/1".to_owned(), reply: reply.to_owned() });
        commit.real_now = now() + Duration::hours(hours);
        commit
    };
    let first = table.store.commit(&slug(), asked("first", 0)).await.expect("done");
    assert_eq!(first, Committed::Done { new: vec![discord()] });
    let again = table.store.commit(&slug(), asked("second", 47)).await.expect("answered");
    assert_eq!(again, Committed::Repeat("first".to_owned()));
    assert_eq!(table.store.waiting(&discord(), 10).await.expect("read").len(), 1, "nothing was written");
    let kept =
        table.store.request(&person("amara"), "slack/U1/1", now() + Duration::hours(47)).await.expect("read");
    assert_eq!(kept.as_deref(), Some("first"));
    // After 48 hours it counts as gone, although the row is still there.
    assert_eq!(
        table.store.request(&person("amara"), "slack/U1/1", now() + Duration::hours(48)).await.expect("read"),
        None
    );
    let late = table.store.commit(&slug(), asked("third", 48)).await.expect("done");
    assert_eq!(late, Committed::Done { new: vec![discord()] });
}

#[tokio::test]
async fn a_commit_is_not_cut_in_pieces() {
    let table = Table::new().await;
    let many = |n: usize| (0..n).map(|i| announcement(&i.to_string())).collect::<Vec<_>>();
    let answer = table.store.commit(&slug(), commit(vec![], many(41))).await;
    assert!(matches!(answer, Err(StoreError::TooLarge { items: 82 })));
    assert_eq!(table.done(vec![], many(40)).await, vec![discord()]);
}

#[tokio::test]
async fn posts_are_filed_with_their_authors() {
    let table = Table::new().await;
    let hello = chat::post::Filed { first_time: true, ..filed("1", "7") };
    let speaker = Participant {
        person: person("7"),
        name: "Person 7".to_owned(),
        first: episode_id(),
        latest: episode_id(),
        posts: 1,
        heard: Some(episode_id()),
        admitted: None,
        recent: vec![now()],
        burst: None,
        said: vec![],
        version: 0,
    };
    table.done(vec![Change::Filed(hello.clone()), Change::Participant(speaker.clone())], vec![]).await;
    // The author's second post is decided from what was read before the first.
    let second = vec![Change::Filed(filed("2", "7")), Change::Participant(speaker.clone())];
    table.conflicts(second).await;
    assert_eq!(table.store.filed(&slug(), &post_id("2")).await.expect("read"), None);
    let known = table.store.participant(&slug(), &person("7")).await.expect("read").expect("there");
    assert_eq!(known, Participant { version: 1, ..speaker });
    table.done(vec![Change::Filed(filed("2", "7")), Change::Participant(known)], vec![]).await;
    let guest = chat::post::Filed {
        post: chat::post::Post {
            author: chat::post::Author { handle: None, ..filed("3", "8").post.author },
            ..filed("3", "8").post
        },
        ..filed("3", "8")
    };
    table.done(vec![Change::Filed(guest)], vec![]).await;

    assert_eq!(table.store.filed(&slug(), &post_id("1")).await.expect("read"), Some(hello.clone()));
    assert_eq!(table.store.filed(&other(), &post_id("1")).await.expect("read"), None);
    assert_eq!(table.store.posts(&episode_id()).await.expect("read").len(), 3);
    let voices = table.store.voices(&episode_id()).await.expect("read");
    let voices: Vec<_> = voices.iter().map(|v| (v.handle.as_deref(), v.first_time)).collect();
    assert_eq!(voices, vec![(Some("p7"), true), (None, false)], "the second post does not undo the first");

    // The same post in another chat.
    let mut theirs = filed("1", "7");
    theirs.episode.chat = other();
    let commit_theirs = commit(vec![Change::Filed(theirs.clone())], vec![]);
    table.store.commit(&other(), commit_theirs).await.expect("filed");
    assert_eq!(table.store.filed_any(&post_id("1")).await.expect("read").len(), 2);
    assert!(table.store.filed_any(&post_id("9")).await.expect("read").is_empty());

    // An organiser files it anew; an edit decided before that comes too late.
    let anew = chat::post::Filed { refiled: 1, ..hello.clone() };
    table.done(vec![Change::Filed(anew.clone())], vec![]).await;
    table.conflicts(vec![Change::Filed(hello)]).await;
    assert_eq!(table.store.filed(&slug(), &post_id("1")).await.expect("read"), Some(anew));
}

#[tokio::test]
async fn who_waits_at_the_door_is_found_by_person_and_let_in_once() {
    let table = Table::new().await;
    let waits = |id: &str, author: &str| chat::post::Filed { entry: Entry::Waits, ..filed(id, author) };
    let (one, two) = (waits("1", "7"), waits("2", "7"));
    // "x::7" begins "x::77" too.
    table.done(vec![Change::Filed(one.clone())], vec![]).await;
    table.done(vec![Change::Filed(two.clone()), Change::Filed(waits("3", "77"))], vec![]).await;
    let held = |author: &'static str| {
        let store = &table.store;
        async move { store.held(&episode_id(), &person(author)).await.expect("read") }
    };
    assert_eq!(held("7").await, [one.clone(), two.clone()]);
    assert_eq!(held("77").await.len(), 1);
    assert_eq!(table.store.waiting_at(&episode_id()).await.expect("read").len(), 3);
    assert_eq!(table.store.voices(&episode_id()).await.expect("read"), [], "who waits has not spoken");

    let let_in =
        |filed: &chat::post::Filed| Change::Filed(chat::post::Filed { entry: Entry::LetIn, ..filed.clone() });
    table.done(vec![let_in(&one)], vec![]).await;
    assert_eq!(held("7").await, std::slice::from_ref(&two));
    let voices = table.store.voices(&episode_id()).await.expect("read");
    assert_eq!(voices.iter().map(|v| v.person.clone()).collect::<Vec<_>>(), [person("7")]);
    // Let in by somebody else in that moment, or seen waiting before it: too late, both.
    table.conflicts(vec![let_in(&one)]).await;
    table.conflicts(vec![Change::Filed(one)]).await;
    // Edited meanwhile: what is let in is what stands there now.
    let mut edited = two.clone();
    edited.post.version = "22".to_owned();
    table.done(vec![Change::Filed(edited.clone())], vec![]).await;
    table.conflicts(vec![let_in(&two)]).await;
    table.done(vec![let_in(&edited)], vec![]).await;
    assert_eq!(held("7").await, []);
}

#[tokio::test]
async fn who_was_let_in_is_found_until_all_is_carried() {
    let table = Table::new().await;
    let letting_in = |more| Change::LettingIn { person: person("7"), more };
    let found = || async { table.store.letting_in(now() + Duration::seconds(1)).await.expect("read") };
    table.done(vec![letting_in(true)], vec![]).await;
    assert_eq!(found().await, [(slug(), person("7"))]);
    assert_eq!(table.store.letting_in(now() - Duration::seconds(1)).await.expect("read"), []);
    // Neither is it taken for a delivery or a cue.
    assert_eq!(table.store.destinations_waiting(now() + Duration::days(1)).await.expect("read"), []);
    assert_eq!(table.store.cues_due(now() + Duration::days(1), 10).await.expect("read"), []);
    table.done(vec![letting_in(true)], vec![]).await;
    table.done(vec![letting_in(false)], vec![]).await;
    assert_eq!(found().await, []);
}

#[tokio::test]
async fn members_come_and_go() {
    let table = Table::new().await;
    let member = |id: &str| Member::new(person(id), format!("M{id}"), "4105", now());
    let written = |id: &str| Member { version: 1, ..member(id) };
    table.done(vec![Change::Joined(member("1")), Change::Joined(member("2"))], vec![]).await;
    assert_eq!(table.store.member(&slug(), &person("1")).await.expect("read"), Some(written("1")));
    // Who changes it knows what stands there.
    let wishes = Wishes { remind: Some(Duration::hours(1)), ..Wishes::default() };
    let changed = Member { wishes, ..written("1") };
    table.done(vec![Change::Member(changed.clone())], vec![]).await;
    table.conflicts(vec![Change::Member(changed)]).await;
    table.done(vec![Change::Left(person("1"))], vec![]).await;
    table.done(vec![Change::Left(person("1"))], vec![]).await;
    assert_eq!(table.store.member(&slug(), &person("1")).await.expect("read"), None);
    assert_eq!(table.store.members(&slug()).await.expect("read"), vec![written("2")]);
}

#[tokio::test]
async fn what_is_kept_ends_with_its_time() {
    let table = Table::new().await;
    let until = now() + Duration::minutes(15);
    let kept = chat::Kept { id: "k".to_owned(), text: "say this".to_owned(), until };
    let code = Change::ConnectCode { code: "BISCUIT".to_owned(), until };
    table.done(vec![Change::Keep(kept.clone()), code.clone()], vec![]).await;
    assert_eq!(table.store.kept(&slug(), "k", now()).await.expect("read"), Some(kept));
    assert_eq!(table.store.kept(&slug(), "k", until).await.expect("read"), None);
    assert_eq!(table.store.code("BISCUIT", now()).await.expect("read"), Some((slug(), until)));
    assert_eq!(table.store.code("BISCUIT", until).await.expect("read"), None);
    assert_eq!(table.store.code("TEA", now()).await.expect("read"), None);

    // Another chat cannot take a code that is in use, and nobody uses one twice.
    let theirs = table.store.commit(&other(), commit(vec![code], vec![])).await;
    assert!(matches!(theirs, Err(StoreError::Conflict)));
    table.done(vec![Change::CodeUsed("BISCUIT".to_owned())], vec![]).await;
    table.conflicts(vec![Change::CodeUsed("BISCUIT".to_owned())]).await;
    assert_eq!(table.store.code("BISCUIT", now()).await.expect("read"), None);
}

#[tokio::test]
async fn an_undo_holds_what_was() {
    let table = Table::new().await;
    let undo = chat::Undo {
        id: "u1".to_owned(),
        what: "moved to Wednesday".to_owned(),
        by: Some(person("7")),
        settings: Some((settings(), 4)),
        episodes: vec![(episode("2026-11-24T20:00:00Z"), 2)],
    };
    table.done(vec![Change::Undo(undo.clone())], vec![]).await;
    assert_eq!(table.store.undo(&slug(), "u1").await.expect("read"), Some(undo));
    assert_eq!(table.store.undo(&slug(), "u2").await.expect("read"), None);
}

#[tokio::test]
async fn what_was_not_carried_is_counted() {
    let table = Table::new().await;
    for _ in 0..2 {
        table.done(vec![Change::Counted(Uncarried::Repost)], vec![]).await;
    }
    table.done(vec![Change::Counted(Uncarried::Own), tag("smxchat", None)], vec![]).await;
    let day = now().date_naive();
    assert_eq!(table.store.counted(&slug(), Uncarried::Repost, day).await.expect("read"), 2);
    assert_eq!(table.store.counted(&slug(), Uncarried::Own, day).await.expect("read"), 1);
    assert_eq!(table.store.counted(&slug(), Uncarried::Late, day).await.expect("read"), 0);
}
