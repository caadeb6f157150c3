//! From a message as people link to it to the cards that it shows.

use chat::name::{Place, Platform};

use crate::commit::{Batch, Expression};
use crate::deliveries::{MessageRow, Sent};
use crate::items::{LinkedItem, Name};
use crate::keys;
use crate::table::{read, write};
use crate::{Store, StoreError};

/// Cards stand in a message that the platform calls by a name now. Not looked for among all messages of the
/// place: in a year there are tens of thousands.
pub(crate) fn stands(batch: &mut Batch<'_>, to: &Place, sent: &Sent) -> Result<(), StoreError> {
    let key = keys::shown(to.platform, &to.channel, &sent.external);
    let row = write(&key, &LinkedItem { place: Name(to.clone()), mark: sent.mark.clone() })?;
    batch.put(key, row, &Expression::default())
}

impl Store {
    /// The message of cards that stands in a channel or a thread under this id of the platform's own, whatever of
    /// it is left.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn shown(
        &self,
        platform: Platform,
        channel: &str,
        id: &str,
    ) -> Result<Option<MessageRow>, StoreError> {
        let Some(row) = self.get(&keys::shown(platform, channel, id)).await? else { return Ok(None) };
        let item: LinkedItem = read(row)?;
        self.message(&item.place.0, &item.mark).await
    }
}
