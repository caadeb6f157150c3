//! What happened and is still to be told on the event bus. It is written with what happened, in one
//! transaction, and deleted once it was told: so that nothing is told that did not happen, and nothing that
//! happened is left untold. It may be told twice.

use chat::happening::{Happening, What};
use chat::name::{DeliveryId, EpisodeId, Person, Place, QuestionId, Slug};
use chat::order;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commit::{Batch, Expression};
use crate::items::{At, Name};
use crate::keys;
use crate::table::{RIPE, RIPE_AT, Row, key_of, number, read, text, write};
use crate::{Store, StoreError};

/// The index's name for what is still to be told.
const KIND: &str = "HAPPENED";

/// Something that happened, until it was told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HappenedItem {
    chat: Name<Slug>,
    at: At,
    #[serde(flatten)]
    what: WhatItem,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum WhatItem {
    Opened { episode: Name<EpisodeId> },
    Asked { episode: Name<EpisodeId>, question: u32, position: u32 },
    Closed { episode: Name<EpisodeId> },
    Failed { delivery: String, to: Name<Place> },
    Joined { person: Name<Person> },
}

impl From<&Happening> for HappenedItem {
    fn from(h: &Happening) -> HappenedItem {
        let what = match &h.what {
            What::Opened { episode } => WhatItem::Opened { episode: Name(episode.clone()) },
            What::Asked { episode, question, position } => {
                WhatItem::Asked { episode: Name(episode.clone()), question: question.0, position: *position }
            }
            What::Closed { episode } => WhatItem::Closed { episode: Name(episode.clone()) },
            What::Failed { delivery, to } => {
                WhatItem::Failed { delivery: delivery.0.clone(), to: Name(to.clone()) }
            }
            What::Joined { person } => WhatItem::Joined { person: Name(person.clone()) },
        };
        HappenedItem { chat: Name(h.chat.clone()), at: At(h.at), what }
    }
}

impl From<HappenedItem> for Happening {
    fn from(i: HappenedItem) -> Happening {
        let what = match i.what {
            WhatItem::Opened { episode } => What::Opened { episode: episode.0 },
            WhatItem::Asked { episode, question, position } => {
                What::Asked { episode: episode.0, question: QuestionId(question), position }
            }
            WhatItem::Closed { episode } => What::Closed { episode: episode.0 },
            WhatItem::Failed { delivery, to } => What::Failed { delivery: DeliveryId(delivery), to: to.0 },
            WhatItem::Joined { person } => What::Joined { person: person.0 },
        };
        Happening { chat: i.chat.0, at: i.at.0, what }
    }
}

/// Adds what happened to the transaction that makes it so; `at` is real time.
pub(crate) fn happened(
    batch: &mut Batch<'_>,
    happened: &[Happening],
    at: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    for happening in happened {
        let key = keys::happened(&happening.id());
        let mut row = ours(write(&key, &HappenedItem::from(happening))?);
        row.insert(RIPE.to_owned(), text(KIND));
        row.insert(RIPE_AT.to_owned(), number(at.timestamp_millis()));
        batch.put(key, row, &Expression::default())?;
    }
    Ok(())
}

impl Store {
    /// What happened and was not told yet, longest waiting first, as far as it waits since before `before`
    /// (real time); at most `limit`. The index runs a moment behind the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn untold(&self, before: DateTime<Utc>, limit: usize) -> Result<Vec<Happening>, StoreError> {
        let keys: Vec<_> =
            self.ripe(KIND, before.timestamp_millis(), Some(limit)).await?.iter().map(key_of).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut happened = Vec::new();
        for row in self.get_all(&keys).await? {
            // One row that nobody can read must not keep the others.
            happened.extend(self.if_readable(read::<HappenedItem>(row))?.map(Happening::from));
        }
        order::sort_by_key(&mut happened, |happening| (happening.at, happening.id()));
        Ok(happened)
    }

    /// Notes that something was told: its row goes. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it would be told again.
    pub async fn told(&self, happening: &Happening) -> Result<(), StoreError> {
        let mut batch = Batch::new(&self.table);
        batch.delete(keys::happened(&happening.id()), &Expression::default())?;
        self.settle(batch, "told").await
    }
}
