//! What nobody took care of, found through the index.

use chat::cue::CueId;
use chat::name::{Person, Place, Slug};
use chrono::{DateTime, Utc};

use crate::items::DueItem;
use crate::keys::{key_of_place, read_cue, read_letting_in};
use crate::table::{key_of, read};
use crate::{Store, StoreError};

/// A cue that waits and falls due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCue {
    /// Its name.
    pub id: CueId,
    /// Its revision as the index has it; the claim knows whether it still holds.
    pub rev: u64,
    /// When, by the chat's clock.
    pub due: DateTime<Utc>,
}

impl Store {
    /// The cues that wait and fall due up to `until` (the chat's clock), soonest first, however long ago
    /// they were due; at most `limit`. The index runs a moment behind the table.
    ///
    /// A row that cannot be read is logged and passed over: it must not keep the others from their
    /// second.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn cues_due(&self, until: DateTime<Utc>, limit: usize) -> Result<Vec<DueCue>, StoreError> {
        let rows = self.ripe("CUE", until.timestamp_millis(), Some(limit)).await?;
        let mut due = Vec::new();
        for mut row in rows {
            let key = key_of(&row);
            // The index carries no version; the row itself is checked when it is loaded.
            row.insert("v".to_owned(), crate::table::number(crate::items::VERSION));
            let id = read_cue(&key)
                .map_err(|why| StoreError::Unreadable { key: key.to_string(), why: why.to_string() });
            match id.and_then(|id| Ok((id, read::<DueItem>(row)?))) {
                Ok((id, item)) => due.push(DueCue { id, rev: item.rev, due: item.due.0 }),
                Err(error) => drop(self.if_readable::<()>(Err(error))?),
            }
        }
        Ok(due)
    }

    /// The destinations for which something should have been looked at before `before` (real time): it
    /// waits, or its lease ran out. Each once, the longest waiting first. The index runs a moment behind
    /// the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn destinations_waiting(&self, before: DateTime<Utc>) -> Result<Vec<Place>, StoreError> {
        let rows = self.ripe("WAIT", before.timestamp_millis(), None).await?;
        let mut places: Vec<Place> = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match key_of_place(&key) {
                Ok(place) if places.contains(&place) => {}
                Ok(place) => places.push(place),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(places)
    }

    /// Who was let in before `before` (real time) and has more to be carried than was carried by then, the
    /// longest waiting first. The index runs a moment behind the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn letting_in(&self, before: DateTime<Utc>) -> Result<Vec<(Slug, Person)>, StoreError> {
        let rows = self.ripe("LETIN", before.timestamp_millis(), None).await?;
        let mut found = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match read_letting_in(&key) {
                Ok(one) => found.push(one),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(found)
    }
}
