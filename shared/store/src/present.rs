//! That an organiser is there when an hour opens: a row for each of them, written by nothing but what they do
//! themselves, so that nobody's command meets another's.

use chat::name::{EpisodeId, Person};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::items::At;
use crate::keys;
use crate::table::{Range, TTL, key_of, number, read, sort, write};
use crate::{Store, StoreError};

/// It is kept so long, in real time; nobody reads it later than a quarter of an hour after the start.
const KEPT: Duration = Duration::days(1);

/// As stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HereItem {
    /// When they last did something, by the chat's clock.
    at: At,
}

impl Store {
    /// Notes that somebody is there; `at` is by the chat's clock. Repeating it is harmless.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_here(
        &self,
        episode: &EpisodeId,
        person: &Person,
        at: DateTime<Utc>,
        real_now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut row = write(&keys::here(episode, person), &HereItem { at: At(at) })?;
        row.insert(TTL.to_owned(), number((real_now + KEPT).timestamp()));
        let asked = self.client.put_item().table_name(&self.table).set_item(Some(row)).send();
        // Boxed for the stack's sake, as in `table`.
        Box::pin(asked).await.map(drop).map_err(sort)
    }

    /// Who was there since then. Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn present(
        &self,
        episode: &EpisodeId,
        since: DateTime<Utc>,
    ) -> Result<Vec<Person>, StoreError> {
        let range = Range::Begins(keys::HERE.to_owned());
        let rows = self.query(&keys::of_episode(episode), &range, None).await?;
        let here = self.readable_by(rows, |row| {
            let key = key_of(&row);
            let person = key.sk.strip_prefix(keys::HERE).unwrap_or_default().parse::<Person>();
            let person = person
                .map_err(|why| StoreError::Unreadable { key: key.to_string(), why: why.to_string() })?;
            Ok((person, read::<HereItem>(row)?.at.0))
        });
        Ok(here.into_iter().filter(|(_, at)| *at >= since).map(|(person, _)| person).collect())
    }
}
