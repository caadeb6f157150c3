//! The unheard radar of an hour: who was on it when it was last worked out, and whom an organiser ticked off.
//!
//! Without names and words: posts are named, and read again before anybody is shown. Nothing of it is counted or kept:
//! the rows end by themselves a day later, and a row that is lost is worked out again two minutes later.

use std::collections::BTreeSet;

use chat::name::{EpisodeId, Place, PostId};
use chat::post::Filed;
use chat::radar::{Card, Swept, Unanswered};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::commit::{Batch, Expression};
use crate::items::{At, FiledItem, Name};
use crate::keys::{self, Key};
use crate::table::{Range, Row, key_of, over, read, sort, write};
use crate::{Store, StoreError};

/// So long they are of use, in real time: an hour, its doors, and whoever looks at it the day after.
const KEPT: Duration = Duration::days(1);

/// As stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RadarItem {
    at: At,
    people: Vec<UnansweredItem>,
    expires_at: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct UnansweredItem {
    post: Name<PostId>,
    /// Where there are more names than that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<Name<PostId>>,
    first_time: bool,
    sure: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Name<Place>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// That an organiser said somebody is heard.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TickedItem {
    post: Name<PostId>,
    expires_at: i64,
}

impl From<&Unanswered> for UnansweredItem {
    fn from(one: &Unanswered) -> Self {
        let more = one.names.iter().filter(|name| **name != one.post);
        UnansweredItem {
            post: Name(one.post.clone()),
            names: more.cloned().map(Name).collect(),
            first_time: one.first_time,
            sure: one.sure,
            place: one.card.as_ref().map(|card| Name(card.place.clone())),
            message: one.card.as_ref().map(|card| card.message.clone()),
        }
    }
}

impl From<UnansweredItem> for Unanswered {
    fn from(item: UnansweredItem) -> Self {
        let card = item.place.zip(item.message).map(|(place, message)| Card { place: place.0, message });
        let mut names = vec![item.post.0.clone()];
        names.extend(item.names.into_iter().map(|name| name.0));
        Unanswered { post: item.post.0, names, first_time: item.first_time, sure: item.sure, card }
    }
}

/// Somebody is heard, since an organiser says so. Said twice it is said once.
pub(crate) fn ticked(
    batch: &mut Batch<'_>,
    episode: &EpisodeId,
    post: &PostId,
    real_now: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::ticked(episode, post);
    let shape = TickedItem { post: Name(post.clone()), expires_at: (real_now + KEPT).timestamp() };
    batch.put(key.clone(), ours(write(&key, &shape)?), &Expression::default())
}

impl Store {
    /// An hour's radar as it was last worked out, if it was, and posts whose authors were ticked off. One query of a
    /// row of some hundred bytes for each of its people, and one for each tick. Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn radar(
        &self,
        episode: &EpisodeId,
        real_now: DateTime<Utc>,
    ) -> Result<(Option<Swept>, BTreeSet<PostId>), StoreError> {
        let rows =
            self.query(&keys::of_episode(episode), &Range::Begins(keys::RADAR.to_owned()), None).await?;
        let (mut swept, mut ticked) = (None, BTreeSet::new());
        for row in rows.into_iter().filter(|row| !over(row, real_now)) {
            if key_of(&row).sk == keys::RADAR {
                let item = self.if_readable(read::<RadarItem>(row))?;
                swept = item.map(|item| Swept {
                    at: item.at.0,
                    people: item.people.into_iter().map(Unanswered::from).collect(),
                });
            } else if let Some(item) = self.if_readable(read::<TickedItem>(row))? {
                ticked.insert(item.post.0);
            }
        }
        Ok((swept, ticked))
    }

    /// Writes down an hour's radar in the place of the one before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn swept(
        &self,
        episode: &EpisodeId,
        swept: &Swept,
        real_now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let key = keys::radar(episode);
        let shape = RadarItem {
            at: At(swept.at),
            people: swept.people.iter().map(UnansweredItem::from).collect(),
            expires_at: (real_now + KEPT).timestamp(),
        };
        let row = write(&key, &shape)?;
        let asked = self.client.put_item().table_name(&self.table).set_item(Some(row)).send();
        // Boxed for the stack's sake, as in `table`.
        Box::pin(asked).await.map(drop).map_err(sort)
    }

    /// Of these posts of an episode those that stand, in any order: a call for each hundred. Rows that cannot be read
    /// are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn filed_here<'a>(
        &self,
        episode: &EpisodeId,
        posts: impl IntoIterator<Item = &'a PostId>,
    ) -> Result<Vec<Filed>, StoreError> {
        let wanted: Vec<Key> = posts.into_iter().map(|post| keys::filed(episode, post)).collect();
        let rows = self.get_all(&wanted).await?;
        Ok(self.readable::<FiledItem, _>(rows))
    }
}
