//! Who was part of which hour, also where rows are from before that was asked.

use aws_sdk_dynamodb::types::AttributeValue;
use chat::Change;
use chat::cue::{Cue, CueState, Kind};
use chat::post::{Entry, Filed, FiledBy};
use store::Answered;

use crate::made::*;

#[tokio::test]
async fn answers_are_counted_as_they_stand_and_old_rows_are_looked_up() {
    let table = Table::new().await;
    let by = filed("1", "7").post.author.person;
    let answer =
        |id: &str| Filed { question: Some((chat::name::QuestionId(1), FiledBy::Prefix)), ..filed(id, "7") };
    let word = Filed { question: None, ..filed("3", "7") };
    let waits = Filed { entry: Entry::Waits, ..answer("4") };
    for one in [answer("1"), answer("2"), word, waits, filed("5", "8")] {
        table.done(vec![Change::Filed(one)], vec![]).await;
    }
    let answered = async || table.store.answered(&slug(), &by).await.expect("read");
    assert_eq!(answered().await, Answered { answers: 2, all: true });
    // As rows were before they said what they are.
    for id in ["1", "3", "4"] {
        let key = [("pk", format!("BY#{}#{by}", slug())), ("sk", format!("POST#{}", post_id(id)))];
        let mut change = table.client.update_item().table_name("earshot").update_expression("REMOVE part");
        for (name, value) in key {
            change = change.key(name, AttributeValue::S(value));
        }
        change.condition_expression("attribute_exists(part)").send().await.expect("it was there");
    }
    assert_eq!(answered().await, Answered { answers: 2, all: true });
    // Moved from under its question by an organiser, it is none; let in, the other is one.
    table.done(vec![Change::Filed(Filed { question: None, refiled: 1, ..answer("2") })], vec![]).await;
    table.done(vec![Change::Filed(Filed { entry: Entry::LetIn, ..answer("4") })], vec![]).await;
    assert_eq!(answered().await, Answered { answers: 2, all: true });
}

#[tokio::test]
async fn nobody_who_waits_at_the_door_has_spoken_and_who_is_forgotten_has_not_either() {
    let table = Table::new().await;
    let (by, other) = (filed("1", "7").post.author.person, filed("2", "8").post.author.person);
    table.done(vec![Change::Episode(episode("2026-11-24T20:00:00Z"))], vec![]).await;
    table.done(vec![Change::Filed(Filed { entry: Entry::Waits, ..filed("1", "7") })], vec![]).await;
    table.done(vec![Change::Filed(filed("2", "8"))], vec![]).await;
    let ids = [episode_id()];
    let both = [by, other.clone()];
    let spoke = async |who: &[chat::name::Person]| table.store.spoke_in(who, &ids).await.expect("read").len();
    assert_eq!((spoke(&both[..1]).await, spoke(&both).await), (0, 1));
    table.store.forget_voice(&slug(), &other, now()).await.expect("forgotten");
    assert_eq!(spoke(&both).await, 0);
    // Here again, and forgotten again within the same minutes: that is another one.
    table.done(vec![Change::Filed(filed("3", "8"))], vec![]).await;
    assert_eq!(spoke(&both).await, 1);
    let later = now() + chrono::Duration::seconds(5);
    table.store.forget_voice(&slug(), &other, later).await.expect("forgotten");
    assert_eq!(spoke(&both).await, 0);
}

#[tokio::test]
async fn an_hour_was_opened_if_its_cue_was_fired() {
    let table = Table::new().await;
    let open = cue(Kind::Open, now());
    let ids = [episode_id()];
    table.done(vec![Change::Cue(open.clone())], vec![]).await;
    assert!(table.store.opened(&ids).await.expect("read").is_empty());
    table.done(vec![Change::Cue(Cue { state: CueState::Fired, ..open })], vec![]).await;
    assert_eq!(table.store.opened(&ids).await.expect("read").len(), 1);
}

#[tokio::test]
async fn so_many_posts_of_an_hour_and_whether_that_is_all() {
    let table = Table::new().await;
    for id in ["1", "2", "3"] {
        table.done(vec![Change::Filed(filed(id, "7"))], vec![]).await;
    }
    for (most, read, all) in [(2, 2, false), (3, 3, true), (4, 3, true)] {
        let (posts, complete) = table.store.posts_within(&episode_id(), most).await.expect("read");
        assert_eq!((posts.len(), complete), (read, all), "{most}");
    }
    // A row that a newer version wrote is passed over; that it is there does not make the others fewer.
    let key = [("pk", format!("EP#{}", episode_id())), ("sk", format!("POST#{}", post_id("2")))];
    let mut change = table.client.update_item().table_name("earshot").update_expression("REMOVE post");
    for (name, value) in key {
        change = change.key(name, AttributeValue::S(value));
    }
    change.condition_expression("attribute_exists(post)").send().await.expect("it was there");
    let (posts, complete) = table.store.posts_within(&episode_id(), 3).await.expect("read");
    assert_eq!((posts.len(), complete), (2, true));
}
