//! What one chat's damaged row may stop: that chat. Whoever goes through all chats leaves out those that cannot
//! be read, and says so ([`store::Store::if_readable`]).

use chat::name::Slug;
use chrono::{DateTime, Utc};
use store::{ChatLine, Loaded, StoreError};

use crate::{Host, measure};

impl Host {
    /// Every chat that is on.
    pub(crate) async fn chats_on(&self) -> Result<Vec<ChatLine>, StoreError> {
        let mut lines = self.store.all_chats().await?;
        lines.retain(|line| !line.retired);
        Ok(lines)
    }

    /// A chat of several; `None` where it is gone or cannot be read.
    pub(crate) async fn load_one(
        &self,
        slug: &Slug,
        now: DateTime<Utc>,
    ) -> Result<Option<Loaded>, StoreError> {
        Ok(self.store.if_readable(self.store.load(slug, now).await)?.flatten())
    }

    /// Counts the rows that were passed over since the last time, for operators: at the end of an invocation.
    pub(crate) fn count_passed_over(&self) {
        for _ in self.store.take_passed_over() {
            measure::unheard();
        }
    }
}
