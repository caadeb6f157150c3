//! Authors on X whose removals X tells us of, and those who are still to be asked for.

use chat::name::Person;
use chrono::{DateTime, Utc};

use crate::commit::Expression;
use crate::items::{Name, VERSION, WatchItem, instant};
use crate::keys;
use crate::table::{RIPE, RIPE_AT, Range, Row, attributes, key_of, number, read, sort, text, write};
use crate::{Store, StoreError};

/// The index's kind for authors who are still to be asked for.
const KIND: &str = "WATCH";

/// An author whose posts are shown in rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Who.
    pub person: Person,
    /// When they last posted, as far as we know.
    pub last: DateTime<Utc>,
    /// X's name for the subscription; none while they are still to be asked for.
    pub subscription: Option<String>,
}

fn read_watch(row: Row) -> Result<Watch, StoreError> {
    let key = key_of(&row).to_string();
    let item: WatchItem = read(row)?;
    let last = instant(item.last).map_err(|why| StoreError::Unreadable { key, why })?;
    Ok(Watch { person: item.person.0, last, subscription: item.subscription })
}

impl Store {
    /// Notes that a post of an author is shown, so that its removal will be heard of: who is new waits to
    /// be subscribed to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watch(&self, person: &Person, posted: DateTime<Utc>) -> Result<(), StoreError> {
        let key = keys::watch(person);
        let at = posted.timestamp_millis();
        let shape = WatchItem { person: Name(person.clone()), last: at, subscription: None };
        let mut row = write(&key, &shape)?;
        row.insert(RIPE.to_owned(), text(KIND));
        row.insert(RIPE_AT.to_owned(), number(at));
        if self.put_if(row, &Expression::new("attribute_not_exists(#pk)")).await? {
            return Ok(());
        }
        let change = Expression::new("SET #last = :at").with(":at", number(at));
        self.watch_update(person, &change, &Expression::new("#last < :at")).await.map(drop)
    }

    /// The authors who are still to be subscribed to, longest waiting first. The index runs a moment
    /// behind the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn to_watch(&self, limit: usize) -> Result<Vec<Person>, StoreError> {
        let rows = self.ripe(KIND, i64::MAX, Some(limit)).await?;
        let mut people = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match key.sk.parse() {
                Ok(person) => people.push(person),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(people)
    }

    /// Notes the subscription to an author. Whether they still wait for it: of two who subscribed, one
    /// comes too late.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watched(&self, person: &Person, subscription: &str) -> Result<bool, StoreError> {
        let change = Expression::new(format!("SET #subscription = :id, #v = :v REMOVE #{RIPE}, #{RIPE_AT}"))
            .with(":id", text(subscription))
            .with(":v", number(VERSION));
        let only_if = Expression::new("attribute_exists(#pk) AND attribute_not_exists(#subscription)");
        self.watch_update(person, &change, &only_if).await
    }

    /// Everybody who is watched or is to be, as far as their rows can be read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watches(&self) -> Result<Vec<Watch>, StoreError> {
        let rows = self.query(keys::WATCHES, &Range::All, None).await?;
        Ok(self.readable_by(rows, read_watch))
    }

    /// How many are watched or are to be.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watching(&self) -> Result<u32, StoreError> {
        self.count(keys::WATCHES).await
    }

    /// Watches an author no more. With their next post they are new again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn unwatch(&self, person: &Person) -> Result<(), StoreError> {
        let asked = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(attributes(&keys::watch(person))))
            .send();
        // Boxed for the stack's sake, as in `table`.
        Box::pin(asked).await.map(drop).map_err(sort)
    }

    /// Whether the condition held.
    async fn watch_update(
        &self,
        person: &Person,
        change: &Expression,
        only_if: &Expression,
    ) -> Result<bool, StoreError> {
        let asked = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(&keys::watch(person))))
            .update_expression(change.words())
            .condition_expression(only_if.words())
            .set_expression_attribute_names(Expression::names(&[change, only_if]))
            .set_expression_attribute_values(Expression::values(&[change, only_if]))
            .send();
        match Box::pin(asked).await.map_err(sort) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
