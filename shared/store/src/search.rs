//! How far X was searched, and who searches next.

use chat::name::Slug;
use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::commit::Expression;
use crate::items::{At, SearchedItem, TakenItem};
use crate::keys;
use crate::table::{Row, number, over, read, sort, write};
use crate::{Store, StoreError};

/// A slot is remembered this long: much longer than a queue delays or repeats a message.
const SLOTS: Duration = Duration::hours(6);

/// How far X was searched for a hashtag, by the chat's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Searched {
    /// Every post written before this was taken.
    pub until: DateTime<Utc>,
    /// What a search could not finish.
    pub rest: Option<Rest>,
    /// How often this was written; 0 before the first time.
    pub version: u64,
}

/// The older part of a search that had more pages than one goes through: from [`Searched::until`] on, up
/// to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// Posts written before this are still to be taken.
    pub before: DateTime<Utc>,
    /// Those from there on up to this were taken.
    pub upto: DateTime<Utc>,
}

impl Store {
    /// Takes a slot for searching, by its instant: whether nobody had it. `real_now` is real time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take_slot(&self, slot: DateTime<Utc>, real_now: DateTime<Utc>) -> Result<bool, StoreError> {
        let key = keys::slot(slot);
        let shape = TakenItem { expires_at: (real_now + SLOTS).timestamp() };
        let only_if = Expression::new("attribute_not_exists(#pk) OR #expires_at <= :now")
            .with(":now", number(real_now.timestamp()));
        self.put_if(write(&key, &shape)?, &only_if).await
    }

    /// Takes a chat's day (UTC) for looking again at its posts: whether nobody had it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take_day(
        &self,
        slug: &Slug,
        day: NaiveDate,
        real_now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let shape = TakenItem { expires_at: (real_now + Duration::days(3)).timestamp() };
        self.put_if(write(&keys::looked(slug, day), &shape)?, &Expression::new("attribute_not_exists(#pk)"))
            .await
    }

    /// Whether a slot was taken.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn slot_taken(&self, slot: DateTime<Utc>, real_now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(self.get(&keys::slot(slot)).await?.is_some_and(|row| !over(&row, real_now)))
    }

    /// How far X was searched for a hashtag; case and a leading `#` do not matter.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn searched(&self, hashtag: &str) -> Result<Option<Searched>, StoreError> {
        let row = self.get(&keys::searched(hashtag)).await?;
        row.map(|row| read::<SearchedItem>(row).map(Searched::from)).transpose()
    }

    /// Writes down how far X was searched, if nobody has since `searched.version` was read. Whether it was
    /// written: who was faster has searched as well, and knows what is left.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn search_done(&self, hashtag: &str, searched: &Searched) -> Result<bool, StoreError> {
        let shape = SearchedItem {
            until: At(searched.until),
            before: searched.rest.map(|rest| At(rest.before)),
            upto: searched.rest.map(|rest| At(rest.upto)),
            version: searched.version + 1,
        };
        let only_if = match searched.version {
            0 => Expression::new("attribute_not_exists(#pk)"),
            version => Expression::new("#version = :read").with(":read", number(version)),
        };
        self.put_if(write(&keys::searched(hashtag), &shape)?, &only_if).await
    }

    /// Puts a row where its condition holds; whether it did.
    pub(crate) async fn put_if(&self, row: Row, only_if: &Expression) -> Result<bool, StoreError> {
        let asked = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression(only_if.words())
            .set_expression_attribute_names(Expression::names(&[only_if]))
            .set_expression_attribute_values(Expression::values(&[only_if]))
            .send();
        // Boxed for the stack's sake, as in `table`.
        match Box::pin(asked).await.map_err(sort) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl From<SearchedItem> for Searched {
    fn from(i: SearchedItem) -> Self {
        let rest = i.before.zip(i.upto).map(|(before, upto)| Rest { before: before.0, upto: upto.0 });
        Searched { until: i.until.0, rest, version: i.version }
    }
}
