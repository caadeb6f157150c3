//! What X was paid for: the posts it gave us, once each per day of UTC, and what a chat's month came to.
//!
//! All of it is written after the fact and on its own, never in a post's transaction: an account that is
//! short by one post is better than a post that is late. What was paid is a note of what happened, and no
//! step of a delivery relies on it.

use std::collections::HashSet;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::ReturnValue;
use chat::cost::{Month, Spent};
use chat::money::Money;
use chat::name::Slug;
use chat::order;
use chat::settings::Settings;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::commit::Expression;
use crate::items::{GivenItem, Name, SettingsItem, SpentItem, VERSION};
use crate::keys;
use crate::table::{attributes, number, over, read, sort, write};
use crate::{Store, StoreError};

/// From when on a day's notes are of no use: two days, so that clocks may differ.
fn ends(day: NaiveDate) -> i64 {
    let ends = day.checked_add_days(Days::new(2)).unwrap_or(day);
    ends.and_time(NaiveTime::MIN).and_utc().timestamp()
}

impl Store {
    /// A chat's settings alone.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn settings(&self, slug: &Slug) -> Result<Option<Settings>, StoreError> {
        let row = self.get(&keys::meta(slug)).await?;
        row.map(|row| read::<SettingsItem>(row).map(Settings::from)).transpose()
    }

    /// Which of these posts X has given us on a day (UTC) already, so that it charges nothing for them
    /// again. Posts are named by their version's id. `now` is what the day was read from.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn given(&self, posts: &[String], now: DateTime<Utc>) -> Result<HashSet<String>, StoreError> {
        let day = now.date_naive();
        let mut wanted: Vec<keys::Key> = posts.iter().map(|post| keys::given(day, post)).collect();
        order::sort_by(&mut wanted, |a, b| a.pk.cmp(&b.pk));
        wanted.dedup();
        let mut given = HashSet::new();
        for row in self.get_all(&wanted).await?.into_iter().filter(|row| !over(row, now)) {
            given.insert(read::<GivenItem>(row)?.post);
        }
        Ok(given)
    }

    /// Notes that X gave us a post today (UTC), on a chat's account. Whether it was the first time today,
    /// which is what X charges for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn give(&self, post: &str, to: &Slug, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let day = now.date_naive();
        let key = keys::given(day, post);
        let shape = GivenItem { post: post.to_owned(), slug: Name(to.clone()), expires_at: ends(day) };
        self.put_if(write(&key, &shape)?, &Expression::new("attribute_not_exists(#pk)")).await
    }

    /// Adds to what a chat's month came to, and gives the sum.
    ///
    /// Sent once: repeated after a lost answer it would be added twice, and a host is better told too
    /// little of half a cent than too much of it each time the table stumbles.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: it may have been added or not.
    pub async fn spend(&self, slug: &Slug, month: Month, more: Spent) -> Result<Spent, StoreError> {
        let change = Expression::new(
            "ADD #read :read, #written :written, #deleted :deleted, #micros :micros SET #v = :v",
        )
        .with(":read", number(more.read))
        .with(":written", number(more.written))
        .with(":deleted", number(more.deleted))
        .with(":micros", number(more.money.as_micros()))
        .with(":v", number(VERSION));
        let asked = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(&keys::spent(slug, month))))
            .update_expression(change.words())
            .set_expression_attribute_names(Expression::names(&[&change]))
            .set_expression_attribute_values(Expression::values(&[&change]))
            .return_values(ReturnValue::AllNew)
            .customize()
            .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()))
            .send();
        let answer = Box::pin(asked).await.map_err(sort)?;
        let row = answer.attributes.ok_or(StoreError::Unavailable("no row came back".into()))?;
        Ok(read::<SpentItem>(row)?.into())
    }

    /// What a chat's month came to so far.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn spent(&self, slug: &Slug, month: Month) -> Result<Spent, StoreError> {
        match self.get(&keys::spent(slug, month)).await? {
            Some(row) => Ok(read::<SpentItem>(row)?.into()),
            None => Ok(Spent::default()),
        }
    }
}

impl From<SpentItem> for Spent {
    fn from(i: SpentItem) -> Self {
        Spent { read: i.read, written: i.written, deleted: i.deleted, money: Money::micros(i.micros) }
    }
}
