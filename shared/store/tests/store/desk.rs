//! The living messages at the desk.

use chat::Change;
use chat::delivery::{Class, Work};
use chat::desk::LATELY;
use chat::name::{Place, Platform, PostId};
use chat::post::Filed;
use chrono::{DateTime, Duration, Utc};
use store::{Living, NewDelivery};

use crate::made::{Table, delivery, episode_id, filed, now, slack};

fn begun(what: &str, to: Place) -> NewDelivery {
    let mut new = delivery(what, to, Class::Announcement, 0);
    new.delivery.work = Work::Desk(episode_id());
    new
}

async fn living(table: &Table) -> Vec<Living> {
    table.store.living(&episode_id()).await.expect("read")
}

#[tokio::test]
async fn a_message_lives_from_its_delivery_to_its_last_word() {
    let table = Table::new().await;
    let alive = || async { table.store.all_living(now() + Duration::seconds(1)).await.expect("read") };
    assert_eq!((living(&table).await, alive().await), (vec![], vec![]));
    let (first, second) = (
        begun("smxchat/2026-11-24T20:00Z/desk/1", slack()),
        begun("smxchat/2026-11-24T20:00Z/desk/2", slack()),
    );
    table.done(vec![], vec![first.clone()]).await;
    let lives = |shown: Option<&str>, of: &NewDelivery| Living {
        episode: episode_id(),
        place: slack(),
        delivery: of.delivery.id.clone(),
        shown: shown.map(str::to_owned),
    };
    assert_eq!((living(&table).await, alive().await), (vec![lives(None, &first)], vec![episode_id()]));
    // It is taken for nothing else that is swept.
    let later = now() + Duration::days(1);
    assert_eq!(table.store.catching_up(later).await.expect("read"), []);
    assert_eq!(table.store.cues_due(later, 10).await.expect("read"), []);
    table.store.shows(&lives(None, &first), "a").await.expect("noted");
    assert_eq!(living(&table).await, [lives(Some("a"), &first)]);
    // Another one takes its place; whoever was at the first changes nothing of that.
    table.done(vec![], vec![second.clone()]).await;
    table.store.shows(&lives(Some("a"), &first), "b").await.expect("let go");
    table.store.lived(&lives(Some("a"), &first)).await.expect("let go");
    assert_eq!(living(&table).await, [lives(None, &second)]);
    table.store.lived(&lives(None, &second)).await.expect("over");
    assert_eq!((living(&table).await, alive().await), (vec![], vec![]));
    // Its name is known by then: it does not live again, and nothing is noted where nothing is.
    table.done(vec![], vec![second.clone()]).await;
    table.store.shows(&lives(None, &second), "c").await.expect("let go");
    assert_eq!(living(&table).await, []);
}

/// The lowest id that X gives from an instant on.
fn id_on_x(at: DateTime<Utc>) -> String {
    ((at.timestamp_millis() - 1_288_834_974_657) << 22).to_string()
}

fn written(source: Platform, n: usize, at: DateTime<Utc>) -> Filed {
    let id = match source {
        Platform::X => id_on_x(at),
        _ => format!("{n:016x}"),
    };
    let mut filed = filed(&id, "14");
    filed.post.id = PostId { source, id };
    filed.post.at = at;
    filed
}

#[tokio::test]
async fn posts_of_the_last_minutes_are_counted_by_their_own_time() {
    let table = Table::new().await;
    let lately = || async {
        let lately = table.store.lately(&episode_id(), now()).await.expect("counted").0;
        (lately.posts, lately.within)
    };
    assert_eq!(lately().await, (0, LATELY));
    let mut n = 0;
    for source in [Platform::X, Platform::Discord, Platform::Slack] {
        // One of before, two that count, one of a clock that is ahead.
        for seconds in [-301, -299, -1, 30] {
            n += 1;
            table
                .done(vec![Change::Filed(written(source, n, now() + Duration::seconds(seconds)))], vec![])
                .await;
        }
    }
    assert_eq!(lately().await, (6, LATELY));
}

#[tokio::test]
async fn more_posts_than_are_read_are_counted_over_a_shorter_time() {
    let table = Table::new().await;
    // Two a second for four minutes.
    for n in 0..480 {
        let at = now() - Duration::minutes(5) + Duration::milliseconds(500 * (n + 1));
        table.done(vec![Change::Filed(written(Platform::X, 0, at))], vec![]).await;
    }
    let lately = table.store.lately(&episode_id(), now()).await.expect("counted").0;
    assert_eq!((lately.posts, lately.within), (200, Duration::seconds(100)));
    assert_eq!(lately.tenths_a_minute(), 1_200);
}
