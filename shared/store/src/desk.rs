//! The living messages at the desk: which hours have one, and what each showed last.
//!
//! A row of its own for each, written with its delivery and whenever the message was changed; no post and no command
//! writes it. It lies in the index as long as the message lives, so that a tick finds what is to be looked at.

use chat::delivery::Work;
use chat::desk::Lately;
use chat::name::{DeliveryId, EpisodeId, Place, Platform, PostId};
use chat::post::Filed;
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::commit::{Batch, Expression, NewDelivery};
use crate::items::FiledItem;
use crate::keys;
use crate::table::{RIPE, RIPE_AT, Range, Row, key_of, number, read, text, write};
use crate::{Store, StoreError};

/// The index's name for living messages.
const LIVES: &str = "DESK";

/// As many posts are read of each source, to tell how many come in a minute: a kilobyte each, or two.
const MOST_LATELY: usize = 200;

/// The living message of an hour in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Living {
    /// Of which hour.
    pub episode: EpisodeId,
    /// Where.
    pub place: Place,
    /// The delivery that posted it, or is to post it.
    pub delivery: DeliveryId,
    /// A hash of what it showed last, if that is known.
    pub shown: Option<String>,
}

/// As stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LivingItem {
    delivery: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
}

/// With the delivery that is to post it, the message begins to live: looked at from then on.
pub(crate) fn begins(
    batch: &mut Batch<'_>,
    new: &NewDelivery,
    at: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let Work::Desk(episode) = &new.delivery.work else { return Ok(()) };
    let key = keys::desk(episode, &new.delivery.to);
    let shape = LivingItem { delivery: new.delivery.id.0.clone(), shown: None };
    let mut row = ours(write(&key, &shape)?);
    row.insert(RIPE.to_owned(), text(LIVES));
    row.insert(RIPE_AT.to_owned(), number(new.look_at.unwrap_or(at).timestamp_millis()));
    // Whatever stood there before: a delivery is written once, and the latest is the one that lives.
    batch.put(key, row, &Expression::default())
}

fn still(living: &Living) -> Expression {
    Expression::new("#delivery = :delivery").with(":delivery", text(&living.delivery.0))
}

impl Store {
    /// The living messages of an hour: one where its desk is, and one where it was if that changed meanwhile. One
    /// query of a row or two; strongly consistent.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn living(&self, episode: &EpisodeId) -> Result<Vec<Living>, StoreError> {
        let range = Range::Begins(keys::DESK.to_owned());
        let rows = self.query(&keys::of_episode(episode), &range, None).await?;
        rows.into_iter()
            .map(|row| {
                let key = key_of(&row);
                let place = key.sk.strip_prefix(keys::DESK).unwrap_or_default().parse();
                let place = place.map_err(|why: chat::name::BadName| StoreError::Unreadable {
                    key: key.to_string(),
                    why: why.to_string(),
                })?;
                let item: LivingItem = read(row)?;
                let delivery = DeliveryId(item.delivery);
                Ok(Living { episode: episode.clone(), place, delivery, shown: item.shown })
            })
            .collect()
    }

    /// The hours whose message lives at `now` (real time), the longest living first. The index runs a moment behind
    /// the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn all_living(&self, now: DateTime<Utc>) -> Result<Vec<EpisodeId>, StoreError> {
        let rows = self.ripe(LIVES, now.timestamp_millis(), None).await?;
        let mut found: Vec<EpisodeId> = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match keys::read_desk(&key) {
                Ok(episode) if found.contains(&episode) => {}
                Ok(episode) => found.push(episode),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(found)
    }

    /// Notes what a message shows now. Where another one took its place meanwhile, nothing is noted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: then it is shown once more than need be.
    pub async fn shows(&self, living: &Living, shown: &str) -> Result<(), StoreError> {
        let key = keys::desk(&living.episode, &living.place);
        let change = Expression::new("SET #shown = :shown").with(":shown", text(shown));
        match self.update(&key, &change, &still(living)).await {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A message had its last word, and is looked at no more. Likewise.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: then it is looked at once more.
    pub async fn lived(&self, living: &Living) -> Result<(), StoreError> {
        let mut batch = Batch::new(&self.table);
        batch.delete(keys::desk(&living.episode, &living.place), &still(living))?;
        match self.settle(batch, "lived").await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// How many posts of an episode came lately, up to `now` (the chat's clock). Nobody counts them as they come,
    /// since they would all write the same row, so some are read: of X, whose ids are in the order of time, those of
    /// the last minutes; of answers in Discord and Slack all. Three
    /// queries of at most 200 rows each, of a kilobyte or two. More than that within the time are counted over a shorter
    /// one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. Rows that cannot be read are passed over.
    ///
    /// Gives the posts that were read as well, for whoever looks at what was said lately.
    pub async fn lately(
        &self,
        episode: &EpisodeId,
        now: DateTime<Utc>,
    ) -> Result<(Lately, Vec<Filed>), StoreError> {
        let within = chat::desk::LATELY;
        let since = now - within;
        let mut all = Lately { posts: 0, within };
        let mut read = Vec::new();
        for source in Platform::ALL {
            let named = |id: String| format!("POST#{}", PostId { source, id });
            let range = match source {
                Platform::X => Range::Between(named(snowflake(since)), named(keys::LAST.to_owned())),
                Platform::Discord | Platform::Slack => Range::Begins(named(String::new())),
            };
            let rows = self.query(&keys::of_episode(episode), &range, Some(MOST_LATELY)).await?;
            let full = source == Platform::X && rows.len() == MOST_LATELY;
            let filed = self.readable::<FiledItem, Filed>(rows);
            let posts: Vec<DateTime<Utc>> = filed.iter().map(|filed| filed.post.at).collect();
            read.extend(filed);
            let counted = posts.iter().filter(|at| since < **at && **at <= now).count();
            all.posts += u32::try_from(counted).unwrap_or(u32::MAX);
            if let Some(last) = posts.iter().max().filter(|_| full) {
                all.within = (*last - since).clamp(Duration::seconds(1), within);
            }
        }
        Ok((all, read))
    }
}

/// The lowest id that X gives from an instant on (<https://docs.x.com/fundamentals/x-ids>): 41 bits of
/// milliseconds since its own epoch, before 22 others. They have had nineteen digits since 2017 and will until 2041,
/// so their order as words is that of time.
fn snowflake(at: DateTime<Utc>) -> String {
    const EPOCH: i64 = 1_288_834_974_657;
    format!("{:019}", (at.timestamp_millis() - EPOCH).max(0) << 22)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_x_are_in_the_order_of_time() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().expect("an instant");
        let (before, after) = (snowflake(at("2026-11-24T20:00:00Z")), snowflake(at("2026-11-24T20:05:00Z")));
        assert_eq!((before.len(), after.len()), (19, 19));
        assert!(before < after, "{before} {after}");
        // In X's documentation this post was written at 19:26:16.
        let known = "1212092628029698048";
        let second = [at("2019-12-31T19:26:16Z"), at("2019-12-31T19:26:17Z")].map(snowflake);
        assert!(second[0].as_str() <= known && known < second[1].as_str(), "{second:?}");
    }
}
