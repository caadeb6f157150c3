//! The unheard radar's rows: the latest one alone, ticks that stand once, and an end.

use std::collections::BTreeSet;

use chat::Change;
use chat::name::{Place, Platform, PostId};
use chat::radar::{Card, Swept, Unanswered};
use chrono::Duration;

use crate::made::*;

fn on_x(id: &str) -> PostId {
    PostId { source: Platform::X, id: id.to_owned() }
}

fn one(id: &str, more: &[&str], card: Option<Card>) -> Unanswered {
    let mut names = vec![on_x(id)];
    names.extend(more.iter().map(|id| on_x(id)));
    Unanswered { post: on_x(id), names, first_time: card.is_some(), sure: card.is_none(), card }
}

#[tokio::test]
async fn the_latest_radar_is_read_as_it_was_written_until_the_next_day() {
    let table = Table::new().await;
    let read = |later: Duration| {
        let (store, at) = (table.store.clone(), now() + later);
        async move { store.radar(&episode_id(), at).await.expect("the table") }
    };
    assert_eq!(read(Duration::zero()).await, (None, BTreeSet::new()));
    let place = Place::new(Platform::Discord, "4105", "4106");
    let card = Card { place, message: "1300:1301".to_owned() };
    for people in
        [vec![one("11", &["12", "13"], None), one("14", &[], Some(card))], vec![one("15", &[], None)], vec![]]
    {
        let swept = Swept { at: now() + Duration::seconds(3), people };
        table.store.swept(&episode_id(), &swept, now()).await.expect("written");
        assert_eq!(read(Duration::zero()).await.0, Some(swept));
    }
    for _ in 0..2 {
        let heard = Change::Heard { episode: episode_id(), post: on_x("11") };
        table.done(vec![heard], vec![]).await;
    }
    let (swept, ticked) = read(Duration::zero()).await;
    assert_eq!((swept.is_some(), ticked), (true, BTreeSet::from([on_x("11")])));
    assert_eq!(read(Duration::days(1) + Duration::seconds(1)).await, (None, BTreeSet::new()));
}

#[tokio::test]
async fn of_the_posts_on_it_those_are_found_that_stand() {
    let table = Table::new().await;
    let (stands, other) = (filed("21", "14"), filed("22", "15"));
    table.done(vec![Change::Filed(stands.clone())], vec![]).await;
    let names = [&stands.post.id, &other.post.id];
    assert_eq!(table.store.filed_here(&episode_id(), names).await.expect("the table"), [stands]);
}
