//! What one chat's damaged row may stop: that chat. Whoever goes through all chats leaves out those that cannot
//! be read, and says so ([`store::Store::if_readable`]).

use chat::Decision;
use chat::name::Slug;
use chat::steer::trouble;
use chrono::{DateTime, Utc};
use store::{ChatLine, Loaded, StoreError};

use crate::{Host, causes, measure};

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

    /// Tells the organisers of a chat that stands still because a row of it cannot be read. Where that row is its
    /// settings, nobody knows whom to tell, and the log alone has it.
    pub(crate) async fn tell_of_unreadable(&self, slug: &Slug) {
        let told = match self.store.settings(slug).await {
            Ok(Some(settings)) if !settings.retired => {
                let (day, now) = (self.clocks.real.now().date_naive(), self.clocks.chat.now());
                let effects = trouble::unreadable_notes(&settings, day, now);
                self.commit(slug, &Decision { effects, ..Decision::default() }, None).await.map(drop)
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::error!(chat = %slug, error = causes(&error), "it stands still, and nobody can be told");
        }
    }

    /// Counts the rows that were passed over since the last time, for operators: at the end of an invocation.
    pub(crate) fn count_passed_over(&self) {
        for _ in self.store.take_passed_over() {
            measure::unheard();
        }
    }
}
