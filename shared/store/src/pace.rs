//! Who sends to a destination now, and when the next call may start. All of it in real time, whatever
//! the chat's clock says.

use aws_sdk_dynamodb::types::ReturnValue;
use chat::delivery::Trouble;
use chat::name::Place;
use chat::noise::Shown;
use chrono::{DateTime, Utc};

use crate::commit::Expression;
use crate::items::{PaceItem, ShownItem, TroubleItem, VERSION, instant};
use crate::keys::{self, Key};
use crate::table::{Row, attributes, key_of, number, read, sort, text, value};
use crate::{Store, StoreError};

/// What is known about the pace of a destination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace {
    /// Who sends there, and until when nobody else does.
    pub held: Option<(String, DateTime<Utc>)>,
    /// No call before this: pacing, or what the platform asked for with Retry-After.
    pub not_before: Option<DateTime<Utc>>,
    /// From and until when the mirror keeps off, because a cue goes out.
    pub quiet: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Calls that failed in a row.
    pub failures: u32,
    /// Nothing gets through, and since when.
    pub trouble: Option<Trouble>,
    /// Messages of cards that were shown lately, by the chat's clock.
    pub lately: Vec<Shown>,
    /// A turn at the whole platform's limit that was taken for the next call, if it is not used yet.
    pub turn: Option<DateTime<Utc>>,
    /// How often the destination was held.
    pub version: u64,
}

/// Whether a destination could be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// It is ours until it is freed or its time runs out.
    Held(Pace),
    /// Somebody else is at it.
    Busy {
        /// Until then, unless they are done before.
        until: DateTime<Utc>,
    },
}

fn read_pace(row: Row) -> Result<Pace, StoreError> {
    let key = key_of(&row).to_string();
    let item: PaceItem = read(row)?;
    let at = |ms: Option<i64>| {
        ms.map(instant).transpose().map_err(|why| StoreError::Unreadable { key: key.clone(), why })
    };
    Ok(Pace {
        held: item.holder.zip(at(item.held_until)?),
        not_before: at(item.not_before)?,
        quiet: at(item.quiet_from)?.zip(at(item.quiet_until)?),
        failures: item.failures,
        trouble: item.trouble.map(Trouble::from),
        lately: item.lately.into_iter().map(Shown::from).collect(),
        turn: at(item.turn)?,
        version: item.version,
    })
}

impl Store {
    /// Takes a destination for oneself until `until`, or extends that, so that one worker at a time
    /// sends there. `holder` names this run and no other.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn hold_destination(
        &self,
        place: &Place,
        holder: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Hold, StoreError> {
        let change = Expression::new(
            "SET #holder = :holder, #held_until = :until, #v = :v, \
             #version = if_not_exists(#version, :zero) + :one",
        )
        .with(":holder", text(holder))
        .with(":until", number(until.timestamp_millis()))
        .with(":v", number(VERSION))
        .with(":zero", number(0))
        .with(":one", number(1));
        let only_if =
            Expression::new("attribute_not_exists(#holder) OR #holder = :holder OR #held_until <= :now")
                .with(":now", number(now.timestamp_millis()));
        match self.pace_update(place, &change, &only_if).await {
            Ok(Some(row)) => Ok(Hold::Held(read_pace(row)?)),
            Ok(None) => Err(StoreError::Unavailable("the table answered without the row".into())),
            Err(StoreError::Conflict) => {
                let held = self.pace(place).await?.held;
                // Freed between the two calls: it can be had at once.
                Ok(Hold::Busy { until: held.map_or(now, |(_, until)| until) })
            }
            Err(error) => Err(error),
        }
    }

    /// Lets go of a destination and records how it went: `pace` is what [`Store::hold_destination`]
    /// gave, with `failures`, `lately`, `turn` and `not_before` as they are now. `not_before` is only ever
    /// raised.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody else holds it by now.
    pub async fn free_destination(&self, place: &Place, pace: &Pace) -> Result<(), StoreError> {
        let Some((holder, _)) = &pace.held else { return Ok(()) };
        if let Some(until) = pace.not_before {
            self.close_destination(place, until).await?;
        }
        let lately: Vec<ShownItem> = pace.lately.iter().map(ShownItem::from).collect();
        let mut change = Expression::new("SET #failures = :failures, #lately = :lately")
            .with(":failures", number(pace.failures))
            .with(":lately", value(&lately)?);
        change = match pace.turn {
            Some(turn) => change
                .and(", #turn = :turn REMOVE #holder, #held_until")
                .with(":turn", number(turn.timestamp_millis())),
            None => change.and(" REMOVE #holder, #held_until, #turn"),
        };
        let only_if = Expression::new("#holder = :holder").with(":holder", text(holder));
        self.pace_update(place, &change, &only_if).await.map(|_| ())
    }

    /// Notes that nothing gets through to a destination, or that something does again. Written at once
    /// and not when the destination is freed: whoever told organisers must not tell them again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn trouble(&self, place: &Place, trouble: Option<&Trouble>) -> Result<(), StoreError> {
        let change = match trouble {
            Some(trouble) => Expression::new("SET #trouble = :trouble, #v = :v")
                .with(":trouble", value(&TroubleItem::from(trouble))?)
                .with(":v", number(VERSION)),
            None => Expression::new("REMOVE #trouble"),
        };
        self.pace_update(place, &change, &Expression::default()).await.map(|_| ())
    }

    /// No call to this destination before `until`. An earlier instant than the one that is written
    /// changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn close_destination(&self, place: &Place, until: DateTime<Utc>) -> Result<(), StoreError> {
        let change = Expression::new("SET #not_before = :until, #v = :v")
            .with(":until", number(until.timestamp_millis()))
            .with(":v", number(VERSION));
        let only_if = Expression::new("attribute_not_exists(#not_before) OR #not_before < :until");
        self.unless_conflict(place, &change, &only_if).await
    }

    /// Keeps the mirror off a destination while a cue goes out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn quiet(
        &self,
        place: &Place,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let change = Expression::new("SET #quiet_from = :from, #quiet_until = :until, #v = :v")
            .with(":from", number(from.timestamp_millis()))
            .with(":until", number(until.timestamp_millis()))
            .with(":v", number(VERSION));
        self.pace_update(place, &change, &Expression::default()).await.map(|_| ())
    }

    /// The row of a place that is none of a chat's, but somebody's own, is of no use after `at`: it goes then, as it
    /// names them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn lapses(&self, place: &Place, at: DateTime<Utc>) -> Result<(), StoreError> {
        let change = Expression::new("SET #expires_at = :at").with(":at", number(at.timestamp()));
        self.pace_update(place, &change, &Expression::default()).await.map(|_| ())
    }

    /// The cue went out: the mirror may go on, unless another cue asked for quiet meanwhile. `until` is
    /// what [`Store::quiet`] was given.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn unquiet(&self, place: &Place, until: DateTime<Utc>) -> Result<(), StoreError> {
        let change = Expression::new("REMOVE #quiet_from, #quiet_until");
        let only_if =
            Expression::new("#quiet_until = :until").with(":until", number(until.timestamp_millis()));
        self.unless_conflict(place, &change, &only_if).await
    }

    /// The pace of a destination, to be read before each call.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn pace(&self, place: &Place) -> Result<Pace, StoreError> {
        match self.get(&keys::pace(place)).await? {
            Some(row) => read_pace(row),
            None => Ok(Pace::default()),
        }
    }

    async fn unless_conflict(
        &self,
        place: &Place,
        change: &Expression,
        only_if: &Expression,
    ) -> Result<(), StoreError> {
        match self.pace_update(place, change, only_if).await {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn pace_update(
        &self,
        place: &Place,
        change: &Expression,
        only_if: &Expression,
    ) -> Result<Option<Row>, StoreError> {
        self.update(&keys::pace(place), change, only_if).await
    }

    /// Changes one row, by itself. [`StoreError::Conflict`] where the condition does not hold.
    pub(crate) async fn update(
        &self,
        key: &Key,
        change: &Expression,
        only_if: &Expression,
    ) -> Result<Option<Row>, StoreError> {
        let conditional = !only_if.words().is_empty();
        let asked = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .update_expression(change.words())
            .set_condition_expression(conditional.then(|| only_if.words().to_owned()))
            .set_expression_attribute_names(Expression::names(&[change, only_if]))
            .set_expression_attribute_values(Expression::values(&[change, only_if]))
            .return_values(ReturnValue::AllNew)
            .send();
        // Boxed for the stack's sake, as in `table`.
        let answer = Box::pin(asked).await.map_err(sort)?;
        Ok(answer.attributes)
    }
}
