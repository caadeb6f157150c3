//! What people suggest, who wins of two, and what is left of somebody who goes.

use chat::agenda::{Credit, Episode};
use chat::bank::{Idea, IdeaId, State};
use chat::name::{Person, Platform, QuestionId};
use chat::settings::Settings;
use chat::{Change, Undo};
use chrono::Duration;
use store::{Arrival, Forgotten, Kind};

use crate::made::*;

fn amara() -> Person {
    Person::new(Platform::Discord, "", "5102")
}

fn juno() -> Person {
    Person::new(Platform::Discord, "", "5103")
}

fn idea(by: &Person, text: &str, votes: &[Person]) -> Idea {
    Idea {
        id: IdeaId::of(by, text),
        text: text.to_owned(),
        by: by.clone(),
        name: "Somebody".to_owned(),
        at: now(),
        state: State::Waiting,
        votes: votes.to_vec(),
        until: None,
        version: 0,
    }
}

async fn ideas(table: &Table) -> Vec<Idea> {
    let mut ideas = table.store.ideas(&slug()).await.expect("read");
    ideas.sort_by(|a, b| a.text.cmp(&b.text));
    ideas
}

#[tokio::test]
async fn a_suggestion_is_written_by_version() {
    let table = Table::new().await;
    let first = idea(&amara(), "Why?", &[]);
    table.done(vec![Change::Idea(first.clone())], vec![]).await;
    assert_eq!(ideas(&table).await, [Idea { version: 1, ..first.clone() }]);
    // Sent twice at the same moment: the second decides again, and finds it there.
    table.conflicts(vec![Change::Idea(first.clone())]).await;
    // Of a vote and an organiser at the same moment one decides again.
    let read = ideas(&table).await.remove(0);
    let voted = Idea { votes: vec![juno()], ..read.clone() };
    let until = Some(now() + Duration::days(30));
    let accepted = Idea { state: State::Accepted(episode_id(), QuestionId(7)), until, ..read.clone() };
    table.done(vec![Change::Idea(voted.clone())], vec![]).await;
    table.conflicts(vec![Change::Idea(accepted.clone())]).await;
    table.conflicts(vec![Change::IdeaGone(read)]).await;
    let accepted = Idea { version: 2, votes: voted.votes, ..accepted };
    table.done(vec![Change::Idea(accepted.clone())], vec![]).await;
    assert_eq!(ideas(&table).await, [Idea { version: 3, ..accepted.clone() }]);
    // Another chat's are its own.
    assert!(table.store.ideas(&other()).await.expect("read").is_empty());
    table.done(vec![Change::IdeaGone(Idea { version: 3, ..accepted.clone() })], vec![]).await;
    assert!(ideas(&table).await.is_empty());
    // Gone already, it cannot be voted for.
    table.conflicts(vec![Change::Idea(Idea { version: 3, ..accepted })]).await;
}

fn episode_id() -> chat::name::EpisodeId {
    episode("2026-11-24T20:00:00Z").id
}

fn credited(planned: &str, by: &Person) -> Episode {
    let mut episode = episode(planned);
    episode.add_question("What is the best biscuit?");
    episode.add_question("Why?");
    episode.questions[1].from =
        Some(Credit { idea: IdeaId::of(by, "Why?"), by: by.clone(), name: "Somebody".to_owned() });
    episode
}

#[tokio::test]
async fn nothing_is_left_of_somebody_who_goes() {
    let table = Table::new().await;
    let (hers, past) =
        (credited("2026-11-24T20:00:00Z", &amara()), credited("2023-11-21T20:00:00Z", &amara()));
    let junos = credited("2026-12-01T20:00:00Z", &juno());
    let undo = Undo {
        id: "request-1".to_owned(),
        what: "Q2".to_owned(),
        by: None,
        settings: None,
        episodes: vec![(hers.clone(), 2)],
    };
    let episodes = [hers, past, junos].map(Change::Episode);
    let mut changes = vec![
        Change::Settings(Settings { ..settings() }),
        Change::Idea(idea(&amara(), "Why?", &[juno()])),
        Change::Idea(idea(&amara(), "And how?", &[])),
        Change::Idea(idea(&juno(), "Where?", &[amara(), juno()])),
        Change::Idea(idea(&juno(), "When?", &[])),
        Change::Undo(undo),
    ];
    changes.extend(episodes);
    table.done(changes, vec![]).await;
    let written = format!("{:?}", dump(&table).await);
    assert!(written.contains(&amara().to_string()), "or nothing is proved");

    let named = table.store.credited(&slug(), &amara()).await.expect("read");
    let days: Vec<String> = named.iter().map(|e| e.starts.date_naive().to_string()).collect();
    assert_eq!(days, ["2023-11-21", "2026-11-24"]);
    let forgotten = table.store.forget_ideas(&slug(), &amara(), now()).await.expect("forgotten");
    assert_eq!(forgotten, Forgotten { ideas: 2, votes: 1, episodes: 2 });
    let left: Vec<(String, Vec<Person>)> =
        ideas(&table).await.into_iter().map(|idea| (idea.text, idea.votes)).collect();
    assert_eq!(left, [("When?".to_owned(), vec![]), ("Where?".to_owned(), vec![juno()])]);
    let written = format!("{:?}", dump(&table).await);
    assert!(!written.contains(&amara().to_string()), "{written}");
    // The questions stay, and somebody else's name stands where it stood.
    let read = table.store.load(&slug(), now()).await.expect("read").expect("there");
    let next = read.episodes.iter().find(|e| e.id == episode_id()).expect("there");
    assert_eq!((next.questions.len(), next.questions[1].from.as_ref(), next.version), (2, None, 2));
    let junos = read.episodes.iter().find(|e| e.id != episode_id()).expect("there");
    assert_eq!(junos.questions[1].from.as_ref().map(|from| &from.by), Some(&juno()));
    // Whoever decided from what was read before cannot bring the name back.
    table
        .conflicts(vec![Change::Episode(Episode {
            version: 1,
            ..credited("2026-11-24T20:00:00Z", &amara())
        })])
        .await;
    // Again, and nothing is left to do.
    let again = table.store.forget_ideas(&slug(), &amara(), now()).await.expect("forgotten");
    assert_eq!(again, Forgotten::default());
}

#[tokio::test]
async fn suggestions_go_along_with_their_chat() {
    let table = Table::new().await;
    let changes = vec![
        tag("smxchat", None),
        Change::Settings(settings()),
        Change::Episode(credited("2026-11-24T20:00:00Z", &amara())),
        Change::Idea(idea(&juno(), "Where?", &[amara()])),
        Change::Idea(idea(&amara(), "And how?", &[])),
    ];
    table.done(changes, vec![]).await;
    let all = table.store.gather(&slug(), now()).await.expect("the table answers").expect("a chat");
    let travels = all.records.iter().filter(|record| record.kind() == Kind::Idea).count();
    assert_eq!(travels, 2);
    let there = Table::new().await;
    let arrival = Arrival::of(&slug(), all.records, now()).expect("one whole chat");
    there.store.arrive(&arrival, "file", now(), &mut |_, _| {}).await.expect("it arrives");
    assert_eq!(ideas(&there).await, ideas(&table).await);
    let named = there.store.credited(&slug(), &amara()).await.expect("read");
    assert_eq!(named.len(), 1);
}

/// Every row, as the database gives it.
async fn dump(table: &Table) -> Vec<String> {
    let scanned = table.client.scan().table_name("earshot").send().await.expect("scanned");
    assert!(scanned.last_evaluated_key().is_none(), "more than one page");
    scanned.items().iter().map(|row| format!("{row:?}")).collect()
}
