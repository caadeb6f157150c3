//! What is kept of what somebody was told in messages of their own, and its end.

use chat::delivery::{Progress, Room, Work};
use chat::name::{DeliveryId, Person, Place, Slug};

use crate::commit::{Batch, MOST_ITEMS, unconditional};
use crate::deliveries::if_unclaimed_since;
use crate::items::SentItem;
use crate::keys;
use crate::table::{Range, key_of, read, text};
use crate::{Store, StoreError};

/// So many deliveries that wait for somebody are looked at.
const MOST_WAITING: usize = 100;

impl Store {
    /// Removes what is kept of what a chat told somebody in messages of their own: what still waits, the records of
    /// what went out, and, where no other chat writes to them, the way to them. False where something is on its way
    /// at this moment, or waits for another one: then a part is done. Repeating it is harmless.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn forget_alone(&self, slug: &Slug, person: &Person) -> Result<bool, StoreError> {
        // Boxed, as everything with many steps of the SDK is: see `Store::get`.
        Box::pin(self.forget_told(slug, &Place::direct(person))).await
    }

    async fn forget_told(&self, slug: &Slug, alone: &Place) -> Result<bool, StoreError> {
        let (mut done, mut shared) = (true, false);
        for waiting in self.waiting(alone, MOST_WAITING).await? {
            if waiting.slug != *slug {
                shared = true;
                continue;
            }
            // Who asked for their data and left gets it still: it takes a moment.
            if waiting.progress != Progress::Pending || matches!(waiting.delivery.work, Work::HandOver { .. })
            {
                done = false;
                continue;
            }
            let mut batch = Batch::new(&self.table);
            let unclaimed = if_unclaimed_since(&waiting, "#progress = :pending AND #attempts = :attempts")
                .with(":pending", text("pending"));
            batch.delete(keys::waiting(&waiting.delivery), &unclaimed)?;
            batch.delete(keys::delivery(&waiting.delivery.id), &unconditional())?;
            match self.settle(batch, "forget-alone").await {
                // Somebody took it up in between.
                Err(StoreError::Conflict) => done = false,
                other => other?,
            }
        }
        let ours = format!("{slug}/");
        let mut gone = Vec::new();
        for row in self.query(&keys::messages(alone), &Range::All, None).await? {
            let key = key_of(&row);
            let message: SentItem = read(row)?;
            if message.deliveries.iter().all(|delivery| delivery.starts_with(&ours)) {
                // What is not recorded as sent may be on its way.
                if message.external.is_some() || done {
                    gone.extend(message.deliveries.into_iter().map(|id| keys::delivery(&DeliveryId(id))));
                    gone.push(key);
                }
            } else {
                shared = true;
            }
        }
        if done && !shared {
            gone.push(keys::room(alone, &Room::Channel));
            gone.push(keys::pace(alone));
        }
        for page in gone.chunks(MOST_ITEMS) {
            let mut batch = Batch::new(&self.table);
            for key in page {
                batch.delete(key.clone(), &unconditional())?;
            }
            self.settle(batch, "forget-alone").await?;
        }
        Ok(done)
    }
}
