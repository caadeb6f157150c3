//! When the clock last ticked to its end, for whoever looks whether it does.

use chrono::{DateTime, Utc};

use crate::items::{At, HeartbeatItem};
use crate::keys;
use crate::table::{read, sort, write};
use crate::{Store, StoreError};

impl Store {
    /// Notes that a tick came to its end, in real time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn beat(&self, at: DateTime<Utc>) -> Result<(), StoreError> {
        let row = write(&keys::heartbeat(), &HeartbeatItem { at: At(at) })?;
        let asked = self.client.put_item().table_name(&self.table).set_item(Some(row)).send();
        // Boxed for the stack's sake, as in `table`. A tick that is told of late, after a newer one, would
        // set it back by a minute, which nobody is misled by.
        Box::pin(asked).await.map(drop).map_err(sort)
    }

    /// When a tick last came to its end, in real time; none before the first one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn heartbeat(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = self.get(&keys::heartbeat()).await?;
        row.map(|row| read::<HeartbeatItem>(row).map(|item| item.at.0)).transpose()
    }
}
