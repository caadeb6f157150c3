//! What came too late to be carried, and that somebody asked for it.

use chat::agenda::Episode;
use chat::member::Participant;
use chat::name::{EpisodeId, Person, Slug};
use chat::order;
use chat::post::{Entry, Filed};
use chrono::{DateTime, Utc};

use crate::commit::{Batch, Expression};
use crate::items::{ParticipantItem, SlugItem, entry_name};
use crate::keys::{self, Key};
use crate::table::{RIPE, RIPE_AT, Row, key_of, number, read, text, write};
use crate::{Store, StoreError};

/// The index's name for an episode whose missed posts are being carried.
const CATCH_UP: &str = "CATCHUP";

/// A late post stands otherwise from now on, if it is there and late still, and no edit came since it was read:
/// that may have moved it to another question.
pub(crate) fn settled(
    batch: &mut Batch<'_>,
    filed: &Key,
    version: &str,
    entry: Entry,
    token: &str,
) -> Result<(), StoreError> {
    let change = Expression::new("SET #entry = :entry, #by = :by")
        .with(":entry", text(entry_name(entry)))
        .with(":by", text(token));
    let as_read = Expression::new("#entry = :late AND #post.#version = :post_version")
        .with(":late", text(entry_name(Entry::Late)))
        .with(":post_version", text(version));
    batch.update(filed.clone(), &change, &as_read)
}

/// Somebody asked for what was missed; in the index until no more is left.
pub(crate) fn catching_up(
    batch: &mut Batch<'_>,
    episode: &EpisodeId,
    more: bool,
    at: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::catching_up(episode);
    let always = Expression::default();
    if !more {
        return batch.delete(key, &always);
    }
    let mut row = ours(write(&key, &SlugItem { slug: crate::items::Name(episode.chat.clone()) })?);
    row.insert(RIPE.to_owned(), text(CATCH_UP));
    row.insert(RIPE_AT.to_owned(), number(at.timestamp_millis()));
    batch.put(key, row, &always)
}

impl Store {
    /// The posts of these episodes that came too late or too fast to be carried, by their names, and the
    /// authors of the late ones, as far as they are known.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn missed<'a>(
        &self,
        slug: &Slug,
        episodes: impl Iterator<Item = &'a Episode>,
    ) -> Result<(Vec<Filed>, Vec<Participant>), StoreError> {
        let mut missed: Vec<Filed> = Vec::new();
        for episode in episodes {
            let mut posts = self.posts(&episode.id).await?;
            posts.retain(|filed| matches!(filed.entry, Entry::Late | Entry::TooFast));
            missed.extend(posts);
        }
        let late = missed.iter().filter(|filed| filed.entry == Entry::Late);
        let mut people: Vec<&Person> = late.map(|filed| &filed.post.author.person).collect();
        // A key that is asked for twice is refused.
        order::sort(&mut people);
        people.dedup();
        let wanted: Vec<Key> = people.into_iter().map(|person| keys::participant(slug, person)).collect();
        let mut authors = Vec::new();
        for row in self.get_all(&wanted).await? {
            authors.push(read::<ParticipantItem>(row)?.into());
        }
        Ok((missed, authors))
    }

    /// Whether somebody asked for what was missed in an episode and not all of it is carried yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_catching_up(&self, episode: &EpisodeId) -> Result<bool, StoreError> {
        Ok(self.get(&keys::catching_up(episode)).await?.is_some())
    }

    /// The episodes whose missed posts somebody asked for before `before` (real time) and that are not all
    /// carried yet, the longest waiting first. The index runs a moment behind the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn catching_up(&self, before: DateTime<Utc>) -> Result<Vec<EpisodeId>, StoreError> {
        let rows = self.ripe(CATCH_UP, before.timestamp_millis(), None).await?;
        let mut found = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match keys::read_catching_up(&key) {
                Ok(episode) => found.push(episode),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(found)
    }
}
