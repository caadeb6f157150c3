//! Turns at the limits that a whole platform has: so many calls in each slot of time, shared by every
//! destination there and by every process of the deployment.
//!
//! A slot is a row that counts who asked for it. Of those, the first few get it; whoever comes after them
//! asks for as many slots later as there are full ones before them. So whoever came first calls first, a
//! chat that has much to say waits like everybody else, and nobody's write fails for another's.

use chat::name::Platform;
use chrono::{DateTime, TimeDelta, Utc};

use crate::commit::Expression;
use crate::items::{TurnsItem, VERSION};
use crate::keys;
use crate::table::{TTL, number, read};
use crate::{Store, StoreError};

/// What a platform takes from all of us together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How long a slot is: at least a millisecond.
    pub slot: TimeDelta,
    /// Calls in a slot.
    pub calls: u32,
}

/// Each try is at least one slot further on, and most often at the right one.
const TRIES: usize = 12;
/// Slots that are over are of no use to anybody; DynamoDB may take days to remove them.
const KEPT: TimeDelta = TimeDelta::minutes(5);

impl Store {
    /// Takes a turn at a platform's limit, and gives the instant (real time) from which the call may be
    /// made: `now`, or the beginning of a later slot. A turn that is not used is lost, which harms nobody.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn turn(
        &self,
        platform: Platform,
        limit: Limit,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let of = platform.key();
        let (width, calls) = (limit.slot.num_milliseconds().max(1), limit.calls.max(1));
        let mut slot = now.timestamp_millis().div_euclid(width);
        for _ in 0..TRIES {
            let asked = self.ask_for(of, slot, width).await?;
            if asked <= calls {
                break;
            }
            slot += i64::from((asked - 1) / calls);
        }
        Ok(DateTime::from_timestamp_millis(slot * width).unwrap_or(now).max(now))
    }

    /// Whether a call may be made now at a limit that a platform has for one thing alone; `of` names both. For what is
    /// tried anew before long: a later slot is not asked for, since nobody would use it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn turn_now(&self, of: &str, limit: Limit, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let width = limit.slot.num_milliseconds().max(1);
        let asked = self.ask_for(of, now.timestamp_millis().div_euclid(width), width).await?;
        Ok(asked <= limit.calls.max(1))
    }

    /// How many asked for this slot, oneself included.
    async fn ask_for(&self, of: &str, slot: i64, width: i64) -> Result<u32, StoreError> {
        let over = (slot * width + KEPT.num_milliseconds()) / 1_000;
        let change = Expression::new(format!(
            "SET #asked = if_not_exists(#asked, :zero) + :one, #{TTL} = :over, #v = :v"
        ))
        .with(":zero", number(0))
        .with(":one", number(1))
        .with(":over", number(over))
        .with(":v", number(VERSION));
        match self.update(&keys::turn(of, slot), &change, &Expression::default()).await? {
            Some(row) => Ok(read::<TurnsItem>(row)?.asked),
            None => Err(StoreError::Unavailable("the table answered without the row".into())),
        }
    }
}
