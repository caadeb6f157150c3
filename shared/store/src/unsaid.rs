//! What of ours waits to be said.

use chat::name::{Place, Slug};
use chat::order;
use chat::rehearsal::run_of;
use chrono::{DateTime, Utc};

use crate::items::WaitingItem;
use crate::table::{key_of, read};
use crate::{Store, StoreError};

/// An announcement that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    /// The chat it belongs to.
    pub slug: Slug,
    /// Where it is to be said.
    pub place: Place,
    /// Before that it is not to be said, by the chat's clock.
    pub not_before: Option<DateTime<Utc>>,
}

impl Store {
    /// The announcements that wait to be said, in every chat, by chat and place; without those of rehearsals,
    /// which outlive whoever plays them, and of which some wait for a moment after their end. The index, through which they
    /// are found, runs a moment behind the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn unsaid(&self) -> Result<Vec<Unsaid>, StoreError> {
        let keys: Vec<_> = self.ripe("WAIT", i64::MAX, None).await?.iter().map(key_of).collect();
        // Their keys begin with their class: announcements before posts.
        let keys: Vec<_> = keys.into_iter().filter(|key| key.sk.starts_with("0#")).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut unsaid = Vec::new();
        for row in self.get_all(&keys).await? {
            let item: WaitingItem = read(row)?;
            let slug = item.slug.0.clone();
            let delivery = item.delivery();
            if run_of(&delivery.id).is_some() {
                continue;
            }
            unsaid.push(Unsaid { slug, place: delivery.to, not_before: delivery.not_before });
        }
        order::sort_by(&mut unsaid, |a, b| (&a.slug, &a.place).cmp(&(&b.slug, &b.place)));
        Ok(unsaid)
    }
}
